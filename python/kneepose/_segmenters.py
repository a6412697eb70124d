"""The ways from a recording to its repetitions, by name: what an evaluation compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ._analysis import analyze
from ._angles import Side
from ._recording import Recording
from ._reps import RepStatus

__all__ = ["SEGMENTERS", "FoundRep", "Segmenter"]


class FoundRep(NamedTuple):
    """One repetition that was found; seconds on the recording's clock.

    Attributes
    ----------
    start_s, bottom_s, end_s
        As in `Rep`.
    status
        Only full ones count.
    reported_s
        When it was told, of the frame that made it known; NaN where the whole recording was at hand.
    """

    start_s: float
    bottom_s: float
    end_s: float
    status: RepStatus
    reported_s: float = float("nan")


Segmenter = Callable[[Recording, str, Side], list[FoundRep]]
"""(recording as it came, exercise, side) → repetitions in time order, partial ones included."""


def offline(recording: Recording, exercise: str, side: Side) -> list[FoundRep]:
    """Everything at hand: what `analyze` finds."""
    reps = analyze(recording, exercise, side=side).reps
    return [FoundRep(rep.start_s, rep.bottom_s, rep.end_s, rep.status) for rep in reps]


SEGMENTERS: dict[str, Segmenter] = {"offline": offline}
"""A new way is a new row."""
