"""Analysis of one record batch: recordings in, results out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from kneepose import tables
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.analysis.choice import choose_exercise
from kneepose.analysis.measures import Refusal
from kneepose.archive.layout import arrow, recording_of, rows_of
from kneepose.errors import FormatError, KneeposeError, RecordingWarning
from kneepose.exercises.spec import ExerciseSpec, check_side, exercise_row
from kneepose.recording.recording import Recording
from kneepose.typing import ExerciseName, Side
from kneepose.validity import Validity

__all__ = ["TABLES", "analyze_batch", "analyzed_schema", "check_task", "tidy"]

#: Name of a result table → function that makes it.
LONG: Final = {"reps": tables.reps, "measures": tables.measures, "faults": tables.faults}
#: Columns of `analyze_batch`'s result that hold lists of rows.
NESTED: Final = (*LONG, "refusals")
#: Names of the tables that `analyze` writes.
TABLES: Final = ("recordings", *NESTED)
_TYPES: Final = {"O": "string", "U": "string", "f": "float64", "i": "int64", "b": "bool_"}
_WHO: Final = ("subject", "session", "date", "side", "exercise")


class _Found(NamedTuple):
    """Result for one recording: its cells in the table of recordings, and its other tables."""

    cells: dict[str, Any]
    tables: dict[str, Mapping[str, Any]]


def analyze_batch(
    batch: Any, *, exercise: ExerciseName | ExerciseSpec | None = None, side: Side | None = None
) -> Any:
    """Analyze every recording of a record batch; nothing else is read or changed.

    A recording that cannot be analyzed is reported in its own row; the other rows are not affected.

    Parameters
    ----------
    batch
        `pyarrow.RecordBatch` or `pyarrow.Table` of `recording_schema`.
    exercise, side
        As in `analyze`. None takes the exercise and side that each recording states. If none states
        a side, two-leg exercises are analyzed for both sides.

    Returns
    -------
    pyarrow.RecordBatch or pyarrow.Table
        One row for each given row, in the same order, with `analyzed_schema`. Degrees, seconds
        and % as in `kneepose.tables`; NaN where not measured, with the reason in ``validity``.

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
    pa, schema = arrow(), analyzed_schema()
    found = [_found(row, exercise, side) for row in rows_of(batch)]
    arrays = [
        _lists([one.tables.get(field.name) for one in found], field.type)
        if field.name in NESTED
        else pa.array([one.cells[field.name] for one in found], type=field.type)
        for field in schema
    ]
    made = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return made if isinstance(batch, pa.RecordBatch) else pa.Table.from_batches([made])


def _lists(columns: list[Mapping[str, Any] | None], kind: Any) -> Any:
    """Return an Arrow list array with one list of structs per table; None becomes an empty list."""
    pa = arrow()
    sizes = [0 if one is None else len(next(iter(one.values()))) for one in columns]
    offsets = pa.array(np.cumsum([0, *sizes]), type=pa.int32())
    there = [one for one in columns if one is not None]
    arrays = [
        pa.array(np.concatenate([one[field.name] for one in there]) if there else [], field.type)
        for field in kind.value_type
    ]
    rows = pa.StructArray.from_arrays(arrays, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(offsets, rows)


def check_task(exercise: ExerciseName | ExerciseSpec | None, side: Side | None) -> str:
    """Return exercise and side as text that identifies the task.

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
    """Return the Arrow schema of results: one row per recording, with its tables as lists.

    ``state`` is ``measured``, ``refused`` (``why`` is the reason, a code of `Validity` or a
    message) or ``failed`` (``why`` is the error). ``reps``, ``measures`` and ``faults`` hold the
    rows of the functions of the same names in `kneepose.tables`. ``refusals`` holds one row for
    each leg without repetitions and each refused measure: ``measure`` (empty where nothing was
    measured), ``reason``, ``sentence`` and ``remedy``.
    """
    pa = arrow()
    own = [(name, pa.string()) for name in ("recording", *_WHO, "state", "why")]
    # Every analysis has the same columns and types, so an analysis without repetitions shows them.
    still = Recording(np.full((30, 17, 2), 100.0), skeleton="coco17", fps=30.0)
    made = analyze(still, "squat", side="left")
    nested = []
    for name, table in _tables_of("", [made]).items():
        kinds = [(column, _TYPES[values.dtype.kind]) for column, values in table.items()]
        struct = pa.struct([(column, getattr(pa, kind)()) for column, kind in kinds])
        nested.append((name, pa.list_(struct)))
    return pa.schema([*own, ("counted", pa.int32()), *nested])


def _found(
    row: Mapping[str, Any], exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> _Found:
    name = str(row["recording"])
    cells = {"recording": name, **{key: row.get(key) for key in _WHO}, "counted": None}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            found = _analyses(recording_of(row, name), exercise, side)
            made = _tables_of(name, found)
    except FormatError as error:
        return _refused(cells, "failed", str(error))
    except KneeposeError as error:
        return _refused(cells, "refused", str(error))
    except MemoryError:
        raise
    except Exception as error:  # one damaged row must not fail the whole batch
        return _refused(cells, "failed", f"{type(error).__name__}: {error}")
    counts = [analysis.reps.count for analysis in found]
    reasons = [str(a.why_no_reps) for a in found if a.why_no_reps is not None]
    measured = any(counts)
    cells |= {
        "side": found[0].side if len(found) == 1 else None,
        "exercise": found[0].exercise,
        "state": "measured" if measured else "refused",
        "why": None if measured else next(iter(reasons), str(Validity.NO_REPS)),
        "counted": max(counts),
    }
    return _Found(cells, made)


def _refused(cells: dict[str, Any], state: str, why: str) -> _Found:
    """Return the row of a recording that was not analyzed."""
    who = {key: cells[key] or "" for key in ("recording", *_WHO)}
    rows = [{**who, "measure": "", "reason": state, "sentence": why, "remedy": ""}]
    return _Found(cells | {"state": state, "why": why}, {"refusals": _objects(rows)})


def _tables_of(name: str, analyses: list[Analysis]) -> dict[str, Mapping[str, Any]]:
    names = [name] * len(analyses)
    found: dict[str, Mapping[str, Any]] = {
        table: make(analyses, names=names) for table, make in LONG.items()
    }
    return found | {"refusals": _objects([row for a in analyses for row in _refusals(name, a)])}


def _refusals(name: str, analysis: Analysis) -> list[dict[str, str]]:
    source = analysis.source
    who = {
        "recording": name,
        **{key: getattr(source, key) or "" for key in ("subject", "session", "date")},
        "side": str(analysis.side),
        "exercise": analysis.exercise,
    }
    none = analysis.why_no_reps
    whole = () if none is None else (Refusal("", none, none.remedy),)
    return [
        {
            **who,
            "measure": refusal.measure,
            "reason": str(refusal.reason),
            "sentence": refusal.reason.sentence,
            "remedy": refusal.remedy or "",
        }
        for refusal in (*whole, *analysis.refused)
    ]


_REFUSAL: Final = ("recording", *_WHO, "measure", "reason", "sentence", "remedy")


def _objects(rows: list[dict[str, str]]) -> Mapping[str, Any]:
    return {name: np.array([row[name] for row in rows], dtype=object) for name in _REFUSAL}


def _analyses(
    recording: Recording, exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> list[Analysis]:
    wanted = choose_exercise(recording, exercise)
    chosen = side or recording.side
    if chosen is None and exercise_row(wanted)["two_legs"]:
        return list(analyze_sides(recording, wanted))
    return [analyze(recording, wanted, side=chosen)]


def tidy(batch: Any) -> dict[str, Any]:
    """Split the result of `analyze_batch` into `pyarrow.Table`s by name."""
    pa = arrow()
    table = pa.Table.from_batches([batch])
    found = {"recordings": table.drop_columns(list(NESTED))}
    for name in NESTED:
        cells = table.column(name).combine_chunks().flatten()
        found[name] = pa.Table.from_batches([pa.RecordBatch.from_struct_array(cells)])
    return found
