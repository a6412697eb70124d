"""A comparison as text: one line for everybody, form, then the numbers of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kneepose.comparison.form import form_line
from kneepose.validity import Validity
from kneepose.words.exercises import wording_of
from kneepose.words.measures import moment_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import amount, number

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis
    from kneepose.comparison.comparison import Comparison
    from kneepose.comparison.measure import ComparedMeasure

__all__ = ["name_of", "summary_of", "text_of"]


def name_of(analysis: Analysis, comparison: Comparison) -> str:
    """Return what a side is called: by its leg, or first and second where both are one leg."""
    if comparison.first.side != comparison.second.side:
        return analysis.side
    return "first" if analysis is comparison.first else "second"


def summary_of(comparison: Comparison) -> str:
    """Return one line that a person without statistics understands."""
    first, second = comparison.first, comparison.second
    counts = [first.reps.count, second.reps.count]
    shown = str(counts[0]) if comparison.paired else f"{counts[0]} and {counts[1]}"
    one = counts == [1, 1] and comparison.paired
    lead = f"{first.row['title'].capitalize()}, {shown} repetition{'' if one else 's'}"
    m = comparison.primary
    if m is None:
        return f"{lead}: {_why_no_primary(comparison)}"
    low, high = (number(edge, m.unit).removesuffix("°") for edge in m.ci)
    unit = "°" if m.unit == "deg" else ""
    interval = f"95 % interval {low} to {high}{unit}, " if np.isfinite(m.ci).all() else ""
    said = f"{lead}: {_difference(m, comparison)} ({interval}{comparison.direction})"
    match str(m.verdict):
        case "different":
            return (
                f"{said}: more than the {number(m.detectable or 0, m.unit)} that errors of "
                "measurement reach."
            )
        case "no_detectable_difference":
            return f"{said}: no detectable difference."
        case _:
            sentence = m.reason.sentence
            return f"{said}; no verdict: {sentence[:1].lower()}{sentence[1:]}"


def _difference(m: ComparedMeasure, comparison: Comparison) -> str:
    more = comparison.second if m.difference > 0 else comparison.first
    two_sides = comparison.first.side != comparison.second.side
    where = "" if two_sides else f" in the {name_of(more, comparison)} recording"
    size = amount(abs(m.difference), m.unit)
    moment = moment_of(m.name)
    if moment:
        depth = moment.removeprefix("at_")
        if not float(f"{m.difference:.1f}"):
            both = "both knees point" if two_sides else "in both recordings the knee points"
            return f"at {depth}° of knee bend {both} equally far inward"
        return f"at {depth}° of knee bend the {more.side} knee points {size} further inward{where}"
    wording = wording_of(comparison.first.row)
    if not float(f"{m.difference:.{1 if m.unit == 'deg' else 2}f}"):
        return (
            wording.alike
            if two_sides
            else f"{wording.alike.removesuffix(' on both sides')} in both"
        )
    return f"on the {more.side} {wording.further.format(size)}{where}"


def _why_no_primary(comparison: Comparison) -> str:
    first, second = comparison.first, comparison.second
    without = [a for a in (comparison.first, comparison.second) if not a.reps.count]
    if len(without) == 2:
        return "nothing was found that is a repetition, so there is nothing to compare."
    if without:
        which = name_of(without[0], comparison)
        return f"no repetition was found on the {which} side, so there is nothing to compare."
    leading = wording_of(comparison.first.row).primary
    refused = next((r for r in comparison.refused if r.measure in leading), None)
    if refused is not None and refused.reason is not Validity.DEPTH_NOT_REACHED:
        sentence = f"{refused.reason.sentence[:1].lower()}{refused.reason.sentence[1:]}"
        return f"no verdict: {sentence} {refused.remedy}".rstrip()
    if min(first.reps.count, second.reps.count) < comparison.LEAST_REPS:
        return "they cannot be compared, because one of the sides has fewer than four repetitions."
    if moment_of(leading[-1]):
        return (
            "they cannot be compared at the same depth, because fewer than four repetitions on one "
            "of the sides reach 45 degrees of knee bend."
        )
    return "they cannot be compared, because one of the sides has fewer than four repetitions."


def text_of(comparison: Comparison) -> str:
    """Return the whole comparison in words."""
    lines = [comparison.summary()]
    todo = "" if comparison.primary is None else comparison.primary.remedy
    lines += [f"What to do: {todo}"] if todo else []
    form = form_line(comparison)
    lines += [form, ""] if form else [""]
    wording = wording_of(comparison.first.row)
    rows = [
        [
            wording.short(m.name, m.unit),
            m.name,
            number(m.first, m.unit),
            number(m.second, m.unit),
            number(m.difference, m.unit, signed=True),
            _interval(m),
            "" if m.detectable is None else number(m.detectable, m.unit),
        ]
        for m in comparison.shown
    ]
    names = [name_of(a, comparison) for a in (comparison.first, comparison.second)]
    head = ["", "", *names, comparison.direction, "95 % interval", "counts from"]
    table = [head, *rows] if any(row[-1] for row in rows) else [head[:-1], *(r[:-1] for r in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table if rows else []:
        left = [text.ljust(width) for text, width in zip(row[:2], widths[:2], strict=True)]
        right = [text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  " + "  ".join([*left, *right]).rstrip())
    for reason in dict.fromkeys(refusal.reason for refusal in comparison.refused):
        refused = [r.measure for r in comparison.refused if r.reason is reason]
        shorts = ", ".join(dict.fromkeys(wording.words(name).short for name in refused))
        lines.append(f"  Not comparable: {shorts}. {reason.sentence} {reason.remedy}".rstrip())
    return "\n".join([*lines, "", *comparison.notes, STATED_LIMITS])


def _interval(m: ComparedMeasure) -> str:
    if not np.isfinite(m.ci).all():
        return ""
    return " to ".join(number(edge, m.unit) for edge in m.ci)
