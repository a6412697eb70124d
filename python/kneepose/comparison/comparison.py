"""`compare` and `Comparison`: comparison of two legs, or of one leg at two dates."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast, overload

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis, methods_of
from kneepose.analysis.measures import Measure, Refusal
from kneepose.analysis.of_angles import AngleAnalysis
from kneepose.analysis.page import WithPage
from kneepose.analysis.trials import analyses_of, check_once, check_same, joined
from kneepose.arrays.inference import CurveComparison, compare_curves
from kneepose.columns import Table, columns_of
from kneepose.comparison.curves import rep_curves
from kneepose.comparison.form import form_line
from kneepose.comparison.headline import detectable_words, name_of, sides_of, summary_of
from kneepose.comparison.likeness import interval_between, set_up_of, unlike, unlike_set_ups
from kneepose.comparison.measure import Basis, ComparedMeasure, Verdict, compared, measure_row
from kneepose.comparison.reliability import Reliability
from kneepose.comparison.study_result import StudyResult, read_study
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.quality.quality import PairCamera, pair_camera
from kneepose.recording.options import parse_flag
from kneepose.records import Provenance, Result
from kneepose.typing import Side
from kneepose.validity import Validity
from kneepose.words.catalogue import WordingName, speak, tr, tr_measured
from kneepose.words.exercises import wording_of
from kneepose.words.html import html_table, paragraph
from kneepose.words.measures import label_of, moment_of
from kneepose.words.notes import (
    ANGLES_OF_A_FILE,
    ASKED,
    BETWEEN_DAYS,
    NEITHER,
    OTHER_RELIABILITY,
    STATED_CHANGES,
    WITHIN_SESSION,
)
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import amount, number, spread
from kneepose.writing import csv_text, write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["AngleComparison", "Comparison", "Detectable", "compare", "guard_of"]

#: Sources of detectable changes that `compare` accepts.
Detectable: TypeAlias = Reliability | StudyResult | Mapping[str, float] | str | os.PathLike[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison(WithPage, Table, Result, Mapping[str, ComparedMeasure]):
    """Result of `compare`.

    Attributes
    ----------
    first, second
        The two analyses.
    measures
        Measures that both sides have, the primary measure first.
    primary
        Primary measure: in squats knee inward (FPPA) at a depth that both sides reach, in clamshells
        and fire hydrants the peak. None if a side has too few values.
    paired
        True if both sides come from the same repetitions.
    refused
        Measures that cannot be compared, with reason and remedy.
    notes
        Notes that are needed to interpret the verdicts.
    camera
        Camera angle of both recordings. None if it has no influence (world space, both legs in one
        repetition), or if no standing foot shows it (clamshell, fire hydrant).
    provenance
        Version, estimator, skeleton and settings; also attributes of their own.

    It is a mapping from name to `ComparedMeasure`: ``comparison["fppa_at_60"]``,
    ``len(comparison)``.
    """

    kind = "comparison"

    first: Analysis
    second: Analysis
    measures: tuple[ComparedMeasure, ...]
    primary: ComparedMeasure | None
    paired: bool
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]
    camera: PairCamera | None
    provenance: Provenance = field(default_factory=Provenance)

    #: Smallest number of repetitions per side for a verdict.
    LEAST_REPS: ClassVar[int] = _core.LEAST_REPS

    def __getitem__(self, name: str) -> ComparedMeasure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise UnknownNameError.of("measure", name, [measure.name for measure in self.measures])

    def __iter__(self) -> Iterator[str]:
        return (measure.name for measure in self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    @property
    def sides(self) -> tuple[Side, Side]:
        """Sides of the first and of the second analysis."""
        return self.first.side, self.second.side

    @property
    def direction(self) -> str:
        """Direction of the difference, such as ``"right − left"``."""
        return f"{tr(name_of(self.second, self))} − {tr(name_of(self.first, self))}"

    def summary(self) -> str:
        """Return one line with the difference of the primary measure and the verdict."""
        return summary_of(self)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per measure, for pandas, Polars and pyarrow."""
        return columns_of([measure_row(measure) for measure in self.measures])

    def _derived(self) -> dict[str, Any]:
        with speak("en", "clinical"):
            said = {"summary": self.summary(), "direction": self.direction}
        return said | {
            "camera_yaw_deg": None if self.camera is None else self.camera.yaw_deg,
        }

    def methods(self) -> str:
        """Return a paragraph on the methods for a paper: statistics and verdicts, then both analyses.

        It names the interval, the test and its correction, the detectable change with its origin,
        the check of the camera, the rule of a verdict, and the differences between the two set-ups.
        """
        return _methods(self)

    def waveform(self, name: str, *, seed: int = 0) -> CurveComparison:
        """Compare the time-normalized curves of an angle (101 points, the bottom at index 50).

        Parameters
        ----------
        name
            Name of an angle of the analyses, such as ``"fppa"``, or of their rep signal.
        seed
            Seed of the random numbers of the bands.

        Returns
        -------
        CurveComparison
            Mean curves of both sides and their difference, second − first, each with a simultaneous
            95 % band (bootstrap over repetitions; NaN with fewer than five a side). Root mean square
            and largest difference with its index, and the linear fit of the second curve to the first.

        Raises
        ------
        UnknownNameError
            The angle is not known.
        """
        curves = rep_curves(self.first, name), rep_curves(self.second, name)
        return compare_curves(*curves, paired=self.paired, seed=seed)

    def to_csv(self, path: str | Path, *, subject: str = "1") -> Path:
        """Write the values of both sides as pairs to a CSV file in long format, and return its path.

        The columns are ``subject, trial, measure, pred, ref, unit``, and then what the numbers were made
        with, as in `Analysis.to_csv`; `ref` is the first side, `pred` the second. ``poseaudit paired
        --table pairs.csv --big-error deg:5,s:0.2,shank:0.05,leg:0.03`` reads this format. A row pairs
        the n-th full repetitions of both sides. They are the same repetition if `paired`; otherwise
        only their order is the same, and surplus repetitions of one side are omitted. Pairs with a
        missing value are omitted too.

        Parameters
        ----------
        path
            File to write.
        subject
            Text for the column ``subject``.
        """
        made = self.provenance.trace()
        rows = [
            [subject, trial, m.name, f"{pred:.6f}", f"{ref:.6f}", m.unit, *made.values()]
            for m in self.measures
            for trial, (ref, pred) in enumerate(zip(*m.values, strict=False), start=1)
            if np.isfinite(ref) and np.isfinite(pred)
        ]
        head = ["subject", "trial", "measure", "pred", "ref", "unit", *made]
        return write_text(path, csv_text([head, *rows]))

    @property
    def shown(self) -> tuple[ComparedMeasure, ...]:
        """Measures for display; intermediate depths are omitted, except for the primary measure."""
        between = tuple(f"_{moment}" for moment in self.first.definition["between"])
        return tuple(
            m
            for m in self.measures
            if m == self.primary or not between or not m.name.endswith(between)
        )

    def __repr__(self) -> str:
        return _text(self)

    def _repr_html_(self) -> str:
        return _html(self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AngleComparison(Comparison):
    """Result of `compare` for angles from a file.

    `first` and `second` are `kneepose.analysis.AngleAnalysis`. There is no report, because there are no
    keypoints.
    """

    kind = "angle_comparison"

    first: AngleAnalysis  # type: ignore[assignment]
    second: AngleAnalysis  # type: ignore[assignment]

    def summary(self) -> str:
        """Return one line with the difference of the primary measure."""
        m = self.primary
        if m is None:
            return summary_of(cast("Comparison", self))
        counts = list(dict.fromkeys((self.first.reps.count, self.second.reps.count)))
        words = wording_of(self.first.definition).short(m.name, m.unit)
        moment = moment_of(m.name)
        depth = f" at {moment.removeprefix('at_')}° of knee bend" if moment else ""
        low, high = (number(edge, m.unit) for edge in m.ci)
        interval = f", 95 % interval {low} to {high}" if np.isfinite(m.ci).all() else ""
        said = (
            f"{self.first.definition['title']}, {' and '.join(map(str, counts))} repetitions, "
            f"{words}{depth}: "
            f"{number(m.difference, m.unit, signed=True)} ({self.direction}{interval})"
        )
        if m.verdict is Verdict.INCONCLUSIVE:
            sentence = m.reason.sentence
            return f"{said}; no verdict: {sentence[:1].lower()}{sentence[1:]}"
        limit = number(m.detectable or 0, m.unit)
        return (
            f"{said}: more than the detectable change of {limit}."
            if m.verdict is Verdict.DIFFERENT
            else f"{said}: no detectable difference."
        )

    def to_html(
        self,
        path: str | Path,
        *,
        also: Sequence[Any] = (),
        language: str | None = None,
        wording: WordingName | None = None,
    ) -> Path:
        """Not available: a report needs keypoints.

        Raises
        ------
        KneeposeError
            Always.
        """
        return self.first.recording


@overload
def compare(
    first: AngleAnalysis,
    second: AngleAnalysis,
    *,
    same_camera: bool | None = None,
    mdc: Detectable | None = None,
    involved: Side | None = None,
) -> AngleComparison: ...
@overload
def compare(
    first: Analysis | Sequence[Analysis],
    second: Analysis | Sequence[Analysis],
    *,
    same_camera: bool | None = None,
    mdc: Detectable | None = None,
    involved: Side | None = None,
) -> Comparison: ...
def compare(
    first: Analysis | AngleAnalysis | Sequence[Analysis],
    second: Analysis | AngleAnalysis | Sequence[Analysis],
    *,
    same_camera: bool | None = None,
    mdc: Detectable | None = None,
    involved: Side | None = None,
) -> Comparison:
    """Compare two legs, or one leg at two dates. The difference is second − first.

    Both legs of a two-leg exercise in one recording are compared repetition by repetition (paired).
    The result then describes this set only. Otherwise the repetitions are independent (Welch's t,
    or a bootstrap with ten or more a side). A verdict needs a detectable change of the measure,
    four repetitions a side at the same depth, and no reason that forbids it, such as an unknown
    camera angle. The verdict is ``different`` if the interval excludes zero and the difference
    exceeds the user's own detectable change (`mdc`). If the detectable change is from the
    literature, the verdict is ``larger_than_borrowed``: the difference exceeds the error of another
    measurement method, which was not tested with this camera and estimator. All measures but the
    primary one must also be significant after Holm's correction (5 %).

    In image space the camera angle is estimated from the standing foot of both recordings. Outward
    toes rotate both feet in opposite directions, a turned camera rotates them in the same
    direction. The effect of that angle on the difference of two legs is subtracted
    (`ComparedMeasure.camera_part`). A larger angle requires a larger difference, and the difference
    must also exist without the subtraction. Above 10° there is no verdict. For one leg at two dates
    the limit is 6°, and nothing is subtracted, because the foot itself may have turned. Without
    foot keypoints, ``view="front"`` of both recordings is used instead, and `Comparison.notes`
    states that the camera angle is not verified.

    `Comparison.notes` lists other differences between the analyses: model file, view, cut-off,
    longest gap, frame rate, live or recorded, version, subject, and body size. Analyses with
    different exercise, skeleton, space, estimator or rep signal are refused.

    Besides the interval from the repetitions there is one that includes the systematic error of the
    estimator (`ComparedMeasure.whole_ci`). A published systematic error is part of the detectable
    change. A guessed one is not: the verdict then rests on the detectable change alone, and
    `ComparedMeasure.within_error` and the summary say whether the guessed error could explain the
    difference.

    Parameters
    ----------
    first, second
        Two analyses of one exercise. Each may be a list of trials of the same leg, which are
        joined. Or two analyses of angles from a file, such as a ``.mot`` file; their errors common
        to all repetitions, such as model error, are not known.
    same_camera
        For image space: True if both legs were recorded from the same camera position. False gives no
        verdict between two legs. None assumes the same position.
    mdc
        Detectable changes (95 %) of your own, which replace those from the literature: the result
        of `reliability`, that of a study (`kneepose.study.StudyResult`, or the name of its file),
        or a mapping from measure to a number in its unit. A result of `reliability` or of a study
        is used if its set-up matches and if it answers the same question (`Reliability.between`:
        two legs in one session, or a change between days). Otherwise a note states the mismatch.
        Plain numbers are used without a check of their origin.
    involved
        The symptomatic side. It adds the limb symmetry index of ranges and durations.

    Returns
    -------
    Comparison
        Measures that both sides have, each with its difference, interval and verdict.

    Raises
    ------
    KneeposeError
        Exercises, skeletons, spaces, estimators or rep signals differ, an analysis is given twice, a
        detectable change is not a positive number, or `involved` is not one of two compared sides.
    UnknownNameError
        `mdc` names a measure that neither side has.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    >>> right = kp.analyze(kp.sample("single_leg_squat_right"), "single_leg_squat", side="right")
    >>> kp.compare(left, right)["fppa_at_60"].verdict
    <Verdict.LARGER_THAN_BORROWED: 'larger_than_borrowed'>
    >>> kp.compare(left, right, mdc={"fppa_at_60": 5.0})["fppa_at_60"].verdict
    <Verdict.DIFFERENT: 'different'>
    """
    # The notes are data, and data are English in every language.
    with speak("en", "clinical"):
        return _compare(first, second, same_camera, mdc, involved)


def _compare(
    first: Analysis | AngleAnalysis | Sequence[Analysis],
    second: Analysis | AngleAnalysis | Sequence[Analysis],
    same_camera: bool | None,
    mdc: Detectable | None,
    involved: Side | None,
) -> Comparison:
    if same_camera is not None:
        same_camera = parse_flag(same_camera, "same_camera")
    one, other = joined_pair(first, second)
    sides = (one.side, other.side)
    if involved is not None and (involved not in sides or sides[0] == sides[1]):
        raise KneeposeError(
            f"involved is {involved!r}, but the sides are {sides[0]!r} and {sides[1]!r}; give one of "
            "two different sides, or omit it."
        )
    two_legs = one.definition["two_legs"]
    camera: PairCamera | None = None
    if isinstance(one, Analysis) and isinstance(other, Analysis):
        paired = two_legs and one.side != other.side and _same_recording(one, other)
        guard, notes, camera = guard_of(one, other, same_camera)
        if paired:
            notes = (*notes, _ONE_SET, *_pelvis_note(one, guard, camera))
        notes = (*notes, *unlike(one, other))
    else:
        same = np.array_equal(one.angles.data, other.angles.data, equal_nan=True)
        paired = two_legs and one.side != other.side and same
        legs = [(a.side, float("nan"), False, False) for a in (one, other)]
        name, _, _ = _core.verdict_guard(
            one.definition["posture"], True, same_camera is False, *legs
        )
        guard = None if name is None else Validity(name)
        notes = (ANGLES_OF_A_FILE, *((_ONE_SET,) if paired else ()))
    ours, theirs = list(one.measures.values()), list(other.measures.values())
    common = _core.common_measures(
        [(m.name, m.of_leg) for m in ours], [(m.name, m.of_leg) for m in theirs], paired
    )
    pairs = [(ours[i], theirs[j]) for i, j in common]
    own, basis, about = _detectable_changes(mdc, one, other)
    notes = (*notes, *about)
    values = [(a.values[a.full], b.values[b.full]) for a, b in pairs]
    named = [(a.name, *sides) for (a, _), sides in zip(pairs, values, strict=True)]
    place = _core.leading_measure(_leads(one), named, paired)
    lead = None if place is None else pairs[place][0].name
    done = _core.compare(
        [
            (*sides, a.angle, _at_depth(a.name), own.get(a.name))
            for (a, _), sides in zip(pairs, values, strict=True)
        ],
        paired,
        guard,
        None if camera is None else _toward_left(one) * camera.yaw_deg,
        place,
        [_errors(a, b) for a, b in pairs],
        None if one.side == other.side else other.side,
    )
    measures = [
        compared(a, both, row, sides, involved, basis if a.name in own else "borrowed")
        for (a, _), both, row in zip(pairs, values, done, strict=True)
    ]
    notes = (*notes, *_borrowed_notes(measures))
    measures.sort(key=lambda measure: measure.name != lead)
    refused = {r.measure: r for a in (one, other) for r in a.refused}
    settings = {
        "exercise": one.exercise,
        "sides": list(sides),
        "same_camera": same_camera,
        "mdc": own,
        "mdc_basis": basis if own else "",
        "involved": involved,
    }
    kind: type[Any] = Comparison if isinstance(one, Analysis) else AngleComparison
    return kind(  # type: ignore[no-any-return]
        first=one,
        second=other,
        measures=tuple(measures),
        primary=measures[0] if lead is not None else None,
        paired=paired,
        refused=tuple(refused.values()),
        notes=notes,
        camera=camera,
        provenance=one.provenance.of_both(other.provenance, **settings),
    )


def _leads(analysis: Analysis | AngleAnalysis) -> list[str]:
    """Return the candidates for the primary measure, the preferred one first."""
    lead = list(analysis.definition["lead"])
    if isinstance(analysis, Analysis) or any(name in analysis.measures for name in lead):
        return lead
    # Whole-body models have no projection angles, so the first angle of the exercise is used.
    given = [m for m in analysis.measures.values() if m.angle]
    return [m.name for m in given if _at_depth(m.name) and m.angle == given[0].angle]


def joined_pair(
    first: Any, second: Any
) -> tuple[Analysis, Analysis] | tuple[AngleAnalysis, AngleAnalysis]:
    """Return the two sides of a comparison, each with its trials joined.

    Raises
    ------
    KneeposeError
        The arguments are no analyses, are not comparable, or are given twice.
    """
    if isinstance(first, AngleAnalysis) and isinstance(second, AngleAnalysis):
        if first is second:
            raise KneeposeError("the same analysis is given twice; give another leg or recording.")
        if (
            first.definition != second.definition
            or first.reps.signal_used != second.reps.signal_used
        ):
            raise KneeposeError(
                f"the exercises differ: {first.exercise!r} and {second.exercise!r}; needed one exercise."
            )
        return first, second
    if isinstance(first, AngleAnalysis) or isinstance(second, AngleAnalysis):
        raise KneeposeError(
            "one side is of angles of a file, the other of keypoints: their definitions of angles "
            "differ, so that a difference would not be one of the legs. Compare two of the same kind."
        )
    trials = analyses_of(first, "first"), analyses_of(second, "second")
    check_once([*trials[0], *trials[1]])
    one, other = joined(trials[0]), joined(trials[1])
    check_same(one, other)
    return one, other


def _toward_left(analysis: Analysis | AngleAnalysis) -> int:
    """Return the factor from a rightward turn in the image to one toward the person's left."""
    return -1 if getattr(analysis, "view", None) == "back" else 1


def _errors(first: Measure, second: Measure) -> list[tuple[float, float, bool]] | None:
    """Return the systematic errors of both sides for the core; None unless both are known."""
    known = [measure.systematic for measure in (first, second)]
    found = [(error.bias, error.sd, error.validated) for error in known if error is not None]
    return found if len(found) == 2 else None


def guard_of(
    first: Analysis, second: Analysis, same_camera: bool | None
) -> tuple[Validity | None, tuple[str, ...], PairCamera | None]:
    """Return the reason that forbids any verdict, the notes for the reader, and the camera angle."""
    fronts = [a.source.view == "front" for a in (first, second)]
    sides = [
        (
            a.side,
            a.quality.foot_to_lens_deg[a.side],
            bool(a.source.meta.get("assumed_level_camera")),
            front,
        )
        for a, front in zip((first, second), fronts, strict=True)
    ]
    name, yaw, moved = _core.verdict_guard(
        first.definition["posture"],
        first.recording.space == "world",
        same_camera is False,
        *sides,
    )
    guard = None if name is None else Validity(name)
    if yaw is None:
        return guard, (), None
    camera = pair_camera(yaw, guard, moved=moved, said_front=all(fronts))
    return guard, (camera.note,) if camera.note else (), camera


_ONE_SET = (
    "Both legs moved together in this set and can help each other: a difference tells how they moved in "
    "it, not what either leg can do alone."
)


#: Change of the pelvis shift per degree of camera yaw at 60° of knee flexion: the hips move back
#: behind the feet, and a turned camera sees that as a sideways shift. Measured on a real person
#: with cameras turned by 2, 4 and 6°: 0.0058 per degree each.
_SHIFT_PER_YAW_DEG = 0.0058


def _pelvis_note(
    analysis: Analysis, guard: Validity | None, camera: PairCamera | None
) -> tuple[str, ...]:
    """Return a sentence on the pelvis shift of a set; empty if the camera angle forbids it."""
    found = [m for m in map(analysis.measures.get, _PELVIS_SHIFTS) if m is not None and m.n > 1]
    if guard is not None or not found:
        return ()
    m = found[0]
    values = m.counted
    mean, low, high = _core.t_interval(np.zeros(len(values)), values, True)
    toward = "right" if mean > 0 else "left"
    edges = (low, high) if mean > 0 else (-high, -low)
    interval = " to ".join(number(edge, m.unit).removesuffix(" %") for edge in edges)
    depth = moment_of(m.name).removeprefix("at_")
    beside = "" if low > 0 or high < 0 else ", which may be none"
    turn = 0.0 if camera is None or np.isnan(camera.yaw_deg) else abs(camera.yaw_deg)
    if turn > 1.0:
        part = number(_SHIFT_PER_YAW_DEG * turn, m.unit)
        beside += f"; the turn of the camera, {turn:.1f}°, can make {part} of it"
    return (
        f"In this set, at {depth}° of knee bend, the middle of the hips was {amount(abs(mean), m.unit)} "
        f"beside the middle of the ankles, toward the {toward} foot (95 % interval {interval} %, "
        f"{m.n} repetitions){beside}.",
    )


_PELVIS_SHIFTS = ("pelvis_shift_at_60", "pelvis_shift_at_45")


def _borrowed_notes(measures: Sequence[ComparedMeasure]) -> tuple[str, ...]:
    """Return notes on the source of each borrowed detectable change."""
    rows = {m.borrowed["angle"]: m.borrowed for m in measures if m.borrowed is not None}
    return tuple(
        f"The detectable change of {label_of(row['angle']).short.lower()}, {row['change']:g}°, is "
        f"borrowed: {row['method']}, {row['study']} ({row['source']}). {row['automatic']} Your "
        f"own comes "
        "from kneepose.reliability: the same legs filmed again with this camera."
        for row in rows.values()
    )


def _same_recording(first: Analysis, second: Analysis) -> bool:
    a, b = first.source, second.source
    return a is b or (
        np.array_equal(a.times, b.times)
        and np.array_equal(a.coordinates, b.coordinates, equal_nan=True)
    )


def _detectable_changes(
    given: Detectable | None,
    first: Analysis | AngleAnalysis,
    second: Analysis | AngleAnalysis,
) -> tuple[dict[str, float], Basis, tuple[str, ...]]:
    """Return the user's detectable changes by measure, their origin, and notes about them.

    Raises
    ------
    KneeposeError
        A change is not a positive number.
    UnknownNameError
        Neither analysis has the measure. This is not checked for a result of `reliability`.
    """
    if given is None:
        return {}, "", ()
    if isinstance(given, str | os.PathLike):
        given = read_study(given)
    if isinstance(given, Reliability | StudyResult):
        if not isinstance(first, Analysis) or not isinstance(second, Analysis):
            raise KneeposeError(
                "mdc is of sessions of keypoints; for angles of a file give a mapping from measure to "
                "number."
            )
        problems = _not_for(given, first, second)
        if problems:
            return {}, "", problems
        if isinstance(given, Reliability):
            return given.mdc, "own", ()
        return given.mdc, "study", given.notes
    known = [*first.measures, *second.measures]
    if not isinstance(given, Mapping):
        raise KneeposeError(
            f"mdc is {given!r}; give the result of reliability or of a study, its file, or a mapping "
            'from measure to number, such as {"fppa_at_60": 7.5}.'
        )
    names = list(dict.fromkeys(known))
    changes = {}
    items: list[tuple[str, Any]] = list(given.items())
    for name, value in items:
        if name not in names:
            raise UnknownNameError.of("measure", name, names)
        number_given = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        change = float(value) if number_given else float("nan")
        if not (np.isfinite(change) and change > 0):
            raise KneeposeError(
                f"mdc[{name!r}] is {value!r}; it must be a positive number in the measure's unit."
            )
        changes[name] = change
    return changes, "stated", (STATED_CHANGES,) if changes else ()


_QUESTIONS = {"session": WITHIN_SESSION, "day": BETWEEN_DAYS}


def _not_for(
    given: Reliability | StudyResult, first: Analysis, second: Analysis
) -> tuple[str, ...]:
    """Return the mismatches of a reliability result with these analyses; empty if it applies."""
    problems = list(
        dict.fromkeys(
            sentence
            for one in (first, second)
            for sentence in unlike_set_ups(given.set_up, set_up_of(one))
        )
    )
    asked = interval_between(first, second)
    if given.between != asked:
        has = _QUESTIONS.get(given.between or "", NEITHER)
        problems.append(ASKED.format(needed=_QUESTIONS[asked], has=has))
    if not problems:
        return ()
    return (OTHER_RELIABILITY.format(why=" ".join(problems)),)


def _at_depth(name: str) -> bool:
    return name.rpartition("_at_")[2].isdigit()


_INTERVALS = {
    "paired_t": "Student's t interval of the differences within repetitions",
    "welch_t": "Welch's t interval",
    "bca_bootstrap": "BCa bootstrap of 10 000 resamples with tails expanded for small samples "
    "(Hesterberg 2015)",
}
_BASES = {
    "own": "from test and retest of the same set-up (kneepose.reliability; Weir 2005)",
    "study": "from a test-retest study of other people with the same set-up (kneepose.study)",
    "stated": "as stated by the user",
}


def _methods(comparison: Comparison) -> str:
    first, second = comparison.first, comparison.second
    known = [m for m in comparison.measures if np.isfinite(m.ci).all()]
    methods = dict.fromkeys(_INTERVALS[m.method] for m in known)
    paired = "repetition by repetition" if comparison.paired else "as independent repetitions"
    texts = [
        f"{name_of(first, comparison).capitalize()} and {name_of(second, comparison)} "
        f"({first.reps.count} and {second.reps.count} repetitions) were compared {paired}, as "
        f"{comparison.direction}.",
    ]
    if methods:
        texts.append(f"95 % intervals of the difference: {'; '.join(methods)}.")
        texts.append(
            "p-values: two-sided permutation test, exact up to 200 000 permutations, with Holm's "
            "correction over the measures with a detectable change; the primary measure"
            + (f", {comparison.primary.name}," if comparison.primary else "")
            + " was named in advance and is not corrected."
        )
    texts += [
        f"Detectable changes (95 %) of {', '.join(names)}: {_BASES[basis]}."
        for basis in _BASES
        if (names := [m.name for m in comparison.measures if m.basis == basis])
    ]
    texts.append(
        "A difference is called different if its interval excludes zero, it exceeds a detectable change "
        f"of one's own, and both sides have at least {comparison.LEAST_REPS} repetitions at the same "
        "depth; against a borrowed one it is called larger than borrowed error, no more. Measures "
        "without a detectable change have no verdict."
    )
    if comparison.camera is not None:
        texts.append(
            "The direction of the camera was estimated from the standing feet of both: beyond 6° no "
            "verdict, and below it the detectable change of angles in the frontal plane grows by 2.7° "
            "for each degree beyond the first."
        )
    texts += comparison.notes
    if methods_of(first) == methods_of(second):
        return " ".join([*texts, first.methods(), second.provenance.sentence()])
    return " ".join([*texts, first.methods(), second.methods()])


def _text(comparison: Comparison) -> str:
    """Return the whole comparison as text."""
    lines = [comparison.summary()]
    todo = "" if comparison.primary is None else comparison.primary.remedy
    lines += [tr("What to do: {remedy}", remedy=tr(todo))] if todo else []
    form = form_line(sides_of(comparison), paired=comparison.paired)
    lines += [form, ""] if form else [""]
    wording = wording_of(comparison.first.definition)
    rows = [
        [
            wording.short(m.name, m.unit),
            m.name,
            number(m.first, m.unit),
            number(m.second, m.unit),
            number(m.difference, m.unit, signed=True),
            _interval(m),
            _detectable(m),
        ]
        for m in comparison.shown
    ]
    names = [tr(name) for name, _ in sides_of(comparison)]
    head = ["", "", *names, comparison.direction, tr("95 % interval"), tr("detectable")]
    table = [head, *rows] if any(row[-1] for row in rows) else [head[:-1], *(r[:-1] for r in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table if rows else []:
        left = [text.ljust(width) for text, width in zip(row[:2], widths[:2], strict=True)]
        right = [text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  " + "  ".join([*left, *right]).rstrip())
    for reason in dict.fromkeys(refusal.reason for refusal in comparison.refused):
        refused = [r.measure for r in comparison.refused if r.reason is reason]
        shorts = ", ".join(dict.fromkeys(wording.words(name).short for name in refused))
        why = f"{tr(reason.sentence)} {tr(reason.remedy)}".rstrip()
        lines.append(f"  {tr('Not comparable: {measures}.', measures=shorts)} {why}")
    return "\n".join([*lines, "", *map(tr_measured, comparison.notes), tr(STATED_LIMITS)])


def _interval(m: ComparedMeasure) -> str:
    if not np.isfinite(m.ci).all():
        return ""
    low, high = (number(edge, m.unit) for edge in m.ci)
    return tr("{low} to {high}", low=low, high=high)


def _detectable(m: ComparedMeasure) -> str:
    if m.detectable is None:
        return ""
    return detectable_words(m)


_VERDICTS = {
    "different": "Different",
    "no_detectable_difference": "No detectable difference",
    "larger_than_borrowed": "Larger than borrowed error",
    "inconclusive": "No verdict",
}


def _html(comparison: Comparison) -> str:
    """Return the summary, a table of the measures and the notes as HTML."""
    names = [tr(name) for name, _ in sides_of(comparison)]
    titles = (tr("95 % interval"), tr("detectable"), tr("verdict"))
    head = ["", *names, comparison.direction, *titles]
    rows = [_cells(m, comparison) for m in comparison.shown]
    if not any(m.has_verdict for m in comparison.shown):
        head, rows = head[:-2], [row[:-2] for row in rows]
    todo = tr(comparison.primary.remedy) if comparison.primary else ""
    notes = [todo, *map(tr_measured, comparison.notes)]
    return (
        paragraph(comparison.summary(), "strong")
        + html_table(head, rows)
        + "".join(map(paragraph, notes))
        + paragraph(tr(STATED_LIMITS), "small")
    )


def _cells(m: ComparedMeasure, comparison: Comparison) -> list[str]:
    return [
        wording_of(comparison.first.definition).label(m.name, m.unit),
        f"{spread(m.first, m.first_sd, m.unit)} ({m.first_n})",
        f"{spread(m.second, m.second_sd, m.unit)} ({m.second_n})",
        number(m.difference, m.unit, signed=True),
        _interval(m) or "–",
        _detectable(m),
        tr(_VERDICTS[str(m.verdict)]) if m.has_verdict else "",
    ]
