"""Joint angles, repetitions and left/right differences from the keypoints of any pose estimator.

kneepose measures movement from video. It is a screening and training aid, not a medical device or a
diagnosis, and cannot tell why a knee hurts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import arrays
from ._analysis import Analysis, Measure, Refusal, analyze, analyze_sides
from ._angles import Angle, Angles, AngleSpec, angle_table, joint_angles
from ._calibration import Calibration, calibrate
from ._conditioning import Repairs
from ._core import version as _version
from ._errors import (
    CalibrationError,
    CoordinateError,
    DependencyError,
    FormatError,
    KneeposeError,
    RecordingWarning,
    SkeletonError,
    TimeError,
    UnknownNameError,
)
from ._exercises import exercise_table
from ._files import read, sample
from ._quality import Finding, Quality, Severity, check
from ._recording import Recording
from ._reps import Rep, Reps, RepStatus, segment_reps
from ._skeletons import Skeleton, skeleton_table
from ._validity import Validity

if TYPE_CHECKING:
    from ._comparison import ComparedMeasure, Comparison, Verdict, compare
    from .estimators.mediapipe import from_mediapipe
    from .estimators.ultralytics import from_ultralytics

__version__ = _version()

__all__ = [
    "Analysis",
    "Angle",
    "AngleSpec",
    "Angles",
    "Calibration",
    "CalibrationError",
    "ComparedMeasure",
    "Comparison",
    "CoordinateError",
    "DependencyError",
    "Finding",
    "FormatError",
    "KneeposeError",
    "Measure",
    "Quality",
    "Recording",
    "RecordingWarning",
    "Refusal",
    "Rep",
    "RepStatus",
    "Repairs",
    "Reps",
    "Severity",
    "Skeleton",
    "SkeletonError",
    "TimeError",
    "UnknownNameError",
    "Validity",
    "Verdict",
    "analyze",
    "analyze_sides",
    "angle_table",
    "arrays",
    "calibrate",
    "check",
    "compare",
    "exercise_table",
    "from_mediapipe",
    "from_ultralytics",
    "joint_angles",
    "read",
    "sample",
    "segment_reps",
    "skeleton_table",
]

#: Loaded at first use, so that importing kneepose stays quick.
_LATER = {
    "ComparedMeasure": "._comparison",
    "Comparison": "._comparison",
    "Verdict": "._comparison",
    "compare": "._comparison",
    "from_mediapipe": ".estimators.mediapipe",
    "from_ultralytics": ".estimators.ultralytics",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'kneepose' has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_LATER[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
