"""Compute the rows of docs/evidence/repetitions.md: series, simulated recordings and real clips."""

from __future__ import annotations

import json
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import kneepose as kp
from kneepose import arrays
from kneepose.arrays import segment_reps
from kneepose.evaluation import segmenters
from tests.support.damage import runs
from tests.support.datasets import FULL, opensim
from tests.support.datasets import arrays as stored
from tests.support.rep_conditions import CONDITIONS, LIMITS, QUIET, SAMPLING
from tests.support.rep_series import Planted
from tools.pages.accuracy_rows import NOISE_TIME_S, Data, is_noisy, pixels_per_mm

F64 = npt.NDArray[np.float64]

GROUPS: dict[str, dict[str, Any]] = {
    "set": CONDITIONS, "sampling": SAMPLING, "limits": LIMITS, "quiet": QUIET,
}  # fmt: skip
RUNS = 100
QUIET_RUNS = 1000
"""Number of series without repetitions; 100 could not tell a false rate of 1 % from one of 3 %."""
NOISE_MM, DROPPED, RUN_S = 10.0, 0.10, 0.3
CHUNK = 10
"""Number of noise draws held in memory at once."""
SPACES = {"world": "3-D", "image": "image"}


@dataclass
class Tally:
    """Counts, partial counts, intervals (R, 2) and total length of several series."""

    counts: list[tuple[int, int]] = field(default_factory=list)
    """Found and true number of full repetitions, for each series."""
    partials: list[tuple[int, int]] = field(default_factory=list)
    found: list[F64] = field(default_factory=list)
    truth: list[F64] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, counts: tuple[int, int], partials: tuple[int, int], found: F64, truth: F64,
            seconds: float) -> None:  # fmt: skip
        """Add the results of one series."""
        self.counts.append(counts)
        self.partials.append(partials)
        self.found.append(np.asarray(found, dtype=np.float64).reshape(-1, 2))
        self.truth.append(np.asarray(truth, dtype=np.float64).reshape(-1, 2))
        self.seconds += seconds

    @classmethod
    def of(cls, parts: Sequence[Tally]) -> Tally:
        """Return the sum of several tallies."""
        whole = cls()
        for part in parts:
            whole.counts += part.counts
            whole.partials += part.partials
            whole.found += part.found
            whole.truth += part.truth
            whole.seconds += part.seconds
        return whole

    @property
    def count_score(self) -> arrays.CountScore:
        """Return the agreement of the counts."""
        return arrays.count_score(*map(list, zip(*self.counts, strict=True)))

    @property
    def rep_score(self) -> arrays.RepScore:
        """Return the agreement of the repetitions, paired by their intervals."""
        return arrays.pooled_rep_score(self.found, self.truth)

    @property
    def errors(self) -> F64:
        """Return the absolute errors of all starts and ends, seconds."""
        score = self.rep_score
        return np.abs(np.concatenate([score.start_errors, score.end_errors]))

    @property
    def both_exact(self) -> float:
        """Return the share of series with exact full and partial repetition counts."""
        pairs = zip(self.counts, self.partials, strict=True)
        return float(np.mean([n == true and k == planted for (n, true), (k, planted) in pairs]))

    @property
    def false_share(self) -> float:
        """Return the share of series with a repetition, for series without true ones."""
        return float(np.mean([n > 0 for n, _ in self.counts]))

    @property
    def false_per_min(self) -> float:
        """Return the number of counted repetitions per minute."""
        return sum(n for n, _ in self.counts) / (self.seconds / 60.0)


def by_name(*parts: str) -> int:
    """Return a seed that depends only on the names, so new rows do not change the other rows."""
    return zlib.crc32("/".join(parts).encode())


# --- plain series ------------------------------------------------------------------------------

Segment = Callable[[Planted], arrays.RepArrays]


def segmenter(**options: Any) -> Segment:
    """Return a function that applies `arrays.segment_reps` to a planted series."""
    return lambda s: arrays.segment_reps(s.x, fs=s.fs, min_range=s.min_range, **options)


SERIES_METHODS: dict[str, Segment] = {"offline": segmenter(), "live": segmenter(causal=True)}
"""Segmentation methods for plain series."""


def series_tally(group: str, name: str, method: str, seed: int, n: int | None = None) -> Tally:
    """Return the results of one condition of a group, over `n` seeds."""
    segment = SERIES_METHODS[method]
    if n is None:
        n = QUIET_RUNS if group == "quiet" else RUNS
    tally = Tally()
    for k in range(n):
        series = GROUPS[group][name].draw(seed, by_name(group, name), k)
        reps = segment(series)
        full = reps.status == "full"
        tally.add(
            (reps.count, series.count),
            (int(np.sum(reps.status == "partial")), int(np.sum(~series.full))),
            np.stack([reps.start, reps.end], axis=1)[full] / series.fs,
            series.intervals[series.full],
            len(series.x) / series.fs,
        )
    return tally


# --- simulated recordings ----------------------------------------------------------------------


def exercise_is_known(data: Data) -> bool:
    """Return True if this version of the library has the exercise of a recording."""
    return str(data["exercise"]) in {row["name"] for row in kp.tables.exercises()}


def side_of(data: Data) -> Any:
    """Return the standing or working leg of a recording."""
    return "right" if str(data["side"]) == "both" else str(data["side"])


def add_recording(tally: Tally, data: Data, points: F64, space: str, method: str) -> None:
    """Segment a recording with these points through the public API, and add the result."""
    recording = kp.Recording(
        points,
        skeleton="halpe26",
        times=data["times"],
        confidence=data["confidence"],
        up="y" if space == "world" else None,
    )
    reps = segmenters.SEGMENTERS[method](recording, str(data["exercise"]), side_of(data))
    full = [rep for rep in reps if rep.status is kp.analysis.RepStatus.FULL]
    partial = sum(rep.status is kp.analysis.RepStatus.PARTIAL for rep in reps)
    planned = ~data["rep_partial"]
    truth = np.stack([data["rep_start_10pct"], data["rep_end_10pct"]], axis=1)[planned]
    tally.add(
        (len(full), int(planned.sum())),
        (partial, int(np.sum(~planned))),
        np.array([(rep.start_s, rep.end_s) for rep in full]),
        truth,
        float(data["times"][-1] - data["times"][0]),
    )


def points_of(data: Data, space: str) -> F64:
    """Return the keypoints in meters, or in pixels of the first camera."""
    return data["keypoints" if space == "world" else "keypoints_2d"].astype(np.float64)


def clean_tally(name: str, space: str, method: str) -> Tally | None:
    """Return the result of a recording without changes; None if its exercise is not available."""
    data, tally = opensim(name), Tally()
    if not exercise_is_known(data):
        return None
    add_recording(tally, data, points_of(data, space), space, method)
    return tally


def damaged_tally(
    name: str, space: str, drops: str, method: str, seed: int, n: int = RUNS
) -> Tally | None:
    """Return the result of a recording with 10 mm of noise and a tenth of its keypoints missing.

    The result is None if the recording already has noise, or if its exercise is not available.
    """
    data, tally = opensim(name), Tally()
    if is_noisy(data) or not exercise_is_known(data):
        return None
    points = points_of(data, space)
    sd = NOISE_MM * (1e-3 if space == "world" else pixels_per_mm(data))
    for draws in np.array_split(np.arange(n), max(1, n // CHUNK)):
        rng = np.random.default_rng([seed, by_name(name, space, drops), int(draws[0])])
        for noise in noises(rng, data["times"], points.shape, len(draws)):
            damaged = points + sd * noise
            damaged[DROPS[drops](rng, data["times"], points.shape[1])] = np.nan
            add_recording(tally, data, damaged, space, method)
    return tally


def noises(rng: np.random.Generator, times: F64, shape: tuple[int, ...], n: int) -> Iterator[F64]:
    """Yield `n` draws of noise with SD 1: half white, half first-order with time constant 0.6 s."""
    slow = rng.standard_normal((shape[0], n, *shape[1:]))
    keep = np.exp(-np.diff(times) / NOISE_TIME_S)
    for i, k in enumerate(keep, 1):
        slow[i] = k * slow[i - 1] + np.sqrt(1 - k**2) * slow[i]
    for run in range(n):
        yield np.sqrt(0.5) * (slow[:, run] + rng.standard_normal(shape))


def independent(rng: np.random.Generator, times: F64, keypoints: int) -> npt.NDArray[np.bool_]:
    """Return a mask (T, K) in which each keypoint is missing at random in a tenth of the frames."""
    return rng.random((len(times), keypoints)) < DROPPED


def in_runs(rng: np.random.Generator, times: F64, keypoints: int) -> npt.NDArray[np.bool_]:
    """Return a mask (T, K) in which each keypoint is missing in a tenth of the frames, in runs of
    0.3 s.
    """
    out = np.zeros((len(times), keypoints), dtype=bool)
    fps = 1.0 / float(np.median(np.diff(times)))
    for k in range(keypoints):
        out[runs(rng, len(times), fps, DROPPED, RUN_S), k] = True
    return out


DROPS = {"single frames": independent, "runs of 0.3 s": in_runs}


SQUATS = ("fitness-squat-counter", "fitness-squats", "fitness-sumo-squats")
ESTIMATORS = {"mediapipe_heavy": "mediapipe33", "movenet_thunder": "coco17"}
"""Estimator, which is the last part of a file name → skeleton."""
BALANCE = tuple(f"cam{k:02}" for k in range(1, 5))


class Clip(NamedTuple):
    """Result of counting one clip with one method."""

    clip: str
    seen_by: str
    asked_for: str
    method: str
    seconds: float
    true: int
    """True count of the exercise; 0 if the clip shows another movement."""
    counted: str
    """The count, or the reason of a refusal."""
    bottom_error: float
    """Largest error of the lowest points, seconds; NaN if the count is wrong or no labels exist."""


def clip(folder: str, name: str, estimator: str) -> kp.Recording:
    """Return a clip as a user would load its landmarks."""
    data = stored(folder, f"{name}.{estimator}")
    with warnings.catch_warnings():
        # The low frame rate of 10 fps causes a warning.
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        return kp.Recording(
            data["xy"],
            skeleton=ESTIMATORS[estimator],
            fps=float(data["fps"]),
            confidence=np.nan_to_num(data["visibility"]),
            normalized=True,
            resolution_wh=(int(data["width"]), int(data["height"])),
        )


def counted(
    name: str, estimator: str, recording: kp.Recording, exercise: str, true: int,
    bottoms: list[float],
) -> Iterator[Clip]:  # fmt: skip
    """Yield the count of a clip, once for each method."""
    seconds = recording.n_frames / recording.fps
    for method, segment in segmenters.SEGMENTERS.items():
        try:
            reps = segment(recording, exercise, "right")
        except kp.errors.KneeposeError as error:
            why = f"refused: {str(error).partition(':')[0]}"
            yield Clip(name, estimator, exercise, method, seconds, true, why, np.nan)
            continue
        full = [rep.bottom_s for rep in reps if rep.status is kp.analysis.RepStatus.FULL]
        off = np.abs(np.subtract(full, bottoms)) if len(full) == len(bottoms) else []
        worst = float(np.max(off)) if len(off) else np.nan
        yield Clip(name, estimator, exercise, method, seconds, true, str(len(full)), worst)


def squat_clips() -> Iterator[Clip]:
    """Yield the clips of squats; the true count is shown on screen in the video."""
    truth = json.loads((FULL / "quickpose-gifs" / "truth.json").read_text(encoding="utf-8"))
    for name in SQUATS:
        for estimator in ESTIMATORS:
            if not (FULL / "quickpose-gifs" / f"{name}.{estimator}.npz").exists():
                continue
            recording = clip("quickpose-gifs", name, estimator)
            bottoms = [frame / recording.fps for frame in truth[name]["bottom_frame"]]
            yield from counted(name, estimator, recording, "squat", truth[name]["reps"], bottoms)


def other_clips() -> Iterator[Clip]:
    """Yield clips of other movements analyzed as squats; every repetition is a false one."""
    others = [
        ("quickpose-gifs", path.name.partition(".")[0])
        for path in sorted((FULL / "quickpose-gifs").glob("*.mediapipe_heavy.npz"))
        if not path.name.startswith(SQUATS)
    ]
    others += [("pose2sim-balance", name) for name in BALANCE] + [("sports2d-demo", "demo")]
    for folder, name in others:
        recording = clip(folder, name, "mediapipe_heavy")
        for exercise in ("squat", "single_leg_squat"):
            label = name if folder == "quickpose-gifs" else f"{folder} {name}"
            yield from counted(label, "mediapipe_heavy", recording, exercise, 0, [])


def motion_capture() -> Iterator[Clip]:
    """Yield counts in motion capture of squats and walking: the smaller knee angle as a plain
    series.
    """
    folder = FULL / "opencap-squat-mot"
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, true, bottoms in (
        ("squats1_videoAndMocap", truth["reps"], truth["time_s"]),
        ("walking1_videoAndMocap", 0, []),
    ):
        times, knee = knee_angles(folder / f"{name}.mot")
        reps = segment_reps(knee, fs=1.0 / float(np.median(np.diff(times))))
        full = times[reps.bottom[reps.status == "full"]]
        same = len(full) == len(bottoms) > 0
        worst = float(np.abs(full - bottoms).max()) if same else np.nan
        yield Clip(
            name, "motion capture", "plain series", "offline", float(np.ptp(times)), true,
            str(len(full)), worst,
        )  # fmt: skip


def knee_angles(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the times and the smaller knee angle, degrees, of an OpenSim motion file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("endheader") + 1
    names = lines[start].split()
    rows = np.array([line.split() for line in lines[start + 1 :] if line.strip()], dtype=float)
    column = {name: rows[:, k] for k, name in enumerate(names)}
    return column["time"], np.minimum(column["knee_angle_r"], column["knee_angle_l"])
