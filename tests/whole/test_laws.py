"""Tests of laws for any body: motion, scale, mirror, slices, order of keypoints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kneepose as kp
from kneepose import arrays
from kneepose.validity import Validity
from tests.support.datasets import opensim, recording
from tests.support.random_bodies import (
    ANY_BODY,
    EVERY_ANGLE,
    LANDMARKS,
    SIDES,
    UPS,
    bodies,
    drop_some,
    random_rotations,
    standing,
    turn_onto,
)
from tests.support.seeds import SEEDS, law


def keys_for(names: list[str]) -> list[tuple[str, str | None]]:
    """Return every valid (name, side) of these angles."""
    keys: list[tuple[str, str | None]] = []
    for row in kp.tables.angles():
        name, sided = row["name"], row["sided"]
        if name not in names:
            continue
        if sided == "midline" or name == "trunk_lateral_lean":
            keys.append((name, None))
        if sided != "midline":
            keys += [(name, side) for side in SIDES]
    return keys


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the angular distance on the circle; 0 where both are missing."""
    np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
    return np.nan_to_num(np.abs((a - b + 180.0) % 360.0 - 180.0))


def yaw_about(up: str, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    onto = turn_onto(up)
    return onto @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ onto.T


# --- invariance to motion and scale -------------------------------------------------------------


@law(500)
@given(SEEDS, st.sampled_from(UPS), st.sampled_from(["up", "trunk"]), st.booleans())
def test_place_heading_and_size_do_not_matter(
    seed: int, up: str, pelvis_reference: str, fixed: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, up, spread=0.1)
    heading = turn_onto(up) @ [rng.normal(), 0.1, rng.normal()] if fixed else None
    turn, size = yaw_about(up, rng.uniform(-np.pi, np.pi)), float(np.exp(rng.normal(0, 2)))
    keys = keys_for(EVERY_ANGLE)
    options: dict[str, Any] = {
        "skeleton": ANY_BODY,
        "names": keys,
        "up": up,
        "pelvis_reference": pelvis_reference,
    }
    moved = size * (points @ turn.T) + size * rng.normal(0, 3, 3)
    before = arrays.joint_angles(
        points, heading=None if heading is None else list(heading), **options
    )
    after = arrays.joint_angles(
        moved, heading=None if heading is None else list(turn @ heading), **options
    )
    assert apart(before, after).max() < 1e-7


@law(300)
@given(SEEDS)
def test_angles_between_segments_are_free_of_up(seed: int) -> None:
    """Angles between segments are unchanged by any rotation, if the pelvis is relative to the
    trunk.
    """
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, "y", spread=0.1)
    turned = points @ random_rotations(rng, 1, 3.0)[0].T
    names = [
        "knee_flexion", "hip_flexion", "hip_adduction", "hip_internal_rotation",
        "tibial_rotation", "ankle_dorsiflexion", "knee_abduction",
    ]  # fmt: skip
    options: dict[str, Any] = {"skeleton": ANY_BODY, "names": names, "pelvis_reference": "trunk"}
    before = arrays.joint_angles(points, up="y", **options)
    for up in UPS:
        assert apart(before, arrays.joint_angles(turned, up=up, **options)).max() < 1e-7


@law(300)
@given(SEEDS)
def test_in_an_image_place_size_and_roll_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, "y", spread=0.03)[..., [2, 1]] * [300.0, -300.0] + 900.0
    keys = keys_for(EVERY_ANGLE)
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=keys)
    size = float(np.exp(rng.normal()))
    moved = points * size + rng.normal(0, 500, 2)
    after = arrays.joint_angles(moved, skeleton=ANY_BODY, names=keys)
    assert apart(before, after).max() < 1e-7
    roll = rng.uniform(-0.1, 0.1)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    free = ["fppa", "hip_adduction_2d", "knee_flexion", "ankle_dorsiflexion"]
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=free)
    after = arrays.joint_angles(points @ turn.T, skeleton=ANY_BODY, names=free)
    both = np.isfinite(before) & np.isfinite(after)
    assert np.isfinite(before).any()
    assert apart(np.where(both, before, 0), np.where(both, after, 0)).max() < 1e-7


# --- symmetry of mirror images ------------------------------------------------------------------


def mirrored_key(key: tuple[str, str | None]) -> tuple[tuple[str, str | None], float]:
    """Return the column with identical bits in the mirror image, and its sign."""
    name, side = key
    if side is not None:
        return (name, {"left": "right", "right": "left"}[side]), 1.0
    return key, -1.0 if name in ("pelvic_obliquity", "pelvis_shift", "trunk_lateral_lean") else 1.0


@pytest.mark.slow
@law(400)
@given(SEEDS, st.sampled_from([*UPS, None]), st.booleans(), st.booleans())
# Random bodies may have knees that bend backward, which causes a warning.
@pytest.mark.filterwarnings("ignore:the knees bend backward:kneepose.errors.RecordingWarning")
def test_the_mirror_exchanges_left_and_right_to_the_last_bit(
    seed: int, up: str | None, trunk: bool, fixed: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 6, up or "y", spread=0.05))
    heading = None
    reflected: Any = None
    if up is None:
        points = points[..., [2, 1]] * [300.0, -300.0]
    elif fixed:
        heading = turn_onto(up) @ rng.normal(size=3)
        reflected = heading.copy()
        reflected[1 if up in ("x", "-x") else 0] *= -1
    rec = kp.Recording(points, skeleton=ANY_BODY, fps=30, up=up)
    keys = keys_for(EVERY_ANGLE)
    reference = "trunk" if trunk else "up"
    angles = kp.joint_angles(rec, keys, pelvis_reference=reference, heading=heading)
    mirror = kp.joint_angles(rec.mirror(), keys, pelvis_reference=reference, heading=reflected)
    assert angles.view == mirror.view or {angles.view, mirror.view} == {"left", "right"}
    for key in keys:
        partner, sign = mirrored_key(key)
        np.testing.assert_array_equal(
            angles[key].values, sign * mirror[partner].values, err_msg=str(key)
        )
        np.testing.assert_array_equal(angles[key].codes, mirror[partner].codes, err_msg=str(key))


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize(
    "name", ["sls_right_healthy", "sls_left_fast_vfr", "sls_right_noise10", "opencap_squat"]
)
def test_the_mirrored_analysis_is_that_of_the_other_leg(name: str, space: str) -> None:
    data = opensim(name)
    rec = recording(data, space)
    exercise = str(data["exercise"])
    for side, other in (("left", "right"), ("right", "left")):
        if exercise == "single_leg_squat" and side != str(data["side"]):
            continue
        a = kp.analyze(rec, exercise, side=side)
        b = kp.analyze(rec.mirror(), exercise, side=other)
        assert list(a.reps) == list(b.reps)
        assert a.reps.count >= 5
        np.testing.assert_array_equal(a.reps.signal, b.reps.signal)
        assert a.measures.keys() == b.measures.keys()
        for key, measure in a.measures.items():
            midline = exercise == "squat" and measure.angle in (
                "pelvic_obliquity",
                "pelvis_shift",
                "trunk_lateral_lean",
            )
            sign = -1.0 if midline else 1.0
            np.testing.assert_array_equal(
                measure.values, sign * b.measures[key].values, err_msg=key
            )
            assert measure.validity == b.measures[key].validity
        assert a.refused == b.refused


@law(300)
@given(SEEDS)
def test_fppa_is_the_same_from_the_front_from_behind_and_in_a_mirror(seed: int) -> None:
    rng = np.random.default_rng(seed)
    upright = standing() + rng.normal(0.0, 0.02, (4, len(LANDMARKS), 3))
    points = upright @ yaw_about("y", rng.uniform(-1.2, 1.2)).T
    front = points[..., [2, 1]] * [-512.0, -512.0]
    behind = points[..., [2, 1]] * [512.0, -512.0]
    names = ["fppa", "hip_adduction_2d", "thigh_medial_lean", "shank_medial_lean"]
    first = arrays.joint_angles(front, skeleton=ANY_BODY, names=names)
    np.testing.assert_array_equal(
        first, arrays.joint_angles(behind, skeleton=ANY_BODY, names=names)
    )
    # In a mirrored image an estimator names the legs by their appearance.
    relabelled = behind[:, ANY_BODY.swap]
    third = arrays.joint_angles(relabelled, skeleton=ANY_BODY, names=names)
    np.testing.assert_array_equal(first, third.reshape(4, -1, 2)[..., ::-1].reshape(4, -1))
    for view, picture in (("front", front), ("back", behind)):
        rec = kp.Recording(picture, skeleton=ANY_BODY, fps=30)
        assert kp.joint_angles(rec, ["fppa"]).view in (view, "left", "right")


# --- slices and order of frames -----------------------------------------------------------------


SET_UP = {Validity.UPSIDE_DOWN, Validity.AXES_TURNED, Validity.LEFT_HANDED_AXES}
"""Refusals in world space that apply to the whole recording."""
FROM_STANDING = {"knee_flexion_from_depth", "knee_shift"}
"""Angles that need the length of the standing leg, which an image shows over many frames."""


# Random bodies may have knees that bend backward, which causes a warning.
@pytest.mark.filterwarnings("ignore:the knees bend backward:kneepose.errors.RecordingWarning")
@law(300)
@given(SEEDS, st.sampled_from([*UPS, None]), st.integers(0, 11), st.integers(1, 12))
def test_a_frame_does_not_know_its_neighbours(
    seed: int, up: str | None, first: int, count: int
) -> None:
    """Other frames change no value, but their set-up may cause an angle to be refused in all
    frames.
    """
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 12, up or "y", spread=0.1))
    if up is None:
        points = points[..., :2] * 300.0
    names = keys_for([name for name in EVERY_ANGLE if name not in FROM_STANDING])
    options: dict[str, Any] = {"skeleton": ANY_BODY, "names": names, "up": up}
    part = slice(first, first + count)
    whole, codes = arrays.joint_angles(points, with_validity=True, **options)
    cut, cut_codes = arrays.joint_angles(points[part], with_validity=True, **options)
    np.testing.assert_array_equal(cut, whole[part])
    np.testing.assert_array_equal(cut_codes, codes[part])
    if up is not None:
        rec = kp.Recording(points, skeleton=ANY_BODY, fps=30, up=up)
        among, alone = (kp.joint_angles(of, names) for of in (rec, rec[part]))
        for name, column in zip(names, whole[part].T, strict=True):
            values, validity = alone[name].values, set(alone[name].validity)
            if validity & SET_UP:
                assert len(validity) == 1, name
            elif not set(among[name].validity) & SET_UP:
                np.testing.assert_array_equal(values, among[name].values[part], str(name))
                np.testing.assert_array_equal(alone[name].codes, among[name].codes[part])
            shown = np.isfinite(values)
            np.testing.assert_array_equal(values[shown], column[shown], str(name))


@law(300)
@given(SEEDS, st.sampled_from([*UPS, None]))
def test_the_order_of_keypoints_and_of_names_is_irrelevant(seed: int, up: str | None) -> None:
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 4, up or "y", spread=0.1))
    if up is None:
        points = points[..., :2] * 300.0
    order, columns = rng.permutation(len(LANDMARKS)), rng.permutation(len(keys_for(EVERY_ANGLE)))
    keys = keys_for(EVERY_ANGLE)
    shuffled = kp.Skeleton(
        "mine",
        [f"K{i}" for i in order],
        {LANDMARKS[i]: f"K{i}" for i in rng.permutation(order)},
    )
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=keys, up=up)
    after = arrays.joint_angles(
        points[:, order], skeleton=shuffled, names=[keys[c] for c in columns], up=up
    )
    np.testing.assert_array_equal(before[:, columns], after)


def test_a_row_of_ones_own_measures_what_the_built_in_row_does() -> None:
    mine = kp.AngleSpec("my_knee", ("hip", "knee", "ankle"))
    other = kp.AngleSpec("my_included_knee", ("hip", "knee", "ankle"), measure="included")
    rec = kp.sample("squat")
    angles = kp.joint_angles(rec, [mine, "knee_flexion", (other, "left")])
    for side in SIDES:
        np.testing.assert_array_equal(
            angles["my_knee", side].values, angles["knee_flexion", side].values
        )
    np.testing.assert_allclose(
        angles["my_included_knee", "left"].values,
        180.0 - angles["knee_flexion", "left"].values,
        rtol=0,
        atol=1e-9,
    )
