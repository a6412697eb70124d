"""Tests against OpenSim's forward kinematics: angles, repetitions and left-right differences.

The limits are the accuracy of a hinge model from joint centers. OpenSim's knee is not a perfect
hinge, and its hip-knee line is not the femur's axis (tests/data/opensim/NOTICE). Run with ``-s`` to
see the largest errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import CLEAN_SQUATS, PAIRS, SINGLE_LEG_SQUATS, opensim, recording

pytestmark = pytest.mark.data

CLEAN = (*CLEAN_SQUATS, "opencap_squat")
SIDES = ("left", "right")
BENT_DEG = 45.0
"""Smallest knee flexion at which hip rotation is fully valid, degrees (science.md 1.4)."""


def stance(data: dict[str, np.ndarray]) -> str:
    return "right" if str(data["side"]) == "both" else str(data["side"])


def errors(data: dict[str, np.ndarray], side: str) -> dict[str, np.ndarray]:
    """Return measured minus true values per frame; hip rotation only where the knee is flexed
    enough.
    """
    angles = kp.joint_angles(
        recording(data, "world"), ["knee_flexion", "hip_adduction", "hip_internal_rotation"]
    )
    found = {
        name: angles[name, side].values - data[f"truth_{name}_{side}"].astype(np.float64)
        for name in ("knee_flexion", "hip_adduction", "hip_internal_rotation")
    }
    bent = data[f"truth_knee_flexion_{side}"] >= BENT_DEG
    found["hip_internal_rotation"] = found["hip_internal_rotation"][bent]
    return found


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[list[str]]:
    """Collect one line per recording and leg, and print the lines after the last test."""
    lines: list[str] = []
    yield lines
    if lines:
        head = "largest |error|, deg         leg    knee flex  hip add  hip rot  rot - its mean"
        print("\n" + "\n".join([head, *lines]))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", CLEAN)
def test_angles(name: str, side: str, table: list[str]) -> None:
    found = errors(opensim(name), side)
    rotation = found.pop("hip_internal_rotation")
    spread = rotation - rotation.mean()
    assert len(rotation) >= 100
    largest = [np.abs(e).max() for e in (*found.values(), rotation, spread)]
    table.append(f"{name:<28} {side:<6} " + "".join(f"{value:9.2f}" for value in largest))
    knee, adduction, turn, turn_spread = largest
    assert knee <= 0.8
    assert adduction <= 0.6
    assert turn <= 2.7
    assert turn_spread <= 0.5


@pytest.mark.parametrize("pair", PAIRS)
def test_legs_of_a_pair_err_alike(pair: str) -> None:
    """Both legs have the same systematic error, so that their difference is correct."""
    left, right = (errors(opensim(name), str(opensim(name)["side"])) for name in PAIRS[pair])
    for angle in left:
        assert abs(right[angle].mean() - left[angle].mean()) <= 0.3, angle


@pytest.mark.parametrize("name", CLEAN)
def test_directions_against_the_world(name: str) -> None:
    """Directions agree with those computed by the makers of the data, up to rounding."""
    data = opensim(name)
    side = stance(data)
    angles = kp.joint_angles(
        recording(data, "world"),
        ["fppa", "pelvic_drop", "trunk_lateral_lean", "hip_flexion"],
        stance_side=side,
        heading=[1.0, 0.0, 0.0],
    )
    legs = [leg for leg in SIDES if f"derived_fppa_orthographic_{leg}" in data]
    assert legs == (list(SIDES) if name == "opencap_squat" else [side])
    for leg in legs:
        expected = data[f"derived_fppa_orthographic_{leg}"]
        np.testing.assert_allclose(angles["fppa", leg].values, expected, rtol=0, atol=0.002)
    for angle, truth in (
        ("pelvic_drop", "truth_pelvic_drop"),
        ("trunk_lateral_lean", "derived_trunk_line_lateral_lean"),
    ):
        np.testing.assert_allclose(angles[angle, side].values, data[truth], rtol=0, atol=0.002)
    for leg in SIDES:
        # Hip centers do not show pelvic tilt, so hip flexion is relative to gravity.
        upright = data[f"truth_hip_flexion_{leg}"] - data["truth_pelvis_anterior_tilt"]
        np.testing.assert_allclose(angles["hip_flexion", leg].values, upright, rtol=0, atol=0.6)


@pytest.mark.parametrize("name", CLEAN)
def test_the_front_camera_sees_nearly_the_same(name: str) -> None:
    """Perspective at 3 m changes FPPA by a degree, and by two where the feet are off-axis."""
    data = opensim(name)
    side = stance(data)
    angles = kp.joint_angles(
        recording(data, "image"), ["fppa", "pelvic_drop", "trunk_lateral_lean"], stance_side=side
    )
    assert angles.view == "front"
    for key, truth, limit in (
        (("fppa", side), f"derived_fppa_orthographic_{side}", 2.2 if "opencap" in name else 1.3),
        (("pelvic_drop", side), "truth_pelvic_drop", 0.6),
        (("trunk_lateral_lean", side), "derived_trunk_line_lateral_lean", 0.9),
    ):
        np.testing.assert_allclose(angles[key].values, data[truth], rtol=0, atol=limit)


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("name", SINGLE_LEG_SQUATS)
def test_single_leg_squats_are_counted(name: str, space: str) -> None:
    """Every repetition is counted, with the correct status full or partial."""
    data = opensim(name)
    found = kp.analyze(recording(data, space), "single_leg_squat", side=stance(data))
    used = "knee_flexion" if space == "world" else "knee_flexion_from_depth"
    assert found.reps.signal_used == used
    planned = ["partial" if partial else "full" for partial in data["rep_partial"]]
    assert [str(rep.status) for rep in found.reps] == planned
    assert found.reps.count == planned.count("full")
    for rep, start, end in zip(found.reps, data["rep_start"], data["rep_end"], strict=True):
        assert start - 0.1 <= rep.bottom_s <= end + 0.1


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("side", SIDES)
def test_five_real_squats(space: str, side: str) -> None:
    data = opensim("opencap_squat")
    found = kp.analyze(recording(data, space), "squat", side=side)
    assert [str(rep.status) for rep in found.reps] == ["full"] * 5
    bottoms = zip(found.reps, data["rep_bottom_start"], data["rep_bottom_end"], strict=True)
    for rep, first, last in bottoms:
        assert first - 0.05 <= rep.bottom_s <= last + 0.05


@pytest.mark.parametrize("name", CLEAN_SQUATS)
def test_boundaries_of_clean_repetitions(name: str) -> None:
    """Start and end are at 10 % of the range, and the bottom within 5 %, in world space."""
    data = opensim(name)
    found = kp.analyze(recording(data, "world"), "single_leg_squat", side=stance(data))
    for moment, truth in (
        ("start_s", "rep_start_10pct"),
        ("bottom_start_s", "rep_bottom_start_5pct"),
        ("bottom_end_s", "rep_bottom_end_5pct"),
        ("end_s", "rep_end_10pct"),
    ):
        measured = np.array([getattr(rep, moment) for rep in found.reps])
        off = np.abs(measured - data[truth])
        assert off.max() <= 0.15, f"{moment} {off.round(3)}"


def test_a_planted_deficit_is_found_and_healthy_legs_are_not_told_apart() -> None:
    verdicts = {}
    for pair in ("mirror", "healthy", "deficit"):
        left, right = (
            kp.analyze(
                recording(opensim(name), "world"),
                "single_leg_squat",
                side=str(opensim(name)["side"]),
            )
            for name in PAIRS[pair]
        )
        primary = kp.compare(left, right).primary
        assert primary is not None
        assert primary.name == "fppa_at_60"
        verdicts[pair] = str(primary.verdict)
    assert verdicts == {
        "mirror": "no_detectable_difference",
        "healthy": "no_detectable_difference",
        "deficit": "larger_than_borrowed",
    }
