"""Left against right, as one number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import _core
from .._errors import CoordinateError, UnknownNameError
from ._input import F64, Floats, floats

__all__ = ["asymmetry"]

_KINDS = ("difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle")


def asymmetry(left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = "difference") -> F64:
    """Put left and right into one number.

    Parameters
    ----------
    left, right
        Arrays that broadcast against each other. For ``"normalized_symmetry_index"`` the last axis
        holds the trials of a side.
    kind
        ``"difference"`` (right − left) is the only one for angles that can be near zero or negative.
        For positive values also ``"log_ratio"`` (100·ln(right/left)), ``"lsi"`` (100·right/left),
        ``"symmetry_index"`` (Robinson), ``"symmetry_angle"`` (Zifchock) and
        ``"normalized_symmetry_index"`` (Queen).

    Returns
    -------
    f64, right over left. NaN where the index is not defined (a logarithm of a negative value, both
    sides zero), never infinite.

    Raises
    ------
    UnknownNameError
        No such index.
    CoordinateError
        Shapes that do not broadcast.

    Examples
    --------
    >>> float(asymmetry(8.0, 10.0, kind="symmetry_index").round(4))
    22.2222
    """
    sides = [floats(left, "left"), floats(right, "right")]
    if kind == "normalized_symmetry_index":
        return _by_trials(*sides)
    if kind not in _KINDS:
        raise UnknownNameError.of("kind", kind, (*_KINDS, "normalized_symmetry_index"))
    try:
        a, b = np.broadcast_arrays(*sides)
    except ValueError:
        raise CoordinateError(
            f"left {sides[0].shape} and right {sides[1].shape} do not broadcast against each other."
        ) from None
    first, second = (np.ascontiguousarray(side, dtype=np.float64).ravel() for side in (a, b))
    return _core.asymmetry(first, second, kind).reshape(a.shape)


def _by_trials(left: Floats, right: Floats) -> F64:
    if left.ndim == 0 or right.ndim == 0 or left.shape[:-1] != right.shape[:-1]:
        raise CoordinateError(
            f"left {left.shape} and right {right.shape}: the last axis must hold the trials, and the "
            "axes before it must agree."
        )
    out = np.empty(left.shape[:-1])
    for index in np.ndindex(out.shape):
        out[index] = _core.normalized_symmetry_index(
            left[index].astype(np.float64), right[index].astype(np.float64)
        )
    return out
