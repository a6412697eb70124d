"""Tests that real files of other programs are read with one line of code each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import FULL, opensim

pytestmark = pytest.mark.data
SIDES = ("left", "right")


def there(place: str) -> Path:
    path = FULL / place
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    return path


def test_opensim_coordinates_of_opencap() -> None:
    angles = kp.read(there("opencap-squat-mot/squats1_videoAndMocap.mot"))
    assert (len(angles.times), angles.pelvis_reference) == (801, "pelvis")
    reps = kp.segment_reps(angles, "squat")
    peaks = angles["knee_flexion", "right"].values[[rep.bottom for rep in reps]]
    np.testing.assert_allclose(
        [rep.bottom_s for rep in reps.full], [0.95, 2.46, 3.97, 5.56, 7.18], atol=0.03
    )
    np.testing.assert_allclose(peaks, [78, 80, 81, 79, 87], atol=1.0)
    walk = kp.read(there("opencap-squat-mot/walking1_videoAndMocap.mot"))
    assert kp.segment_reps(walk, "squat").count == 0


def test_the_signs_of_opensim_coordinates_are_ours() -> None:
    """Angles from a MOT file correlate with those from keypoints, including their signs."""
    data = opensim("opencap_squat")
    rec = kp.Recording(data["keypoints"], skeleton="halpe26", times=data["times"], up="y")
    ours = kp.joint_angles(rec)
    theirs = kp.read(there("opencap-squat-mot/squats1_videoAndMocap.mot"))
    assert rec.times[0] >= theirs.times[0] - 1e-9
    names = ("knee_flexion", "hip_adduction", "hip_internal_rotation", "hip_flexion")
    keys = [("pelvic_obliquity", None), *((name, side) for side in SIDES for name in names)]
    for key in keys:
        other = np.interp(rec.times, theirs.times, theirs[key].values)
        seen = np.isfinite(ours[key].values)
        least = 0.7 if key[0] == "pelvic_obliquity" else 0.99  # the pelvis moves by only 3°
        assert np.corrcoef(ours[key].values[seen], other[seen])[0, 1] > least, key
        if key[0] in ("pelvic_obliquity", "knee_flexion", "hip_adduction"):
            assert np.sqrt(np.mean((ours[key].values[seen] - other[seen]) ** 2)) < 1.0, key


@pytest.mark.parametrize(
    ("place", "frames", "fps"),
    [
        ("ktk-walk/walk.c3d.zip", 221, 100),
        ("vicon-pig-pycgm/Movement_trial.c3d", 323, 120),
        ("vicon-pig-pycgm/Static_trial.c3d", 498, 120),
        ("vicon-cmj-biomdp/vicon_CMJ_kinem_kinet_emg.c3d", 1600, 200),
    ],
)
def test_vicon(place: str, frames: int, fps: float) -> None:
    rec = kp.read(there(place))
    assert (rec.n_frames, rec.up, rec.space) == (frames, "z", "world")
    assert rec.fps == pytest.approx(fps)
    assert rec.meta["marker_set"] == "plug_in_gait"
    assert {"right_hip", "right_knee", "right_ankle"} <= set(rec.skeleton.landmarks)
    values = kp.joint_angles(rec, "knee_flexion")["knee_flexion", "right"].values
    assert np.isfinite(values).mean() > 0.9


@pytest.mark.parametrize(
    "place", ["vicon-pig-pycgm/Movement_trial.c3d", "vicon-pig-pycgm/Static_trial.c3d"]
)
def test_c3d_values_are_those_of_ezc3d(place: str) -> None:
    ezc3d: Any = pytest.importorskip("ezc3d")
    path = there(place)
    file = ezc3d.c3d(str(path))
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    rec = kp.read(path)
    for landmark, marker in (("left_hip", "LFEP"), ("right_knee", "RFEO"), ("left_heel", "LHEE")):
        theirs = file["data"]["points"][:3, labels.index(marker)].T / 1000
        ours = rec.coordinates[:, rec.skeleton.landmarks[landmark]]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    first = file["header"]["points"]["first_frame"]
    assert rec.times[0] == pytest.approx(first / rec.fps)


@pytest.mark.parametrize("name", ["squat_model_train", "squat_model_test", "lunge_model_err.test"])
def test_rows_of_mediapipe(name: str) -> None:
    path = there(f"exercise-correction-csv/{name}.csv")
    rec = kp.read(path, fps=30, resolution_wh=(1280, 720))
    assert (rec.space, rec.resolution_wh) == ("image", (1280, 720))
    assert rec.n_frames == len(path.read_text().splitlines()) - 1
    assert {f"{side}_{joint}" for side in SIDES for joint in ("hip", "knee", "ankle")} <= set(
        rec.skeleton.landmarks
    )
    with pytest.raises(kp.errors.CoordinateError, match="resolution_wh"):
        kp.read(path, fps=30)


def test_poses_of_ml_kit() -> None:
    path = there("mlkit-fitness-samples/fitness_pose_samples.csv")
    rec = kp.read(path, skeleton="mediapipe33", space="image", fps=30)
    assert (rec.n_frames, rec.space, rec.skeleton.name) == (812, "image", "mediapipe33")
    first = [float(cell) for cell in path.read_text().splitlines()[0].split(",")[2:4]]
    assert rec.coordinates[0, 0].tolist() == first


def test_kinect_of_ui_prmd() -> None:
    path = there("uiprmd-kinect-s01/uiprmd_s01_e01_xyz.npz")
    rec = kp.read(path, array="m01", fps=30, up="y")
    assert (rec.meta["marker_set"], rec.meta["unit_from_body"]) == ("ui_prmd", "cm")
    assert kp.analyze(rec, "squat", side="left").reps.count == 1
    with pytest.raises(kp.errors.FormatError, match="array="):
        kp.read(path)


@pytest.mark.parametrize("camera", [1, 2, 3, 4])
def test_landmarks_of_pose2sim(camera: int) -> None:
    path = there(f"pose2sim-balance/cam0{camera}.mediapipe_heavy.npz")
    rec = kp.read(path)
    width = 1080 if camera < 3 else 1088
    assert (rec.skeleton.name, rec.n_frames) == ("mediapipe33", 100)
    assert rec.resolution_wh == (width, 1920)
    world = kp.read(path, space="world")
    assert (world.up, world.depth, world.meta["hip_centered"]) == ("-y", "estimated", True)
