"""Video input and output: frames with times, landmarks from an estimator, and annotated clips."""

from kneepose.video.annotate import annotate
from kneepose.video.estimate import from_video, keypoints_path
from kneepose.video.film import film
from kneepose.video.frames import Frame, Video
from kneepose.video.mirror import Mirror, MirrorFrame
from kneepose.video.models import hash_of, model_rows

__all__ = [
    "Frame",
    "Mirror",
    "MirrorFrame",
    "Video",
    "annotate",
    "film",
    "from_video",
    "hash_of",
    "keypoints_path",
    "model_rows",
]
