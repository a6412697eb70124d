"""`draw`: draws skeleton, angles, count, phase and cue onto a frame, in place."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from kneepose.analysis.analysis import Analysis
from kneepose.drawing.canvas import Canvas, Color, rgb_of
from kneepose.drawing.scene import Drawn, Scene, scene_of
from kneepose.drawing.text import Text, render, wrapped
from kneepose.errors import KneeposeError
from kneepose.live.stream import StreamState
from kneepose.plots.style import SIDES
from kneepose.recording.options import parse_mapping

__all__ = ["bones_of", "draw", "draw_scene"]

#: Rectangle as left edge, top edge, width and height.
Box = tuple[float, float, float, float]

_WHITE: Final = (255, 255, 255)
_GREY: Final = (150, 156, 163)
_PALE: Final = (214, 219, 224)
_AMBER: Final = (255, 200, 87)
_COLORS: Final[dict[str, Color]] = {side: rgb_of(style.color) for side, style in SIDES.items()}

#: Bones of each side of the body, followed by bones across the midline.
_OF_SIDE: Final = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"),
    ("ankle", "heel"), ("ankle", "big_toe"), ("heel", "big_toe"),
)  # fmt: skip
_MIDDLE: Final = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
_JOINTS: Final = ("hip", "knee", "ankle")
#: Font sizes of a cue in percent of the frame's shorter side; the first with at most `_CUE_LINES`
#: lines is used.
_CUE_SIZES: Final = (6.0, 4.5, 3.5)
_CUE_LINES: Final = 2
#: Font sizes of an angle beside its joint, in the same unit; a still takes the first that fits.
_LABEL_SIZES: Final = (4.2, 3.4, 2.7)
#: Line spacing in multiples of the font size.
_STEP: Final = 1.25
#: Keypoints that span an angle at its joint; the first one is extended beyond the joint.
_BETWEEN: Final = {"knee_flexion": ("hip", "ankle"), "fppa": ("hip", "ankle")}


def draw(
    frame: Any,
    shown: StreamState | Analysis | Sequence[Analysis],
    t: float | None = None,
    *,
    order: Literal["rgb", "bgr"] | None = None,
    panel: bool = True,
    texts: Mapping[str, str] | None = None,
    font: str | os.PathLike[str] | None = None,
) -> None:
    """Draw skeleton, angles, count, phase and cue on a frame, in place.

    The left leg is blue and the right one orange, as in all figures; the letters L and R stand
    beside the angles. Uncertain parts are gray. The frame is not copied.

    Parameters
    ----------
    frame
        uint8, shape (H, W, 3), writable: the same frame that the estimator processed.
    shown
        State that `Stream.push` returned for this frame, an analysis, or both of `analyze_sides`.
    t
        Time of the frame in seconds; for analyses.
    order
        Order of the channels: ``"rgb"`` for `Video`, ``"bgr"`` for OpenCV. It is required, because
        a wrong order would exchange the colors of left and right.
    panel
        False draws no count, phase and cue.
    texts
        English text → text to draw instead, for translations.
    font
        Path of a font file. None chooses a font with the characters of the texts.

    Raises
    ------
    CoordinateError
        `frame` has another shape or type, or is read-only.
    KneeposeError
        `order` is missing, `shown` has another type, or `t` is missing for an analysis.
    DependencyError
        Pillow is not installed (``kneepose[video]``).

    Examples
    --------
    >>> import numpy as np
    >>> import kneepose as kp
    >>> live = kp.Stream("squat", side="left", skeleton="coco17")
    >>> state = live.push(np.full((17, 2), 100.0), 0.0)
    >>> frame = np.zeros((480, 640, 3), np.uint8)
    >>> kp.draw(frame, state, order="bgr")
    >>> bool(frame.any())
    True
    """
    if order not in ("rgb", "bgr"):
        raise KneeposeError(
            f'order is {order!r}; pass order="bgr" for frames of OpenCV and order="rgb" for those of '
            "kp.Video and most others. The wrong one exchanges the colors of left and right."
        )
    draw_scene(
        Canvas(frame, order), scene_of(shown, t), panel=panel, texts=parse_mapping(texts, "texts"),
        font=None if font is None else os.fspath(font),
    )  # fmt: skip


def draw_scene(
    canvas: Canvas,
    scene: Scene,
    *,
    panel: bool = True,
    texts: Mapping[str, str],
    font: str | None,
    enlarged: float = 1.0,
) -> None:
    """Draw a scene as `draw` does; `enlarged` scales lines and angles for small images."""
    unit = min(canvas.height, canvas.width) / 100
    _draw_bones(canvas, scene, unit * enlarged)
    labels: list[Box] = []
    for angle in scene.angles:
        # Labels that change their size from frame to frame would flicker in a clip.
        sizes = _LABEL_SIZES if enlarged > 1 else _LABEL_SIZES[:1]
        _draw_angle(canvas, scene, angle, unit * enlarged, font, labels, sizes)
    if panel:
        _draw_panel(canvas, scene, unit, texts, font)


def bones_of() -> list[tuple[str, str, str]]:
    """Return (side, start, end) of each drawn bone; no side for midline-crossing bones."""
    of_sides = [(side, f"{side}_{a}", f"{side}_{b}") for side in _COLORS for a, b in _OF_SIDE]
    return [*(("", a, b) for a, b in _MIDDLE), *of_sides]


def _draw_bones(canvas: Canvas, scene: Scene, unit: float) -> None:
    points = scene.points
    lines: list[tuple[Any, Any, float, Color, Color]] = []
    thin, thick = max(1.5, 0.6 * unit), max(2.5, 1.0 * unit)
    for start, end in _MIDDLE:
        if start in points and end in points:
            is_low = start in scene.low or end in scene.low
            lines.append(
                (points[start], points[end], thin, _GREY if is_low else _PALE, (40, 44, 50))
            )
    for side, color in _COLORS.items():
        for start, end in _OF_SIDE:
            a, b = f"{side}_{start}", f"{side}_{end}"
            if a in points and b in points:
                is_leg = start in ("hip", "knee")
                is_low = a in scene.low or b in scene.low
                width = thick if is_leg and side in scene.sides else thin
                lines.append((points[a], points[b], width, _GREY if is_low else color, _WHITE))
        for joint in _JOINTS:
            name = f"{side}_{joint}"
            if name in points:
                at, paint = points[name], _GREY if name in scene.low else color
                lines.append((at, at, 2.2 * thin, paint, _WHITE))
    canvas.lines(lines)


def _draw_angle(
    canvas: Canvas,
    scene: Scene,
    angle: Drawn,
    unit: float,
    font: str | None,
    labels: list[Box],
    sizes: Sequence[float],
) -> None:
    """Draw the sector between the extended thigh and the shank, and the value beside the joint.

    `labels` are the boxes of values already drawn; the new box is appended. The first of the font
    sizes in `sizes` that fits beside the joint is taken.
    """
    joint = scene.points.get(f"{angle.side}_{angle.joint}")
    if joint is None:
        return
    color = _COLORS[angle.side] if angle.is_good else _GREY
    ends = [scene.points.get(f"{angle.side}_{end}") for end in _BETWEEN.get(angle.name, ())]
    if len(ends) == 2 and None not in ends:
        (up_x, up_y), lower = (
            (end[0] - joint[0], end[1] - joint[1]) for end in ends if end is not None
        )
        thigh = math.hypot(up_x, up_y)
        length = min(thigh, math.hypot(*lower))
        if length > 0:
            canvas.sector(joint, 0.5 * length, (-up_x, -up_y), lower, color, 0.6)
            share = 0.55 * length / thigh
            tip = joint[0] - share * up_x, joint[1] - share * up_y
            canvas.line(joint, tip, max(1.0, 0.35 * unit), _WHITE)
    letter = angle.side[0].upper()
    # The value is drawn beside the joint, on the side away from the body's midline.
    middle = [scene.points[n][0] for n in ("left_hip", "right_hip") if n in scene.points]
    to_right = joint[0] >= (sum(middle) / len(middle) if middle else canvas.width / 2)
    for size in sizes:
        label = render(f"{letter} {angle.text}" if angle.text else letter, round(size * unit), font)
        height, width = label.mask.shape
        pad = 0.29 * size * unit
        box = width + 2 * pad, height + 2 * pad
        room = (canvas.width - joint[0] if to_right else joint[0]) - 3 * unit
        if box[0] <= room:
            break
    x, y = _beside(joint, box, (canvas.width, canvas.height), 3 * unit, to_right=to_right)
    y = _free_of(labels, (x, y, *box), canvas.height, 0.6 * unit)
    labels.append((x, y, *box))
    canvas.fill(x, y, *box, color)
    canvas.stamp(label, x + pad, y + pad, _WHITE)


def _beside(
    joint: tuple[float, float],
    box: tuple[float, float],
    frame: tuple[int, int],
    gap: float,
    *,
    to_right: bool,
) -> tuple[float, float]:
    """Return the top left corner of a label beside a joint; at the frame border above or below."""
    wanted = joint[0] + gap if to_right else joint[0] - gap - box[0]
    x = min(max(wanted, 0), max(0, frame[0] - box[0]))
    y = joint[1] - box[1] / 2
    if x != wanted and x - gap < joint[0] < x + box[0] + gap:
        above = joint[1] - gap - box[1]
        y = above if above >= 0 else joint[1] + gap
    return x, min(max(y, 0), max(0, frame[1] - box[1]))


def _free_of(labels: list[Box], box: Box, height: int, gap: float) -> float:
    """Return the top edge of a label, moved below or above the labels that it would overlap.

    In a side view both knees are at nearly the same place.
    """
    x, y, wide, high = box
    for left, top, width, tall in labels:
        if x < left + width and left < x + wide and y < top + tall and top < y + high:
            below = top + tall + gap
            y = below if below + high <= height else top - gap - high
    return y


def _draw_panel(
    canvas: Canvas, scene: Scene, unit: float, texts: Mapping[str, str], font: str | None
) -> None:
    """Draw the count at the top left, and phase and cue to its right."""
    pad = 2.5 * unit
    left, bottom = pad, 0.0
    count = None if scene.count is None else render(str(scene.count), round(22 * unit), font)
    if count is not None:
        left, bottom = count.mask.shape[1] + 2 * pad, count.mask.shape[0] + 2 * pad
    lines: list[tuple[Text, float, Color]] = []
    phase = f"{texts.get(scene.phase, scene.phase)} {scene.bend}".strip()
    if phase:
        lines.append((render(phase, round(6 * unit), font), 6 * unit, _PALE))
    message = scene.cue or scene.problem
    if message:
        color = _AMBER if scene.cue else _GREY
        message = texts.get(message, message)
        sizes = _CUE_SIZES if scene.cue else _CUE_SIZES[1:]
        for size in sizes:
            found = wrapped(message, round(size * unit), canvas.width - left - pad, font)
            if len(found) <= _CUE_LINES:
                break
        lines += [(line, size * unit, color) for line in found]
    height = sum(_STEP * size for _, size, _ in lines) + 1.6 * pad
    width = max((line.mask.shape[1] for line, _, _ in lines), default=0)
    beside = 0.0 if count is None else left
    canvas.shade(0, 0, beside, bottom)
    if lines:
        canvas.shade(beside, 0, left + width + pad - beside, height)
    if count is not None:
        canvas.stamp(count, pad, pad, _WHITE)
    y = 0.8 * pad
    for line, size, color in lines:
        canvas.stamp(line, left + line.left, y + 0.95 * size + line.top, color)
        y += _STEP * size
