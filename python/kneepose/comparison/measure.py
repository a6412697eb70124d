"""Comparison of one measure of two sides: difference, interval and verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.measures import Measure
from kneepose.records import ReadOnlyMapping, Record
from kneepose.validity import SystematicError, Validity, of_code

if TYPE_CHECKING:
    from kneepose._core import ComparedValues
    from kneepose.typing import BorrowedRow

__all__ = ["Basis", "ComparedMeasure", "Verdict", "compared", "measure_row"]

F64 = npt.NDArray[np.float64]
#: Origin of a detectable change.
Basis: TypeAlias = Literal["own", "study", "stated", "borrowed", ""]

_INDICES = ("log_ratio", "lsi", "symmetry_index", "symmetry_angle", "normalized_symmetry_index")


class Verdict(StrEnum):
    """Verdict on a difference.

    `DIFFERENT` requires the user's own detectable change. With one from the literature a difference
    is at most `LARGER_THAN_BORROWED`: it exceeds the error of another measurement method, which was
    not tested with this camera and estimator.
    """

    DIFFERENT = "different"
    NO_DETECTABLE_DIFFERENCE = "no_detectable_difference"
    LARGER_THAN_BORROWED = "larger_than_borrowed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMeasure(Record):
    """Comparison of one measure of two sides.

    Attributes
    ----------
    name, unit
        As in `Measure`.
    first, second
        Means over full repetitions, in `unit`.
    first_sd, second_sd, first_n, second_n
        Standard deviations and numbers of values of both sides.
    difference
        second − first − `camera_part`, in `unit`.
    camera_part
        Part of second − first caused by the camera angle, estimated from the feet in both
        recordings; 0 if there is none or it is not known.
    ci
        95 % interval (low, high) of the difference; NaN with fewer than two values a side. Without
        variance, low = high.
    whole_ci
        95 % interval of the difference that includes the systematic error of the estimator,
        `systematic`. NaN where `ci` is NaN.
    systematic
        Systematic error of the difference. A bias common to both recordings cancels and is zero. No
        source says how much of the spread two legs share, so all of it remains between two legs;
        half remains for one leg at two dates. None for times.
    method
        Method of `ci`: ``"paired_t"``, ``"welch_t"``, or, with ten or more values a side,
        ``"bca_bootstrap"`` (10 000 resamples, tails expanded for small samples).
    p
        Two-sided p-value of a permutation test, exact up to 200 000 permutations.
    p_holm
        p-value with Holm's correction over all measures with a detectable change; NaN for others.
    detectable
        Detectable change (95 %): the smallest difference that exceeds the error of measurement,
        from the literature or from `mdc` of `compare`. It is at least 1.96 × `systematic` if that
        is published. None if it is not known; the measure then has no verdict.
    basis
        Origin of `detectable`: ``"own"`` (a result of `reliability` with the same set-up),
        ``"study"`` (a `StudyResult` of other people with the same set-up), ``"stated"`` (numbers in
        `mdc`, whose origin is not checked), ``"borrowed"`` (literature, see `borrowed`), or empty.
    indices
        Name → asymmetry index of second relative to first, as in `kneepose.arrays.asymmetry`. Only for
        ranges and durations, which are positive; empty for angles. ``"lsi"`` (involved / uninvolved)
        needs `involved` of `compare`.
    verdict, reason
        Verdict, and its reason if it is ``inconclusive`` or ``larger_than_borrowed``.
    values
        Values of the full repetitions of both sides, shapes (n,) and (m,); NaN where not measured.
    """

    kind = "compared_measure"
    _absent = MappingProxyType({"basis": ""})

    name: str
    unit: str
    first: float
    second: float
    first_sd: float
    second_sd: float
    first_n: int
    second_n: int
    difference: float
    ci: tuple[float, float]
    method: str
    p: float
    p_holm: float
    detectable: float | None
    indices: Mapping[str, float]
    verdict: Verdict
    reason: Validity
    values: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
    whole_ci: tuple[float, float] = (float("nan"), float("nan"))
    systematic: SystematicError | None = None
    basis: Basis = ""
    camera_part: float = 0.0

    @property
    def has_verdict(self) -> bool:
        """True if this measure can have a verdict: a detectable change is known."""
        return self.detectable is not None

    @property
    def borrowed(self) -> BorrowedRow | None:
        """Row of `kneepose.tables.borrowed` behind `detectable`; None if it is not borrowed."""
        if self.basis != "borrowed":
            return None
        angle = self.name.rpartition("_at_")[0]
        return next((row for row in _core.borrowed_changes() if row["angle"] == angle), None)

    @property
    def within_error(self) -> bool:
        """True if `whole_ci` includes zero: estimator error could explain the whole difference."""
        low, high = self.whole_ci
        return low <= 0 <= high

    @property
    def remedy(self) -> str:
        """Remedy that allows a verdict; empty if there is a verdict or no remedy."""
        return self.reason.remedy

    def _derived(self) -> dict[str, Any]:
        return measure_row(self)


def measure_row(measure: ComparedMeasure) -> dict[str, Any]:
    """Return the table row of this measure as plain values."""
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "first": measure.first,
        "first_sd": measure.first_sd,
        "first_n": measure.first_n,
        "second": measure.second,
        "second_sd": measure.second_sd,
        "second_n": measure.second_n,
        "difference": measure.difference,
        "ci_low": measure.ci[0],
        "ci_high": measure.ci[1],
        "whole_ci_low": measure.whole_ci[0],
        "whole_ci_high": measure.whole_ci[1],
        "within_error": measure.within_error,
        "method": measure.method,
        "p": measure.p,
        "p_holm": measure.p_holm,
        "detectable": float("nan") if measure.detectable is None else measure.detectable,
        "basis": measure.basis,
        "verdict": str(measure.verdict) if measure.has_verdict else "",
        "reason": "" if measure.reason is Validity.OK else str(measure.reason),
        **{name: measure.indices.get(name, float("nan")) for name in _INDICES},
    }


def _indices(
    values: tuple[F64, F64], sides: tuple[str, str], involved: str | None
) -> Mapping[str, float]:
    """Return the asymmetry indices of a measure whose values are positive, by name."""
    first, second = (side[np.isfinite(side)] for side in values)
    if min(len(first), len(second)) == 0:
        return ReadOnlyMapping({})
    means = np.array([first.mean()]), np.array([second.mean()])

    def index(kind: str, of: tuple[F64, F64] = means) -> float:
        return float(_core.asymmetry(*of, kind)[0][0])

    found = {name: index(name) for name in ("log_ratio", "symmetry_index", "symmetry_angle")}
    found["normalized_symmetry_index"] = _core.normalized_symmetry_index(first, second)
    if involved is not None:
        found["lsi"] = index("lsi", means[::-1] if involved == sides[0] else means)
    return ReadOnlyMapping({name: value for name, value in found.items() if np.isfinite(value)})


def compared(
    a: Measure,
    values: tuple[F64, F64],
    done: ComparedValues,
    sides: tuple[str, str],
    involved: str | None,
    basis: Basis,
) -> ComparedMeasure:
    """Convert the core's result for one measure, with its values, to a `ComparedMeasure`."""
    (first_n, first, first_sd), (second_n, second, second_sd) = done["first"], done["second"]
    for side in values:
        side.flags.writeable = False
    return ComparedMeasure(
        name=a.name,
        unit=a.unit,
        first=first,
        second=second,
        first_sd=first_sd,
        second_sd=second_sd,
        first_n=first_n,
        second_n=second_n,
        difference=done["difference"],
        ci=done["ci"],
        method=done["method"],
        p=done["p"],
        p_holm=done["p_holm"],
        detectable=done["detectable"],
        indices=ReadOnlyMapping({}) if a.angle else _indices(values, sides, involved),
        verdict=Verdict(done["verdict"]),
        reason=of_code(done["reason"]),
        values=values,
        whole_ci=done["whole_ci"],
        systematic=_of_difference(a, done["systematic"]),
        basis="" if done["detectable"] is None else basis,
        camera_part=done["camera_part"],
    )


def _of_difference(
    measure: Measure, found: tuple[float, float, bool] | None
) -> SystematicError | None:
    if found is None or measure.systematic is None:
        return None
    return SystematicError(*found, source=measure.systematic.source)
