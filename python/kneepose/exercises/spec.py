"""`ExerciseSpec`, `FaultSpec` and `Criterion`: user-defined and built-in exercises and faults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from kneepose import _core
from kneepose.angles.spec import AngleSpec
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.recording.options import parse_flag, parse_items, parse_number, parse_text
from kneepose.records import Record
from kneepose.typing import ExerciseRow, PelvisReference, Side

if TYPE_CHECKING:
    from kneepose._core import OwnExercise

__all__ = [
    "Criterion",
    "ExerciseSpec",
    "FaultSpec",
    "built_in",
    "check_side",
    "core_exercise",
    "exercise_row",
    "needed_side",
]

Combine = Literal["side", "minimum", "mean", "near"]
Posture = Literal["standing", "lying", "all_fours", "any"]


@dataclass(frozen=True, slots=True)
class Criterion(Record):
    """Threshold on one measure that indicates a fault.

    Attributes
    ----------
    measure
        Name of an angle, an `AngleSpec`, or the name of a duration of the repetition
        (``"duration_s"`` or a phase).
    threshold
        Limit in the unit of the measure.
    moment
        ``"at_bottom"`` (median over the bottom phase), ``"change"`` (the value at the bottom minus
        that at rest before the repetition), ``"at_60"`` (where the rep signal first reaches 60), or
        ``"around_60"`` and ``"change_to_around_60"`` (the value at 60 of a line fitted to the
        frames near 60). None for a duration.
    way
        ``"above"`` the threshold, ``"below"`` it, or ``"either"`` (above it, or below its negative).

    Raises
    ------
    KneeposeError
        A field has the wrong type, or an `AngleSpec` has no moment.
    """

    kind = "criterion"

    measure: str | AngleSpec
    threshold: float
    moment: str | None = "at_bottom"
    way: Literal["above", "below", "either"] = "above"

    def __post_init__(self) -> None:
        """Validate the fields."""
        criterion = f"Criterion of {parse_text(_name(self.measure), 'Criterion: measure')!r}"
        parse_number(self.threshold, f"{criterion}: threshold")
        if self.moment is not None:
            parse_text(self.moment, f"{criterion}: moment")
        elif isinstance(self.measure, AngleSpec):
            raise KneeposeError(
                f"{criterion}: moment is None, which is for a duration; an angle needs one, such as "
                '"at_bottom".'
            )
        parse_text(self.way, f"{criterion}: way")


@dataclass(frozen=True, slots=True)
class FaultSpec(Record):
    """A user-defined fault: a departure from good form.

    Attributes
    ----------
    name
        Short name, unique in the exercise. It is also the code of the live cue.
    criteria
        Criteria in order of preference. The first one that the recording can measure is used.
    title
        Display name. If empty, it is made from `name`.
    cue
        Instruction to the person while the fault occurs.

    Raises
    ------
    KneeposeError
        A field has the wrong type, or `criteria` is empty.
    """

    kind = "fault_spec"

    name: str
    criteria: tuple[Criterion, ...]
    title: str = ""
    cue: str = ""

    def __post_init__(self) -> None:
        """Validate the fields."""
        fault = f"FaultSpec {parse_text(self.name, 'FaultSpec: name')!r}"
        object.__setattr__(
            self, "criteria", parse_items(self.criteria, f"{fault}: criteria", Criterion)
        )
        if not self.criteria:
            raise KneeposeError(f"{fault} has no criterion; it needs one at least.")
        parse_text(self.title, f"{fault}: title", needed=False)
        parse_text(self.cue, f"{fault}: cue", needed=False)


@dataclass(frozen=True, slots=True)
class ExerciseSpec(Record):
    """A user-defined exercise, accepted wherever the name of a built-in exercise is.

    Attributes
    ----------
    name
        Name of the exercise. It must differ from the names of built-in exercises.
    signal
        Name of the angle that rises and falls with a repetition, or an `AngleSpec` that increases
        toward the turning point. It is used in world space, and in images unless `side_signal` or
        `frontal_signal` replaces it.
    side_signal, frontal_signal
        Rep signal in images from the side, and in images from the front or back. None uses `signal`.
    min_range
        Smallest range of motion of a repetition, in the unit of the signal.
    expected_range
        Range that a live stream assumes before the first repetition, in the unit of the signal. None
        uses twice `min_range`.
    combine
        Combination of the signals of both legs: ``"side"`` (the analyzed leg), ``"minimum"``,
        ``"mean"``, or ``"near"`` (the leg nearer to a camera at the side).
    two_legs
        True if both legs perform the same repetition.
    posture
        Required posture: ``"standing"``, ``"lying"``, ``"all_fours"``, or ``"any"`` (no requirement).
        ``"standing"`` requires that the feet stay in place and the hip sinks; otherwise the repetition
        counts as another movement.
    pelvis_reference
        ``"up"``, or ``"trunk"`` for lying and on hands and knees.
    measures
        Angles that are evaluated in each repetition, at each of `moments`: names, or `AngleSpec`
        objects.
    moments
        Moments of the measures, as in `Criterion.moment`.
    faults
        Faults to assess, see `FaultSpec`.
    target
        (lowest, highest) target of the peak, in the unit of the signal.
    cutoff_hz
        Cut-off frequency of the low-pass filter of the keypoints, in Hz.
    title, set_up
        Display name, and instructions for filming.

    Raises
    ------
    KneeposeError
        A field has the wrong type or value, or the name is that of a built-in exercise.

    Notes
    -----
    An `AngleSpec` used in a signal, a measure or a criterion can be referred to by its name
    anywhere else in the exercise.

    Examples
    --------
    >>> import kneepose as kp
    >>> elbow = kp.AngleSpec("elbow_bend", ("shoulder", "elbow", "wrist"))
    >>> deep = kp.FaultSpec("too_far", (kp.Criterion("elbow_bend", 130),))
    >>> curl = kp.ExerciseSpec(
    ...     "curl", signal=elbow, min_range=40, posture="any", measures=("elbow_bend",), faults=(deep,)
    ... )
    """

    kind = "exercise_spec"

    name: str
    signal: str | AngleSpec
    min_range: float
    side_signal: str | AngleSpec | None = None
    frontal_signal: str | AngleSpec | None = None
    expected_range: float | None = None
    combine: Combine = "side"
    two_legs: bool = False
    posture: Posture = "standing"
    pelvis_reference: PelvisReference = "up"
    measures: tuple[str | AngleSpec, ...] = ()
    moments: tuple[str, ...] = ("at_bottom", "change")
    faults: tuple[FaultSpec, ...] = ()
    target: tuple[float, float] = (0.0, 360.0)
    cutoff_hz: float = 4.0
    title: str = ""
    set_up: str = ""

    def __post_init__(self) -> None:
        """Validate the fields."""
        if parse_text(self.name, "ExerciseSpec: name") in _rows():
            raise KneeposeError(
                f"ExerciseSpec is named {self.name!r}, as a built-in exercise is; give it another name."
            )
        spec = f"ExerciseSpec {self.name!r}"
        for field in ("combine", "posture", "pelvis_reference"):
            parse_text(getattr(self, field), f"{spec}: {field}")
        for field in ("title", "set_up"):
            parse_text(getattr(self, field), f"{spec}: {field}", needed=False)
        for field in ("signal", "side_signal", "frontal_signal"):
            given = getattr(self, field)
            if given is not None or field == "signal":
                parse_text(_name(given), f"{spec}: {field}")
        for field in ("min_range", "cutoff_hz"):
            parse_number(getattr(self, field), f"{spec}: {field}")
        if self.expected_range is not None:
            parse_number(self.expected_range, f"{spec}: expected_range")
        parse_flag(self.two_legs, f"{spec}: two_legs")
        listed: dict[str, tuple[type, ...]] = {
            "measures": (str, AngleSpec),
            "moments": (str,),
            "faults": (FaultSpec,),
        }
        for field, kinds in listed.items():
            items: tuple[object, ...] = parse_items(
                getattr(self, field), f"{spec}: {field}", *kinds
            )
            object.__setattr__(self, field, items)
        names = [fault.name for fault in self.faults]
        if len(set(names)) < len(names):
            raise KneeposeError(f"{spec}: two faults have one name: {', '.join(names)}.")
        own = [angle.name for angle in self._own_angles()]
        twice = [name for name in own if own.count(name) > 1]
        if twice:
            raise KneeposeError(
                f"{spec} has different angles named {twice[0]!r}; give one of them another name."
            )
        self._check_target(spec)

    def _check_target(self, spec: str) -> None:
        """Validate that `target` is an ordered pair of finite numbers."""
        wanted = "it must be two finite numbers, (least, most)."
        if not isinstance(self.target, tuple | list) or len(self.target) != 2:
            raise KneeposeError(f"{spec}: target is {self.target!r}; {wanted}")
        least, most = (parse_number(bound, f"{spec}: target") for bound in self.target)
        if least > most:
            raise KneeposeError(f"{spec}: target is {self.target!r}; {wanted}")
        object.__setattr__(self, "target", (least, most))

    def _own_angles(self) -> list[AngleSpec]:
        """Return the user-defined angles of signals, measures and faults, each once."""
        criteria = (criterion for fault in self.faults for criterion in fault.criteria)
        given = (
            self.signal,
            self.side_signal,
            self.frontal_signal,
            *self.measures,
            *(criterion.measure for criterion in criteria),
        )
        return list(dict.fromkeys(angle for angle in given if isinstance(angle, AngleSpec)))

    def _core_row(self) -> OwnExercise:
        """Return the specification in the form that the Rust core takes."""
        expected = 2 * self.min_range if self.expected_range is None else self.expected_range
        given = (self.signal, self.side_signal or self.signal, self.frontal_signal or self.signal)
        signals = [_name(angle) for angle in given]
        peak = f"peak_{signals[0]}"
        return {
            "name": self.name,
            "title": self.title or _words(self.name),
            "two_legs": self.two_legs,
            "posture": self.posture,
            "own_angles": [
                (
                    angle.name,
                    angle.measure,
                    list(angle.points),
                    float(angle.sign),
                    angle.mirrored,
                    angle.sided,
                    angle.plane,
                    angle.gate,
                    angle.unit,
                )
                for angle in self._own_angles()
            ],
            "signals": [(s, self.combine, float(self.min_range), float(expected)) for s in signals],
            "peak": peak,
            "target": [float(degrees) for degrees in self.target],
            "phases": ["out_s", "hold_s", "back_s"],
            "cutoff_hz": float(self.cutoff_hz),
            "pelvis_reference": self.pelvis_reference,
            "measures": list(dict.fromkeys(map(_name, self.measures))),
            "moments": list(self.moments),
            "between": [],
            "lead": [*_core.KNEE_LEAD, peak],
            "faults": [
                (
                    fault.name,
                    fault.title or _words(fault.name),
                    [
                        (_name(c.measure), c.moment, c.way, float(c.threshold))
                        for c in fault.criteria
                    ],
                    fault.cue,
                )
                for fault in self.faults
            ],
            "set_up": self.set_up,
        }


def _name(angle: str | AngleSpec) -> str:
    """Return the name of an angle that is given by name or by its definition."""
    return angle.name if isinstance(angle, AngleSpec) else angle


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


@cache
def _rows() -> dict[str, ExerciseRow]:
    return {row["name"]: row for row in _core.exercise_table()}


def built_in(name: str) -> ExerciseRow:
    """Return the row of a built-in exercise.

    Raises
    ------
    UnknownNameError
        The name is not known. The message lists similar names.
    """
    if not isinstance(name, str):
        raise KneeposeError(
            f"exercise is of type {type(name).__name__}; it must be a name, such as "
            '"single_leg_squat", or an ExerciseSpec.'
        )
    if name not in _rows():
        hint = "An exercise of your own is an ExerciseSpec."
        raise UnknownNameError.of("exercise", name, _rows(), hint=hint)
    return _rows()[name]


def exercise_row(exercise: str | ExerciseSpec) -> ExerciseRow | OwnExercise:
    """Return the row of a built-in or user-defined exercise. Errors are those of `built_in`."""
    return exercise._core_row() if isinstance(exercise, ExerciseSpec) else built_in(exercise)


def core_exercise(exercise: str | ExerciseSpec) -> str | OwnExercise:
    """Return the exercise in the form that the Rust core takes: a built-in name or a row."""
    if isinstance(exercise, ExerciseSpec):
        return exercise._core_row()
    return built_in(exercise)["name"]


def check_side(side: object) -> Side:
    """Check that `side` is ``"left"`` or ``"right"``, and return it."""
    if side == "left":
        return "left"
    if side == "right":
        return "right"
    raise UnknownNameError.of("side", side, ["left", "right"])


def needed_side(side: object, row: ExerciseRow | OwnExercise, call: str) -> Side:
    """Check that a side is given and valid, and return it. The error says what to write.

    There is no default side: a result for the wrong leg looks like one for the right leg.

    Parameters
    ----------
    side
        Side as given by the user.
    row
        Row of the exercise.
    call
        Name of the called function, for the message.
    """
    if side is not None:
        return check_side(side)
    if row["two_legs"] and call == "analyze":
        raise KneeposeError(
            f"side is missing. {row['name']!r} moves both legs, and an analysis is of one leg. Write "
            f'analyze_sides(recording, {row["name"]!r}) for both, or add side="left" or side="right".'
        )
    raise KneeposeError(
        f"side is missing. {call} measures one leg of {row['name']!r}: "
        'add side="left" or side="right".'
    )
