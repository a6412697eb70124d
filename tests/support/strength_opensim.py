"""Recordings of tests/data/strength: motions of an OpenSim model, with angles and planted faults."""

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
"""Keypoints are whole numbers of this part of a metre."""


@dataclass(frozen=True)
class Made:
    """One recording, and what was planned."""

    recording: kp.Recording
    exercise: Any
    side: Any
    planted: str
    count: int
    turn_s: np.ndarray
    knees: dict[str, np.ndarray]


def made(name: str) -> Made:
    """Read a recording."""
    with np.load(FOLDER / f"{name}.npz") as data:
        about = json.loads(str(data["about"]))
        points = data["points"].astype(float) * UNIT
        recording = kp.Recording(points, skeleton="halpe26", fps=float(data["fps"]), up="y")
        knees = {side: data[f"knee_{side}"].astype(float) for side in ("left", "right")}
        turn_s = data["turn_s"]
    return Made(
        recording, about["exercise"], about["side"], about["planted"], len(turn_s), turn_s, knees
    )


#: Name → exercise and planted fault.
PLANTED = {
    path.stem: (one.exercise, one.planted)
    for path in sorted(FOLDER.glob("*.npz"))
    for one in [made(path.stem)]
}
