"""An analysis as text: summary, measures, faults, repetitions not counted, refused measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kneepose.analysis.reps import RepStatus
from kneepose.words.exercises import wording_of
from kneepose.words.measures import base_name, moment_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import spread

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis

__all__ = ["text_of"]


def text_of(analysis: Analysis) -> str:
    """Return the whole analysis as text."""
    parts = [
        [analysis.summary()],
        _measured(analysis),
        _form(analysis),
        _not_counted(analysis),
        _unknown(analysis),
        [
            f"Note: {f.measured}. {f.remedy}"
            for f in analysis.quality.findings
            if f.severity == "warn"
        ],
        [STATED_LIMITS],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _measured(analysis: Analysis) -> list[str]:
    """Return one line per measure, with the moments of an angle in columns."""
    if not analysis.measures:
        return []
    wording = wording_of(analysis.row)
    plain = {n: m for n, m in analysis.measures.items() if not moment_of(n)}
    between = analysis.row["between"]
    timed = [n for n in analysis.measures if moment_of(n) and moment_of(n) not in between]
    moments = list(dict.fromkeys(moment_of(name) for name in timed))
    heads = {"at_bottom": wording.turning_point, "change": f"rest to {wording.turning_point}"}
    titles = [heads.get(m, f"at {m.removeprefix('at_')}°") for m in moments]

    def cell(name: str) -> str:
        measure = analysis.measures.get(name)
        if measure is None or not measure.n:
            return "–"
        few = f" ({measure.n})" if measure.n < analysis.reps.count else ""
        return spread(measure.mean, measure.sd, measure.unit) + few

    rows = [[wording.short(n, m.unit), cell(n), n] for n, m in plain.items()]
    angles = dict.fromkeys(base_name(name) for name in timed)
    table: list[list[str]] = []
    for angle in angles:
        unit = next(analysis.measures[n].unit for n in timed if base_name(n) == angle)
        names = [f"{angle}_{moment}" for moment in moments]
        table.append([wording.short(angle, unit), *(cell(name) for name in names), angle])
    fewer = any("(" in text for row in [*rows, *table] for text in row[1:-1])
    note = ", (number of values) if fewer" if fewer else ""
    count = analysis.reps.count
    said = (
        f"Mean ± standard deviation of {count} repetition{'' if count == 1 else 's'}{note}, and name "
        "of the measure:"
    )
    if not table:
        return [said, *_aligned(rows)]
    empty = [""] * (len(moments) - 1)
    return [
        said,
        *_aligned([*([r[0], r[1], *empty, r[2]] for r in rows), ["", *titles, ""], *table]),
    ]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        first = row[0].ljust(widths[0])
        middle = [text.rjust(width) for text, width in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  " + "   ".join([first, *middle, row[-1]]).rstrip())
    return lines


def _form(analysis: Analysis) -> list[str]:
    if not analysis.reps.count or not analysis.faults:
        return []
    judged = [fault for fault in analysis.faults.values() if fault.seen is not None]
    lines = ["Form, judged on the median over the repetitions:"]
    lines += [f"  {fault!r}{f'. {fault.cue}' if fault.seen else ''}" for fault in judged]
    unknown = [fault.title.lower() for fault in analysis.faults.values() if fault.seen is None]
    return [*lines, f"  Not assessed: {', '.join(unknown)}"] if unknown else lines


def _not_counted(analysis: Analysis) -> list[str]:
    others = [rep for rep in analysis.reps if rep.status is not RepStatus.FULL]
    if not others:
        return []
    return [
        "Not counted:",
        *(
            "  "
            + ", ".join(filter(None, [f"at {rep.bottom_s:.1f} s", analysis.reps.range_words(rep)]))
            + f": {rep.status.words}"
            for rep in others
        ),
    ]


def _unknown(analysis: Analysis) -> list[str]:
    if not analysis.refused or analysis.why_no_reps is not None:
        reason = analysis.why_no_reps
        return [f"What to do: {reason.remedy}"] if reason is not None and reason.remedy else []
    lines = ["Not measured, with reason and remedy:"]
    for reason in dict.fromkeys(refusal.reason for refusal in analysis.refused):
        names = [r.measure for r in analysis.refused if r.reason is reason]
        what = ", ".join(_refused_names(analysis, names))
        lines.append(f"  {what}: {reason.sentence} {reason.remedy}".rstrip())
    return lines


def _refused_names(analysis: Analysis, names: list[str]) -> list[str]:
    """Return the display names of refused measures.

    A moment at which all measures are refused is one entry.
    """
    wording = wording_of(analysis.row)
    measured = {base_name(name) for name in analysis.measures}
    by_moment: dict[str, list[str]] = {}
    texts: dict[str, None] = {}
    for name in names:
        if base_name(name) in measured:
            by_moment.setdefault(wording.moment(name), []).append(wording.words(name).short)
        else:
            texts[wording.words(name).short] = None
    for moment, shorts in by_moment.items():
        everything = len(shorts) >= len(measured & set(analysis.row["measures"]))
        texts[f"{'Everything' if everything else ', '.join(shorts)} {moment}".rstrip()] = None
    return list(texts)
