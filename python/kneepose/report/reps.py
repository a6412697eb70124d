"""Template data for the report's repetitions: targets reached, repetitions not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kneepose.analysis.reps import Rep, RepStatus
from kneepose.words.catalogue import mid, opened, tr, trn
from kneepose.words.exercises import wording_of
from kneepose.words.units import amount, number, unit_of_angle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kneepose.analysis.analysis import Analysis
    from kneepose.report.subject import Part

__all__ = ["REJECTION_REASONS", "repetitions"]

#: Status of a repetition that is not counted → explanation.
REJECTION_REASONS: Final = {
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


def repetitions(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the lines about targets reached, and one row per repetition that is not counted.

    Parameters
    ----------
    parts
        The sides; one nameless part if both share their repetitions.
    """
    return {
        "aims": [text for part in parts if (text := _aim(part.name, part.analysis))],
        "rejected": [
            {
                "side": opened(part.name),
                "when": _when(rep),
                "range": _range(part.analysis, rep),
                "status": opened(rep.status.words),
                "why": tr(REJECTION_REASONS[rep.status]),
            }
            for part in parts
            for rep in part.analysis.reps
            if rep.status is not RepStatus.FULL
        ],
    }


def _range(analysis: Analysis, rep: Rep) -> str:
    unit = analysis.reps.unit
    if rep.range != rep.range:
        return tr("not known")
    return amount(rep.range, unit, digits=0 if unit == "deg" else None)


def _when(rep: Rep) -> str:
    if rep.start == rep.end:  # the repetition lies within one frame
        return tr("at {seconds}", seconds=number(rep.bottom_s, "s", digits=1))
    start, end = number(rep.start_s, "", digits=1), number(rep.end_s, "s", digits=1)
    return tr("{low} to {high}", low=start, high=end)


def _aim(name: str, analysis: Analysis) -> str:
    known = [rep.target_reached for rep in analysis.reps.full if rep.target_reached is not None]
    least = float(analysis.definition["target"][0])
    if not known or unit_of_angle(analysis.reps.signal_used) != "deg" or not least > 0:
        return ""
    peak = mid(wording_of(analysis.definition).words(analysis.definition["peak"]).short)
    text = trn(
        "{reached} of {n} reaches the aim of {aim} ({peak}).",
        "{reached} of {n} reach the aim of {aim} ({peak}).",
        len(known), reached=sum(known), aim=amount(least, "deg", digits=0), peak=peak,
    )  # fmt: skip
    return opened(f"{name}: {text}" if name else text)
