"""The work on one record batch: recordings in, what was found out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from kneepose import tables
from kneepose.analysis.analysis import Analysis, analyze, analyze_sides
from kneepose.analysis.choice import choose_exercise
from kneepose.archive.layout import TEXTS, arrow, recording_of, rows_of
from kneepose.errors import KneeposeError, RecordingWarning
from kneepose.exercises.spec import ExerciseSpec, check_side, exercise_row
from kneepose.recording.recording import Recording
from kneepose.typing import ExerciseName, Side

__all__ = ["TABLES", "analyze_batch", "analyzed_schema", "check_task", "tidy"]

#: Table of an analysis → the function that makes it.
LONG: Final = {"reps": tables.reps, "measures": tables.measures, "faults": tables.faults}
_TYPES: Final = {"O": "string", "U": "string", "f": "float64", "i": "int64", "b": "bool_"}
#: Tables that `analyze` writes.
TABLES: Final = ("recordings", *LONG)


def analyze_batch(
    batch: Any, *, exercise: ExerciseName | ExerciseSpec | None = None, side: Side | None = None
) -> Any:
    """Analyze every recording of a record batch; nothing else is read or changed.

    A recording that cannot be analyzed costs its own row, never the batch.

    Parameters
    ----------
    batch
        `pyarrow.RecordBatch` or `pyarrow.Table` of `recording_schema`.
    exercise, side
        As in `analyze`. None takes those of each recording; where no side is given, exercises of two
        legs are analyzed for both.

    Returns
    -------
    pyarrow.RecordBatch
        One row for each row given, in the same order, of `analyzed_schema`. Degrees, seconds and % as in
        `kneepose.tables`; NaN where not measured, with the reason in ``validity``.

    Raises
    ------
    DependencyError
        pyarrow is not installed.

    Examples
    --------
    In Dask, Ray, Spark and Polars it is the function to map::

        dataset.map_batches(kp.archive.analyze_batch, batch_format="pyarrow", batch_size=50)  # Ray
        frame.mapInArrow(lambda batches: map(kp.archive.analyze_batch, batches), schema)      # Spark
    """
    pa = arrow()
    rows = [_found(row, exercise, side) for row in rows_of(batch)]
    return pa.RecordBatch.from_pylist(rows, schema=analyzed_schema())


def check_task(exercise: ExerciseName | ExerciseSpec | None, side: Side | None) -> str:
    """Return exercise and side as text that tells two tasks apart.

    Raises
    ------
    UnknownNameError
        The exercise or the side is not known.
    """
    if side is not None:
        check_side(side)
    row = None if exercise is None else exercise_row(exercise)
    return json.dumps([row, side], sort_keys=True, default=str)


@cache
def analyzed_schema() -> Any:
    """Return the Arrow schema of what was found: one row a recording, with its tables as lists.

    ``state`` is ``measured``, ``refused`` (``why`` is the reason, a code of `Validity` or a message) or
    ``failed`` (``why`` is what went wrong). ``reps``, ``measures`` and ``faults`` hold the rows of the
    functions of the same names in `kneepose.tables`.
    """
    pa = arrow()
    own = [(name, pa.string()) for name in ("recording", *TEXTS[:5], "state", "why")]
    # Columns and their types are those of any analysis, also of one that found nothing.
    still = Recording(np.full((30, 17, 2), 100.0), skeleton="coco17", fps=30.0)
    made = analyze(still, "squat", side="left")
    nested = []
    for name, table in LONG.items():
        kinds = [(column, _TYPES[values.dtype.kind]) for column, values in table(made).items()]
        struct = pa.struct([(column, getattr(pa, kind)()) for column, kind in kinds])
        nested.append((name, pa.list_(struct)))
    return pa.schema([*own, ("counted", pa.int32()), *nested])


def _found(
    row: Mapping[str, Any], exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> dict[str, Any]:
    name = str(row["recording"])
    who = {key: row.get(key) for key in ("subject", "session", "date", "side", "exercise")}
    nothing: dict[str, Any] = {table: [] for table in LONG}
    told = {"recording": name, **who, "counted": None, **nothing}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            found = _analyses(recording_of(row, name), exercise, side)
    except KneeposeError as error:
        return told | {"state": "refused", "why": str(error)}
    except MemoryError:
        raise
    except Exception as error:  # a damaged row must not take the others with it
        return told | {"state": "failed", "why": f"{type(error).__name__}: {error}"}
    counts = [analysis.reps.count for analysis in found]
    reasons = [str(a.why_no_reps) for a in found if a.why_no_reps is not None]
    measured = any(counts)
    return told | {
        "side": found[0].side if len(found) == 1 else None,
        "exercise": found[0].exercise,
        "state": "measured" if measured else "refused",
        "why": None if measured else next(iter(reasons), "no_reps"),
        "counted": max(counts),
        **{table: _records(make(found, names=[name] * len(found))) for table, make in LONG.items()},
    }


def _analyses(
    recording: Recording, exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> list[Analysis]:
    wanted = choose_exercise(recording, exercise)
    chosen = side or recording.side
    if chosen is None and exercise_row(wanted)["two_legs"]:
        return list(analyze_sides(recording, wanted))
    return [analyze(recording, wanted, side=chosen)]


def _records(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    cells = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [dict(zip(columns, values, strict=True)) for values in cells]


def tidy(batch: Any) -> dict[str, Any]:
    """Return the tables of what `analyze_batch` found, as `pyarrow.Table` by name."""
    pa = arrow()
    table = pa.Table.from_batches([batch])
    found = {"recordings": table.drop_columns(list(LONG))}
    for name in LONG:
        cells = table.column(name).combine_chunks().flatten()
        found[name] = pa.Table.from_batches([pa.RecordBatch.from_struct_array(cells)])
    return found
