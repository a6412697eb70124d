"""Rows of an evaluation: scores over the recordings of an exercise, condition and method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kneepose.arrays import count_score, pooled_rep_score
from kneepose.records import Record

__all__ = ["COLUMNS", "EvaluationRow", "RecordingOutcome", "row_of"]

F64 = npt.NDArray[np.float64]

COLUMNS = (
    "exercise",
    "condition",
    "method",
    "recordings",
    "reps",
    "exact",
    "off by ≤ 1",
    "MAE",
    "normalized MAE",
    "start/end MAE, s",
    "frames",
    "F1",
    "false reps/min",
    "latency, s",
)


@dataclass(frozen=True, slots=True, eq=False)
class RecordingOutcome(Record):
    """Detected and true repetitions of one recording.

    Attributes
    ----------
    name
        Name of the file.
    exercise, condition
        Exercise and condition from the annotations.
    method
        Name of the segmentation method.
    true_count, count, true_partial, partial
        True and detected numbers of full and partial repetitions. `true_partial` is None if not
        annotated.
    seconds, fps
        Duration in seconds, and frames per second.
    found, truth
        Start and end of the full repetitions in seconds, shape (R, 2). `truth` is None if not
        annotated.
    reported
        Time at which each detected repetition was reported, in seconds, shape (R,); NaN offline.
    """

    kind = "recording_outcome"

    name: str
    exercise: str
    condition: str
    method: str
    true_count: int
    count: int
    true_partial: int | None
    partial: int
    seconds: float
    fps: float
    found: F64
    reported: F64
    truth: F64 | None

    def __post_init__(self) -> None:
        """Reshape empty lists of repetitions to (0, 2)."""
        for field in ("found", "truth"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, getattr(self, field).reshape(-1, 2))


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationRow(Record):
    """One row of the evaluation table. Values are NaN where the annotations do not allow them.

    Attributes
    ----------
    exercise, condition, method
        Group of recordings, and segmentation method.
    recordings, reps
        Number of recordings, and of true full repetitions in them.
    exact, off_by_one
        Shares of recordings with the exact count, and with an error of at most one.
    mae, normalized_mae
        Mean of ``|counted − true|``, and of ``|counted − true| / (true + 0.1)``, which counting
        benchmarks report.
    boundary_mae_s, boundary_mae_frames
        Mean absolute error of starts and ends together, in seconds and in frames.
    f1
        F1 score of full repetitions, paired by an overlap (tIoU) of at least 0.5.
    false_per_min
        Counted repetitions per minute in recordings with a true count of 0.
    latency_s
        Median time from the true end of a repetition to its report, in seconds.
    """

    kind = "evaluation_row"

    exercise: str
    condition: str
    method: str
    recordings: int
    reps: int
    exact: float
    off_by_one: float
    mae: float
    normalized_mae: float
    boundary_mae_s: float
    boundary_mae_frames: float
    f1: float
    false_per_min: float
    latency_s: float

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the printed table, in the order of `COLUMNS`."""
        return (
            self.exercise,
            self.condition or "–",
            self.method,
            str(self.recordings),
            str(self.reps),
            _text(self.exact, ".1%"),
            _text(self.off_by_one, ".1%"),
            _text(self.mae, ".2f"),
            _text(self.normalized_mae, ".3f"),
            _text(self.boundary_mae_s, ".3f"),
            _text(self.boundary_mae_frames, ".1f"),
            _text(self.f1, ".3f"),
            _text(self.false_per_min, ".2f"),
            _text(self.latency_s, ".2f"),
        )


def row_of(
    exercise: str, condition: str, method: str, outcomes: Sequence[RecordingOutcome]
) -> EvaluationRow:
    """Compute the scores of a group of recordings."""
    counts = count_score([one.count for one in outcomes], [one.true_count for one in outcomes])
    labelled = [(one, one.truth) for one in outcomes if one.truth is not None]
    score = pooled_rep_score([one.found for one, _ in labelled], [truth for _, truth in labelled])
    errors = np.abs(np.concatenate([score.start_errors, score.end_errors]))
    rates = np.array([labelled[which][0].fps for which, _, _ in score.pairs], dtype=np.float64)
    late = [
        labelled[which][0].reported[found] - labelled[which][1][true, 1]
        for which, found, true in score.pairs
    ]
    quiet = [one for one in outcomes if one.true_count == 0]
    minutes = sum(one.seconds for one in quiet) / 60.0
    return EvaluationRow(
        exercise=exercise,
        condition=condition,
        method=method,
        recordings=len(outcomes),
        reps=sum(one.true_count for one in outcomes),
        exact=counts.exact,
        off_by_one=counts.off_by_one,
        mae=counts.mae,
        normalized_mae=counts.normalized_mae,
        boundary_mae_s=_mean(errors),
        boundary_mae_frames=_mean(errors * np.tile(rates, 2)),
        f1=score.f1 if labelled else math.nan,
        false_per_min=sum(one.count for one in quiet) / minutes if quiet else math.nan,
        latency_s=float(np.median(late)) if late else math.nan,
    )


def _mean(values: F64) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _text(value: float, how: str) -> str:
    return format(value, how) if math.isfinite(value) else "–"
