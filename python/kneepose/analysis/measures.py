"""Measures of the repetitions, and refused measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose.records import ReadOnlyMapping, Record
from kneepose.validity import SystematicError, Validity, of_code, of_codes

if TYPE_CHECKING:
    from kneepose._core import MeasureValues

__all__ = ["Measure", "Refusal", "measures_of"]

F64 = npt.NDArray[np.float64]


class Refusal(NamedTuple):
    """A measure that the recording cannot provide.

    Attributes
    ----------
    measure
        Name of the measure.
    reason
        Reason of the refusal.
    remedy
        Sentence on the remedy; empty if there is none.
    """

    measure: str
    reason: Validity
    remedy: str

    def _derived(self) -> dict[str, str]:
        return {"sentence": self.reason.sentence}


@dataclass(frozen=True, slots=True, eq=False)
class Measure(Record):
    """One measure, with a value for every repetition.

    Attributes
    ----------
    name
        Name of angle and moment. ``"fppa_at_60"`` is the value where the knee first reaches 60° of
        flexion on descent, ``…_at_bottom`` the median over the bottom phase.
    unit
        ``"deg"``, ``"s"``, or the length of which it is a share: ``"shank"``, ``"thigh"``, ``"leg"`` or
        ``"stance"`` (distance of the ankles).
    values
        Value of each repetition of `Analysis.reps`, shape (R,); NaN where not measured.
    validity
        Validity of each value, length R.
    full
        Bool, shape (R,): True for counted repetitions, which alone enter the statistics.
    of_leg
        True if each leg has its own value. False for durations and trunk angles.
    angle
        Name of the angle; empty for durations and ranges.
    systematic
        Systematic error of the estimator, which all repetitions share; half of it for a change from
        rest. None for durations. It is not part of `sd`. A comparison states what of it is left in a
        difference (`ComparedMeasure.systematic`).
    """

    kind = "measure"

    name: str
    unit: str
    values: F64
    validity: tuple[Validity, ...]
    full: npt.NDArray[np.bool_]
    of_leg: bool
    angle: str
    systematic: SystematicError | None = None

    def _derived(self) -> dict[str, Any]:
        return {"n": self.n, "mean": self.mean, "sd": self.sd, "error_sd": self.error_sd}

    @property
    def counted(self) -> F64:
        """Values of the full repetitions without NaN, shape (n,)."""
        values = self.values[self.full]
        return values[np.isfinite(values)]

    @property
    def n(self) -> int:
        """Number of values in `counted`."""
        return len(self.counted)

    @property
    def mean(self) -> float:
        """Mean over full repetitions; NaN without a value."""
        return float(np.mean(self.counted)) if self.n else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation over full repetitions (n − 1); NaN with fewer than two values."""
        return float(np.std(self.counted, ddof=1)) if self.n > 1 else float("nan")

    @property
    def error_sd(self) -> float:
        """Standard deviation of the error of `mean`: random, systematic and camera parts combined.

        With a single repetition the random part is not known; the result then holds only the other
        parts, a lower bound. NaN without a value, and for a single value without a systematic
        error, such as one duration.
        """
        known = self.systematic
        if self.n == 0 or (self.n == 1 and known is None):
            return float("nan")
        parts = [self.sd / np.sqrt(self.n)] if self.n > 1 else []
        if known is not None:
            parts += [known.bias, known.sd, known.camera]
        return float(np.linalg.norm(parts))


def measures_of(
    rows: Sequence[MeasureValues], full: npt.NDArray[np.bool_]
) -> tuple[Mapping[str, Measure], tuple[Refusal, ...]]:
    """Return the measures by name that have values, and the refused ones.

    Parameters
    ----------
    rows
        Measures of the Rust core.
    full
        As in `Measure`.
    """
    measures: dict[str, Measure] = {}
    refused: list[Refusal] = []
    for row in rows:
        if row["refusal"] is not None:
            reason = of_code(row["refusal"])
            refused.append(Refusal(row["name"], reason, reason.remedy))
            continue
        row["values"].flags.writeable = False
        measures[row["name"]] = Measure(
            name=row["name"],
            unit=row["unit"],
            values=row["values"],
            validity=of_codes(row["codes"]),
            full=full,
            of_leg=row["of_leg"],
            angle=row["angle"],
            systematic=None
            if row["systematic"] is None
            else SystematicError(*row["systematic"][0], camera=row["systematic"][1]),
        )
    return ReadOnlyMapping(measures), tuple(refused)
