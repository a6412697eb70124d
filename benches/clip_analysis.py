"""The whole analysis of a clip in NumPy and SciPy: condition, find the repetitions, measure them.

Two versions: one calls the NumPy reference implementation (`tests/reference`) unchanged, the other
filters all channels in one call and computes each body direction once. The input is complete
world-space recordings of squats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benches.series import columns, lowpass_with_filtfilt, segment_tuned
from tests.reference import joint_angle, lowpass, pchip_fill, segment_reps
from tests.reference.angles import FORMULAS
from tests.reference.body import Body
from tests.reference.signal import outlying
from tests.reference.vectors import cross, dot, unit

F64 = NDArray[np.float64]
Points = dict[str, F64]
AngleOf = Callable[[str, str | None], F64]
CUTOFF_HZ, MAX_GAP_S, FLOOR_M, MIN_RANGE_DEG, HEADING_S = 4.0, 0.2, 0.001, 20.0, 0.5
ANGLES: tuple[tuple[str, str | None], ...] = (
    ("fppa", "left"),
    ("hip_adduction", "left"),
    ("hip_internal_rotation", "left"),
    ("hip_flexion", "left"),
    ("knee_medial_displacement", "left"),
    ("pelvic_obliquity", None),
    ("trunk_lateral_lean", None),
    ("trunk_forward_lean", None),
    ("shank_inclination", "left"),
)
"""Angles measured in a squat in world space, for the left leg: (name, side)."""
DEPTHS = (60.0, 45.0)
UP = np.array([0.0, 1.0, 0.0])


def condition(xyz: F64, fs: float) -> F64:
    """Replace the outliers of each keypoint and low-pass each series with the NumPy reference."""
    times = np.arange(len(xyz)) / fs
    out = np.empty_like(xyz)
    for k in range(xyz.shape[1]):
        tracks = xyz[:, k].T.copy()
        tracks[:, outlying(xyz[:, k], times, fs, FLOOR_M)] = np.nan
        for d, track in enumerate(tracks):
            out[:, k, d] = lowpass(pchip_fill(track, times, MAX_GAP_S), fs, CUTOFF_HZ)
    return out


def condition_tuned(xyz: F64, fs: float) -> F64:
    """Condition as `condition` does, but filter all series without gaps in one call."""
    times = np.arange(len(xyz)) / fs
    tracks = np.ascontiguousarray(xyz.transpose(1, 2, 0))
    frames = tracks.shape[2]
    for k, points in enumerate(tracks):
        outliers = outlying(xyz[:, k], times, fs, FLOOR_M)
        if outliers.any():
            points[:, outliers] = np.nan
            for track in points:
                track[:] = pchip_fill(track, times, MAX_GAP_S)
    channels = tracks.reshape(-1, frames)
    whole = np.isfinite(channels).all(axis=1)
    channels[whole] = lowpass_with_filtfilt(channels[whole], fs, CUTOFF_HZ)
    for i in np.flatnonzero(~whole):
        channels[i] = lowpass(channels[i], fs, CUTOFF_HZ)
    return tracks.transpose(2, 0, 1)


def headings(points: Points, starts: list[int], fs: float) -> F64:
    """Return the heading of the pelvis in the half second before each repetition, shape (T, 3)."""
    across = points["right_hip"] - points["left_hip"]
    ahead = cross(np.broadcast_to(UP, across.shape), across)
    ahead = unit(ahead - dot(ahead, UP)[:, None] * UP)
    window = max(1, math.floor(HEADING_S * fs + 0.5))
    out = np.empty_like(ahead)
    for i, start in enumerate(starts):
        before = ahead[max(0, start + 1 - window) : start + 1]
        out[start if i else 0 :] = unit(before.sum(axis=0))
    return out


class SharedBody(Body):
    """A body of the NumPy reference that caches its directions, so that each is computed once."""

    def __init__(self, points: Points, heading: F64 | None) -> None:
        super().__init__(points, up="y", pelvis_reference="up", heading=heading)
        for name in ("thigh_up", "shank_up", "trunk_up", "hinge", "pelvis_right", "forward"):
            setattr(self, name, cache(getattr(self, name)))
        for name in ("pelvis_forward", "right", "mid", "foot"):
            setattr(self, name, cache(getattr(self, name)))


def by_twin(points: Points, heading: F64 | None) -> AngleOf:
    """Return a function that computes one angle per call with the NumPy reference."""
    return lambda name, side: joint_angle(points, name, side, up="y", heading=heading)


def by_shared_body(points: Points, heading: F64 | None) -> AngleOf:
    """Return a function that computes angles with the reference formulas on one cached body."""
    body = SharedBody(points, heading)
    return lambda name, side: FORMULAS[name](body, side)


def analyzed(
    xyz: F64, keypoints: tuple[str, ...], fs: float, *, tuned: bool = False
) -> tuple[F64, ...]:
    """Return the analysis: seven arrays of the repetitions, then three per measured angle.

    The three are the values at 60° and at 45° of knee flexion and the median of the bottom phase.
    """
    smooth = (condition_tuned if tuned else condition)(xyz, fs)
    points = {name: smooth[:, k] for k, name in enumerate(keypoints)}
    angles = by_shared_body if tuned else by_twin
    legs = angles(points, None)
    knee = legs("knee_flexion", "left")
    signal = np.minimum(knee, legs("knee_flexion", "right"))
    if tuned:
        reps = segment_tuned(signal, fs, MIN_RANGE_DEG, despike=False)
    else:
        reps = columns(segment_reps(signal, fs, MIN_RANGE_DEG, despike=False))
    start, bottom_start, bottom, bottom_end = (column.astype(int).tolist() for column in reps[:4])
    of = angles(points, headings(points, start, fs))
    measures = []
    for name, side in ANGLES:
        values = of(name, side)
        for depth in DEPTHS:
            crossings = (crossing(knee, depth, a, b) for a, b in zip(start, bottom, strict=True))
            measures.append([between(values, at) for at in crossings])
        bottoms = zip(bottom_start, bottom_end, strict=True)
        measures.append([float(np.nanmedian(values[a : b + 1])) for a, b in bottoms])
    return (*reps, *(np.array(row) for row in measures))


def crossing(depth: F64, level: float, start: int, bottom: int) -> float:
    """Return the interpolated time at which the knee first bends to `level`."""
    inside = depth[start : bottom + 1]
    below = np.flatnonzero((inside[:-1] < level) & (inside[1:] >= level))
    if not below.size:
        return math.nan
    i = start + int(below[0])
    return i + float((level - depth[i]) / (depth[i + 1] - depth[i]))


def between(values: F64, at: float) -> float:
    """Interpolate `values` linearly at the fractional index `at`."""
    if math.isnan(at):
        return math.nan
    i = int(at)
    return float(values[i] + (at - i) * (values[i + 1] - values[i]))
