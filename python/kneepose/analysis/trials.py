"""Joining of several trials (recordings) of one leg into one analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.faults import Fault, judged
from kneepose.analysis.measures import Measure
from kneepose.analysis.reps import Reps, RepStatus
from kneepose.angles.angles import Angles
from kneepose.errors import KneeposeError
from kneepose.quality.quality import Quality, Severity
from kneepose.recording.recording import Recording
from kneepose.records import ReadOnlyMapping
from kneepose.validity import Validity

__all__ = ["analyses_of", "check_once", "check_same", "joined"]

F64 = npt.NDArray[np.float64]

_PAUSE_S = 1.0
_CODES = {status: code for code, status in enumerate(RepStatus)}


def analyses_of(given: Analysis | Sequence[Analysis], argument: str) -> list[Analysis]:
    """Return one analysis or several as a list.

    Raises
    ------
    KneeposeError
        `given` is empty, or contains other objects than analyses.
    """
    if isinstance(given, Analysis):
        return [given]
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    items: list[Any] = list(given) if listed else [given]
    trials = [item for item in items if isinstance(item, Analysis)]
    if not trials or len(trials) < len(items):
        what = ", ".join(type(item).__name__ for item in items) or "an empty list"
        raise KneeposeError(
            f"{argument} is {what}; give an Analysis as analyze returns it, or a list of them. "
            'Write kp.analyze(recording, exercise, side="left") first, with '
            "recording = kp.read(path) or kp.Recording(array, skeleton=…, fps=…)."
        )
    return trials


def check_same(first: Analysis, second: Analysis, *, side: bool = False) -> None:
    """Check that two analyses are comparable.

    Raises
    ------
    KneeposeError
        Exercise, skeleton, space, estimator or rep signal differ; with `side`, also if the side differs.
    """
    for what, a, b in (
        ("exercise", first.exercise, second.exercise),
        ("definition of the exercise", dict(first.definition), dict(second.definition)),
        ("skeleton", first.recording.skeleton.name, second.recording.skeleton.name),
        ("space", first.recording.space, second.recording.space),
        ("estimator", first.recording.estimator, second.recording.estimator),
        ("rep signal", first.reps.signal_used, second.reps.signal_used),
        *((("side", first.side, second.side),) if side else ()),
    ):
        if a != b:
            shown = "" if isinstance(a, dict) else f": {a!r} and {b!r}"
            raise KneeposeError(
                f"the {what} differs{shown}. That alone can change the numbers by more than legs "
                f"differ; compare recordings of one {what}."
            )


def check_once(analyses: Iterable[Analysis]) -> None:
    """Check that no analysis is given twice.

    Raises
    ------
    KneeposeError
        An analysis is given twice.
    """
    seen: set[int] = set()
    for analysis in analyses:
        if id(analysis) in seen:
            raise KneeposeError("the same analysis is given twice; give another recording.")
        seen.add(id(analysis))


def joined(trials: Sequence[Analysis]) -> Analysis:
    """Join trials of one leg into one analysis, in order, with one missing frame between two trials.

    Faults are judged on the median over the repetitions of all trials. The quality has the findings of
    all trials.
    """
    first = trials[0]
    for trial in trials:
        check_same(first, trial, side=True)
    if len(trials) == 1:
        return first
    starts, offsets = _places(trials)
    rows: list[tuple[Any, ...]] = []
    rep_times: list[list[float]] = []
    reached: list[bool | None] = []
    for trial, start, offset in zip(trials, starts, offsets, strict=True):
        for rep in trial.reps:
            places = (rep.start, rep.bottom_start, rep.bottom, rep.bottom_end, rep.end)
            shifted = tuple(place + start if place >= 0 else -1 for place in places)
            rows.append((*shifted, rep.range, _CODES[rep.status]))
            seconds = (rep.start_s, rep.bottom_start_s, rep.bottom_s, rep.bottom_end_s, rep.end_s)
            rep_times.append([second + offset for second in seconds])
            reached.append(rep.target_reached)
    signal = _stacked([trial.reps.signal for trial in trials])
    recording = _recording([trial.recording for trial in trials], offsets)
    reps = Reps(
        rows,
        recording.times,
        first.reps.signal_used,
        signal,
        reached,
        rep_times,
        first.provenance,
    )
    full = np.array([rep.status is RepStatus.FULL for rep in reps], dtype=bool)
    measures = {
        name: _measure(name, trials, full)
        for name in dict.fromkeys(name for trial in trials for name in trial.measures)
    }
    refused = {r.measure: r for trial in trials for r in trial.refused if r.measure not in measures}
    return replace(
        first,
        recording=recording,
        source=_recording([trial.source for trial in trials], _places(trials, source=True)[1]),
        angles=_angles(trials, recording.times),
        reps=reps,
        measures=ReadOnlyMapping(measures),
        refused=tuple(refused.values()),
        faults=ReadOnlyMapping({name: _fault(name, trials, full) for name in first.faults}),
        quality=_quality(trials),
        causal=any(trial.causal for trial in trials),
    )


def _places(trials: Sequence[Analysis], *, source: bool = False) -> tuple[list[int], list[float]]:
    """Return the index of the first frame of each trial, and the offset of its times in seconds."""
    starts, offsets, frame, now = [], [], 0, 0.0
    for trial in trials:
        times = (trial.source if source else trial.recording).times
        starts.append(frame)
        offsets.append(now - float(times[0]))
        frame += len(times) + 1
        now += float(times[-1] - times[0]) + 2 * _PAUSE_S
    return starts, offsets


def _stacked(parts: Sequence[npt.NDArray[Any]], between: float = np.nan) -> npt.NDArray[Any]:
    """Concatenate the parts along the first axis, with one row of `between` between two parts."""
    gap = np.full((1, *parts[0].shape[1:]), between, dtype=parts[0].dtype)
    pieces = [piece for part in parts for piece in (part, gap)]
    return np.concatenate(pieces[:-1])


def _recording(parts: Sequence[Recording], offsets: Sequence[float]) -> Recording:
    seconds: list[F64] = []
    for part, offset in zip(parts, offsets, strict=True):
        seconds += [part.times + offset, np.array([part.times[-1] + offset + _PAUSE_S])]
    return parts[0]._replace(
        coordinates=_stacked([part.coordinates for part in parts]),
        confidence=_stacked([part.confidence for part in parts], 0.0),
        times=np.concatenate(seconds[:-1]),
        fps=parts[0].fps,
        meta={**parts[0].meta, "trials": len(parts)},
    )


def _angles(trials: Sequence[Analysis], times: F64) -> Angles:
    missing = float(list(Validity).index(Validity.MISSING_KEYPOINT))
    parts = [trial.angles for trial in trials]
    return Angles(
        list(parts[0]),
        _stacked([part.data for part in parts]),
        _stacked([part.codes for part in parts], missing),
        times,
        parts[0].view,
        pelvis_reference=parts[0].pelvis_reference,
        provenance=parts[0].provenance,
    )


def _measure(name: str, trials: Sequence[Analysis], full: npt.NDArray[np.bool_]) -> Measure:
    """Join one measure over all repetitions. It is NaN with a reason for trials without the measure."""
    have = next(trial.measures[name] for trial in trials if name in trial.measures)

    def read(trial: Analysis) -> Measure | Validity:
        if name in trial.measures:
            return trial.measures[name]
        reasons = [r.reason for r in trial.refused if r.measure == name]
        return reasons[0] if reasons else Validity.MISSING_KEYPOINT

    values, validity = _read_off(trials, read)
    return replace(have, values=values, validity=validity, full=full)


def _fault(name: str, trials: Sequence[Analysis], full: npt.NDArray[np.bool_]) -> Fault:
    """Join one fault over all repetitions that were judged by the same measure."""
    have = [trial.faults[name] for trial in trials if name in trial.faults]
    best = next((fault for fault in have if fault.seen is not None), have[0])

    def read(trial: Analysis) -> Fault | Validity:
        fault = trial.faults.get(name)
        same = fault is not None and fault.measure == best.measure
        return fault if same and fault is not None else Validity.MISSING_KEYPOINT

    values, validity = _read_off(trials, read)
    amount, seen = judged(best, values[full])
    reasons = [fault.reason for fault in have if fault.seen is None]
    return replace(
        best,
        values=values,
        validity=validity,
        amount=amount,
        seen=seen,
        reason=Validity.OK if seen is not None else (reasons or [Validity.MISSING_KEYPOINT])[0],
    )


def _read_off(
    trials: Sequence[Analysis], read: Callable[[Analysis], Measure | Fault | Validity]
) -> tuple[F64, tuple[Validity, ...]]:
    """Return the values of all repetitions and their validity; NaN with a reason where missing."""
    values: list[F64] = []
    validity: list[Validity] = []
    for trial in trials:
        found = read(trial)
        if isinstance(found, Validity):
            values.append(np.full(len(trial.reps), np.nan))
            validity += len(trial.reps) * [found]
        else:
            values.append(found.values)
            validity += found.validity
    together = np.concatenate(values)
    together.flags.writeable = False
    return together, tuple(validity)


def _quality(trials: Sequence[Analysis]) -> Quality:
    """Join the quality: mean camera pose over the repetitions, and each kind of finding once."""
    parts = [trial.quality for trial in trials]
    findings = {finding.reason: finding for part in reversed(parts) for finding in part.findings}

    def mean(values: Sequence[float]) -> float:
        # Weighted by repetitions: a turned camera biases the mean of a measure in the same proportion.
        known = [(v, n) for v, n in zip(values, counts, strict=True) if n and np.isfinite(v)]
        total = sum(n for _, n in known)
        return sum(v * n for v, n in known) / total if total else float("nan")

    counts = [trial.reps.count for trial in trials]
    sides = parts[0].foot_to_lens_deg
    return replace(
        parts[0],
        foot_to_lens_deg=ReadOnlyMapping(
            {s: mean([p.foot_to_lens_deg[s] for p in parts]) for s in sides}
        ),
        foot_to_lens_sd_deg=ReadOnlyMapping(
            {s: mean([p.foot_to_lens_sd_deg[s] for p in parts]) for s in sides}
        ),
        findings=tuple(sorted(findings.values(), key=lambda f: f.severity is not Severity.REFUSE)),
    )
