"""Text on the faults of one or two sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.faults import Fault, limit_words
from kneepose.words.catalogue import mid, tr
from kneepose.words.exercises import Wording
from kneepose.words.measures import base_name
from kneepose.words.units import unit_of_angle

__all__ = ["criterion_words", "fault_limits", "form_line", "shared"]


def criterion_words(row: Mapping[str, Any], wording: Wording) -> str:
    """Return one criterion of a fault as text.

    Examples
    --------
    >>> from kneepose.words.exercises import WORDINGS
    >>> row = {"measure": "pelvis_roll", "moment": "change", "way": "above", "threshold": 10.0}
    >>> criterion_words(row, WORDINGS["clamshell"])
    'pelvis roll more than 10°, from rest to the highest point'
    """
    moment = row["moment"]
    name = row["measure"] if moment is None else f"{row['measure']}_{moment}"
    unit = "s" if moment is None else unit_of_angle(row["measure"])
    short = wording.words(name).short
    limit = limit_words(row["way"], row["threshold"], unit)
    when = wording.moment(name)
    return f"{mid(short)} {limit}{f', {when}' if when else ''}"


def shared(first: Fault, second: Fault) -> bool:
    """Return whether both sides have the same values, as for the trunk in a two-leg squat."""
    return first.measure == second.measure and np.array_equal(
        first.values, second.values, equal_nan=True
    )


def fault_limits(analyses: Sequence[Analysis], angle: str) -> list[float]:
    """Return the limits of assessed faults that are judged directly by the value of an angle."""
    found: list[float] = []
    for analysis in analyses:
        for fault in analysis.faults.values():
            is_value = "_change" not in fault.measure and base_name(fault.measure) == angle
            if is_value and fault.seen is not None:
                either = fault.way == "either"
                found += [-fault.threshold, fault.threshold] if either else [fault.threshold]
    return list(dict.fromkeys(found))


def form_line(sides: Sequence[tuple[str, Analysis]], *, paired: bool = False) -> str:
    """Return one line on the faults of the named sides; empty without counted repetitions."""
    counted = [(side, a) for side, a in sides if a.reps.count]
    if not any(a.faults for _, a in counted):
        return ""
    names = dict.fromkeys(name for _, a in counted for name in a.faults)
    seen, unsure, unknown = [], [], 0
    for name in names:
        faults = [(side, a.faults[name]) for side, a in counted if name in a.faults]
        where = [side for side, fault in faults if fault.seen]
        unknown += any(fault.seen is None for _, fault in faults)
        doubtful = [side for side, fault in faults if fault.borderline]
        title = mid(tr(faults[0][1].title))
        if doubtful:
            unsure.append(f"{title} ({_sides(doubtful, faults, paired)})")
        if where:
            seen.append(f"{title} ({_sides(where, faults, paired)})")
    whose = f" ({tr(counted[0][0])})" if len(counted) == 1 and not seen else ""
    text = tr("Form{whose}: none of the assessed faults was seen.", whose=whose)
    if seen:
        text = tr("Form: {faults}.", faults=", ".join(seen))
    if unsure:
        text += " " + tr("Borderline: {faults}.", faults=", ".join(unsure))
    if unknown:
        text += " " + tr(
            "{unknown} of {all} faults could not be assessed in these recordings.",
            unknown=unknown, all=len(names),
        )  # fmt: skip
    return text


def _sides(where: Sequence[str], faults: Sequence[tuple[str, Fault]], paired: bool) -> str:
    if len(where) == 2:
        both = paired and shared(faults[0][1], faults[1][1])
        return tr("both legs together" if both else "both")
    return tr(where[0])
