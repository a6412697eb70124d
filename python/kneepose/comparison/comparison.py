"""Two legs, or one leg at two dates: the difference and what may be said of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis, Measure, Refusal
from kneepose.analysis.trials import analyses_of, check_once, check_same, joined
from kneepose.columns import columns_of
from kneepose.comparison.measure import ComparedMeasure, compared
from kneepose.comparison.reliability import Reliability, detectable_changes
from kneepose.comparison.text import name_of, summary_of, text_of
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.quality.quality import PairCamera, pair_camera
from kneepose.recording.options import parse_flag
from kneepose.validity import Validity
from kneepose.words.exercises import wording_of

if TYPE_CHECKING:
    from kneepose.angles.angles import Side
    from kneepose.arrays import CurveComparison

__all__ = ["Comparison", "compare"]


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

    #: Fewer repetitions a side give no verdict.
    LEAST_REPS: ClassVar[int] = _core.LEAST_REPS

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
        return columns_of([measure.row() for measure in self.measures])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON-ready; what is not measured is None)."""

        def plain(value: Any) -> Any:
            return None if isinstance(value, float) and not np.isfinite(value) else value

        return {
            "summary": self.summary(),
            "direction": self.direction,
            "paired": self.paired,
            "measures": [
                {key: plain(value) for key, value in m.row().items()} for m in self.measures
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

    def waveform(self, name: str, *, seed: int = 0) -> CurveComparison:
        """Compare the courses of an angle: 101 points a repetition, its bottom at 50.

        Parameters
        ----------
        name
            An angle of the analyses, such as ``"fppa"``, or their rep signal.
        seed
            Start of the random numbers behind the bands.

        Returns
        -------
        CurveComparison
            Mean curves of both sides and their difference, second − first, each with a simultaneous
            95 % band (bootstrap over repetitions; NaN below five a side), root mean square and
            largest difference with its place, and the line of one curve on the other.

        Raises
        ------
        UnknownNameError
            No such angle.
        """
        from kneepose.arrays import compare_curves
        from kneepose.comparison.curves import rep_curves

        return compare_curves(*rep_curves(self, name), paired=self.paired, seed=seed)

    def to_csv(self, path: str | Path, *, subject: str = "1") -> Path:
        """Write the values of both sides as pairs, one row each: a long CSV file. Returns the path.

        Columns ``subject, trial, measure, pred, ref, unit``, as ``poseaudit paired --table pairs.csv
        --big-error deg:5,s:0.2,shank:0.05`` reads them: `ref` is the first side, `pred` the second. The
        n-th full repetition of one side stands beside the n-th of the other; of the same repetition
        where `paired`, else by order only, and what one side has more is left out. A value that was
        not measured leaves its row out.
        """
        path = Path(path)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["subject", "trial", "measure", "pred", "ref", "unit"])
            for m in self.measures:
                pairs = zip(*m.values, strict=False)
                for trial, (ref, pred) in enumerate(pairs, start=1):
                    if np.isfinite(ref) and np.isfinite(pred):
                        row = [f"{pred:.6f}", f"{ref:.6f}", m.unit]
                        writer.writerow([subject, trial, m.name, *row])
        return path

    def to_html(self, path: str | Path) -> Path:
        """Write the report page; needs ``kneepose[report]``. Returns the path."""
        from kneepose.report.page import write_report

        return write_report([self], path)

    @property
    def shown(self) -> tuple[ComparedMeasure, ...]:
        """The measures that a reader is shown: without the depths between, unless one of them leads."""
        between = tuple(f"_{moment}" for moment in self.first.row["between"])
        return tuple(
            m
            for m in self.measures
            if m is self.primary or not between or not m.name.endswith(between)
        )

    def __repr__(self) -> str:
        return text_of(self)

    def _repr_html_(self) -> str:
        from kneepose.comparison.notebook import html_of

        return html_of(self)


def compare(
    first: Analysis | Sequence[Analysis],
    second: Analysis | Sequence[Analysis],
    *,
    same_camera: bool | None = None,
    mdc: Reliability | Mapping[str, float] | None = None,
    involved: Side | None = None,
) -> Comparison:
    """Compare two legs, or one leg at two dates. The difference is second − first.

    Both legs of one two-leg exercise are compared pairwise, repetition by repetition; otherwise the
    repetitions are independent (Welch's t, from ten a side on a bootstrap). A verdict needs a
    detectable change for the measure, four repetitions a side at the same depth, and nothing that
    forbids it: a camera whose angle is unknown fakes differences, and legs that move together help
    each other. ``different`` means: the interval excludes none, and the difference is larger than the
    detectable change; of measures beside the primary one, also that the p-value stands up to there
    being several (Holm, 5 %).

    In pictures the turn of the camera is estimated from the standing foot of both recordings: toes
    that point outward turn the two feet opposite ways, the camera turns them alike. Beyond 6° there is
    no verdict; below, a larger turn needs a larger difference. Without feet, ``view="front"`` on both
    recordings stands in, and the notes say that the camera angle is not verified.

    Parameters
    ----------
    first, second
        Two analyses of one exercise. Each may be a list: recordings of one leg with a repetition or a
        few each are taken together.
    same_camera
        Pictures only: whether both legs were recorded from one camera position. False gives no verdict
        between two legs; None takes it as given. Three-dimensional points need no camera.
    mdc
        Your own detectable changes (95 %): what `reliability` returned, or measure → number in the
        measure's unit. It replaces the one that comes from the literature.
    involved
        The side with the trouble; adds the limb symmetry index of ranges and times.

    Raises
    ------
    KneeposeError
        Different exercises, skeletons or spaces, or twice the same analysis; a detectable change
        that is not a positive number; an involved side that is not compared.
    UnknownNameError
        `mdc` names a measure that neither side has.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    >>> right = kp.analyze(kp.sample("single_leg_squat_right"), "single_leg_squat", side="right")
    >>> kp.compare(left, right)["fppa_at_60"].verdict
    <Verdict.DIFFERENT: 'different'>
    """
    trials = analyses_of(first, "first"), analyses_of(second, "second")
    check_once([*trials[0], *trials[1]])
    first, second = joined(trials[0]), joined(trials[1])
    check_same(first, second)
    sides = (first.side, second.side)
    if involved is not None and (involved not in sides or sides[0] == sides[1]):
        raise KneeposeError(
            f"involved is {involved!r}, but the sides are {sides[0]!r} and {sides[1]!r}; it names one "
            "of two legs that are compared."
        )
    two_legs = first.row["two_legs"]
    paired = two_legs and first.side != second.side and _same_recording(first, second)
    if same_camera is not None:
        same_camera = parse_flag(same_camera, "same_camera")
    guard, notes, camera = _guard(first, second, two_legs, same_camera)
    pairs = [
        (a, second.measures[name])
        for name, a in first.measures.items()
        if name in second.measures and not (paired and not a.of_leg)
    ]
    own = detectable_changes(mdc, [*first.measures, *second.measures])
    wording = wording_of(first.row)
    names = [a.name for a, _ in pairs]
    reached = {a.name for a, b in pairs if _reached(a, b, paired)}
    lead = next((name for name in wording.primary if name in reached), None)
    done = _core.compare(
        [
            (a.values[a.full], b.values[b.full], a.angle, _at_depth(a.name), own.get(a.name))
            for a, b in pairs
        ],
        paired,
        guard,
        None if camera is None else camera.yaw_deg,
        None if lead is None else names.index(lead),
    )
    measures = [
        compared(a, b, one, sides, involved) for (a, b), one in zip(pairs, done, strict=True)
    ]
    measures.sort(key=lambda measure: measure.name != lead)
    refused = {r.measure: r for a in (first, second) for r in a.refused}
    return Comparison(
        first=first,
        second=second,
        measures=tuple(measures),
        primary=measures[0] if lead is not None else None,
        paired=paired,
        refused=tuple(refused.values()),
        notes=notes,
        camera=camera,
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


def _reached(a: Measure, b: Measure, paired: bool) -> bool:
    """Return whether both sides have enough values of a measure to judge it."""
    known = [np.isfinite(side.values[side.full]) for side in (a, b)]
    counts = [int(np.sum(known[0] & known[1]))] if paired else [int(np.sum(side)) for side in known]
    return min(counts) >= _core.LEAST_REPS


def _at_depth(name: str) -> bool:
    return name.rpartition("_at_")[2].isdigit()
