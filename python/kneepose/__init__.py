"""Joint angles, repetitions and left/right differences from the keypoints of any pose estimator.

kneepose measures movement from video. It is a screening and training aid, not a medical device or a
diagnosis, and cannot tell why a knee hurts.
"""

from . import arrays
from ._analysis import Analysis, Measure, Refusal, analyze, analyze_sides
from ._angles import Angle, Angles, AngleSpec, angle_table, joint_angles
from ._comparison import ComparedMeasure, Comparison, Verdict, compare
from ._conditioning import Repairs
from ._core import version as _version
from ._errors import (
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
from ._recording import Recording
from ._reps import Rep, Reps, RepStatus, segment_reps
from ._skeletons import Skeleton, skeleton_table
from ._validity import Validity
from .estimators.mediapipe import from_mediapipe
from .estimators.ultralytics import from_ultralytics

__version__ = _version()

__all__ = [
    "Analysis",
    "Angle",
    "AngleSpec",
    "Angles",
    "ComparedMeasure",
    "Comparison",
    "CoordinateError",
    "DependencyError",
    "FormatError",
    "KneeposeError",
    "Measure",
    "Recording",
    "RecordingWarning",
    "Refusal",
    "Rep",
    "RepStatus",
    "Repairs",
    "Reps",
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
