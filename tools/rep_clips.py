"""Real clips and motion capture, counted: rows of docs/repetitions.md."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python"))

from datasets import FULL, arrays

import kneepose as kp
from kneepose.arrays import segment_reps
from kneepose.evaluation import segmenters

SQUATS = ("fitness-squat-counter", "fitness-squats", "fitness-sumo-squats")
ESTIMATORS = {"mediapipe_heavy": "mediapipe33", "movenet_thunder": "coco17"}
"""Skeleton by the last part of a file's name."""
BALANCE = tuple(f"cam{k:02}" for k in range(1, 5))


class Clip(NamedTuple):
    """Counts of a clip."""

    clip: str
    seen_by: str
    asked_for: str
    method: str
    seconds: float
    true: int
    """True count; 0 if the clip shows another movement."""
    counted: str
    """Number counted, or the reason of a refusal."""
    bottom_error: float
    """Largest error of the bottoms in seconds; NaN if the count is wrong or the bottoms are unknown."""


def clip(folder: str, name: str, estimator: str) -> kp.Recording:
    """Read the landmarks of a clip."""
    data = arrays(folder, f"{name}.{estimator}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)  # 10 fps
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
    """Return one row per method."""
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
    """Clips of squats: the on-screen counter is the truth."""
    truth = json.loads((FULL / "quickpose-gifs" / "truth.json").read_text(encoding="utf-8"))
    for name in SQUATS:
        for estimator in ESTIMATORS:
            if not (FULL / "quickpose-gifs" / f"{name}.{estimator}.npz").exists():
                continue
            recording = clip("quickpose-gifs", name, estimator)
            bottoms = [frame / recording.fps for frame in truth[name]["bottom_frame"]]
            yield from counted(name, estimator, recording, "squat", truth[name]["reps"], bottoms)


def other_clips() -> Iterator[Clip]:
    """Clips of other movements, analyzed as squats: every repetition is false."""
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
    """The smaller of both knee angles of measured squats and steps, as a plain series."""
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
    """Times and the smaller knee angle, degrees, of an OpenSim motion file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("endheader") + 1
    names = lines[start].split()
    rows = np.array([line.split() for line in lines[start + 1 :] if line.strip()], dtype=float)
    column = {name: rows[:, k] for k, name in enumerate(names)}
    return column["time"], np.minimum(column["knee_angle_r"], column["knee_angle_l"])
