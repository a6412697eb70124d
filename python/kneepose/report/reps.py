"""The section of the report about repetitions: how many, which do not count, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kneepose.analysis.reps import Rep, RepStatus
from kneepose.words.exercises import wording_of
from kneepose.words.units import amount, unit_of_angle

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis

__all__ = ["counted", "repetitions"]

#: Why a repetition does not count, in full.
_WHY = {
    RepStatus.PARTIAL: "It went less than 60 % as far as the others.",
    RepStatus.INCOMPLETE_RETURN: (
        "It was not back at rest when the next one began, or the recording ended."
    ),
    RepStatus.MISSING_DATA: "More than a fifth of it was not seen.",
    RepStatus.LOST_STANCE: "For more than a fifth of it the body was not placed as the exercise asks.",
    RepStatus.START_TRANSIENT: "It was on its way when the recording began.",
    RepStatus.OTHER_MOVEMENT: "The body did something else, such as walking, jumping or bending over.",
}


def counted(analysis: Analysis) -> str:
    """Return how many count, and how many do not for which reason."""
    reasons: dict[str, int] = {}
    for rep in analysis.reps:
        if rep.status is not RepStatus.FULL:
            reasons[rep.status.words] = reasons.get(rep.status.words, 0) + 1
    left_out = ", ".join(f"{count} {words}" for words, count in reasons.items())
    return f"{analysis.reps.count}" + (f" (not counted: {left_out})" if left_out else "")


def repetitions(sides: Sequence[tuple[str, Analysis]]) -> dict[str, Any]:
    """Return a sentence a side on how many reach the aim, and a row a repetition that does not count.

    Parameters
    ----------
    sides
        What to call it, and the analysis; one entry where both share their repetitions.
    """
    return {
        "aims": [text for name, analysis in sides if (text := _aim(name, analysis))],
        "rejected": [
            {
                "side": name.capitalize() or "Both legs",
                "when": _when(rep),
                "range": analysis.reps.range_words(rep).removeprefix("range ") or "not known",
                "status": rep.status.words,
                "why": _WHY[rep.status],
            }
            for name, analysis in sides
            for rep in analysis.reps
            if rep.status is not RepStatus.FULL
        ],
    }


def _when(rep: Rep) -> str:
    if rep.start == rep.end:  # a pulse without an extent
        return f"at {rep.bottom_s:.1f} s"
    return f"{rep.start_s:.1f} to {rep.end_s:.1f} s"


def _aim(name: str, analysis: Analysis) -> str:
    known = [rep.target_reached for rep in analysis.reps.full if rep.target_reached is not None]
    least = float(analysis.definition["target"][0])
    if not known or unit_of_angle(analysis.reps.signal_used) != "deg" or not least > 0:
        return ""
    peak = wording_of(analysis.definition).words(analysis.definition["peak"]).short
    where = f"{name}: " if name else ""
    verb = "reaches" if len(known) == 1 else "reach"
    text = (
        f"{where}{sum(known)} of {len(known)} {verb} the aim of {amount(least, 'deg', digits=0)} "
        f"({peak[:1].lower()}{peak[1:]})."
    )
    return text[:1].upper() + text[1:]
