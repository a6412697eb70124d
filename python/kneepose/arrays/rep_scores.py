"""How well found repetitions agree with true ones, in time."""

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
    """Agreement of found repetitions with true ones.

    Attributes
    ----------
    f1
        2·pairs / (found + true); 1 where nothing was to be found and nothing was.
    precision
        Share of the found ones that are true; 1 where nothing was found.
    recall
        Share of the true ones that were found; 1 where there is none.
    start_mae, end_mae
        Mean absolute error of the starts and ends of the pairs, seconds; NaN without a pair. Frames
        are seconds times the frame rate.
    false_reps, missed_reps
        Found ones that are no true one, and true ones that were not found.
    pairs
        (P, 3) recording, found and true repetition of each pair, counted from 0.
    start_errors, end_errors
        (P,) found minus true, seconds.
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
    """Score the repetitions that were found in one recording.

    Found and true repetitions are paired one to one by their temporal intersection over union
    (tIoU), the largest first, down to `least_overlap`.

    Parameters
    ----------
    found, truth
        (R, 2) start and end of each repetition, seconds, in any order; R may be 0.
    least_overlap
        Least tIoU of a pair, more than 0 and at most 1.

    Returns
    -------
    RepScore
        Errors of pairs only: one that was missed or is false has none.

    Raises
    ------
    CoordinateError
        `found` or `truth` is not (R, 2).
    KneeposeError
        A time that is not finite, an end before its start, an overlap out of range.

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
    """Score several recordings together: every repetition weighs the same, as in `rep_score`.

    Parameters
    ----------
    found, truth
        One (R, 2) a recording, both in the same order.
    least_overlap
        As in `rep_score`.

    Raises
    ------
    CoordinateError
        Not as many found as true lists, or one that is not (R, 2).
    KneeposeError
        As in `rep_score`.
    """
    if len(found) != len(truth):
        raise CoordinateError(
            f"{len(found)} recordings with found and {len(truth)} with true repetitions; they must "
            "be as many."
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
            f"{argument} has shape {array.shape}; it must be one start and one end a repetition, "
            "(R, 2)."
        )
    return [(float(start), float(end)) for start, end in array]
