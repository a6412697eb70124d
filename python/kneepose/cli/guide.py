"""Instructions for doing and filming an exercise: ``kneepose guide``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from kneepose import tables
from kneepose.comparison.form import criterion_words
from kneepose.exercises.spec import built_in
from kneepose.typing import ExerciseRow
from kneepose.words.catalogue import mid, opened, tr
from kneepose.words.exercises import Wording, set_up_parts, wording_of
from kneepose.words.measures import base_name
from kneepose.words.safety import ASK_FIRST, PAIN_RULE, STATED_LIMITS, STOP_SIGNS
from kneepose.words.units import amount

__all__ = ["guide", "guide_text"]

_WIDTH = 92
#: Plane of an angle → recordings that show it.
_SHOWN_BY = {
    "any": "any camera",
    "frontal": "a camera in front or behind, or 3-D keypoints",
    "sagittal": "a camera at the side, or 3-D keypoints",
    "spatial": "3-D keypoints only",
}
#: For a person lying or on hands and knees, no single camera shows both the exercise and flexion.
_NOT_STANDING = _SHOWN_BY | {"sagittal": _SHOWN_BY["spatial"]}
_STATISTICS = "A comparison of two sides needs four repetitions on each, better five or more."


def guide(exercise: str) -> dict[str, Any]:
    """Return set-up, camera, measures, faults and safety rules of an exercise, as plain data for JSON.

    Raises
    ------
    UnknownNameError
        The exercise is not known.
    """
    row = built_in(exercise)
    wording = wording_of(row)
    set_up, camera, repetitions = set_up_parts(row["set_up"])
    return {
        "exercise": row["name"],
        "title": tr(row["title"]),
        "side": "" if row["two_legs"] else tr(wording.leg),
        "set_up": set_up,
        "camera": camera,
        "repetitions": repetitions,
        "target_deg": list(row["target"]),
        "target": _target(row, wording),
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


def guide_text(found: dict[str, Any]) -> str:
    """Format the data of `guide` as text for a terminal."""
    title = f"{found['title']}  ({found['exercise']})"
    parts: list[str] = [f"{title}\n{'=' * len(title)}"]
    which = tr(" The side of an analysis is that of the {leg}.", leg=found["side"])
    set_up = found["set_up"] + (which if found["side"] else "")
    parts += [_section(tr("Set-up"), [set_up])]
    parts += [_section(tr("Camera"), [found["camera"]])] if found["camera"] else []
    aim = tr("Aim: {target}.", target=mid(found["target"]))
    count = [found["repetitions"], aim, tr(_STATISTICS)]
    parts += [_section(tr("Repetitions"), [text for text in count if text])]
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
