"""Joining of several trials (recordings) of one leg into one analysis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.measures import Measure, Refusal
from kneepose.analysis.reps import Reps, RepStatus
from kneepose.angles.angles import Angles
from kneepose.errors import KneeposeError
from kneepose.quality.quality import joined_quality
from kneepose.recording.recording import Recording
from kneepose.recording.repairs import Repairs
from kneepose.records import ReadOnlyMapping
from kneepose.validity import Validity, code_of, of_code, of_codes

if TYPE_CHECKING:
    from kneepose._core import Conditions, TrialRow

__all__ = ["analyses_of", "check_once", "check_same", "joined"]

F64 = npt.NDArray[np.float64]

_CODES = {status: code for code, status in enumerate(RepStatus)}


def analyses_of(given: Analysis | Sequence[Analysis], argument: str) -> list[Analysis]:
    """Return one analysis or a sequence of them as a list.

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
    """Check that two analyses can be compared or joined.

    Raises
    ------
    KneeposeError
        Exercise, skeleton, space, estimator or rep signal differ; with `side`, also if the side differs.
    """
    _core.check_same(_conditions(first), _conditions(second), side)


def _conditions(analysis: Analysis) -> Conditions:
    return {
        "exercise": analysis.exercise,
        "definition": json.dumps(dict(analysis.definition), default=dict, sort_keys=True),
        "skeleton": analysis.recording.skeleton.name,
        "space": analysis.recording.space,
        "estimator": analysis.recording.estimator,
        "signal": analysis.reps.signal_used,
        "side": analysis.side,
    }


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

    Faults are judged on the middle of the repetitions of all trials. The quality combines the
    findings of all trials.
    """
    first = trials[0]
    if len(trials) == 1:
        return first
    done = _core.join_trials([_trial_row(trial) for trial in trials])
    starts, times = done["recording"]
    recording = _recording([trial.recording for trial in trials], starts, times)
    provenance = first.provenance
    for other in trials[1:]:
        provenance = provenance.of_both(other.provenance, **first.settings)
    reps = Reps(
        done["reps"],
        recording.times,
        first.reps.signal_used,
        _stacked([trial.reps.signal for trial in trials], starts, len(times)),
        [rep.target_reached for trial in trials for rep in trial.reps],
        done["rep_times"],
        provenance,
    )
    full = np.array([rep.status is RepStatus.FULL for rep in reps], dtype=bool)
    measures: dict[str, Measure] = {}
    refused: list[Refusal] = []
    for name, trial, refusal, values, codes in done["measures"]:
        if refusal is not None:
            reason = of_code(refusal)
            refused.append(Refusal(name, reason, reason.remedy))
            continue
        have = trials[trial].measures[name]
        measures[name] = replace(have, full=full, **_read_off(values, codes))
    faults = {
        name: replace(
            trials[trial].faults[name],
            amount=amount,
            error=error,
            seen=seen if refusal is None else None,
            borderline=borderline,
            reason=Validity.OK if refusal is None else of_code(refusal),
            **_read_off(values, codes),
        )
        for name, trial, values, codes, (amount, error), (seen, borderline), refusal in done[
            "faults"
        ]
    }
    return replace(
        first,
        recording=recording,
        source=_recording([trial.source for trial in trials], *done["source"]),
        angles=_angles(trials, starts, recording.times),
        reps=reps,
        measures=ReadOnlyMapping(measures),
        refused=tuple(refused),
        faults=ReadOnlyMapping(faults),
        quality=joined_quality(first.quality, done["foot_to_lens"], done["findings"]),
        causal=any(trial.causal for trial in trials),
        provenance=provenance,
    )


def _trial_row(trial: Analysis) -> TrialRow:
    """Return a trial in the form that the Rust core takes."""
    nothing: list[float] = []
    return {
        "conditions": _conditions(trial),
        "times": trial.recording.times,
        "source_times": trial.source.times,
        "reps": [
            (
                rep.start,
                rep.bottom_start,
                rep.bottom,
                rep.bottom_end,
                rep.end,
                rep.range,
                rep.range,
                rep.probability,
                _CODES[rep.status],
            )
            for rep in trial.reps
        ],
        "rep_times": [
            (rep.start_s, rep.bottom_start_s, rep.bottom_s, rep.bottom_end_s, rep.end_s)
            for rep in trial.reps
        ],
        "measures": [
            *(
                (name, None, measure.values, [code_of(state) for state in measure.validity])
                for name, measure in trial.measures.items()
            ),
            *((refusal.measure, code_of(refusal.reason), nothing, []) for refusal in trial.refused),
        ],
        "faults": [
            (
                name,
                fault.measure,
                fault.way,
                fault.threshold,
                (fault.camera_shift, fault.common_sd),
                None if fault.seen is not None else code_of(fault.reason),
                fault.values,
                [code_of(state) for state in fault.validity],
            )
            for name, fault in trial.faults.items()
        ],
        "foot_to_lens": [
            (trial.quality.foot_to_lens_deg[side], trial.quality.foot_to_lens_sd_deg[side])
            for side in ("left", "right")
        ],
        "findings": [
            (code_of(finding.reason), str(finding.severity), finding.measured)
            for finding in trial.quality.findings
        ],
    }


def _stacked(
    parts: Sequence[npt.NDArray[Any]], starts: Sequence[int], frames: int, between: float = np.nan
) -> npt.NDArray[Any]:
    """Stack arrays along the first axis from their start indices; other frames hold `between`."""
    stacked = np.full((frames, *parts[0].shape[1:]), between, dtype=parts[0].dtype)
    for start, part in zip(starts, parts, strict=True):
        stacked[start : start + len(part)] = part
    return stacked


def _recording(parts: Sequence[Recording], starts: Sequence[int], times: F64) -> Recording:
    return parts[0]._replace(
        coordinates=_stacked([part.coordinates for part in parts], starts, len(times)),
        confidence=_stacked([part.confidence for part in parts], starts, len(times), 0.0),
        times=times,
        fps=parts[0].fps,
        meta={**parts[0].meta, "trials": len(parts)},
        repairs=_repairs(parts, starts, times),
    )


def _repairs(parts: Sequence[Recording], starts: Sequence[int], times: F64) -> Repairs | None:
    found = [part.repairs for part in parts]
    repairs = [one for one in found if one is not None]
    if len(repairs) < len(parts):
        return None
    first = repairs[0]
    missing = first.kinds.index("missing")
    codes = _stacked([one.codes for one in repairs], starts, len(times), missing)
    swapped = _stacked([one.swapped_frames for one in repairs], starts, len(times), False)
    for array in (codes, swapped):
        array.flags.writeable = False
    shifts = [times[start] - part.times[0] for start, part in zip(starts, parts, strict=True)]
    return replace(
        first,
        codes=codes,
        swapped_frames=swapped,
        resampled=any(one.resampled for one in repairs),
        long_swaps=tuple(
            (float(begin + shift), float(end + shift))
            for one, shift in zip(repairs, shifts, strict=True)
            for begin, end in one.long_swaps
        ),
    )


def _angles(trials: Sequence[Analysis], starts: Sequence[int], times: F64) -> Angles:
    missing = code_of(Validity.MISSING_KEYPOINT)
    parts = [trial.angles for trial in trials]
    return Angles(
        list(parts[0]),
        _stacked([part.data for part in parts], starts, len(times)),
        _stacked([part.codes for part in parts], starts, len(times), missing),
        times,
        parts[0].view,
        pelvis_reference=parts[0].pelvis_reference,
        provenance=parts[0].provenance,
    )


def _read_off(values: F64, codes: npt.NDArray[np.uint8]) -> dict[str, Any]:
    values.flags.writeable = False
    return {"values": values, "validity": of_codes(codes)}
