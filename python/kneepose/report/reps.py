"""Template data of the report's section on repetitions: counts, and repetitions not counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kneepose.analysis.reps import Rep, RepStatus
from kneepose.words.exercises import wording_of
from kneepose.words.units import amount, unit_of_angle

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis

__all__ = ["counted", "repetitions"]

#: Sentence for each status of a repetition that is not counted.
_REJECTION_REASONS = {
    RepStatus.PARTIAL: "Its range is less than 60 % of the typical range of the others.",
    RepStatus.INCOMPLETE_RETURN: (
        "The body did not return to rest before the next repetition or the end of the recording."
    ),
    RepStatus.MISSING_DATA: "Body points are missing in more than a fifth of it.",
    RepStatus.LOST_STANCE: (
        "The body was not in the position of the exercise for more than a fifth of it."
    ),
    RepStatus.START_TRANSIENT: "It had already begun when the recording started.",
    RepStatus.OTHER_MOVEMENT: "It is another movement, such as walking, jumping or bending over.",
}


def counted(analysis: Analysis) -> str:
    """Return the number of counted repetitions, and of those not counted by reason, as text."""
    reasons: dict[str, int] = {}
    for rep in analysis.reps:
        if rep.status is not RepStatus.FULL:
            reasons[rep.status.words] = reasons.get(rep.status.words, 0) + 1
    left_out = ", ".join(f"{count} {words}" for words, count in reasons.items())
    return f"{analysis.reps.count}" + (f" (not counted: {left_out})" if left_out else "")


def repetitions(sides: Sequence[tuple[str, Analysis]]) -> dict[str, Any]:
    """Return the lines about reached targets, and one row per repetition that is not counted.

    Parameters
    ----------
    sides
        Displayed name and analysis of each side. One entry if both sides share their repetitions.
    """
    return {
        "aims": [text for name, analysis in sides if (text := _aim(name, analysis))],
        "rejected": [
            {
                "side": name.capitalize() or "Both legs",
                "when": _when(rep),
                "range": analysis.reps.range_words(rep).removeprefix("range ") or "not known",
                "status": rep.status.words,
                "why": _REJECTION_REASONS[rep.status],
            }
            for name, analysis in sides
            for rep in analysis.reps
            if rep.status is not RepStatus.FULL
        ],
    }


def _when(rep: Rep) -> str:
    if rep.start == rep.end:  # a pulse within one frame
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
