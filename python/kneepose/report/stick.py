"""Stick figures from keypoints: the body at one depth, with other repetitions faint behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.comparison.curves import series_of
from kneepose.errors import UnknownNameError
from kneepose.report.chart import INK, MUTED, path_of, style_of
from kneepose.words.catalogue import opened, tr
from kneepose.words.drawing import inward_words
from kneepose.words.measures import base_name, moment_of
from kneepose.words.units import amount

if TYPE_CHECKING:
    from kneepose.analysis.analysis import Analysis
    from kneepose.analysis.measures import Measure
    from kneepose.report.subject import Part

__all__ = ["stick_figure"]

F64 = npt.NDArray[np.float64]

_LEG: Final = (("hip", "knee"), ("knee", "ankle"), ("ankle", "big_toe"), ("heel", "big_toe"))
_ARM: Final = (("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"))
_MIDDLE: Final = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
_POINTS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe")
_WIDTH, _EDGE = 150.0, 16.0
#: Height of the figure in SVG units for a standing body, and minimum height for a lying one.
_HEIGHT, _LEAST_HEIGHT = 200.0, 90.0
#: Maximum number of other repetitions drawn behind the figure.
_MOST_BEHIND: Final = 12


def stick_figure(part: Part, measure: Measure | None) -> dict[str, Any] | None:
    """Return the template data of the figure of one side; None without a repetition or a hip.

    Parameters
    ----------
    part
        The side.
    measure
        Measure whose moment is drawn and whose mean is shown; None draws the turning point.
    """
    analysis = part.analysis
    reps = [rep for rep in analysis.reps.full if 0 <= rep.start <= rep.bottom]
    if not reps:
        return None
    moment = "" if measure is None else moment_of(measure.name)
    frames = [_frame_at(analysis, rep.start, rep.bottom, moment) for rep in reps]
    flat = _in_plane(analysis)
    poses = [_pose(flat, frame) for frame in frames]
    known = [
        pose for pose in poses if {f"{analysis.side}_hip", f"{analysis.side}_knee"} <= set(pose)
    ]
    if not known:
        return None
    shown = _middle_one(known, poses, reps, measure)
    svg = _drawn(part, shown, known[:_MOST_BEHIND], measure)
    text = "" if measure is None else _value_words(measure)
    label = opened(part.name) if part.name else opened(part.leg)
    return {"svg": svg, "name": label, "value": text, "mark": part.mark}


def _value_words(measure: Measure) -> str:
    if not np.isfinite(measure.mean):
        return ""
    if base_name(measure.name) == "fppa":
        return inward_words(measure.mean)
    return amount(measure.mean, measure.unit, digits=0 if measure.unit == "deg" else None)


def _frame_at(analysis: Analysis, start: int, bottom: int, moment: str) -> int:
    """Return the frame of a moment: the first frame at its depth, else the turning point."""
    degrees = moment.rpartition("_")[2]
    if not degrees.isdigit():
        return bottom
    try:
        signal = series_of(analysis, "knee_flexion")
        if not np.isfinite(signal[start : bottom + 1]).any():
            signal = analysis.reps.signal
    except UnknownNameError:
        signal = analysis.reps.signal
    reached = np.flatnonzero(signal[start : bottom + 1] >= float(degrees))
    return start + int(reached[0]) if len(reached) else bottom


def _in_plane(analysis: Analysis) -> dict[str, F64]:
    """Return 2-D landmark positions over time, shape (T, 2), y down, from the set-up's camera."""
    recording = analysis.recording
    landmarks = recording.skeleton.landmarks
    names = ["nose", *(f"{side}_{point}" for side in ("left", "right") for point in _POINTS)]
    places = {
        name: recording.coordinates[:, landmarks[name]] for name in names if name in landmarks
    }
    if recording.space == "image":
        return places
    axis = "xyz".index(recording.up[-1]) if recording.up else 1
    sign = -1.0 if recording.up and recording.up.startswith("-") else 1.0
    across = _across(analysis, places, axis, sign)
    return {
        name: np.stack([xyz @ across, -sign * xyz[:, axis]], axis=1) for name, xyz in places.items()
    }


def _across(analysis: Analysis, places: dict[str, F64], axis: int, sign: float) -> F64:
    """Return the horizontal direction that points right in the drawing, shape (3,)."""
    posture = analysis.definition["posture"]
    rest = [rep.start for rep in analysis.reps.full if rep.start >= 0]
    up = np.zeros(3)
    up[axis] = sign

    def between(a: str, b: str) -> F64:
        if a not in places or b not in places:
            return np.full(3, np.nan)
        return np.nanmedian((places[a] - places[b])[rest], axis=0)

    if posture == "lying":
        # view from the front of the body, which lies with its head at one end
        direction = between("left_shoulder", "left_hip")
    elif posture == "all_fours":
        direction = between("right_hip", "left_hip")  # view from behind
    else:
        direction = between("left_hip", "right_hip")  # view from the front
    direction = direction - (direction @ up) * up
    size = float(np.linalg.norm(direction))
    if not size > 0:
        direction, size = np.roll(up, 1), 1.0
    return direction / size


def _pose(flat: dict[str, F64], frame: int) -> dict[str, F64]:
    return {
        name: places[frame]
        for name, places in flat.items()
        if np.isfinite(places[frame]).all() and places[frame].any()
    }


def _middle_one(
    known: list[dict[str, F64]], poses: list[dict[str, F64]], reps: Any, measure: Measure | None
) -> dict[str, F64]:
    """Return the pose in the repetition whose value is nearest to the mean."""
    if measure is None or not np.isfinite(measure.mean):
        return known[len(known) // 2]
    values = [float(measure.values[rep.number - 1]) for rep in reps]
    ranked = sorted(
        (abs(value - measure.mean), index)
        for index, value in enumerate(values)
        if np.isfinite(value) and any(poses[index] is one for one in known)
    )
    return poses[ranked[0][1]] if ranked else known[len(known) // 2]


def _anchor(pose: dict[str, F64], side: str) -> F64:
    return pose.get(f"{side}_ankle", pose[f"{side}_hip"])


def _drawn(
    part: Part, shown: dict[str, F64], behind: list[dict[str, F64]], measure: Measure | None
) -> Any:
    from markupsafe import Markup

    side = part.analysis.side
    # Poses are aligned at the ankle, because the feet may move between repetitions.
    laid = [
        {name: place - _anchor(pose, side) for name, place in pose.items()}
        for pose in [shown, *behind]
    ]
    every = np.array([place for pose in laid[:1] for place in pose.values()])
    low, high = every.min(axis=0), every.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    room = np.array([_WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE])
    scale = float((room / span).min())
    height = max(scale * float(span[1]) + 2 * _EDGE, _LEAST_HEIGHT)
    offset = np.array([_WIDTH, height]) / 2 - scale * (low + high) / 2

    def placed(pose: dict[str, F64]) -> dict[str, F64]:
        return {name: scale * place + offset for name, place in pose.items()}

    color, _, _ = style_of(part.mark)
    pieces = [_bones(placed(pose), side, color, faint=True) for pose in laid[1:]]
    front = placed(laid[0])
    pieces.append(_bones(front, side, color, faint=False))
    if measure is not None and base_name(measure.name) == "fppa":
        pieces.append(_angle_at_knee(front, side))
    pieces.append(_letters(front, height))
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH:g} {height:.0f}" aria-hidden="true" focusable="false">'
        f"{''.join(pieces)}</svg>"
    )


def _bones(pose: dict[str, F64], side: str, color: str, *, faint: bool) -> str:
    """Return the lines of a body, one leg in color, the rest gray; `faint` draws all pale."""
    other = "right" if side == "left" else "left"
    pairs = [
        *((f"{one}_{a}", f"{one}_{b}", False) for one in ("left", "right") for a, b in _ARM),
        *((a, b, False) for a, b in _MIDDLE),
        *((f"{other}_{a}", f"{other}_{b}", False) for a, b in _LEG),
        *((f"{side}_{a}", f"{side}_{b}", True) for a, b in _LEG),
    ]
    grey: list[str] = []
    strong: list[str] = []
    for a, b, is_leg in pairs:
        if a in pose and b in pose:
            line = path_of(*np.array([pose[a], pose[b]]).T)
            (strong if is_leg else grey).append(line)
    if faint:
        lines = "".join(strong)
        return f'<path d="{lines}" stroke="{color}" stroke-width="1.3" opacity=".4" fill="none"/>'
    head = ""
    if "nose" in pose:
        x, y = pose["nose"]
        look = 'r="8" fill="#f3f5f7" stroke="#aeb5bb" stroke-width="2.4"'
        head = f'<circle cx="{x:.1f}" cy="{y:.1f}" {look}/>'
    joints = "".join(
        f'<circle cx="{pose[name][0]:.1f}" cy="{pose[name][1]:.1f}" r="3.6" fill="{color}" '
        'stroke="#fff"/>'
        for name in (f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        if name in pose
    )
    return (
        f'{head}<path d="{"".join(grey)}" stroke="#aeb5bb" stroke-width="2.4" stroke-linecap="round" '
        'fill="none"/>'
        f'<path d="{"".join(strong)}" stroke="{color}" stroke-width="3.2" stroke-linecap="round" '
        f'fill="none"/>{joints}'
    )


def _angle_at_knee(pose: dict[str, F64], side: str) -> str:
    """Return the straight extension of the thigh, and the sector between it and the shin."""
    names = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")]
    if not all(name in pose for name in names):
        return ""
    hip, knee, ankle = (pose[name] for name in names)
    along = (knee - hip) / max(float(np.linalg.norm(knee - hip)), 1e-9)
    shin = ankle - knee
    length = float(np.linalg.norm(shin))
    if length == 0:
        return ""
    end = knee + along * length
    radius = 0.62 * length
    start, stop = knee + along * radius, knee + shin / length * radius
    sweep = int(along[0] * shin[1] - along[1] * shin[0] > 0)
    return (
        f'<path d="M{knee[0]:.1f} {knee[1]:.1f}L{end[0]:.1f} {end[1]:.1f}" stroke="{INK}" '
        'stroke-width="1.2" stroke-dasharray="3 2.5" fill="none"/>'
        f'<path d="M{start[0]:.1f} {start[1]:.1f}A{radius:.1f} {radius:.1f} 0 0 {sweep} '
        f'{stop[0]:.1f} {stop[1]:.1f}" stroke="{INK}" stroke-width="1.6" fill="none"/>'
    )


def _letters(pose: dict[str, F64], height: float) -> str:
    """Return the letters L and R beside the feet."""
    texts = []
    for side, letter in (("left", tr("L")), ("right", tr("R"))):
        foot = pose.get(f"{side}_ankle")
        if foot is not None:
            x, y = min(max(float(foot[0]), 8.0), _WIDTH - 8.0), min(float(foot[1]) + 17, height - 2)
            texts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="10" '
                f'fill="{MUTED}">{letter}</text>'
            )
    return "".join(texts)
