"""Tests of angles against the NumPy reference, on random bodies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests import reference
from tests.support.random_bodies import (
    LANDMARKS,
    SIDES,
    UPS,
    bodies,
    drop_some,
    pictures,
    turn_onto,
)

MIDLINE = ("pelvic_obliquity", "pelvis_shift", "trunk_forward_lean", "trunk_lateral_lean")
# Angles that kneepose measures and the NumPy reference does not, by dimension.
ONLY_IN_KNEEPOSE = {
    3: ("hip_adduction_2d", "hip_abduction_2d"),
    2: ("thigh_medial_lean", "shank_medial_lean", "ankle_dorsiflexion"),
}


def twin(points: np.ndarray, names: tuple[str, ...], key: Any, **options: Any) -> np.ndarray:
    landmarks = {name: points[:, i] for i, name in enumerate(names)}
    return reference.joint_angle(landmarks, *key, **options)


def columns(dims: int) -> list[tuple[str, str | None]]:
    keys: list[tuple[str, str | None]] = []
    for name in reference.ANGLE_NAMES:
        if name in ONLY_IN_KNEEPOSE[dims]:
            continue
        if name in MIDLINE:
            keys.append((name, None))
        if name not in ("pelvic_obliquity", "pelvis_shift", "trunk_forward_lean"):
            keys += [(name, side) for side in SIDES]
    return keys


def assert_same_angles(got: np.ndarray, want: np.ndarray, key: Any) -> None:
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want), err_msg=f"{key}: where NaN")
    apart = np.abs((got - want + 180.0) % 360.0 - 180.0)
    finite = np.isfinite(want)
    assert finite.any(), f"{key} is nowhere measurable"
    assert apart[finite].max() <= 1e-9, f"{key}: {apart[finite].max():.3g} degrees apart"


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
@pytest.mark.parametrize("pelvis_reference", ["up", "trunk"])
@pytest.mark.parametrize("up", UPS)
def test_angles_in_the_world(up: str, pelvis_reference: str, gaps: bool) -> None:
    rng = np.random.default_rng([UPS.index(up), len(pelvis_reference), gaps])
    points = bodies(rng, 300, up)
    if gaps:
        points = drop_some(rng, points)
    order = rng.permutation(len(LANDMARKS))
    names = tuple(LANDMARKS[i] for i in order)
    points = points[:, order]
    keys = columns(3)
    ahead = turn_onto(up) @ [rng.normal(), rng.uniform(-0.5, 0.5), 1.0]
    for heading in (None, ahead):
        got, codes = arrays.joint_angles(
            points,
            skeleton=kp.Skeleton("random", names),
            names=keys,
            up=up,
            pelvis_reference=pelvis_reference,
            heading=None if heading is None else list(heading),
            with_validity=True,
        )
        np.testing.assert_array_equal(np.isfinite(got), codes <= 1)
        for i, key in enumerate(keys):
            if key[0] == "pelvic_rotation" and heading is None:
                assert np.isnan(got[:, i]).all()
                continue
            want = twin(
                points, names, key, up=up, pelvis_reference=pelvis_reference, heading=heading
            )
            assert_same_angles(got[:, i], want, key)


@pytest.mark.parametrize("pelvis_reference", ["up", "trunk"])
def test_angles_without_gates(pelvis_reference: str) -> None:
    rng = np.random.default_rng(5)
    points = bodies(rng, 300, "y", spread=0.03)
    keys = [(name, side) for name in ("hip_internal_rotation", "tibial_rotation") for side in SIDES]
    options: dict[str, Any] = {"up": "y", "pelvis_reference": pelvis_reference}
    skeleton = kp.Skeleton("random", LANDMARKS)
    gated = arrays.joint_angles(points, skeleton=skeleton, names=keys, **options)
    free = arrays.joint_angles(points, skeleton=skeleton, names=keys, gates=False, **options)
    assert np.isnan(gated).sum() > np.isnan(free).sum()
    for i, key in enumerate(keys):
        assert_same_angles(gated[:, i], twin(points, LANDMARKS, key, **options), key)
        assert_same_angles(free[:, i], twin(points, LANDMARKS, key, raw=True, **options), key)


@pytest.mark.parametrize("facing", [None, 1.0, -1.0])
@pytest.mark.parametrize("pelvis_reference", ["up", "trunk"])
@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
def test_angles_in_an_image(gaps: bool, pelvis_reference: str, facing: float | None) -> None:
    rng = np.random.default_rng([gaps, len(pelvis_reference), int(2 + (facing or 0))])
    points = pictures(rng, 400)
    if gaps:
        points = drop_some(rng, points)
    keys = columns(2)
    got, codes = arrays.joint_angles(
        points,
        skeleton=kp.Skeleton("random", LANDMARKS),
        names=keys,
        pelvis_reference=pelvis_reference,
        heading=None if facing is None else [facing, 0.0, 0.0],
        with_validity=True,
    )
    np.testing.assert_array_equal(np.isfinite(got), codes <= 1)
    world_only = [name for name in reference.ANGLE_NAMES if name in reference.angles.WORLD_ONLY]
    for i, key in enumerate(keys):
        if key[0] in world_only:
            assert np.isnan(got[:, i]).all(), key
            continue
        want = twin(points, LANDMARKS, key, pelvis_reference=pelvis_reference, heading=facing)
        assert_same_angles(got[:, i], want, key)


def test_medial_leans_in_an_image_are_those_of_the_plane_that_it_shows() -> None:
    """An image taken straight from the front is the frontal plane of the world."""
    points = bodies(np.random.default_rng(3), 300, "y", spread=0.1)
    front = np.stack([-points[..., 2], -points[..., 1]], axis=-1) * 500.0 + 700.0
    skeleton = kp.Skeleton("random", LANDMARKS)
    names = ["thigh_medial_lean", "shank_medial_lean", "fppa", ("trunk_lateral_lean", "left")]
    world = arrays.joint_angles(
        points, skeleton=skeleton, names=names, up="y", heading=[1.0, 0.0, 0.0]
    )
    image = arrays.joint_angles(front, skeleton=skeleton, names=names)
    across = points[:, LANDMARKS.index("right_hip"), 2] - points[:, LANDMARKS.index("left_hip"), 2]
    seen = np.isfinite(image).all(axis=1) & (across > 0)
    assert seen.sum() > 80
    apart = np.abs((world[seen] - image[seen] + 180) % 360 - 180)
    assert apart.max() <= 1e-9


def test_standing_height_given_and_of_each_batch() -> None:
    rng = np.random.default_rng(6)
    points = np.stack([bodies(rng, 40, "y", spread=0.05) * size for size in (0.8, 1.0, 1.3)])
    skeleton = kp.Skeleton("random", LANDMARKS)
    options: dict[str, Any] = {
        "skeleton": skeleton,
        "names": "knee_flexion_from_depth",
        "up": "y",
    }
    got = arrays.joint_angles(points, **options)
    given = arrays.joint_angles(points, standing=[0.9, 1.1], **options)
    for b, batch in enumerate(points):
        for i, (side, height) in enumerate((("left", 0.9), ("right", 1.1))):
            key = ("knee_flexion_from_depth", side)
            assert_same_angles(got[b, :, i], twin(batch, LANDMARKS, key), key)
            want = twin(batch, LANDMARKS, key, standing=height)
            assert_same_angles(given[b, :, i], want, key)
