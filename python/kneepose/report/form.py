"""Template data for the form section of the report: one row per fault, one cell per side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.comparison.form import shared
from kneepose.validity import Validity
from kneepose.words.catalogue import opened, tr
from kneepose.words.units import amount_with_error, number

if TYPE_CHECKING:
    from kneepose.analysis.faults import Fault
    from kneepose.report.subject import Part, Subject

__all__ = ["form", "state_of"]

_STRIP_WIDTH = 220.0
"""Width of the strip chart in SVG user units."""
_STRIP_EDGE = 6.0
"""Free space at both ends of the strip chart, in SVG user units."""
_MARGIN = 0.08
"""Margin around the values, as a fraction of their span."""

Row = dict[str, Any]


def form(subject: Subject) -> Row | None:
    """Return the rows of the fault table, and the faults that were not assessed.

    Returns
    -------
    Dict with ``rows`` and ``unknown`` for the template. None if no side has a counted repetition.
    """
    parts = subject.parts
    if not any(part.analysis.reps.count and part.analysis.faults for part in parts):
        return None
    keys = dict.fromkeys(name for part in parts for name in part.analysis.faults)
    return {"rows": [_row(key, subject) for key in keys], "unknown": _unknown(parts)}


def _row(key: str, subject: Subject) -> Row:
    wording = subject.wording
    found = [(p, p.analysis.faults[key]) for p in subject.parts if key in p.analysis.faults]
    faults = [fault for _, fault in found]
    together = subject.paired and len(faults) == 2 and shared(faults[0], faults[1])
    span = _span(faults)
    cells = [_cell(part, fault, span) for part, fault in (found[:1] if together else found)]
    if together:
        cells[0] |= {"name": tr("both legs together"), "marker": "both"}
    # The two sides may be judged by different criteria, because a criterion may be measurable in
    # only one recording.
    limits = dict.fromkeys(_limit(fault, wording) for fault in faults if fault.seen is not None)
    if len(limits) > 1:
        texts = [f"{p.name}: {_limit(f, wording)}" for p, f in found if f.seen is not None]
    else:
        texts = list(limits) or [_limit(faults[0], wording)]
    return {
        "title": tr(faults[0].title),
        "limits": texts,
        "cue": tr(faults[0].cue) if any(fault.seen for fault in faults) else "",
        "cells": cells,
        "together": together,
    }


def _limit(fault: Fault, wording: Any) -> str:
    short = wording.words(fault.measure).short
    when = wording.moment(fault.measure)
    what = f"{short} {when}".rstrip()
    return f"{what}; {tr('counts if {limit}', limit=fault.limit)}"


def _cell(part: Part, fault: Fault, span: tuple[float, float]) -> Row:
    state, words = state_of(fault), opened(fault.words)
    cell: Row = {
        "name": part.name,
        "marker": part.mark,
        "state": state,
        "words": words,
        "strip": None,
    }
    if fault.seen is None:
        return cell | {"amount": "", "values": ""}
    full = [str(rep.status) == "full" for rep in part.analysis.reps]
    values = [float(v) for v, counted in zip(fault.values, full, strict=True) if counted]
    shown = [v for v in values if np.isfinite(v)]
    listed = ", ".join(number(v, fault.unit) for v in values)
    return cell | {
        "amount": amount_with_error(fault.amount, fault.error, fault.unit),
        "values": listed,
        "strip": _strip(shown, fault, span),
    }


def state_of(fault: Fault) -> str:
    """Return the style name of a fault: seen, borderline, clear or unknown."""
    if fault.borderline:
        return "borderline"
    return {True: "seen", False: "clear", None: "unknown"}[fault.seen]


def _limits(fault: Fault) -> list[float]:
    return [-fault.threshold, fault.threshold] if fault.way == "either" else [fault.threshold]


def _span(faults: Sequence[Fault]) -> tuple[float, float]:
    """Return the value range of the strip charts in a row: zero, the limits and all values."""
    numbers = [0.0]
    for fault in faults:
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


def _unknown(parts: Sequence[Part]) -> list[Row]:
    """Return the faults that were not assessed, grouped by reason, with the remedy."""
    by_reason: dict[Validity, dict[str, list[str]]] = {}
    for part in parts:
        for fault in part.analysis.faults.values():
            if fault.seen is None:
                titles = by_reason.setdefault(fault.reason, {})
                titles.setdefault(tr(fault.title), []).append(part.name)
    return [
        {
            "sentence": tr(reason.sentence),
            "remedy": tr(reason.remedy),
            "titles": ", ".join(
                title
                if len(where) == len(parts)
                else f"{title} ({tr('{side} only', side=where[0])})"
                for title, where in titles.items()
            ),
        }
        for reason, titles in by_reason.items()
    ]
