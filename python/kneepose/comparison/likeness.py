"""Set-ups of two analyses, and the differences between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.typing import Between
from kneepose.words.notes import LONGER, SHORTER, TWO_PERSONS, UNLIKE, VIEWS

__all__ = [
    "SEVERAL",
    "common_set_up",
    "interval_between",
    "set_up_of",
    "unlike",
    "unlike_set_ups",
]

#: Frame rates count as equal up to this ratio: 29.97 and 30 do, 30 and 60 do not. An engineering
#: default.
_RATE_RATIO: Final = 1.15
#: Body sizes count as equal up to this ratio of a length (3-D) or of trunk/leg proportions (image).
#: Based on pairs of recordings of real people: docs/decisions/0016-verdicts-say-what-is-known.md.
_SIZE_RATIO: Final = 1.10
_SHAPE_RATIO: Final = 1.20

#: Value of a set-up entry that differs between the sessions of a reliability estimate.
SEVERAL: Final = "several"
_CAUSAL: Final = {True: "live", False: "recorded"}


def set_up_of(analysis: Analysis) -> dict[str, Any]:
    """Return the set-up of an analysis, keyed like `UNLIKE`; the view is None in world space."""
    settings, source = analysis.settings, analysis.source
    return {
        "estimator": source.estimator,
        "model_hash": source.model_hash,
        "skeleton": source.skeleton.name,
        "space": source.space,
        "view": analysis.view if source.space == "image" else None,
        "exercise": analysis.exercise,
        "signal": analysis.reps.signal_used,
        "cutoff_hz": settings.get("cutoff_hz"),
        "max_gap_s": settings.get("max_gap_s"),
        "fps": float(source.fps),
        "causal": analysis.causal,
        "version": analysis.version,
    }


def unlike_set_ups(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each entry in which two set-ups differ."""
    return [
        note.format(first=_shown(name, first[name]), second=_shown(name, second[name]))
        for name, note in UNLIKE.items()
        if name in first and name in second and not _alike(name, first[name], second[name])
    ]


def _alike(name: str, first: Any, second: Any) -> bool:
    if SEVERAL in (first, second):
        return False
    if name == "fps":
        known = np.isfinite([first, second]).all() and min(first, second) > 0
        return not known or bool(max(first, second) / min(first, second) <= _RATE_RATIO)
    if name == "cutoff_hz" and None not in (first, second):
        return bool(abs(first - second) < 0.05)
    # A stream has no maximum gap; the difference of the filters already reports that.
    if name == "max_gap_s" and None in (first, second):
        return True
    return bool(first == second)


def _shown(name: str, value: Any) -> str:
    if value == SEVERAL:
        return str(value)
    if name == "causal":
        return _CAUSAL[bool(value)]
    if value is None or value == "":
        return "none" if name == "cutoff_hz" else "not stated"
    if name == "view":
        return VIEWS.get(str(value), str(value))
    if name == "model_hash":
        return str(value)[:12]
    units = {"cutoff_hz": " Hz", "fps": " frames a second", "max_gap_s": " s"}
    return f"{value:.3g}{units[name]}" if name in units else str(value)


def unlike(first: Analysis, second: Analysis) -> tuple[str, ...]:
    """Return a sentence for each difference between two analyses other than the measured values.

    It covers set-up, subject and body size (limb lengths in world space, proportions in an image).
    Differences for which `compare` raises an error are not repeated.
    """
    notes = unlike_set_ups(set_up_of(first), set_up_of(second))
    if first.source is second.source:
        return tuple(notes)
    named = first.source.subject, second.source.subject
    if None not in named and named[0] != named[1]:
        notes.append(TWO_PERSONS.format(first=named[0], second=named[1]))
        return tuple(notes)
    size = _other_size(first, second)
    return (*notes, size) if size else tuple(notes)


def _other_size(first: Analysis, second: Analysis) -> str:
    """Return a sentence if the two bodies differ in size or proportions; else an empty text."""
    in_space = first.source.space == "world"
    sizes = _lengths(first), _lengths(second)
    if in_space:
        limit = _SIZE_RATIO
    else:
        sizes = _shape(sizes[0]), _shape(sizes[1])
        limit = _SHAPE_RATIO
    ratios = {
        name: float(sizes[1][name] / sizes[0][name])
        for name in sizes[0]
        if np.isfinite([sizes[0][name], sizes[1][name]]).all()
        and min(sizes[0][name], sizes[1][name]) > 0
    }
    if not ratios:
        return ""
    name = max(ratios, key=lambda one: abs(np.log(ratios[one])))
    if max(ratios[name], 1 / ratios[name]) <= limit:
        return ""
    percent = 100 * (ratios[name] - 1)
    return (LONGER if percent > 0 else SHORTER).format(part=name, percent=f"{abs(percent):.0f}")


def _lengths(analysis: Analysis) -> dict[str, float]:
    """Return segment lengths, averaged over both sides, in meters or pixels; NaN where unseen.

    In world space the length is the median over frames. In an image it is the 90th percentile,
    because a segment that leans toward the camera appears shorter.
    """
    recording = analysis.recording
    share = 0.5 if recording.space == "world" else 0.9
    landmarks = recording.skeleton.landmarks

    def length(upper: str, lower: str) -> float:
        ends = [
            (landmarks.get(f"{side}_{upper}"), landmarks.get(f"{side}_{lower}"))
            for side in ("left", "right")
        ]
        pairs = [(a, b) for a, b in ends if a is not None and b is not None]
        found = _core.segment_lengths(recording.coordinates, pairs, share)
        known = [one for one in found if np.isfinite(one)]
        return sum(known) / len(known) if known else float("nan")

    return {
        "thigh": length("hip", "knee"),
        "shin": length("knee", "ankle"),
        "trunk": length("shoulder", "hip"),
    }


def _shape(lengths: Mapping[str, float]) -> dict[str, float]:
    leg = lengths["thigh"] + lengths["shin"]
    return {"trunk against the leg": lengths["trunk"] / leg if leg > 0 else float("nan")}


def common_set_up(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Return the set-up that all analyses share; entries that differ are `SEVERAL`."""
    set_ups = [set_up_of(one) for one in analyses]
    first = set_ups[0]
    return {
        name: value if all(_alike(name, value, one[name]) for one in set_ups) else SEVERAL
        for name, value in first.items()
    }


def interval_between(first: Analysis, second: Analysis) -> Between:
    """Return the relation of two analyses, one session or two days, from dates and sessions.

    Without dates, two legs count as one session, and one leg twice as two days.
    """
    dates, sessions = (
        [getattr(one.source, name) for one in (first, second)] for name in ("date", "session")
    )
    for known in (dates, sessions):
        if None not in known:
            return "session" if known[0] == known[1] else "day"
    return "session" if first.side != second.side else "day"
