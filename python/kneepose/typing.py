"""Types for annotations: the names accepted by arguments, and the rows of `kneepose.tables`.

The `Literal` types list the built-in names, so that editors complete them and type checkers refuse
a misspelled one. A test compares them with the tables.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

__all__ = [
    "AccuracyRow",
    "AngleName",
    "AngleRow",
    "Between",
    "BorrowedRow",
    "CriterionRow",
    "Depth",
    "EstimatorName",
    "ExerciseName",
    "ExerciseRow",
    "FaultRow",
    "PelvisReference",
    "ProgrammeRow",
    "ReasonRow",
    "SampleName",
    "Side",
    "SkeletonName",
    "SkeletonRow",
    "Unit",
    "Up",
    "View",
]

Side: TypeAlias = Literal["left", "right"]
View: TypeAlias = Literal["front", "back", "left", "right"]
Up: TypeAlias = Literal["x", "y", "z", "-x", "-y", "-z"]
Depth: TypeAlias = Literal["measured", "estimated"]
Between: TypeAlias = Literal["session", "day"]
Unit: TypeAlias = Literal["m", "cm", "mm"]
PelvisReference: TypeAlias = Literal["up", "trunk"]
EstimatorName: TypeAlias = Literal[
    "mediapipe",
    "ultralytics",
    "supervision",
    "rtmlib",
    "mmpose",
    "openpose",
    "alphapose",
    "movenet",
    "transformers",
    "detectron2",
    "deeplabcut",
    "sleap",
    "movement",
    "norfair",
    "motionbert",
    "apple_vision",
    "azure_kinect",
    "nuitrack",
]
ExerciseName: TypeAlias = Literal[
    "squat",
    "single_leg_squat",
    "clamshell",
    "fire_hydrant",
    "sit_to_stand",
    "split_squat",
    "step_down",
]
SampleName: TypeAlias = Literal[
    "squat",
    "squat_video",
    "single_leg_squat_left",
    "single_leg_squat_right",
    "single_leg_squat_video",
    "clamshell",
    "fire_hydrant",
]
SkeletonName: TypeAlias = Literal[
    "coco17",
    "halpe26",
    "mediapipe33",
    "wholebody133",
    "body25",
    "coco18",
    "coco25",
    "h36m17",
    "smpl24",
    "kinect25",
]
AngleName: TypeAlias = Literal[
    "knee_flexion",
    "hip_flexion",
    "hip_adduction",
    "hip_internal_rotation",
    "thigh_inclination",
    "shank_inclination",
    "fppa",
    "pelvic_drop",
    "pelvic_obliquity",
    "pelvis_shift",
    "trunk_forward_lean",
    "trunk_lateral_lean",
    "hip_adduction_2d",
    "knee_flexion_from_depth",
    "knee_medial_displacement",
    "knee_shift",
    "pelvic_rotation",
    "thigh_medial_lean",
    "shank_medial_lean",
    "ankle_dorsiflexion",
    "foot_progression",
    "tibial_rotation",
    "knee_abduction",
    "hip_internal_rotation_from_epicondyles",
    "hip_abduction",
    "hip_abduction_2d",
    "clamshell_opening",
    "knee_separation",
    "foot_separation",
    "pelvis_roll",
    "shoulder_roll",
]


class AccuracyRow(TypedDict):
    """A row of `kneepose.tables.accuracy`."""

    family: str | None
    seen: list[Literal["from_side", "from_front", "measured_3d", "estimated_3d"]]
    angles: list[str]
    bias: float
    sd: float
    validated: bool
    source: str
    keypoints: float | None
    rest: float | None


class AngleRow(TypedDict):
    """A row of `kneepose.tables.angles`."""

    name: AngleName
    points: list[str]
    measure: str
    sided: Literal["leg", "midline", "stance", "stance_or_right"]
    plane: Literal["sagittal", "frontal", "spatial", "any"]
    unit: str
    zero: str
    positive: str
    refused_below_flexion: float | None
    low_below_flexion: float | None
    source: str


class SkeletonRow(TypedDict):
    """A row of `kneepose.tables.skeletons`."""

    name: SkeletonName
    keypoints: list[str]
    min_confidence: float
    confidence_source: str
    emitted_by: str


class CriterionRow(TypedDict):
    """Threshold on one measure that indicates a fault."""

    measure: str
    moment: str | None
    way: Literal["above", "below", "either"]
    threshold: float
    in_image: float | None


class FaultRow(TypedDict):
    """A fault of an exercise, with its criteria in order of preference."""

    name: str
    title: str
    criteria: list[CriterionRow]
    cue: str
    source: str


class BorrowedRow(TypedDict):
    """A row of `kneepose.tables.borrowed`."""

    angle: AngleName
    change: float
    method: str
    study: str
    source: str
    automatic: str


class ProgrammeRow(TypedDict):
    """A row of `kneepose.tables.programme`."""

    exercise: str
    title: str
    days_per_week: int
    sets: int
    reps: list[int]
    tempo_s: list[int]
    rest_s: int
    weeks: list[int]
    load: list[str]
    depth_deg: list[list[int]]
    begin: str
    stands_for: str
    progress: str
    regress: str
    expect: str
    note: str
    source: str


class ExerciseRow(TypedDict):
    """A row of `kneepose.tables.exercises`."""

    name: ExerciseName
    title: str
    two_legs: bool
    posture: str
    pattern: str
    pelvis_reference: PelvisReference
    signal: str
    signal_combine: str
    signal_min_range: float
    side_signal: str
    side_signal_combine: str
    side_signal_min_range: float
    frontal_signal: str
    frontal_signal_combine: str
    frontal_signal_min_range: float
    peak: str
    target: list[float]
    phases: list[str]
    cutoff_hz: float
    measures: list[str]
    moments: list[str]
    between: list[str]
    lead: list[str]
    faults: list[FaultRow]
    set_up: str


class ReasonRow(TypedDict):
    """A row of `kneepose.tables.reasons`."""

    name: str
    sentence: str
    remedy: str
