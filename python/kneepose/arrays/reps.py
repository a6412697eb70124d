"""Repetitions of a series, and how well they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, plain_series
from kneepose.errors import CoordinateError
from kneepose.records import Record

__all__ = ["CountScore", "RepArrays", "count_score", "segment_reps"]


@dataclass(frozen=True, slots=True, eq=False)
class RepArrays(Record):
    """Repetitions in time order, one entry each; indices are samples of the series."""

    kind = "rep_arrays"

    start: npt.NDArray[np.intp]
    bottom_start: npt.NDArray[np.intp]
    bottom: npt.NDArray[np.intp]
    bottom_end: npt.NDArray[np.intp]
    end: npt.NDArray[np.intp]
    range: F64
    status: npt.NDArray[np.str_]

    @property
    def count(self) -> int:
        """Number of full repetitions."""
        return int(np.sum(self.status == "full"))


def segment_reps(
    signal: npt.ArrayLike,
    *,
    fs: float,
    min_range: float = 20.0,
    allowed: npt.ArrayLike | None = None,
    despike: bool = True,
    causal: bool = False,
) -> RepArrays:
    """Find the repetitions in a series that rises toward the bottom, such as knee flexion.

    Parameters
    ----------
    signal
        (T,) in any unit, NaN = missing.
    fs
        Samples per second.
    min_range
        Least range of motion of a repetition, in the unit of the signal. The default, 20, is meant
        for degrees of knee flexion; it is an engineering default, not a finding.
    allowed
        (T,) bool: where a repetition may lie; None: everywhere.
    causal
        Whether to go by the past of each sample alone, as `kneepose.Stream` does live: the same
        definition of a repetition, found a little less surely and by its own filters.
    despike
        Take out single outliers first. Series from conditioned coordinates have none left.

    Returns
    -------
    RepArrays
        A repetition starts and ends at 10 % of its range above rest and has its bottom within 5 % of
        its peak. ``status`` is ``full``, ``partial`` (below 0.6 of the usual range),
        ``incomplete_return`` (a pulse that did not come back, not counted), ``missing_data`` or
        ``lost_stance``. A series without repetitions gives empty arrays.

    Raises
    ------
    KneeposeError
        `fs` or `min_range` is not positive.
    CoordinateError
        `signal` is not one series, `allowed` is not as long.

    Examples
    --------
    >>> t = np.arange(0, 12, 1 / 30)
    >>> segment_reps(30 - 30 * np.cos(2 * np.pi * t / 4), fs=30).count
    3
    """
    mask = None if allowed is None else plain_series(allowed, "allowed") != 0
    rows = _core.segment_reps(plain_series(signal, "signal"), fs, min_range, mask, despike, causal)
    moments = np.array([row[:5] for row in rows], dtype=np.intp).reshape(-1, 5)
    start, bottom_start, bottom, bottom_end, end = moments.T
    names = [name for name, _ in _core.rep_statuses()]
    return RepArrays(
        start=start,
        bottom_start=bottom_start,
        bottom=bottom,
        bottom_end=bottom_end,
        end=end,
        range=np.array([row[5] for row in rows], dtype=np.float64),
        status=np.array([names[row[6]] for row in rows], dtype=np.str_),
    )


class CountScore(NamedTuple):
    """Agreement of predicted and true counts over recordings."""

    mae: float
    exact: float
    off_by_one: float
    normalized_mae: float


def count_score(predicted: Sequence[int], truth: Sequence[int]) -> CountScore:
    """Score repetition counts, one pair a recording.

    Returns
    -------
    CountScore
        Mean absolute error, share exact, share at most one off, and the mean of
        |predicted − true| / (true + 0.1) that counting benchmarks print as their error.

    Raises
    ------
    CoordinateError
        No recordings, or lists of different length.
    """
    return CountScore(*_core.count_score(_counts(predicted), _counts(truth)))


def _counts(numbers: Sequence[int]) -> list[int]:
    for number in numbers:
        if not 0 <= number < 2**32 or number != int(number):
            raise CoordinateError(f"a count is {number!r}; counts are whole numbers from 0 up.")
    return [int(number) for number in numbers]
