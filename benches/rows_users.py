"""Rows 20 to 24 of the speed table: tools that users would choose today, at their usual work.

Angles and conditioning by movement (BSD-3), a side view by myogait (MIT), counting by the rule of a
workout counter, and an archive by pandas and SciPy. The first two are imported if installed (`pip
install --group users`). Packages under the AGPL are never imported: the counting rule is written
from its published description.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kneepose as kp
from benches import pandas_clip
from benches.clips import FPS, front_view, keypoints_of, squats
from benches.race import Side
from benches.rows_angles import KEYPOINTS, TRIPLETS, kernel14, points
from benches.speed import Absent, Case

F64 = NDArray[np.float64]
FRAMES = 900
CONFIDENCE, MAX_GAP_S, WINDOW, POLYORDER = 0.3, 0.2, 11, 3
CUTOFF_HZ = 4.0
EDGE = 15
"""Frames ignored at both ends, where filters pad differently."""
WIDTH, HEIGHT = 1080, 1920
UP_DEG, DOWN_DEG = 145.0, 120.0
"""Thresholds of the counting rule; its default of 90° is deeper than these squats."""
ARCHIVE, ARCHIVE_FRAMES = 40, 150


def movement() -> Any:
    """Import the needed modules of the package movement, or raise `Absent` with the reason."""
    try:
        import movement.filtering as filtering
        import movement.utils.vector as vector
        from movement.io import load_poses
    except ImportError as error:
        raise Absent(f"movement is not installed ({error}): pip install --group users") from None
    return filtering, vector, load_poses


def dataset(xy: F64, names: tuple[str, ...], sure: F64) -> Any:
    """Return keypoints as a dataset of movement with one individual."""
    _, _, load_poses = movement()
    return load_poses.from_numpy(
        position_array=xy.transpose(0, 2, 1)[..., None],
        confidence_array=sure[..., None],
        individual_names=["one"],
        keypoint_names=list(names),
        fps=FPS,
    )


def angles_by_movement() -> list[Side]:
    """Compare the 14 angles in 2-D. movement returns signed angles; their sign is dropped."""
    _, vector, _ = movement()
    xy = np.ascontiguousarray(points(1000, np.float64)[..., :2])
    data = dataset(xy, KEYPOINTS, np.ones(xy.shape[:2]))

    def theirs() -> F64:
        position = data.position.squeeze()
        columns = []
        for triplet in TRIPLETS:
            at = [position[..., k] for k in triplet]
            found = vector.compute_signed_angle_2d(at[0] - at[1], at[2] - at[1])
            columns.append(np.degrees(np.abs(found.to_numpy())))
        return np.stack(columns, axis=-1)

    return [Side("vectors of movement", theirs), Side("kneepose", kernel14(xy))]


@cache
def unsure_clip() -> tuple[F64, F64]:
    """Return pixels (900, 17, 2) and confidence; 5 % is low, in gaps of up to 5 frames."""
    xy = np.ascontiguousarray(front_view(FRAMES)[:, :17])
    sure = np.full(xy.shape[:2], 0.9)
    rng = np.random.default_rng(7)
    for column in sure.T:
        for start in rng.integers(10, FRAMES - 10, size=round(0.05 * FRAMES / 3.0)):
            column[start : start + int(rng.integers(1, 6))] = 0.1
    return xy, sure


def conditioning_by_movement() -> list[Side]:
    """Compare conditioning: drop low confidence, fill short gaps, smooth by Savitzky-Golay.

    The tolerance is 4 px, because gaps are filled by lines in one and by curves in the other.
    """
    filtering, _, _ = movement()
    xy, sure = unsure_clip()
    data = dataset(xy, keypoints_of("coco17"), sure)

    def theirs() -> F64:
        position = filtering.filter_by_confidence(
            data.position, data.confidence, threshold=CONFIDENCE
        )
        position = filtering.interpolate_over_time(position, max_gap=int(MAX_GAP_S * FPS))
        position = filtering.savgol_filter(position, WINDOW, polyorder=POLYORDER)
        return np.asarray(position.to_numpy()[..., 0].transpose(0, 2, 1)[EDGE:-EDGE])

    def ours() -> F64:
        seen = np.where((sure < CONFIDENCE)[..., None], np.nan, xy).reshape(FRAMES, -1)
        filled = kp.arrays.fill_gaps(seen, fs=FPS, max_gap_s=MAX_GAP_S)
        smooth = kp.arrays.savitzky_golay(
            filled, fs=FPS, window_s=WINDOW / FPS, polyorder=POLYORDER
        )
        return np.asarray(smooth.reshape(xy.shape)[EDGE:-EDGE])

    return [Side("movement", theirs, tolerance=4.0), Side("kneepose", ours)]


def side_view() -> F64:
    """Return the squats seen from the left side, shape (900, 26, 2) in pixels, y down."""
    x, y, _ = np.moveaxis(squats(FRAMES), -1, 0)
    return np.stack([540.0 - 400.0 * x, 1200.0 - 400.0 * y], axis=-1)


MYOGAIT = {
    "SHOULDER": "shoulder", "HIP": "hip", "KNEE": "knee", "ANKLE": "ankle", "HEEL": "heel",
    "FOOT_INDEX": "big_toe",
}  # fmt: skip


def clip_by_myogait() -> list[Side]:
    """Compare a low-pass and the angles of both knees. Tolerance: 0.5°, as the filters differ."""
    try:
        from myogait import compute_angles, normalize
    except ImportError as error:
        raise Absent(f"myogait is not installed ({error}): pip install --group users") from None
    xy, names = side_view(), keypoints_of("halpe26")
    landmarks = {
        f"{side.upper()}_{theirs}": names.index(f"{side}_{ours}")
        for side in ("left", "right")
        for theirs, ours in MYOGAIT.items()
    }
    frames = [
        {
            "frame_idx": number, "time_s": number / FPS, "confidence": 1.0,
            "landmarks": {
                name: {"x": float(p[k, 0] / WIDTH), "y": float(p[k, 1] / HEIGHT), "visibility": 1.0}
                for name, k in landmarks.items()
            },
        }
        for number, p in enumerate(xy)
    ]  # fmt: skip
    meta = {"fps": FPS, "width": WIDTH, "height": HEIGHT, "n_frames": FRAMES}

    def theirs() -> F64:
        data: dict[str, Any] = {
            "meta": meta,
            "extraction": {"model": "mediapipe"},
            "frames": frames,
        }
        data = normalize(data, filters=["butterworth"], butterworth_cutoff=CUTOFF_HZ)
        data = compute_angles(
            data, correction_factor=1.0, calibrate=False, correct_ankle_sliding=False
        )
        knees = [[frame["knee_L"], frame["knee_R"]] for frame in data["angles"]["frames"]]
        return np.abs(np.array(knees, dtype=np.float64))[EDGE:-EDGE]

    def ours() -> F64:
        recording = kp.Recording(xy, skeleton="halpe26", fps=FPS, view="left")
        smooth = recording.conditioned(cutoff_hz=CUTOFF_HZ, max_gap_s=MAX_GAP_S)
        angles = kp.joint_angles(smooth, ["knee_flexion"])
        both = [angles["knee_flexion", side].values for side in ("left", "right")]
        return np.abs(np.stack(both, axis=-1))[EDGE:-EDGE]

    return [Side("myogait", theirs, tolerance=0.5), Side("kneepose", ours)]


def count_by_thresholds(hip: F64, knee: F64, ankle: F64) -> int:
    """Count squats frame by frame: down below one knee angle, then up again above another.

    The rule of ultralytics.solutions.AIGym as its documentation describes it (`up_angle`, `down_angle`,
    three keypoints); the package is under the AGPL and is not used.
    """
    count, is_down = 0, False
    for (hx, hy), (kx, ky), (ax, ay) in zip(
        hip.tolist(), knee.tolist(), ankle.tolist(), strict=True
    ):
        angle = math.degrees(math.atan2(ay - ky, ax - kx) - math.atan2(hy - ky, hx - kx))
        angle = abs(angle)
        if angle > 180.0:
            angle = 360.0 - angle
        if angle < DOWN_DEG:
            is_down = True
        elif angle > UP_DEG and is_down:
            is_down = False
            count += 1
    return count


def counting() -> list[Side]:
    """Compare the counts of squats. kneepose also repairs the recording and checks the movement."""
    xy, names = side_view(), keypoints_of("halpe26")
    joints = [
        np.ascontiguousarray(xy[:, names.index(f"left_{name}")])
        for name in ("hip", "knee", "ankle")
    ]

    def ours() -> F64:
        recording = kp.Recording(xy, skeleton="halpe26", fps=FPS, view="left")
        return np.array([kp.segment_reps(recording.conditioned(), "squat").count])

    return [
        Side(
            f"the rule of AIGym, {DOWN_DEG:g}° and {UP_DEG:g}°",
            lambda: np.array([count_by_thresholds(*joints)]),
        ),
        Side("kneepose", ours),
    ]


def archive() -> list[Side]:
    """Compare the analysis of 40 recordings of 150 × 17 × 2, from files to repetition tables.

    pandas reads one Parquet file per recording. kneepose reads one part of an archive and writes
    its five tables.
    """
    try:
        import pandas as pd
        import pyarrow
    except ImportError as error:
        raise Absent(f"{error}: pip install --group bench pyarrow") from None
    assert pyarrow
    folder = Path(tempfile.mkdtemp())
    names = keypoints_of("coco17")
    clip = pandas_clip.clip()
    clips = [
        clip[start : start + ARCHIVE_FRAMES]
        for start in np.linspace(0, len(clip) - ARCHIVE_FRAMES, ARCHIVE).astype(int)
    ]
    columns = [f"{name}_{axis}" for name in names for axis in "xy"]
    for number, xy in enumerate(clips):
        table = pd.DataFrame(xy.reshape(len(xy), -1), columns=columns)
        table.to_parquet(folder / f"{number:03d}.parquet")
    recordings = {
        f"{number:03d}": kp.Recording(xy, skeleton="coco17", fps=FPS, view="front")
        for number, xy in enumerate(clips)
    }
    kp.archive.write(recordings, folder / "in")
    times = np.arange(ARCHIVE_FRAMES) / FPS
    runs = iter(range(10**9))

    def theirs() -> F64:
        counts = []
        for path in sorted(folder.glob("*.parquet")):
            xy = pd.read_parquet(path).to_numpy().reshape(ARCHIVE_FRAMES, 17, 2)
            _, bottoms = pandas_clip.by_pandas(xy, times)
            counts.append(len(bottoms))
        pd.DataFrame({"reps": counts}).to_parquet(folder / "counts.out")
        return np.array(counts, dtype=np.float64)

    def ours() -> F64:
        out = folder / f"out-{next(runs)}"
        kp.archive.analyze(folder / "in", out, exercise="squat")
        found = pd.read_parquet(out / "recordings")
        return found.sort_values("recording")["counted"].to_numpy(dtype=np.float64)

    return [Side("pandas and SciPy, a file each", theirs, tolerance=1.0), Side("kneepose", ours)]


def case(row: int, what: str, make: Callable[[], list[Side]]) -> Case:
    """Return a case without a target; its times are published for information."""
    return Case(row, what, partial(make))


USER_CASES = (
    case(20, "14 angles in 2-D, T=1,000, f64", angles_by_movement),
    case(21, "conditioning of 900×17×2: forget, fill, Savitzky-Golay", conditioning_by_movement),
    case(22, "a clip of 900×26 from the side: low-pass and knee angles", clip_by_myogait),
    case(23, "counting of 900×26 from the side", counting),
    case(24, f"an archive of {ARCHIVE} recordings of 150×17×2, files to tables", archive),
)
