"""Recordings with known truth, from the full data folder if present, else from tests/data.

The full folder is `../shared/data` beside the project, or that in KNEEPOSE_DATA.
"""

from __future__ import annotations

import json
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp

PROJECT = Path(__file__).parents[2]
FULL = Path(os.environ.get("KNEEPOSE_DATA", PROJECT.parent / "shared" / "data"))
SHIPPED = PROJECT / "tests" / "data"

PAIRS = {
    kind: (f"sls_left_{kind}", f"sls_right_{kind}") for kind in ("mirror", "healthy", "deficit")
}
CLEAN_LIFTS = (
    "clamshell_right",
    "clamshell_left",
    "clamshell_right_roll_back",
    "clamshell_left_shallow",
    "hydrant_right",
    "hydrant_left",
    "hydrant_left_hip_hike",
)
CLEAN_SQUATS = (
    *(name for pair in PAIRS.values() for name in pair),
    "sls_left_fast_vfr",
    "sls_left_pelvic_drop",
    "sls_left_touch_and_go",
    "sls_right_partial",
    "sls_right_slow",
    "sls_right_trunk_lean",
)
SINGLE_LEG_SQUATS = (*CLEAN_SQUATS, "sls_right_noise10")
"""All single-leg squats except the recording with swapped legs."""


@cache
def arrays(folder: str, name: str) -> dict[str, np.ndarray]:
    """Read all arrays of one recording; skip the test if the recording is absent."""
    for root in (FULL, SHIPPED):
        path = root / folder / f"{name}.npz"
        if path.exists():
            with np.load(path) as file:
                return {key: file[key] for key in file.files}
    pytest.skip(f"{folder}/{name}.npz is neither in {FULL} nor in tests/data; set KNEEPOSE_DATA")


def opensim(name: str) -> dict[str, np.ndarray]:
    """Return keypoints, truth and repetitions of one OpenSim recording."""
    return arrays("opensim", name)


def recording(data: dict[str, np.ndarray], space: str) -> kp.Recording:
    """Return the recording in world space, or as seen by the front camera."""
    return kp.Recording(
        data["keypoints" if space == "world" else "keypoints_2d"],
        skeleton="halpe26",
        times=data["times"],
        confidence=data["confidence"],
        up="y" if space == "world" else None,
    )


def clip(
    folder: str, name: str, estimator: str = "mediapipe_heavy", space: str = "image"
) -> kp.Recording:
    """Read the landmarks of a real clip, in pixels or in the estimator's world space."""
    data = arrays(folder, f"{name}.{estimator}")
    options: dict[str, Any] = {"fps": float(data["fps"])}
    options["confidence"] = np.nan_to_num(data["visibility"])
    options["skeleton"] = "coco17" if data["visibility"].shape[1] == 17 else "mediapipe33"
    if space == "world":
        points, options["up"] = data["xyz_world"], "-y"
    else:
        points, options["normalized"] = data["xy"], True
        options["resolution_wh"] = (int(data["width"]), int(data["height"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)  # the clips have 10 fps
        return kp.Recording(points, **options)


def clip_truth(name: str) -> dict[str, Any]:
    """Return the counts and the frames of the turning points of a quickpose-gifs clip."""
    path = FULL / "quickpose-gifs" / "truth.json"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    return json.loads(path.read_text(encoding="utf-8"))[name]  # type: ignore[no-any-return]
