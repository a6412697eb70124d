"""Draws one SVG figure for each angle, from the scenes in `angle_scenes.py`."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

import kneepose as kp
from kneepose.plots.style import SIDES
from tools.pages.angle_scenes import ELSE, POSES, VIEWS, Arc, Span, scene_of
from tools.pages.stick_body import F64, STANDING_HEIGHT, Pose, landmarks
from tools.pages.svg_canvas import HEIGHT, INK, TOP, WIDTH, Canvas, around

MUTED, REFERENCE, BONE = "#51585f", "#6b7178", "#9aa1a8"
COLORS = {side: SIDES[side].color for side in ("left", "right")}
BONES = (
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "big_toe"),
    ("ankle", "big_toe"),
)
MIDLINE = (
    ("left_hip", "right_hip"),
    ("mid_hip", "mid_shoulder"),
    ("left_shoulder", "right_shoulder"),
)
ARMS = (("shoulder", "elbow"), ("elbow", "wrist"))
UPPER = ("head", "nose", "neck", "shoulder", "elbow", "wrist", "eye", "ear")
"""Points omitted if the row does not use them, except in side views."""
ROOM = np.array([WIDTH - 170, HEIGHT - TOP - 70])
DASHED = ' stroke-dasharray="5 5"'


def full_name(point: str) -> str:
    """Return the landmark of the right leg for a point of a row."""
    if point.startswith("other_"):
        return "left_" + point.removeprefix("other_")
    known = landmarks(Pose())
    return point if point in known else "right_" + point


def value_of(row: dict[str, Any]) -> float:
    """Measure the pose of a figure with kneepose, on the right side or the midline."""
    points = landmarks(POSES.get(row["name"], ELSE))
    skeleton = kp.Skeleton("figure", [name for name in points if name != "head"])
    array = np.array([[points[name] for name in skeleton.keypoints]])
    side = "right" if row["sided"] != "midline" else None
    values = kp.arrays.joint_angles(
        array,
        skeleton=skeleton,
        names=[(row["name"], side)],
        up="y",
        heading=[1.0, 0.0, 0.0],
        standing=[STANDING_HEIGHT, STANDING_HEIGHT],
        gates=False,
    )
    return float(values[0, 0])


class Camera:
    """Projection from meters to page coordinates."""

    def __init__(
        self, view: str, points: dict[str, F64], used: list[str], mark: Arc | Span | None
    ) -> None:
        self.across, self.upward, self.title = VIEWS[view]
        whole = view == "side" or any(name.endswith(UPPER) for name in used)
        shown = [
            self.flat(point) for name, point in points.items() if whole or not name.endswith(UPPER)
        ]
        if isinstance(mark, Span) and mark.full is not None:
            shown.append(self.flat(mark.full))
        low, high = np.min(shown, axis=0), np.max(shown, axis=0)
        self.scale = min(ROOM / np.maximum(high - low, 0.3))
        self.middle = (low + high) / 2

    def flat(self, vector: F64) -> F64:
        """Project a point to the image plane, in meters."""
        return np.array([vector @ self.across, vector @ self.upward])

    def way(self, vector: F64) -> float:
        """Return the angle of a direction on the page, clockwise from the right."""
        x, y = self.flat(vector)
        return float(np.arctan2(-y, x))

    def at(self, point: F64) -> F64:
        """Return the page position of a point."""
        x, y = (self.flat(point) - self.middle) * self.scale
        return np.array([WIDTH / 2 + x, (HEIGHT + TOP - 14) / 2 - y])


def draw_body(
    canvas: Canvas, camera: Camera, points: dict[str, F64], view: str, names: list[str]
) -> None:
    """Draw the bones, with the right leg in front of the left."""
    canvas.line(camera.at(points["head"]), camera.at(points["nose"]), BONE, 6)
    canvas.disc(camera.at(points["head"]), 0.075 * camera.scale, BONE)
    for a, b in MIDLINE if view != "above" else MIDLINE[:1]:
        canvas.line(camera.at(points[a]), camera.at(points[b]), BONE, 6)
    for side in ("left", "right"):
        faint = ' opacity="0.55"' if view == "side" and side == "left" else ""
        arms = ARMS if any(name.endswith(("elbow", "wrist")) for name in names) else ()
        for a, b in (*BONES, *arms):
            ends = camera.at(points[f"{side}_{a}"]), camera.at(points[f"{side}_{b}"])
            canvas.line(*ends, COLORS[side], 6 if a in ("hip", "knee") else 4, faint)


def draw_side_names(canvas: Canvas, camera: Camera, points: dict[str, F64]) -> None:
    """Write the names of the sides at the toes."""
    for side in ("left", "right"):
        foot = (points[f"{side}_big_toe"] + points[f"{side}_heel"]) / 2
        places = around(camera.at(foot), side, 14, 8, np.array([0.0, 1.0]))
        canvas.text(side, places, color=COLORS[side], weight="bold")


def beyond(center: F64, angle: float, distance: float) -> F64:
    """Return the page position at a distance in a direction from `center`."""
    return center + distance * np.array([np.cos(angle), np.sin(angle)])


def draw_arc(canvas: Canvas, camera: Camera, arc: Arc, value: str) -> None:
    """Draw the arc from zero to the measured direction, with arrow, value and line names."""
    vertex, start = camera.at(arc.vertex), camera.way(arc.zero)
    turn = (camera.way(arc.to) - start + np.pi) % (2 * np.pi) - np.pi
    radius = float(np.clip(42 / abs(turn), 52, 105))
    canvas.line(vertex, beyond(vertex, start, 1.35 * radius), REFERENCE, 2, DASHED)
    canvas.line(vertex, beyond(vertex, start + turn, 1.25 * radius), REFERENCE, 2)
    canvas.arc(vertex, radius, start, turn)
    middle = beyond(vertex, start + turn / 2, radius)
    out = beyond(np.zeros(2), start + turn / 2, 1.0)
    canvas.text(value, around(middle, value, 17, 4, out), size=17, weight="bold")
    for name, angle, length in (
        (arc.zero_name, start, 1.35 * radius),
        (arc.to_name, start + turn, 1.25 * radius),
    ):
        if name:
            end, toward = beyond(vertex, angle, length), beyond(np.zeros(2), angle, 1.0)
            canvas.text(name, around(end, name, 12, 2, toward), color=MUTED, size=12)


def draw_span(canvas: Canvas, camera: Camera, span: Span, value: str, base: F64) -> None:
    """Draw a length as an arrow between two page positions, with its zero."""
    zero, to = camera.at(span.zero), camera.at(span.to)
    if span.full is None:
        foot = camera.at(base)
        canvas.line(foot, np.array([foot[0], zero[1] - 30]), REFERENCE, 2, DASHED)
    else:
        beside = np.array([-60.0, 0.0])
        full = camera.at(span.full)
        for end in (zero, to, full):
            canvas.line(end, end + 1.2 * beside, REFERENCE, 2, DASHED)
        words = "standing height"
        canvas.text(
            words, around(full + beside, words, 12, 3, np.array([0, -1.0])), color=MUTED, size=12
        )
        zero, to = zero + beside, to + beside
        canvas.text("h", around(0.75 * zero + 0.25 * to, "h", 14, 6, np.array([-1.0, 0.0])))
    canvas.arrow(zero, to)
    canvas.text(value, around((zero + to) / 2, value, 17, 8, np.array([-0.7, -0.7])), size=17,
                weight="bold")  # fmt: skip


def draw_names(canvas: Canvas, camera: Camera, names: list[str], points: dict[str, F64]) -> None:
    """Draw the points used by the row: all rings first, then the names."""
    at = {name: camera.at(points[full_name(name)]) for name in dict.fromkeys(names)}
    for name, place in at.items():
        canvas.disc(place, 6, COLORS.get(full_name(name).split("_")[0], INK))
    for name, place in at.items():
        outward = np.array([-1.0 if place[0] < WIDTH / 2 else 1.0, 0.0])
        words = name.replace("_", " ")
        canvas.text(words, around(place, words, 14, 10, outward))


def draw(row: dict[str, Any]) -> str:
    """Return the figure of one angle."""
    points, scene = landmarks(POSES.get(row["name"], ELSE)), scene_of(row)
    names = [name for name in row["points"] if full_name(name) in points]
    whole = len(names) == len(row["points"])
    mark = scene.mark([points[full_name(name)] for name in names]) if whole else None
    camera, canvas = Camera(scene.view, points, names, mark), Canvas()
    draw_body(canvas, camera, points, scene.view, names)
    value = value_of(row)
    shown = f"{value:+.0f}°" if row["unit"] == "deg" else f"{value:+.2f}"
    if isinstance(mark, Arc):
        draw_arc(canvas, camera, mark, shown)
    elif isinstance(mark, Span):
        draw_span(canvas, camera, mark, shown, points[full_name(names[1])])
    draw_names(canvas, camera, names, points)
    draw_side_names(canvas, camera, points)
    title = escape(
        f"{row['name'].replace('_', ' ')}: {row['positive']} is positive; {camera.title}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="DejaVu Sans, Verdana, sans-serif" '
            'role="img">',
            f"<title>{title}</title>",
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="4" refY="5" markerWidth="4.5" '
            f'markerHeight="4.5" orient="auto"><path d="M 0 0 L 10 5 L 0 10 z" fill="{INK}"/>'
            f'</marker><clipPath id="page"><rect y="{TOP - 4}" width="{WIDTH}" '
            f'height="{HEIGHT - TOP + 4}"/></clipPath></defs>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            f'<text x="{WIDTH / 2:g}" y="20" text-anchor="middle" font-size="13" fill="{MUTED}">'
            f"{camera.title}</text>",
            '<g clip-path="url(#page)">',
            *canvas.parts,
            "</g>",
            "</svg>",
            "",
        ]
    )
