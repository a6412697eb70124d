"""Joint angles, repetitions and left/right differences from the keypoints of any pose estimator.

kneepose measures movement from video. It is a screening and training aid, not a medical device or a
diagnosis, and cannot tell why a knee hurts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kneepose import arrays
    from kneepose.analysis.analysis import Analysis, analyze, analyze_sides
    from kneepose.analysis.faults import Fault
    from kneepose.analysis.measures import Measure, Refusal
    from kneepose.analysis.reps import Rep, Reps, RepStatus, segment_reps
    from kneepose.angles.angles import Angle, Angles, AngleSpec, angle_table, joint_angles
    from kneepose.angles.calibration import Calibration, calibrate
    from kneepose.comparison.comparison import Comparison, compare
    from kneepose.comparison.measure import ComparedMeasure, Verdict
    from kneepose.comparison.reliability import Reliability, reliability
    from kneepose.errors import (
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
    from kneepose.estimators.mediapipe import from_mediapipe
    from kneepose.estimators.ultralytics import from_ultralytics
    from kneepose.evaluation.evaluation import Evaluation, evaluate
    from kneepose.evaluation.table import EvaluationRow, RecordingOutcome
    from kneepose.exercises.spec import Criterion, ExerciseSpec, FaultSpec, exercise_table
    from kneepose.io.files import read, sample
    from kneepose.live.events import (
        Cue,
        FaultSeen,
        Phase,
        QualityBack,
        QualityLost,
        RepCompleted,
        RepStarted,
    )
    from kneepose.live.group import Streams
    from kneepose.live.stream import Stream, StreamState
    from kneepose.quality.quality import Finding, Quality, Severity, check
    from kneepose.recording.conditioning import Repairs
    from kneepose.recording.recording import Recording
    from kneepose.recording.skeleton import Skeleton, skeleton_table
    from kneepose.validity import Validity

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
    ".analysis.analysis": ("Analysis", "analyze", "analyze_sides"),
    ".angles.angles": ("Angle", "Angles", "AngleSpec", "angle_table", "joint_angles"),
    ".angles.calibration": ("Calibration", "calibrate"),
    ".comparison.measure": ("ComparedMeasure", "Verdict"),
    ".comparison.comparison": ("Comparison", "compare"),
    ".recording.conditioning": ("Repairs",),
    ".errors": (
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
    ".exercises.spec": ("Criterion", "ExerciseSpec", "FaultSpec", "exercise_table"),
    ".analysis.faults": ("Fault",),
    ".evaluation.evaluation": ("Evaluation", "evaluate"),
    ".evaluation.table": ("EvaluationRow", "RecordingOutcome"),
    ".io.files": ("read", "sample"),
    ".live.events": (
        "Cue",
        "FaultSeen",
        "Phase",
        "QualityBack",
        "QualityLost",
        "RepCompleted",
        "RepStarted",
    ),
    ".analysis.measures": ("Measure", "Refusal"),
    ".quality.quality": ("Finding", "Quality", "Severity", "check"),
    ".recording.recording": ("Recording",),
    ".comparison.reliability": ("Reliability", "reliability"),
    ".analysis.reps": ("Rep", "Reps", "RepStatus", "segment_reps"),
    ".recording.skeleton": ("Skeleton", "skeleton_table"),
    ".live.stream": ("Stream", "StreamState"),
    ".live.group": ("Streams",),
    ".validity": ("Validity",),
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
