"""`Scene`: everything drawn on one frame, from a stream state or from an analysis at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.faults import Fault
from kneepose.analysis.reps import Rep, RepStatus
from kneepose.errors import KneeposeError
from kneepose.live.stream import StreamState
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton
from kneepose.validity import Validity, of_code
from kneepose.words.catalogue import tr
from kneepose.words.drawing import phase_words, short_angle

__all__ = ["Drawn", "Scene", "scene_of"]

F64 = npt.NDArray[np.float64]

#: Angles that can be drawn, with the joint at which each is drawn; the first one with a value is
#: used. The knee flexion estimated by a front camera comes last: it replaces the projection angle
#: in deep squats.
_ANGLES: Final = (
    ("knee_flexion", "knee"), ("fppa", "knee"), ("hip_abduction_2d", "hip"),
    ("knee_flexion_from_depth", "knee"),
)  # fmt: skip
#: Knee flexion in degrees above which the frontal projection angle is not drawn: the thigh then
#: points at the camera, and its projection says nothing about the knee.
_DEEPEST_PROJECTION_DEG: Final = 75.0
#: Validities of values that are drawn in color; all others are drawn in gray.
_GOOD: Final = (Validity.OK, Validity.ASSUMED_LEVEL_CAMERA)
#: Seconds for which a cue stays after the repetition.
_CUE_S: Final = 1.0
#: Maximum time in seconds between a requested time and the nearest frame of the recording.
_NEAR_S: Final = 0.25


@dataclass(frozen=True)
class Drawn:
    """An angle drawn at a joint.

    Attributes
    ----------
    name, side, joint
        Angle, its side, and the landmark without its side.
    value
        Value in degrees; NaN if not measured.
    text
        Displayed text of the value; empty if not measured.
    is_good
        False if the angle is drawn in gray.
    """

    name: str
    side: str
    joint: str
    value: float
    text: str
    is_good: bool


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn on one frame.

    Attributes
    ----------
    points
        Landmark → position (x, y) in pixels of the frame.
    low
        Landmarks that are uncertain.
    sides
        Analyzed sides.
    angles
        Angles at joints.
    count
        Number of full repetitions so far; None if no count is drawn.
    phase
        Phase of the repetition as text.
    bend
        Value of the rep signal as text; empty if it is not in degrees.
    cue
        Instruction to the person; empty if there is none.
    problem
        Reason why the movement cannot be measured; empty if it can.
    """

    points: Mapping[str, tuple[float, float]]
    low: frozenset[str]
    sides: tuple[str, ...]
    angles: tuple[Drawn, ...]
    count: int | None
    phase: str
    bend: str
    cue: str
    problem: str


def scene_of(shown: Any, t: float | None) -> Scene:
    """Return the scene of a stream state, or of one or two analyses at a given time.

    Raises
    ------
    KneeposeError
        `shown` has another type, or `t` is missing for an analysis.
    """
    if isinstance(shown, StreamState):
        return _of_state(shown)
    analyses = [shown] if isinstance(shown, Analysis) else shown
    if not isinstance(analyses, Sequence) or not all(isinstance(a, Analysis) for a in analyses):
        raise KneeposeError(
            f"draw was given an object of type {type(shown).__name__}; needed the state that "
            "Stream.push returns, an Analysis with its time, or both analyses of kp.analyze_sides."
        )
    if t is None or not analyses:
        raise KneeposeError("an analysis is drawn at a time: kp.draw(frame, analysis, t, order=…).")
    scenes = [_of_analysis(analysis, float(t)) for analysis in analyses]
    first = scenes[0]
    if len(scenes) == 1:
        return first
    return replace(
        first,
        sides=tuple(side for scene in scenes for side in scene.sides),
        angles=tuple(angle for scene in scenes for angle in scene.angles),
        cue=next((scene.cue for scene in scenes if scene.cue), ""),
    )


def _of_state(state: StreamState) -> Scene:
    stream = state._stream
    if stream is None:
        raise KneeposeError(
            "this state was read from a file or copied, and has no keypoints; draw the state that push "
            "returned."
        )
    points: dict[str, tuple[float, float]] = {}
    low: set[str] = set()
    found = state.keypoints
    if found is not None:
        points, low = _named(found, state._confidence, stream._skeleton, stream._mirrored)
    values, validity = state.angles, state.validity
    is_good = state.quality in (Validity.OK, Validity.FRAME_RATE_LOW)
    drawn = _drawn(values, validity, (stream._side,), is_good=is_good)
    row = stream._row
    return Scene(
        points=points,
        low=frozenset(low if is_good else points),
        sides=(stream._side,),
        angles=drawn,
        count=state.rep_count,
        phase=phase_words(row, str(state.phase)),
        bend=_bend(values, stream._side),
        cue="" if state.cue is None else tr(state.cue.text),
        problem=_problem(state.quality),
    )


def _problem(quality: Validity) -> str:
    """Return a short text on a quality problem; empty if there is none.

    For a low frame rate the text is the remedy, because the movement is still measured. Otherwise
    it is the problem: problem and remedy together would cover the person in an upright frame.
    """
    if quality is Validity.FRAME_RATE_LOW:
        return tr("Fewer than 15 frames per second: close other programs, or take a faster model.")
    return "" if quality is Validity.OK else tr(quality.sentence)


def _bend(values: Mapping[tuple[str, str | None], float], side: str) -> str:
    for name in ("knee_flexion", "knee_flexion_from_depth"):
        value = values.get((name, side), math.nan)
        if math.isfinite(value):
            return f"{max(value, 0):.0f}°"
    return ""


def _named(
    found: Any, confidence: Any, skeleton: Skeleton, is_mirrored: bool
) -> tuple[dict[str, tuple[float, float]], set[str]]:
    """Return positions by landmark and the uncertain landmarks, from the estimator's frame."""
    points, low = {}, set()
    rows = np.asarray(found, dtype=np.float64).tolist()
    for name, index in skeleton.landmarks.items():
        # In a mirrored frame the estimator's left is the person's right, so the indices are
        # swapped.
        at = int(skeleton.swap[index]) if is_mirrored else index
        x, y = rows[at][:2]
        if not (math.isfinite(x) and math.isfinite(y)) or (x == 0 and y == 0):
            continue
        sure = 1.0 if confidence is None else float(confidence[at])
        if sure <= 0:
            continue
        points[name] = (x, y)
        if sure < skeleton.min_confidence:
            low.add(name)
    return points, low


def _drawn(
    values: Mapping[tuple[str, str | None], float],
    validity: Mapping[tuple[str, str | None], Validity],
    sides: Sequence[str],
    *,
    is_good: bool,
) -> tuple[Drawn, ...]:
    """Return for each side the first of `_ANGLES` that has a value in this frame."""
    drawn = []
    for side in sides:
        is_deep = values.get(("knee_flexion_from_depth", side), 0.0) > _DEEPEST_PROJECTION_DEG
        for name, joint in _ANGLES:
            value = values.get((name, side), math.nan)
            if math.isfinite(value) and not (name == "fppa" and is_deep):
                good = is_good and validity.get((name, side), Validity.OK) in _GOOD
                drawn.append(Drawn(name, side, joint, value, short_angle(name, value), good))
                break
    return tuple(drawn)


def _of_analysis(analysis: Analysis, t: float) -> Scene:
    reps = analysis.reps
    rep = next((rep for rep in reps if rep.start_s <= t <= rep.end_s), None)
    index = _nearest(analysis.recording.times, t)
    values: dict[tuple[str, str | None], float] = {}
    validity: dict[tuple[str, str | None], Validity] = {}
    if index is not None:
        drawn = {(name, analysis.side) for name in (*dict(_ANGLES), reps.signal_used)}
        for key in drawn.intersection(analysis.angles):
            angle = analysis.angles[key]
            values[key] = _between(analysis.recording.times, angle.values, t, index)
            validity[key] = of_code(int(angle.codes[index]))
    signal = math.nan
    if index is not None and reps.unit == "deg":
        # Show the same value as at the joint; the counted series `reps.signal` is filtered
        # differently.
        signal = values.get((reps.signal_used, analysis.side), math.nan)
    if index is not None and reps.unit == "deg" and not math.isfinite(signal):
        signal = _between(analysis.recording.times, np.asarray(reps.signal), t, index)
    points, low = _at_time(analysis, t)
    return Scene(
        points=points,
        low=frozenset(low),
        sides=(analysis.side,),
        angles=_drawn(values, validity, (analysis.side,), is_good=True),
        count=sum(rep.end_s <= t for rep in reps.full),
        phase=phase_words(analysis.definition, _phase(rep, t)),
        bend=f"{max(signal, 0):.0f}°" if math.isfinite(signal) else "",
        cue=_cue(analysis, t),
        problem="",
    )


def _phase(rep: Rep | None, t: float) -> str:
    if rep is None:
        return "rest"
    if t < rep.bottom_start_s:
        return "out"
    return "hold" if t <= rep.bottom_end_s else "back"


def _cue(analysis: Analysis, t: float) -> str:
    """Return the cue of a seen fault from the bottom of the deviating repetition on; else empty."""
    for rep in analysis.reps:
        if rep.status is RepStatus.FULL and rep.bottom_s <= t <= rep.end_s + _CUE_S:
            for fault in analysis.faults.values():
                if fault.seen and _is_beyond(fault, rep.number - 1):
                    return tr(fault.cue)
    return ""


def _is_beyond(fault: Fault, index: int) -> bool:
    if index >= len(fault.values):
        return False
    value = float(fault.values[index]) - fault.camera_shift
    return {
        "above": value > fault.threshold,
        "below": value < fault.threshold,
        "either": abs(value) > fault.threshold,
    }[fault.way]


def _nearest(times: F64, t: float) -> int | None:
    """Return the index of the frame nearest to a time; None if it is too far away."""
    after = int(np.searchsorted(times, t))
    near = [i for i in (after - 1, after) if 0 <= i < len(times)]
    best = min(near, key=lambda i: abs(times[i] - t))
    return best if abs(times[best] - t) <= _NEAR_S else None


def _between(times: F64, values: F64, t: float, nearest: int) -> float:
    """Return a series interpolated at a time; beside a gap, the value of the nearest frame."""
    after = min(max(int(np.searchsorted(times, t)), 1), len(times) - 1)
    if after < 1:
        return float(values[nearest])
    share = (t - times[after - 1]) / (times[after] - times[after - 1])
    value = float(
        values[after - 1] + min(max(share, 0.0), 1.0) * (values[after] - values[after - 1])
    )
    return value if math.isfinite(value) else float(values[nearest])


def _at_time(analysis: Analysis, t: float) -> tuple[dict[str, tuple[float, float]], set[str]]:
    """Return the landmarks at a time, and the uncertain ones.

    Positions are those after conditioning. Landmarks that conditioning removed keep their original
    position and count as uncertain.
    """
    source, measured = analysis.source, analysis.recording
    if source.space != "image":
        return {}, set()
    raw = _interpolated(source, t)
    smooth = _interpolated(measured, t)
    if raw is None or smooth is None:
        return {}, set()
    was_mirrored = source.mirrored
    if was_mirrored:
        width = source.resolution_wh[0] if source.resolution_wh else 0
        raw, smooth = (np.column_stack((width - xy[:, 0], xy[:, 1])) for xy in (raw, smooth))
    points: dict[str, tuple[float, float]] = {}
    low: set[str] = set()
    for name, index in source.skeleton.landmarks.items():
        for place, is_low in ((smooth[index], False), (raw[index], True)):
            if np.isfinite(place).all():
                points[name] = (float(place[0]), float(place[1]))
                if is_low:
                    low.add(name)
                break
    return points, low


def _interpolated(recording: Recording, t: float) -> F64 | None:
    """Return the interpolated keypoints at a time, shape (K, 2); None if no frame is near."""
    times = recording.times
    nearest = _nearest(times, t)
    points: F64 = recording.coordinates
    if nearest is None:
        return None
    after = min(int(np.searchsorted(times, t)), len(times) - 1)
    before = max(after - 1, 0)
    if before == after or times[after] - times[before] > _NEAR_S:
        there: F64 = points[nearest]
        return there
    share = min(max((t - times[before]) / (times[after] - times[before]), 0.0), 1.0)
    between: F64 = points[before] + share * (points[after] - points[before])
    return np.where(np.isfinite(between), between, points[nearest])
