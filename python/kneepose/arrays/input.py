"""Conversion of arguments to the float arrays that the kernels accept."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError

F64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
_READY = (np.dtype(np.float64), np.dtype(np.float32))


def floats(value: npt.ArrayLike, argument: str) -> Floats:
    """Convert `value` to a float32 or float64 array; an array of these types is not copied.

    Masked entries become NaN.
    """
    if type(value) is np.ndarray and value.dtype in _READY and value.flags.aligned:
        return value
    try:
        array = np.asarray(np.ma.filled(value, np.nan) if np.ma.isMaskedArray(value) else value)
    except (TypeError, ValueError):  # a ragged list, or a masked integer array
        if not np.ma.isMaskedArray(value):
            raise CoordinateError(
                f"{argument} is not an array: its rows differ in length."
            ) from None
        array = np.ma.filled(np.ma.asarray(value).astype(np.float64), np.nan)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise CoordinateError(
            f"{argument} has dtype {array.dtype}; it must be an array of real numbers."
        )
    single = array.dtype.newbyteorder("=") == np.float32
    wanted: type[np.floating[Any]] = np.float32 if single else np.float64
    ready = array.dtype == wanted and array.dtype.isnative and array.flags.aligned
    return array if ready else np.array(array, dtype=wanted)


def plain_series(value: npt.ArrayLike, argument: str) -> F64:
    """Return a one-dimensional float64 array."""
    array = floats(value, argument)
    if array.ndim != 1:
        raise CoordinateError(f"{argument} has shape {array.shape}; it must be one series, (T,).")
    return np.asarray(array, dtype=np.float64)
