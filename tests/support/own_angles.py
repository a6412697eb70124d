"""An exercise with user-defined angles only, and the view of a camera on its recording."""

from __future__ import annotations

from typing import Any

import numpy as np

import kneepose as kp


def own_angle(name: str) -> kp.AngleSpec:
    """Return a copy of a built-in angle as a user-defined angle with another name."""
    row = next(row for row in kp.tables.angles() if row["name"] == name)
    low, refused = row["low_below_flexion"], row["refused_below_flexion"]
    return kp.AngleSpec(
        f"my_{name}",
        tuple(row["points"]),
        row["measure"],
        row["sided"],
        mirrored=name not in ("knee_flexion", "pelvic_obliquity"),
        plane=row["plane"],
        gate=None if low is None or refused is None else (refused, low),
    )


READ = ("fppa", "hip_internal_rotation", "hip_adduction", "trunk_lateral_lean", "pelvic_obliquity")


def exercise_of(name: str, angle: Any) -> kp.ExerciseSpec:
    """Return a squat whose signal, measures and faults use angles made by `angle`."""
    outward = kp.FaultSpec(
        "outward", (kp.Criterion(angle("fppa"), -4.0, way="below"),), cue="Knees over the toes."
    )
    leans = kp.FaultSpec(
        "leans",
        (
            kp.Criterion(angle("hip_internal_rotation"), 2.0, "at_70"),
            kp.Criterion(angle("trunk_lateral_lean"), 1.0, "change", "either"),
        ),
    )
    return kp.ExerciseSpec(
        name,
        signal=angle("knee_flexion"),
        frontal_signal="knee_flexion_from_depth",
        min_range=30,
        two_legs=True,
        posture="any",
        measures=tuple(angle(name) for name in READ),
        moments=("at_bottom", "change", "at_45"),
        faults=(outward, leans),
    )


OWN = exercise_of("my_squat", own_angle)
"""A squat defined with user-defined angles that have the formulas of built-in ones."""


def from_front(
    recording: kp.Recording, yaw_deg: float = 0.0, roll_deg: float = 0.0
) -> kp.Recording:
    """Project to a camera in front of the body, turned by `yaw_deg` and rolled by `roll_deg`."""
    yaw = np.radians(yaw_deg)
    sideways, ahead = recording.coordinates[..., 2], recording.coordinates[..., 0]
    x = ahead * np.sin(yaw) - sideways * np.cos(yaw)
    roll = np.exp(1j * np.radians(roll_deg))
    turned = (x - 1j * recording.coordinates[..., 1]) * roll
    points = np.stack([turned.real, turned.imag], axis=-1) * 400.0 + 1000.0
    return kp.Recording(
        points,
        skeleton=recording.skeleton,
        times=recording.times,
        confidence=recording.confidence,
        resolution_wh=(1600, 1600),
        view="front",
    )
