"""Form: which faults of an exercise a recording shows, how much, and which it cannot show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.validity import Validity, of_code
from kneepose.words.units import amount

if TYPE_CHECKING:
    from kneepose._core import FaultFinding

__all__ = ["Fault", "faults_of", "judged", "limit_words"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fault:
    """One departure from good form over a recording, judged on the median of its repetitions.

    Attributes
    ----------
    name, title
        As in the exercise's row; the title in plain words.
    seen
        True: there. False: not there. None: cannot be told from this recording, because of `reason`.
    reason
        `Validity.OK` where it was judged, else why not.
    amount
        Median over full repetitions of `measure`, in `unit`; NaN where not judged.
    threshold, way
        From where on it counts: ``"above"``, ``"below"``, or ``"either"`` (above it or below minus it).
    measure, unit
        What was measured: an angle at a moment, such as ``"knee_medial_displacement_at_bottom"``.
    values
        (R,) one a repetition, rejected ones included; NaN where not measured.
    validity
        (R,) why each is, or is not, to be trusted.
    cue
        What to tell the person.
    beyond_error
        Whether the amount must also exceed twice its own standard error to count.
    """

    name: str
    title: str
    seen: bool | None
    reason: Validity
    amount: float
    threshold: float
    way: str
    measure: str
    unit: str
    values: F64
    validity: tuple[Validity, ...]
    cue: str
    beyond_error: bool

    @property
    def remedy(self) -> str:
        """What to do to have it assessed; empty where it was."""
        return "" if self.seen is not None else self.reason.remedy

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON-ready; what is not measured is None)."""
        return {
            "name": self.name,
            "title": self.title,
            "seen": self.seen,
            "amount": float(self.amount) if np.isfinite(self.amount) else None,
            "unit": self.unit,
            "threshold": self.threshold,
            "way": self.way,
            "measure": self.measure,
            "values": [float(v) if np.isfinite(v) else None for v in self.values],
            "validity": [str(state) for state in self.validity],
            "reason": str(self.reason),
            "sentence": "" if self.seen is not None else self.reason.sentence,
            "remedy": self.remedy,
            "cue": self.cue,
        }

    @property
    def words(self) -> str:
        """Whether it is there: ``"seen"``, ``"not seen"`` or ``"cannot be told"``."""
        return {True: "seen", False: "not seen", None: "cannot be told"}[self.seen]

    @property
    def limit(self) -> str:
        """From where on it counts, such as ``"more than 10°"``."""
        return limit_words(self.way, self.threshold, self.unit)

    def __repr__(self) -> str:
        if self.seen is None:
            return f"{self.title}: {self.words}. {self.reason.sentence} {self.remedy}".rstrip()
        value = amount(self.amount, self.unit)
        return f"{self.title}: {self.words}, {value} (counts if {self.limit})"


def limit_words(way: str, threshold: float, unit: str) -> str:
    """Return when a value counts as the fault.

    Examples
    --------
    >>> limit_words("above", 0.08, "shank"), limit_words("either", 15.0, "deg")
    ('more than 0.08 of the shin', 'more than 15° either way')
    """
    digits = 0 if float(threshold).is_integer() else None
    limit = amount(threshold, unit, digits=digits)
    return {
        "above": f"more than {limit}",
        "below": f"less than {limit}",
        "either": f"more than {limit} either way",
    }[way]


def faults_of(rows: Sequence[FaultFinding]) -> Mapping[str, Fault]:
    """Return name → `Fault`, from the rows of the core."""
    faults = {}
    for row in rows:
        row["values"].flags.writeable = False
        refusal = row["refusal"]
        faults[row["name"]] = Fault(
            name=row["name"],
            title=row["title"],
            seen=None if refusal is not None else row["seen"],
            reason=Validity.OK if refusal is None else of_code(refusal),
            amount=row["amount"],
            threshold=row["threshold"],
            way=row["way"],
            measure=row["measure"],
            unit=row["unit"],
            values=row["values"],
            validity=tuple(of_code(code) for code in row["codes"]),
            cue=row["cue"],
            beyond_error=row["beyond_error"],
        )
    return MappingProxyType(faults)


def judged(fault: Fault, values: F64) -> tuple[float, bool | None]:
    """Return the median of values of full repetitions, and whether it is the fault; None: not told."""
    return _core.judge_fault(values, fault.way, fault.threshold, fault.beyond_error)
