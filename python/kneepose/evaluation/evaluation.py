"""Score repetition counting against annotated recordings."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kneepose.analysis.reps import RepStatus
from kneepose.columns import columns_of
from kneepose.errors import FormatError, KneeposeError, UnknownNameError
from kneepose.evaluation.annotations import RepLabels, labeled_recordings, labels_path, read_labels
from kneepose.evaluation.segmenters import SEGMENTERS
from kneepose.evaluation.table import COLUMNS, EvaluationRow, RecordingOutcome, row_of
from kneepose.io.files import read
from kneepose.records import Record

__all__ = ["Evaluation", "evaluate"]

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation(Record):
    """Result of `evaluate`.

    Attributes
    ----------
    rows
        One `EvaluationRow` per exercise, condition and method. An exercise with several conditions has
        an additional row over all of them, with the condition ``"all"``.
    recordings
        One `RecordingOutcome` per recording and method, in the given order.
    """

    kind = "evaluation"

    rows: tuple[EvaluationRow, ...]
    recordings: tuple[RecordingOutcome, ...]

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays with one entry per `EvaluationRow`; NaN where not annotated."""
        names = [field.name for field in fields(EvaluationRow)]
        return columns_of([asdict(row) for row in self.rows], names)

    def to_markdown(self) -> str:
        """Return the table as Markdown."""
        cells = [row.cells() for row in self.rows]
        lines = [COLUMNS, tuple("---" if k < 3 else "--:" for k in range(len(COLUMNS))), *cells]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __repr__(self) -> str:
        cells = [COLUMNS, *(row.cells() for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                text.ljust(width) if k < 3 else text.rjust(width)
                for k, (text, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        ]
        off = [one for one in self.recordings if one.count != one.true_count]
        for one in off:
            lines.append(f"  {one.name}, {one.method}: {one.count} counted, {one.true_count} true")
        return "\n".join(lines)


def evaluate(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    methods: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Count the repetitions of annotated recordings and score them against the annotations.

    Parameters
    ----------
    paths
        Files that `read` accepts, each with its annotations beside it: ``squat.npz`` has a
        ``squat.labels.json`` such as ``{"exercise": "squat", "side": "left", "count": 5, "partial": 1,
        "starts": […], "bottoms": […], "ends": […], "condition": "dim room"}``. Required are the
        exercise, the count (0 for rest or another movement) and, in one-leg exercises, the side. Times
        are those of the full repetitions, in seconds on the recording's clock. A folder stands for all
        annotated recordings in it.
    methods
        ``"offline"`` (repetitions from `analyze`) and ``"live"`` (repetitions from `Stream`). None
        uses both.
    progress
        Function that is called with (done, total, file name) before each recording.

    Returns
    -------
    Evaluation
        A score is NaN, printed as "–", if the annotations do not allow it. Errors of start and end need
        starts and ends; the rate of false repetitions needs a recording with count 0.

    Raises
    ------
    FormatError
        There is no recording, annotations are missing, or annotations are invalid.
    UnknownNameError
        An exercise, side or method is not known.
    KneeposeError
        A recording cannot be analyzed. The message begins with its file name.
    FileNotFoundError
        A recording does not exist.
    """
    chosen = list(SEGMENTERS) if methods is None else list(dict.fromkeys(methods))
    for method in chosen:
        if method not in SEGMENTERS:
            raise UnknownNameError.of("method", method, SEGMENTERS)
    files = _files([paths] if isinstance(paths, str | os.PathLike) else paths)
    labels = [
        read_labels(labels_path(path)) for path in files
    ]  # labels are checked first, so that invalid ones raise before the long analysis
    outcomes: list[RecordingOutcome] = []
    for done, (path, label) in enumerate(zip(files, labels, strict=True)):
        if progress is not None:
            progress(done, len(files), path.name)
        outcomes += _outcomes(path, label, chosen)
    return Evaluation(rows=tuple(_rows(outcomes)), recordings=tuple(outcomes))


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        files += labeled_recordings(path) if path.is_dir() else [path]
    if not files:
        raise FormatError("no recordings were given; give .npz files, or a folder that holds them.")
    for path in files:
        path.stat()  # raises FileNotFoundError for a missing recording, before its labels are read
    return list(dict.fromkeys(files))


def _outcomes(path: Path, labels: RepLabels, methods: Sequence[str]) -> list[RecordingOutcome]:
    try:
        recording = read(path)
        found = {
            method: SEGMENTERS[method](recording, labels.exercise, labels.side)
            for method in methods
        }
    except KneeposeError as error:
        named = str(error).startswith(path.name)
        raise error if named else type(error)(f"{path.name}: {error}") from None
    seconds = float(recording.times[-1] - recording.times[0]) + 1.0 / recording.fps
    outcomes = []
    for method, reps in found.items():
        full = [rep for rep in reps if rep.status is RepStatus.FULL]
        outcomes.append(
            RecordingOutcome(
                name=path.name,
                exercise=labels.exercise,
                condition=labels.condition,
                method=method,
                true_count=labels.count,
                count=len(full),
                true_partial=labels.partial,
                partial=sum(rep.status is RepStatus.PARTIAL for rep in reps),
                seconds=seconds,
                fps=recording.fps,
                found=np.array([(r.start_s, r.end_s) for r in full]).reshape(-1, 2),
                reported=np.array([r.reported_s for r in full], dtype=np.float64),
                truth=None if labels.intervals is None
                else np.array(labels.intervals, dtype=np.float64).reshape(-1, 2),
            )
        )  # fmt: skip
    return outcomes


def _rows(outcomes: Sequence[RecordingOutcome]) -> list[EvaluationRow]:
    groups: dict[tuple[str, str, str, bool], list[RecordingOutcome]] = {}
    for exercise in dict.fromkeys(one.exercise for one in outcomes):
        mine = [one for one in outcomes if one.exercise == exercise]
        for one in mine:
            groups.setdefault((exercise, one.condition, one.method, False), []).append(one)
        if len({one.condition for one in mine}) > 1:
            for one in mine:
                groups.setdefault((exercise, "all", one.method, True), []).append(one)
    return [row_of(*key[:3], members) for key, members in groups.items()]
