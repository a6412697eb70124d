"""Guide of an exercise: set-up, camera, dose, measures, faults with cues, and when to stop."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from kneepose import tables
from kneepose.comparison.form import criterion_words
from kneepose.exercises.programme import dose_words, programme_row
from kneepose.exercises.spec import built_in
from kneepose.guides.figure import figure_svg, figure_text
from kneepose.records import ReadOnlyMapping
from kneepose.typing import ExerciseName, ExerciseRow
from kneepose.words.catalogue import current_language, mid, opened, tr
from kneepose.words.exercises import Wording, set_up_parts, wording_of
from kneepose.words.measures import base_name
from kneepose.words.safety import ASK_FIRST, PAIN_RULE, STATED_LIMITS, STOP_SIGNS
from kneepose.words.units import amount
from kneepose.writing import write_text

__all__ = ["Guide", "guide", "guide_text"]

_WIDTH = 92
#: Plane of an angle → kind of recordings that show it.
_SHOWN_BY = {
    "any": "any camera",
    "frontal": "a camera in front or behind, or 3-D keypoints",
    "sagittal": "a camera at the side, or 3-D keypoints",
    "spatial": "3-D keypoints only",
}
#: For exercises lying or on hands and knees: no single camera view shows both the exercise and
#: flexion, so sagittal angles need 3-D.
_NOT_STANDING = _SHOWN_BY | {"sagittal": _SHOWN_BY["spatial"]}
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1b2a33}"
    "h1{font-size:1.6em}h2{font-size:1.1em;margin:1.4em 0 .3em}p,ul{margin:.3em 0}"
    "ul{padding-left:1.2em}svg{width:100%;height:auto}@media print{body{margin:0}}"
)
_STATISTICS = "A comparison of two sides needs four repetitions on each, better five or more."


class Guide(Mapping[str, Any]):
    """Guide of an exercise: a mapping of texts in the language in which it was created.

    Printing it gives the text; `svg` is the drawing of the set-up, and `to_html` writes both as a
    page.
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = ReadOnlyMapping(dict(found))
        self._text = guide_text(self._found)
        self._page = _page(self._found)

    def __getitem__(self, key: str) -> Any:
        """Return one part by name."""
        return self._found[key]

    def __iter__(self) -> Any:
        """Return the names of the parts."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self._found)

    def __repr__(self) -> str:
        """Return the guide as text for a terminal."""
        return self._text

    def _repr_html_(self) -> str:
        return self._page

    @property
    def svg(self) -> str:
        """Drawing of the set-up as SVG."""
        return str(self._found["figure_svg"])

    def to_dict(self) -> dict[str, Any]:
        """Return all parts as plain data for JSON."""
        return dict(self._found)

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the guide as one page without links, or write it to a file and return the path.

        Raises
        ------
        KneeposeError
            The file cannot be written.
        """
        if path is None:
            return self._page
        return write_text(path, self._page)


def guide(exercise: ExerciseName) -> Guide:
    """Return the guide of an exercise, in the language and wording in force (`kneepose.words.speak`).

    Parameters
    ----------
    exercise
        Name from `kneepose.tables.exercises`.

    Returns
    -------
    Guide
        Set-up and camera (with a drawing), repetitions, dose and load steps from
        `kneepose.tables.programme`, measures, faults with their limits and cues, signs to stop and
        seek care, and limits of the numbers.

    Raises
    ------
    UnknownNameError
        The exercise is not known.

    Examples
    --------
    >>> import kneepose as kp
    >>> found = kp.guide("clamshell")
    >>> found["dose"]["source"][:20]
    '3 days a week for 8 '
    >>> "Do not exercise, and seek care" in str(found)
    True
    """
    row = built_in(exercise)
    return Guide(_found(row, wording_of(row)))


def _found(row: ExerciseRow, wording: Wording) -> dict[str, Any]:
    set_up, camera, repetitions = set_up_parts(row["set_up"])
    return {
        "exercise": row["name"],
        "title": tr(row["title"]),
        "side": "" if row["two_legs"] else tr(wording.leg),
        "set_up": set_up,
        "camera": camera,
        "figure": figure_text(row["name"]),
        "figure_svg": figure_svg(row["name"]),
        "repetitions": repetitions,
        "target_deg": list(row["target"]),
        "target": _target(row, wording),
        "dose": _dose(row["name"]),
        "measured": _measured(row, wording),
        "mind": tr(wording.note),
        "faults": [
            {
                "name": fault["name"],
                "title": tr(fault["title"]),
                "counts_if": [criterion_words(one, wording) for one in fault["criteria"]],
                "cue": tr(fault["cue"]),
            }
            for fault in row["faults"]
        ],
        "stop_signs": list(map(tr, STOP_SIGNS)),
        "pain": tr(PAIN_RULE),
        "ask_first": tr(ASK_FIRST),
        "limits": tr(STATED_LIMITS),
    }


def _dose(exercise: str) -> dict[str, Any]:
    """Return the exercise's row of the programme as texts; empty if it is not in the programme."""
    row = programme_row(exercise)
    if row is None:
        return {}
    key, values = dose_words(row)
    named = ("begin", "stands_for", "progress", "regress", "expect", "note", "source")
    return {
        "amount": tr(key, **values),
        "load": list(map(tr, row["load"])),
        "depth_deg": [list(band) for band in row["depth_deg"]],
        **{name: tr(row[name]) if row[name] else "" for name in named},  # type: ignore[literal-required]
    }


def _target(row: ExerciseRow, wording: Wording) -> str:
    least, most = (amount(edge, "deg", digits=0) for edge in row["target"])
    words = wording.words(row["peak"]).short
    return tr("{peak} of {least} to {most}", peak=words, least=least.removesuffix("°"), most=most)


def _measured(row: ExerciseRow, wording: Wording) -> list[dict[str, str]]:
    planes: dict[str, str] = {angle["name"]: angle["plane"] for angle in tables.angles()}
    shown_by = _SHOWN_BY if row["posture"] == "standing" else _NOT_STANDING
    of_signal = tr(_SHOWN_BY[planes[row["frontal_signal"]]])
    names = [row["peak"], *row["phases"], "duration_s"]
    rows = [{"name": n, "label": wording.words(n).long, "shown_by": of_signal} for n in names]
    judged = [
        criterion["measure"]
        for fault in row["faults"]
        for criterion in fault["criteria"]
        if criterion["moment"] is not None
    ]
    for name in dict.fromkeys([*row["measures"], *judged]):
        label = wording.words(base_name(name)).long
        rows.append({"name": name, "label": label, "shown_by": tr(shown_by[planes[name]])})
    return rows


def guide_text(found: Mapping[str, Any]) -> str:
    """Format the parts of a guide as text for a terminal."""
    title = f"{found['title']}  ({found['exercise']})"
    parts: list[str] = [f"{title}\n{'=' * len(title)}"]
    which = tr(" The side of an analysis is that of the {leg}.", leg=found["side"])
    set_up = found["set_up"] + (which if found["side"] else "")
    parts += [_section(tr("Set-up"), [set_up])]
    parts += [_section(tr("Camera"), [found["camera"]])] if found["camera"] else []
    parts += [textwrap.indent(found["figure"], "  ")] if found["figure"] else []
    aim = tr("Aim: {target}.", target=mid(found["target"]))
    count = [found["repetitions"], aim, tr(_STATISTICS)]
    parts += [_section(tr("Repetitions"), [text for text in count if text])]
    parts += (
        [_section(tr("Dose"), _dose_lines(found["dose"]), bullet="- ")] if found["dose"] else []
    )
    shown: dict[str, list[str]] = {}
    for row in found["measured"]:
        shown.setdefault(row["shown_by"], []).append(row["label"])
    measured = [
        tr("With {camera}: {measures}.", camera=by, measures="; ".join(map(mid, labels)))
        for by, labels in shown.items()
    ]
    if found["mind"]:
        measured.append(found["mind"])
    parts += [_section(tr("Measures"), measured, bullet="- ")]
    otherwise = tr("; if that cannot be measured, ")
    faults = [
        f"{fault['title']}: {otherwise.join(fault['counts_if'])}. "
        f"{tr('Cue: {cue}', cue=fault['cue'])}"
        for fault in found["faults"]
    ]
    heading = tr("Faults, judged on the median over the repetitions")
    parts += [_section(heading, faults, bullet="- ")]
    stop = [f"{opened(text)}." for text in found["stop_signs"]]
    parts += [_section(tr("Do not exercise, and seek care, with"), stop, bullet="- ")]
    first = [found["pain"], found["ask_first"]]
    parts += [_section(tr("Pain, and who should ask first"), first)]
    parts += [_section(tr("Limits of the numbers"), [found["limits"]])]
    return "\n\n".join(parts)


def _dose_lines(dose: Mapping[str, Any]) -> list[str]:
    lines = [dose["amount"]]
    if dose["load"]:
        lines.append(tr("Steps of load: {steps}.", steps="; ".join(dose["load"])))
    if dose["depth_deg"]:
        bands = "; ".join(f"{low} – {high}°" for low, high in dose["depth_deg"])
        lines.append(tr("Steps of depth: {steps}.", steps=bands))
    named = ("begin", "stands_for", "progress", "regress", "expect", "note")
    lines += [dose[name] for name in named if dose[name]]
    return [*lines, tr("Source: {source}.", source=dose["source"])]


def _page(found: Mapping[str, Any]) -> str:
    """Return the guide as one HTML page without links, with the drawing after the set-up."""
    head, *sections = guide_text(found).split("\n\n")
    title = head.splitlines()[0]
    blocks = []
    for section in sections:
        first, *lines = section.splitlines()
        if section == textwrap.indent(found["figure"], "  "):
            blocks.append(found["figure_svg"])
            continue
        texts = textwrap.dedent("\n".join(lines)).split("\n- ")
        joined = [" ".join(text.removeprefix("- ").split()) for text in texts]
        items = "".join(f"<li>{escape(text)}</li>" for text in joined)
        body = f"<ul>{items}</ul>" if len(joined) > 1 else f"<p>{escape(joined[0])}</p>"
        blocks.append(f"<h2>{escape(first)}</h2>{body}")
    return (
        f'<!DOCTYPE html><html lang="{escape(current_language().code)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(found['title'])}</h1>{''.join(blocks)}</body></html>"
    )


def _section(title: str, texts: Sequence[str], *, bullet: str = "") -> str:
    indent = "  " + bullet
    below = " " * len(indent)
    wrapped = [
        textwrap.fill(
            text, _WIDTH, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False
        )
        for text in texts
    ]
    return "\n".join([title, *wrapped])
