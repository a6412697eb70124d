"""Joint angles, repetitions and left/right differences from the keypoints of any pose estimator.

kneepose measures movement from video. It is a screening and training aid, not a medical device or a
diagnosis, and cannot tell why a knee hurts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import arrays
    from ._analysis import Analysis, analyze, analyze_sides
    from ._angles import Angle, Angles, AngleSpec, angle_table, joint_angles
    from ._calibration import Calibration, calibrate
    from ._compared import ComparedMeasure, Verdict
    from ._comparison import Comparison, compare
    from ._conditioning import Repairs
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
    from ._evaluation import Evaluation, evaluate
    from ._evaluation_table import EvaluationRow, RecordingOutcome
    from ._exercises import Criterion, ExerciseSpec, FaultSpec, exercise_table
    from ._faults import Fault
    from ._files import read, sample
    from ._live_events import (
        Cue,
        FaultSeen,
        Phase,
        QualityBack,
        QualityLost,
        RepCompleted,
        RepStarted,
    )
    from ._measures import Measure, Refusal
    from ._quality import Finding, Quality, Severity, check
    from ._recording import Recording
    from ._reliability import Reliability, reliability
    from ._reps import Rep, Reps, RepStatus, segment_reps
    from ._skeletons import Skeleton, skeleton_table
    from ._stream import Stream, StreamState
    from ._streams import Streams
    from ._validity import Validity
    from .estimators.mediapipe import from_mediapipe
    from .estimators.ultralytics import from_ultralytics

    __version__: str

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
    "Criterion",
    "Cue",
    "DependencyError",
    "Evaluation",
    "EvaluationRow",
    "ExerciseSpec",
    "Fault",
    "FaultSeen",
    "FaultSpec",
    "Finding",
    "FormatError",
    "KneeposeError",
    "Measure",
    "Phase",
    "Quality",
    "QualityBack",
    "QualityLost",
    "Recording",
    "RecordingOutcome",
    "RecordingWarning",
    "Refusal",
    "Reliability",
    "Rep",
    "RepCompleted",
    "RepStarted",
    "RepStatus",
    "Repairs",
    "Reps",
    "Severity",
    "Skeleton",
    "SkeletonError",
    "Stream",
    "StreamState",
    "Streams",
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
    "evaluate",
    "exercise_table",
    "from_mediapipe",
    "from_ultralytics",
    "joint_angles",
    "read",
    "reliability",
    "sample",
    "segment_reps",
    "skeleton_table",
]

#: Where each name lives. All are loaded at first use: importing kneepose costs next to nothing.
_PLACES = {
    "._analysis": ("Analysis", "analyze", "analyze_sides"),
    "._angles": ("Angle", "Angles", "AngleSpec", "angle_table", "joint_angles"),
    "._calibration": ("Calibration", "calibrate"),
    "._compared": ("ComparedMeasure", "Verdict"),
    "._comparison": ("Comparison", "compare"),
    "._conditioning": ("Repairs",),
    "._errors": (
        "CalibrationError",
        "CoordinateError",
        "DependencyError",
        "FormatError",
        "KneeposeError",
        "RecordingWarning",
        "SkeletonError",
        "TimeError",
        "UnknownNameError",
    ),
    "._exercises": ("Criterion", "ExerciseSpec", "FaultSpec", "exercise_table"),
    "._faults": ("Fault",),
    "._evaluation": ("Evaluation", "evaluate"),
    "._evaluation_table": ("EvaluationRow", "RecordingOutcome"),
    "._files": ("read", "sample"),
    "._live_events": (
        "Cue",
        "FaultSeen",
        "Phase",
        "QualityBack",
        "QualityLost",
        "RepCompleted",
        "RepStarted",
    ),
    "._measures": ("Measure", "Refusal"),
    "._quality": ("Finding", "Quality", "Severity", "check"),
    "._recording": ("Recording",),
    "._reliability": ("Reliability", "reliability"),
    "._reps": ("Rep", "Reps", "RepStatus", "segment_reps"),
    "._skeletons": ("Skeleton", "skeleton_table"),
    "._stream": ("Stream", "StreamState"),
    "._streams": ("Streams",),
    "._validity": ("Validity",),
    ".estimators.mediapipe": ("from_mediapipe",),
    ".estimators.ultralytics": ("from_ultralytics",),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    value: Any
    if name in _PLACE_OF:
        value = getattr(import_module(_PLACE_OF[name], __name__), name)
    elif name == "arrays":
        value = import_module(".arrays", __name__)
    elif name == "__version__":
        value = import_module("._core", __name__).version()
    else:
        raise AttributeError(f"module 'kneepose' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
