"""`analyze` and `analyze_sides`: from a recording, or from angles, to an analysis."""

from __future__ import annotations

from typing import overload

from kneepose import _core
from kneepose.analysis.analysis import Analysis, analysis_of
from kneepose.analysis.choice import choose_exercise, choose_side
from kneepose.analysis.of_angles import AngleAnalysis, analyze_angles
from kneepose.angles.angles import Angles
from kneepose.errors import KneeposeError
from kneepose.exercises.spec import ExerciseSpec, core_exercise, exercise_row
from kneepose.recording.options import parse_real
from kneepose.recording.recording import (
    Recording,
    check_raw,
    check_recording,
    conditioned,
    core_recording,
)
from kneepose.typing import ExerciseName, Side

__all__ = ["analyze", "analyze_sides"]


@overload
def analyze(
    recording: Recording,
    exercise: ExerciseName | ExerciseSpec | None = None,
    *,
    side: Side | None = None,
    cutoff_hz: float | None = None,
    max_gap_s: float = 0.2,
) -> Analysis: ...
@overload
def analyze(
    recording: Angles, exercise: ExerciseName | None = None, *, side: Side | None = None
) -> AngleAnalysis: ...
def analyze(
    recording: Recording | Angles,
    exercise: ExerciseName | ExerciseSpec | None = None,
    *,
    side: Side | None = None,
    cutoff_hz: float | None = None,
    max_gap_s: float = 0.2,
) -> Analysis | AngleAnalysis:
    """Analyze one side of an exercise: condition, find the repetitions, measure them, assess faults.

    Parameters
    ----------
    recording
        Unconditioned recording; or angles that another program computed, such as those that
        `kneepose.read` reads from a ``.mot`` file: they are measured as they are, without faults.
    exercise
        Name from `kneepose.tables.exercises`, or an `ExerciseSpec`. None takes the
        recording's.
    side
        The stance leg of a single-leg squat, the upper leg of a clamshell, the lifted leg of a fire
        hydrant, or the leg of interest of a squat. None takes the recording's; no leg stands in for a
        missing one. For both legs of a squat use `analyze_sides`.
    cutoff_hz
        Cut-off frequency of the low-pass filter of the keypoints in Hz. None uses that of the exercise
        (4 Hz).
    max_gap_s
        Longest gap that is filled, in seconds.

    Returns
    -------
    Analysis
        Without a repetition, `Analysis.reps` is empty and `Analysis.refused` gives the reason. That is
        not an error. For angles, a `kneepose.analysis.AngleAnalysis`.

    Raises
    ------
    UnknownNameError
        `exercise` or `side` is not known.
    KneeposeError
        No side, an option of filtering with angles, something else than a `Recording` or `Angles`, a
        single frame, or a recording that was conditioned already or says another exercise or side.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.analyze(kp.sample("squat"), "squat", side="left").reps.count
    5
    """
    if isinstance(recording, Angles):
        if cutoff_hz is not None or max_gap_s != 0.2:
            raise KneeposeError(
                "cutoff_hz and max_gap_s filter keypoints; angles are measured as they are. Omit them."
            )
        return analyze_angles(recording, exercise, side)
    check_recording(recording, "analyze")
    check_raw(recording)
    exercise = choose_exercise(recording, exercise)
    leg = choose_side(recording, side, exercise_row(exercise), "analyze")
    return _analyze(recording, exercise, leg, cutoff_hz, max_gap_s)


def _analyze(
    recording: Recording,
    exercise: ExerciseName | ExerciseSpec,
    side: Side,
    cutoff_hz: float | None,
    max_gap_s: float,
) -> Analysis:
    cutoff_hz = None if cutoff_hz is None else parse_real(cutoff_hz, "cutoff_hz")
    max_gap_s = parse_real(max_gap_s, "max_gap_s")
    done = _core.analyze(
        core_recording(recording),
        core_exercise(exercise),
        side,
        recording.view,
        cutoff_hz,
        max_gap_s,
    )
    measured = conditioned(recording, done)
    row = exercise_row(exercise)
    return analysis_of(row, side, recording, measured, done, max_gap_s=max_gap_s)


def analyze_sides(
    recording: Recording,
    exercise: ExerciseName | ExerciseSpec | None = None,
    *,
    cutoff_hz: float | None = None,
    max_gap_s: float = 0.2,
) -> tuple[Analysis, Analysis]:
    """Analyze both legs of one recording.

    In a two-leg exercise both analyses share one list of repetitions. In a single-leg squat a repetition
    belongs to the stance leg, so one recording may contain both legs in turn. Clamshells and fire
    hydrants need one recording per leg.

    Parameters
    ----------
    recording, exercise, cutoff_hz, max_gap_s
        As in `analyze`.

    Returns
    -------
    (left, right) analyses.

    Raises
    ------
    UnknownNameError
        The exercise is not known.
    KneeposeError
        A clamshell, a fire hydrant, or a user-defined one-leg exercise; a recording that says
        another exercise, or of a one-leg exercise that it shows one side.
    """
    check_recording(recording, "analyze_sides")
    exercise = choose_exercise(recording, exercise)
    row = exercise_row(exercise)
    if not row["two_legs"] and row["posture"] != "standing":
        raise KneeposeError(
            f"{row['name']!r} needs one recording per side; call analyze(recording, exercise, "
            'side="left") and side="right".'
        )
    if not row["two_legs"] and recording.side is not None:
        raise KneeposeError(
            f"both legs are asked for, but the recording says that it shows the {recording.side} one. "
            "Call analyze for that leg, or correct the recording: recording.labeled(side=None)."
        )
    check_raw(recording)
    return (
        _analyze(recording, exercise, "left", cutoff_hz, max_gap_s),
        _analyze(recording, exercise, "right", cutoff_hz, max_gap_s),
    )
