"""Scenes for the figures of angles: a pose with a positive value, a view, and the marked angle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tools.pages.stick_body import F64, STANDING_HEIGHT, Leg, Pose

Points = dict[str, F64]
UP, FORWARD, RIGHT = np.array([0.0, 1, 0]), np.array([1.0, 0, 0]), np.array([0.0, 0, 1])

VIEWS = {
    "side": (FORWARD, UP, "seen from the person's right"),
    "front": (-RIGHT, UP, "seen from the front"),
    "back": (RIGHT, UP, "seen from behind"),
    "feet": (FORWARD, UP, "seen from the feet"),
    "above": (RIGHT, FORWARD, "seen from above, facing up the page"),
}
"""View → directions to the right and up in the image, and its description."""


class Arc(NamedTuple):
    """An angle: its vertex, the zero direction, and the measured direction."""

    vertex: F64
    zero: F64
    to: F64
    zero_name: str = ""
    to_name: str = ""


class Span(NamedTuple):
    """A length, from its zero to the measured point."""

    zero: F64
    to: F64
    full: F64 | None = None
    """Position of the point in upright standing, for comparison."""


class Scene(NamedTuple):
    """Drawing of a measure: view, marked angle, and definition."""

    view: str
    mark: Callable[[list[F64]], Arc | Span | None]
    words: str
    """Definition of the measure, with {0}, {1}, … for the points of the row."""


def direction(a: F64, b: F64) -> F64:
    """Return the unit vector from a to b."""
    return (b - a) / np.linalg.norm(b - a)


def square_to(axis: F64, toward: F64) -> F64:
    """Return the component of `toward` perpendicular to `axis`, as a unit vector."""
    axis = axis / np.linalg.norm(axis)
    rest = toward - (toward @ axis) * axis
    return rest / np.linalg.norm(rest)


def foot_of(point: F64, a: F64, b: F64) -> F64:
    """Return the point of the line a-b nearest to a point."""
    return a + ((point - a) @ direction(a, b)) * direction(a, b)


def hinge(p: list[F64]) -> Arc:
    hip, knee, ankle = p
    axis = np.cross(direction(knee, hip), direction(knee, ankle))
    return Arc(knee, RIGHT, axis / np.linalg.norm(axis), "line of the hips", "knee axis")


def foot_rotation(p: list[F64]) -> Arc:
    hip, knee, ankle, heel, toe = p
    axis = np.cross(direction(knee, hip), direction(knee, ankle))
    shank = direction(ankle, knee)
    forward = np.cross(shank, axis)
    return Arc(ankle, forward, square_to(shank, toe - heel), "thigh's plane")


def opening(p: list[F64]) -> Arc:
    hip, knee, ankle = p
    line = direction(hip, ankle)
    foot = hip + ((knee - hip) @ line) * line
    return Arc(foot, square_to(line, FORWARD), direction(foot, knee), "level")


SCENES = {
    "bend": Scene(
        "side",
        lambda p: Arc(p[1], direction(p[0], p[1]), direction(p[1], p[2])),
        "Angle between the lines {0}–{1} and {1}–{2}, as the deviation from a straight line.",
    ),
    "included": Scene(
        "side",
        lambda p: Arc(p[1], direction(p[1], p[0]), direction(p[1], p[2])),
        "Angle at {1} between the lines to {0} and to {2}.",
    ),
    "forward_inclination": Scene(
        "side",
        lambda p: Arc(p[0], UP, direction(p[0], p[1]), "vertical"),
        "Angle of the line {0}–{1} with the vertical, in the vertical plane along the heading.",
    ),
    "sideways_inclination": Scene(
        "front",
        lambda p: Arc(p[0], UP, direction(p[0], p[1]), "vertical"),
        "Angle of the line {0}–{1} with the vertical, in the vertical plane across the heading.",
    ),
    "horizontal_heading": Scene(
        "above",
        lambda p: Arc(p[0], FORWARD, direction(p[0], p[1]), "heading"),
        "Angle of the line {0}–{1} with the heading, in the horizontal plane.",
    ),
    "horizontal_turn": Scene(
        "above",
        lambda p: Arc(p[0], RIGHT, direction(p[0], p[1]), "across the heading"),
        "Turn of the line {0}–{1} about the vertical, against a line across the heading.",
    ),
    "pelvis_sagittal": Scene(
        "side",
        lambda p: Arc(p[1], -UP, direction(p[1], p[0]), "pelvis' down"),
        "Angle of the line {1}–{0} with the pelvis' own down, about the line of the hips. Two hip "
        "points show no tilt: the pelvis' up is gravity's, or the trunk's with "
        '`pelvis_reference="trunk"`.',
    ),
    "pelvis_elevation": Scene(
        "front",
        lambda p: Arc(p[1], -UP, direction(p[1], p[0]), "sagittal plane"),
        "Angle of the line {1}–{0} with the pelvis' sagittal plane.",
    ),
    "horizontal_elevation": Scene(
        "front",
        lambda p: Arc(p[0], RIGHT, direction(p[0], p[1]), "level"),
        "Angle of the line {0}–{1} with the horizontal.",
    ),
    "hinge_rotation": Scene(
        "above",
        hinge,
        "Turn of the knee's axis about the thigh, against the line of the hips. The knee's axis is "
        "taken at right angles to the plane {0}–{1}–{2}: a knee that is a hinge.",
    ),
    "epicondyle_rotation": Scene(
        "above",
        lambda p: Arc(p[1], RIGHT, direction(p[2], p[3]), "line of the hips", "epicondyles"),
        "Turn of the line {2}–{3} about the thigh {0}–{1}, against the line of the hips. No hinge is "
        "taken for granted, so it is read at any bend of the knee.",
    ),
    "frontal_bend": Scene(
        "front",
        lambda p: Arc(p[1], direction(p[0], p[1]), direction(p[1], p[2])),
        "Angle between the lines {0}–{1} and {1}–{2} in the frontal plane.",
    ),
    "complement": Scene(
        "side",
        lambda p: Arc(
            p[0], square_to(p[3] - p[2], UP), direction(p[0], p[1]), "square to the sole"
        ),
        "90° less the angle between the lines {0}–{1} and {2}–{3}.",
    ),
    "frontal_complement": Scene(
        "front",
        lambda p: Arc(
            p[0], square_to(p[1] - p[0], -UP), direction(p[2], p[3]), "square to the hips"
        ),
        "90° less the angle between the lines {0}–{1} and {2}–{3} in the frontal plane.",
    ),
    "frontal_offset": Scene(
        "front",
        lambda p: Span(foot_of(p[1], p[0], p[2]), p[1]),
        "Distance of the {1} from the line {0}–{2} in the frontal plane, as a share of the length of "
        "the leg: {0}–{1} and {1}–{2}, in an image the height of the {0} over the {2} in standing.",
    ),
    "sideways_offset": Scene(
        "front",
        lambda p: Span(np.array([p[0][0], p[0][1], p[1][2]]), p[0]),
        "Sideways distance of the {0} from the {1}, across the line {3}–{4}, as a share of the "
        "length {0}–{2}.",
    ),
    "foot_rotation": Scene(
        "above",
        foot_rotation,
        "Turn of the foot ({3}–{4}) about the shank, against the plane {0}–{1}–{2}.",
    ),
    "epicondyle_tilt": Scene(
        "front",
        lambda p: Arc(
            p[0], square_to(p[3] - p[2], -UP), direction(p[0], p[1]), "square to the epicondyles"
        ),
        "Angle of the line {0}–{1} with the plane at right angles to the line {2}–{3}.",
    ),
    "shortening": Scene(
        "front",
        lambda p: Span(p[1], np.array([p[1][0], p[0][1], p[1][2]]), p[1] + STANDING_HEIGHT * UP),
        "The knee flexion that lowers the {0} over the {1} to this height h: 2 acos(h / standing "
        "height), for a thigh and shank that incline alike.",
    ),
    "plane_elevation": Scene(
        "feet",
        opening,
        "Turn of the {1} about the line {0}–{2}, up from straight in front of it, lying on the other "
        "side. In an exercise the rest before each repetition is taken off.",
    ),
    "roll": Scene(
        "back",
        lambda p: Arc(p[0], RIGHT, direction(p[0], p[1]), "level"),
        "Turn of the line {0}–{1} about the line {2}–{3}, from the horizontal. Level face down is 0, "
        "lying on the other side is 90.",
    ),
    "distance_ratio": Scene(
        "front",
        lambda p: Span(p[1], p[0]),
        "Distance of {0} and {1} as a share of the length {2}–{3}.",
    ),
    "stance_offset": Scene(
        "front",
        lambda p: Span((p[0] + p[1]) / 2, (p[2] + p[3]) / 2),
        "Distance of the middle of {0} and {1} from the middle of {2} and {3}, along the level line of "
        "{2} and {3}, as a share of its length. Nothing where the ankles are nearer together than half "
        "of the distance of the hips.",
    ),
}
"""Measure → scene. Other measures are drawn without a marked angle."""

LIFTED = Leg(flexion=12, knee=75, inward=0)
SQUAT = Pose(Leg(flexion=62, knee=84), LIFTED, lean_forward=24)
INWARD = Leg(flexion=40, knee=62, adduction=9, rotation=14)
KNEELING = Leg(flexion=90, knee=90, inward=0, pointed=75)
ROLLED = Pose(KNEELING, KNEELING, tip=90, roll=18)
POSES = {
    "knee_flexion": SQUAT,
    "hip_flexion": SQUAT,
    "thigh_inclination": SQUAT,
    "shank_inclination": Pose(Leg(flexion=58, knee=90), LIFTED, lean_forward=24),
    "ankle_dorsiflexion": Pose(Leg(flexion=58, knee=90, toe_out=0), LIFTED, lean_forward=24),
    "trunk_forward_lean": Pose(Leg(flexion=62, knee=84), LIFTED, lean_forward=38),
    "hip_adduction": Pose(Leg(adduction=16), Leg(adduction=-6)),
    "hip_adduction_2d": Pose(Leg(adduction=16), Leg(adduction=-6)),
    "hip_abduction": Pose(Leg(adduction=-24), Leg(adduction=-2)),
    "hip_abduction_2d": Pose(Leg(adduction=-24), Leg(adduction=-2)),
    "clamshell_opening": Pose(
        Leg(flexion=46, knee=90, inward=0, opening=34),
        Leg(flexion=46, knee=90, inward=0),
        roll=90,
    ),
    "knee_separation": Pose(Leg(adduction=-12), Leg(adduction=-12)),
    "foot_separation": Pose(Leg(adduction=-12), Leg(adduction=-12)),
    "pelvis_roll": ROLLED,
    "shoulder_roll": ROLLED,
    "hip_internal_rotation": Pose(Leg(knee=88, rotation=28, inward=0)),
    "hip_internal_rotation_from_epicondyles": Pose(Leg(knee=88, rotation=28, inward=0)),
    "tibial_rotation": Pose(
        Leg(flexion=88, knee=88, inward=28), Leg(flexion=88, knee=88, inward=0)
    ),
    "fppa": Pose(INWARD, LIFTED, lean_forward=15),
    "knee_medial_displacement": Pose(INWARD, LIFTED, lean_forward=15),
    "knee_shift": Pose(INWARD, LIFTED, lean_forward=15),
    "thigh_medial_lean": Pose(INWARD, LIFTED, lean_forward=15),
    "shank_medial_lean": Pose(INWARD, LIFTED, lean_forward=15),
    "knee_abduction": Pose(Leg(valgus=14, toe_out=10), Leg(adduction=-5)),
    "knee_flexion_from_depth": Pose(Leg(flexion=34, knee=68), LIFTED, lean_forward=15),
    "pelvic_drop": Pose(Leg(adduction=12), LIFTED, list_=12),
    "pelvic_obliquity": Pose(Leg(adduction=12), Leg(adduction=-12, knee=0), list_=12),
    "pelvis_shift": Pose(Leg(adduction=4), Leg(adduction=-16, knee=0)),
    "pelvic_rotation": Pose(Leg(), LIFTED, yaw=-20),
    "trunk_lateral_lean": Pose(Leg(), LIFTED, lean_right=18),
    "foot_progression": Pose(Leg(toe_out=26), Leg(toe_out=8)),
}
"""Angle → pose of its figure; other angles use `ELSE`."""
ELSE = Pose(Leg(flexion=40, knee=62, adduction=5), LIFTED, lean_forward=15)

PLANE_VIEWS = {"sagittal": "side", "frontal": "front", "spatial": "above", "any": "front"}


def scene_of(row: dict[str, Any]) -> Scene:
    """Return the scene of a row's measure; without one, a scene with the row's points only."""
    plain = Scene(
        PLANE_VIEWS.get(row["plane"], "front"),
        lambda p: None,
        f"Measure `{row['measure']}` of "
        + ", ".join(f"{{{i}}}" for i in range(len(row["points"])))
        + ".",
    )
    return SCENES.get(row["measure"], plain)
