"""Template data of the report: key facts, tables of measures, notes and reasons of refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.measures import Measure
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.plots.style import side_styles
from kneepose.report.reps import counted
from kneepose.validity import Validity
from kneepose.words.exercises import Wording, wording_of
from kneepose.words.measures import base_name
from kneepose.words.units import amount, number, spread

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "advice",
    "facts",
    "leading_moment",
    "measured_once",
    "notes",
    "recordings",
    "refusals",
    "separate_reps",
    "single_row",
    "tables",
]

_LOW_FPS = 15.0
_FROM = {
    "front": "from the front",
    "back": "from behind",
    "left": "from the person's left",
    "right": "from the person's right",
}

Row = dict[str, Any]


def _sides(comparison: Comparison) -> list[tuple[str, Analysis]]:
    """Return displayed name and analysis of the first and the second side."""
    names = [style.label for style in side_styles(*comparison.sides)]
    return list(zip(names, (comparison.first, comparison.second), strict=True))


def _by_recording(comparison: Comparison) -> list[tuple[str, Analysis]]:
    """Return displayed name and analysis: a single entry if both sides are of one recording."""
    pairs = _sides(comparison)
    return [("", pairs[0][1])] if pairs[0][1].source is pairs[1][1].source else pairs


def separate_reps(comparison: Comparison) -> list[tuple[str, Analysis]]:
    """Return displayed name and analysis: a single entry if both sides share their repetitions."""
    pairs = _sides(comparison)
    return [("", pairs[0][1])] if comparison.paired else pairs


def recordings(comparison: Comparison) -> list[Row]:
    """Return the title and the kind (real, simulated, unstated) of each recording."""
    rows = []
    for name, analysis in _by_recording(comparison):
        meta = analysis.source.meta
        simulated = meta.get("simulated")
        kind = "unstated"
        if isinstance(simulated, bool | np.bool_):
            kind = "simulated" if simulated else "real"
        title = str(meta.get("title", "")).strip() or "Recording without a title"
        rows.append({"name": name, "title": title, "kind": kind})
    return rows


def facts(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Return the key facts: label and lines of text."""
    both = _sides(comparison)
    peak = comparison.first.definition["peak"]
    means = [
        f"{name} {amount(found.mean, found.unit, digits=0 if found.unit == 'deg' else None)}"
        if found is not None and found.n
        else f"{name} not measured"
        for name, found in ((n, a.measures.get(peak)) for n, a in both)
    ]
    counts = [f"{name} {counted(a)}" for name, a in both]
    if comparison.paired:
        counts = [f"{counted(comparison.first)} (both legs together)"]
    pairs = _by_recording(comparison)

    def lines(of: Callable[[Analysis], str]) -> list[str]:
        texts = [(name, of(analysis)) for name, analysis in pairs]
        if len({text for _, text in texts}) == 1:
            return [texts[0][1]]
        return [f"{name}: {text}" for name, text in texts]

    return [
        ("Repetitions counted", _one_line(counts)),
        (f"{wording_of(comparison.first.definition).words(peak).short}, mean", _one_line(means)),
        ("Length", lines(_length)),
        ("Camera view", lines(_view)),
        ("Body points from", lines(_estimator)),
    ]


def _one_line(texts: list[str]) -> list[str]:
    line = ", ".join(texts)
    return [line] if len(line) < 30 else texts


def _length(analysis: Analysis) -> str:
    source = analysis.source
    if "trials" in source.meta:
        return f"{source.meta['trials']} recordings, {source.fps:.3g} frames/s"
    return f"{source.duration_s:.1f} s, {source.fps:.3g} frames/s"


def _view(analysis: Analysis) -> str:
    if analysis.recording.space == "world":
        return "3-D points, no single camera"
    if analysis.view is None:
        return "not detected"
    if analysis.definition["posture"] == "lying" and not analysis.source.view:
        return "one camera"  # front, back and side are defined for a standing body
    origin = "as stated" if analysis.source.view else "detected from the body points"
    return f"{_FROM[analysis.view]} ({origin})"


def _estimator(analysis: Analysis) -> str:
    source = analysis.source
    return f"{source.estimator or 'not stated'} ({source.skeleton.name})"


def advice(comparison: Comparison) -> list[str]:
    """Return the advice to show if a side has no counted repetition; empty otherwise."""
    without = [name for name, analysis in _sides(comparison) if not analysis.reps.count]
    if not without:
        return []
    where = "" if len(without) == 2 else f" ({without[0]})"
    found = f"{Validity.NO_REPS.sentence.rstrip('.')}{where}, so there is nothing to compare."
    below = (
        ["The camera set-up is described below."] if comparison.first.definition["set_up"] else []
    )
    return [found, Validity.NO_REPS.remedy, *below]


def notes(comparison: Comparison) -> list[str]:
    """Return the notes that are needed to interpret the numbers."""
    texts = list(comparison.notes)
    for name, analysis in _by_recording(comparison):
        if analysis.source.fps < _LOW_FPS:
            texts.append(
                f"{f'{name}: '.capitalize() if name else ''}"
                f"The recording has only {analysis.source.fps:.3g} frames per second, so depth and "
                "timing of the repetitions are uncertain. Record at 30 or more."
            )
    wording = wording_of(comparison.first.definition)
    if comparison.first.reps.signal_used == "knee_flexion_from_depth":
        texts.append(wording.words("knee_flexion_from_depth").gloss)
    if wording.note:
        texts.append(wording.note)
    return texts


def _reps(n: int) -> str:
    return f"{n} rep{'' if n == 1 else 's'}"


def leading_moment(comparison: Comparison) -> str:
    """Return the words for the moment of the primary measure."""
    wording = wording_of(comparison.first.definition)
    primary = comparison.primary
    if primary and wording.moment(primary.name):
        return wording.moment(primary.name)
    moments = comparison.first.definition["moments"]
    # Faults of lifts are changes from rest. Squats are compared at the same knee flexion.
    last = "change" if "change" in moments else next(iter(moments), "")
    return wording.moment(f"any_{last}")


def tables(comparison: Comparison) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rows of the main measures, the other rows by moment, and the footnotes of both."""
    moment = leading_moment(comparison)
    wording = wording_of(comparison.first.definition)
    leading: list[Row] = []
    groups: dict[str, list[Row]] = {}
    letters: dict[Validity, str] = {}
    for m in sorted(comparison.shown, key=lambda m: _rank(m, comparison, moment)):
        row = _compared_row(m, letters, wording)
        if _leads(m, moment, wording):
            # The explanation of a measure is shown only in its first row.
            row["gloss"] = "" if any(row["gloss"] == r["gloss"] for r in leading) else row["gloss"]
            leading.append(row)
        else:
            groups.setdefault(row["moment"] or "over the whole repetition", []).append(row)
    footnotes = [
        {"letter": letter, "sentence": reason.sentence, "remedy": reason.remedy}
        for reason, letter in letters.items()
    ]
    grouped = [{"moment": name[:1].upper() + name[1:], "rows": groups[name]} for name in groups]
    return leading, grouped, footnotes


def _leads(m: ComparedMeasure, moment: str, wording: Wording) -> bool:
    judged = m.detectable is not None or wording.moment(m.name) in ("", moment)
    return judged and base_name(m.name) in wording.leading


def _rank(m: ComparedMeasure, comparison: Comparison, moment: str) -> tuple[Any, ...]:
    """Return the sort key: primary measure, then main measures, then by moment in analysis order."""
    wording = wording_of(comparison.first.definition)
    when = wording.moment(m.name)
    moments = list(dict.fromkeys(wording.moment(name) for name in comparison.first.measures))
    base = base_name(m.name)
    leading = wording.leading
    place = leading.index(base) if base in leading else len(leading)
    leads = _leads(m, moment, wording)
    order = (place,) if leads else (not when, when != moment, moments.index(when), place)
    return (m != comparison.primary, not leads, *order)


def _compared_row(m: ComparedMeasure, letters: dict[Validity, str], wording: Wording) -> Row:
    letter = ""
    match m.verdict:
        case _ if not m.has_verdict:
            verdict = ""
            letter = letters.setdefault(m.reason, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
        case Verdict.LARGER_THAN_BORROWED:
            method = m.borrowed["method"] if m.borrowed else "borrowed"
            limit = number(m.detectable or 0, m.unit)
            verdict = f"Larger than {method} error ({limit}); not shown for this camera"
        case Verdict.DIFFERENT:
            limit = number(m.detectable or 0, m.unit)
            verdict = f"Different: beyond the detectable change of {limit}"
            if m.within_error:
                verdict += ", within the guessed error of the estimator"
        case Verdict.NO_DETECTABLE_DIFFERENCE:
            verdict = "No detectable difference"
        case _:
            verdict = "No verdict"
            letter = letters.setdefault(m.reason, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
    low, high = (number(edge, m.unit) for edge in m.ci)
    return {
        "label": wording.label(m.name, m.unit),
        "short": wording.without_moment(m.name, m.unit),
        "moment": wording.moment(m.name),
        "gloss": wording.words(m.name).gloss,
        "first": spread(m.first, m.first_sd, m.unit),
        "first_n": _reps(m.first_n),
        "second": spread(m.second, m.second_sd, m.unit),
        "second_n": _reps(m.second_n),
        "difference": number(m.difference, m.unit, signed=True),
        "interval": f"{low} to {high}" if np.isfinite(m.ci).all() else "no interval",
        "detectable": _detectable(m),
        "different": m.verdict is Verdict.DIFFERENT,
        "verdict": verdict,
        "letter": letter,
    }


def _detectable(m: ComparedMeasure) -> str:
    if m.detectable is None:
        return "not known"
    return number(m.detectable, m.unit) + (" (borrowed)" if m.basis == "borrowed" else "")


def measured_once(comparison: Comparison) -> list[Row]:
    """Return the rows of measures that are not compared: of both legs together, or of one side only."""
    compared = {m.name for m in comparison.measures}
    rows: list[Row] = []
    for side, analysis in _sides(comparison):
        for name, measure in analysis.measures.items():
            together = comparison.paired and not measure.of_leg
            if name in compared or (together and analysis is comparison.second):
                continue
            row = single_row(
                name,
                measure,
                "both legs together" if together else side,
                wording_of(analysis.definition),
            )
            row["gloss"] = "" if any(row["gloss"] == r["gloss"] for r in rows) else row["gloss"]
            rows.append(row)
    return rows


def single_row(name: str, measure: Measure, of: str, wording: Wording) -> Row:
    """Return the row of a measure that has one value only."""
    return {
        "label": wording.label(name, measure.unit),
        "gloss": wording.words(name).gloss,
        "of": of,
        "value": spread(measure.mean, measure.sd, measure.unit),
        "n": _reps(measure.n),
    }


def refusals(comparison: Comparison) -> list[Row]:
    """Return the refused measures, grouped by reason.

    A measure that is refused at all its moments is one entry.
    """
    both = _sides(comparison)
    wording = wording_of(comparison.first.definition)
    by_reason: dict[Validity, dict[str, list[str]]] = {}
    for side, analysis in both:
        for refusal in analysis.refused:
            sides = by_reason.setdefault(refusal.reason, {}).setdefault(refusal.measure, [])
            sides.append(side)
    measured = {base_name(name) for _, analysis in both for name in analysis.measures}
    groups = []
    for reason, refused in by_reason.items():
        listed: dict[str, None] = {}
        for name, sides in refused.items():
            known = base_name(name) in measured
            text = wording.label(name) if known else wording.words(name).long
            if reason is Validity.NO_REPS:
                text = "All measures"
            listed[text + (f" ({sides[0]} only)" if len(sides) == 1 else "")] = None
        groups.append(
            {"sentence": reason.sentence, "remedy": reason.remedy, "measures": list(listed)}
        )
    return groups
