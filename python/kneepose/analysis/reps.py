"""Repetitions of an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.columns import Table, columns_of
from kneepose.errors import CoordinateError
from kneepose.records import Provenance, Record, Result
from kneepose.words.catalogue import tr
from kneepose.words.units import amount, unit_of_angle

__all__ = ["Rep", "RepStatus", "Reps"]


class RepStatus(StrEnum):
    """Status of a repetition. Only `FULL` repetitions are counted."""

    FULL = "full"
    PARTIAL = "partial"
    INCOMPLETE_RETURN = "incomplete_return"
    MISSING_DATA = "missing_data"
    LOST_STANCE = "lost_stance"
    START_TRANSIENT = "start_transient"
    OTHER_MOVEMENT = "other_movement"

    @property
    def words(self) -> str:
        """Status in a few words, for display."""
        return tr(_WORDS[self])


_WORDS = {RepStatus(name): words for name, words in _core.rep_statuses()}
_BY_CODE = list(_WORDS)


@dataclass(frozen=True, slots=True, eq=False)
class Rep(Record):
    """One repetition.

    Attributes
    ----------
    number
        Number from 1, in time order, including repetitions that are not counted.
    start_s, end_s
        Times in seconds at which the signal leaves rest and returns to it (10 % of the range above
        rest).
    bottom_start_s, bottom_end_s
        Start and end of the bottom phase in seconds: the signal is within 5 % of its range of the peak.
        The phase holds `bottom_s`.
    bottom_s
        Time in seconds of the lowest point of the body, where repetitions are counted by its descent;
        otherwise of the peak of the signal.
    range
        Range of motion of the signal in `Reps.unit`: peak minus rest, the smaller one of both sides of
        the peak.
    status
        Status, as `RepStatus`.
    probability
        Probability from 0 to 1 that the movement is the exercise, from how the body moved: how far hips
        and shoulders sink, whether the knees bend, whether the feet stay and more. It is 0.5 or more for
        counted repetitions, and just 0.5 where a doubtful one counts because it is like a sure one
        (0.8 or more) beside it. NaN where it is not judged: exercises that are not done standing, and
        movements cut off by the recording. See docs/decisions/0013.
    target_reached
        True if the peak reaches the lower limit of the exercise's target; None if unknown.
    start, bottom_start, bottom, bottom_end, end
        The same five moments as frame indices of the analyzed recording; −1 if a stream no longer keeps
        that frame.
    """

    kind = "rep"

    number: int
    start_s: float
    bottom_start_s: float
    bottom_s: float
    bottom_end_s: float
    end_s: float
    range: float
    status: RepStatus
    probability: float
    target_reached: bool | None
    start: int
    bottom_start: int
    bottom: int
    bottom_end: int
    end: int


class Reps(Table, Result):
    """The repetitions of one recording, a sequence of `Rep` in time order.

    Attributes
    ----------
    signal_used
        Name of the rep signal, which depends on exercise and view.
    signal
        Values of the rep signal in `unit`, read-only, shape (T,).
    """

    __slots__ = ("_reps", "provenance", "signal", "signal_used")

    kind = "reps"

    _reps: tuple[Rep, ...]
    signal_used: str
    signal: npt.NDArray[np.float64]

    def __init__(
        self,
        rows: Sequence[tuple[Any, ...]],
        times: npt.NDArray[np.float64],
        signal_used: str,
        signal: npt.NDArray[np.float64],
        target_reached: Sequence[bool | None] | None = None,
        rep_times: Sequence[Sequence[float]] | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        signal.flags.writeable = False
        self.provenance = provenance or Provenance()
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
                probability=probability,
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
                _,
                probability,
                code,
            ) in enumerate(rows, start=1)
        )

    @property
    def unit(self) -> str:
        """Unit of `signal` and of `Rep.range`: ``"deg"``, or ``"thigh"`` (share of its length)."""
        return unit_of_angle(self.signal_used)

    @property
    def count(self) -> int:
        """Number of full repetitions."""
        return len(self.full)

    @property
    def full(self) -> tuple[Rep, ...]:
        """Full repetitions, which are the counted ones."""
        return tuple(rep for rep in self._reps if rep.status is RepStatus.FULL)

    @property
    def partial(self) -> tuple[Rep, ...]:
        """Repetitions below 0.6 of the typical range."""
        return tuple(rep for rep in self._reps if rep.status is RepStatus.PARTIAL)

    def __getitem__(self, index: int) -> Rep:
        return self._reps[index]

    def __iter__(self) -> Iterator[Rep]:
        return iter(self._reps)

    def __len__(self) -> int:
        return len(self._reps)

    def range_words(self, rep: Rep) -> str:
        """Return the range of motion of `rep` as text, such as ``"range 36°"``; empty if unknown."""
        if not np.isfinite(rep.range):
            return ""
        size = amount(rep.range, self.unit, digits=0 if self.unit == "deg" else None)
        return tr("range {size}", size=size)

    def curves(self, series: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return a series in each full repetition, shape (R, 101), with the turning point at index 50.

        Parameters
        ----------
        series
            Values of an angle, or an `Angle`, shape (T,). NaN stays NaN.

        Raises
        ------
        CoordinateError
            `series` does not have the length of `signal`.

        Examples
        --------
        >>> import kneepose as kp
        >>> left = kp.analyze(kp.sample("squat"), "squat", side="left")
        >>> left.reps.curves(left.angles["knee_flexion", "left"]).shape
        (5, 101)
        """
        values = np.ascontiguousarray(series, dtype=np.float64)
        if values.shape != self.signal.shape:
            raise CoordinateError(
                f"series has shape {values.shape}; needed {self.signal.shape}, one value for each "
                "frame."
            )
        rows = [
            _core.time_normalize(values, rep.start, rep.bottom, rep.end)
            for rep in self.full
            if rep.start >= 0
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), 101)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per repetition."""
        rows = [asdict(rep) | {"status": str(rep.status)} for rep in self._reps]
        return columns_of(rows, Rep._field_types())

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
