"""Golden cases of clamshell and fire hydrant from closed forms (case 13 of science.md 10)."""

from __future__ import annotations

import math

import numpy as np

from tests.golden.cases import Json, both, case, cos, expect, opposite, sin
from tests.golden.forward_model import (
    HALF_HIPS,
    SHANK,
    THIGH,
    Points,
    body,
    mirrored,
    moved,
    onto,
    photographed,
    rx,
    ry,
    rz,
    turn,
)

OPENINGS = [0.0, 30.0, 45.0, 60.0]
LEVER = THIGH * SHANK / math.hypot(THIGH, SHANK)
"""Distance of the knee from the hip-ankle line at 90° of knee flexion."""
LIFTS = [0.0, 25.0, 45.0, 60.0]


def lying() -> Points:
    """Return a body on its left side with hips at 45°, knees at 90°, trunk and legs level."""
    return moved(body(45, 0, 0, 90), rx(-90))


def opened(start: Points, opening: float) -> Points:
    """Rotate the right knee about the line from hip to ankle."""
    hip, ankle = start["right_hip"], start["right_ankle"]
    axis = ankle - hip
    lifts_up = np.cross(axis, start["right_knee"] - hip)[1] > 0.0
    lift = turn(axis, opening if lifts_up else -opening)
    frame = {**start, "right_knee": hip + lift @ (start["right_knee"] - hip)}
    assert opening == 0 or frame["right_knee"][1] > hip[1]
    return frame


def rolled(points: Points, degrees: float, landmarks: tuple[str, ...]) -> Points:
    """Rotate some points about the trunk axis, with the upper ones moving backward."""
    middle = 0.5 * (points["left_hip"] + points["right_hip"])
    return {
        name: middle + rz(degrees) @ (p - middle) if name.endswith(landmarks) else p
        for name, p in points.items()
    }


def clamshell() -> list[Json]:
    """Case 13, clamshell: opening angle, knee and foot distance, pelvis and shoulder roll."""
    frames = [opened(lying(), opening) for opening in OPENINGS]
    opening = [expect("clamshell_opening", "right", OPENINGS)]
    # The lower knee stays; the upper one rises by lever·sin(g) and approaches by lever·(1 −
    # cos(g)).
    apart = [math.hypot(2 * HALF_HIPS + LEVER * sin(g), LEVER * (1 - cos(g))) for g in OPENINGS]
    distances = [
        *both("knee_separation", [a / THIGH for a in apart]),
        *both("foot_separation", [2 * HALF_HIPS / SHANK] * 4),
    ]
    still = [*opposite("pelvis_roll", [90.0] * 4), *opposite("shoulder_roll", [90.0] * 4)]
    line = frames[0]["right_ankle"] - frames[0]["right_hip"]
    assert abs(line[1]) < 1e-12
    pitch = np.cross([0.0, 1.0, 0.0], line)
    backs = [0.0, 12.0, 25.0]
    thrown = [rolled(lying(), back, ("hip",)) for back in backs]
    turned = [rolled(lying(), back, ("shoulder",)) for back in backs]
    up = "-z"
    away = onto(up) @ ry(63)
    return [
        case("13-clamshell", "on the left side, right leg on top", frames,
             [*opening, *distances, *still]),
        case("13-clamshell-left", "and the other way round", [mirrored(f) for f in frames],
             [expect("clamshell_opening", "left", OPENINGS), *distances,
              *opposite("pelvis_roll", [-90.0] * 4)]),
        case("13-clamshell-moved", f"elsewhere, twice as large, up = {up}",
             [moved(f, away, (1, 2, 3), 2.0) for f in frames], [*opening, *distances, *still], up=up),
        case("13-clamshell-pitched", "the line hip-ankle 20 off level: the turn about it is the same",
             [moved(f, turn(pitch, 20)) for f in frames], opening),
        case("13-clamshell-upright", "the line hip-ankle 15 and 8 from vertical: no front of it",
             [moved(frames[2], turn(pitch, 90 - off)) for off in (15.0, 8.0)],
             [expect("clamshell_opening", "right", [45.0, None])]),
        case("13-pelvis-roll", "the upper hip rolls back, the shoulders stay", thrown,
             [*opposite("pelvis_roll", [90.0 + b for b in backs]),
              *opposite("shoulder_roll", [90.0] * 3)]),
        case("13-shoulder-roll", "the upper shoulder rolls back, the pelvis stays", turned,
             [*opposite("shoulder_roll", [90.0 + b for b in backs]),
              *opposite("pelvis_roll", [90.0] * 3)]),
        case("13-roll-upright", "a trunk that stands has no roll", [body(30, 0, 0, 60)],
             [*both("pelvis_roll", [None]), *both("shoulder_roll", [None])]),
    ]  # fmt: skip


def hydrant_frames() -> list[Points]:
    """Return a body on hands and knees: the head points along x, so pelvis up is world forward."""
    pelvis = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    frames = []
    for lift in LIFTS:
        frame = body(90, -lift, 0, 90, pelvis=pelvis)
        for name, z in (("right_shoulder", 0.18), ("left_shoulder", -0.18)):
            frame[name] = np.array([0.5, 1.0, z])
        frames.append(frame)
    down = frames[0]["right_knee"]
    for frame, lift in zip(frames, LIFTS, strict=True):
        travel = frame["right_knee"] - down
        assert abs(travel[1] - THIGH * (1 - cos(lift))) < 1e-12
        assert abs(travel[2] - THIGH * sin(lift)) < 1e-12
    return frames


def hydrant() -> list[Json]:
    """Case 13, fire hydrant: both thighs are lifted sideways by the same angle."""
    frames = hydrant_frames()
    values = [
        *both("hip_adduction", [-lift for lift in LIFTS]),
        *both("hip_abduction", LIFTS),
        *both("hip_flexion", [90.0] * 4),
        *both("knee_flexion", [90.0] * 4),
    ]
    level = [*both("pelvis_roll", [0.0] * 4), *both("shoulder_roll", [0.0] * 4)]
    hiked = [opposite("pelvis_roll", [9.0] * 4), opposite("shoulder_roll", [9.0] * 4)]
    behind = [photographed(f, camera="back") for f in frames]
    tipped = [photographed(moved(f, rx(-9)), camera="back") for f in frames]
    seen = both("hip_abduction_2d", LIFTS)
    return [
        case("13-hydrant", "all fours, both thighs lifted sideways", frames, [*values, *level],
             pelvis_reference="trunk"),
        case("13-hydrant-pitched", "the same with the trunk pitched by 15",
             [moved(f, turn((0, 0, 1), 15)) for f in frames], [*values, *level],
             pelvis_reference="trunk"),
        case("13-hydrant-rolled", "the whole body rolled by 9, right side up",
             [moved(f, rx(-9)) for f in frames], [*values, *hiked[0], *hiked[1]],
             pelvis_reference="trunk"),
        case("13-hydrant-behind", "seen from behind", behind, seen),
        case("13-hydrant-behind-rolled", "and rolled by 9: the hip line goes along", tipped, seen),
        case("13-abduction-front", "standing, both legs apart by 20",
             [photographed(body(0, -20, 0, 0))],
             [*both("hip_abduction_2d", [20.0]), *both("hip_adduction_2d", [-20.0])]),
    ]  # fmt: skip


def in_the_image() -> list[Json]:
    """Case 13 in an image: distance of knees per thigh length, and of feet per shank length."""

    def px(x: float, y: float) -> np.ndarray:
        return np.array([300.0 + 400.0 * x, 900.0 - 400.0 * y])

    points = {
        "right_hip": px(0, 1), "left_hip": px(0.3, 1.03),
        "right_knee": px(0.08, 0.55), "left_knee": px(0.3, 0.6),
        "right_ankle": px(0.06, 0.1), "left_ankle": px(0.3, 0.2),
        "right_shoulder": px(-0.05, 1.515), "left_shoulder": px(0.15, 1.515),
    }  # fmt: skip
    knees, ankles = math.hypot(0.22, 0.05), math.hypot(0.24, 0.1)
    return [
        case("13-image", "distances are there from every side", [points],
             [expect("knee_separation", "right", [knees / math.hypot(0.08, 0.45)]),
              expect("knee_separation", "left", [knees / 0.43]),
              expect("foot_separation", "right", [ankles / math.hypot(0.02, 0.45)]),
              expect("foot_separation", "left", [ankles / 0.4])]),
    ]  # fmt: skip


def exercise_cases() -> Json:
    """Return case 13: clamshell, fire hydrant, and both in an image."""
    return {
        "note": "clamshell: separation = 2 lever sin(gamma/2), of a knee from where it lay closed. "
        "hydrant: thigh elevation eta is minus hip_adduction. cases have the schema of angles.json.",
        "clamshell": {
            "thigh": THIGH, "shank": SHANK, "knee_flexion": 90.0, "lever": LEVER,
            "openings": [
                {"gamma": g, "separation": 2 * LEVER * sin(g / 2)} for g in OPENINGS
            ],
            "tolerance": 1e-9,
        },
        "hydrant": {
            "thigh": THIGH, "elevation": 45.0, "rise": THIGH * (1 - math.sqrt(0.5)),
            "lateral": THIGH * math.sqrt(0.5), "tolerance": 1e-9,
        },
        "cases": [*clamshell(), *hydrant(), *in_the_image()],
    }  # fmt: skip
