"""Time-normalized curves of the repetitions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.errors import UnknownNameError

__all__ = ["rep_curves", "series_of"]

F64 = npt.NDArray[np.float64]


def series_of(analysis: Analysis, name: str) -> F64:
    """Return the values of an angle of the analysis, shape (T,).

    The angle is that of the analyzed side, a midline angle, or the rep signal.

    Raises
    ------
    UnknownNameError
        No angle has this name.
    """
    for key in ((name, analysis.side), (name, None)):
        if key in analysis.angles:
            return analysis.angles[key].values
    if name == analysis.reps.signal_used:
        return analysis.reps.signal
    raise UnknownNameError.of("angle", name, dict.fromkeys(known for known, _ in analysis.angles))


def rep_curves(analysis: Analysis, name: str) -> F64:
    """Return an angle in each full repetition, shape (R, 101), with the turning point at index 50.

    Raises
    ------
    UnknownNameError
        As `series_of`.
    """
    return analysis.reps.curves(series_of(analysis, name))
