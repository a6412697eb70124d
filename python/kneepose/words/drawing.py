"""Short texts for drawings on frames: phases of a repetition, and angles at joints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kneepose.words.units import number

__all__ = ["phase_words", "short_angle"]

#: First entry of the phases of an exercise → words for the phases of a stream.
_PHASES: Final[Mapping[str, Mapping[str, str]]] = {
    "descent_s": {"rest": "ready", "out": "down", "hold": "hold", "back": "up"},
    "lift_s": {"rest": "ready", "out": "up", "hold": "hold", "back": "down"},
    "out_s": {"rest": "ready", "out": "out", "hold": "hold", "back": "back"},
}


def phase_words(definition: Mapping[str, Any], phase: str) -> str:
    """Return the word for a phase of an exercise, such as ``"down"`` for ``"out"`` in a squat."""
    phases = definition["phases"]
    return _PHASES.get(phases[0] if phases else "out_s", _PHASES["out_s"])[phase]


def short_angle(name: str, value: float) -> str:
    """Return an angle as it stands beside its joint.

    Examples
    --------
    >>> short_angle("knee_flexion", 61.7), short_angle("fppa", 8.2), short_angle("fppa", -3.1)
    ('62°', '8° in', '3° out')
    >>> short_angle("knee_flexion_from_depth", 95.0)
    '95° bent'
    """
    if name == "knee_flexion_from_depth":
        return f"{number(value, 'deg', digits=0)} bent"
    if name != "fppa":
        return number(value, "deg", digits=0)
    size = number(abs(value), "deg", digits=0)
    return size if size == "0°" else f"{size} {'in' if value > 0 else 'out'}"
