"""Whether a recording can be measured: the set-up and keypoint checks."""

from kneepose.quality.quality import Finding, PairCamera, Quality, Severity, check

__all__ = [
    "Finding",
    "PairCamera",
    "Quality",
    "Severity",
    "check",
]
