"""A comparison as it shows in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from kneepose.comparison.text import name_of
from kneepose.words.exercises import wording_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import number, spread

if TYPE_CHECKING:
    from kneepose.comparison.comparison import Comparison
    from kneepose.comparison.measure import ComparedMeasure

__all__ = ["html_of"]

_VERDICTS = {
    "different": "Different",
    "no_detectable_difference": "No detectable difference",
    "inconclusive": "No verdict",
}


def html_of(comparison: Comparison) -> str:
    """Return the summary, one row a measure, and what the reader must know, as HTML."""
    names = [name_of(a, comparison) for a in (comparison.first, comparison.second)]
    head = ["", *names, comparison.direction, "95 % interval", "counts from", "verdict"]
    rows = [_cells(m, comparison) for m in comparison.shown]
    notes = [comparison.primary.remedy if comparison.primary else "", *comparison.notes]
    return (
        f"<p><strong>{escape(comparison.summary())}</strong></p>"
        f"<table><thead>{_row(head, 'th')}</thead>"
        f"<tbody>{''.join(_row(row, 'td') for row in rows)}</tbody></table>"
        + "".join(f"<p>{escape(note)}</p>" for note in notes if note)
        + f"<p><small>{escape(STATED_LIMITS)}</small></p>"
    )


def _cells(m: ComparedMeasure, comparison: Comparison) -> list[str]:
    low, high = (number(edge, m.unit) for edge in m.ci)
    return [
        wording_of(comparison.first.row).label(m.name, m.unit),
        f"{spread(m.first, m.first_sd, m.unit)} ({m.first_n})",
        f"{spread(m.second, m.second_sd, m.unit)} ({m.second_n})",
        number(m.difference, m.unit, signed=True),
        f"{low} to {high}" if np.isfinite(m.ci).all() else "–",
        "–" if m.detectable is None else number(m.detectable, m.unit),
        _VERDICTS[str(m.verdict)],
    ]


def _row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
