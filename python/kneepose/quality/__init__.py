"""Quality checks of a recording: keypoints and camera set-up."""

from kneepose.quality.quality import Finding, PairCamera, Quality, Severity, check

__all__ = [
    "Finding",
    "PairCamera",
    "Quality",
    "Severity",
    "check",
]
