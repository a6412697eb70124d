"""Repetitions as curves of one length, for drawing."""

from __future__ import annotations

from math import ceil

import numpy as np
import numpy.typing as npt

from . import _core
from ._analysis import Analysis
from ._comparison import Comparison
from ._errors import UnknownNameError

__all__ = ["mean_and_sd", "rep_curves", "series_of"]

F64 = npt.NDArray[np.float64]

_LEAST_SHARE = 0.5


def series_of(analysis: Analysis, name: str) -> F64:
    """Return (T,) an angle of the analysis: on its side, on the midline, or its rep signal.

    Raises
    ------
    UnknownNameError
        None of these has the name.
    """
    for key in ((name, analysis.side), (name, None)):
        if key in analysis.angles:
            return analysis.angles[key].degrees
    if name == analysis.reps.signal_used:
        return analysis.reps.signal
    raise UnknownNameError.of("angle", name, dict.fromkeys(known for known, _ in analysis.angles))


def rep_curves(comparison: Comparison, name: str) -> tuple[F64, F64]:
    """Return (R, 101) for the first and the second: full repetitions, lowest point at index 50.

    Raises
    ------
    UnknownNameError
        As `series_of`.
    """
    return _curves(comparison.first, name), _curves(comparison.second, name)


def _curves(analysis: Analysis, name: str) -> F64:
    series = np.ascontiguousarray(series_of(analysis, name))
    rows = [
        _core.time_normalize(series, rep.start, rep.bottom, rep.end)
        for rep in analysis.reps.full
        if rep.start >= 0
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 101)


def mean_and_sd(curves: F64) -> tuple[F64, F64]:
    """Return (101,) mean and SD (n − 1) over (R, 101); NaN where under half of R have a value."""
    known = np.isfinite(curves)
    n = known.sum(axis=0)
    enough = n >= max(1, ceil(_LEAST_SHARE * len(curves)))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(enough, np.where(known, curves, 0.0).sum(axis=0) / n, np.nan)
        squares = np.where(known, curves - mean, 0.0) ** 2
        sd = np.where(enough & (n > 1), np.sqrt(squares.sum(axis=0) / (n - 1)), np.nan)
    return mean, sd
