"""Golden numbers of asymmetry (16), count scores (19) and hip exercises (13)."""

from __future__ import annotations

import math

import numpy as np
from cases import Json, case, cos, expect, sin
from forward_model import SHANK, THIGH, Points, body, moved, turn


def asymmetry_cases() -> Json:
    """Case 16, with each index of the exchanged sides, and two intervals with closed-form t."""

    def pair(index: str, left: float, right: float, value: float | None) -> Json:
        return {"index": index, "left": left, "right": right, "value": value, "tolerance": 1e-9}

    angle = 100.0 * (45.0 - math.degrees(math.atan2(12, 8))) / 90.0
    opposite = 100.0 * (45.0 - math.degrees(math.atan2(1, -2)) + 180.0) / 90.0
    rows = [
        pair("symmetry_index", 8, 10, 200.0 / 9.0),
        pair("symmetry_index", -1, 2, 600.0),
        pair("symmetry_index", 0, 0, None),
        pair("symmetry_index", 3, -3, None),
        pair("symmetry_angle", 12, 8, angle),
        pair("symmetry_angle", 1, -2, opposite),
        pair("symmetry_angle", -1, -1, 0.0),
        pair("symmetry_angle", 0, 0, None),
        pair("log_ratio", 12, 8, 100.0 * math.log(8 / 12)),
        pair("log_ratio", 0, 8, None),
        pair("log_ratio", 12, -8, None),
        pair("difference", 12, 8, -4.0),
        pair("lsi", 9, 12, 75.0),
        pair("lsi", 9, 0, None),
    ]
    rows += [pair(index, 7, 7, 0.0) for index in
             ("difference", "log_ratio", "symmetry_index", "symmetry_angle")]  # fmt: skip
    rows += [
        pair(r["index"], r["right"], r["left"], None if r["value"] is None else -r["value"])
        for r in rows
        if r["index"] != "lsi"
    ]
    # Student's t at 97.5 %: closed forms for 2 and 4 degrees of freedom.
    alpha = 0.95
    t2 = alpha * math.sqrt(2.0 / (1.0 - alpha**2))
    p4 = 4.0 * 0.975 * 0.025
    t4 = 2.0 * math.sqrt(math.cos(math.acos(math.sqrt(p4)) / 3.0) / math.sqrt(p4) - 1.0)

    def interval(kind: str, left: list[float], right: list[float], delta: float,
                 reach: float | None) -> Json:  # fmt: skip
        return {
            "kind": kind, "left": left, "right": right, "difference": delta,
            "low": None if reach is None else delta - reach,
            "high": None if reach is None else delta + reach, "tolerance": 1e-9,
        }  # fmt: skip

    return {
        "note": "Indices are right minus left; null = NaN. For lsi, left is the involved and "
        "right the uninvolved side. symmetry_index is unstable where the signs differ.",
        "indices": rows,
        "unstable": [
            {"left": -1, "right": 2, "unstable": True},
            {"left": 8, "right": 10, "unstable": False},
            {"left": -8, "right": -10, "unstable": False},
        ],
        "nsi": [
            {"left": [7, 9], "right": [12, 8], "value": 100.0 * 2.0 / 12.0, "tolerance": 1e-9},
            {"left": [12, 8], "right": [7, 9], "value": -100.0 * 2.0 / 12.0, "tolerance": 1e-9},
            {"left": [-2, 2], "right": [1, 3], "value": 40.0, "tolerance": 1e-9},
            {"left": [0, 0], "right": [0, 0], "value": None, "tolerance": 1e-9},
        ],
        "intervals": [
            interval("paired", [1, 2, 3], [3, 5, 7], 3.0, t2 * math.sqrt(1.0 / 3.0)),
            interval("welch", [1, 2, 3], [4, 5, 6], 3.0, t4 * math.sqrt(2.0 / 3.0)),
            interval("paired", [1, 2, 3], [3, 4, 5], 2.0, 0.0),
            interval("welch", [1, 1, 1], [4, 4, 4], 3.0, 0.0),
            interval("welch", [1], [4, 5, 6], 4.0, None),
        ],
    }


def score_cases() -> Json:
    """Case 19."""
    return {
        "cases": [
            {"predicted": [9, 10, 12], "true": [10, 10, 10], "mae": 1.0, "exact": 1 / 3,
             "off_by_one": 2 / 3, "normalized_mae": 1 / 10.1, "tolerance": 1e-12},
            {"predicted": [5, 0], "true": [5, 0], "mae": 0.0, "exact": 1.0,
             "off_by_one": 1.0, "normalized_mae": 0.0, "tolerance": 1e-12},
            {"predicted": [1], "true": [0], "mae": 1.0, "exact": 0.0,
             "off_by_one": 1.0, "normalized_mae": 10.0, "tolerance": 1e-12},
        ]
    }  # fmt: skip


def clamshell_frames(openings: list[float]) -> list[Points]:
    """On the left side, up = y, head along z; the right knee turns about its hip-ankle line."""
    pelvis = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    start = body(45, 0, 0, 90, pelvis=pelvis)
    hip, ankle = start["right_hip"], start["right_ankle"]
    axis = ankle - hip
    lifts_up = np.cross(axis, start["right_knee"] - hip)[1] > 0.0
    frames = []
    for opening in openings:
        lift = turn(axis, opening if lifts_up else -opening)
        frames.append({**start, "right_knee": hip + lift @ (start["right_knee"] - hip)})
        if opening > 0:
            assert frames[-1]["right_knee"][1] > hip[1]
    return frames


def exercise_cases() -> Json:
    """Case 13."""
    lever = THIGH * SHANK / math.hypot(THIGH, SHANK)
    openings = [0.0, 30.0, 45.0, 60.0]
    opening = [expect("clamshell_opening", "right", openings)]
    note = "right leg on top; opening against frame 0"
    clam = case("13-clamshell", note, clamshell_frames(openings), opening)
    # All fours: head along x, so the pelvis' up is the world's forward and its forward is down.
    pelvis = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    lifts = [0.0, 25.0, 45.0, 60.0]
    quadruped = []
    for lift in lifts:
        frame = body(90, -lift, 0, 90, pelvis=pelvis)
        for name, z in (("right_shoulder", 0.18), ("left_shoulder", -0.18)):
            frame[name] = np.array([0.5, 1.0, z])
        quadruped.append(frame)
    down = quadruped[0]["right_knee"]
    for frame, lift in zip(quadruped, lifts, strict=True):
        travel = frame["right_knee"] - down
        assert abs(travel[1] - THIGH * (1 - cos(lift))) < 1e-12
        assert abs(travel[2] - THIGH * sin(lift)) < 1e-12
    values = [
        expect(name, side, v)
        for name, v in (
            ("hip_adduction", [-lift for lift in lifts]),
            ("hip_flexion", [90.0] * 4),
            ("knee_flexion", [90.0] * 4),
        )
        for side in ("right", "left")
    ]
    tilted = [moved(f, turn((0, 0, 1), 15)) for f in quadruped]
    return {
        "note": "clamshell: separation = 2 lever sin(gamma/2). hydrant: thigh elevation eta is "
        "minus hip_adduction. clamshell_opening is the turn of the plane hip-knee-ankle from "
        "frame 0. hydrant cases have the schema of angles.json.",
        "clamshell": {
            "thigh": THIGH, "shank": SHANK, "knee_flexion": 90.0, "lever": lever,
            "openings": [
                {"gamma": g, "separation": 2 * lever * sin(g / 2)} for g in openings
            ],
            "tolerance": 1e-9,
        },
        "clamshell_points": clam,
        "hydrant": {
            "thigh": THIGH, "elevation": 45.0, "rise": THIGH * (1 - math.sqrt(0.5)),
            "lateral": THIGH * math.sqrt(0.5), "tolerance": 1e-9,
        },
        "cases": [
            case("13-hydrant", "all fours, both thighs lifted sideways", quadruped, values,
                 pelvis_reference="trunk"),
            case("13-hydrant-pitched", "the same with the trunk pitched by 15", tilted, values,
                 pelvis_reference="trunk"),
        ],
    }  # fmt: skip
