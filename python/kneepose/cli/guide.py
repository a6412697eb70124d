"""Instructions for doing and filming an exercise: ``kneepose guide``."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from kneepose import tables
from kneepose.comparison.form import criterion_words
from kneepose.exercises.spec import built_in
from kneepose.typing import ExerciseRow
from kneepose.words.exercises import Wording, wording_of
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
    set_up, camera, repetitions = _parts(row["set_up"])
    return {
        "exercise": row["name"],
        "title": row["title"],
        "side": "" if row["two_legs"] else wording.leg,
        "set_up": set_up,
        "camera": camera,
        "repetitions": repetitions,
        "target_deg": list(row["target"]),
        "target": _target(row, wording),
        "measured": _measured(row, wording),
        "mind": wording.note,
        "faults": [
            {
                "name": fault["name"],
                "title": fault["title"],
                "counts_if": [criterion_words(one, wording) for one in fault["criteria"]],
                "cue": fault["cue"],
            }
            for fault in row["faults"]
        ],
        "stop_signs": list(STOP_SIGNS),
        "pain": PAIN_RULE,
        "ask_first": ASK_FIRST,
        "limits": STATED_LIMITS,
    }


def _parts(text: str) -> tuple[str, str, str]:
    """Split the set-up text into the sentences before, about and after the camera."""
    sentences = re.split(r"(?<=\.)\s+", text.strip())
    cameras = [i for i, sentence in enumerate(sentences) if sentence.startswith("Camera")]
    if not cameras:
        return text, "", ""
    at = cameras[0]
    return " ".join(sentences[:at]), sentences[at], " ".join(sentences[at + 1 :])


def _target(row: ExerciseRow, wording: Wording) -> str:
    least, most = (amount(edge, "deg", digits=0) for edge in row["target"])
    words = wording.words(row["peak"]).short
    return f"{words} of {least.removesuffix('°')} to {most}"


def _measured(row: ExerciseRow, wording: Wording) -> list[dict[str, str]]:
    planes: dict[str, str] = {angle["name"]: angle["plane"] for angle in tables.angles()}
    shown_by = _SHOWN_BY if row["posture"] == "standing" else _NOT_STANDING
    of_signal = _SHOWN_BY[planes[row["frontal_signal"]]]
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
        rows.append({"name": name, "label": label, "shown_by": shown_by[planes[name]]})
    return rows


def guide_text(found: dict[str, Any]) -> str:
    """Format the data of `guide` as text for a terminal."""
    title = f"{found['title']}  ({found['exercise']})"
    parts: list[str] = [f"{title}\n{'=' * len(title)}"]
    which = f" The side of an analysis is that of the {found['side']}." if found["side"] else ""
    parts += [_section("Set-up", [found["set_up"] + which])]
    parts += [_section("Camera", [found["camera"]])] if found["camera"] else []
    count = [found["repetitions"], f"Aim: {_lower(found['target'])}.", _STATISTICS]
    parts += [_section("Repetitions", [text for text in count if text])]
    shown: dict[str, list[str]] = {}
    for row in found["measured"]:
        shown.setdefault(row["shown_by"], []).append(row["label"])
    measured = [f"With {by}: {'; '.join(map(_lower, labels))}." for by, labels in shown.items()]
    if found["mind"]:
        measured.append(found["mind"])
    parts += [_section("Measures", measured, bullet="- ")]
    faults = [
        f"{fault['title']}: {'; if that cannot be measured, '.join(fault['counts_if'])}. "
        f"Cue: {fault['cue']}"
        for fault in found["faults"]
    ]
    parts += [_section("Faults, judged on the median over the repetitions", faults, bullet="- ")]
    stop = [f"{text[:1].upper()}{text[1:]}." for text in found["stop_signs"]]
    parts += [_section("Do not exercise, and seek care, with", stop, bullet="- ")]
    parts += [_section("Pain, and who should ask first", [found["pain"], found["ask_first"]])]
    parts += [_section("Limits of the numbers", [found["limits"]])]
    return "\n\n".join(parts)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


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
