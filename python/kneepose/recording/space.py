"""Space of the coordinates: conversion to pixels or meters, and plausibility checks.

`check_*` functions raise if the numbers contradict the stated space, unit, size or axis. Their limits
are engineering defaults that separate orders of magnitude.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError, RecordingWarning
from kneepose.recording.options import parse_choice
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import Depth

F64 = npt.NDArray[np.float64]

DEPTHS: Final[tuple[Depth, ...]] = ("measured", "estimated")
UPS: Final = ("x", "y", "z", "-x", "-y", "-z")
METRES_PER_UNIT: Final[Mapping[str, float]] = MappingProxyType({"m": 1.0, "cm": 1e-2, "mm": 1e-3})

_BODY_LANDMARKS: Final = ("shoulder", "hip", "knee", "ankle")
_SMALLEST_BODY_M: Final = 0.05
_LARGEST_BODY_M: Final = 20.0


def to_pixels(
    points: F64,
    up: str | None,
    unit: str | None,
    normalized: bool,
    resolution: tuple[int, int] | None,
    depth: str | None = None,
) -> None:
    """Check image coordinates, shape (T, K, 2), and convert normalized ones to pixels in place."""
    for argument, value in (("up", up), ("unit", unit), ("depth", depth)):
        if value is not None:
            raise CoordinateError(
                f"{argument}={value!r} was given, but coordinates has 2 columns, which is image "
                f"space in pixels, y down; needed 3 columns for world space. Leave {argument} out."
            )
    if not normalized:
        check_pixels(points)
        if resolution is not None:
            check_resolution_order(points, resolution)
        return
    if resolution is None:
        raise CoordinateError(
            "normalized=True needs the image size to become pixels; "
            "pass resolution_wh=(width, height)."
        )
    check_normalized(points)
    points *= np.array(resolution, dtype=np.float64)


def to_metres(
    points: F64,
    skeleton: Skeleton,
    up: str | None,
    unit: str | None,
    normalized: bool,
    mirrored: bool,
) -> None:
    """Check world coordinates, shape (T, K, 3), and convert them to meters in place."""
    check_third_column(points)
    if up is None:
        raise CoordinateError(
            f"coordinates has 3 columns, which is world space; needed up=, the axis that points "
            f"up: one of {', '.join(map(repr, UPS))}. The coordinates do not show it."
        )
    parse_choice(up, "up", UPS)
    unit = parse_choice(unit, "unit", tuple(METRES_PER_UNIT)) or "m"
    if normalized:
        raise CoordinateError(
            "normalized=True was given, but coordinates has 3 columns, which is world space; "
            "needed (T, K, 2) for normalized image coordinates. Pass coordinates[..., :2]."
        )
    if mirrored:
        raise CoordinateError(
            "mirrored=True was given for world space; needed image space, (T, K, 2), where the "
            "axis of the mirror is known. If the world coordinates come from mirrored frames "
            "and x is the image's, call .mirror() on the recording."
        )
    points *= METRES_PER_UNIT[unit]
    check_body_size(points, skeleton, unit)
    check_orientation(points, skeleton, up)


def parse_depth(depth: str | None, skeleton: Skeleton) -> Depth:
    """Return the origin of the third dimension; None is the usual one of the skeleton.

    Raises
    ------
    UnknownNameError
        `depth` is neither measured nor estimated.
    """
    return parse_choice(depth, "depth", DEPTHS) or skeleton._core.usual_depth


def reflect(coordinates: F64, up: str | None, resolution_wh: tuple[int, int] | None) -> F64:
    """Return a copy reflected within the image width, or across a vertical plane of the world."""
    reflected = coordinates.copy()
    axis = 1 if up in ("x", "-x") else 0
    width = 0.0
    if up is None and resolution_wh is not None:
        width = float(resolution_wh[0])
    reflected[..., axis] = width - reflected[..., axis]
    return reflected


def check_pixels(coordinates: F64) -> None:
    """Raise `CoordinateError` if coordinates that should be pixels are normalized."""
    values = coordinates[np.isfinite(coordinates)]
    if not values.size or (np.abs(values) <= 1.5).mean() < 0.99:
        return
    small = values[np.abs(values) <= 1.5]
    span = f"the coordinates lie within [{small.min():.3g}, {small.max():.3g}]"
    if (values < -0.5).mean() > 0.01:
        raise CoordinateError(
            f"{span}, which looks scaled about the image centre; needed pixels. Turn them into "
            f"pixels first: angles on scaled coordinates are wrong unless the image is square."
        )
    raise CoordinateError(
        f"{span}, which looks normalized by the image size; needed pixels. "
        f"Pass normalized=True, resolution_wh=(w, h): angles on normalized coordinates are wrong "
        f"unless the image is square."
    )


def check_normalized(coordinates: F64) -> None:
    """Raise `CoordinateError` if coordinates that should be normalized are pixels."""
    values = coordinates[np.isfinite(coordinates)]
    if values.size and np.median(np.abs(values)) > 2:
        raise CoordinateError(
            f"normalized=True, but the coordinates are around {np.median(np.abs(values)):.4g}, "
            f"which looks like pixels; needed values between 0 and 1. Leave normalized=True out."
        )


def check_resolution_order(coordinates: F64, resolution_wh: tuple[int, int]) -> None:
    """Raise `CoordinateError` if many keypoints lie far outside (w, h), but inside (h, w).

    Single keypoints outside do not count, because some estimators place a hidden foot below the frame.
    """
    points = coordinates[np.isfinite(coordinates).all(axis=2)]
    if not points.size:
        return
    size = np.array(resolution_wh, dtype=np.float64)
    outside = (points > 1.2 * size).any(axis=1).mean()
    inside_swapped = (points <= 1.05 * size[::-1]).all(axis=1).mean()
    if outside > 0.1 and inside_swapped >= 0.99:
        width, height = resolution_wh
        raise CoordinateError(
            f"resolution_wh is ({width}, {height}), but {outside:.0%} of the keypoints lie far "
            f"outside it and all lie inside ({height}, {width}); needed (width, height), while "
            f"frame.shape[:2] is (height, width). Pass resolution_wh=({height}, {width})."
        )


def check_third_column(coordinates: F64) -> None:
    """Raise `CoordinateError` if (x, y, confidence) was passed as (x, y, z)."""
    third = coordinates[..., 2]
    third = third[np.isfinite(third)]
    if not third.size or third.min() < 0 or not 0 < third.max() <= 10:
        return
    spans = _frame_spans(coordinates[..., :2])
    if spans.size and (np.median(spans, axis=0) > 5 * max(1.0, float(third.max()))).all():
        raise CoordinateError(
            f"coordinates has shape {coordinates.shape} and looks like (x, y, confidence): the "
            f"third column lies within [{third.min():.3g}, {third.max():.3g}] while x and y look "
            f"like pixels; needed (x, y, z). Pass coordinates[..., :2] and "
            f"confidence=coordinates[..., 2]."
        )


def check_body_size(coordinates_m: F64, skeleton: Skeleton, unit: str) -> None:
    """Raise `CoordinateError` if the body is smaller than 5 cm or larger than 20 m."""
    joints = [
        index
        for name, index in skeleton.landmarks.items()
        if name.removeprefix("left_").removeprefix("right_") in _BODY_LANDMARKS
    ]
    if len(joints) < 3:
        return
    spans = _frame_spans(coordinates_m[:, joints])
    if not spans.size:
        return
    body = float(np.median(spans.max(axis=1)))
    if _SMALLEST_BODY_M <= body <= _LARGEST_BODY_M:
        return
    given = body / METRES_PER_UNIT[unit]
    fitting = [u for u, metres in METRES_PER_UNIT.items() if 0.3 <= given * metres <= 3]
    remedy = f'Pass unit="{fitting[0]}".' if fitting else "Scale the coordinates to metres."
    raise CoordinateError(
        f'with unit="{unit}" the body (shoulders to ankles) would be {body:.3g} m; needed between '
        f"{_SMALLEST_BODY_M:g} and {_LARGEST_BODY_M:g} m. {remedy}"
    )


def check_orientation(coordinates_m: F64, skeleton: Skeleton, up: str) -> None:
    """Raise `CoordinateError` if shoulders are below ankles or toes point backward; warn of knees.

    Toes or bent knees that point backward show left-handed axes, or left and right exchanged in all
    frames. This is checked for upright bodies only, because on hands and knees the toes do point
    backward.
    """

    def middle(joint: str) -> F64 | None:
        names = [f"{side}_{joint}" for side in ("left", "right")]
        if not all(name in skeleton.landmarks for name in names):
            return None
        both: F64 = coordinates_m[:, [skeleton.landmarks[name] for name in names]]
        return 0.5 * (both[:, 0] + both[:, 1])

    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1.0 if up.startswith("-") else 1.0
    hips, shoulders, ankles = middle("hip"), middle("shoulder"), middle("ankle")
    if hips is None or shoulders is None or ankles is None:
        return
    if _typical_cosine(shoulders - ankles, axis) < -0.5:
        other = up[-1] if up.startswith("-") else f"-{up}"
        raise CoordinateError(
            f"with up={up!r} the shoulders are below the ankles; needed the axis that points up. "
            f"Pass up={other!r}."
        )
    if not _typical_cosine(shoulders - hips, axis) > 0.5:
        return
    left, right = (coordinates_m[:, skeleton.landmarks[f"{s}_hip"]] for s in ("left", "right"))
    ahead = np.cross(axis, right - left)
    heels, toes, knees = middle("heel"), middle("big_toe"), middle("knee")
    if heels is not None and toes is not None and _typical_cosine(toes - heels, ahead) < -0.5:
        raise CoordinateError(
            "the toes point backward: either left and right keypoints are exchanged, or the axes "
            "are left-handed (as in Unity). Needed right-handed axes; negate one of the horizontal "
            "ones: coordinates * [1, 1, -1]."
        )
    if knees is not None and _typical_cosine(_bend(hips, knees, ankles), ahead) < -0.5:
        warnings.warn(
            "the knees bend backward: either left and right keypoints are exchanged, or the axes are "
            "left-handed (as in Unity). Measures that depend on it are refused. Needed right-handed "
            "axes; negate one of the horizontal ones: coordinates * [1, 1, -1].",
            RecordingWarning,
            stacklevel=4,
        )


# Distance of the knees from the line hips-ankles as a share of its length at 35° of flexion, and the
# least share of frames with such knees that shows their direction.
_BENT: Final = 0.15
_LEAST_BENT: Final = 0.1


def _bend(hips: F64, knees: F64, ankles: F64) -> F64:
    """Return from the line hips-ankles to the knees, NaN where straight; all NaN if bent too rarely."""
    line, thigh = ankles - hips, knees - hips
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (thigh * line).sum(axis=-1, keepdims=True) / (line**2).sum(axis=-1, keepdims=True)
        off: F64 = thigh - share * line
        bent = np.linalg.norm(off, axis=-1) > _BENT * np.linalg.norm(line, axis=-1)
    off[~bent] = np.nan
    if bent.mean() < _LEAST_BENT:
        off[:] = np.nan
    return off


def _typical_cosine(a: F64, b: F64) -> float:
    """Return the median over the frames of the cosine of the angle between `a` and `b`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    cosines = cosines[np.isfinite(cosines)]
    return float(np.median(cosines)) if cosines.size else float("nan")


def _frame_spans(points: F64) -> F64:
    """Return the extent of the finite points along each axis, for frames with at least 3 of them."""
    finite = np.isfinite(points).all(axis=2)
    kept = points[finite.sum(axis=1) >= 3]
    spans: F64 = np.fmax.reduce(kept, axis=1) - np.fmin.reduce(kept, axis=1)
    return spans
