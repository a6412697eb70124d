"""Template data for the report's tables: comparisons, single sides, notes, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kneepose.analysis.measures import Measure
from kneepose.comparison.headline import detectable_words
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.validity import Validity
from kneepose.words.catalogue import opened, tr, tr_measured, trn
from kneepose.words.exercises import Wording
from kneepose.words.measures import base_name
from kneepose.words.units import number, spread

if TYPE_CHECKING:
    from kneepose.comparison.comparison import Comparison
    from kneepose.report.subject import Subject

__all__ = ["compared_tables", "leading_names", "notes", "refusals", "single_tables"]

Row = dict[str, Any]

#: Number of rows of the first table that are visible; the others are folded.
_ROWS: Final = 6


def _leading_moment(comparison: Comparison, wording: Wording) -> str:
    """Return the words for the moment of the primary measure."""
    primary = comparison.primary
    if primary and wording.moment(primary.name):
        return wording.moment(primary.name)
    moments = comparison.first.definition["moments"]
    # Lifts are judged by changes from rest, squats at equal knee flexion.
    last = "change" if "change" in moments else next(iter(moments), "")
    return wording.moment(f"any_{last}")


def leading_names(subject: Subject) -> list[str]:
    """Return the names of compared measures in degrees at the moment of the primary measure."""
    comparison = subject.comparison
    if comparison is None:
        return []
    wording = subject.wording
    leads = ("", _leading_moment(comparison, wording))
    return [
        m.name
        for m in comparison.shown
        if m.unit == "deg" and np.isfinite(m.difference) and wording.moment(m.name) in leads
    ]


def compared_tables(subject: Subject) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rows of the main measures, the other rows by moment, and the footnotes of both."""
    comparison = subject.comparison
    if comparison is None:
        return [], [], []
    wording = subject.wording
    moment = _leading_moment(comparison, wording)
    leading: list[Row] = []
    groups: dict[str, list[Row]] = {}
    letters: dict[Validity, str] = {}
    for m in sorted(comparison.shown, key=lambda m: _rank(m, comparison, moment, wording)):
        row = _compared_row(m, letters, wording)
        if _leads(m, moment, wording) and len(leading) < _ROWS:
            # The explanation of a measure is shown only in its first row.
            row["gloss"] = "" if any(row["gloss"] == r["gloss"] for r in leading) else row["gloss"]
            leading.append(row)
        else:
            groups.setdefault(row["moment"] or tr("over the whole repetition"), []).append(row)
    footnotes = [
        {"letter": letter, "sentence": tr(reason.sentence), "remedy": tr(reason.remedy)}
        for reason, letter in letters.items()
    ]
    grouped = [{"moment": opened(name), "rows": rows} for name, rows in groups.items()]
    return leading, grouped, footnotes


def _leads(m: ComparedMeasure, moment: str, wording: Wording) -> bool:
    judged = m.detectable is not None or wording.moment(m.name) in ("", moment)
    return judged and base_name(m.name) in wording.leading


def _rank(
    m: ComparedMeasure, comparison: Comparison, moment: str, wording: Wording
) -> tuple[Any, ...]:
    """Return the sort key: primary measure, then main measures, then by moment in analysis order."""
    when = wording.moment(m.name)
    moments = list(dict.fromkeys(wording.moment(name) for name in comparison.first.measures))
    base = base_name(m.name)
    leading = wording.leading
    place = leading.index(base) if base in leading else len(leading)
    leads = _leads(m, moment, wording)
    order = (place,) if leads else (not when, when != moment, moments.index(when), place)
    return (m != comparison.primary, not leads, *order)


def _reps(n: int) -> str:
    return trn("{n} rep", "{n} reps", n)


def _compared_row(m: ComparedMeasure, letters: dict[Validity, str], wording: Wording) -> Row:
    letter = ""
    match m.verdict:
        case _ if not m.has_verdict:
            verdict = ""
            letter = letters.setdefault(m.reason, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
        case Verdict.LARGER_THAN_BORROWED:
            verdict = tr("Larger than borrowed error; not shown for this camera")
        case Verdict.DIFFERENT:
            verdict = tr(
                "Different, but within the guessed error of the estimator"
                if m.within_error
                else "Different"
            )
        case Verdict.NO_DETECTABLE_DIFFERENCE:
            verdict = tr("No detectable difference")
        case _:
            verdict = tr("No verdict")
            letter = letters.setdefault(m.reason, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
    low, high = (number(edge, m.unit) for edge in m.ci)
    known = np.isfinite(m.ci).all()
    return {
        **_names(m.name, m.unit, wording),
        "moment": wording.moment(m.name),
        "first": spread(m.first, m.first_sd, m.unit),
        "first_n": _reps(m.first_n),
        "second": spread(m.second, m.second_sd, m.unit),
        "second_n": _reps(m.second_n),
        "difference": number(m.difference, m.unit, signed=True),
        "interval": tr("{low} to {high}", low=low, high=high) if known else tr("no interval"),
        "detectable": detectable_words(m),
        "judged": m.has_verdict,
        "different": m.verdict is Verdict.DIFFERENT,
        "verdict": verdict,
        "letter": letter,
    }


def single_tables(subject: Subject) -> tuple[list[Row], list[Row]]:
    """Return the main rows and the other rows of measures that are not compared.

    These measures belong to both legs together, to one side only, or to the only leg.
    """
    comparison = subject.comparison
    compared = set() if comparison is None else {m.name for m in comparison.measures}
    wording = subject.wording
    rows: list[tuple[bool, Row]] = []
    glosses: set[str] = set()
    for part in subject.parts:
        for name, measure in part.analysis.measures.items():
            together = subject.paired and not measure.of_leg
            again = together and part is subject.parts[-1]
            if name in compared or again or not measure.n:
                continue
            of = tr("both legs together") if together else part.name
            row = _single_row(name, measure, of if comparison is not None else "", wording)
            if row["gloss"] in glosses:
                row["gloss"] = ""
            glosses.add(row["gloss"])
            rows.append((comparison is None and base_name(name) in wording.leading, row))
    if comparison is not None:
        return [], [row for _, row in rows]
    ordered = [row for leads, row in rows if leads] + [row for leads, row in rows if not leads]
    return ordered[:_ROWS], ordered[_ROWS:]


def _names(name: str, unit: str, wording: Wording) -> dict[str, str]:
    """Return the short name with its moment, the full name, and its explanation."""
    label, when = wording.words(name), wording.moment(name)
    full = wording.without_moment(name, unit)
    gloss = f"{full}. {label.gloss}" if full != label.short else label.gloss
    return {"label": f"{label.short} {when}".rstrip(), "short": full, "gloss": gloss.strip()}


def _single_row(name: str, measure: Measure, of: str, wording: Wording) -> Row:
    return {
        **_names(name, measure.unit, wording),
        "of": of,
        "value": spread(measure.mean, measure.sd, measure.unit),
        "n": _reps(measure.n),
    }


def notes(subject: Subject) -> list[str]:
    """Return the notes that are needed to interpret the numbers."""
    given: Sequence[str] = () if subject.comparison is None else subject.comparison.notes
    texts = [tr_measured(text) for text in given]
    wording = subject.wording
    if subject.first.reps.signal_used == "knee_flexion_from_depth":
        texts.append(wording.words("knee_flexion_from_depth").gloss)
    if wording.note:
        texts.append(tr(wording.note))
    return texts


def refusals(subject: Subject) -> list[Row]:
    """Return the refused measures, grouped by reason.

    A measure refused at all its moments is one entry.
    """
    wording = subject.wording
    by_reason: dict[Validity, dict[str, list[str]]] = {}
    for part in subject.parts:
        for refusal in part.analysis.refused:
            sides = by_reason.setdefault(refusal.reason, {}).setdefault(refusal.measure, [])
            sides.append(part.name)
    measured = {base_name(name) for part in subject.parts for name in part.analysis.measures}
    groups = []
    for reason, refused in by_reason.items():
        listed: dict[str, None] = {}
        for name, sides in refused.items():
            known = base_name(name) in measured
            text = wording.label(name) if known else wording.words(name).long
            if reason is Validity.NO_REPS:
                text = tr("All measures")
            one_only = len(sides) == 1 and len(subject.parts) > 1
            listed[text + (f" ({tr('{side} only', side=sides[0])})" if one_only else "")] = None
        groups.append(
            {"sentence": tr(reason.sentence), "remedy": tr(reason.remedy), "measures": list(listed)}
        )
    return groups
