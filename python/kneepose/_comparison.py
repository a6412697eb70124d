"""Two legs, or one leg at two dates: the difference and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._analysis import Analysis, Measure, Refusal
from ._comparison_text import name_of, summary_of, text_of
from ._errors import KneeposeError, UnknownNameError
from ._options import parse_flag
from ._quality import PairCamera, pair_camera
from ._validity import Validity, of_code
from ._wording import wording_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ComparedMeasure", "Comparison", "Verdict", "compare"]


class Verdict(StrEnum):
    """What may be said of a difference."""

    DIFFERENT = "different"
    NO_DETECTABLE_DIFFERENCE = "no_detectable_difference"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class ComparedMeasure:
    """One measure of two sides.

    Attributes
    ----------
    name, unit
        As in `Measure`.
    first, second
        Means over full repetitions.
    first_sd, second_sd, first_n, second_n
        Standard deviations and numbers of values.
    difference
        second − first.
    ci
        95 % interval of the difference (low, high); NaN with fewer than two values a side.
    detectable
        Difference that exceeds the error of measurement (95 %), where a source gives one.
    verdict, reason
        What may be said; for ``inconclusive``, why.
    """

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
    detectable: float | None
    verdict: Verdict
    reason: Validity


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """Outcome of `compare`.

    Attributes
    ----------
    first, second
        The two analyses.
    measures
        Those that both sides have, primary measure first.
    primary
        The measure that leads: knee inward at the depth that both sides reach in squats, how far the
        leg goes in a clamshell or fire hydrant. None where a side has too few values of it.
    paired
        Whether both sides come from the same repetitions.
    refused
        What cannot be compared, and why.
    notes
        What the reader must know to trust a verdict.
    camera
        How the camera stood to both recordings; None where that does not matter (world space, two
        legs in one repetition) or no foot stands that could show it (clamshell, fire hydrant).
    """

    first: Analysis
    second: Analysis
    measures: tuple[ComparedMeasure, ...]
    primary: ComparedMeasure | None
    paired: bool
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]
    camera: PairCamera | None

    def __getitem__(self, name: str) -> ComparedMeasure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise UnknownNameError.of("measure", name, [measure.name for measure in self.measures])

    @property
    def direction(self) -> str:
        """How the difference is taken, such as ``"right − left"``."""
        return f"{name_of(self.second, self)} − {name_of(self.first, self)}"

    def summary(self) -> str:
        """Return one line that a person without statistics understands."""
        return summary_of(self)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry a measure; fits pandas, Polars and pyarrow."""
        rows = [self._row(measure) for measure in self.measures]
        names = list(rows[0]) if rows else []
        return {name: np.array([row[name] for row in rows]) for name in names}

    @staticmethod
    def _row(m: ComparedMeasure) -> dict[str, Any]:
        return {
            "measure": m.name,
            "unit": m.unit,
            "first": m.first,
            "first_sd": m.first_sd,
            "first_n": m.first_n,
            "second": m.second,
            "second_sd": m.second_sd,
            "second_n": m.second_n,
            "difference": m.difference,
            "ci_low": m.ci[0],
            "ci_high": m.ci[1],
            "detectable": float("nan") if m.detectable is None else m.detectable,
            "verdict": str(m.verdict),
            "reason": "" if m.reason is Validity.OK else str(m.reason),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON-ready; what is not measured is None)."""

        def plain(value: Any) -> Any:
            return None if isinstance(value, float) and not np.isfinite(value) else value

        return {
            "summary": self.summary(),
            "direction": self.direction,
            "paired": self.paired,
            "measures": [
                {key: plain(value) for key, value in self._row(m).items()} for m in self.measures
            ],
            "refused": [
                {
                    "measure": name,
                    "reason": str(reason),
                    "sentence": reason.sentence,
                    "remedy": remedy,
                }
                for name, reason, remedy in self.refused
            ],
            "notes": list(self.notes),
            "camera_yaw_deg": None if self.camera is None else plain(self.camera.yaw_deg),
            "first": self.first.to_dict(),
            "second": self.second.to_dict(),
        }

    def to_html(self, path: str | Path) -> Path:
        """Write the report page; needs ``kneepose[report]``. Returns the path."""
        from ._report import write_report

        return write_report([self], path)

    def __repr__(self) -> str:
        return text_of(self)


def compare(first: Analysis, second: Analysis, *, same_camera: bool | None = None) -> Comparison:
    """Compare two legs, or one leg at two dates. The difference is second − first.

    Both legs of one two-leg exercise are compared pairwise, repetition by repetition; otherwise the
    repetitions are independent (Welch). A verdict needs a detectable change for the measure, four
    repetitions a side at the same depth, and nothing that forbids it: a camera whose angle is unknown
    fakes differences, and legs that move together help each other.

    In pictures the turn of the camera is estimated from the standing foot of both recordings: toes
    that point outward turn the two feet opposite ways, the camera turns them alike. Beyond 6° there is
    no verdict; below, a larger turn needs a larger difference. Without feet, ``view="front"`` on both
    recordings stands in, and the notes say that the camera angle is not verified.

    Parameters
    ----------
    first, second
        Two analyses of one exercise.
    same_camera
        Pictures only: whether both legs were recorded from one camera position. False gives no verdict
        between two legs; None takes it as given. Three-dimensional points need no camera.

    Raises
    ------
    KneeposeError
        Different exercises, skeletons or spaces, or twice the same analysis.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    >>> right = kp.analyze(kp.sample("single_leg_squat_right"), "single_leg_squat", side="right")
    >>> kp.compare(left, right)["fppa_at_60"].verdict
    <Verdict.DIFFERENT: 'different'>
    """
    _check_comparable(first, second)
    two_legs = first.row["two_legs"]
    paired = two_legs and first.side != second.side and _same_recording(first, second)
    if same_camera is not None:
        same_camera = parse_flag(same_camera, "same_camera")
    guard, notes, camera = _guard(first, second, two_legs, same_camera)
    measures: list[ComparedMeasure] = []
    for name, a in first.measures.items():
        b = second.measures.get(name)
        if b is None or (paired and not a.of_leg):
            continue
        measures.append(_compared(a, b, paired, guard, camera))
    wording = wording_of(first.row)
    by_name = {measure.name: measure for measure in measures}
    primary = next((by_name[name] for name in wording.primary if _reached(by_name.get(name))), None)
    measures.sort(key=lambda measure: measure is not primary)
    refused = {r.measure: r for a in (first, second) for r in a.refused}
    return Comparison(
        first=first,
        second=second,
        measures=tuple(measures),
        primary=primary,
        paired=paired,
        refused=tuple(refused.values()),
        notes=notes,
        camera=camera,
    )


def _check_comparable(first: Analysis, second: Analysis) -> None:
    if first is second:
        raise KneeposeError("first and second are the same analysis; give two legs or two dates.")
    for what, a, b in (
        ("exercise", first.exercise, second.exercise),
        ("skeleton", first.recording.skeleton.name, second.recording.skeleton.name),
        ("space", first.recording.space, second.recording.space),
        ("estimator", first.recording.estimator, second.recording.estimator),
        ("rep signal", first.reps.signal_used, second.reps.signal_used),
    ):
        if a != b:
            raise KneeposeError(
                f"the {what} differs: {a!r} and {b!r}. Numbers from different sources differ by more "
                f"than legs do; compare recordings of one {what}."
            )


def _guard(
    first: Analysis, second: Analysis, two_legs: bool, same_camera: bool | None
) -> tuple[Validity | None, tuple[str, ...], PairCamera | None]:
    """Return what forbids a verdict whatever the numbers are, and what the reader must know."""
    if first.row["posture"] in ("lying", "all_fours"):
        return None, (), None  # no foot stands that could show where the camera is
    if two_legs:
        return Validity.TWO_LEG_EXERCISE, (), None
    if any(a.source.meta.get("assumed_level_camera") for a in (first, second)):
        # Three dimensions guessed from one camera.
        return Validity.CAMERA_ANGLE_UNKNOWN, (), None
    if first.recording.space == "world":
        return None, (), None
    camera = pair_camera(
        (first.side, first.quality),
        (second.side, second.quality),
        said_front=first.source.view == second.source.view == "front",
        moved=same_camera is False,
    )
    return camera.guard, (camera.note,) if camera.note else (), camera


def _same_recording(first: Analysis, second: Analysis) -> bool:
    a, b = first.source, second.source
    return a is b or (
        np.array_equal(a.times, b.times)
        and np.array_equal(a.coordinates, b.coordinates, equal_nan=True)
    )


def _reached(measure: ComparedMeasure | None) -> bool:
    return measure is not None and min(measure.first_n, measure.second_n) >= _core.LEAST_REPS


def _compared(
    a: Measure, b: Measure, paired: bool, guard: Validity | None, camera: PairCamera | None
) -> ComparedMeasure:
    at_matched_depth = a.name.rpartition("_at_")[2].isdigit()
    done = _core.compare(
        a.values[a.full],
        b.values[b.full],
        paired,
        a.angle,
        at_matched_depth,
        guard,
        None if camera is None else camera.yaw_deg,
    )
    (first_n, first, first_sd), (second_n, second, second_sd) = done["first"], done["second"]
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
        detectable=done["detectable"],
        verdict=Verdict(done["verdict"]),
        reason=of_code(done["reason"]),
    )
