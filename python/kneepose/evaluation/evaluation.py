"""How well repetitions are found in recordings that somebody has counted."""

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
from kneepose.evaluation.annotations import RepLabels, labelled_in, labels_path, read_labels
from kneepose.evaluation.segmenters import SEGMENTERS
from kneepose.evaluation.table import COLUMNS, EvaluationRow, RecordingOutcome, row_of
from kneepose.io.files import read

__all__ = ["Evaluation", "evaluate"]

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation:
    """Outcome of `evaluate`.

    Attributes
    ----------
    rows
        `EvaluationRow` for each exercise, condition and method; an exercise with several conditions
        has one more over all of them, whose condition is ``"all"``.
    recordings
        `RecordingOutcome` for each recording and method, in the order given.
    """

    rows: tuple[EvaluationRow, ...]
    recordings: tuple[RecordingOutcome, ...]

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry an `EvaluationRow`; NaN where the labels do not tell."""
        names = [field.name for field in fields(EvaluationRow)]
        return columns_of([asdict(row) for row in self.rows], names)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON-ready; what is not known is None)."""
        return {
            "rows": [row.to_dict() for row in self.rows],
            "recordings": [one.to_dict() for one in self.recordings],
        }

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
    """Count the repetitions of labelled recordings and compare with the labels.

    Parameters
    ----------
    paths
        Recordings, as `read` takes them, each with its labels beside it: ``squat.npz`` has a
        ``squat.labels.json`` such as ``{"exercise": "squat", "side": "left", "count": 5, "partial": 1,
        "starts": […], "bottoms": […], "ends": […], "condition": "dim room"}``. Needed are
        exercise and count (0 is rest, or another movement), and for one-leg exercises the side. Times
        are those of full repetitions, seconds on the recording's clock. A folder stands for all
        recordings in it that have labels.
    methods
        ``"offline"``: what `analyze` finds. None: every method there is.
    progress
        Called with (done, total, name) before each recording.

    Returns
    -------
    Evaluation
        NaN, printed as "–", where the labels do not tell: boundaries without starts and ends, false
        repetitions without a recording whose count is 0.

    Raises
    ------
    FormatError
        No recordings, no labels, or labels that cannot be.
    UnknownNameError
        No such exercise, side or method.
    KneeposeError
        A recording that cannot be analyzed; the message begins with its name.
    FileNotFoundError
        No such recording.
    """
    chosen = list(SEGMENTERS) if methods is None else list(dict.fromkeys(methods))
    for method in chosen:
        if method not in SEGMENTERS:
            raise UnknownNameError.of("method", method, SEGMENTERS)
    files = _files([paths] if isinstance(paths, str | os.PathLike) else paths)
    labels = [read_labels(labels_path(path)) for path in files]  # before anything takes long
    outcomes: list[RecordingOutcome] = []
    for done, (path, label) in enumerate(zip(files, labels, strict=True)):
        if progress is not None:
            progress(done, len(files), path.name)
        outcomes += _outcomes(path, label, chosen)
    return Evaluation(rows=tuple(_rows(outcomes)), recordings=tuple(outcomes))


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        files += labelled_in(path) if path.is_dir() else [path]
    if not files:
        raise FormatError("no recordings were given; give .npz files, or a folder that holds them.")
    for path in files:
        with path.open("rb"):
            pass  # an absent recording is FileNotFoundError, not one without labels
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
