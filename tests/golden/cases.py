"""Format of the golden angle cases, and trigonometry in degrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.golden.forward_model import SIGMA, Points

Json = dict[str, Any]
SIDES = tuple(SIGMA)


def asin(x: float) -> float:
    return float(np.degrees(np.arcsin(x)))


def atan2(y: float, x: float) -> float:
    return float(np.degrees(np.arctan2(y, x)))


def sin(a: float) -> float:
    return float(np.sin(np.radians(a)))


def cos(a: float) -> float:
    return float(np.cos(np.radians(a)))


def tan(a: float) -> float:
    return float(np.tan(np.radians(a)))


def expect(
    name: str, side: str | None, values: Sequence[float | None], tolerance: float = 1e-9
) -> Json:
    return {"name": name, "side": side, "values": list(values), "tolerance": tolerance}


def both(name: str, values: Sequence[float | None], tolerance: float = 1e-9) -> list[Json]:
    """Return the same expected value for both sides."""
    return [expect(name, side, values, tolerance) for side in SIDES]


def opposite(name: str, right: Sequence[float]) -> list[Json]:
    """Return expected values that have opposite signs on the two sides."""
    return [expect(name, side, [SIGMA[side] * v for v in right]) for side in SIDES]


def case(
    ident: str,
    note: str,
    frames: Sequence[Points],
    expected: Sequence[Json],
    *,
    up: str = "y",
    pelvis_reference: str = "up",
    heading: Sequence[float] | int | None = None,
    standing: float | None = None,
    without: Sequence[str] = (),
) -> Json:
    names = [n for n in frames[0] if not any(part in n for part in without)]
    points = [[[None if np.isnan(v) else float(v) for v in f[n]] for n in names] for f in frames]
    dims = len(points[0][0])
    return {
        "id": ident,
        "note": note,
        "dims": dims,
        "up": up if dims == 3 else None,
        "keypoints": names,
        "points": points,
        "pelvis_reference": pelvis_reference,
        "heading": heading,
        "standing": standing,
        "expect": list(expected),
    }
