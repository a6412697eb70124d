"""Sentences on the primary measure of a comparison: its difference and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.validity import Validity
from kneepose.words.catalogue import mid, opened, tr, trn
from kneepose.words.exercises import wording_of
from kneepose.words.measures import moment_of
from kneepose.words.units import amount, number

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis
    from kneepose.analysis.measures import Refusal

__all__ = [
    "Compared",
    "detectable_words",
    "difference_words",
    "interval_words",
    "name_of",
    "shown_name",
    "sides_of",
    "summary_of",
    "verdict_words",
    "why_no_primary",
]


class Compared(Protocol):
    """Attributes of a `Comparison` that the sentences use."""

    LEAST_REPS: ClassVar[int]

    @property
    def first(self) -> Analysis:
        """The first analysis."""

    @property
    def second(self) -> Analysis:
        """The second analysis."""

    @property
    def primary(self) -> ComparedMeasure | None:
        """The primary measure."""

    @property
    def paired(self) -> bool:
        """True if both sides come from the same repetitions."""

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """Measures that cannot be compared."""


def name_of(analysis: Analysis, comparison: Compared) -> str:
    """Return the name of a side: left or right; first or second if both are the same leg."""
    if comparison.first.side != comparison.second.side:
        return analysis.side
    return "first" if analysis is comparison.first else "second"


def sides_of(comparison: Compared) -> list[tuple[str, Analysis]]:
    """Return (name, analysis) of both sides."""
    return [(name_of(a, comparison), a) for a in (comparison.first, comparison.second)]


def shown_name(analysis: Analysis, comparison: Compared) -> str:
    """Return the name of a side for a sentence; dated recordings of one leg are named by day."""
    dates = _dates(comparison)
    if dates is None:
        return tr(name_of(analysis, comparison))
    return dates[0] if analysis is comparison.first else dates[1]


def summary_of(comparison: Compared) -> str:
    """Return one line with the counts, the difference of the primary measure and the verdict."""
    lead = _lead(comparison)
    m = comparison.primary
    if m is None:
        return f"{lead}: {why_no_primary(comparison)}"
    interval = interval_words(m)
    what = f"{interval}, " if interval else ""
    in_set = tr(", in this set") if comparison.paired else ""
    said = f"{lead}{in_set}: {difference_words(comparison, m)} ({what}{_told_direction(comparison, m)})"
    if m.verdict is Verdict.INCONCLUSIVE:
        return f"{said}; {verdict_words(m)}"
    return f"{said}: {verdict_words(m)}"


def _lead(comparison: Compared) -> str:
    first, second = comparison.first.reps.count, comparison.second.reps.count
    title = opened(tr(comparison.first.definition["title"]))
    if comparison.paired:
        return trn("{title}, {n} repetition", "{title}, {n} repetitions", first, title=title)
    return tr("{title}, {first} and {second} repetitions", title=title, first=first, second=second)


def verdict_words(m: ComparedMeasure) -> str:
    """Return the verdict on a difference as the end of a sentence."""
    match m.verdict:
        case Verdict.DIFFERENT:
            limit = number(m.detectable or 0, m.unit)
            if not m.within_error:
                return tr("more than the detectable change of {limit}.", limit=limit)
            low, high = _told_interval(m, m.whole_ci)
            return tr(
                "more than the detectable change of {limit}, yet within the error of the estimator, "
                "which is guessed and not published ({low} to {high} with it).",
                limit=limit, low=low, high=high,
            )  # fmt: skip
        case Verdict.LARGER_THAN_BORROWED:
            text = "larger than {method} error ({limit}); not shown for this camera."
            return tr(text, method=_method(m), limit=_limit(m))
        case Verdict.NO_DETECTABLE_DIFFERENCE if m.basis == "borrowed":
            text = "no detectable difference (against {method} error, {limit})."
            return tr(text, method=_method(m), limit=_limit(m))
        case Verdict.NO_DETECTABLE_DIFFERENCE:
            return tr("no detectable difference.")
        case _:
            return tr("no verdict: {reason}", reason=mid(tr(m.reason.sentence)))


def _method(m: ComparedMeasure) -> str:
    return tr(m.borrowed["method"] if m.borrowed else "borrowed")


def _limit(m: ComparedMeasure) -> str:
    """Return the detectable change as text; whole degrees have no decimals."""
    change = m.detectable or 0.0
    return number(change, m.unit, digits=0 if m.unit == "deg" and change.is_integer() else None)


def detectable_words(m: ComparedMeasure) -> str:
    """Return the detectable change for a table, marked if borrowed; "not known" without one."""
    if m.detectable is None:
        return tr("not known")
    shown = number(m.detectable, m.unit)
    return tr("{change} (borrowed)", change=shown) if m.basis == "borrowed" else shown


def interval_words(m: ComparedMeasure) -> str:
    """Return the interval as text, positive for the side that the sentence names as larger.

    The text is empty without an interval.
    """
    if not np.isfinite(m.ci).all():
        return ""
    low, high = _told_interval(m, m.ci)
    interval = tr("95 % interval {low} to {high}", low=low, high=high)
    if not float(f"{m.camera_part:.1f}"):
        return interval
    # Without this, the values of the legs would seem to contradict their difference.
    size = amount(abs(m.camera_part), m.unit)
    text = "{interval} with {size} taken off for the turned camera"
    return tr(text, interval=interval, size=size)


def _told_interval(m: ComparedMeasure, interval: tuple[float, float]) -> tuple[str, str]:
    low, high = sorted(-edge for edge in interval) if m.difference < 0 else interval
    return number(low, m.unit).removesuffix("°"), number(high, m.unit)


def _told_direction(comparison: Compared, m: ComparedMeasure) -> str:
    names = [shown_name(a, comparison) for a in (comparison.second, comparison.first)]
    return " − ".join(reversed(names) if m.difference < 0 else names)


def _dates(comparison: Compared) -> tuple[str, str] | None:
    """Return the days of two recordings of the same leg; None if unknown or equal."""
    # Angles from a file have no source recording.
    both = [getattr(one, "source", None) for one in (comparison.first, comparison.second)]
    first, second = (None if source is None else source.date for source in both)
    same_leg = comparison.first.side == comparison.second.side
    return (first, second) if same_leg and first and second and first != second else None


def difference_words(comparison: Compared, m: ComparedMeasure) -> str:
    """Return the difference as text: for the leg with more, or the later recording of one leg."""
    of_first, of_second = (comparison.first, m.first), (comparison.second, m.second)
    more, less = (of_second, of_first) if m.difference > 0 else (of_first, of_second)
    two_sides = comparison.first.side != comparison.second.side
    dates = _dates(comparison)
    if two_sides:
        told, other = more, less
    else:
        is_ordered = dates is None or dates[0] < dates[1]
        told, other = (of_second, of_first) if is_ordered else (of_first, of_second)
    wording = wording_of(comparison.first.definition)
    moment = wording.moment(m.name)
    is_equal = not float(f"{m.difference:.{1 if m.unit == 'deg' else 2}f}")
    size = amount(abs(m.difference), m.unit)
    side = told[0].side
    if moment_of(m.name):
        # In the primary measures positive values mean knee inward.
        is_outward = max(m.first, m.second) <= 0
        if is_equal:
            both = "both knees point" if two_sides else "in both recordings the knee points"
            toward = "outward" if is_outward else "inward"
            return tr(f"{{moment}} {both} equally far {toward}", moment=moment)
        if told is more:
            how = "less outward" if is_outward else "further inward"
        else:
            how = "further outward" if is_outward else "less inward"
        where = _in_one(told, other, comparison)
        text = f"{{moment}} the {side} knee points {{size}} {how}{{where}}"
        return tr(text, moment=moment, size=size, where=where)
    if is_equal:
        return tr(wording.equal_peaks if two_sides else wording.equal_peaks_in_both)
    what = tr(wording.larger_peak).format(size)
    where = _in_one(more, less, comparison)
    return tr(f"on the {more[0].side} {{what}}{{where}}", what=what, where=where)


def _in_one(
    told: tuple[Analysis, float], other: tuple[Analysis, float], comparison: Compared
) -> str:
    """Return the words that identify the recording; empty if the sentence names the leg instead."""
    if comparison.first.side != comparison.second.side:
        return ""
    if _dates(comparison) is None:
        return tr(f" in the {name_of(told[0], comparison)} recording")
    days = [shown_name(one, comparison) for one, _ in (told, other)]
    return tr(" on {day} than on {other}", day=days[0], other=days[1])


def why_no_primary(comparison: Compared) -> str:
    """Return the reason for the missing primary measure as the end of a sentence."""
    first, second = comparison.first, comparison.second
    without = [a for a in (first, second) if not a.reps.count]
    one_leg = first.side == second.side
    if without:
        return tr(
            "no repetition was found {where}, so there is nothing to compare.",
            where=_without_words(without, comparison, one_leg),
        )
    leading = first.definition["lead"]
    refused = next((r for r in comparison.refused if r.measure in leading), None)
    if refused is not None and refused.reason is not Validity.DEPTH_NOT_REACHED:
        reason = mid(tr(refused.reason.sentence))
        return f"{tr('no verdict: {reason}', reason=reason)} {tr(refused.remedy)}".rstrip()
    enough = min(first.reps.count, second.reps.count) >= comparison.LEAST_REPS
    if enough and moment_of(leading[-1]):
        unread = _unread((first, second), leading[-1], comparison.LEAST_REPS)
        if unread is not None:
            return tr(
                "they cannot be compared at the same depth, because fewer than four repetitions on one "
                "of the sides could be measured at 45 degrees of knee bend. {reason} {remedy}",
                reason=tr(unread.sentence),
                remedy=tr(unread.remedy),
            )
        return tr(
            "they cannot be compared at the same depth, because fewer than four repetitions on one "
            "of the sides reach 45 degrees of knee bend."
        )
    return tr("they cannot be compared, because one of the sides has fewer than four repetitions.")


def _unread(sides: tuple[Analysis, Analysis], name: str, least: int) -> Validity | None:
    """Return the most frequent reason for missing values in deep enough repetitions.

    It is None unless those reasons leave fewer values than required.
    """
    for one in sides:
        measure = one.measures.get(name)
        if measure is None:
            continue
        reasons = [v for v, full in zip(measure.validity, measure.full, strict=True) if full]
        deep = [reason for reason in reasons if reason is not Validity.DEPTH_NOT_REACHED]
        others = [reason for reason in deep if reason is not Validity.OK]
        if len(deep) >= least > len(deep) - len(others):
            return max(others, key=others.count)
    return None


def reason_without_primary(comparison: Compared) -> Validity:
    """Return the reason why two sides with repetitions have no primary measure."""
    leading = comparison.first.definition["lead"]
    refused = next((r for r in comparison.refused if r.measure in leading), None)
    if refused is not None and refused.reason is not Validity.DEPTH_NOT_REACHED:
        return refused.reason
    counts = (comparison.first.reps.count, comparison.second.reps.count)
    enough = min(counts) >= comparison.LEAST_REPS
    return Validity.DEPTH_NOT_REACHED if enough else Validity.TOO_FEW_REPS


def _without_words(without: list[Analysis], comparison: Compared, one_leg: bool) -> str:
    if len(without) == 2:
        return tr("in either recording" if one_leg else "on either side")
    name = name_of(without[0], comparison)
    if not one_leg:
        return tr(f"on the {name} side")
    if _dates(comparison) is None:
        return tr(f"in the {name} recording")
    return tr("on {day}", day=shown_name(without[0], comparison))
