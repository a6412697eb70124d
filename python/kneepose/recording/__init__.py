"""One person's keypoints over time, the skeleton, and what conditioning did."""

from kneepose.recording.recording import Recording
from kneepose.recording.repairs import Repairs
from kneepose.recording.skeleton import Skeleton

__all__ = [
    "Recording",
    "Repairs",
    "Skeleton",
]
