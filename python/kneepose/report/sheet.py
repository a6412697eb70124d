"""First sheet: findings, faults not seen or not assessed, certainty, and next steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kneepose.comparison.form import shared
from kneepose.comparison.headline import (
    difference_words,
    interval_words,
    reason_without_primary,
    verdict_words,
    why_no_primary,
)
from kneepose.comparison.measure import Verdict
from kneepose.quality.quality import Severity
from kneepose.report.stick import stick_figure
from kneepose.validity import Validity
from kneepose.words.catalogue import and_list, mid, opened, tr, tr_measured, trn
from kneepose.words.exercises import counted_words, peak_words
from kneepose.words.units import amount, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from kneepose.analysis.analysis import Analysis
    from kneepose.analysis.faults import Fault
    from kneepose.analysis.measures import Measure
    from kneepose.report.subject import Part, Subject

__all__ = ["sheet"]

Row = dict[str, Any]

_LOW_FPS: Final = 15.0
_FROM: Final = {
    "front": "from the front",
    "back": "from behind",
    "left": "from the person's left",
    "right": "from the person's right",
}
#: Maximum number of lines per block, so that the sheet fits one page; the rest is on later pages.
_MOST_LINES: Final = 4
_LONGEST_NOTE: Final = 170


def sheet(subject: Subject) -> Row:
    """Return the template data of the first sheet."""
    return {
        "heading": subject.heading,
        "kinds": _kinds(subject),
        "facts": _facts(subject),
        "figures": [one for part in subject.parts if (one := _stick(subject, part))],
        "figure_moment": _moment_words(subject),
        "blocks": [
            {"name": name, "title": tr(title), "lines": lines}
            for name, title, lines in (
                ("found", "Found", _found(subject)),
                ("clear", "Not seen", _not_seen(subject)),
                ("unknown", _unknown_title(subject), _could_not(subject)),
                ("sure", "How sure", _how_sure(subject)),
                ("next", "Next", _next(subject)),
            )
            if lines
        ],
    }


def _kinds(subject: Subject) -> list[Row]:
    """Return title and kind (real, simulated, unstated) of each recording."""
    rows: list[Row] = []
    for part in subject.by_recording:
        meta = part.analysis.source.meta
        simulated = meta.get("simulated")
        kind = "unstated"
        if isinstance(simulated, bool | np.bool_):
            kind = "simulated" if simulated else "real"
        text = {
            "real": "Real recording",
            "simulated": "Simulated, not a person",
            "unstated": "Not stated whether real or simulated",
        }[kind]
        title = str(meta.get("title", "")).strip()
        shown = f"{opened(part.name)}: {title}" if title and part.name else title
        rows.append({"kind": kind, "text": tr(text), "titles": [shown] if shown else []})
    if len(rows) == 2 and rows[0]["kind"] == rows[1]["kind"]:
        # Equal kinds share one label.
        rows = [rows[0] | {"titles": [*rows[0]["titles"], *rows[1]["titles"]]}]
    return rows


def _facts(subject: Subject) -> list[tuple[str, str]]:
    """Return the facts about the recordings as (label, text)."""

    def text_of(of: Callable[[Analysis], str]) -> str:
        texts = [(part.name, of(part.analysis)) for part in subject.by_recording]
        if len({text for _, text in texts}) == 1:
            return texts[0][1]
        return ", ".join(
            text if text.startswith(name) else f"{name} {text}" for name, text in texts
        )

    counts = [f"{part.name} {part.analysis.reps.count}".strip() for part in subject.by_reps]
    return [
        (tr("Person"), text_of(lambda a: a.source.subject or tr("not stated"))),
        (tr("Filmed"), text_of(_when)),
        (tr("Camera"), text_of(_view)),
        (tr("Body points"), text_of(_estimator)),
        (tr("Repetitions"), ", ".join(counts)),
    ]


def _when(analysis: Analysis) -> str:
    source = analysis.source
    parts = [source.date or tr("date not stated"), source.session or ""]
    return ", ".join(filter(None, parts))


def _view(analysis: Analysis) -> str:
    if analysis.recording.space == "world":
        return tr("3-D points, no single camera")
    if analysis.view is None:
        return tr("not detected")
    if analysis.definition["posture"] == "lying" and not analysis.source.view:
        return tr("one camera")  # views are defined for a standing body
    return tr(_FROM[analysis.view])


def _estimator(analysis: Analysis) -> str:
    source = analysis.source
    name = source.estimator or tr("estimator not stated")
    return name if source.skeleton.name in name else f"{name} ({source.skeleton.name})"


def _judged_measure(subject: Subject, part: Part) -> Measure | None:
    """Return the measure shown by the stick figure: the primary one, else the peak."""
    comparison = subject.comparison
    measures = part.analysis.measures
    names = [] if comparison is None or comparison.primary is None else [comparison.primary.name]
    lead = list(part.analysis.definition["lead"])
    for name in [*names, *lead, part.analysis.definition["peak"]]:
        if name in measures and measures[name].n:
            return measures[name]
    return None


def _stick(subject: Subject, part: Part) -> Row | None:
    return stick_figure(part, _judged_measure(subject, part))


def _moment_words(subject: Subject) -> str:
    measures = [_judged_measure(subject, part) for part in subject.parts]
    found = next((measure for measure in measures if measure is not None), None)
    at = subject.wording.moment(found.name) if found is not None else ""
    return opened(at or subject.wording.at_the_turning_point())


def _found(subject: Subject) -> list[str]:
    comparison = subject.comparison
    lines = []
    if comparison is None:
        lines.append(_counted(subject.first))
    elif comparison.primary is None:
        lines.append(opened(why_no_primary(comparison)))
        # The facts already state the number of counted repetitions.
        lines += [
            subject.named(part, _counted(part.analysis))
            for part in subject.by_reps
            if part.analysis.reps.count and part.analysis.reps.partial
        ]
    else:
        said = difference_words(comparison, comparison.primary)
        text = {
            Verdict.DIFFERENT: "{difference}.",
            Verdict.NO_DETECTABLE_DIFFERENCE: "No detectable difference: {difference}.",
            Verdict.LARGER_THAN_BORROWED: "Measured, not shown for this camera: {difference}.",
        }.get(comparison.primary.verdict, "Measured, without a verdict: {difference}.")
        lines.append(opened(tr(text, difference=said)))
    for faults in _by_name(subject):
        kept = [(part, fault) for part, fault in faults if fault.seen and not fault.borderline]
        if kept:
            title, amounts = tr(kept[0][1].title), _amounts(subject, faults, kept)
            lines.append(tr("{fault}: {amounts}.", fault=title, amounts=amounts))
    for faults in _by_name(subject):
        kept = [(part, fault) for part, fault in faults if fault.borderline]
        if kept:
            title, amounts = mid(tr(kept[0][1].title)), _amounts(subject, faults, kept)
            lines.append(tr("Borderline: {fault}, {amounts}.", fault=title, amounts=amounts))
    return lines


def _counted(analysis: Analysis) -> str:
    reps = analysis.reps
    text = tr("{counted} counted", counted=counted_words(analysis.definition, reps.count))
    if reps.partial:
        text += ", " + tr("{partial} too shallow", partial=len(reps.partial))
    if analysis.why_no_reps is not None:
        return f"{text}. {tr(analysis.why_no_reps.sentence)}"
    peak = analysis.measures.get(analysis.definition["peak"])
    if peak is not None and peak.n:
        text += ", " + tr(
            "{peak} on average", peak=peak_words(analysis.definition, peak.mean, peak.unit)
        )
        if reps.signal_used.endswith("_from_depth"):
            text += " " + tr("(estimated from depth)")
    return f"{text}."


def _by_name(subject: Subject) -> list[list[tuple[Part, Fault]]]:
    """Return the faults of all sides, grouped by name; sides without a repetition have none."""
    counted = [part for part in subject.parts if part.analysis.reps.count]
    names = dict.fromkeys(name for part in counted for name in part.analysis.faults)
    return [
        [(part, part.analysis.faults[name]) for part in counted if name in part.analysis.faults]
        for name in names
    ]


def _amounts(
    subject: Subject, faults: Sequence[tuple[Part, Fault]], kept: Sequence[tuple[Part, Fault]]
) -> str:
    """Return the amounts and the limit of one fault for the sides that have it."""
    fault = kept[0][1]
    together = subject.paired and len(faults) == 2 and shared(faults[0][1], faults[1][1])
    texts = [
        f"{part.name} {amount(one.amount, one.unit)}" if len(subject.parts) > 1 and not together
        else amount(one.amount, one.unit)
        for part, one in (kept[:1] if together else kept)
    ]  # fmt: skip
    return f"{and_list(texts)} ({tr('limit {size}', size=_threshold(fault))})"


def _threshold(fault: Fault) -> str:
    digits = len(f"{fault.threshold:g}".partition(".")[2])
    return number(fault.threshold, fault.unit, digits=digits)


def _by_side(subject: Subject, titles: Sequence[tuple[str, tuple[Part, ...]]]) -> list[str]:
    """Return one line for the faults common to all sides, and one per side for its own faults."""
    lines: dict[tuple[Part, ...], list[str]] = {}
    for title, kept in titles:
        lines.setdefault(() if len(kept) == len(subject.parts) else kept, []).append(title)
    texts = []
    for kept in sorted(lines, key=len):
        text = ", ".join(lines[kept]) + "."
        names = and_list([part.name for part in kept])
        texts.append(opened(f"{names}: {text}" if names else text))
    return texts


def _not_seen(subject: Subject) -> list[str]:
    titles = []
    for faults in _by_name(subject):
        kept = tuple(p for p, fault in faults if fault.seen is False and not fault.borderline)
        if kept:
            titles.append((mid(tr(faults[0][1].title)), kept))
    return _by_side(subject, titles)


def _unknown_title(subject: Subject) -> str:
    seen = any(part.analysis.recording.space == "image" for part in subject.parts)
    return (
        "Could not be judged from this camera"
        if seen
        else "Could not be judged from this recording"
    )


def _could_not(subject: Subject) -> list[str]:
    by_reason: dict[Validity, list[tuple[str, tuple[Part, ...]]]] = {}
    for faults in _by_name(subject):
        reasons: dict[Validity, list[Part]] = {}
        for part, fault in faults:
            if fault.seen is None:
                reasons.setdefault(fault.reason, []).append(part)
        for reason, kept in reasons.items():
            by_reason.setdefault(reason, []).append((mid(tr(faults[0][1].title)), tuple(kept)))
    said = _why_nothing_leads(subject)
    lines = [
        " ".join(_by_side(subject, titles) + ([tr(reason.sentence)] if reason is not said else []))
        for reason, titles in by_reason.items()
    ]
    return _few(lines)


def _few(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    rest = len(lines) - _MOST_LINES + 1
    more = trn("{n} more on the next pages.", "{n} more on the next pages.", rest)
    return [*lines[: _MOST_LINES - 1], more]


def _how_sure(subject: Subject) -> list[str]:
    comparison = subject.comparison
    lines: list[str] = []
    if comparison is not None and comparison.primary is not None:
        m = comparison.primary
        interval = interval_words(m)
        verdict = opened(verdict_words(m))
        lines.append(f"{verdict} {opened(interval)}." if interval else verdict)
    if comparison is None:
        lines += _spread_words(subject)
    reason = _why_nothing_leads(subject)
    if reason is not None:
        lines.append(tr(reason.sentence))
    notes = list(comparison.notes) if comparison is not None else []
    # Longer notes, such as the study behind a number, are on later pages.
    lines += [tr_measured(note) for note in notes if len(note) <= _LONGEST_NOTE]
    for part in subject.by_recording:
        for finding in part.analysis.quality.findings:
            if finding.severity is not Severity.INFO:
                lines.append(subject.named(part, tr(finding.reason.sentence)))
        if part.analysis.source.fps < _LOW_FPS:
            rate = number(part.analysis.source.fps, "", digits=0)
            text = tr("Only {rate} frames per second: depth and timing are uncertain.", rate=rate)
            lines.append(subject.named(part, text))
    if not any(part.analysis.reps.count for part in subject.parts):
        lines.insert(0, tr("Nothing was measured."))
    lines = list(dict.fromkeys(lines))
    return _few(lines) or [tr("Nothing speaks against the recording.")]


def _why_nothing_leads(subject: Subject) -> Validity | None:
    """Return the reason why there is no primary measure; None if there is one."""
    comparison = subject.comparison
    counted = all(part.analysis.reps.count for part in subject.parts)
    if comparison is None or comparison.primary is not None or not counted:
        return None
    return reason_without_primary(comparison)


def _spread_words(subject: Subject) -> list[str]:
    """Return lines on the spread over repetitions and the estimator error of the main measure."""
    measure = _judged_measure(subject, subject.parts[0])
    if measure is None:
        return []
    wording = subject.wording
    label = wording.label(measure.name, measure.unit)
    lines = []
    if np.isfinite(measure.sd):
        lines.append(
            trn(
                "{measure}: ± {sd} between {n} repetition.",
                "{measure}: ± {sd} between {n} repetitions.",
                measure.n, measure=label, sd=amount(measure.sd, measure.unit),
            )
        )  # fmt: skip
    known = measure.systematic
    spread = 0.0 if known is None else 1.96 * float(np.hypot(known.bias, known.sd))
    if known is not None and float(f"{spread:.1f}"):
        error = amount(spread, measure.unit)
        lines.append(
            tr(
                "All repetitions alike may be off by up to {error}, as published for this estimator."
                if known.validated
                else "All repetitions alike may be off by up to {error}; this is a guess, because "
                "nothing is published for this estimator.",
                error=error,
            )
        )
    return lines


def _next(subject: Subject) -> list[str]:
    comparison = subject.comparison
    lines: list[str] = []
    without = [part for part in subject.parts if not part.analysis.reps.count]
    for part in without[:1]:
        lines.append(tr((part.analysis.why_no_reps or Validity.NO_REPS).remedy))
    lines += [
        tr(fault.cue)
        for faults in _by_name(subject)
        for _, fault in faults
        if fault.seen and fault.cue
    ]
    m = None if comparison is None else comparison.primary
    reason = _why_nothing_leads(subject)
    if reason is not None:
        lines.insert(0, tr(reason.remedy))
    if m is not None and m.verdict in (Verdict.INCONCLUSIVE, Verdict.LARGER_THAN_BORROWED):
        lines.append(tr(m.remedy))
    for part in subject.by_recording:
        lines += [
            tr(finding.remedy)
            for finding in part.analysis.quality.findings
            if finding.severity is not Severity.INFO
        ]
    if not without:
        lines.append(tr("Film again with the same set-up in a few weeks, and compare both dates."))
    return list(dict.fromkeys(filter(None, lines)))[: _MOST_LINES - 1]
