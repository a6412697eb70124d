"""Template data of the report's section on form: one row per fault, one cell per side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.comparison.form import shared
from kneepose.validity import Validity
from kneepose.words.exercises import wording_of
from kneepose.words.units import amount, number

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis
    from kneepose.analysis.faults import Fault
    from kneepose.comparison.comparison import Comparison

__all__ = ["form", "state_of"]

_STRIP_WIDTH = 220.0
"""Width of the strip chart in SVG user units."""
_STRIP_EDGE = 6.0
"""Free space at both ends of the strip, in SVG user units."""
_MARGIN = 0.08
"""Margin around the values, as a fraction of their span."""

Row = dict[str, Any]


def form(comparison: Comparison, names: Sequence[str], marks: Sequence[str]) -> Row | None:
    """Return the rows of the table of faults, and the faults that were not assessed.

    Parameters
    ----------
    comparison
        Result of `compare`.
    names
        Displayed names of the first and the second side.
    marks
        Markers of the first and the second side: ``"left"``, ``"right"`` or ``"first"``.

    Returns
    -------
    Dict with ``rows`` and ``unknown`` for the template. None if no side has a counted repetition.
    """
    sides = list(zip(names, (comparison.first, comparison.second), strict=True))
    if not any(a.reps.count and a.faults for _, a in sides):
        return None
    keys = dict.fromkeys(name for _, a in sides for name in a.faults)
    return {
        "rows": [_row(key, sides, marks, comparison) for key in keys],
        "unknown": _unknown(sides),
    }


def _row(
    key: str,
    sides: Sequence[tuple[str, Analysis]],
    marks: Sequence[str],
    comparison: Comparison,
) -> Row:
    wording = wording_of(comparison.first.definition)
    found = [(name, a, a.faults[key]) for name, a in sides if key in a.faults]
    faults = [fault for _, _, fault in found]
    together = comparison.paired and len(faults) == 2 and shared(faults[0], faults[1])
    span = _span([(a, fault) for _, a, fault in found])
    cells = [_cell(name, a, fault, span) for name, a, fault in (found[:1] if together else found)]
    if together:
        cells[0] |= {"name": "both legs together", "marker": "both"}
    else:
        markers = [mark for mark, (_, a) in zip(marks, sides, strict=True) if key in a.faults]
        cells = [cell | {"marker": marker} for cell, marker in zip(cells, markers, strict=True)]
    # The two sides may be judged by different criteria, because a criterion can be measurable in one
    # recording and not in the other.
    limits = dict.fromkeys(_limit(fault, wording) for fault in faults if fault.seen is not None)
    if len(limits) > 1:
        texts = [f"{n}: {_limit(f, wording)}" for n, _, f in found if f.seen is not None]
    else:
        texts = list(limits) or [_limit(faults[0], wording)]
    return {
        "title": faults[0].title,
        "limits": texts,
        "cue": faults[0].cue if any(fault.seen for fault in faults) else "",
        "cells": cells,
        "together": together,
    }


def _limit(fault: Fault, wording: Any) -> str:
    short = wording.words(fault.measure).short
    when = wording.moment(fault.measure)
    return f"{short}{f' {when}' if when else ''}; counts if {fault.limit}"


def _cell(name: str, analysis: Analysis, fault: Fault, span: tuple[float, float]) -> Row:
    state = state_of(fault)
    cell: Row = {"name": name, "marker": "", "state": state, "words": fault.words, "strip": None}
    if fault.seen is None:
        return cell | {"amount": "", "values": ""}
    full = [str(rep.status) == "full" for rep in analysis.reps]
    values = [float(v) for v, counted in zip(fault.values, full, strict=True) if counted]
    shown = [v for v in values if np.isfinite(v)]
    listed = ", ".join(number(v, fault.unit) for v in values)
    return cell | {
        "amount": amount(fault.amount, fault.unit),
        "values": listed,
        "strip": _strip(shown, fault, span),
    }


def state_of(fault: Fault) -> str:
    """Return the style of a fault: seen, borderline, clear or unknown."""
    if fault.borderline:
        return "borderline"
    return {True: "seen", False: "clear", None: "unknown"}[fault.seen]


def _limits(fault: Fault) -> list[float]:
    return [-fault.threshold, fault.threshold] if fault.way == "either" else [fault.threshold]


def _span(found: Sequence[tuple[Analysis, Fault]]) -> tuple[float, float]:
    """Return the value range of the strips of a row: it includes zero, the limits and all values."""
    numbers = [0.0]
    for _, fault in found:
        if fault.seen is not None:
            numbers += [*_limits(fault), *(float(v) for v in fault.values if np.isfinite(v))]
    low, high = min(numbers), max(numbers)
    margin = _MARGIN * (high - low) or 1.0
    return low - margin * (low < 0), high + margin


def _strip(values: Sequence[float], fault: Fault, span: tuple[float, float]) -> Row:
    low, high = span

    def place(value: float) -> float:
        return round(
            _STRIP_EDGE + (value - low) / (high - low) * (_STRIP_WIDTH - 2 * _STRIP_EDGE), 1
        )

    beyond = []
    if fault.way in ("above", "either"):
        beyond.append((place(fault.threshold), _STRIP_WIDTH))
    if fault.way in ("below", "either"):
        beyond.append((0.0, place(-fault.threshold if fault.way == "either" else fault.threshold)))
    return {
        "width": _STRIP_WIDTH,
        "marks": [place(value) for value in values],
        "beyond": [{"x": start, "width": round(end - start, 1)} for start, end in beyond],
        "limits": [place(limit) for limit in _limits(fault)],
        "zero": place(0.0),
        "median": place(fault.amount),
    }


def _unknown(sides: Sequence[tuple[str, Analysis]]) -> list[Row]:
    """Return the faults that were not assessed, grouped by reason, with the remedy."""
    by_reason: dict[Validity, dict[str, list[str]]] = {}
    for name, analysis in sides:
        for fault in analysis.faults.values():
            if fault.seen is None:
                by_reason.setdefault(fault.reason, {}).setdefault(fault.title, []).append(name)
    return [
        {
            "sentence": reason.sentence,
            "remedy": reason.remedy,
            "titles": [
                title if len(where) == len(sides) else f"{title} ({where[0]} only)"
                for title, where in titles.items()
            ],
        }
        for reason, titles in by_reason.items()
    ]
