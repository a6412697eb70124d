"""Tests of every skeleton: index of each landmark, and equal angles from the same body."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from kneepose.recording.skeleton import find_skeleton
from kneepose.validity import of_code
from tests.golden.forward_model import body, moved, onto, photographed, ry
from tests.support.random_bodies import LANDMARKS, bodies, drop_some

JOINTS = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe", "shoulder")
# Indices of (left, right) for each of JOINTS, copied by hand from the estimators' lists. NONE means
# that the skeleton lacks the point.
NONE = (None, None)
WHERE: dict[str, tuple[tuple[int | None, int | None], ...]] = {
    "coco17": ((11, 12), (13, 14), (15, 16), NONE, NONE, NONE, (5, 6)),
    "halpe26": ((11, 12), (13, 14), (15, 16), (24, 25), (20, 21), (22, 23), (5, 6)),
    "mediapipe33": ((23, 24), (25, 26), (27, 28), (29, 30), (31, 32), NONE, (11, 12)),
    "wholebody133": ((11, 12), (13, 14), (15, 16), (19, 22), (17, 20), (18, 21), (5, 6)),
    "body25": ((12, 9), (13, 10), (14, 11), (21, 24), (19, 22), (20, 23), (5, 2)),
    "coco18": ((11, 8), (12, 9), (13, 10), NONE, NONE, NONE, (5, 2)),
    "coco25": ((12, 13), (15, 16), (17, 18), (21, 24), (19, 22), (20, 23), (6, 7)),
    "h36m17": ((4, 1), (5, 2), (6, 3), NONE, NONE, NONE, (11, 14)),
    "smpl24": ((1, 2), (4, 5), (7, 8), NONE, NONE, NONE, (16, 17)),
    "kinect25": ((12, 16), (13, 17), (14, 18), NONE, NONE, NONE, (4, 8)),
}
HEAD = {  # Indices of nose, left ear and right ear, which show the facing direction without feet.
    "coco17": (0, 3, 4),
    "halpe26": (0, 3, 4),
    "mediapipe33": (0, 7, 8),
    "wholebody133": (0, 3, 4),
    "body25": (0, 18, 17),
    "coco18": (0, 17, 16),
    "coco25": (0, 3, 4),
    "h36m17": (None, None, None),
    "smpl24": (None, None, None),
    "kinect25": (None, None, None),
}
COUNTS = {
    "coco17": 17, "halpe26": 26, "mediapipe33": 33, "wholebody133": 133, "body25": 25,
    "coco18": 18, "coco25": 25, "h36m17": 17, "smpl24": 24, "kinect25": 25,
}  # fmt: skip
ROWS = {row["name"]: row for row in kp.tables.skeletons()}
SIDES = ("left", "right")


def built_in(name: str) -> kp.Skeleton:
    return find_skeleton(name)


# --- index of each keypoint -----------------------------------------------------------------------


def test_every_skeleton_is_spelt_out_here() -> None:
    assert set(ROWS) == set(WHERE) == set(HEAD) == set(COUNTS)
    assert {name: len(row["keypoints"]) for name, row in ROWS.items()} == COUNTS


@pytest.mark.parametrize("name", COUNTS)
def test_indices(name: str) -> None:
    landmarks = built_in(name).landmarks
    for joint, pair in zip(JOINTS, WHERE[name], strict=True):
        assert tuple(landmarks.get(f"{side}_{joint}") for side in SIDES) == pair, joint
    head = tuple(landmarks.get(point) for point in ("nose", "left_ear", "right_ear"))
    assert head == HEAD[name]
    for epicondyle in ("medial_epicondyle", "lateral_epicondyle"):
        assert not any(epicondyle in landmark for landmark in landmarks)


def test_elbows_and_wrists() -> None:
    """H36M and Kinect list arm after arm; COCO alternates sides; OpenPose begins on the right."""
    where = {
        "coco17": (7, 8, 9, 10), "halpe26": (7, 8, 9, 10), "wholebody133": (7, 8, 9, 10),
        "mediapipe33": (13, 14, 15, 16), "body25": (6, 3, 7, 4), "coco18": (6, 3, 7, 4),
        "coco25": (8, 9, 10, 11), "h36m17": (12, 15, 13, 16), "smpl24": (18, 19, 20, 21),
        "kinect25": (5, 9, 6, 10),
    }  # fmt: skip
    for name, places in where.items():
        landmarks = built_in(name).landmarks
        found = [landmarks[f"{side}_{joint}"] for joint in ("elbow", "wrist") for side in SIDES]
        assert tuple(found) == places, name


def test_the_feet_of_a_whole_body_go_foot_by_foot_and_those_of_halpe_toe_by_toe() -> None:
    order = ["big_toe", "small_toe", "heel"]
    whole, halpe = ROWS["wholebody133"]["keypoints"], ROWS["halpe26"]["keypoints"]
    assert whole[17:23] == [f"{side}_{point}" for side in SIDES for point in order]
    assert halpe[20:26] == [f"{side}_{point}" for point in order for side in SIDES]


def test_a_foot_joint_is_neither_heel_nor_toe_tip() -> None:
    for name, left in (("smpl24", 10), ("kinect25", 15)):
        skeleton = built_in(name)
        assert skeleton.keypoints[left] == "left_foot"
        assert not any("toe" in landmark or "heel" in landmark for landmark in skeleton.landmarks)


def test_thresholds_have_a_reason() -> None:
    for row in ROWS.values():
        assert 0.0 <= row["min_confidence"] <= 1.0
        assert len(row["confidence_source"]) > 20
        assert row["emitted_by"]


# --- left and right -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COUNTS)
def test_exchanging_sides_twice_is_nothing(name: str) -> None:
    skeleton = built_in(name)
    np.testing.assert_array_equal(skeleton.swap[skeleton.swap], np.arange(COUNTS[name]))
    for index, other in enumerate(skeleton.swap):
        sided = skeleton.keypoints[index].startswith(SIDES)
        assert (other != index) == sided, skeleton.keypoints[index]
    for pair in WHERE[name]:
        if None not in pair:
            assert skeleton.swap[pair[0]] == pair[1]


def test_faces_and_hands_of_a_whole_body_change_places_as_in_the_300_w_face_markup() -> None:
    """Symmetric face points have a constant sum of indices along 300-W lines."""
    swap = built_in("wholebody133").swap
    lines = [
        (0, 16, 16), (17, 26, 43), (31, 35, 66), (36, 39, 81), (40, 41, 87), (48, 54, 102),
        (55, 59, 114), (60, 64, 124), (65, 67, 132),
    ]  # fmt: skip
    expected = np.arange(68)
    for first, last, total in lines:
        for i in range(first, last + 1):
            expected[i], expected[total - i] = total - i, i
    np.testing.assert_array_equal(swap[23:91], expected + 23)
    np.testing.assert_array_equal(swap[91:112], np.arange(112, 133))


@pytest.mark.parametrize("name", COUNTS)
def test_a_skeleton_survives_pickling(name: str) -> None:
    skeleton = built_in(name)
    again = pickle.loads(pickle.dumps(skeleton))
    assert again == skeleton
    np.testing.assert_array_equal(again.swap, skeleton.swap)


# --- equal angles of one body in all skeletons ----------------------------------------------------

# Landmarks that some angles need in addition to hips, knees, ankles and shoulders.
FEET = ("heel", "big_toe")
NEEDS: dict[str, tuple[str, ...]] = {
    "ankle_dorsiflexion": FEET,
    "foot_progression": FEET,
    "tibial_rotation": FEET,
    "knee_medial_displacement": FEET,
    "knee_abduction": ("medial_epicondyle",),
    "hip_internal_rotation_from_epicondyles": ("medial_epicondyle",),
}


def columns() -> list[tuple[str, str | None]]:
    keys: list[tuple[str, str | None]] = []
    for row in kp.tables.angles():
        if row["sided"] == "midline":
            keys.append((row["name"], None))
        else:
            keys += [(row["name"], side) for side in SIDES]
    return keys


def laid_out(points: np.ndarray, names: tuple[str, ...], skeleton: kp.Skeleton) -> np.ndarray:
    """Arrange landmarks in a skeleton's order; other keypoints get random positions."""
    rng = np.random.default_rng(7)
    shape = (len(points), len(skeleton.keypoints), points.shape[2])
    out = points.mean() + rng.normal(0.0, 5.0, shape)
    for landmark, index in skeleton.landmarks.items():
        if landmark in names:
            out[:, index] = points[:, names.index(landmark)]
    return out


def has(name: str, angle: str) -> bool:
    places = dict(zip(JOINTS, WHERE[name], strict=True))
    return all(places.get(point, NONE) != NONE for point in NEEDS.get(angle, ()))


def measured(
    points: np.ndarray, names: tuple[str, ...], name: str, **options: object
) -> tuple[np.ndarray, np.ndarray]:
    skeleton = built_in(name)
    values, codes = arrays.joint_angles(
        laid_out(points, names, skeleton),
        skeleton=skeleton,
        names=columns(),
        with_validity=True,
        **options,  # type: ignore[arg-type]
    )
    return values, codes


CODES = {str(of_code(code)): code for code in range(len(kp.validity.Validity))}


@pytest.mark.parametrize("up", ["y", "-z"])
@pytest.mark.parametrize("name", COUNTS)
def test_in_the_world_all_skeletons_give_the_angles_of_halpe(name: str, up: str) -> None:
    points = drop_some(np.random.default_rng(3), bodies(np.random.default_rng(2), 200, up))
    options = {"up": up, "heading": [0.6, 0.8, 0.0] if up == "-z" else None, "gates": False}
    if ("small_toe", NONE) in zip(JOINTS, WHERE[name], strict=True):
        points[:, [LANDMARKS.index(f"{side}_small_toe") for side in SIDES]] = points[
            :, [LANDMARKS.index(f"{side}_big_toe") for side in SIDES]
        ]
    expected, expected_codes = measured(points, LANDMARKS, "halpe26", **options)
    values, codes = measured(points, LANDMARKS, name, **options)
    given = 0
    for i, key in enumerate(columns()):
        if has(name, key[0]):
            np.testing.assert_allclose(values[:, i], expected[:, i], atol=1e-9, err_msg=str(key))
            np.testing.assert_array_equal(codes[:, i], expected_codes[:, i], err_msg=str(key))
            given += bool(np.isfinite(values[:, i]).any())
        else:
            assert (codes[:, i] == CODES["not_in_skeleton"]).all(), key
            assert np.isnan(values[:, i]).all()
    assert given >= 20


@pytest.mark.parametrize("camera", ["front", "back", "left", "right"])
@pytest.mark.parametrize("name", COUNTS)
def test_in_an_image_all_skeletons_give_the_angles_of_halpe(name: str, camera: str) -> None:
    """Postures of the forward model with nose and ears give equal angles in all skeletons, with a
    given view.
    """
    frames = []
    for knee in (5.0, 30.0, 60.0, 85.0):
        points = body(0.6 * knee, 4, 8, knee, 2, foot=np.array([0.9, -0.3, 0.2]), small_toe=True)
        middle = 0.5 * (points["left_shoulder"] + points["right_shoulder"])
        points["nose"] = middle + np.array([0.1, 0.15, 0.0])
        points["left_ear"] = middle + np.array([0.0, 0.16, -0.07])
        points["right_ear"] = middle + np.array([0.0, 0.16, 0.07])
        frames.append(photographed(points, camera=camera, yaw=3.0))
    names = tuple(frames[0])
    stacked = np.array([[frame[point] for point in names] for frame in frames])
    if ("small_toe", NONE) in zip(JOINTS, WHERE[name], strict=True):
        for side in SIDES:
            toe = names.index(f"{side}_big_toe")
            stacked[:, names.index(f"{side}_small_toe")] = stacked[:, toe]

    def angles(skeleton: str) -> kp.angles.Angles:
        picture = laid_out(stacked, names, built_in(skeleton))
        rec = kp.Recording(picture, skeleton=skeleton, fps=30, view=camera)
        return kp.joint_angles(rec, columns())

    expected, found = angles("halpe26"), angles(name)
    given = 0
    for key in columns():
        if expected[key].codes[0] == CODES["needs_3d"]:
            assert (found[key].codes == CODES["needs_3d"]).all(), key
        elif has(name, key[0]):
            np.testing.assert_allclose(
                found[key].values, expected[key].values, atol=1e-9, err_msg=str(key)
            )
            np.testing.assert_array_equal(found[key].codes, expected[key].codes, err_msg=str(key))
            given += bool(np.isfinite(found[key].values).any())
        else:
            assert np.isnan(found[key].values).all(), key
            assert set(found[key].codes) == {CODES["not_in_skeleton"]}, key
    assert given >= 9


@pytest.mark.parametrize("up", ["y", None])
@pytest.mark.parametrize("name", COUNTS)
def test_the_mirror_exchanges_the_legs(name: str, up: str | None) -> None:
    points = bodies(np.random.default_rng(5), 40, "y", spread=0.02)
    if up is None:
        points = points[..., [2, 1]] * [-400.0, -400.0] + 700.0
    skeleton = built_in(name)
    picture = laid_out(points, LANDMARKS, skeleton)
    rec = kp.Recording(picture, skeleton=name, fps=30, up=up)
    np.testing.assert_allclose(rec.mirror().mirror().coordinates, rec.coordinates, atol=1e-12)
    names = ["knee_flexion", "fppa", "hip_adduction", "knee_medial_displacement"]
    angles, mirror = kp.joint_angles(rec, names), kp.joint_angles(rec.mirror(), names)
    for angle in names:
        for side, other in (("left", "right"), ("right", "left")):
            np.testing.assert_allclose(
                angles[angle, side].values, mirror[angle, other].values, atol=1e-9
            )


@pytest.mark.parametrize("name", COUNTS)
def test_a_knee_that_goes_inward_is_positive(name: str) -> None:
    """A knee turned inward is positive on both sides, from front and back, for any up axis.

    Case 8 of science.md 10: hip flexed 45°, knee 60° and thigh rotated inward 10° give 8.9339°.
    """
    points = body(45, 0, 10, 60)
    skeleton = built_in(name)
    for camera in ("front", "back"):
        image = photographed(points, camera=camera)
        picture = laid_out(np.array([list(image.values())]), tuple(image), skeleton)
        values = arrays.joint_angles(picture, skeleton=name, names=["fppa"])
        np.testing.assert_allclose(values, [[8.9339, 8.9339]], atol=5e-5)
    for up in ("y", "-y", "z", "-x"):
        world = moved(points, onto(up) @ ry(77))
        picture = laid_out(np.array([list(world.values())]), tuple(world), skeleton)
        values = arrays.joint_angles(picture, skeleton=name, names=["fppa"], up=up)
        np.testing.assert_allclose(values, [[8.9339, 8.9339]], atol=5e-5)


def test_the_mid_hip_is_the_mean_of_the_hips_whatever_the_estimator_says() -> None:
    """The mid-hip comes from the hips; pelvis points of SMPL, H36M and others differ."""
    points = bodies(np.random.default_rng(9), 5, "y")
    for name in ("halpe26", "body25", "coco25"):
        picture = laid_out(points, LANDMARKS, built_in(name))
        before = arrays.joint_angles(picture, skeleton=name, names=["trunk_forward_lean"], up="y")
        picture[:, ROWS[name]["keypoints"].index("mid_hip")] += 1.0
        after = arrays.joint_angles(picture, skeleton=name, names=["trunk_forward_lean"], up="y")
        np.testing.assert_array_equal(before, after)
    for name in ("h36m17", "smpl24", "kinect25"):
        assert "mid_hip" not in built_in(name).landmarks


# --- the number of keypoints does not identify a skeleton -----------------------------------------


@pytest.mark.parametrize(
    ("count", "names"),
    [(17, ("coco17", "h36m17")), (25, ("body25", "coco25", "kinect25"))],
)
def test_a_wrong_or_missing_skeleton_names_all_that_fit(count: int, names: tuple[str, ...]) -> None:
    points = np.ones((30, count, 2))
    for given in ("halpe26", None):
        with pytest.raises(kp.errors.KneeposeError) as caught:
            kp.Recording(points, skeleton=given, fps=30)  # type: ignore[arg-type]
        message = str(caught.value)
        assert all(repr(name) in message for name in names)
        assert "Give the one that your estimator emits" in message


def test_h36m_read_as_coco_would_be_other_legs() -> None:
    """H36M read as COCO would give wrong legs, so kneepose never guesses a skeleton."""
    coco, h36m = built_in("coco17").landmarks, built_in("h36m17").landmarks
    assert not any(coco[f"{side}_{joint}"] == h36m[f"{side}_{joint}"]
                   for side in SIDES for joint in ("hip", "knee", "ankle"))  # fmt: skip
