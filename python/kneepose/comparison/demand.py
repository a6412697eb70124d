"""Load on the kneecap, in percent of the same leg's own baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.reps import RepStatus
from kneepose.analysis.trials import analyses_of, check_once, check_same
from kneepose.errors import KneeposeError
from kneepose.recording.recording import core_recording
from kneepose.records import Result
from kneepose.words.catalogue import tr

__all__ = ["RelativeDemand", "relative_demand"]

F64 = npt.NDArray[np.float64]

#: Exercises in which only the named leg, or both legs equally, bear the body weight.
_ASKED: Final = ("squat", "single_leg_squat", "step_down")
#: Knee flexion angles at which repetitions are compared, preferred first. Source: science.md 2.2.
_DEPTHS: Final = (60.0, 45.0)
#: Reasons why a frame has no value, by the code of the core.
_REASONS: Final = (
    "",
    "keypoints of the leg, the trunk, the heel or the big toe are missing",
    "the knee bends beyond 100°, where the model is not defined",
    "the body was not in balance over the foot",
    "the body moved too fast for a model of a body at rest",
)
_VIEW: Final = (
    "only 3-D with measured depth, or a camera straight at the side of the leg, shows the lever arm of "
    "the weight; a camera in front never does"
)
_EXERCISE: Final = "a seat or the other leg bears an unknown part of the weight"
_DEPTH: Final = "fewer than four repetitions of each recording reach 45°"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RelativeDemand(Result):
    """Result of `relative_demand`. Missing values are NaN, and `reason` tells why.

    Attributes
    ----------
    exercise, side
        Exercise and leg.
    depth_deg
        Knee flexion at which both moments are read during descent: 60 or 45°. NaN if too few
        repetitions reach it.
    moment_percent
        Knee moment at `depth_deg`, in percent of the baseline. At a fixed depth the force behind
        the kneecap changes by the same factor.
    force_at_bottom_percent
        Force behind the kneecap at the lowest points, each at its own depth, in percent of the baseline.
    low, high
        95 % interval of `moment_percent` over the repetitions. It excludes the error of the model
        and of a changed set-up.
    reps
        Numbers of repetitions with a value at `depth_deg`: baseline, and now.
    reason
        Reason why there is no value; empty if there is one.
    """

    kind = "relative_demand"

    exercise: str
    side: str
    depth_deg: float
    moment_percent: float
    force_at_bottom_percent: float
    low: float
    high: float
    reps: tuple[int, int]
    reason: str

    def summary(self) -> str:
        """Return the result as a sentence."""
        if self.reason:
            return tr("Demand on the kneecap: not measured, {reason}.", reason=tr(self.reason))
        return tr(
            "At {depth}° of knee bend the knee moment is {percent} % of the baseline (95 % interval "
            "{low} to {high}); the model expects the force behind the kneecap to change by the same "
            "share.",
            depth=f"{self.depth_deg:.0f}",
            percent=f"{self.moment_percent:.0f}",
            low=f"{self.low:.0f}",
            high=f"{self.high:.0f}",
        )

    def __repr__(self) -> str:
        """Return the summary, followed by the sources of error that it excludes."""
        return f"{self.summary()} {tr(_LIMITS)}"


_LIMITS: Final = (
    "A planar model of a body at rest, without muscles that work against each other: it knows no "
    "absolute load, and nothing about one side of the kneecap or about pain. Only the change of one "
    "person in one set-up means anything."
)


def relative_demand(
    baseline: Analysis | Sequence[Analysis], now: Analysis | Sequence[Analysis]
) -> RelativeDemand:
    """Compare the demand on the kneecap of one leg with its own baseline, in percent.

    The model is planar and quasi-static: body weight above the knee flexes it, and the quadriceps
    balances this moment through the kneecap. Body mass, body size and constant model errors cancel
    in the ratio. No absolute force is given.

    Parameters
    ----------
    baseline, now
        One analysis, or a list of trials, of the same leg, exercise and set-up: squats, single-leg
        squats or step-downs in 3-D with measured depth, or filmed from the side of that leg.

    Returns
    -------
    RelativeDemand
        It holds a reason instead of values for a front view, estimated depth, missing heel or toe,
        knee flexion beyond 100°, loss of balance (center of mass more than 3 cm outside the foot),
        fast repetitions (hip acceleration above 1.5 m/s²), and exercises in which another body part
        or object bears weight.

    Raises
    ------
    KneeposeError
        Exercise, side, skeleton, space, estimator or view differ, or an analysis is given twice.

    Notes
    -----
    Segments by de Leva 1996; lever arm and force ratio by van Eijden 1986 as Brechter and Powers 2002
    use them; domain 0 to 100° of knee bend.

    Examples
    --------
    >>> import kneepose as kp
    >>> one = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    >>> two = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    >>> round(kp.relative_demand(one, two).moment_percent)
    100
    """
    before, after = analyses_of(baseline, "baseline"), analyses_of(now, "now")
    check_once([*before, *after])
    first = before[0]
    for other in [*before[1:], *after]:
        check_same(first, other, side=True)
        if other.view != first.view:
            raise KneeposeError(
                f"the baseline was seen from {first.view or 'space'}, and another recording from "
                f"{other.view or 'space'}; compare recordings from one place of the camera."
            )
    nothing = RelativeDemand(
        first.exercise, first.side, *(float("nan"),) * 5, (0, 0), _refusal([*before, *after])
    )
    if nothing.reason:
        return nothing
    sides = [[_Trial(one) for one in trials] for trials in (before, after)]
    depth = next((d for d in _DEPTHS if all(_values(s, d).size >= 4 for s in sides)), None)
    if depth is None:
        return RelativeDemand(
            first.exercise, first.side, *(float("nan"),) * 5, (0, 0),
            next(filter(None, map(_most, sides)), _DEPTH),
        )  # fmt: skip
    moments = [_values(side, depth) for side in sides]
    bottoms = [np.concatenate([trial.at_bottom for trial in side]) for side in sides]
    low, high = _interval(*moments)
    return RelativeDemand(
        exercise=first.exercise,
        side=first.side,
        depth_deg=depth,
        moment_percent=_percent(*moments),
        force_at_bottom_percent=_percent(*bottoms),
        low=low,
        high=high,
        reps=(moments[0].size, moments[1].size),
        reason="",
    )


def _refusal(analyses: Sequence[Analysis]) -> str:
    for one in analyses:
        if one.exercise not in _ASKED:
            return _EXERCISE
        in_space = one.recording.space == "world"
        if in_space and one.recording.depth != "measured":
            return _VIEW
        if not in_space and one.view != one.side:
            return _VIEW
    return ""


def _most(side: Sequence[_Trial]) -> str:
    """Return the most frequent reason if most repetitions have no value; else an empty text."""
    codes = [code for trial in side for code in trial.codes]
    wrong = [code for code in codes if code]
    return _REASONS[max(set(wrong), key=wrong.count)] if 2 * len(wrong) > len(codes) else ""


class _Trial:
    """Knee load in the full repetitions of one analysis."""

    def __init__(self, analysis: Analysis) -> None:
        found = _core.knee_demand(
            core_recording(analysis.recording),
            analysis.side,
            analysis.view,
            bool(analysis.definition["two_legs"]),
        )
        assert found is not None  # views without a result were refused before
        self.bend, self.moment, self.force, code = found
        self.code = code
        self.reps = [
            rep for rep in analysis.reps if rep.status is RepStatus.FULL and rep.start >= 0
        ]
        self.codes = [int(np.bincount(code[rep.start : rep.end + 1]).argmax()) for rep in self.reps]
        bottoms = [self.force[rep.bottom_start : rep.bottom_end + 1] for rep in self.reps]
        found_there = [part[np.isfinite(part)] for part in bottoms]
        self.at_bottom: F64 = np.array([np.median(part) for part in found_there if part.size])

    def at(self, depth: float) -> list[float]:
        """Return the first moment at this knee flexion for each repetition that reaches it."""
        values = []
        for rep in self.reps:
            bend = self.bend[rep.start : rep.bottom + 1]
            crossed = np.flatnonzero((bend[:-1] < depth) & (bend[1:] >= depth))
            if not crossed.size:
                continue
            i = rep.start + int(crossed[0])
            share = (depth - self.bend[i]) / (self.bend[i + 1] - self.bend[i])
            value = self.moment[i] + share * (self.moment[i + 1] - self.moment[i])
            if np.isfinite(value) and value > 0:
                values.append(float(value))
        return values


def _values(side: Sequence[_Trial], depth: float) -> F64:
    return np.array([value for trial in side for value in trial.at(depth)])


def _percent(before: F64, after: F64) -> float:
    if not before.size or not after.size or not before.mean() > 0:
        return float("nan")
    return float(100 * after.mean() / before.mean())


def _interval(before: F64, after: F64) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of means, by Welch's t on logarithms."""
    first, second = np.log(before), np.log(after)
    parts = [float(x.var(ddof=1)) / x.size for x in (first, second)]
    total = sum(parts)
    middle = float(second.mean() - first.mean())
    if total <= 0:
        return 100 * float(np.exp(middle)), 100 * float(np.exp(middle))
    bottom = sum(p * p / (x.size - 1) for p, x in zip(parts, (first, second), strict=True))
    freedom = max(1, int(total * total / bottom))
    reach = _core.student_quantile(0.975, freedom) * float(np.sqrt(total))
    return 100 * float(np.exp(middle - reach)), 100 * float(np.exp(middle + reach))
