"""Archives of simulated people with known truth, of any size, derived from the shipped recordings.

A person has a size, a speed, and a known inward movement of each knee. On test days 0, 7, 42 and 49
a phone in front films single-leg squats of both legs (150 frames of 17 keypoints in pixels). Camera
position and depth vary. In half of the people the right knee moves inward less on the last two
days. A few recordings are damaged on purpose. `in_space` generates long squats in 3-D instead.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import kneepose as kp

F64 = NDArray[np.float64]
FRAMES, FPS = 150, 15.0
DAYS: Final = (0, 7, 42, 49)
START: Final = datetime.date(2026, 1, 5)
FOCUS_PX, CENTER_PX, DISTANCE_M = 1500.0, (540.0, 960.0), 4.0
NOISE_PX = 1.5
"""Standard deviation of a keypoint in a frame, in pixels."""
NUMBERS_A_PX = 32
"""Steps per pixel in which keypoints are stored, like the f32 output of estimators."""
INWARD_DEG, INWARD_SD_DEG = 6.0, 4.0
"""Mean and standard deviation over people of the inward projection angle at the bottom, degrees."""
DAY_SD_DEG = 1.5
"""Between-day standard deviation of a person in degrees."""
LESS_DEG = 8.0
"""Degrees by which training reduces the angle of the right knee in the trained half."""
YAW_SD_DEG = 3.0
SPOILED = 0.06
"""Share of recordings that cannot be measured, or only partly."""
WAYS: Final = ("turned", "hidden", "standing", "another estimator's order")


class Person(NamedTuple):
    """True values of a simulated person."""

    name: str
    size: float
    rate: float
    inward_deg: dict[str, float]
    trained: bool


@cache
def keypoints() -> tuple[str, ...]:
    """Return the names of the 17 keypoints."""
    return kp.sample("squat").skeleton.keypoints[:17]


@cache
def motion(side: str) -> tuple[F64, F64]:
    """Return times and keypoints (T, 17, 3) of a shipped single-leg squat, y up, in meters."""
    recording = kp.sample(f"single_leg_squat_{side}")  # type: ignore[arg-type]
    return recording.times - recording.times[0], recording.coordinates[:, :17]


def person(number: int, seed: int) -> Person:
    """Return a simulated person; equal numbers give the same person."""
    rng = np.random.default_rng([seed, 1, number])
    own = rng.normal(INWARD_DEG, INWARD_SD_DEG)
    return Person(
        name=f"P{number:06d}",
        size=float(rng.normal(1.0, 0.06)),
        rate=float(rng.uniform(0.85, 1.15)),
        inward_deg={side: float(own + rng.normal(0.0, 2.0)) for side in ("left", "right")},
        trained=number % 2 == 1,
    )


def in_picture(count: int, seed: int = 1) -> Iterator[tuple[str, kp.Recording]]:
    """Yield `count` recordings by name: person by person, day by day, left and right."""
    made = 0
    for number in range(count):
        who = person(number, seed)
        for session, day in enumerate(DAYS):
            for side in ("left", "right"):
                if made == count:
                    return
                rng = np.random.default_rng([seed, 2, number, session, side == "left"])
                yield f"{who.name}-{session}-{side}", _filmed(who, session, day, side, rng)
                made += 1


def _filmed(
    who: Person, session: int, day: int, side: str, rng: np.random.Generator
) -> kp.Recording:
    inward = who.inward_deg[side] + rng.normal(0.0, DAY_SD_DEG)
    if who.trained and side == "right" and day >= DAYS[2]:
        inward -= LESS_DEG
    xyz = _squatting(who, side, inward, rng)
    spoiled = WAYS[rng.integers(len(WAYS))] if rng.random() < SPOILED else ""
    yaw = rng.normal(0.0, YAW_SD_DEG) + (55.0 if spoiled == "turned" else 0.0)
    if spoiled == "standing":
        xyz = np.repeat(xyz[:1], FRAMES, axis=0)
    xy = _projected(xyz, np.radians(yaw)) + rng.normal(scale=NOISE_PX, size=(FRAMES, 17, 2))
    sure = np.clip(rng.normal(0.9, 0.04, (FRAMES, 17)), 0.0, 1.0)
    if spoiled == "hidden":
        sure[40:] = np.clip(sure[40:] - 0.8, 0.0, 1.0)
    if spoiled == "another estimator's order":
        xy = xy[:, ::-1]
    date = START + datetime.timedelta(days=day + int(rng.integers(0, 2)))
    return kp.Recording(
        np.round(xy * NUMBERS_A_PX) / NUMBERS_A_PX, skeleton="coco17", fps=FPS,
        confidence=np.round(sure * 256) / 256, view="front", estimator="made", side=side,
        subject=who.name, session=str(session), date=date.isoformat(), exercise="single_leg_squat",
        meta={"spoiled": spoiled},
    )  # fmt: skip


def _squatting(who: Person, side: str, inward_deg: float, rng: np.random.Generator) -> F64:
    """Return the shipped squat with the person's size, speed and inward knee, (150, 17, 3) in
    meters.
    """
    times, points = motion(side)
    rate = who.rate * rng.normal(1.0, 0.03)
    at = rng.uniform(0.0, 1.0) + rate * np.arange(FRAMES) / FPS
    low = np.clip(np.searchsorted(times, at), 1, len(times) - 1)
    share = np.clip((at - times[low - 1]) / (times[low] - times[low - 1]), 0.0, 1.0)
    xyz = (points[low - 1] + (points[low] - points[low - 1]) * share[:, None, None]) * who.size
    hip, knee = (xyz[:, keypoints().index(f"{side}_{joint}")] for joint in ("hip", "knee"))
    height = hip[:, 1]
    depth = np.clip((height.max() - height) / max(float(np.ptp(height)), 1e-6), 0.0, 1.0)
    # Thigh and shank each rotate by half of the angle in the frontal plane.
    shank = 0.43 * who.size
    toward_midline = 1.0 if side == "left" else -1.0
    knee[:, 2] += toward_midline * depth * shank * np.tan(np.radians(inward_deg) / 2.0)
    return xyz


def _projected(xyz: F64, yaw: float) -> F64:
    """Return pixels (T, K, 2), y down, of a front camera turned around the body by `yaw`."""
    x, y, z = np.moveaxis(xyz, -1, 0)
    ahead = x * np.cos(yaw) + z * np.sin(yaw)
    across = z * np.cos(yaw) - x * np.sin(yaw)
    away = DISTANCE_M - ahead
    left, top = CENTER_PX
    return np.stack([left - FOCUS_PX * across / away, top - FOCUS_PX * (y - 0.9) / away], -1)


def in_space(count: int, frames: int = 900, seed: int = 1) -> Iterator[tuple[str, kp.Recording]]:
    """Yield `count` squats by name: `frames` of 26 keypoints in meters at 50 fps, y up."""
    squat = kp.sample("squat")
    there_and_back = np.concatenate([squat.coordinates, squat.coordinates[::-1]])
    for number in range(count):
        rng = np.random.default_rng([seed, 3, number])
        size = rng.normal(1.0, 0.06)
        begin = int(rng.integers(0, len(there_and_back)))
        at = (begin + np.arange(frames)) % len(there_and_back)
        xyz = there_and_back[at] * size + rng.normal(scale=0.003, size=(frames, 26, 3))
        yield f"S{number:06d}", kp.Recording(
            np.round(xyz, 4), skeleton=squat.skeleton, fps=50.0, up="y", unit="m",
            estimator="made", exercise="squat", subject=f"S{number % 2000:06d}",
            session=str(number // 2000), meta={"size": round(float(size), 4)},
        )  # fmt: skip


def truth(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return the true values of the first `count` people."""
    return [person(number, seed)._asdict() for number in range(count)]
