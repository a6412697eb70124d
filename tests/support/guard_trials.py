"""Recordings for tests of the quality check: clean ones, and all kinds of damage.

Even seeds were used to set thresholds, odd seeds for reported rates (`docs/evidence/guards.md`,
`test_guards.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

import kneepose as kp
from tests.support import damage
from tests.support.cameras import Camera, floor_below, other_build, pixel_noise, toe_out
from tests.support.datasets import FULL, opensim

SQUATS = ("sls_left_healthy", "sls_right_healthy", "sls_left_touch_and_go", "sls_left_fast_vfr",
          "sls_right_partial")  # fmt: skip
ONLY_IN_FULL = ("sls_left_deficit", "sls_right_deficit", "sls_left_pelvic_drop",
                "sls_right_trunk_lean", "sls_right_slow")  # fmt: skip
CLAMSHELLS = ("clamshell_left", "clamshell_right_roll_back", "clamshell_left_shallow")
HYDRANTS = ("hydrant_left", "hydrant_left_hip_hike", "hydrant_right")
UPRIGHT = ("single_leg_squat", "squat", "from_the_side")
LYING = ("clamshell", "fire_hydrant")


class Trial(NamedTuple):
    """An undamaged recording: pixels, times, and the parameters of its simulation."""

    kind: str
    xy: np.ndarray
    times: np.ndarray
    size_wh: tuple[int, int]
    side: str | None

    @property
    def fps(self) -> float:
        return float(1 / np.median(np.diff(self.times)))

    def recording(self, xy: np.ndarray | None = None, **options: object) -> kp.Recording:
        given = {"skeleton": "halpe26", "times": self.times, "resolution_wh": self.size_wh}
        return kp.Recording(self.xy if xy is None else xy, **(given | options))  # type: ignore[arg-type]


def kinds() -> tuple[str, ...]:
    """Return the kinds of recordings available; lying exercises need the full data folder."""
    return UPRIGHT + (LYING if (FULL / "opensim").exists() else ())


def clean(seed: int, kind: str) -> Trial:
    """Return a random person and camera, within 1° and 5 cm of straight ahead except in side
    views.
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    single = SQUATS + (ONLY_IN_FULL if (FULL / "opensim").exists() else ())
    names = {
        "single_leg_squat": single,
        "squat": ("opencap_squat",),
        "from_the_side": (*single, "opencap_squat"),
        "clamshell": CLAMSHELLS,
        "fire_hydrant": HYDRANTS,
    }[kind]
    data = opensim(str(rng.choice(names)))
    side = str(data["side"])
    points = other_build(data["keypoints"], rng.uniform(0.7, 1.15), rng.uniform(0.9, 1.2))
    aim = ("left_hip", "right_hip")
    yaw = rng.uniform(-1, 1) + (180 if rng.random() < 0.2 else 0)
    wide = {}
    if kind in UPRIGHT:
        points = toe_out(points, {s: rng.uniform(2, 10) for s in ("left", "right")})
        aim = ("left_ankle", "right_ankle") if side == "both" else (f"{side}_ankle",)
        if kind == "from_the_side":
            yaw = rng.choice([-1, 1]) * rng.uniform(70, 110)
    else:
        yaw = rng.uniform(-10, 10) + (180 if kind == "fire_hydrant" else 0)
        wide = {"size_wh": (1920, 1080), "focal_px": 1300.0}
    camera = Camera(
        yaw, rng.uniform(2.5, 4), rng.uniform(0.3, 0.9), rng.uniform(-0.05, 0.05), **wide
    )
    xy = camera.see(points, floor_below(points, *aim))
    noise = pixel_noise(rng, xy.shape, 1 / np.median(np.diff(data["times"])), rng.uniform(1, 3))
    leg = side if side != "both" else None
    return Trial(kind, xy + noise, data["times"], camera.size_wh, leg)


def damaged(trial: Trial, seed: int) -> Iterator[tuple[str, kp.Recording]]:
    """Yield (kind, recording) for every kind of damage that applies to this recording."""
    rng = np.random.default_rng([seed, 7])
    xy, n, fps = trial.xy, len(trial.xy), trial.fps
    coco25 = kp.Skeleton("coco25", damage.COCO25)
    yield "H36M named coco17", trial.recording(damage.in_order(xy, damage.H36M), skeleton="coco17")
    body25 = damage.in_order(xy, damage.BODY25)
    yield "BODY_25 named coco25", trial.recording(body25, skeleton=coco25)
    feet = damage.in_order(xy, ("head", "neck", "mid_hip", *damage.WHOLEBODY_FEET))
    yield (
        "feet in COCO-WholeBody order named halpe26",
        trial.recording(np.concatenate([xy[:, :17], feet], axis=1)),
    )
    yield "frames shuffled", trial.recording(damage.shuffled(xy, rng))
    yield "frames shuffled in blocks", trial.recording(damage.blocks(xy, rng, fps))
    yield (
        "frames shuffled within half seconds",
        trial.recording(damage.shuffled_inside(xy, rng, fps)),
    )
    runs = damage.runs(rng, n, fps, 0.2, 1.0)
    yield "legs swapped in runs", trial.recording(damage.exchanged(xy, runs))
    yield (
        "legs swapped in every other frame",
        trial.recording(damage.exchanged(xy, np.arange(0, n, 2))),
    )
    if trial.kind in LYING:
        yield "garbage limbs while lying", trial.recording(damage.garbage_limbs(xy, rng, fps))
        return
    wide = trial.size_wh[::-1]
    yield "x and y exchanged", trial.recording(xy[:, :, ::-1], resolution_wh=wide)
    cut, size = damage.clipped(xy, rng)
    yield "clipped to the picture", trial.recording(cut, resolution_wh=size)
    yield "clipped, size of the picture unknown", trial.recording(cut, resolution_wh=None)
    everywhere = np.arange(n)
    yield "legs of a second person", trial.recording(damage.other_legs(xy, rng, everywhere))
    parts = damage.runs(rng, n, fps, 0.3, 1.5)
    yield "legs of a second person in runs", trial.recording(damage.other_legs(xy, rng, parts))


def flags(recording: kp.Recording, side: str | None) -> tuple[bool, bool]:
    """Return (has a finding above "info", is refused)."""
    quality = kp.check(recording, side=side)  # type: ignore[arg-type]
    return any(finding.severity != "info" for finding in quality.findings), quality.refused


def pair_yaw(seed: int, yaw_deg: float, toes: str = "uniform") -> float:
    """Return the estimated camera yaw of two recordings with a camera turned by `yaw_deg`.

    Toes point outward by 6 ± 4°, independently for each foot, uniformly or normally distributed.
    """
    rng = np.random.default_rng([seed, 11])
    distance, height = rng.uniform(2.5, 4), rng.uniform(0.3, 0.9)
    size, trunk, sd_px = rng.uniform(0.7, 1.15), rng.uniform(0.9, 1.2), rng.uniform(1, 3)
    feet = []
    for side in ("left", "right"):
        data = opensim(f"sls_{side}_healthy")
        points = other_build(data["keypoints"], size, trunk)
        turn = rng.uniform(2, 10) if toes == "uniform" else rng.normal(6, 4)
        points = toe_out(points, {"left": turn, "right": turn})
        camera = Camera(yaw_deg, distance, height, rng.uniform(-0.05, 0.05))
        part = slice(0, 300)
        xy = camera.see(points[part], floor_below(points, f"{side}_ankle"))
        xy = xy + pixel_noise(rng, xy.shape, 30.0, sd_px)
        rec = kp.Recording(xy, skeleton="halpe26", times=data["times"][part])
        feet.append(kp.check(rec, side=side).foot_to_lens_deg[side])  # type: ignore[arg-type]
    return float(np.mean(feet))
