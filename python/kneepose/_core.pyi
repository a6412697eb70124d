"""The compiled part of kneepose; see the Python modules for what it means."""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict, final, type_check_only

import numpy as np
import numpy.typing as npt

from kneepose.typing import (
    AccuracyRow,
    AngleRow,
    BorrowedRow,
    Depth,
    ExerciseRow,
    PelvisReference,
    Side,
    SkeletonRow,
    View,
)

_F64 = npt.NDArray[np.float64]
_Floats = npt.NDArray[np.floating[Any]]
_Request = tuple[Any, str | None]
_RawRecording = tuple[
    "Skeleton",
    _F64,
    _F64,
    _F64,
    str,
    tuple[float, float] | None,
    tuple[str | None, str],
    npt.NDArray[np.uint8] | None,
]
_Interval = tuple[float, float]
_Codes = npt.NDArray[np.uint8]
#: Frames of start, bottom (start, turn, end) and end; range; code of the status.
_RepRow = tuple[int, int, int, int, int, float, float, float, int]
#: Measure, moment, way, threshold.
_Criterion = tuple[str, str | None, str, float]

__all__ = [
    "ASSUMED_HEIGHT_M",
    "FLAGGED_YAW_DEG",
    "KNEE_LEAD",
    "LEAST_REPS",
    "AnglePlan",
    "Clock",
    "Skeleton",
    "Stream",
    "StreamState",
    "accuracy_table",
    "agreement",
    "analyze",
    "angle",
    "angle_table",
    "asymmetry",
    "body_in_space",
    "bootstrap_interval",
    "bootstrap_interval_of",
    "bootstrap_intervals",
    "borrowed_changes",
    "calibrate",
    "camera_yaw",
    "cardan_angles",
    "check",
    "check_same",
    "common_measures",
    "compare",
    "compare_curves",
    "condition",
    "count_score",
    "day_error",
    "draw_lines",
    "draw_sector",
    "evidence_cues",
    "exercise_table",
    "extent",
    "fill",
    "fill_gaps",
    "find_peaks",
    "find_reps",
    "hampel",
    "holm",
    "join_trials",
    "knee_demand",
    "knee_forces",
    "largest_beyond",
    "leading_measure",
    "leveled",
    "lower_body",
    "lowpass",
    "mask_missing",
    "measure_angles",
    "normalized_symmetry_index",
    "one_euro",
    "parse_json",
    "parse_table",
    "permutation_p",
    "pool_errors",
    "range_above_zero",
    "read_json_folder",
    "recording_angles",
    "rep_score",
    "rep_statuses",
    "repairs",
    "residual_cutoff",
    "savitzky_golay",
    "scaled",
    "segment_lengths",
    "segment_reps",
    "shade",
    "share_within",
    "single_pass_cutoff",
    "skeleton_table",
    "stamp",
    "student_quantile",
    "t_interval",
    "time_normalize",
    "typical_move",
    "typical_square",
    "validity_table",
    "verdict_guard",
    "version",
]

ASSUMED_HEIGHT_M: float
FLAGGED_YAW_DEG: float
KNEE_LEAD: list[str]
LEAST_REPS: int

@type_check_only
class ExerciseDefinition(TypedDict):
    """The fields that built-in exercises and a user's own have in common."""

    name: str
    title: str
    two_legs: bool
    posture: str
    pelvis_reference: PelvisReference
    peak: str
    target: list[float]
    phases: list[str]
    cutoff_hz: float
    measures: list[str]
    moments: list[str]
    between: list[str]
    lead: list[str]
    set_up: str

@type_check_only
class OwnExercise(ExerciseDefinition):
    """An `ExerciseSpec` as plain data."""

    #: Name, measure, points, sign, mirrored, sided, plane, gate, unit.
    own_angles: list[
        tuple[str, str, list[str], float, bool, str, str, tuple[float, float] | None, str]
    ]
    signals: list[tuple[str, str, float, float]]
    faults: list[tuple[str, str, list[_Criterion], str]]

@type_check_only
class Conditioned(TypedDict):
    coordinates: _F64
    confidence: _F64
    times: _F64
    repairs: _Codes
    resampled: bool
    swapped_frames: npt.NDArray[np.bool_]
    long_swaps: list[_Interval]
    cutoff_hz: float | None

@type_check_only
class RecordingAngles(TypedDict):
    values: _F64
    codes: _Codes
    sd: _F64 | None
    systematic: list[tuple[float, float, bool, str]]
    view: View | None

@type_check_only
class FoundReps(TypedDict):
    view: View | None
    signal_used: str
    signal: _F64
    reps: list[_RepRow]

@type_check_only
class CheckedQuality(TypedDict):
    view: View | None
    foot_to_lens: tuple[_Interval, _Interval]
    roll: _Interval
    off_axis: float
    findings: list[tuple[int, str, str]]
    evidence: list[tuple[str, float]]

@type_check_only
class MeasureValues(TypedDict):
    name: str
    angle: str
    unit: str
    of_leg: bool
    systematic: tuple[tuple[float, float, bool, str], float] | None
    values: _F64
    codes: _Codes
    refusal: int | None

@type_check_only
class FaultFinding(TypedDict):
    name: str
    title: str
    cue: str
    measure: str
    moment: str | None
    way: Literal["above", "below", "either"]
    threshold: float
    unit: str
    values: _F64
    codes: _Codes
    amount: float
    borderline: bool
    error: float
    common_sd: float
    camera_shift: float
    seen: bool
    refusal: int | None

@type_check_only
class AnalysisValues(Conditioned):
    quality: CheckedQuality
    view: View | None
    signal_used: str
    signal: _F64
    columns: list[tuple[str, Side | None]]
    values: _F64
    codes: _Codes
    reps: list[_RepRow]
    rep_times: list[list[float]] | None
    measures: list[MeasureValues]
    target_reached: list[bool | None]
    why_no_reps: int
    faults: list[FaultFinding]

@type_check_only
class Conditions(TypedDict):
    exercise: str
    definition: str
    skeleton: str
    space: str
    estimator: str
    signal: str
    side: str

@type_check_only
class TrialRow(TypedDict):
    conditions: Conditions
    times: _F64
    source_times: _F64
    reps: list[_RepRow]
    rep_times: list[tuple[float, float, float, float, float]]
    #: Name, code of the refusal, values, codes.
    measures: list[tuple[str, int | None, _F64 | list[float], list[int]]]
    #: Name, measure, way, threshold, shift and deviation in common, code of the refusal, values, codes.
    faults: list[tuple[str, str, str, float, tuple[float, float], int | None, _F64, list[int]]]
    foot_to_lens: list[_Interval]
    findings: list[tuple[int, str, str]]

@type_check_only
class JoinedValues(TypedDict):
    #: Index of the first frame of each trial, times of all frames.
    recording: tuple[list[int], _F64]
    source: tuple[list[int], _F64]
    reps: list[_RepRow]
    rep_times: list[list[float]]
    #: Name, trial that defines it, code of the refusal, values, codes.
    measures: list[tuple[str, int, int | None, _F64, _Codes]]
    #: Name, trial that defines it, values, codes, amount, seen, code of the refusal.
    faults: list[tuple[str, int, _F64, _Codes, tuple[float, float], tuple[bool, bool], int | None]]
    foot_to_lens: list[_Interval]
    findings: list[tuple[int, str, str]]

@type_check_only
class ComparedValues(TypedDict):
    first: tuple[int, float, float]
    second: tuple[int, float, float]
    difference: float
    ci: _Interval
    whole_ci: _Interval
    camera_part: float
    systematic: tuple[float, float, bool] | None
    method: str
    p: float
    p_holm: float
    detectable: float | None
    verdict: str
    reason: int

@type_check_only
class DayErrorValues(TypedDict):
    people: int
    freedom: float
    sem: float
    sem_ci: _Interval
    icc: float
    icc_ci: _Interval
    mdc: float
    mdc_ci: _Interval
    bias: float
    limits: _Interval

@type_check_only
class AgreementValues(TypedDict):
    kappa: float
    kappa_ci: _Interval
    equal: float
    pairs: int
    items: int
    groups: int

@type_check_only
class PooledValues(TypedDict):
    studies: int
    sem: float
    sem_ci: _Interval
    tau: float
    i_squared: float
    freedom: float

@type_check_only
class ComparedCurves(TypedDict):
    first: list[_F64]
    second: list[_F64]
    difference: list[_F64]
    rmsd: float
    largest: float
    largest_at: int
    fit: tuple[float, float, float]

def version() -> str: ...
def skeleton_table() -> list[SkeletonRow]: ...
def accuracy_table() -> list[AccuracyRow]: ...
def angle_table() -> list[AngleRow]: ...
def exercise_table() -> list[ExerciseRow]: ...
def validity_table() -> list[tuple[int, str, str, str]]: ...
def rep_statuses() -> list[tuple[str, str]]: ...
def repairs() -> list[str]: ...
def lower_body(one_leg: bool) -> list[str]: ...

@final
class Skeleton:
    def __new__(
        cls,
        name: str,
        keypoints: Sequence[str],
        aliases: Sequence[tuple[str, str]],
        min_confidence: float,
    ) -> Skeleton: ...
    @staticmethod
    def built_in(name: str) -> Skeleton: ...
    @property
    def name(self) -> str: ...
    @property
    def keypoints(self) -> list[str]: ...
    @property
    def landmarks(self) -> list[tuple[str, int]]: ...
    @property
    def min_confidence(self) -> float: ...
    @property
    def usual_depth(self) -> Depth: ...
    @property
    def swap(self) -> list[int]: ...

@final
class AnglePlan:
    def __new__(
        cls,
        skeleton: Skeleton,
        requests: Sequence[_Request],
        up: str,
        pelvis_reference: str,
        gates: bool,
    ) -> AnglePlan: ...
    @property
    def width(self) -> int: ...
    def evaluate(
        self,
        points: npt.NDArray[np.floating[Any]],
        heading: Sequence[float] | None = None,
        standing: Sequence[float] | None = None,
        codes: bool = False,
        out: npt.NDArray[np.floating[Any]] | None = None,
        threads: int | None = None,
    ) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.uint8] | None]: ...

@final
class Clock:
    def __new__(cls) -> Clock: ...
    def follow(self, time: float) -> float: ...

@final
class StreamState:
    @property
    def time(self) -> float: ...
    @property
    def counts(self) -> tuple[int, int]: ...
    @property
    def phase(self) -> str: ...
    @property
    def depth(self) -> float: ...
    @property
    def quality(self) -> int: ...
    @property
    def cue(self) -> int | None: ...
    @property
    def values(self) -> list[float]: ...
    @property
    def codes(self) -> list[int]: ...
    @property
    def names(self) -> tuple[tuple[str, Side | None], ...]: ...
    @property
    def events(self) -> list[tuple[str, int, int, float, float, float]]: ...
    @property
    def has_events(self) -> bool: ...

@final
class Stream:
    def __new__(
        cls,
        exercise: str | OwnExercise,
        side: str,
        skeleton: Skeleton,
        space: str,
        view: str | None,
        resolution: Sequence[float] | None,
        mirrored: bool,
        depth: str | None,
        estimator: str,
    ) -> Stream: ...
    def push(
        self, points: _F64 | None, time: float, confidence: _F64 | None = None
    ) -> StreamState: ...
    def push_all(
        self, points: _F64, times: _F64, confidence: _F64 | None = None
    ) -> StreamState: ...
    def place(self, time: float) -> float: ...
    def faults(self) -> list[tuple[str, str, str]]: ...
    def finish(self) -> AnalysisValues | None: ...
    def state(self) -> StreamState: ...
    def reset(self) -> None: ...

def angle(
    p: npt.NDArray[np.floating[Any]],
    q: npt.NDArray[np.floating[Any]],
    r: npt.NDArray[np.floating[Any]],
) -> npt.NDArray[np.floating[Any]]: ...
def cardan_angles(
    proximal: npt.NDArray[np.floating[Any]],
    distal: npt.NDArray[np.floating[Any]],
    side: str,
) -> npt.NDArray[np.floating[Any]]: ...
def segment_reps(
    series: _F64,
    fs: float,
    min_range: float,
    allowed: npt.NDArray[np.bool_] | None,
    despike: bool,
    causal: bool = False,
) -> list[_RepRow]: ...
def asymmetry(left: _F64, right: _F64, kind: str) -> tuple[_F64, npt.NDArray[np.bool_]]: ...
def bootstrap_interval(
    first: _F64,
    second: _F64,
    paired: bool,
    resamples: int,
    confidence: float,
    seed: int,
    method: str,
) -> tuple[float, float]: ...
def bootstrap_interval_of(
    first: _F64,
    second: _F64,
    paired: bool,
    replicates: _F64,
    confidence: float,
    method: str,
) -> tuple[float, float]: ...
def normalized_symmetry_index(left: _F64, right: _F64) -> float: ...
def hampel(series: _F64, floor: float) -> npt.NDArray[np.bool_]: ...
def lowpass(series: _Floats, cutoff_hz: float, fs: float, order: int) -> _Floats: ...
def savitzky_golay(
    series: _Floats, fs: float, window_s: float, polyorder: int, derivative: int
) -> _Floats: ...
def fill_gaps(series: _Floats, times: _F64, max_gap_s: float) -> _Floats: ...
def one_euro(
    series: _Floats,
    steps: _F64,
    min_cutoff_hz: float,
    beta: float,
    derivative_cutoff_hz: float,
) -> _Floats: ...
def residual_cutoff(series: _Floats, fs: float) -> _F64: ...
def find_peaks(
    series: _F64, prominence: float, distance: float | None
) -> tuple[npt.NDArray[np.int64], _F64]: ...
def single_pass_cutoff(cutoff_hz: float, fs: float) -> float: ...
def time_normalize(series: _F64, start: int, bottom: int, end: int) -> _F64: ...
def count_score(
    predicted: Sequence[int], truth: Sequence[int]
) -> tuple[float, float, float, float]: ...
def parse_json(data: bytes, skipped: Sequence[str], name: str) -> Any: ...
def read_json_folder(
    path: str, name: str, skipped: Sequence[str], most_bytes: int, most_files: int
) -> tuple[list[int], list[Any] | tuple[npt.NDArray[np.int64], _F64, _F64]]: ...
def parse_table(
    data: bytes,
    separator: str,
    decimal_comma: bool,
    columns: Sequence[int],
    labels: Sequence[int],
    name: str,
) -> tuple[_F64, list[str]]: ...
def rep_score(
    recordings: Sequence[tuple[Sequence[_Interval], Sequence[_Interval]]], least_overlap: float
) -> tuple[
    float, float, float, float, float, int, int, list[tuple[int, int, int, float, float]]
]: ...
def recording_angles(
    recording: _RawRecording,
    requests: Sequence[_Request],
    reading: Any,
) -> RecordingAngles: ...
def largest_beyond(points: _F64, limit: float) -> float | None: ...
def mask_missing(
    points: _F64, confidence: _F64 | None, skeleton: Skeleton
) -> tuple[bool, bool, bool, float]: ...
def range_above_zero(points: _F64, component: int) -> list[float] | None: ...
def share_within(points: _F64, limit: float) -> float: ...
def body_in_space(
    points: _F64, skeleton: Skeleton, space: str
) -> tuple[float, list[float], list[float]]: ...
def segment_lengths(points: _F64, pairs: list[tuple[int, int]], q: float) -> list[float]: ...
def condition(
    recording: _RawRecording,
    cutoff_hz: float | str | None,
    max_gap_s: float,
    look_ahead: bool = True,
) -> Conditioned: ...
def calibrate(
    recording: _RawRecording, view: str | None
) -> tuple[list[float], list[float], list[float], list[float]]: ...
def check(
    recording: _RawRecording,
    side: str | None,
    view: str | None,
    exercise: str | OwnExercise | None,
) -> CheckedQuality: ...
def leveled(coordinates: _F64, roll_deg: float, middle: tuple[float, float]) -> _F64: ...
def measure_angles(
    exercise: str | OwnExercise,
    side: str,
    reps: Sequence[_RepRow],
    times: _F64,
    signal: _F64,
    angles: Sequence[tuple[str, _F64, npt.NDArray[np.uint8]]],
    fs: float,
) -> list[MeasureValues]: ...
def knee_demand(
    recording: _RawRecording, side: str, view: str | None, two_legs: bool
) -> tuple[_F64, _F64, _F64, npt.NDArray[np.uint8]] | None: ...
def knee_forces(moment: float, bend_deg: float) -> list[float]: ...
def find_reps(
    recording: _RawRecording, exercise: str | OwnExercise, side: str, view: str | None
) -> FoundReps: ...

@type_check_only
class EvidenceCues(TypedDict):
    view: str
    names: list[str]
    frames: list[tuple[int, int, int]]
    status: list[str]
    probability: list[float]
    cues: list[list[float]]

def evidence_cues(
    recording: _RawRecording,
    exercise: str | OwnExercise,
    side: str,
    view: str | None,
    look_ahead: bool,
) -> EvidenceCues: ...
def analyze(
    recording: _RawRecording,
    exercise: str | OwnExercise,
    side: str,
    view: str | None,
    cutoff_hz: float | None,
    max_gap_s: float,
    look_ahead: bool = True,
) -> AnalysisValues: ...
def leading_measure(
    lead: list[str], measures: list[tuple[str, _F64, _F64]], paired: bool
) -> int | None: ...
def common_measures(
    first: list[tuple[str, bool]], second: list[tuple[str, bool]], paired: bool
) -> list[tuple[int, int]]: ...
def verdict_guard(
    posture: str,
    in_world: bool,
    camera_moved: bool,
    first: tuple[str, float, bool, bool],
    second: tuple[str, float, bool, bool],
) -> tuple[str | None, float | None, bool]: ...
def check_same(first: Conditions, second: Conditions, side: bool) -> None: ...
def join_trials(trials: list[TrialRow]) -> JoinedValues: ...
def compare(
    measures: list[tuple[_F64, _F64, str, bool, float | None]],
    paired: bool,
    guard: str | None,
    yaw: float | None = None,
    primary: int | None = None,
    errors: list[list[tuple[float, float, bool]] | None] = ...,
    second_leg: str | None = None,
) -> list[ComparedValues]: ...
def bootstrap_intervals(
    first: _F64, second: _F64, resamples: int, seed: int
) -> list[tuple[float, float]]: ...
def t_interval(first: _F64, second: _F64, paired: bool) -> tuple[float, float, float]: ...
def permutation_p(first: _F64, second: _F64, paired: bool, seed: int) -> float: ...
def borrowed_changes() -> list[BorrowedRow]: ...
def holm(p: list[float]) -> list[float]: ...
def student_quantile(p: float, freedom: float) -> float: ...
def day_error(values: _F64, legs: int) -> DayErrorValues: ...
def agreement(
    grades: _F64, levels: int, pairs: list[tuple[int, int]], groups: list[int]
) -> AgreementValues: ...
def pool_errors(sems: list[float], freedoms: list[float]) -> PooledValues: ...
def compare_curves(
    first: _F64, second: _F64, seed: int, paired: bool = False
) -> ComparedCurves: ...
def camera_yaw(first: tuple[str, float], second: tuple[str, float]) -> tuple[float, str | None]: ...
def extent(points: _F64) -> tuple[int, list[float], list[float], list[float]]: ...
def scaled(points: _F64, factors: Sequence[float]) -> _F64: ...
def typical_move(points: _F64, before: _F64) -> list[float] | None: ...
def typical_square(points: _F64, before: _F64, ahead: Sequence[float]) -> float: ...
def draw_lines(
    frame: npt.NDArray[np.uint8],
    lines: list[
        tuple[
            tuple[float, float],
            tuple[float, float],
            float,
            tuple[int, int, int],
            tuple[tuple[int, int, int], float] | None,
        ]
    ],
) -> None: ...
def shade(
    frame: npt.NDArray[np.uint8], rows: tuple[int, int], columns: tuple[int, int]
) -> None: ...
def fill(
    frame: npt.NDArray[np.uint8],
    rows: tuple[int, int],
    columns: tuple[int, int],
    color: tuple[int, int, int],
) -> None: ...
def stamp(
    frame: npt.NDArray[np.uint8],
    light: npt.NDArray[np.uint8],
    corner: tuple[int, int],
) -> None: ...
def draw_sector(
    frame: npt.NDArray[np.uint8],
    center: tuple[float, float],
    radius: float,
    directions: tuple[tuple[float, float], tuple[float, float]],
    color: tuple[int, int, int],
    share: float,
) -> None: ...
