"""Golden cases of a single camera from closed forms: numbers 7 to 12 of science.md 10."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.golden.cases import Json, atan2, both, case, cos, expect, opposite, sin, tan
from tests.golden.forward_model import SHANK, THIGH, Points, body, moved, photographed, ry


def fppa_of_posture(f: float, beta: float, phi: float, adduction: float = 0.0) -> float:
    """Return the FPPA of a level pelvis and an ideal hinge, from both segment directions.

    In the frontal plane, with x medial and y up, the thigh is minus the second column of R_t. The
    shank is −sin β times the first column plus cos β times the thigh. Without adduction this gives
    atan2(sin β sin φ, sin β cos φ sin F + cos β cos F) of science.md 2.1.
    """
    thigh_x, thigh_y = sin(adduction), -cos(adduction) * cos(f)
    ahead_x = cos(adduction) * sin(phi)
    ahead_y = sin(f) * cos(phi) + cos(f) * sin(adduction) * sin(phi)
    shank_x = -sin(beta) * ahead_x + cos(beta) * thigh_x
    shank_y = -sin(beta) * ahead_y + cos(beta) * thigh_y
    return -atan2(thigh_x * shank_y - thigh_y * shank_x, thigh_x * shank_x + thigh_y * shank_y)


def bent_line(knee_x: float, knee_y: float, ankle: tuple[float, float], other_x: float) -> Points:
    """Case 7 in pixels: right hip at (0, 1), left hip at `other_x`; the arguments have y up."""
    high = {
        "right_hip": (0.0, 1.0), "left_hip": (other_x, 1.0),
        "right_knee": (knee_x, knee_y), "left_knee": (other_x, 0.5),
        "right_ankle": ankle, "left_ankle": (other_x, 0.0),
        "right_shoulder": (0.0, 1.5), "left_shoulder": (other_x, 1.5),
    }  # fmt: skip
    return {n: np.array([640.0 + 500.0 * x, 900.0 - 500.0 * y]) for n, (x, y) in high.items()}


def rolled_picture(points: Points, degrees: float) -> Points:
    c, s = cos(degrees), sin(degrees)
    return {n: np.array([[c, -s], [s, c]]) @ p for n, p in points.items()}


def fppa_in_the_image() -> list[Json]:
    """Case 7: the sign of the FPPA follows from the hips, in every view."""
    line, bend = bent_line(0.05, 0.55, (0.0, 0.1), 0.3), 2 * atan2(1, 9)
    flipped = {n: p * [-1.0, 1.0] for n, p in line.items()}
    narrow = bent_line(0.05, 0.55, (0.0, 0.1), 0.05)
    front = photographed(body(45, 0, 10, 60))
    posture = fppa_of_posture(45, 60, 10)
    one = [expect("fppa", "right", [bend])]
    return [
        case("7", "knee medial of the line", [line], one),
        case("7-other-side", "the other hip on the other side of the image",
             [bent_line(0.05, 0.55, (0.0, 0.1), -0.3)], [expect("fppa", "right", [-bend])]),
        case("7-flipped", "picture reflected, sides kept", [flipped], one),
        case("7-rolled", "camera rolled by 7", [rolled_picture(line, 7.0)], one),
        case("7-straight", "knee on the line", [bent_line(0.0, 0.55, (0.0, 0.1), 0.3)],
             [expect("fppa", "right", [0.0])]),
        case("7-large", "2 atan 0.2", [bent_line(0.1, 0.5, (0.0, 0.0), 0.3)],
             [expect("fppa", "right", [2 * atan2(1, 5)])]),
        case("7-side-view", "hips closer than 0.15 of the trunk", [narrow],
             [expect("fppa", "right", [None]), expect("pelvic_drop", "right", [None]),
              expect("hip_adduction_2d", "right", [None]),
              expect("trunk_lateral_lean", "right", [None])]),
        case("7-side-view-unknown", "without shoulders the view cannot be judged", [narrow], one,
             without=("shoulder",)),
        case("7-front", "whole body from the front", [front], both("fppa", [posture])),
        case("7-back", "from behind", [photographed(body(45, 0, 10, 60), camera="back")],
             both("fppa", [posture])),
        case("7-rolled-body", "from the front, camera rolled by 7",
             [photographed(body(45, 0, 10, 60), roll=7)],
             [*both("fppa", [posture]), *opposite("pelvic_drop", [7.0])]),
    ]  # fmt: skip


def projections() -> list[Json]:
    """Cases 8 and 9: components of the FPPA, and the error of a turned camera."""
    sets = [(45, 60, 10), (30, 60, 10), (60, 60, 10), (30, 45, 10), (45, 60, 20)]
    truth = [atan2(sin(b) * sin(p), sin(b) * cos(p) * sin(f) + cos(b) * cos(f)) for f, b, p in sets]
    frames = [body(f, 0, p, b) for f, b, p in sets]
    out = [
        case("8-image", "FPPA of rotation alone, front view", [photographed(p) for p in frames],
             both("fppa", truth)),
        case("8-world", "the same projected on the heading", frames, both("fppa", truth)),
        case("8-adducted", "with adduction as well",
             [body(40, 9, 7, 55), body(50, -6, 12, 70)],
             both("fppa", [fppa_of_posture(40, 55, 7, 9), fppa_of_posture(50, 70, 12, -6)])),
    ]  # fmt: skip
    for t, s, yaw in [(30, 30, 5), (30, 30, 10), (45, 25, 5), (30, 30, -5)]:
        error = atan2(tan(t) * sin(yaw), 1) + atan2(tan(s) * sin(yaw), 1)
        straight = body(t, 0, 0, t + s)
        out.append(
            case(f"9-{t}-{s}-{yaw}", "straight leg, camera off the sagittal plane by yaw",
                 [photographed(straight, yaw=yaw)], opposite("fppa", [error]))
        )  # fmt: skip
    out.append(
        case("9-world", "in 3-D the heading turns with the body",
             [moved(body(30, 0, 0, 60), ry(a)) for a in (5.0, 10.0)], both("fppa", [0.0, 0.0]))
    )  # fmt: skip
    return out


def image_measures() -> list[Json]:
    """Cases 10 to 12, and the sagittal measures of a side view."""

    def px(x: float, y: float) -> np.ndarray[Any, Any]:
        return np.array([300.0 + 400.0 * x, 900.0 - 400.0 * y])

    frontal = {
        "right_hip": px(0, 1), "left_hip": px(0.3, 1.03),
        "right_knee": px(0.08, 0.55), "left_knee": px(0.3, 0.6),
        "right_ankle": px(0.06, 0.1), "left_ankle": px(0.3, 0.2),
        "right_big_toe": px(0.02, 0.02), "right_small_toe": px(-0.03, 0.02),
        "right_shoulder": px(-0.05, 1.515), "left_shoulder": px(0.15, 1.515),
    }  # fmt: skip
    tilt = atan2(0.03, 0.3)
    hadd = atan2(0.08, 0.45) - tilt
    shank = float(np.hypot(0.02, 0.45))
    shift = (0.9 * 0.08 - 0.45 * 0.06) / float(np.hypot(0.06, 0.9)) / 0.9
    toe_knee = 0.08 - (0.6 * 0.02 - 0.4 * 0.03)
    frontal_expected = [
        expect("hip_adduction_2d", "right", [hadd]),
        expect("pelvic_drop", "right", [-tilt]),
        expect("pelvic_drop", "left", [tilt]),
        expect("pelvic_obliquity", None, [-tilt]),
        expect("pelvis_shift", None, [(0.18 - 0.15) / (0.3 - 0.06)]),
        expect("trunk_lateral_lean", "right", [atan2(0.1, 0.5)]),
        expect("trunk_lateral_lean", "left", [-atan2(0.1, 0.5)]),
        expect("trunk_lateral_lean", None, [atan2(0.1, 0.5)]),
        expect("knee_medial_displacement", "right", [toe_knee / shank]),
        expect("knee_shift", "right", [shift]),
    ]
    behind = {n: p * [-1.0, 1.0] for n, p in frontal.items()}
    no_small_toe = {n: p for n, p in frontal.items() if "small" not in n}
    depth = [body(b / 2, 0, 0, b) for b in [0.0] * 39 + [60.0]]
    turned = [photographed(p) for p in depth]
    bent = [0.0] * 39 + [60.0]
    deep = [body(30, 0, 0, 60)] * 30 + [body()] * 9 + [moved(body(), ry(0), scale=1.05)]
    sizes = [0.8, 0.9, 1.0]
    grown = [moved(body(), ry(0), scale=k) for k in sizes]
    against_p95 = [float(2 * np.degrees(np.arccos(min(k / 0.99, 1.0)))) for k in sizes]
    side_body = body(45, 0, 0, 70, trunk_forward=20, foot=np.array([cos(25), sin(25), 0.0]))
    sagittal = [
        *both("knee_flexion", [70.0]),
        *both("thigh_inclination", [45.0]),
        *both("shank_inclination", [25.0]),
        expect("trunk_forward_lean", None, [20.0]),
    ]
    out = [
        case("10", "HADD, drop, lean and MKD from the front", [frontal], frontal_expected),
        case("10-behind", "and from behind", [behind], frontal_expected),
        case("10-big-toe", "without a small toe the big toe stands for it", [no_small_toe],
             [expect("knee_medial_displacement", "right", [(0.08 - 0.02) / shank])]),
        case("11-image", "depth of equal inclinations, standing from the recording", turned,
             both("knee_flexion_from_depth", bent, 1e-5)),
        case("11-side-view", "and from the side, where height shows as well",
             [photographed(p, camera="right") for p in depth],
             [*both("knee_flexion_from_depth", bent, 1e-5),
              expect("fppa", "right", [None] * 40)]),
        case("11-world", "the same in 3-D", depth, both("knee_flexion_from_depth", bent, 1e-5)),
        case("11-mostly-down", "standing in a quarter of the frames, one frame taller",
             deep, both("knee_flexion_from_depth", [60.0] * 30 + [0.0] * 10, 1e-5),
             without=("shoulder", "epicondyle")),
        case("11-percentile", "of heights 0.8, 0.9 and 1.0 it is 0.99", grown,
             both("knee_flexion_from_depth", against_p95), without=("epicondyle",)),
        case("11-given", "standing height given; above it reads 0",
             [body(30, 0, 0, 60), body(0, 0, 0, 0)],
             both("knee_flexion_from_depth",
                  [float(2 * np.degrees(np.arccos((THIGH + SHANK) * cos(30) / 0.8))), 0.0]),
             standing=0.8),
        case("12", "shank 25 forward on a level foot", [side_body],
             [*both("ankle_dorsiflexion", [25.0]), *both("foot_progression", [0.0]), *sagittal]),
    ]  # fmt: skip
    for camera, way in (("right", 1), ("left", -1)):
        picture = photographed(side_body, camera=camera)
        for reference, flexion in (("up", 45.0), ("trunk", 65.0)):
            out.append(
                case(f"12-{camera}-{reference}", f"seen from the {camera}, facing by the feet",
                     [picture], [*both("hip_flexion", [flexion]), *sagittal],
                     pelvis_reference=reference)
            )  # fmt: skip
        out.append(
            case(f"12-{camera}-footless", "facing told", [picture],
                 [*both("hip_flexion", [45.0]), *sagittal], heading=way,
                 without=("heel", "toe"))
        )  # fmt: skip
    return out


def image_cases() -> list[Json]:
    return [*fppa_in_the_image(), *projections(), *image_measures()]
