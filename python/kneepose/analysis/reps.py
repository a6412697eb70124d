"""Repetitions of an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.columns import columns_of
from kneepose.exercises.spec import ExerciseSpec, core_exercise, exercise_row, needed_side
from kneepose.recording.recording import Recording, check_recording, core_recording
from kneepose.typing import ExerciseName, Side
from kneepose.words.units import amount, unit_of_angle

__all__ = ["Rep", "RepStatus", "Reps", "segment_reps"]


class RepStatus(StrEnum):
    """Whether a repetition counts."""

    FULL = "full"
    PARTIAL = "partial"
    INCOMPLETE_RETURN = "incomplete_return"
    MISSING_DATA = "missing_data"
    LOST_STANCE = "lost_stance"
    START_TRANSIENT = "start_transient"
    OTHER_MOVEMENT = "other_movement"

    @property
    def words(self) -> str:
        """The same in a few plain words."""
        return _WORDS[self]


_WORDS = {RepStatus(name): words for name, words in _core.rep_statuses()}
_BY_CODE = list(_WORDS)


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes
    ----------
    number
        From 1, in time order, rejected ones included.
    start_s, end_s
        Where the signal leaves and regains rest: 10 % of the range above it. Seconds.
    bottom_start_s, bottom_end_s
        Where the signal is within 5 % of its range of the peak.
    bottom_s
        The peak itself.
    range
        Range of motion of the signal: peak over rest, on the side where it is smaller. In `Reps.unit`.
    status
        `RepStatus`.
    target_reached
        Whether the peak is at least what the exercise asks for; None where that cannot be told.
    start, bottom_start, bottom, bottom_end, end
        The same five moments as frames of the recording that was measured; −1 where a stream does not
        keep that frame any more.
    """

    number: int
    start_s: float
    bottom_start_s: float
    bottom_s: float
    bottom_end_s: float
    end_s: float
    range: float
    status: RepStatus
    target_reached: bool | None
    start: int
    bottom_start: int
    bottom: int
    bottom_end: int
    end: int


class Reps:
    """The repetitions of one recording, in time order.

    Attributes
    ----------
    signal_used
        Name of the angle that showed them, picked by exercise and view.
    signal
        (T,) that angle in `unit`, read-only.
    """

    __slots__ = ("_reps", "signal", "signal_used")

    def __init__(
        self,
        rows: Sequence[tuple[Any, ...]],
        times: npt.NDArray[np.float64],
        signal_used: str,
        signal: npt.NDArray[np.float64],
        target_reached: Sequence[bool | None] | None = None,
        rep_times: Sequence[Sequence[float]] | None = None,
    ) -> None:
        signal.flags.writeable = False
        self.signal_used = signal_used
        self.signal = signal
        reached = [None] * len(rows) if target_reached is None else target_reached
        if rep_times is None:
            rep_times = [[float(times[frame]) for frame in row[:5]] for row in rows]
        self._reps = tuple(
            Rep(
                number=number,
                start_s=rep_times[number - 1][0],
                bottom_start_s=rep_times[number - 1][1],
                bottom_s=rep_times[number - 1][2],
                bottom_end_s=rep_times[number - 1][3],
                end_s=rep_times[number - 1][4],
                range=range,
                status=_BY_CODE[code],
                target_reached=reached[number - 1],
                start=start,
                bottom_start=bottom_start,
                bottom=bottom,
                bottom_end=bottom_end,
                end=end,
            )
            for number, (
                start,
                bottom_start,
                bottom,
                bottom_end,
                end,
                range,
                code,
            ) in enumerate(rows, start=1)
        )

    @property
    def unit(self) -> str:
        """Unit of `signal` and of `Rep.range`: ``"deg"``, or ``"thigh"`` (share of its length)."""
        return unit_of_angle(self.signal_used)

    @property
    def count(self) -> int:
        """Number of full repetitions: the count that a person would give."""
        return len(self.full)

    @property
    def full(self) -> tuple[Rep, ...]:
        """Those that count."""
        return tuple(rep for rep in self._reps if rep.status is RepStatus.FULL)

    @property
    def partial(self) -> tuple[Rep, ...]:
        """Those below 0.6 of the usual range."""
        return tuple(rep for rep in self._reps if rep.status is RepStatus.PARTIAL)

    def __getitem__(self, index: int) -> Rep:
        return self._reps[index]

    def __iter__(self) -> Iterator[Rep]:
        return iter(self._reps)

    def __len__(self) -> int:
        return len(self._reps)

    def range_words(self, rep: Rep) -> str:
        """Return the range of motion of one of them, such as ``"range 36°"``; empty where unknown."""
        if not np.isfinite(rep.range):
            return ""
        return f"range {amount(rep.range, self.unit, digits=0 if self.unit == 'deg' else None)}"

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry a repetition."""
        rows = [asdict(rep) | {"status": str(rep.status)} for rep in self._reps]
        return columns_of(rows, Rep.__slots__)

    def __repr__(self) -> str:
        others = len(self) - self.count
        more = f" and {others} that do not count" if others else ""
        lines = [f"{self.count} full repetitions{more}, from {self.signal_used}"]
        for rep in self._reps:
            parts = [
                f"{rep.start_s:.2f} to {rep.end_s:.2f} s",
                f"bottom {rep.bottom_s:.2f} s",
                self.range_words(rep),
                rep.status.words,
            ]
            lines.append(f"  {rep.number}: {', '.join(filter(None, parts))}")
        return "\n".join(lines)


def segment_reps(
    recording: Recording, exercise: ExerciseName | ExerciseSpec, *, side: Side | None = None
) -> Reps:
    """Find the repetitions of an exercise. Nothing is filtered but the signal's own copy.

    Parameters
    ----------
    recording
        Conditioned; see `Recording.conditioned`.
    exercise
        Name of `kneepose.tables.exercises`, or an `ExerciseSpec`; it picks the signal that the view
        allows.
    side
        As in `analyze`. A two-leg exercise needs none: its repetitions are those of both legs.

    Returns
    -------
    Reps
        In time order, with those that do not count and why; empty where there are none.

    Raises
    ------
    UnknownNameError
        No such exercise or side.
    KneeposeError
        No side for a one-leg exercise, or something else than a `Recording`.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.segment_reps(kp.sample("squat").conditioned(), "squat").count
    5
    """
    check_recording(recording, "segment_reps")
    row = exercise_row(exercise)
    leg = "right" if side is None and row["two_legs"] else needed_side(side, row, "segment_reps")
    found = _core.find_reps(core_recording(recording), core_exercise(exercise), leg, recording.view)
    return Reps(found["reps"], recording.times, found["signal_used"], found["signal"])
