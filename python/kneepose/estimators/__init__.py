"""Adapters that convert the results of pose estimators to a `Recording`.

Adapters read the attributes of the results. They never import the estimator.
"""

from kneepose.estimators.batch import from_estimator, from_mediapipe, from_ultralytics
from kneepose.estimators.person import Person, Reader

__all__ = [
    "Person",
    "Reader",
    "from_estimator",
    "from_mediapipe",
    "from_ultralytics",
]
