"""One small file per pose estimator: its results become a `Recording`.

The results are read by the attributes that they have; no estimator is ever imported.
"""

from kneepose.estimators.mediapipe import from_mediapipe
from kneepose.estimators.ultralytics import from_ultralytics

__all__ = [
    "from_mediapipe",
    "from_ultralytics",
]
