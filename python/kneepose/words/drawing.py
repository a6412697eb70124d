"""Short texts for drawings on frames: phases of a repetition, and angles at joints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kneepose.words.catalogue import tr
from kneepose.words.units import number

__all__ = ["PHASES", "inward_words", "phase_words", "short_angle"]

#: First phase name of an exercise → display words for the phases of a stream.
PHASES: Final[Mapping[str, Mapping[str, str]]] = {
    "descent_s": {"rest": "ready", "out": "down", "hold": "hold", "back": "up"},
    "lift_s": {"rest": "ready", "out": "up", "hold": "hold", "back": "down"},
    "rise_s": {"rest": "ready", "out": "up", "hold": "hold", "back": "down"},
    "out_s": {"rest": "ready", "out": "out", "hold": "hold", "back": "back"},
}


def phase_words(definition: Mapping[str, Any], phase: str) -> str:
    """Return the display word for an exercise phase, such as ``"down"`` for ``"out"``."""
    phases = definition["phases"]
    return tr(PHASES.get(phases[0] if phases else "out_s", PHASES["out_s"])[phase])


def short_angle(name: str, value: float) -> str:
    """Return a short text of an angle, drawn beside its joint.

    Examples
    --------
    >>> short_angle("knee_flexion", 61.7), short_angle("fppa", 8.2), short_angle("fppa", -3.1)
    ('62°', '8° in', '3° out')
    >>> short_angle("knee_flexion_from_depth", 95.0)
    '95° bent'
    """
    if name == "knee_flexion_from_depth":
        return tr("{size} bent", size=number(value, "deg", digits=0))
    if name != "fppa":
        return number(value, "deg", digits=0)
    size = number(abs(value), "deg", digits=0)
    if size == "0°":
        return size
    return tr("{size} in" if value > 0 else "{size} out", size=size)


def inward_words(value: float) -> str:
    """Return a knee-inward angle as text.

    Examples
    --------
    >>> inward_words(8.24), inward_words(-3.1), inward_words(0.02)
    ('8.2° inward', '3.1° outward', '0.0°')
    """
    size = number(abs(value), "deg")
    if not float(f"{value:.1f}"):
        return size
    return tr("{size} inward" if value > 0 else "{size} outward", size=size)
