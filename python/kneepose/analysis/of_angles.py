"""Repetitions and measures of angles that another program computed, such as those of OpenSim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.measures import Measure, Refusal, measures_of
from kneepose.analysis.reps import Reps, RepStatus
from kneepose.angles.angles import Angles
from kneepose.columns import Table
from kneepose.errors import KneeposeError, TimeError
from kneepose.exercises.spec import ExerciseSpec, exercise_row, needed_side
from kneepose.records import Provenance, ReadOnlyMapping, Result
from kneepose.typing import ExerciseName, Side
from kneepose.words.exercises import peak_words

__all__ = ["AngleAnalysis", "analyze_angles", "reps_of_angles"]

# Largest accepted deviation of an interval from the typical one, as a share of it, when segmenting
# angles.
_UNEVEN: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AngleAnalysis(Table, Result):
    """Result of `kneepose.analyze` for angles: repetitions and measures, without faults and quality.

    The angles are not filtered, and their error is not known. The intervals of a comparison
    therefore contain only the spread of the repetitions.

    Attributes
    ----------
    exercise, side
        Name of the exercise, and the analyzed side.
    angles
        The angles as given, in degrees.
    reps
        Repetitions, as `Reps`.
    measures
        Name → `Measure`, for the angles of the exercise that are given.
    refused
        Measures without a value, with reason and remedy.
    definition
        Row of the exercise in `kneepose.tables.exercises`.
    provenance
        Version, program and settings; also attributes of their own.
    """

    kind = "angle_analysis"
    _merged = ("reps", "provenance")

    exercise: str
    side: Side
    angles: Angles
    reps: Reps
    measures: Mapping[str, Measure]
    refused: tuple[Refusal, ...]
    definition: Mapping[str, Any]
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def faults(self) -> Mapping[str, Any]:
        """Faults are judged on keypoints, so this is always empty."""
        return {}

    @property
    def recording(self) -> NoReturn:
        """Not available: angles from a file have no keypoints.

        Raises
        ------
        KneeposeError
            Always.
        """
        raise KneeposeError(
            "angles of a file have no keypoints, which reports, pictures, faults and quality need; read "
            "a recording of the keypoints, and analyze that."
        )

    source = quality = recording

    def summary(self) -> str:
        """Return one line with the count and the mean peak."""
        count, title = self.reps.count, self.definition["title"].lower()
        text = f"{self.side.capitalize()} leg: {count} {title}{'s' if count != 1 else ''}"
        peak = self.measures.get(self.definition["peak"])
        if peak is not None and peak.n:
            text += f", {peak_words(self.definition, peak.mean, peak.unit)} on average"
        return f"{text}."

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per repetition: times, status and all measures."""
        return self.reps.columns() | {name: m.values for name, m in self.measures.items()}

    def _derived(self) -> dict[str, Any]:
        return {"summary": self.summary()}

    def __repr__(self) -> str:
        return f"AngleAnalysis: {self.summary()}"


def analyze_angles(
    angles: Angles, exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> AngleAnalysis:
    """Find the repetitions of an exercise in angles, and measure them.

    Raises
    ------
    KneeposeError
        No exercise, no side, or an exercise of the user's.
    TimeError
        The times are uneven.
    UnknownNameError
        `exercise` or `side` is not known, or the angle of the exercise is not given.
    """
    reps, row, fs = reps_of_angles(angles, exercise, side, needs_side=True)
    leg: Side = reps.provenance.settings["side"]
    columns = [
        (name, angles[name, of].values, np.ascontiguousarray(angles.codes[:, i]))
        for i, (name, of) in enumerate(angles)
        if of in (leg, None)
    ]
    rows = [
        (
            rep.start, rep.bottom_start, rep.bottom, rep.bottom_end, rep.end, rep.range,
            float("nan"), rep.probability, list(RepStatus).index(rep.status),
        )
        for rep in reps
    ]  # fmt: skip
    full = np.array([rep.status is RepStatus.FULL for rep in reps], dtype=bool)
    depth = angles[row["signal"], leg].values  # signal of this leg; both legs share the repetitions
    found = _core.measure_angles(row["name"], leg, rows, angles.times, depth, columns, fs)
    measures, refused = measures_of(found, full)
    return AngleAnalysis(
        exercise=row["name"],
        side=leg,
        angles=angles,
        reps=reps,
        measures=measures,
        refused=refused,
        definition=ReadOnlyMapping(row),
        provenance=reps.provenance,
    )


def reps_of_angles(
    angles: Angles,
    exercise: ExerciseName | ExerciseSpec | None,
    side: Side | None,
    *,
    needs_side: bool = False,
) -> tuple[Reps, Mapping[str, Any], float]:
    """Return the repetitions in the signal of an exercise, the exercise row and the sampling rate.

    Parameters
    ----------
    needs_side
        True if a two-leg exercise without `side` is an error; otherwise the right leg is used.

    Raises
    ------
    KneeposeError, TimeError, UnknownNameError
        As in `analyze_angles`.
    """
    if exercise is None:
        raise KneeposeError(
            'no exercise is given, and angles do not say one; pass one, such as "squat".'
        )
    row = exercise_row(exercise)
    default: Side | None = "right" if row["two_legs"] and not needs_side else None
    leg = needed_side(side or default, row, "analyze" if needs_side else "segment_reps")
    if "signals" in row:
        raise KneeposeError(
            f"the exercise {row['name']!r} is your own; pass a recording, or a built-in exercise."
        )
    name = row["signal"]
    sides: list[Side] = ["left", "right"] if row["two_legs"] else [leg]
    both = np.array([angles[name, one].values for one in sides])
    signal = both.mean(axis=0) if row["signal_combine"] == "mean" else both.min(axis=0)
    steps = np.diff(angles.times)
    if not len(steps):
        raise TimeError("the angles have one frame; needed a series over time.")
    step = float(np.median(steps))
    if float(np.abs(steps - step).max()) > _UNEVEN * step:
        raise TimeError(
            f"the times of the angles are uneven: intervals from {steps.min():.4g} to "
            f"{steps.max():.4g} s; needed one frame rate."
        )
    # In a sit-to-stand the person starts seated, so the knee is bent least at the turning point.
    outward = -signal if row["pattern"] == "sit_to_stand" else signal
    rows = _core.segment_reps(outward, 1 / step, row["signal_min_range"], None, True, False)
    settings = {"exercise": row["name"], "side": leg}
    provenance = Provenance(
        estimator=angles.provenance.estimator, settings=ReadOnlyMapping(settings)
    )
    return Reps(rows, angles.times, name, signal, provenance=provenance), row, 1 / step
