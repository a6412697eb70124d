"""Scores of detected repetitions against annotated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, floats
from kneepose.errors import CoordinateError

__all__ = ["RepScore", "pooled_rep_score", "rep_score"]


class RepScore(NamedTuple):
    """Agreement of detected repetitions with true (annotated) ones.

    Attributes
    ----------
    f1
        2·pairs / (found + true); 1 if there are neither found nor true repetitions.
    precision
        Share of found repetitions that have a true partner; 1 if none was found.
    recall
        Share of true repetitions that were found; 1 if there is no true one.
    start_mae, end_mae
        Mean absolute error of the starts and ends of the pairs, in seconds; NaN without a pair.
    false_reps, missed_reps
        Number of found repetitions without a true partner, and of true ones without a found partner.
    pairs
        Indices of recording, found and true repetition of each pair, from 0, shape (P, 3).
    start_errors, end_errors
        Found minus true time of each pair, in seconds, shape (P,).
    """

    f1: float
    precision: float
    recall: float
    start_mae: float
    end_mae: float
    false_reps: int
    missed_reps: int
    pairs: npt.NDArray[np.intp]
    start_errors: F64
    end_errors: F64


def rep_score(
    found: npt.ArrayLike, truth: npt.ArrayLike, *, least_overlap: float = 0.5
) -> RepScore:
    """Score the detected repetitions of one recording against the true ones.

    Found and true repetitions are paired one to one by temporal intersection over union (tIoU), in
    descending order of tIoU, down to `least_overlap`.

    Parameters
    ----------
    found, truth
        Start and end of each repetition in seconds, in any order, shape (R, 2); R may be 0.
    least_overlap
        Smallest tIoU of a pair, above 0 and at most 1.

    Returns
    -------
    RepScore
        Time errors cover the pairs only. Missed and false repetitions have no time error.

    Raises
    ------
    CoordinateError
        `found` or `truth` is not (R, 2).
    KneeposeError
        A time is not finite, an end lies before its start, or `least_overlap` is out of range.

    Examples
    --------
    >>> score = rep_score([[1.0, 3.0], [4.0, 6.0]], [[1.1, 3.0]])
    >>> round(score.f1, 3), round(score.start_mae, 3), score.false_reps
    (0.667, 0.1, 1)
    """
    return pooled_rep_score([found], [truth], least_overlap=least_overlap)


def pooled_rep_score(
    found: Sequence[npt.ArrayLike], truth: Sequence[npt.ArrayLike], *, least_overlap: float = 0.5
) -> RepScore:
    """Score the detected repetitions of several recordings together, each repetition with equal weight.

    Parameters
    ----------
    found, truth
        One array of shape (R, 2) per recording, in seconds, both lists in the same order.
    least_overlap
        As in `rep_score`.

    Returns
    -------
    RepScore
        As in `rep_score`, over all recordings.

    Raises
    ------
    CoordinateError
        The lists differ in length, or an array is not (R, 2).
    KneeposeError
        As in `rep_score`.

    Examples
    --------
    >>> score = pooled_rep_score([[[1.0, 3.0]], []], [[[1.0, 3.0]], [[2.0, 4.0]]])
    >>> score.recall, score.missed_reps
    (0.5, 1)
    """
    if len(found) != len(truth):
        raise CoordinateError(
            f"found has {len(found)} recordings and truth {len(truth)}; give one array per recording "
            "in both."
        )
    recordings = [
        (_intervals(a, "found"), _intervals(b, "truth")) for a, b in zip(found, truth, strict=True)
    ]
    precision, recall, f1, start_mae, end_mae, false_reps, missed_reps, rows = _core.rep_score(
        recordings, least_overlap
    )
    errors = np.array([row[3:] for row in rows], dtype=np.float64).reshape(-1, 2)
    return RepScore(
        f1=f1,
        precision=precision,
        recall=recall,
        start_mae=start_mae,
        end_mae=end_mae,
        false_reps=false_reps,
        missed_reps=missed_reps,
        pairs=np.array([row[:3] for row in rows], dtype=np.intp).reshape(-1, 3),
        start_errors=errors[:, 0],
        end_errors=errors[:, 1],
    )


def _intervals(value: npt.ArrayLike, argument: str) -> list[tuple[float, float]]:
    array = floats(value, argument)
    if array.size == 0:
        return []
    if array.ndim != 2 or array.shape[1] != 2:
        raise CoordinateError(
            f"{argument} has shape {array.shape}; it must be (R, 2), one start and one end per "
            "repetition."
        )
    return [(float(start), float(end)) for start, end in array]
