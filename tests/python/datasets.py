"""Recordings with known truth: the full folders where they are, else the pieces in tests/data.

The folders are `../shared/data` beside the project, or wherever KNEEPOSE_DATA points.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp

PROJECT = Path(__file__).parents[2]
FULL = Path(os.environ.get("KNEEPOSE_DATA", PROJECT.parent / "shared" / "data"))
SHIPPED = PROJECT / "tests" / "data"

PAIRS = {
    kind: (f"sls_left_{kind}", f"sls_right_{kind}") for kind in ("mirror", "healthy", "deficit")
}
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
"""All of them but the one with swapped legs."""


@cache
def arrays(folder: str, name: str) -> dict[str, np.ndarray]:
    """All arrays of one recording; skips the test where the recording is not at hand."""
    for root in (FULL, SHIPPED):
        path = root / folder / f"{name}.npz"
        if path.exists():
            with np.load(path) as file:
                return {key: file[key] for key in file.files}
    pytest.skip(f"{folder}/{name}.npz is neither in {FULL} nor in tests/data; set KNEEPOSE_DATA")


def opensim(name: str) -> dict[str, np.ndarray]:
    """Keypoints, truth and repetitions of one OpenSim recording."""
    return arrays("opensim", name)


def recording(data: dict[str, np.ndarray], space: str) -> kp.Recording:
    """The recording as a user has it: in the world, or as seen by the front camera."""
    return kp.Recording(
        data["keypoints" if space == "world" else "keypoints_2d"],
        skeleton="halpe26",
        times=data["times"],
        confidence=data["confidence"],
        up="y" if space == "world" else None,
    )
