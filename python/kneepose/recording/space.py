"""Coordinate space: conversion to pixels or meters, and plausibility checks.

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

from kneepose import _core
from kneepose.errors import CoordinateError, RecordingWarning
from kneepose.recording.options import parse_choice
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import Depth

F64 = npt.NDArray[np.float64]

DEPTHS: Final[tuple[Depth, ...]] = ("measured", "estimated")
UPS: Final = ("x", "y", "z", "-x", "-y", "-z")
METRES_PER_UNIT: Final[Mapping[str, float]] = MappingProxyType({"m": 1.0, "cm": 1e-2, "mm": 1e-3})

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
    if unit != "m":
        points *= METRES_PER_UNIT[unit]
    size, standing, ahead = _core.body_in_space(points, skeleton._core, up)
    check_body_size(size, unit)
    check_orientation(standing, ahead, up)


def parse_depth(depth: str | None, skeleton: Skeleton) -> Depth:
    """Return the origin of the third dimension; None selects the default of the skeleton.

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
    if not _core.share_within(coordinates, 1.5) >= 0.99:
        return
    values = coordinates[np.isfinite(coordinates)]
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
    """Raise `CoordinateError` if many keypoints fit (height, width) but not (width, height).

    Single keypoints outside are ignored, because some estimators place a hidden foot below the
    frame. A few such frames are ignored too, because a person who comes near leaves the image.
    """
    size = np.array(resolution_wh, dtype=np.float64)
    far = np.any(coordinates > 1.2 * size, axis=2)
    if not far.any():
        return
    seen = np.all(np.isfinite(coordinates), axis=2)
    if not seen.any() or np.any(far, axis=1).mean() < 0.5 * np.any(seen, axis=1).mean():
        return
    points, outside = coordinates[seen], far[seen].mean()
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
    found = _core.range_above_zero(coordinates, 2)
    if found is None or not 0 < found[1] <= 10:
        return
    low, high = found
    spans = _frame_spans(coordinates[..., :2])
    if spans.size and (np.median(spans, axis=0) > 5 * max(1.0, high)).all():
        raise CoordinateError(
            f"coordinates has shape {coordinates.shape} and looks like (x, y, confidence): the "
            f"third column lies within [{low:.3g}, {high:.3g}] while x and y look "
            f"like pixels; needed (x, y, z). Pass coordinates[..., :2] and "
            f"confidence=coordinates[..., 2]."
        )


def check_body_size(body: float, unit: str) -> None:
    """Raise `CoordinateError` if the body is smaller than 5 cm or larger than 20 m; NaN passes."""
    if not body < _SMALLEST_BODY_M and not body > _LARGEST_BODY_M:
        return
    given = body / METRES_PER_UNIT[unit]
    fitting = [u for u, metres in METRES_PER_UNIT.items() if 0.3 <= given * metres <= 3]
    remedy = f'Pass unit="{fitting[0]}".' if fitting else "Scale the coordinates to metres."
    raise CoordinateError(
        f'with unit="{unit}" the body (shoulders to ankles) would be {body:.3g} m; needed between '
        f"{_SMALLEST_BODY_M:g} and {_LARGEST_BODY_M:g} m. {remedy}"
    )


def check_orientation(standing: list[float], ahead: list[float], up: str) -> None:
    """Raise `CoordinateError` for upside-down shoulders or backward toes; warn for backward knees.

    `standing` holds the typical cosines between the vertical and the vectors from ankles and from
    hips to shoulders. `ahead` holds those between the facing direction of the hips and the toes and
    bent knees. NaN passes.

    Toes or bent knees that point backward mean left-handed axes, or left and right exchanged in all
    frames. Only upright bodies are checked, because on hands and knees the toes do point backward.
    """
    over_ankles, over_hips = standing
    toes, knees = ahead
    if over_ankles < -0.5:
        other = up[-1] if up.startswith("-") else f"-{up}"
        raise CoordinateError(
            f"with up={up!r} the shoulders are below the ankles; needed the axis that points up. "
            f"Pass up={other!r}."
        )
    if not over_hips > 0.5:
        return
    if toes < -0.5:
        raise CoordinateError(
            "the toes point backward: either left and right keypoints are exchanged, or the axes "
            "are left-handed (as in Unity). Needed right-handed axes; negate one of the horizontal "
            "ones: coordinates * [1, 1, -1]."
        )
    if knees < -0.5:
        warnings.warn(
            "the knees bend backward: either left and right keypoints are exchanged, or the axes are "
            "left-handed (as in Unity). Measures that depend on it are refused. Needed right-handed "
            "axes; negate one of the horizontal ones: coordinates * [1, 1, -1].",
            RecordingWarning,
            stacklevel=4,
        )


def _frame_spans(points: F64) -> F64:
    """Return the extent of the finite points along each axis, for frames with at least 3 of them."""
    finite = np.isfinite(points).all(axis=2)
    kept = points[finite.sum(axis=1) >= 3]
    spans: F64 = np.fmax.reduce(kept, axis=1) - np.fmin.reduce(kept, axis=1)
    return spans
