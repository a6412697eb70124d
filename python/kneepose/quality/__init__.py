"""Quality of a recording: checks of the keypoints and of the camera set-up."""

from kneepose.quality.quality import Finding, PairCamera, Quality, Severity, check

__all__ = [
    "Finding",
    "PairCamera",
    "Quality",
    "Severity",
    "check",
]
