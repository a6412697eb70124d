"""Measure how often recordings are refused, by the angle between body and camera."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

import kneepose as kp
from kneepose.validity import Validity
from tests.support.cameras_to_the_side import image
from tests.support.rep_scenarios import Film, scenario

YAWS = (0, 5, 10, 15, 20, 30, 40, 60)
PEOPLE = 10
MEASURED = {
    "two legs, projected": ("opencap_squat",),
    "one leg, projected": (
        "sls_left_healthy", "sls_right_healthy", "sls_left_deficit", "sls_right_deficit",
        "sls_left_pelvic_drop", "sls_right_trunk_lean",
    ),
}  # fmt: skip
SIMULATED = {
    "two legs, simulated": ("squat: plain", "squat: slow"),
    "one leg, simulated": ("single_leg_squat: plain", "single_leg_squat: slow"),
}
Task = tuple[str, int | None, float, bool]


def is_refused(task: Task) -> bool:
    """Return True if the frontal plane is refused. A task: name, seed, yaw, face."""
    name, seed, yaw, face = task
    if seed is None:
        made, side = image(name, yaw, False), name.split("_")[1] if "sls" in name else "left"
    else:
        # An azimuth of exactly zero would be replaced by a random one.
        told = scenario(name, seed, Film("front", skeleton="coco17", azimuth_deg=yaw or 1e-6))
        made, side = told.recording, told.side if told.side in ("left", "right") else "left"
    confidence = np.array(made.confidence)
    if not face:
        confidence[:, :5] = 0
    rec = kp.Recording(
        made.coordinates, skeleton="coco17", times=made.times, confidence=confidence,
        resolution_wh=made.resolution_wh,
    )  # fmt: skip
    angle = kp.joint_angles(rec.conditioned(), [("fppa", side)])["fppa", side]  # type: ignore[index, list-item]
    return angle.reasons().get(Validity.CAMERA_TURNED, 0) == len(angle.values)


def refused_shares(pool: Executor) -> list[tuple[str, int, list[float]]]:
    """Return title, number of recordings and share refused at each of `YAWS`, on both sides together."""
    rows = []
    for title, names in (MEASURED | SIMULATED).items():
        seeds = (None,) if title in MEASURED else tuple(range(PEOPLE))
        for face in (True, False):
            shares = []
            for yaw in YAWS:
                tasks = [
                    (name, seed, sign * yaw, face)
                    for name in names
                    for seed in seeds
                    for sign in ((-1, 1) if yaw else (1,))
                ]
                shares.append(float(np.mean(list(pool.map(is_refused, tasks)))))
            rows.append((f"{title}{'' if face else ', no face'}", len(tasks), shares))
    return rows
