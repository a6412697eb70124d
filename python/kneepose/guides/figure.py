"""Drawing of an exercise's set-up: body at rest and at the turning point, and the camera.

The bodies are stick figures with the angles of an average person. They illustrate the positions and
are not measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import cos, radians, sin
from typing import Final, NamedTuple

from kneepose.words.catalogue import tr
from kneepose.words.units import number

__all__ = ["PLACES", "Place", "figure_svg", "figure_text"]

Point = tuple[float, float]
Line = tuple[Point, ...]

_SHANK, _THIGH, _TRUNK, _HEAD, _ANKLE = 0.42, 0.43, 0.52, 0.11, 0.08
_FOOT: Final = 0.2


class Place(NamedTuple):
    """Position of the camera.

    Attributes
    ----------
    where
        Catalogue key of the text on the position.
    distance_m
        Smallest and largest distance from the person in meters; equal if there is no largest one.
    lens_m
        Height of the lens above the floor in the drawing, in meters.
    height
        Catalogue key of the text on the height of the lens.
    seen_by_camera
        True if the figure is drawn from the camera's viewpoint, False if from the side.
    """

    where: str
    distance_m: tuple[float, float]
    lens_m: float
    height: str
    seen_by_camera: bool = False


_IN_FRONT: Final = Place("camera straight in front", (3.0, 3.0), 0.5, "lens at knee height")
#: Exercise → camera position; it agrees with the text in the table of exercises.
PLACES: Final[Mapping[str, Place]] = {
    "squat": _IN_FRONT,
    "single_leg_squat": _IN_FRONT,
    "sit_to_stand": _IN_FRONT,
    "split_squat": _IN_FRONT,
    "step_down": _IN_FRONT._replace(
        lens_m=0.65, height="lens at the height of the knee on the step"
    ),
    "clamshell": Place(
        "camera in front of the body", (2.0, 3.0), 0.2, "lens at the height of the pelvis", True
    ),
    "fire_hydrant": Place(
        "camera straight behind", (2.0, 3.0), 0.3, "lens between floor and hips", True
    ),
}


class _Body(NamedTuple):
    """Line segments of a body, and the center and radius of its head."""

    lines: tuple[Line, ...]
    head: Point


def _along(start: Point, length: float, degrees: float) -> Point:
    """Return the end of a segment that leans forward (to the right) from vertical by `degrees`."""
    a = radians(degrees)
    return start[0] + length * sin(a), start[1] + length * cos(a)


def _standing(
    shank: float,
    thigh: float,
    trunk: float,
    other: tuple[float, float] | None,
    *,
    floor: float = 0.0,
    at: float = 0.0,
) -> _Body:
    """Return a body on one foot; `other` holds the other thigh's and shank's forward angles."""
    ankle = (at, floor + _ANKLE)
    knee = _along(ankle, _SHANK, shank)
    hip = _along(knee, _THIGH, thigh)
    neck = _along(hip, _TRUNK, trunk)
    head = _along(neck, 0.16, trunk)
    lines: list[Line] = [
        ((at - 0.05, floor + 0.01), (at - 0.05 + _FOOT, floor + 0.01), ankle, knee, hip, neck)
    ]
    if other is not None:
        second = _along(hip, -_THIGH, -other[0])
        third = _along(second, -_SHANK, -other[1])
        toe = _along(third, 0.14, 90 + max(0.0, -other[1]) * 0.6)
        lines.append((hip, second, third, toe))
    return _Body(tuple(lines), head)


def _seat(height: float) -> Line:
    return ((-0.62, 0.0), (-0.62, height), (-0.22, height), (-0.22, 0.0))


def _step() -> Line:
    return ((-0.16, 0.0), (-0.16, 0.17), (0.18, 0.17), (0.18, 0.0))


_LOWER_LEG: Final[Line] = ((-0.05, 0.13), (0.22, 0.08), (0.44, 0.07))
_LYING_TRUNK: Final[Line] = ((-0.5, 0.13), (-0.05, 0.13))
_LYING_REST: Final = _Body(
    (_LYING_TRUNK, _LOWER_LEG, ((-0.05, 0.17), (0.22, 0.15), (0.44, 0.11))), (-0.64, 0.13)
)
_LYING_OPEN: Final = _Body(
    (_LYING_TRUNK, _LOWER_LEG, ((-0.05, 0.17), (0.18, 0.36), (0.44, 0.11))), (-0.64, 0.13)
)
_FOURS: Final = ((-0.11, 0.5), (0.11, 0.5))
_FOURS_REST: Final = _Body(
    ((*_FOURS,), (_FOURS[0], (-0.11, 0.06)), (_FOURS[1], (0.11, 0.06))), (0.0, 0.66)
)
_FOURS_LIFT: Final = _Body(
    ((*_FOURS,), (_FOURS[0], (-0.11, 0.06)), (_FOURS[1], (0.42, 0.27))), (0.0, 0.66)
)

_STAND: Final = _standing(0, 0, 0, None)
#: Exercise → body at rest, body at the turning point, and objects such as a seat.
_POSES: Final[Mapping[str, tuple[_Body, _Body, tuple[Line, ...]]]] = {
    "squat": (_STAND, _standing(27, -58, 32, None), ()),
    "single_leg_squat": (
        _standing(2, -2, 2, (8, -62)), _standing(24, -36, 18, (16, -62)), (),
    ),
    "sit_to_stand": (_standing(4, -88, 6, None), _STAND, (_seat(0.46),)),
    "split_squat": (
        _standing(-12, -16, 2, (-28, -40), at=0.2), _standing(4, -84, 6, (-8, -88), at=0.2), (),
    ),
    "step_down": (
        _standing(2, -2, 2, (14, 4), floor=0.17), _standing(30, -45, 14, (24, 12), floor=0.17),
        (_step(),),
    ),
    "clamshell": (_LYING_REST, _LYING_OPEN, ()),
    "fire_hydrant": (_FOURS_REST, _FOURS_LIFT, ()),
}  # fmt: skip

_SCALE: Final = 128.0
_WIDTH, _HEIGHT = 640, 340
_GROUND: Final = 290.0
_REST_X, _TURN_X, _CAMERA_X = 130.0, 335.0, 570.0
_INK, _FAINT = "#1f3a4d", "#7a8a94"


def _xy(point: Point, left: float) -> tuple[float, float]:
    return left + _SCALE * point[0], _GROUND - _SCALE * point[1]


def _path(line: Line, left: float, style: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_xy(point, left) for point in line))
    return f'<polyline points="{points}" {style}/>'


def _body(body: _Body, left: float, color: str) -> str:
    style = f'fill="none" stroke="{color}" stroke-width="5" stroke-linecap="round"'
    x, y = _xy(body.head, left)
    head = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_SCALE * _HEAD:.1f}" {style}/>'
    return "".join(_path(line, left, style) for line in body.lines) + head


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{escape(text)}</text>'


def _line(start: Point, end: Point, style: str) -> str:
    return f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" {style}/>'


def _camera(lens: float) -> str:
    leg = f'stroke="{_INK}" stroke-width="3"'
    x = _CAMERA_X
    return (
        "".join(_line((x, lens), (x + side, _GROUND), leg) for side in (-22, 22))
        + f'<rect x="{x - 15}" y="{lens - 24}" width="30" height="48" rx="4" fill="{_INK}"/>'
        + f'<circle cx="{x - 15}" cy="{lens}" r="6" fill="#fff" {leg}/>'
    )


def _distance(place: Place) -> str:
    least, most = (number(metres, "", digits=0) for metres in place.distance_m)
    if place.distance_m[0] == place.distance_m[1]:
        return tr("at least {distance} m", distance=least)
    return f"{least} – {most} m"


def _caption(place: Place) -> str:
    seen = "the body as the camera sees it" if place.seen_by_camera else "seen from the side"
    return f"{tr(place.where)}, {tr(place.height)}; {tr(seen)}"


def figure_svg(exercise: str) -> str:
    """Return the drawing of the set-up as SVG, in the current language; empty if there is none."""
    if exercise not in PLACES:
        return ""
    place, (rest, turn, things) = PLACES[exercise], _POSES[exercise]
    lens = round(_GROUND - _SCALE * place.lens_m, 1)
    thing = f'fill="#e7ecef" stroke="{_FAINT}" stroke-width="2"'
    faint = f'stroke="{_FAINT}" stroke-width="2"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape(_caption(place))}</title>",
        _text(_WIDTH / 2, 18, _caption(place)),
        _line((10, _GROUND), (_WIDTH - 10, _GROUND), faint),
        *(_path(line, left, thing) for line in things for left in (_REST_X, _TURN_X)),
        _body(rest, _REST_X, _FAINT),
        _body(turn, _TURN_X, _INK),
        _line((_TURN_X + 75, lens), (_CAMERA_X - 24, lens), f'{faint} stroke-dasharray="6 5"'),
        _text((_TURN_X + _CAMERA_X) / 2 + 26, lens - 10, _distance(place)),
        _camera(lens),
        _text(_REST_X, _GROUND + 20, tr("start")),
        _text(_TURN_X, _GROUND + 20, tr("turning point")),
        _text(_CAMERA_X, _GROUND + 20, tr("camera")),
        "</svg>",
    ]
    return "".join(parts)


#: Exercise → three text lines that sketch the body; exercises not listed show a standing person.
_SIGNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "clamshell": ("", " o____/\\_", ""),
    "fire_hydrant": ("   ___", "  /   \\_", "  |"),
}


def figure_text(exercise: str) -> str:
    """Return the set-up as a few lines of text; empty if there is none."""
    if exercise not in PLACES:
        return ""
    place, distance = PLACES[exercise], _distance(PLACES[exercise])
    top, middle, low = _SIGNS.get(exercise, ("   o", "  /|\\", "  / \\"))
    lines = [
        f"{tr(place.where)}, {tr(place.height)}",
        f"  {top}",
        f"  {middle:<9} <--- {distance} ---> [o]",
        f"  {low:<9}{' ' * (len(distance) + 13)}/ \\",
        "  " + "_" * (len(distance) + 28),
    ]
    return "\n".join(lines)
