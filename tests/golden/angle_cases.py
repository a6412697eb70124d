"""Golden angle cases in 3-D from closed forms: numbers 1 to 6, 21 and 22 of science.md 10."""

from __future__ import annotations

import numpy as np

from tests.golden.cases import Json, atan2, both, case, cos, expect, opposite, sin, tan
from tests.golden.forward_model import (
    HALF_HIPS,
    SIGMA,
    UP,
    Points,
    body,
    mirrored,
    moved,
    onto,
    rx,
    ry,
)
from tests.golden.image_cases import image_cases

JUST_ABOVE_GATE = 30.000001
"""Angle just above the gate, because the gate itself is not exact in floating point."""


def hip_and_knee(f: float, d: float, i: float, beta: float) -> list[Json]:
    return [
        *both("hip_flexion", [f]),
        *both("hip_adduction", [d]),
        *both("hip_internal_rotation", [i]),
        *both("knee_flexion", [beta]),
    ]


def postures() -> list[Json]:
    """Cases 1 to 4: leg angles put into the forward model come back."""
    out = [
        case("1", "F45 D8 I10 beta60, both legs", [body(45, 8, 10, 60)],
             [*hip_and_knee(45, 8, 10, 60),
              *both("thigh_inclination", [45.0]),
              *both("thigh_medial_lean", [atan2(sin(8), cos(8) * cos(45))]),
              *both("pelvic_drop", [0.0]), expect("pelvic_obliquity", None, [0.0])]),
    ]  # fmt: skip
    rng = np.random.default_rng(20240607)
    for up in UP:
        draws: list[list[float]] = []
        while len(draws) < 34:
            draw = rng.uniform([-20, -60, -60, 5], [110, 40, 60, 140])
            if abs(draw[3] - 30.0) > 0.01:
                draws.append([float(v) for v in draw])
        frames = [
            moved(body(*d), onto(up) @ ry(rng.uniform(-180, 180)), rng.uniform(-3, 3, 3))
            for d in draws
        ]
        f, d, i, beta = (list(column) for column in zip(*draws, strict=True))
        gated = [v if b >= 30.0 else None for v, b in zip(i, beta, strict=True)]
        out.append(
            case(f"2-up{up}", f"34 random postures, random place and heading, up = {up}", frames,
                 [*both("hip_flexion", f), *both("hip_adduction", d),
                  *both("hip_internal_rotation", gated), *both("knee_flexion", beta),
                  *both("thigh_inclination", f)], up=up)
        )  # fmt: skip
    bends = [JUST_ABOVE_GATE, 60.0, 90.0, 0.0, 20.0]
    out.append(
        case("3", "thigh turned in by 17 at five knee bends; below 30 not measurable",
             [body(0, 0, 17, b) for b in bends],
             [*both("hip_internal_rotation", [17.0, 17.0, 17.0, None, None]),
              *both("knee_flexion", bends)])
    )  # fmt: skip
    leak = atan2(tan(5), sin(60))
    seen = float(np.degrees(np.arccos(cos(60) * cos(5))))
    out.append(
        case("4", "as 1 with a true valgus of 5, which the hinge reads as rotation",
             [body(45, 8, 10, 60, 5)],
             [*hip_and_knee(45, 8, 10 + leak, seen), *both("knee_abduction", [5.0]),
              *both("hip_internal_rotation_from_epicondyles", [10.0])])
    )  # fmt: skip
    out.append(
        case("4-gimbal", "thigh nearly along the hip line: adduction stays, the rest is refused",
             [body(30, -80, 10, 90)],
             [*both("hip_adduction", [-80.0]), *both("hip_flexion", [None]),
              *both("hip_internal_rotation", [None]), *both("knee_flexion", [90.0])])
    )  # fmt: skip
    return out


def pelvis_and_trunk() -> list[Json]:
    """Cases 5 and 6, the pelvic yaw of case 21, and refusals of the pelvis frame."""
    rolled = body(30, 0, 0, 60, pelvis=rx(-6))
    lying = moved(body(30, 0, 0, 60), rx(-90))
    steep = [moved(body(30, 0, 0, 60), rx(-a)) for a in (75.0, 80.0)]
    leaning = body(45, 8, 10, 60, trunk_forward=20)
    trunk = [expect("trunk_forward_lean", None, [20.0])]
    return [
        case("5", "pelvis and legs rolled 6, right side high", [rolled],
             [*opposite("pelvic_drop", [6.0]), expect("pelvic_obliquity", None, [6.0]),
              *both("hip_adduction", [0.0]), *both("hip_flexion", [30.0])]),
        case("6-up", "F45 with the trunk 20 forward, pelvis referred to up", [leaning],
             [*hip_and_knee(45, 8, 10, 60), *trunk]),
        case("6-trunk", "the same, pelvis referred to the trunk", [leaning],
             [*hip_and_knee(65, 8, 10, 60), *trunk], pelvis_reference="trunk"),
        case("6-lateral", "trunk 11.3 to the right",
             [body(trunk_right=atan2(0.1, 0.5))],
             [*opposite("trunk_lateral_lean", [atan2(0.1, 0.5)]),
              expect("trunk_lateral_lean", None, [atan2(0.1, 0.5)])]),
        case("6-lying", "on the side, right hip on top: no pelvis frame from up", [lying],
             [*both("hip_flexion", [None]), *both("knee_flexion", [60.0]),
              expect("pelvic_obliquity", None, [90.0], 1e-5)]),
        case("6-steep", "hip line 75 and 80 from level: sin 15 and sin 10 of the pelvis frame",
             steep, both("hip_flexion", [30.0, None])),
        case("6-lying-trunk", "the same from the trunk", [lying],
             [*both("hip_flexion", [30.0]), *both("hip_adduction", [0.0])],
             pelvis_reference="trunk"),
        case("21-pelvis-left-forward", "pelvis turned to bring the left side forward by 10",
             [body(20, 0, 0, 40, pelvis=ry(-10))],
             [*opposite("pelvic_rotation", [10.0])], heading=[1.0, 0.0, 0.0]),
        case("21-pelvis-right-forward", "and the right side; the heading need not be level or unit",
             [moved(body(20, 0, 0, 40, pelvis=ry(10)), onto("-z"))],
             [*opposite("pelvic_rotation", [-10.0])], up="-z",
             heading=[float(v) for v in onto("-z") @ np.array([2.0, 0.7, 0.0])]),
    ]  # fmt: skip


def lateral_leg() -> Points:
    """Case 21: a leg with the knee 0.02 and the ankle 0.10 lateral, shank height 0.4, feet 12°
    outward.
    """
    points: Points = {}
    for side, s in SIGMA.items():
        points[f"{side}_hip"] = np.array([0.0, 0.9, s * HALF_HIPS])
        points[f"{side}_knee"] = np.array([0.0, 0.5, s * 0.02])
        points[f"{side}_ankle"] = np.array([0.0, 0.1, s * 0.10])
        out = np.array([cos(12), 0.0, s * sin(12)])
        points[f"{side}_heel"] = points[f"{side}_ankle"] + [0.0, -0.1, 0.0] - 0.06 * out
        points[f"{side}_big_toe"] = points[f"{side}_ankle"] + [0.0, -0.1, 0.0] + 0.18 * out
        points[f"{side}_shoulder"] = np.array([0.0, 1.4, s * 0.18])
    return points


def signs() -> list[Json]:
    """Case 21 on both legs: signs of the angles."""
    leg = lateral_leg()
    shank = float(np.hypot(0.08, 0.4))
    turned_foot = ry(8.0) @ np.array([cos(20), 0.0, 0.0]) + [0.0, sin(20), 0.0]
    return [
        case("21-lean", "knees in, ankles out, toes out", [leg],
             [*both("shank_medial_lean", [atan2(0.08, 0.4)]),
              *both("thigh_medial_lean", [atan2(HALF_HIPS - 0.02, 0.4)]),
              *both("fppa", [atan2(HALF_HIPS - 0.02, 0.4) + atan2(0.08, 0.4)]),
              *both("foot_progression", [12.0]),
              *both("knee_medial_displacement", [0.08 * cos(12) / shank])]),
        case("21-tibia", "foot turned in by 8 in the shank frame",
             [body(35, 5, 15, 70, foot=turned_foot, small_toe=True)],
             [*both("tibial_rotation", [8.0]), *both("hip_internal_rotation", [15.0])]),
        case("21-tibia-gate", "below 30 of knee flexion not measurable",
             [body(10, 0, 0, b, foot=turned_foot) for b in (20.0, JUST_ABOVE_GATE)],
             both("tibial_rotation", [None, 8.0])),
        case("21-valgus", "epicondylar axis, true valgus 6 and -4",
             [body(35, 5, 15, 70, 6), body(0, 0, 0, 10, -4)],
             [*both("knee_abduction", [6.0, -4.0]),
              *both("hip_internal_rotation_from_epicondyles", [15.0, 0.0])]),
    ]  # fmt: skip


def laws() -> list[Json]:
    """Case 22: invariance to position and size, mirror symmetry, and missing points."""
    posture = body(40, 6, 12, 65)
    far = moved(posture, ry(137), (3, -1, 8), 37.5)
    roll = moved(posture, rx(25) @ ry(30), (0.2, 0.1, 0.3))
    gap = {**posture, "right_knee": np.full(3, np.nan)}
    split = {
        **body(40, 6, 12, 65),
        **{n: p for n, p in body(20, -3, 5, 45).items() if n.startswith("left")},
    }
    values = hip_and_knee(40, 6, 12, 65)
    unequal = {"hip_flexion": (40.0, 20.0), "hip_adduction": (6.0, -3.0),
               "hip_internal_rotation": (12.0, 5.0), "knee_flexion": (65.0, 45.0)}  # fmt: skip
    missing = [
        expect(e["name"], e["side"], [None if e["side"] == "right" else v, v])
        for e in values
        for v in e["values"]
    ]
    return [
        case("22-scaled", "moved, turned and 37.5 times larger", [far], values),
        case("22-rolled", "whole body rolled: pelvis referred to the trunk", [roll], values,
             pelvis_reference="trunk"),
        case("22-unequal", "two different legs", [split],
             [expect(n, "right", [r]) for n, (r, _) in unequal.items()]
             + [expect(n, "left", [v]) for n, (_, v) in unequal.items()]),
        case("22-mirrored", "reflected: the legs exchange their values", [mirrored(split)],
             [expect(n, "left", [r]) for n, (r, _) in unequal.items()]
             + [expect(n, "right", [v]) for n, (_, v) in unequal.items()]),
        case("22-missing", "right knee missing in the first frame", [gap, posture], missing),
    ]  # fmt: skip


def angle_cases() -> list[Json]:
    return [
        *postures(),
        *pelvis_and_trunk(),
        *image_cases(),
        *signs(),
        *laws(),
    ]
