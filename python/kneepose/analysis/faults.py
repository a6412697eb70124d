"""Faults of form in a recording: detected, not detected, or not assessed with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose.records import ReadOnlyMapping, Record
from kneepose.validity import Validity, of_code, of_codes
from kneepose.words.catalogue import tr
from kneepose.words.units import amount, amount_with_error

if TYPE_CHECKING:
    from kneepose._core import FaultFinding

__all__ = ["Fault", "faults_of", "limit_words"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fault(Record):
    """One departure from good form, judged on the middle of the repetitions of a recording.

    Attributes
    ----------
    name, title
        Name and display name from the row of the exercise.
    seen
        True if the amount is beyond the limit by more than `error`. False if not, None if it was not
        assessed.
    borderline
        True if the amount is nearer to the limit than `error`, on either side: the fault may be there
        or not.
    reason
        `Validity.OK` if it was assessed, else the reason.
    amount
        Middle of `measure` over full repetitions, less `camera_shift`, in `unit`; NaN if not assessed.
        The middle is the median of the means of all pairs of values, each with itself included
        (Hodges-Lehmann): one odd repetition of four does not move it.
    error
        Error of the amount in `unit` (90 %, one-sided): the spread of the repetitions, the unknown yaw
        of the camera, and the systematic error of the estimator where it is published. NaN if not
        assessed.
    common_sd
        Standard deviation of the part of `error` that no repetition averages out, in `unit`.
    camera_shift
        Part of the values that comes from a camera beside the straight line to the front, where feet or
        knees show how far, and from an estimator that defines a keypoint otherwise, in `unit`. It is
        taken off `amount`, not off `values`.
    threshold, way
        Limit in `unit`, and its direction: ``"above"``, ``"below"``, or ``"either"`` (above the limit or
        below its negative).
    measure, unit
        Name of the judged measure, such as ``"knee_medial_displacement_around_60"``, and its unit.
        Faults of squats are judged at 60° of knee bend, else at the deepest of 55, 50 and 45° that
        four repetitions reach, on a line through all frames within 10° of it; never at the lowest
        point, which differs between squats.
    values
        Value of each repetition, including those not counted, shape (R,); NaN where not measured.
    validity
        Validity of each value, length R.
    cue
        Instruction to the person.
    """

    kind = "fault"

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
    borderline: bool = False
    error: float = float("nan")
    common_sd: float = 0.0
    camera_shift: float = 0.0

    @property
    def remedy(self) -> str:
        """Remedy that allows an assessment; empty if the fault was assessed."""
        return "" if self.seen is not None else self.reason.remedy

    def _derived(self) -> dict[str, Any]:
        return {
            "sentence": "" if self.seen is not None else self.reason.sentence,
            "remedy": self.remedy,
        }

    @property
    def words(self) -> str:
        """Result as text: ``"seen"``, ``"borderline"``, ``"not seen"`` or ``"not assessed"``."""
        if self.borderline:
            return tr("borderline")
        return tr({True: "seen", False: "not seen", None: "not assessed"}[self.seen])

    @property
    def limit(self) -> str:
        """Limit as text, such as ``"more than 10°"``."""
        return limit_words(self.way, self.threshold, self.unit)

    def __repr__(self) -> str:
        if self.seen is None:
            why = f"{tr(self.reason.sentence)} {tr(self.remedy)}".rstrip()
            return f"{tr(self.title)}: {self.words}. {why}"
        value = amount_with_error(self.amount, self.error, self.unit)
        limit = tr("counts if {limit}", limit=self.limit)
        return f"{tr(self.title)}: {self.words}, {value} ({limit})"


_LIMITS = {
    "above": "more than {limit}",
    "below": "less than {limit}",
    "either": "more than {limit} either way",
}


def limit_words(way: str, threshold: float, unit: str) -> str:
    """Return the limit of a fault as text.

    Examples
    --------
    >>> limit_words("above", 0.08, "shank"), limit_words("either", 15.0, "deg")
    ('more than 0.08 of the shin', 'more than 15° either way')
    >>> limit_words("above", 0.045, "shank")
    'more than 0.045 of the shin'
    """
    digits = 0 if float(threshold).is_integer() else None
    decimals = len(f"{threshold:g}".partition(".")[2])
    if unit in ("shank", "thigh") and decimals > 2:
        digits = decimals
    limit = amount(threshold, unit, digits=digits)
    return tr(_LIMITS[way], limit=limit)


def faults_of(rows: Sequence[FaultFinding]) -> Mapping[str, Fault]:
    """Convert the rows of the Rust core to faults by name."""
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
            validity=of_codes(row["codes"]),
            cue=row["cue"],
            borderline=row["borderline"],
            error=row["error"],
            common_sd=row["common_sd"],
            camera_shift=row["camera_shift"],
        )
    return ReadOnlyMapping(faults)
