"""Adapters that convert the results of pose estimators to a `Recording`.

Adapters read the attributes of the results. They never import the estimator.
"""

from kneepose.estimators.mediapipe import from_mediapipe
from kneepose.estimators.ultralytics import from_ultralytics

__all__ = [
    "from_mediapipe",
    "from_ultralytics",
]
