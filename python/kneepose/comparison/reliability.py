"""`reliability` and `Reliability`: test-retest reliability of measures from repeated sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.trials import analyses_of, check_once, check_same
from kneepose.arrays.inference import MeasureReliability
from kneepose.arrays.inference import reliability as reliability_of
from kneepose.columns import Table, columns_of
from kneepose.comparison.likeness import common_set_up
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.records import Provenance, ReadOnlyMapping, Result
from kneepose.typing import Between
from kneepose.words.units import number

__all__ = ["Reliability", "reliability"]


class Reliability(Table, Result, Mapping[str, MeasureReliability]):
    """Result of `reliability`, a mapping from the name of a measure to its reliability.

    Each entry has `sem`, `sem_ci`, `icc`, `mdc`, `bias` and `limits`, in the unit of the measure; see
    `kneepose.arrays.reliability`. `mdc` is NaN below five degrees of freedom.

    Attributes
    ----------
    between
        ``"session"``: the repeats are from one session, and the error applies to two legs filmed
        one after the other. ``"day"``: the repeats are from different days, and the error applies
        to changes over time. None if the recordings have no dates and `between` was not given.
    set_up
        Settings of all sessions, name → value: estimator, model file, skeleton, space, view,
        exercise, cut-off, frame rate and more. The value is ``"several"`` where the sessions
        differ.
    provenance
        Version, estimator, skeleton and settings; also attributes of their own.
    """

    __slots__ = ("_by_measure", "_units", "between", "provenance", "set_up")

    kind = "reliability"
    _absent = MappingProxyType(
        {"between": None, "set_up": ReadOnlyMapping(), "provenance": Provenance()}
    )

    _by_measure: dict[str, MeasureReliability]
    _units: dict[str, str]
    between: Between | None
    set_up: Mapping[str, Any]

    def __init__(
        self,
        by_measure: Mapping[str, MeasureReliability],
        units: Mapping[str, str],
        between: Between | None = None,
        set_up: Mapping[str, Any] | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        self._by_measure = dict(by_measure)
        self._units = dict(units)
        self.between = between
        self.set_up = ReadOnlyMapping(set_up)
        self.provenance = provenance or Provenance()

    def __getitem__(self, name: str) -> MeasureReliability:
        if name not in self._by_measure:
            raise UnknownNameError.of("measure", name, list(self._by_measure))
        return self._by_measure[name]

    def __iter__(self) -> Any:
        return iter(self._by_measure)

    def __len__(self) -> int:
        return len(self._by_measure)

    @property
    def mdc(self) -> dict[str, float]:
        """Name of a measure → minimal detectable change (95 %), where known and above zero."""
        return {name: one.mdc for name, one in self.items() if np.isfinite(one.mdc) and one.mdc > 0}

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per measure, for pandas, Polars and pyarrow."""
        return columns_of(
            [
                {
                    "measure": name,
                    "unit": self._units[name],
                    "people": one.people,
                    "subjects": one.subjects,
                    "sessions": one.sessions,
                    "sem": one.sem,
                    "sem_low": one.sem_ci[0],
                    "sem_high": one.sem_ci[1],
                    "icc": one.icc,
                    "mdc": one.mdc,
                    "bias": one.bias,
                    "limit_low": one.limits[0],
                    "limit_high": one.limits[1],
                }
                for name, one in self.items()
            ]
        )

    def __repr__(self) -> str:
        if not self:
            return "No measure has a value in every session."
        some = max(self.values(), key=lambda one: one.subjects)
        known = self.mdc
        of = (
            f" of {some.people} {'person' if some.people == 1 else 'people'}" if some.people else ""
        )
        lines = [
            f"{len(self)} measures, up to {some.subjects} legs{of}, "
            f"{some.sessions} sessions{_BETWEEN_WORDS[self.between]}"
            + (
                ""
                if known
                else ": too few for a detectable change (five degrees of freedom needed)"
            ),
            f"  {'':<36}{'SEM':>8}{'95 % interval':>18}{'ICC':>7}{'MDC 95':>9}{'bias':>8}",
        ]
        for name, one in self.items():
            unit = self._units[name]
            interval = " to ".join(number(edge, unit) for edge in one.sem_ci)
            icc = f"{one.icc:.2f}" if np.isfinite(one.icc) else "–"
            mdc = number(one.mdc, unit) if np.isfinite(one.mdc) else "–"
            lines.append(
                f"  {name:<36}{number(one.sem, unit):>8}{interval:>18}{icc:>7}{mdc:>9}"
                f"{number(one.bias, unit, signed=True):>8}"
            )
        return "\n".join(lines)


_BETWEEN_WORDS = {"session": " of one day", "day": " on different days", None: ""}


def reliability(
    sessions: Sequence[Analysis | Sequence[Analysis]], *, between: Between | None = None
) -> Reliability:
    """Estimate the error of measurement from repeated sessions of the same legs.

    Each session contains the same legs in the same order, recorded in the same way, without a true
    change between the sessions. The value of a session is the mean over its full repetitions. A
    two-way analysis of variance separates a shift that all people share (bias) from the error. The
    two legs of one person share the day and the camera, so they do not count as independent
    (`kneepose.arrays.day_error`). With one person, a shift that both legs share counts as error.
    The standard error of measurement is SEM = √(mean square of the error). The minimal detectable
    change (95 %) is MDC = 1.96·√2·SEM.

    Parameters
    ----------
    sessions
        Two or more sessions, each an analysis or a list of analyses (legs, persons). A leg belongs
        to the person named in its recording (``recording.labeled(subject=…)``). Without names, an
        adjacent left and right leg count as one person. A detectable change needs at least five
        degrees of freedom: six people in two sessions, or one person in six. Fewer suffice if the
        errors of both legs are not correlated.
    between
        ``"session"``: repeats in one session, for differences between two legs. ``"day"``: repeats
        on different days, for changes of one leg. None derives it from the dates of the recordings.
        `compare` uses each result only for its own purpose.

    Returns
    -------
    Reliability
        SEM with its 95 % interval, ICC(2,1), MDC, bias and limits of agreement of each measure. If a
        leg lacks a measure in a session, the other legs are used.

    Raises
    ------
    KneeposeError
        There are fewer than two sessions, the sessions differ in length, the analyses of a leg are
        not comparable or of different people, a person has the same leg twice in a session, or
        `between` is invalid or contradicts the dates.

    References
    ----------
    Shrout and Fleiss 1979 (ICC), Bland and Altman 1986 (limits of agreement), Weir 2005 (SEM, MDC), Box
    1954 (degrees of freedom of legs).

    Examples
    --------
    >>> import kneepose as kp
    >>> name, rec = "single_leg_squat", kp.sample("single_leg_squat_left")
    >>> sets = [kp.analyze(part, name, side="left") for part in (rec[:700], rec[700:])]
    >>> own = kp.reliability(sets, between="session")
    >>> own.between, own["fppa_at_60"].sessions, own.set_up["cutoff_hz"]
    ('session', 2, 4.0)
    """
    if isinstance(sessions, Analysis) or not isinstance(sessions, Sequence):
        raise KneeposeError(
            f"sessions is {type(sessions).__name__}; give a list of two or more sessions, each an "
            "analysis or a list of analyses."
        )
    table = [analyses_of(one, f"session {number}") for number, one in enumerate(sessions, start=1)]
    counts = {len(session) for session in table}
    if len(table) < 2 or len(counts) != 1 or counts == {0}:
        raise KneeposeError(
            f"sessions hold {[len(session) for session in table]} analyses; give two or more sessions "
            "of the same legs in the same order."
        )
    for session in table:
        for leg, other in zip(table[0], session, strict=True):
            check_same(leg, other, side=True)
            check_same(table[0][0], other)
    check_once([leg for session in table for leg in session])
    places = _places(table)
    names = dict.fromkeys(name for session in table for leg in session for name in leg.measures)
    units = {
        name: next(
            leg.measures[name].unit for session in table for leg in session if name in leg.measures
        )
        for name in names
    }
    found = {}
    for name in names:
        values = np.full((_next(places), 2, len(table)), np.nan)
        for n, (person, side) in enumerate(places):
            values[person, side] = [_mean(session[n], name) for session in table]
        one = reliability_of(values)
        if one.subjects:
            found[name] = one
    every = [leg for session in table for leg in session]
    set_up = common_set_up(every)
    occasion = _occasion(table, between)
    provenance = every[0].provenance
    for leg in every[1:]:
        provenance = provenance.of_both(leg.provenance)
    provenance = provenance.of_both(provenance, between=occasion, **set_up)
    return Reliability(found, units, occasion, set_up, provenance)


def _places(table: Sequence[Sequence[Analysis]]) -> list[tuple[int, int]]:
    """Return (person, leg) indices for each leg of a session; leg is 0 for left and 1 for right.

    Raises
    ------
    KneeposeError
        A leg belongs to different people, or a person has the same leg twice.
    """
    people: dict[str, int] = {}
    places: list[tuple[int, int]] = []
    last: str | None = None
    for n, legs in enumerate(zip(*table, strict=True)):
        names = {leg.source.subject for leg in legs} - {None}
        if len(names) > 1:
            raise KneeposeError(
                f"leg {n + 1} of the sessions is of {sorted(map(str, names))}; give the same legs in "
                "the same order, or correct the names: recording.labeled(subject=…)."
            )
        side = ("left", "right").index(legs[0].side)
        name = names.pop() if names else None
        if name is None:
            # Two adjacent unnamed legs form one person; a third one starts the next person.
            free = places and last is None and places[-1][1] != side
            pair = free and (len(places) < 2 or places[-2][0] != places[-1][0])
            person = places[-1][0] if pair else _next(places)
        else:
            person = people.setdefault(name, _next(places))
        if (person, side) in places:
            raise KneeposeError(
                f"the {legs[0].side} leg of {name} is there twice in each session; join its trials: "
                "give each leg once."
            )
        places.append((person, side))
        last = name
    return places


def _next(places: Sequence[tuple[int, int]]) -> int:
    return 1 + max((person for person, _ in places), default=-1)


def _occasion(table: Sequence[Sequence[Analysis]], between: Between | None) -> Between | None:
    """Return whether the sessions are from one day or several, as given or from their dates."""
    if between is not None and between not in get_args(Between):
        raise UnknownNameError.of("between", between, get_args(Between))
    days = [[leg.source.date for leg in of_leg] for of_leg in zip(*table, strict=True)]
    if any(None in of_leg for of_leg in days):
        return between
    if all(len(set(of_leg)) == 1 for of_leg in days):
        seen: Between | None = "session"
    elif all(len(set(of_leg)) == len(of_leg) for of_leg in days):
        seen = "day"
    else:
        seen = None
    if between is not None and between != seen:
        raise KneeposeError(
            f"between is {between!r}, but the recordings are of the days "
            f"{sorted({day for of_leg in days for day in of_leg if day})}; leave it out, or correct the "
            "dates: recording.labeled(date=…)."
        )
    return seen


def _mean(analysis: Analysis, name: str) -> float:
    measure = analysis.measures.get(name)
    return float("nan") if measure is None or not measure.n else measure.mean
