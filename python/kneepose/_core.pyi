"""The compiled part of kneepose; see the Python modules for what it means."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

_F64 = npt.NDArray[np.float64]
_Floats = npt.NDArray[np.floating[Any]]
_Request = tuple[Any, str | None]
_RawRecording = tuple[Any, ...]
_Interval = tuple[float, float]

__all__ = [
    "ASSUMED_HEIGHT_M",
    "FLAGGED_YAW_DEG",
    "LEAST_REPS",
    "AnglePlan",
    "Skeleton",
    "Stream",
    "StreamState",
    "analyze",
    "angle",
    "angle_table",
    "asymmetry",
    "bootstrap_interval",
    "bootstrap_interval_of",
    "bootstrap_intervals",
    "calibrate",
    "camera_yaw",
    "cardan_angles",
    "check",
    "compare",
    "compare_curves",
    "condition",
    "count_score",
    "exercise_table",
    "fill_gaps",
    "find_peaks",
    "find_reps",
    "hampel",
    "holm",
    "judge_fault",
    "leveled",
    "lower_body",
    "lowpass",
    "normalized_symmetry_index",
    "one_euro",
    "permutation_p",
    "recording_angles",
    "reliability",
    "rep_score",
    "rep_statuses",
    "repairs",
    "residual_cutoff",
    "savitzky_golay",
    "segment_reps",
    "single_pass_cutoff",
    "skeleton_table",
    "t_interval",
    "time_normalize",
    "validity_table",
    "version",
]

ASSUMED_HEIGHT_M: float
FLAGGED_YAW_DEG: float
LEAST_REPS: int

def version() -> str: ...
def skeleton_table() -> list[dict[str, Any]]: ...
def angle_table() -> list[dict[str, Any]]: ...
def exercise_table() -> list[dict[str, Any]]: ...
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
    def names(self) -> tuple[tuple[str, str | None], ...]: ...
    @property
    def events(self) -> list[tuple[str, int, int, float, float, float]]: ...
    @property
    def has_events(self) -> bool: ...

@final
class Stream:
    def __new__(
        cls,
        exercise: str | dict[str, Any],
        side: str,
        skeleton: Skeleton,
        space: str,
        view: str | None,
        resolution: Sequence[float] | None,
        mirrored: bool,
    ) -> Stream: ...
    def push(
        self, points: _F64 | None, time: float, confidence: _F64 | None = None
    ) -> StreamState: ...
    def push_all(
        self, points: _F64, times: _F64, confidence: _F64 | None = None
    ) -> StreamState: ...
    def faults(self) -> list[tuple[str, str, str]]: ...
    def finish(self) -> dict[str, Any] | None: ...
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
) -> list[tuple[int, int, int, int, int, float, int]]: ...
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
def rep_score(
    recordings: Sequence[tuple[Sequence[_Interval], Sequence[_Interval]]], least_overlap: float
) -> tuple[
    float, float, float, float, float, int, int, list[tuple[int, int, int, float, float]]
]: ...
def recording_angles(
    recording: _RawRecording,
    requests: Sequence[_Request],
    reading: Any,
) -> dict[str, Any]: ...
def condition(
    recording: _RawRecording, cutoff_hz: float | str | None, max_gap_s: float
) -> dict[str, Any]: ...
def calibrate(
    recording: _RawRecording, view: str | None
) -> tuple[list[float], list[float], list[float], list[float]]: ...
def check(
    recording: _RawRecording,
    side: str | None,
    view: str | None,
    upright: bool,
) -> dict[str, Any]: ...
def leveled(coordinates: _F64, roll_deg: float, middle: tuple[float, float]) -> _F64: ...
def find_reps(
    recording: _RawRecording, exercise: str | dict[str, Any], side: str, view: str | None
) -> dict[str, Any]: ...
def analyze(
    recording: _RawRecording,
    exercise: str | dict[str, Any],
    side: str,
    view: str | None,
    cutoff_hz: float | None,
    max_gap_s: float,
) -> dict[str, Any]: ...
def compare(
    measures: list[tuple[_F64, _F64, str, bool, float | None]],
    paired: bool,
    guard: str | None,
    yaw: float | None = None,
    primary: int | None = None,
) -> list[dict[str, Any]]: ...
def bootstrap_intervals(
    first: _F64, second: _F64, resamples: int, seed: int
) -> list[tuple[float, float]]: ...
def t_interval(first: _F64, second: _F64, paired: bool) -> tuple[float, float, float]: ...
def permutation_p(first: _F64, second: _F64, paired: bool, seed: int) -> float: ...
def judge_fault(
    values: _F64, way: str, threshold: float, beyond_error: bool
) -> tuple[float, bool | None]: ...
def holm(p: list[float]) -> list[float]: ...
def reliability(values: _F64) -> dict[str, Any]: ...
def compare_curves(
    first: _F64, second: _F64, seed: int, paired: bool = False
) -> dict[str, Any]: ...
def camera_yaw(first: tuple[str, float], second: tuple[str, float]) -> tuple[float, str | None]: ...
