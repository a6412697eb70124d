"""Segmentation of a series into repetitions, and scores of repetition counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, plain_series
from kneepose.errors import CoordinateError
from kneepose.recording.options import parse_real
from kneepose.records import Record

__all__ = ["CountScore", "RepArrays", "count_score", "segment_reps"]


@dataclass(frozen=True, slots=True, eq=False)
class RepArrays(Record):
    """Repetitions of a series in time order; every array has shape (R,).

    Attributes
    ----------
    start, bottom_start, bottom, bottom_end, end
        Sample indices: start, begin of the bottom phase, lowest point, end of the bottom phase, end.
    range
        Range of motion, in the unit of the series.
    status
        ``"full"``, ``"partial"``, ``"incomplete_return"``, ``"missing_data"`` or ``"lost_stance"``.
    """

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
        Series in any unit, shape (T,). NaN marks missing samples.
    fs
        Samples per second.
    min_range
        Smallest range of motion of a repetition, in the unit of `signal`. The default of 20 is for
        degrees of knee flexion. It is an engineering default without published evidence.
    allowed
        Bool, shape (T,): True where a repetition may lie. None allows all samples.
    despike
        True removes single outliers first. Series from conditioned coordinates do not need it.
    causal
        True uses only past samples at each sample, as `kneepose.Stream` does. The definition of a
        repetition is the same; filters and reliability of detection differ.

    Returns
    -------
    RepArrays
        A repetition starts and ends at 10 % of its range above rest; its bottom phase lies within 5 %
        of its peak. ``status`` is ``full``, ``partial`` (below 0.6 of the typical range),
        ``incomplete_return`` (no return to rest; not counted), ``missing_data`` or ``lost_stance``.
        A series without repetitions gives empty arrays.

    Raises
    ------
    KneeposeError
        `fs` or `min_range` is not positive.
    CoordinateError
        `signal` is not one-dimensional, or `allowed` differs from it in length.

    Examples
    --------
    >>> t = np.arange(0, 12, 1 / 30)
    >>> segment_reps(30 - 30 * np.cos(2 * np.pi * t / 4), fs=30).count
    3
    """
    mask = None if allowed is None else plain_series(allowed, "allowed") != 0
    fs, min_range = parse_real(fs, "fs"), parse_real(min_range, "min_range")
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
        status=np.array([names[row[-1]] for row in rows], dtype=np.str_),
    )


class CountScore(NamedTuple):
    """Agreement of predicted and true repetition counts over recordings.

    Attributes
    ----------
    mae
        Mean absolute error, in repetitions.
    exact, off_by_one
        Shares of recordings with the exact count, and with an error of at most one.
    normalized_mae
        Mean of ``|predicted − true|`` / (true + 0.1), the error that counting benchmarks report.
    """

    mae: float
    exact: float
    off_by_one: float
    normalized_mae: float


def count_score(predicted: Sequence[int], truth: Sequence[int]) -> CountScore:
    """Score predicted repetition counts against true ones.

    Parameters
    ----------
    predicted, truth
        Number of repetitions of each recording, in the same order.

    Raises
    ------
    CoordinateError
        There is no recording, the lists differ in length, or a count is not a whole number from 0 up.

    Examples
    --------
    >>> score = count_score([5, 7], [5, 6])
    >>> score.mae, score.exact, score.off_by_one
    (0.5, 0.5, 1.0)
    """
    return CountScore(*_core.count_score(_counts(predicted), _counts(truth)))


def _counts(numbers: Sequence[int]) -> list[int]:
    for number in numbers:
        if not 0 <= number < 2**32 or number != int(number):
            raise CoordinateError(f"a count is {number!r}; it must be a whole number from 0 up.")
    return [int(number) for number in numbers]
