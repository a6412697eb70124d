"""Everything about one exercise on one side in one recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.faults import Fault, faults_of
from kneepose.analysis.measures import Measure, Refusal
from kneepose.analysis.reps import Reps, RepStatus
from kneepose.analysis.text import text_of
from kneepose.angles.angles import Angles, Side
from kneepose.errors import KneeposeError
from kneepose.exercises.spec import ExerciseSpec, check_side, core_exercise, exercise_row
from kneepose.quality.quality import Quality, quality_of
from kneepose.recording.conditioning import check_raw, conditioned, core_recording
from kneepose.recording.recording import Recording, _restored
from kneepose.validity import Validity, of_code
from kneepose.words.exercises import peak_words

if TYPE_CHECKING:
    from kneepose.live.stream import Stream

__all__ = ["Analysis", "Measure", "Refusal", "analyze", "analyze_sides", "live_analysis"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Analysis:
    """Outcome of `analyze`.

    Attributes
    ----------
    exercise, side
        What was analyzed.
    recording
        The conditioned recording that was measured; ``recording.repairs`` says what was done.
    source
        The recording as given.
    view
        From where the camera sees the person; None in world space.
    angles
        `Angles` over time. In world space, directions are read against where the pelvis pointed
        before each repetition began.
    reps
        `Reps`.
    measures
        Name → `Measure`, only those that were measured at least once.
    refused
        What was not, why, and what to do about it.
    faults
        Name → `Fault`: the form, judged on the median over full repetitions; those that cannot be told
        from this recording are there too, with the reason.
    row
        The exercise's row: title, signals, target, set-up (see `exercise_table`).
    causal
        Whether this was measured live, from the past of each moment alone (see `Stream`).
    quality
        What is wrong with the recording, and how the camera stood; see `check`. Its refusing findings
        are among the reasons in `refused`.
    """

    exercise: str
    side: Side
    recording: Recording
    source: Recording
    view: str | None
    angles: Angles
    reps: Reps
    measures: Mapping[str, Measure]
    refused: tuple[Refusal, ...]
    faults: Mapping[str, Fault]
    row: Mapping[str, Any]
    quality: Quality
    causal: bool = False

    def summary(self) -> str:
        """Return one line: what was found."""
        title = self.row["title"].lower()
        count = self.reps.count
        partial = len(self.reps.partial)
        text = f"{self.side.capitalize()} leg: {count} {title}{'s' if count != 1 else ''}"
        if partial:
            text += f" and {partial} partial"
        if not count and self.why_no_reps is not None:
            return f"{text}. {self.why_no_reps.sentence}"
        peak = self.measures.get(self.row["peak"])
        if peak is not None and peak.n:
            how = " (estimated from depth)" if self.reps.signal_used.endswith("_from_depth") else ""
            text += f", {peak_words(self.row, peak.mean, peak.unit)} on average{how}"
        seen = [fault.title.lower() for fault in self.faults.values() if fault.seen]
        return f"{text}. Seen: {', '.join(seen)}." if seen else f"{text}."

    @property
    def why_no_reps(self) -> Validity | None:
        """Why there is no full repetition; None where there is one."""
        if self.reps.count:
            return None
        reasons = [r.reason for r in self.refused if r.measure == self.row["peak"]]
        return reasons[0] if reasons else Validity.NO_REPS

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry a repetition: times, status and every measure."""
        measures = {name: measure.values for name, measure in self.measures.items()}
        return self.reps.columns() | measures

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON-ready; what is not measured is None)."""
        return {
            "exercise": self.exercise,
            "side": self.side,
            "view": self.view,
            "signal_used": self.reps.signal_used,
            "frames": self.recording.n_frames,
            "fps": self.recording.fps,
            "summary": self.summary(),
            "reps": [
                {
                    "number": rep.number,
                    "status": str(rep.status),
                    "start_s": rep.start_s,
                    "bottom_s": rep.bottom_s,
                    "end_s": rep.end_s,
                    "range_deg": _plain(rep.range_deg),
                    "target_reached": rep.target_reached,
                }
                for rep in self.reps
            ],
            "measures": [
                {
                    "name": measure.name,
                    "unit": measure.unit,
                    "n": measure.n,
                    "mean": _plain(measure.mean),
                    "sd": _plain(measure.sd),
                    "values": [_plain(value) for value in measure.values],
                    "validity": [str(state) for state in measure.validity],
                }
                for measure in self.measures.values()
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
            "faults": [fault.to_dict() for fault in self.faults.values()],
            "causal": self.causal,
            "quality": self.quality.to_dict(),
        }

    def methods(self) -> str:
        """Return the paragraph for a paper: what was done, with version."""
        repairs = self.recording.repairs
        resampled = "brought onto an even time grid, " if repairs.resampled else ""
        space = (
            "three-dimensional keypoints"
            if self.recording.space == "world"
            else f"two-dimensional keypoints seen from the {self.view or 'unknown side'}"
        )
        filtered = (
            "and coordinates low-passed frame by frame (critically damped, second order, "
            if self.causal
            else "points that leave their own path by three times what is usual removed, gaps up to "
            f"0.2 s filled (PCHIP), {resampled}and coordinates low-passed (zero-phase Butterworth, "
            "4th order, "
        )
        return (
            f"Keypoints ({self.recording.skeleton.name}, "
            f"{self.recording.estimator or 'estimator not stated'}, {space}, "
            f"{self.source.fps:.4g} frames per second) were analyzed with kneepose {_core.version()}. "
            f"Keypoints below a confidence of {self.recording.skeleton.min_confidence:g} were left "
            f"out, {filtered}{repairs.cutoff_hz:g} Hz). "
            f"Repetitions were found in {self.reps.signal_used} and delimited at 10 % of their range. "
            f"Angles are clinical-positive{self._moments_read()}."
        )

    def _moments_read(self) -> str:
        moments = self.row["moments"]
        texts = []
        if any(moment.removeprefix("at_").isdigit() for moment in moments):
            texts.append(
                "values at matched depth are read where the knee first reaches that flexion on descent"
            )
        if "change" in moments:
            texts.append(
                "changes are the median over the turning point less the level of rest before it"
            )
        return "".join(f"; {text}" for text in texts)

    def __repr__(self) -> str:
        return text_of(self)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def analyze(
    recording: Recording,
    exercise: str | ExerciseSpec,
    *,
    side: Side,
    cutoff_hz: float | None = None,
    max_gap_s: float = 0.2,
) -> Analysis:
    """Condition, measure, find the repetitions and read each one off: one side.

    Parameters
    ----------
    recording
        As it comes from the estimator; do not condition it first.
    exercise
        Name of `exercise_table`, or an `ExerciseSpec` of your own.
    side
        The standing leg of a single-leg squat, the upper leg of a clamshell, the lifted leg of a fire
        hydrant; in a squat the leg to look at.
    cutoff_hz
        Cut-off of the low-pass on the keypoints; None takes the exercise's own (4 Hz).
    max_gap_s
        Longest gap that is filled.

    Returns
    -------
    Analysis
        Finding no repetition is an answer, not an error: `Analysis.reps` is empty then and
        `Analysis.refused` says so.

    Raises
    ------
    UnknownNameError
        No such exercise or side.
    KneeposeError
        A single frame, or a recording that was conditioned already.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.analyze(kp.sample("squat"), "squat", side="left").reps.count
    5
    """
    check_raw(recording)
    done = _core.analyze(
        core_recording(recording),
        core_exercise(exercise),
        check_side(side),
        recording.view,
        cutoff_hz,
        max_gap_s,
    )
    return _analysis(exercise_row(exercise), side, recording, conditioned(recording, done), done)


def live_analysis(done: dict[str, Any], stream: Stream) -> Analysis:
    """Return what the core made of a stream, marked causal."""
    # Not through the constructor: what came live is not refused for its clock.
    source = _restored(
        Recording,
        {
            "coordinates": done["coordinates"],
            "confidence": done["confidence"],
            "times": done["times"],
            "fps": None,
            "skeleton": stream._skeleton,
            "up": stream._up,
            "resolution_wh": stream._resolution,
            "mirrored": False,
            "view": stream._view,
            "estimator": stream._estimator,
            "meta": {"live": True},
            "repairs": None,
            "reflection": None,
        },
    )
    return _analysis(
        dict(stream.row), stream._side, source, conditioned(source, done), done, causal=True
    )


def _analysis(
    row: dict[str, Any],
    side: Side,
    source: Recording,
    measured: Recording,
    done: dict[str, Any],
    *,
    causal: bool = False,
) -> Analysis:
    reps = Reps(
        done["reps"],
        measured.times,
        done["signal_used"],
        done["signal"],
        done["target_reached"],
        done["rep_times"],
    )
    full = np.array([rep.status is RepStatus.FULL for rep in reps], dtype=bool)
    measures: dict[str, Measure] = {}
    refused: list[Refusal] = []
    for measure in done["measures"]:
        if measure["refusal"] is not None:
            reason = of_code(measure["refusal"])
            refused.append(Refusal(measure["name"], reason, reason.remedy))
            continue
        measure["values"].flags.writeable = False
        measures[measure["name"]] = Measure(
            name=measure["name"],
            unit=measure["unit"],
            values=measure["values"],
            validity=tuple(of_code(code) for code in measure["codes"]),
            full=full,
            of_leg=measure["of_leg"],
            angle=measure["angle"],
        )
    return Analysis(
        exercise=row["name"],
        side=side,
        recording=measured,
        source=source,
        view=done["view"],
        angles=Angles(
            done["columns"],
            done["values"],
            done["codes"],
            measured.times,
            done["view"],
            pelvis_reference=row["pelvis_reference"],
        ),
        reps=reps,
        measures=MappingProxyType(measures),
        refused=tuple(refused),
        faults=faults_of(done["faults"]),
        row=MappingProxyType(row),
        quality=quality_of(done["quality"]),
        causal=causal,
    )


def analyze_sides(
    recording: Recording,
    exercise: str | ExerciseSpec,
    *,
    cutoff_hz: float | None = None,
    max_gap_s: float = 0.2,
) -> tuple[Analysis, Analysis]:
    """Analyze both legs of one recording: (left, right).

    A two-leg exercise has one shared list of repetitions. Of a one-leg exercise each leg has its own:
    a single-leg squat counts on the leg that stands, so one clip may show both legs in turn. Clamshells
    and fire hydrants of both legs need a recording each.

    Raises
    ------
    KneeposeError
        A clamshell, a fire hydrant, or an exercise of one's own on one leg.
    """
    row = exercise_row(exercise)
    if not row["two_legs"] and row["posture"] != "standing":
        raise KneeposeError(
            f"{row['name']!r} is done on one side at a time: record each side and call "
            'analyze(recording, exercise, side="left") and side="right".'
        )
    return (
        analyze(recording, exercise, side="left", cutoff_hz=cutoff_hz, max_gap_s=max_gap_s),
        analyze(recording, exercise, side="right", cutoff_hz=cutoff_hz, max_gap_s=max_gap_s),
    )
