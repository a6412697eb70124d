"""Test-retest reliability of measures from repeated sessions."""

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
        ``"session"``: the repeats are of one session, and their error is that of two legs filmed one
        after the other. ``"day"``: they are of different days, and their error is that of a change. None
        if the recordings have no dates and nobody said so.
    set_up
        Name → value of what all sessions were made with: estimator, model file, skeleton, space, view,
        exercise, cut-off, frame rate and more; ``"several"`` where they differ.
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
        some = next(iter(self.values()))
        known = self.mdc
        lines = [
            f"{len(self)} measures, up to {max(one.subjects for one in self.values())} legs, "
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
    change between the sessions. The value of a session is the mean over its full repetitions. A two-way
    analysis of variance separates a shift that all legs share (bias) from the error. The standard error
    of measurement is SEM = √(mean square of the error). The minimal detectable change (95 %) is
    MDC = 1.96·√2·SEM.

    Parameters
    ----------
    sessions
        Two or more sessions, each an analysis or a list of analyses (legs, persons). A detectable
        change needs at least five degrees of freedom, (legs − 1)·(sessions − 1) or, for one leg,
        sessions − 1: six legs in two sessions, or one leg in six.
    between
        ``"session"``: repeats of one session, which tell how far two legs must differ. ``"day"``:
        repeats on different days, which tell how far a leg must change. None takes it from the dates of
        the recordings. `compare` uses each for its own question only.

    Returns
    -------
    Reliability
        SEM with its 95 % interval, ICC(2,1), MDC, bias and limits of agreement of each measure. If a
        leg lacks a measure in a session, the other legs are used.

    Raises
    ------
    KneeposeError
        There are fewer than two sessions, the sessions differ in length, the analyses of a leg are not
        comparable, or `between` is neither or contradicts the dates.

    References
    ----------
    Shrout and Fleiss 1979 (ICC), Bland and Altman 1986 (limits of agreement), Weir 2005 (SEM, MDC).

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
    names = dict.fromkeys(name for session in table for leg in session for name in leg.measures)
    units = {
        name: next(
            leg.measures[name].unit for session in table for leg in session if name in leg.measures
        )
        for name in names
    }
    found = {}
    for name in names:
        values = np.array([[_mean(leg, name) for leg in session] for session in table]).T
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


def _occasion(table: Sequence[Sequence[Analysis]], between: Between | None) -> Between | None:
    """Return whether the sessions are of one day or of several, as said or by their dates."""
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
