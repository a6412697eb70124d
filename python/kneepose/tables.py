"""Built-in tables as plain data, and results of one or many analyses as long tables.

`accuracy`, `angles`, `borrowed`, `exercises`, `programme`, `reasons` and `skeletons` return a new
list of dicts, one per row, ready for JSON. `reps`, `measures`, `faults` and `frames` take analyses
and return arrays by column name, which pandas, Polars, pyarrow and DuckDB accept directly and
`write` writes.

Examples
--------
>>> import kneepose as kp
>>> [row["name"] for row in kp.tables.exercises()]
['squat', 'single_leg_squat', 'clamshell', 'fire_hydrant', 'sit_to_stand', 'split_squat', 'step_down']
>>> both = kp.analyze_sides(kp.sample("squat"), "squat")
>>> table = kp.tables.measures(both)
>>> list(table)[:6]
['recording', 'subject', 'session', 'date', 'side', 'exercise']
>>> sorted(set(table["side"]))
['left', 'right']
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.trials import analyses_of
from kneepose.columns import write_csv
from kneepose.errors import KneeposeError
from kneepose.exercises.programme import PROGRAMME
from kneepose.io.objects import needed
from kneepose.validity import Validity
from kneepose.writing import as_path, write_whole

if TYPE_CHECKING:
    from kneepose.typing import (
        AccuracyRow,
        AngleRow,
        BorrowedRow,
        ExerciseRow,
        ProgrammeRow,
        ReasonRow,
        SkeletonRow,
    )

__all__ = [
    "accuracy",
    "angles",
    "borrowed",
    "exercises",
    "faults",
    "frames",
    "measures",
    "programme",
    "reasons",
    "reps",
    "skeletons",
    "write",
]

#: Arrays of equal length by column name.
Columns: TypeAlias = dict[str, npt.NDArray[Any]]
Rows: TypeAlias = list[dict[str, Any]]


def accuracy() -> list[AccuracyRow]:
    """Return the systematic errors of estimators by family, space, view and angle, with their sources.

    The first matching row applies. A family of None and an empty list match everything.
    """
    return _core.accuracy_table()


def angles() -> list[AngleRow]:
    """Return all built-in angles: name, points, formula, side, plane, unit, zero, sign, gate, source."""
    return _core.angle_table()


def borrowed() -> list[BorrowedRow]:
    """Return the detectable changes from the literature that `compare` uses if the user has none.

    One row per angle, read at a matched depth: `change` (95 %, in the unit of the angle), its
    `method`, `study` and `source`, and the value published for an `automatic` method. A measure
    without a row has no verdict until `reliability` gives it one.

    Examples
    --------
    >>> [(row["angle"], row["change"], row["method"]) for row in borrowed()]
    [('fppa', 9.0, 'hand-measured')]
    """
    return _core.borrowed_changes()


def exercises() -> list[ExerciseRow]:
    """Return all built-in exercises: signal by view, smallest range, measures, faults and set-up."""
    return _core.exercise_table()


def programme() -> list[ProgrammeRow]:
    """Return the training programme, in the order in which its exercises begin.

    Each row has the dose (`sets` of `reps` (first, later), `days_per_week`, `tempo_s` out, held and
    back, `rest_s`, `weeks`), steps of `load` and of `depth_deg`, and the criteria to `begin`,
    `progress` and `regress`. `stands_for` lists recorded facts used for qualities that no camera
    measures, `expect` is the expected change, and `source` is the origin of each part: a study, or
    "default, no source".

    Examples
    --------
    >>> [(row["exercise"], row["sets"], row["reps"]) for row in programme()][0]
    ('clamshell', 3, [10, 20])
    """
    return copy.deepcopy(list(PROGRAMME))


def skeletons() -> list[SkeletonRow]:
    """Return all built-in skeletons: name, ordered keypoints, confidence threshold, and estimators."""
    return _core.skeleton_table()


def reasons() -> list[ReasonRow]:
    """Return all members of `Validity`: name, meaning and remedy."""
    return [
        {"name": name, "sentence": sentence, "remedy": remedy}
        for _, name, sentence, remedy in _core.validity_table()
    ]


def reps(analyses: Analysis | Sequence[Analysis], *, names: Sequence[str] | None = None) -> Columns:
    """Return one row per repetition, including those not counted.

    Parameters
    ----------
    analyses
        One result of `analyze`, or a sequence of them, of any exercises, sides and recordings.
    names
        Name of the recording of each analysis. None uses the title in its `meta`, else the first
        twelve digits of its `file_hash`, else its number. Equal names get a number appended.

    Returns
    -------
    Columns
        Arrays of equal length by name. ``recording, subject, session, date, side, exercise`` (text,
        empty where unknown); ``rep`` (from 1); ``start_s, bottom_start_s, bottom_s, bottom_end_s,
        end_s`` (s); ``range`` in ``unit``; ``signal`` (its angle), ``status``, ``counted``,
        ``probability`` and ``target`` (``reached``, ``missed`` or empty); ``validity``; and the
        provenance: ``schema, version, estimator, model_hash, skeleton, settings, method_hash,
        file_hash``. An analysis without a repetition has one row with ``rep`` 0, NaN, and the
        reason in ``validity``.

    Raises
    ------
    KneeposeError
        An item is no analysis, or the number of names differs.

    Examples
    --------
    >>> import kneepose as kp
    >>> table = reps(kp.analyze(kp.sample("squat"), "squat", side="left"))
    >>> table["status"].tolist()
    ['full', 'full', 'full', 'full', 'full']
    """
    return _long(analyses, names, _reps_of)


def measures(
    analyses: Analysis | Sequence[Analysis], *, names: Sequence[str] | None = None
) -> Columns:
    """Return one row per measure and repetition, and one per refused measure.

    Parameters
    ----------
    analyses, names
        As in `reps`.

    Returns
    -------
    Columns
        As in `reps`, with ``measure`` (angle and moment), ``unit``, ``rep``, ``counted``, ``value`` (NaN
        where not measured; signs as in `angles`) and ``validity``, the reason of a NaN. A refused
        measure has one row with ``rep`` 0.

    Raises
    ------
    KneeposeError
        As in `reps`.

    Examples
    --------
    >>> import kneepose as kp
    >>> table = measures(kp.analyze(kp.sample("squat"), "squat", side="left"))
    >>> of_it = table["measure"] == "peak_knee_flexion"
    >>> [round(value) for value in table["value"][of_it]]
    [79, 80, 82, 82, 88]
    """
    return _long(analyses, names, _measures_of)


def faults(
    analyses: Analysis | Sequence[Analysis], *, names: Sequence[str] | None = None
) -> Columns:
    """Return one row per fault of form, including those not assessed.

    Parameters
    ----------
    analyses, names
        As in `reps`.

    Returns
    -------
    Columns
        As in `reps`, with ``fault``, ``measure``, ``unit``, ``amount``, ``error`` and ``threshold``
        in that unit (NaN if not assessed), ``way`` (direction of the limit), ``finding`` (``seen``,
        ``borderline``, ``not seen`` or ``not assessed``) and ``validity``, the reason why it was
        not assessed.

    Raises
    ------
    KneeposeError
        As in `reps`.

    Examples
    --------
    >>> import kneepose as kp
    >>> table = faults(kp.analyze(kp.sample("squat"), "squat", side="left"))
    >>> dict(zip(table["fault"], table["finding"]))["trunk_lean"]
    'not seen'
    """
    return _long(analyses, names, _faults_of)


def frames(
    analyses: Analysis | Sequence[Analysis], *, names: Sequence[str] | None = None
) -> Columns:
    """Return one row per frame and angle, with all values of the analyses.

    Parameters
    ----------
    analyses, names
        As in `reps`.

    Returns
    -------
    Columns
        As in `reps`, with ``frame`` (from 0), ``time_s``, ``rep`` (number of the repetition that
        the frame lies in, else 0), ``angle``, ``angle_side`` (empty on the midline), ``unit``,
        ``value`` (NaN where not measured; signs as in `angles`) and ``validity``, the reason of a
        NaN. A thousand analyses of one minute have about fifty million rows, so process a few at a
        time.

    Raises
    ------
    KneeposeError
        As in `reps`.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("squat"), "squat", side="left")
    >>> len(frames(left)["value"]) == left.recording.n_frames * len(left.angles)
    True
    """
    return _long(analyses, names, _frames_of)


def write(columns: Mapping[str, npt.NDArray[Any]], path: str | Path) -> Path:
    """Write a table to a file in the format given by its extension, and return the path.

    Parameters
    ----------
    columns
        Arrays of equal length by name, from the functions of this module or from `columns` of a
        result.
    path
        ``.csv`` or ``.tsv`` (UTF-8, missing values empty), or ``.parquet``, which needs
        ``kneepose[files]``.

    Raises
    ------
    KneeposeError
        The extension is not supported, the path is a folder, or its folder does not exist.
    DependencyError
        pyarrow is not installed.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("squat"), "squat", side="left")
    >>> write(reps(left), "reps.csv")  # doctest: +SKIP
    PosixPath('reps.csv')
    """
    path = as_path(path, "path")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return write_csv(columns, path)
    if suffix not in (".parquet", ".pq"):
        raise KneeposeError(f"{path} must end in .csv, .tsv or .parquet.")
    pyarrow, parquet = (needed(name, "writing Parquet") for name in ("pyarrow", "pyarrow.parquet"))
    try:
        table = pyarrow.table(dict(columns))
    except (pyarrow.ArrowException, TypeError, AttributeError) as error:
        raise KneeposeError(
            f"the columns are no table ({error}); give arrays of one length."
        ) from None
    return write_whole(path, lambda file: parquet.write_table(table, file, compression="zstd"))


_OneTable: TypeAlias = Callable[[Analysis], Columns]


def _long(
    given: Analysis | Sequence[Analysis], names: Sequence[str] | None, table: _OneTable
) -> Columns:
    analyses = analyses_of(given, "analyses")
    if names is not None and (
        not isinstance(names, Sequence) or isinstance(names, str) or len(names) != len(analyses)
    ):
        raise KneeposeError(
            f"names is {names!r} for {len(analyses)} analyses; give a list with one name for each."
        )
    parts = []
    for analysis, name in zip(analyses, names or _names_of(analyses), strict=True):
        own = table(analysis)
        rows = len(next(iter(own.values())))
        source = analysis.source
        who = {
            "recording": str(name),
            "subject": source.subject or "",
            "session": source.session or "",
            "date": source.date or "",
            "side": analysis.side,
            "exercise": analysis.exercise,
        }
        made = analysis.provenance.trace()
        parts.append(_repeated(who, rows) | own | _repeated(made, rows))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _names_of(analyses: Sequence[Analysis]) -> list[str]:
    """Return the recording name of each analysis; different recordings get different names."""
    by_recording: dict[int, str] = {}
    taken: dict[str, int] = {}
    for analysis in analyses:
        source = analysis.source
        if id(source) in by_recording:
            continue
        title = str(source.meta.get("title", "")).strip()
        name = title or (source.file_hash or "")[:12] or str(len(by_recording) + 1)
        taken[name] = taken.get(name, 0) + 1
        by_recording[id(source)] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return [by_recording[id(analysis.source)] for analysis in analyses]


def _repeated(row: Mapping[str, str | int], rows: int) -> Columns:
    """Return repeated values as columns. Texts have dtype object, so that each is stored once."""
    return {
        name: np.full(rows, value, dtype=object if isinstance(value, str) else np.int64)
        for name, value in row.items()
    }


def _texts(values: Sequence[str]) -> npt.NDArray[Any]:
    return np.array(values, dtype=object)


_MOMENTS = ("start_s", "bottom_start_s", "bottom_s", "bottom_end_s", "end_s")
_TARGET = {True: "reached", False: "missed", None: ""}
_NAN = float("nan")


def _reps_of(analysis: Analysis) -> Columns:
    found = list(analysis.reps)
    reason = analysis.why_no_reps or Validity.NO_REPS
    rows: Rows = [
        {
            "rep": rep.number,
            **{name: getattr(rep, name) for name in _MOMENTS},
            "range": rep.range,
            "status": str(rep.status),
            "counted": str(rep.status) == "full",
            "probability": rep.probability,
            "target": _TARGET[rep.target_reached],
            "validity": str(Validity.OK),
        }
        for rep in found
    ] or [
        {
            "rep": 0,
            **dict.fromkeys(_MOMENTS, _NAN),
            "range": _NAN,
            "status": "",
            "counted": False,
            "probability": _NAN,
            "target": "",
            "validity": str(reason),
        }
    ]
    n = len(rows)
    named = _repeated({"signal": analysis.reps.signal_used, "unit": analysis.reps.unit}, n)
    columns = _columns(rows)
    return {"rep": columns.pop("rep"), **named, **columns}


def _measures_of(analysis: Analysis) -> Columns:
    rows: Rows = [
        {
            "measure": name,
            "unit": measure.unit,
            "rep": rep,
            "counted": bool(counted),
            "value": float(value),
            "validity": str(state),
        }
        for name, measure in analysis.measures.items()
        for rep, (counted, value, state) in enumerate(
            zip(measure.full, measure.values, measure.validity, strict=True), start=1
        )
    ]
    rows += [
        {
            "measure": refusal.measure,
            "unit": _unit_of(refusal.measure, analysis),
            "rep": 0,
            "counted": False,
            "value": _NAN,
            "validity": str(refusal.reason),
        }
        for refusal in analysis.refused
    ]
    return _columns(rows)


def _unit_of(measure: str, analysis: Analysis) -> str:
    """Return the unit of a refused measure."""
    if measure.endswith("_s"):
        return "s"
    unit = _unit_of_angle(measure)
    if unit is None:
        return analysis.reps.unit if measure == analysis.definition["peak"] else "deg"
    return unit


@lru_cache(maxsize=1024)
def _unit_of_angle(measure: str) -> str | None:
    """Return the unit of the built-in angle in the name of a measure; None if there is none."""
    units = {row["name"]: row["unit"] for row in _core.angle_table()}
    known = [name for name in units if measure.startswith(f"{name}_")]
    return units[max(known, key=len)] if known else None


def _faults_of(analysis: Analysis) -> Columns:
    rows: Rows = [
        {
            "fault": name,
            "measure": fault.measure,
            "unit": fault.unit,
            "amount": fault.amount,
            "error": fault.error,
            "threshold": fault.threshold,
            "way": fault.way,
            "finding": fault.words,
            "validity": str(fault.reason),
        }
        for name, fault in analysis.faults.items()
    ]
    return _columns(rows, _FAULT_TYPES)


_FAULT_TYPES = {
    "fault": object, "measure": object, "unit": object, "amount": float, "error": float,
    "threshold": float, "way": object, "finding": object, "validity": object,
}  # fmt: skip


def _frames_of(analysis: Analysis) -> Columns:
    found = analysis.angles
    n = len(found.times)
    keys = list(found)
    in_rep = np.zeros(n, dtype=np.int64)
    for rep in analysis.reps:
        if rep.start >= 0:
            in_rep[rep.start : rep.end + 1] = rep.number
    states = _texts([row["name"] for row in reasons()])

    def for_each(texts: Sequence[str]) -> npt.NDArray[Any]:
        return np.repeat(_texts(texts), n)

    return {
        "frame": np.tile(np.arange(n), len(keys)),
        "time_s": np.tile(found.times, len(keys)),
        "rep": np.tile(in_rep, len(keys)),
        "angle": for_each([name for name, _ in keys]),
        "angle_side": for_each([side or "" for _, side in keys]),
        "unit": for_each([found[key].unit for key in keys]),
        "value": found.data.T.ravel(),
        "validity": states[found.codes.T.ravel()],
    }


def _columns(rows: Rows, types: Mapping[str, type] | None = None) -> Columns:
    """Convert rows to columns; `types` gives names and types if there may be no row."""
    if types is None:
        types = {name: object if isinstance(v, str) else type(v) for name, v in rows[0].items()}
    return {name: np.array([row[name] for row in rows], dtype=kind) for name, kind in types.items()}
