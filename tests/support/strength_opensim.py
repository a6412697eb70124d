"""Recordings of tests/data/strength: OpenSim motions with known angles and faults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

import kneepose as kp
from tests.support.datasets import PROJECT

FOLDER = PROJECT / "tests" / "data" / "strength"
STEP_M = 0.17
UNIT = 1 / 8192
"""Resolution of the keypoints in meters."""


@dataclass(frozen=True)
class Made:
    """A recording of the OpenSim model, with its planned exercise, fault, count and angles."""

    recording: kp.Recording
    exercise: Any
    side: Any
    planted: str
    count: int
    turn_s: np.ndarray
    knees: dict[str, np.ndarray]


def made(name: str) -> Made:
    """Read a recording of tests/data/strength by name."""
    with np.load(FOLDER / f"{name}.npz") as data:
        about = json.loads(str(data["about"]))
        points = data["points"].astype(float) * UNIT
        recording = kp.Recording(points, skeleton="halpe26", fps=float(data["fps"]), up="y")
        knees = {side: data[f"knee_{side}"].astype(float) for side in ("left", "right")}
        turn_s = data["turn_s"]
    return Made(
        recording, about["exercise"], about["side"], about["planted"], len(turn_s), turn_s, knees
    )


#: Recording → exercise and planted fault.
PLANTED = {
    path.stem: (one.exercise, one.planted)
    for path in sorted(FOLDER.glob("*.npz"))
    for one in [made(path.stem)]
}
