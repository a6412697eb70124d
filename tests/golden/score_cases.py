"""Golden values of asymmetry indices (case 16) and count scores (case 19)."""

from __future__ import annotations

import math

from tests.golden.cases import Json


def asymmetry_cases() -> Json:
    """Case 16, also with exchanged sides, and two intervals with a closed form of Student's t."""

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
    # Closed forms of the 97.5 % quantile of Student's t with 2 and 4 degrees of freedom.
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
    """Case 19: scores of repetition counts."""
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
