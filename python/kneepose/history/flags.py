"""Red-flag questions, and when they must be asked."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from kneepose.history.reported import pains_of_days
from kneepose.records import ReadOnlyMapping
from kneepose.words.notes import HAD_A_YES, NEVER_ANSWERED, PAIN_DURING, PAIN_ROSE
from kneepose.words.safety import STOP_SIGNS

__all__ = ["PAIN_JUMP", "RED_FLAGS", "due", "said_yes"]

#: Key of a question → its text, in the order of `STOP_SIGNS`.
RED_FLAGS: Final[Mapping[str, str]] = ReadOnlyMapping(
    dict(
        zip(
            (
                "injury", "hot_or_fever", "locked_or_giving_way", "tendon", "night_pain_or_weight_loss",
                "calf_or_breath", "numb_or_cold", "young_and_limping", "worse_quickly",
            ),
            STOP_SIGNS,
            strict=True,
        )
    )
)  # fmt: skip

#: Rise of pain between two entries, in points of 10, after which the questions are asked again. It
#: is the smallest change that matters to one person.
PAIN_JUMP: Final = 2.0
#: Pain during exercise, 0 to 10, above which the exercise is stopped. Source: patient leaflets
#: (`PAIN_RULE`).
_STOP_PAIN: Final = 5.0


def due(
    pain: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]], on: datetime.date
) -> str:
    """Return the reason why the questions must be asked on this day; empty if they need not be.

    Parameters
    ----------
    pain, answers
        Rows of ``pain`` and ``red_flag`` of one subject, by date.
    on
        Day of evaluation; later rows are ignored.
    """
    day = on.isoformat()
    asked = [row["date"] for row in answers if row["date"] <= day]
    if not asked:
        return NEVER_ANSWERED
    last = max(asked)
    if said := said_yes([row for row in answers if row["date"] <= day]):
        return said
    for scale in ("worst", "during", "after_24h"):
        by_side: dict[str, list[tuple[str, float]]] = {}
        for side, date, value in pains_of_days(pain, scale):
            if date <= day:
                by_side.setdefault(side, []).append((date, value))
        for known in by_side.values():
            for (before, low), (date, high) in pairwise(known):
                if date > last and high - low >= PAIN_JUMP:
                    return PAIN_ROSE.format(
                        low=f"{low:g}", before=before, high=f"{high:g}", day=date
                    )
            for date, value in known:
                if scale == "during" and date > last and value > _STOP_PAIN:
                    return PAIN_DURING.format(value=f"{value:g}", day=date)
    return ""


def said_yes(answers: Sequence[Mapping[str, Any]]) -> str:
    """Return the questions last answered with yes, as text; empty if there are none."""
    last = max((row["date"] for row in answers), default="")
    yes = sorted({row["question"] for row in answers if row["date"] == last and row["answer"]})
    if not yes:
        return ""
    return HAD_A_YES.format(day=last, signs="; ".join(RED_FLAGS[one] for one in yes))
