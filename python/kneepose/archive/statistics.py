"""Statistics over the tables of an archive: reliability, left against right, and change over days.

The formulas are those of `kneepose.arrays` and `kneepose.history`, applied to every subject at
once. The three functions take the folder that `analyze` wrote and return arrays by column name.
Polars, pandas, pyarrow and DuckDB accept these directly, and `kneepose.tables.write` writes them.
Values are compared only within one exercise, estimator, model file and method.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose.archive.layout import arrow
from kneepose.arrays.inference import mean_difference
from kneepose.arrays.studies import day_error
from kneepose.columns import columns_of
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.history.course import (
    BASELINE_DAYS,
    LEAST_FREEDOM,
    OwnError,
    Visit,
    beyond_limit,
    verdict_of,
)
from kneepose.validity import Validity
from kneepose.writing import as_path

__all__ = ["reliability", "sides", "trends"]

F64 = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]

_ALIKE: Final = ("exercise", "measure", "unit", "estimator", "model_hash", "method_hash")
_OCCASION: Final = ("subject", "side", "date", "session")
_NAN: Final = float("nan")


class _Occasion(NamedTuple):
    """Values of the counted repetitions of one leg on one occasion (date and session)."""

    alike: tuple[str, ...]
    subject: str
    side: str
    date: str
    session: str
    values: F64

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))


def reliability(
    tables: str | Path,
    *,
    measures: Sequence[str] | None = None,
    sessions: Sequence[str] | None = None,
    by_subject: bool = False,
) -> Columns:
    """Return the test-retest reliability of each measure, from legs that were recorded repeatedly.

    The value of an occasion is the mean over all counted repetitions of its recordings. An occasion is
    a date and a session; those compared must have no true change between them.

    Parameters
    ----------
    tables
        Folder that `kneepose.archive.analyze` wrote.
    measures
        Names of measures; None takes all, which needs memory for all values.
    sessions
        Names of the sessions to compare. None takes the first two occasions of each leg if they are at
        most ten days apart. Legs without all of them are left out.
    by_subject
        True gives the subject's own error, from both legs on all occasions, or on those of `sessions`.

    Returns
    -------
    Columns
        One row per exercise, measure and way of making it (``estimator, model_hash, method_hash``), and
        per subject if asked for. ``between`` is ``session`` if the occasions of each leg have one date,
        ``day`` if each has another, else empty. ``freedom``, ``sem``, ``sem_low``, ``sem_high``,
        ``icc``, ``mdc``, ``bias``, ``limit_low`` and ``limit_high`` are those of
        `kneepose.arrays.day_error`, in ``unit``, over ``people``, ``legs`` and ``occasions``: the legs
        of one person share the day and the camera, and are not counted as independent. NaN where too
        few people or occasions are there.

    Raises
    ------
    KneeposeError
        No tables are in the folder, or no recording names its subject.
    UnknownNameError
        No table has such a measure.

    References
    ----------
    As in `kneepose.arrays.day_error`.

    Examples
    --------
    >>> own = reliability("tables", measures=["fppa_at_bottom"])  # doctest: +SKIP
    """
    rows = []
    for alike, occasions in groupby(_occasions(tables, measures), key=lambda one: one.alike):
        legs = [list(leg) for _, leg in groupby(occasions, key=lambda one: (one.subject, one.side))]
        for subject, own in _grouped(legs, by_subject):
            chosen = [one for leg in own if (one := _repeats(leg, sessions, by_subject))]
            count = max(map(len, chosen), default=0)
            full = [leg for leg in chosen if len(leg) == count]
            if count < 2:
                continue
            found = day_error(_nested(full))
            rows.append(
                dict(zip(_ALIKE, alike, strict=True))
                | ({"subject": subject} if by_subject else {})
                | {
                    "between": _between(full),
                    "people": found.people,
                    "legs": len(full),
                    "occasions": count,
                    "freedom": found.freedom,
                    "sem": found.sem,
                    "sem_low": found.sem_ci[0],
                    "sem_high": found.sem_ci[1],
                    "icc": found.icc,
                    "mdc": found.mdc,
                    "bias": found.bias,
                    "limit_low": found.limits[0],
                    "limit_high": found.limits[1],
                }
            )
    names = [*_ALIKE, *(["subject"] if by_subject else []), *_RELIABILITY]
    return columns_of(rows, names)


_RELIABILITY: Final = (
    "between", "people", "legs", "occasions", "freedom", "sem", "sem_low", "sem_high", "icc", "mdc",
    "bias", "limit_low", "limit_high",
)  # fmt: skip


def _nested(legs: Sequence[list[_Occasion]]) -> F64:
    """Return the means per occasion, shape (people, 2, occasions); NaN for a leg without data."""
    people = {subject: n for n, subject in enumerate(dict.fromkeys(leg[0].subject for leg in legs))}
    values = np.full((len(people), len(_SIDE_PLACES), len(legs[0])), _NAN)
    for leg in legs:
        values[people[leg[0].subject], _SIDE_PLACES[leg[0].side]] = [one.mean for one in leg]
    return values


_SIDE_PLACES: Final = {"left": 0, "right": 1}


def _grouped(
    legs: list[list[_Occasion]], by_subject: bool
) -> Iterator[tuple[str, list[list[_Occasion]]]]:
    if not by_subject:
        yield "", legs
        return
    for subject, own in groupby(legs, key=lambda leg: leg[0].subject):
        yield subject, list(own)


def _repeats(
    leg: list[_Occasion], sessions: Sequence[str] | None, every: bool
) -> list[_Occasion] | None:
    """Return the occasions of a leg that are compared; None if any is missing."""
    if sessions is not None:
        by_name = {one.session: one for one in leg}
        return [by_name[name] for name in sessions] if set(sessions) <= set(by_name) else None
    if every:
        return leg
    near = len(leg) > 1 and _days(leg[0], leg[1]) <= BASELINE_DAYS
    return leg[:2] if near else None


def _between(legs: list[list[_Occasion]]) -> str:
    days = [len({one.date for one in leg}) for leg in legs]
    if any(not one.date for leg in legs for one in leg):
        return ""
    if set(days) == {1}:
        return "session"
    return "day" if all(n == len(leg) for n, leg in zip(days, legs, strict=True)) else ""


def sides(tables: str | Path, *, measures: Sequence[str] | None = None) -> Columns:
    """Compare left with right for every subject on every occasion that has both legs.

    The difference and its interval come from the repetitions, by Welch's t. They still include the
    effect of a turned camera on the two legs, which `kneepose.compare` subtracts before it gives a
    verdict.

    Parameters
    ----------
    tables, measures
        As in `reliability`.

    Returns
    -------
    Columns
        One row per exercise, measure, subject, date and session: ``left``, ``right`` (means in
        ``unit``), ``n_left``, ``n_right`` (repetitions), ``difference`` (right minus left), ``low`` and
        ``high`` (95 %; NaN below two repetitions a leg).

    Raises
    ------
    KneeposeError, UnknownNameError
        As in `reliability`.

    Examples
    --------
    >>> both = sides("tables", measures=["fppa_at_bottom"])  # doctest: +SKIP
    """
    rows = []
    for alike, occasions in groupby(_occasions(tables, measures), key=lambda one: one.alike):
        ordered = sorted(occasions, key=lambda one: (one.subject, one.date, one.session, one.side))
        same = groupby(ordered, key=lambda one: (one.subject, one.date, one.session))
        for (subject, date, session), legs in same:
            by_side = {one.side: one for one in legs}
            if not {"left", "right"} <= set(by_side):
                continue
            left, right = by_side["left"], by_side["right"]
            found = mean_difference(left.values, right.values)
            rows.append(
                dict(zip(_ALIKE, alike, strict=True))
                | {
                    "subject": subject,
                    "date": date,
                    "session": session,
                    "left": left.mean,
                    "right": right.mean,
                    "n_left": left.values.size,
                    "n_right": right.values.size,
                    "difference": found.difference,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return columns_of(rows, [*_ALIKE, *_SIDES])


_SIDES: Final = (
    "subject", "date", "session", "left", "right", "n_left", "n_right", "difference", "low", "high",
)  # fmt: skip


def trends(
    tables: str | Path,
    *,
    measures: Sequence[str] | None = None,
    own: Mapping[str, npt.NDArray[Any]] | None = None,
) -> Columns:
    """Return the change of every leg against its own first days.

    The baseline is the mean of the first two days at most ten days apart, or of the first. As in
    `kneepose.History.trend`, a change counts beyond Student's quantile of the error of measurement, for
    all legs and exercises of a subject together, and ``changed`` needs it on the last two days. The
    guards of `History.trend` against another camera need the recordings and are not asked here.

    Parameters
    ----------
    tables, measures
        As in `reliability`.
    own
        Result of `reliability`, of days (``between`` is ``day``), by subject or of all. None judges
        nothing.

    Returns
    -------
    Columns
        One row per exercise, measure, subject, side and day after the baseline: ``baseline`` and
        ``value`` (means in ``unit``), ``baseline_days``, ``n`` (repetitions), ``date``, ``week`` (since
        the baseline), ``change``, ``low`` and ``high`` (95 % interval of the repetitions alone),
        ``detectable`` (NaN where the error is not known, or has fewer than five degrees of freedom),
        ``beyond``, and ``verdict`` on the course: the
        words of `kneepose.history.Change`.

    Raises
    ------
    KneeposeError
        As in `reliability`, or `own` is no table of it.
    UnknownNameError
        As in `reliability`.

    Examples
    --------
    >>> own = reliability("tables", measures=["fppa_at_bottom"])  # doctest: +SKIP
    >>> weeks = trends("tables", measures=["fppa_at_bottom"], own=own)  # doctest: +SKIP
    """
    errors = _errors(own)
    rows: list[dict[str, Any]] = []
    for alike, occasions in groupby(_occasions(tables, measures), key=lambda one: one.alike):
        for subject, mine in groupby(occasions, key=lambda one: one.subject):
            legs = [list(leg) for _, leg in groupby(mine, key=lambda one: one.side)]
            error = errors.get((*alike, subject)) or errors.get(alike)
            for leg in legs:
                rows += _course(leg, error, len(legs))
    return columns_of(rows, [*_ALIKE, *_TREND])


_TREND: Final = (
    "subject", "side", "baseline", "baseline_days", "date", "week", "value", "n", "change", "low",
    "high", "detectable", "beyond", "verdict",
)  # fmt: skip


def _errors(own: Mapping[str, npt.NDArray[Any]] | None) -> dict[tuple[str, ...], OwnError]:
    if own is None:
        return {}
    keys = [*_ALIKE, *(["subject"] if "subject" in own else [])]
    if not {*keys, "between", "sem", "freedom"} <= set(own):
        raise KneeposeError(
            f"own has the columns {', '.join(own)}; give what kneepose.archive.reliability returned."
        )
    found = {}
    for number, between in enumerate(own["between"]):
        if between == "session":
            raise KneeposeError(
                "own is the error between sessions of one day; a change over days needs that of "
                "different days."
            )
        error = OwnError(float(own["sem"][number]), float(own["freedom"][number]))
        if between == "day" and error.freedom >= LEAST_FREEDOM:
            found[tuple(str(own[key][number]) for key in keys)] = error
    return found


def _course(leg: list[_Occasion], error: OwnError | None, verdicts: int) -> list[dict[str, Any]]:
    """Return the rows of a leg: one for each day after the baseline."""
    days = [list(day) for _, day in groupby(leg, key=lambda one: one.date)]
    days = [day for day in days if day[0].date]
    if not days:
        return []
    first = days[0][0]
    start = [day for day in days if _days(first, day[0]) <= BASELINE_DAYS][:2]
    before = [np.concatenate([one.values for one in day]) for day in start]
    baseline = float(np.mean([np.mean(values) for values in before]))
    limit = beyond_limit(error, len(start), verdicts)
    visits, rows = [], []
    for day in days[len(start) :]:
        values = np.concatenate([one.values for one in day])
        value = float(np.mean(values))
        change = value - baseline
        within = mean_difference(np.concatenate(before), values)
        visit = Visit(
            date=day[0].date,
            week=_days(start[-1][0], day[0]) / 7,
            value=value,
            n=values.size,
            change=change,
            detectable=limit,
            beyond=limit is not None and abs(change) > limit,
            reason=Validity.OK if limit is not None else Validity.NO_DETECTABLE_CHANGE,
        )
        visits.append(visit)
        rows.append(
            dict(zip(_ALIKE, first.alike, strict=True))
            | {
                "subject": first.subject,
                "side": first.side,
                "baseline": baseline,
                "baseline_days": len(start),
                "date": visit.date,
                "week": visit.week,
                "value": value,
                "n": visit.n,
                "change": change,
                "low": within.low,
                "high": within.high,
                "detectable": _NAN if limit is None else limit,
                "beyond": visit.beyond,
            }
        )
    verdict = str(verdict_of(visits, known=error is not None))
    return [row | {"verdict": verdict} for row in rows]


def _days(first: _Occasion, second: _Occasion) -> int:
    """Return the days between two occasions; 0 where a date is not known."""
    if not (first.date and second.date):
        return 0
    dates = [datetime.date.fromisoformat(one.date) for one in (first, second)]
    return abs((dates[1] - dates[0]).days)


def _occasions(tables: str | Path, measures: Sequence[str] | None) -> Iterator[_Occasion]:
    """Yield the occasions of all subjects, sorted by exercise, method, leg and date."""
    table = _counted(as_path(tables, "tables"), measures)
    keys = (*_ALIKE, *_OCCASION)
    columns = [table.column(name).combine_chunks() for name in keys]
    texts = [np.array(column.dictionary.to_pylist(), dtype=object) for column in columns]
    # Rank texts alphabetically; dictionary codes follow the order in which the parts list the
    # texts.
    ranks = [np.argsort(np.argsort(text)) for text in texts]
    codes = [rank[column.indices.to_numpy()] for rank, column in zip(ranks, columns, strict=True)]
    texts = [np.sort(text) for text in texts]
    order = np.lexsort(codes[::-1])
    codes = [code[order] for code in codes]
    values = table.column("value").to_numpy()[order]
    new = np.flatnonzero(np.any([np.diff(code) != 0 for code in codes], axis=0)) + 1
    for start, stop in zip([0, *new.tolist()], [*new.tolist(), len(values)], strict=True):
        text = [str(names[code[start]]) for names, code in zip(texts, codes, strict=True)]
        subject, side, date, session = text[len(_ALIKE) :]
        yield _Occasion(
            tuple(text[: len(_ALIKE)]), subject, side, date, session, values[start:stop]
        )


def _counted(tables: Path, measures: Sequence[str] | None) -> Any:
    """Return the values of counted repetitions of named subjects, with texts dictionary-encoded."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    compute = arrow("pyarrow.compute")
    folder = tables / "measures"
    parts = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not parts:
        raise KneeposeError(
            f"{tables} holds no tables of an archive: no measures/*.parquet is in it. Make them with "
            "kneepose.archive.analyze(archive, tables)."
        )
    if isinstance(measures, str):
        raise KneeposeError(f"measures is one name; give a list: [{measures!r}].")
    if measures is not None and not len(measures):
        raise KneeposeError(
            "measures is empty; give names, such as ['fppa_at_60'], or None for all."
        )
    texts = [*_ALIKE, *_OCCASION]
    found, known, named = [], set(), False
    for part in parts:
        read = [*texts, "counted", "value"]
        table = parquet.read_table(part, columns=read, read_dictionary=texts)
        known.update(table.column("measure").unique().to_pylist())
        keep = compute.and_(table.column("counted"), compute.is_finite(table.column("value")))
        subject = compute.not_equal(table.column("subject"), "")
        named = named or bool(compute.any(subject).as_py())
        keep = compute.and_(keep, subject)
        if measures is not None:
            wanted = compute.is_in(table.column("measure"), value_set=pa.array(list(measures)))
            keep = compute.and_(keep, wanted)
        found.append(table.select([*texts, "value"]).filter(keep))
    for name in measures or ():
        if name not in known:
            raise UnknownNameError.of("measure", name, sorted(known))
    if not named:
        raise KneeposeError(
            f"no recording of {tables} names its subject; give it before the archive is written: "
            "recording.labeled(subject=…)."
        )
    return pa.concat_tables(found).unify_dictionaries()
