"""Clean clamshells and fire hydrants with known opening, roll and hike, for pages and commands."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

import kneepose as kp
from tests.support.cameras import Camera, floor_below
from tests.support.lying_body import clamshell, hydrant, lying
from tests.support.motion_course import Course
from tests.support.moving_body import Build

FPS = 30.0
_POSES = {"clamshell": (clamshell, "roll", 0.0), "fire_hydrant": (hydrant, "hike", 180.0)}
EXERCISES = tuple(_POSES)


@cache
def lifting(
    exercise: str,
    side: Literal["left", "right"],
    *,
    space: Literal["world", "image"] = "world",
    opening: float = 38.0,
    fault: float = 0.0,
    peaks: tuple[float, ...] = (1.0,) * 6,
) -> kp.Recording:
    """Return one set with peaks of `opening` degrees times each of `peaks`.

    `fault` adds degrees of backward roll or of hip hike. Noise of half a millimeter is added,
    because real keypoints are never still.
    """
    pose, compensation, yaw = _POSES[exercise]
    rng = np.random.default_rng(7)
    body = lying(rng, Build.of(rng))
    course = Course()
    t = 2.0
    for peak in peaks:
        # In `lying_body`, positive roll is forward.
        sign = -1.0 if compensation == "roll" else 1.0
        for name, most in (("open", opening * peak), (compensation, sign * fault * peak)):
            course.move(name, most, t, 1.4)
            course.move(name, 0.0, t + 2.0, 1.4)
        t += 4.6
    times = np.arange(0.0, t + 1.0, 1 / FPS)
    points = pose(course, body, side, times)
    points = points + rng.normal(0.0, 0.0005, points.shape)
    title = {"title": f"{exercise}, {side}", "simulated": True}
    options = {"skeleton": "halpe26", "times": times, "meta": title}
    if space == "world":
        return kp.Recording(points, up="y", **options)
    camera = Camera(yaw_deg=yaw, distance_m=3.0, height_m=0.5)
    pixels = camera.see(points, floor_below(points, "left_hip", "right_hip"))
    return kp.Recording(pixels, resolution_wh=camera.size_wh, **options)


def lifted(
    exercise: str, side: Literal["left", "right"], **options: object
) -> kp.analysis.Analysis:
    """Return the analysis of `lifting`."""
    return kp.analyze(lifting(exercise, side, **options), exercise, side=side)  # type: ignore[arg-type]
