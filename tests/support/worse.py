"""Functions that degrade recordings like real cameras, without changing the movement."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

import kneepose as kp

Rng = np.random.Generator
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
SIDES = ("left", "right")


def remade(rec: kp.Recording, points: np.ndarray, **changed: Any) -> kp.Recording:
    """Return a recording with other keypoints, and options from `rec` unless given."""
    same: dict[str, Any] = {
        "skeleton": rec.skeleton, "times": rec.times, "confidence": rec.confidence, "up": rec.up,
        "resolution_wh": rec.resolution_wh, "mirrored": rec.mirrored, "view": rec.view,
        "depth": None if rec.space == "image" else rec.depth,
    }  # fmt: skip
    given = {name: value for name, value in (same | changed).items() if value is not None}
    return kp.Recording(points, **given)


def frames(rec: kp.Recording, kept: np.ndarray) -> kp.Recording:
    """Return a selection of frames with their times."""
    return remade(
        rec, rec.coordinates[kept], times=rec.times[kept], confidence=rec.confidence[kept]
    )


def body_height(rec: kp.Recording) -> float:
    """Return the median vertical extent of the body."""
    vertical = rec.coordinates[..., 1]
    return float(np.nanmedian(np.nanmax(vertical, axis=1) - np.nanmin(vertical, axis=1)))


def at_rate(rec: kp.Recording, rng: Rng, fps: float) -> kp.Recording:
    """Return the frames of a slower camera: the last frame before each of its ticks."""
    ticks = np.arange(rec.times[0], rec.times[-1], 1 / fps)
    return frames(rec, np.unique(np.searchsorted(rec.times, ticks, side="right") - 1))


def frames_lost(rec: kp.Recording, rng: Rng, share: float) -> kp.Recording:
    """Remove single random frames."""
    return frames(rec, rng.random(rec.n_frames) >= share)


def bursts_lost(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Remove all frames of 0.1 to 0.4 s, every 0.5 to 2 s."""
    kept, at = np.ones(rec.n_frames, dtype=bool), 0
    while at < rec.n_frames:
        begin, length = (
            int(rng.uniform(*span) * rec.fps) for span in ((0.5, 2.0), (0.1, 0.4))
        )  # fmt: skip
        kept[at + begin : at + begin + length] = False
        at += max(1, begin + length)
    return frames(rec, kept)


def uneven_clock(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Shift each time stamp by up to 30 % of an interval."""
    step = float(np.median(np.diff(rec.times)))
    moved = rec.times + rng.uniform(-0.3, 0.3, rec.n_frames) * step
    return remade(rec, rec.coordinates, times=np.sort(moved))


def at_tempo(rec: kp.Recording, rng: Rng, times: float) -> kp.Recording:
    """Return the same movement, faster by the factor `times`."""
    return remade(rec, rec.coordinates, times=rec.times / times)


def keypoints_missing(rec: kp.Recording, rng: Rng, share: float) -> kp.Recording:
    """Remove single random keypoints."""
    points = rec.coordinates.copy()
    points[rng.random(points.shape[:2]) < share] = np.nan
    return remade(rec, points)


def joints_hidden(rec: kp.Recording, rng: Rng, seconds: float) -> kp.Recording:
    """Hide each keypoint once in ten seconds for `seconds`."""
    points, length = rec.coordinates.copy(), max(1, round(seconds * rec.fps))
    for joint in range(points.shape[1]):
        for first in rng.integers(0, rec.n_frames, rng.poisson(rec.duration_s / 10)):
            points[first : first + length, joint] = np.nan
    return remade(rec, points)


def noisy(rec: kp.Recording, rng: Rng, fast: float = 0.0, slow: float = 0.0) -> kp.Recording:
    """Add noise relative to body height; `slow` noise has a memory of half a second."""
    shape = rec.coordinates.shape
    noise, drift = fast * rng.normal(size=shape), rng.normal(size=shape)
    memory = np.exp(-2 / rec.fps)
    for i in range(1, len(drift)):
        drift[i] = memory * drift[i - 1] + np.sqrt(1 - memory**2) * drift[i]
    return remade(rec, rec.coordinates + (noise + slow * drift) * body_height(rec))


def legs_exchanged(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Exchange the legs every five seconds for one to seven frames."""
    points, places = rec.coordinates.copy(), rec.skeleton.landmarks
    for _ in range(max(1, int(rec.duration_s / 5))):
        first = rng.integers(0, rec.n_frames)
        some = slice(first, first + rng.integers(1, 8))
        for joint in ("hip", "knee", "ankle"):
            pair = [places[f"{side}_{joint}"] for side in SIDES]
            points[some, pair] = points[some, pair[::-1]]
    return remade(rec, points)


def smoothed(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Smooth with a delay of 0.15 s, as live estimators do."""
    points, share = rec.coordinates.copy(), 1 - np.exp(-1 / (0.15 * rec.fps))
    for before, now in pairwise(points):
        follows = np.isfinite(before) & np.isfinite(now)
        now[:] = np.where(follows, before + share * (now - before), now)
    return remade(rec, points)


def coarse(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Round to pixels of an image in which the person is 200 pixels tall, or to cm."""
    if rec.resolution_wh is None:
        return remade(
            rec, np.round(rec.coordinates, 2) if rec.space == "world" else rec.coordinates
        )
    scale = 200 / body_height(rec)
    width, height = (round(scale * length) for length in rec.resolution_wh)
    return remade(rec, np.round(scale * rec.coordinates), resolution_wh=(width, height))


def few_joints(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Keep only twelve joints of arms and legs and the nose, without feet and face."""
    places = rec.skeleton.landmarks
    wanted = ["nose", *(f"{side}_{joint}" for joint in JOINTS for side in SIDES)]
    names = [name for name in wanted if name in places]
    chosen = [places[name] for name in names]
    return remade(
        rec,
        rec.coordinates[:, chosen],
        confidence=rec.confidence[:, chosen],
        skeleton=kp.Skeleton("few joints", names, {name: name for name in names}),
    )


def mirrored(rec: kp.Recording, rng: Rng) -> kp.Recording:
    """Return the mirror image, with left and right named as they then appear."""
    return rec.mirror()


def walks(rec: kp.Recording, rng: Rng, *, before: bool = False) -> kp.Recording:
    """Append a second of standing and a walk to the camera; prepend them if `before`.

    The last pose grows two to three times in two seconds about a point at its height, and bobs.
    Points far outside the image are removed.
    """
    size, points = body_height(rec), rec.coordinates
    step = float(np.median(np.diff(rec.times)))
    middle = np.nanmedian(points, axis=(0, 1))
    middle[1] += rng.uniform(-0.3, 0.3) * size
    grown = 1 / np.linspace(1, 1 / rng.uniform(2.0, 3.0), round(2.0 / step))
    scale = np.concatenate([np.ones(round(1.0 / step)), grown])[:, None, None]
    seen = np.flatnonzero(np.isfinite(points).all(axis=(1, 2)))

    def walk(frame: int) -> np.ndarray:
        path = middle + scale * (points[frame] - middle)
        paces = np.sin(2 * np.pi * 1.8 * step * np.arange(len(path))) * (scale[:, 0, 0] > 1)
        path[..., 1] += 0.02 * size * scale[..., 0] * paces[:, None]
        return path + 0.003 * size * scale * rng.normal(size=path.shape)

    parts = [points, walk(seen[-1] if len(seen) else -1)]
    if before:
        parts.insert(0, walk(seen[0] if len(seen) else 0)[::-1])
    came, went = (len(scale) if before else 0), len(scale)
    confidence = np.pad(rec.confidence, ((came, went), (0, 0)), mode="edge")
    first, last = rec.times[0], rec.times[-1]
    times = np.concatenate(
        [first - step * np.arange(came, 0, -1), rec.times, last + step * np.arange(1, went + 1)]
    )
    path = np.concatenate(parts)
    if rec.resolution_wh:
        size_wh = np.array(rec.resolution_wh)
        path[((path < -0.1 * size_wh) | (path > 1.1 * size_wh)).any(axis=-1)] = np.nan
    return remade(rec, path, times=times - times[0], confidence=confidence)


WORSE: dict[str, Callable[[kp.Recording, Rng], kp.Recording]] = {
    "as they are": lambda rec, rng: rec,
    "10 frames a second": partial(at_rate, fps=10),
    "30 % of the frames lost": partial(frames_lost, share=0.3),
    "frames lost for 0.1–0.4 s": bursts_lost,
    "clock uneven by 30 %": uneven_clock,
    "1.5 times as fast": partial(at_tempo, times=1.5),
    "1.5 times as slow": partial(at_tempo, times=1 / 1.5),
    "10 % of the keypoints missing": partial(keypoints_missing, share=0.1),
    "30 % of the keypoints missing": partial(keypoints_missing, share=0.3),
    "joints hidden for 0.3 s": partial(joints_hidden, seconds=0.3),
    "joints hidden for 1 s": partial(joints_hidden, seconds=1.0),
    "noise of 1 % of the height": partial(noisy, fast=0.01),
    "noise of 2 % of the height": partial(noisy, fast=0.02),
    "wander of 1 % of the height": partial(noisy, fast=0.005, slow=0.01),
    "legs exchanged now and then": legs_exchanged,
    "smoothed by the estimator": smoothed,
    "rounded to 0.5 % of the height": coarse,
    "twelve joints and the nose": few_joints,
    "mirror image": mirrored,
}
"""Degradations by name, as functions of a recording and a random generator."""
