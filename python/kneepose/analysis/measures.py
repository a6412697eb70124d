"""What is read off every repetition, and what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose.records import Record
from kneepose.validity import Validity

__all__ = ["Measure", "Refusal"]

F64 = npt.NDArray[np.float64]


class Refusal(NamedTuple):
    """A measure that these recordings cannot give."""

    measure: str
    reason: Validity
    remedy: str

    def _derived(self) -> dict[str, str]:
        return {"sentence": self.reason.sentence}


@dataclass(frozen=True, slots=True, eq=False)
class Measure(Record):
    """One measure of every repetition.

    Attributes
    ----------
    name
        Angle and moment, such as ``"fppa_at_60"``: read where the knee first bends to 60° on the way
        down. ``…_at_bottom`` is the median over the bottom.
    unit
        ``"deg"``, ``"s"``, or ``"shank"`` (share of the shank's length).
    values
        (R,) one value a repetition of `Analysis.reps`; NaN where not measured.
    validity
        (R,) why each is, or is not, to be trusted.
    full
        (R,) bool: which repetitions count; the statistics use only these.
    of_leg
        Whether each leg has its own; False for times and the trunk.
    angle
        Name of the angle behind it; empty for times and ranges.
    """

    kind = "measure"

    name: str
    unit: str
    values: F64
    validity: tuple[Validity, ...]
    full: npt.NDArray[np.bool_]
    of_leg: bool
    angle: str

    def _derived(self) -> dict[str, Any]:
        return {"n": self.n, "mean": self.mean, "sd": self.sd}

    @property
    def counted(self) -> F64:
        """(n,) the values of full repetitions that were measured."""
        values = self.values[self.full]
        return values[np.isfinite(values)]

    @property
    def n(self) -> int:
        """Number of values behind `mean`."""
        return len(self.counted)

    @property
    def mean(self) -> float:
        """Mean over full repetitions; NaN without any."""
        return float(np.mean(self.counted)) if self.n else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation over full repetitions (n − 1); NaN for fewer than two."""
        return float(np.std(self.counted, ddof=1)) if self.n > 1 else float("nan")
