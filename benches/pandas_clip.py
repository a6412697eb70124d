"""Analysis of a front-view squat clip in typical pandas code and in kneepose.

Both take keypoints in pixels with a confidence, drop keypoints of low confidence, remove jumps,
fill gaps, low-pass, compute angles and find the repetitions by the depth of the hip.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, filtfilt, find_peaks

import kneepose as kp
from benches.clips import FPS, front_view, keypoints_of
from benches.speed import Absent
from tests.reference import design

F64 = NDArray[np.float64]
FRAMES = 900
CUTOFF_HZ = 6.0
MAX_GAP_S = 0.2
JUMP_SIGMAS, JUMP_FLOOR_PX, MAD_TO_SIGMA = 3.0, 1.0, 1.4826
EDGE = 5
"""Frames ignored at both ends, because pandas keeps outliers there and kneepose removes them."""
DEPTH_PX = 60.0
"""Smallest lowering of the hips in a repetition, pixels."""


def clip() -> F64:
    """Return the keypoints of the clip, shape (900, 17, 2) in pixels."""
    return np.ascontiguousarray(front_view(FRAMES)[:, :17])


def by_kneepose(xy: F64) -> tuple[F64, F64]:
    """Return the projection angles of both legs and the bottom frames, by kneepose."""
    recording = kp.Recording(xy, skeleton="coco17", fps=FPS, view="front")
    smooth = recording.conditioned(cutoff_hz=CUTOFF_HZ, max_gap_s=MAX_GAP_S)
    angles = kp.joint_angles(smooth, ["fppa"])
    reps = kp.segment_reps(smooth, "squat")
    both = np.stack([angles["fppa", side].values for side in ("left", "right")], axis=-1)
    return both[EDGE:-EDGE], np.array([float(rep.bottom) for rep in reps.full])


def by_pandas(xy: F64, times: F64) -> tuple[F64, F64]:
    """Return the frontal plane projection angles of both legs and the bottom frames, by pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise Absent(f"pandas is not installed ({error}): pip install --group bench") from None
    names = keypoints_of("coco17")
    columns = pd.MultiIndex.from_product([names, ("x", "y")])
    table = pd.DataFrame(xy.reshape(len(xy), -1), index=times, columns=columns)
    middle = table.rolling(7, center=True, min_periods=1).median()
    spread = (table - middle).abs().rolling(7, center=True, min_periods=1).median()
    limit = JUMP_SIGMAS * MAD_TO_SIGMA * spread.clip(lower=JUMP_FLOOR_PX)
    table = table.mask((table - middle).abs() > limit)
    table = table.interpolate("linear", limit=int(MAX_GAP_S * FPS), limit_area="inside")
    b, a = butter(2, design(CUTOFF_HZ, FPS), fs=FPS)
    table = table.apply(lambda column: pd.Series(filtfilt(b, a, column), index=column.index))
    angles = [fppa(table, side, sign) for side, sign in (("left", -1.0), ("right", 1.0))]
    depth = (table["left_hip"]["y"] + table["right_hip"]["y"]) / 2.0
    bottoms, _ = find_peaks(depth, prominence=DEPTH_PX, distance=int(FPS))
    return np.stack(angles, axis=-1)[EDGE:-EDGE], bottoms.astype(np.float64)


def fppa(table: Any, side: str, sign: float) -> F64:
    """Angle between thigh and shank in the image, knee inward positive."""
    hip, knee, ankle = (table[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    thigh = np.arctan2(knee["y"] - hip["y"], knee["x"] - hip["x"])
    shank = np.arctan2(ankle["y"] - knee["y"], ankle["x"] - knee["x"])
    return np.asarray(sign * np.degrees(shank - thigh))
