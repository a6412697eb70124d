"""Simulated people who squat with knees moving inward by a planted or a typical amount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import kneepose as kp
from tests.support.exerciser import SIDES, Exerciser
from tests.support.film import Film, shoot
from tests.support.moving_body import pose

INWARD_DEG = {
    ("squat", False): (-2.0, 2.0),
    ("squat", True): (14.0, 2.0),
    ("single_leg_squat", False): (2.0, 2.0),
    ("single_leg_squat", True): (14.0, 2.0),
}
"""(exercise, planted) → mean and SD over people of the inward rotation of the knees in degrees.

The rotation is about the hip-ankle line at 60° of knee flexion. Planted faults have a projection
angle of 15°, like the planted OpenSim squat. People differ by 3°, as controls do (Nakagawa 2012:
3.4).
"""
TOE_OUT_DEG = (6.0, 4.0)
REPS = 6


class Inward(Exerciser):
    """A person whose knees rotate inward by `inward_deg` in each squat."""

    inward_deg = 0.0

    def squat(self, depth: float, down: float, up: float, **how: Any) -> None:
        hold = how.get("hold", 0.2)
        for side in SIDES:
            name = f"{side}_knee_in"
            before = self.course.now(name)
            at_60 = self.toe_out + self.inward_deg - before - 2.0
            self.move(name, before + at_60 * depth / 60, down)
            self.move(name, before, up, after=down + hold)
        super().squat(depth, down, up, **how)


def film_of(
    seed: int, exercise: str, *, planted: bool = False, yaw_deg: float = 0.0,
    skeleton: str = "halpe26", noise: str = "usual", view: str = "front", says_view: bool = False,
) -> tuple[kp.Recording, str]:  # fmt: skip
    """Return the recording of person `seed` and the leg; the camera is `yaw_deg` aside."""
    rng = np.random.default_rng([74, seed])
    one_leg = exercise == "single_leg_squat"
    film = Film(view=view, skeleton=skeleton, noise=noise, azimuth_deg=0.0, says_view=says_view)
    film = replace(film.drawn(rng), azimuth_deg=yaw_deg)
    person = Inward(rng)
    person.inward_deg = rng.normal(*INWARD_DEG[exercise, planted])
    if one_leg:
        person.toe_out = float(np.clip(rng.normal(*TOE_OUT_DEG), 0, 14))
    person.start_at(0.0, 0.0, 0.0)
    side = str(rng.choice(SIDES))
    person.arms = "hips"
    person.arms_for_squats()
    person.stand(1.5)
    if one_leg:
        person.lift(side)
        person.stand(0.8)
    person.squats(REPS, rng.uniform(64, 85), rng.uniform(1.0, 1.8), between=(0.5, 1.2))
    person.stand(1.0)
    if one_leg:
        person.lower()
        person.stand(1.0)
    begin, end = person.begin, person.t
    recording = shoot(
        np.random.default_rng([75, seed]), lambda t: pose(person.course, person.build, t),
        film, begin, end, body_m=person.build.height,
    )  # fmt: skip
    return recording, side
