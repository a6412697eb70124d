"""Tests that results of estimators' own classes are read like the stand-ins elsewhere.

`make test` installs no estimator, so these tests are skipped there. The weekly workflow has an
environment for each estimator. No model runs: the classes are filled with the numbers of the
stand-ins.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support import estimator_golden as golden
from tests.support import estimator_tables as tables
from tests.support import hdf5_files as hdf5
from tests.support.estimator_results import (
    BIG,
    SMALL,
    WH,
    from_mp,
    from_yolo,
    mp_legacy,
    mp_person,
    mp_tasks,
    mp_world,
    yolo,
)

# Warnings that an estimator raises on import must not fail the tests.
pytestmark = pytest.mark.filterwarnings("default")


def installed(module: str) -> Any:
    reason = f"{module} is not installed here; .github/workflows/full.yml has an environment for it"
    return pytest.importorskip(module, reason=reason, exc_type=ImportError)


def fields(landmark: SimpleNamespace) -> dict[str, float]:
    return {name: getattr(landmark, name) for name in ("x", "y", "z", "visibility")}


def live_state(result: Any, estimator: Any, skeleton: Any = None) -> dict[str, Any]:
    """Return the state of a stream after one frame."""
    live = kp.Stream(
        "squat", side="left", estimator=estimator, skeleton=skeleton, resolution_wh=WH, view="front"
    )
    return live.push(result, 0.0).to_dict()


def test_mediapipe_tasks() -> None:
    vision = installed("mediapipe.tasks.python.vision")
    containers = installed("mediapipe.tasks.python.components.containers.landmark")
    people, worlds = [mp_person(), mp_person(0.3)], [mp_world(), mp_world()]
    real = vision.PoseLandmarkerResult(
        pose_landmarks=[
            [containers.NormalizedLandmark(**fields(p)) for p in one] for one in people
        ],
        pose_world_landmarks=[[containers.Landmark(**fields(p)) for p in one] for one in worlds],
    )
    like = mp_tasks(*people, world=worlds)
    for options in ({}, {"space": "world"}, {"person": "largest"}):
        assert from_mp([real, real], **options) == from_mp([like, like], **options)
    assert live_state(real, "mediapipe") == live_state(like, "mediapipe")


def test_mediapipe_tasks_holistic() -> None:
    vision = installed("mediapipe.tasks.python.vision")
    containers = installed("mediapipe.tasks.python.components.containers.landmark")
    real = vision.HolisticLandmarkerResult(
        face_landmarks=[],
        pose_landmarks=[containers.NormalizedLandmark(**fields(p)) for p in mp_person()],
        pose_world_landmarks=[containers.Landmark(**fields(p)) for p in mp_world()],
        left_hand_landmarks=[],
        left_hand_world_landmarks=[],
        right_hand_landmarks=[],
        right_hand_world_landmarks=[],
    )
    assert from_mp([real, real]) == from_mp([mp_tasks(mp_person())] * 2)
    assert kp.from_estimator([real, real], fps=30, resolution_wh=WH) == from_mp([real, real])


def test_mediapipe_solutions() -> None:
    """Tests the legacy API, whose last release is 0.10.21."""
    formats = installed("mediapipe.framework.formats.landmark_pb2")
    real = SimpleNamespace(
        pose_landmarks=formats.NormalizedLandmarkList(
            landmark=[formats.NormalizedLandmark(**fields(p)) for p in mp_person()]
        ),
        pose_world_landmarks=formats.LandmarkList(
            landmark=[formats.Landmark(**fields(p)) for p in mp_world()]
        ),
    )
    like = mp_legacy(mp_person(), mp_world())
    for options in ({}, {"space": "world"}):
        found, want = (from_mp([one, one], **options) for one in (real, like))
        # MediaPipe's messages store single precision.
        np.testing.assert_allclose(found.coordinates, want.coordinates, rtol=1e-6)
        np.testing.assert_allclose(found.confidence, want.confidence, rtol=1e-6)
    assert live_state(real, "mediapipe")["rep_count"] == 0


@pytest.mark.parametrize("ids", [None, [7, 3]], ids=["detected", "tracked"])
def test_ultralytics(ids: list[int] | None) -> None:
    results, torch = installed("ultralytics.engine.results"), installed("torch")
    people = np.array([BIG, SMALL], dtype=np.float32)
    like = yolo(*people, ids=ids)
    track = np.zeros((2, 0)) if ids is None else np.array(ids)[:, None]
    boxes = np.hstack([like.boxes.xyxy.values, track, [[0.9, 0.0], [0.8, 0.0]]])
    real = results.Results(
        orig_img=np.zeros((WH[1], WH[0], 3), dtype=np.uint8),
        path="",
        names={0: "person"},
        boxes=torch.tensor(boxes, dtype=torch.float32),
        keypoints=torch.tensor(people),
    )
    assert from_yolo([real, real]) == from_yolo([like, like])
    assert live_state(real, "ultralytics") == live_state(like, "ultralytics")


# --- whole recordings, and packages that turn the results of others into objects of their own ---------


def test_supervision() -> None:
    supervision = installed("supervision")
    for missing in (0.0, np.nan):
        xy = np.array([BIG, SMALL], dtype=np.float32)
        xy[0, 3, :2] = missing
        real = supervision.KeyPoints(
            xy=xy[..., :2], keypoint_confidence=xy[..., 2], class_id=np.zeros(2, dtype=int)
        )
        like = golden.supervision([xy[0], xy[1]])
        for estimator in (None, "supervision"):
            found, want = (kp.from_estimator([r] * 3, estimator, fps=30) for r in (real, like))
            assert found == want
            assert np.isnan(found.coordinates[0, 3]).all()
        assert live_state(real, "supervision", "coco17") == live_state(
            like, "supervision", "coco17"
        )
        with pytest.raises(kp.errors.FormatError, match=r"pass \[result\]"):
            kp.from_estimator(real, fps=30)
    real.visible = np.arange(34).reshape(2, 17) % 17 > 0
    assert np.isnan(kp.from_estimator([real], fps=30).coordinates[0, 0]).all()


def test_supervision_from_ultralytics() -> None:
    """supervision and kneepose read the results of Ultralytics in the same way."""
    supervision = installed("supervision")
    like = yolo(BIG, SMALL, wrap=golden.Tensor)
    like.keypoints.xy = like.keypoints.data.values[..., :2]
    like.keypoints.conf = golden.Tensor(like.keypoints.data.values[..., 2])
    like.keypoints.xy = golden.Tensor(like.keypoints.xy)
    like.boxes.cls = golden.Tensor([0, 0])
    like.boxes.conf = golden.Tensor([0.9, 0.9])
    like.names = {0: "person"}
    real = supervision.KeyPoints.from_ultralytics(like)
    found = kp.from_estimator([real] * 3, fps=30)
    np.testing.assert_array_equal(found.coordinates, from_yolo([like] * 3).coordinates)


def test_sleap_io() -> None:
    sleap_io = installed("sleap_io")
    values = tables.coordinates(2)
    skeleton = sleap_io.Skeleton(list(tables.NAMES))
    video = sleap_io.Video(filename="clip.mp4", open_backend=False)
    tracks = [sleap_io.Track("a"), sleap_io.Track("b")]
    frames = [
        sleap_io.LabeledFrame(
            video=video,
            frame_idx=n,
            instances=[
                sleap_io.PredictedInstance.from_numpy(
                    row[:, :2], skeleton=skeleton, point_scores=row[:, 2], score=1.0, track=track
                )
                for row, track in zip(rows, tracks, strict=True)
            ],
        )
        for n, rows in enumerate(values)
        if np.isfinite(rows).any()
    ]
    labels = sleap_io.Labels(frames)
    for person in (0, 1):
        found, want = (
            kp.from_estimator(whole, fps=30, person=person)
            for whole in (labels, tables.sleap(values.astype(np.float32)))
        )
        assert found == want


def test_rtmlib() -> None:
    """The model is replaced by its output for two persons; everything else is rtmlib's code."""
    models = installed("rtmlib.tools.pose_estimation.rtmpose")
    model = models.RTMPose.__new__(models.RTMPose)
    model.model_input_size, model.mean, model.std, model.to_openpose = (192, 256), None, None, False
    places = np.stack([np.linspace(20, 170, 17), np.linspace(30, 240, 17)], axis=1).round()

    def inference(image: Any) -> list[np.ndarray]:
        made = [np.zeros((1, 17, 2 * size), np.float32) for size in (192, 256)]
        for axis, simcc in enumerate(made):
            simcc[0, np.arange(17), (2 * places[:, axis]).astype(int)] = 0.8
        return made

    model.inference = inference
    boxes = [[100, 50, 292, 306], [500, 50, 692, 306]]
    real = model(np.zeros((WH[1], WH[0], 3), np.uint8), boxes)
    rec = kp.from_estimator([real] * 3, fps=30, person=(0, 0, 400, 400))
    assert (rec.estimator, rec.skeleton.name) == ("rtmlib", "coco17")
    # rtmlib crops the box enlarged 1.25 times, with a width of 3/4 of its height.
    want = (places / [192, 256] - 0.5) * [240, 320] + [196, 178]
    np.testing.assert_allclose(rec.coordinates[1], want, atol=0.01)
    np.testing.assert_allclose(rec.confidence, 0.8, rtol=1e-6)
    assert live_state(real, "rtmlib", "coco17")["rep_count"] == 0


def test_norfair() -> None:
    norfair = installed("norfair")
    tracker = norfair.Tracker(
        distance_function="mean_euclidean", distance_threshold=500, initialization_delay=0
    )
    people = [np.add([BIG, SMALL], [n, 0.0, 0.0]) for n in range(20)]

    def detections(n: int) -> list[Any]:
        hidden = n in (8, 9, 10)
        return [
            norfair.Detection(points=row[:, :2], scores=row[:, 2])
            for i, row in enumerate(people[n])
            if not (hidden and i == 0)
        ]

    plain = kp.from_estimator([detections(n) for n in range(20)], skeleton="coco17", fps=30)
    assert plain.estimator == "norfair"
    frames = (tracker.update(detections(n)) for n in range(20))
    rec = kp.from_estimator(frames, "norfair", skeleton="coco17", fps=30)
    seen = np.isfinite(rec.coordinates[:, 11, 0])
    assert seen[1:8].all()
    assert not seen[8:11].any()
    assert seen[11:].all()
    np.testing.assert_array_equal(rec.coordinates[seen], plain.coordinates[seen])
    kept = norfair.Tracker(distance_function="mean_euclidean", distance_threshold=500)
    with pytest.raises(kp.errors.FormatError, match="changes it in place"):
        kp.from_estimator(
            [kept.update(detections(n)) for n in range(20)], "norfair", skeleton="coco17", fps=30
        )


@pytest.mark.parametrize("threshold", [None, 0.3])
def test_transformers(threshold: float | None) -> None:
    """ViTPose without weights: artificial heat maps are decoded by its own processor."""
    transformers, torch = installed("transformers"), installed("torch")
    processor = transformers.VitPoseImageProcessor()
    maps = torch.zeros((2, 17, 64, 48))
    rows, columns = torch.arange(17) * 3 + 6, torch.arange(17) * 2 + 6
    y, x = torch.meshgrid(torch.arange(64), torch.arange(48), indexing="ij")
    for k in range(17):
        spot = torch.exp(-((x - columns[k]) ** 2 + (y - rows[k]) ** 2) / 8.0)
        maps[:, k] = (0.2 if k == 4 else 0.9) * spot
    boxes = [[[100.0, 50.0, 192.0, 256.0], [500.0, 50.0, 192.0, 256.0]]]
    real = processor.post_process_pose_estimation(
        SimpleNamespace(heatmaps=maps), boxes=boxes, threshold=threshold
    )
    rec = kp.from_estimator(real * 3, "transformers", fps=30, person=(0, 0, 400, 400))
    assert kp.from_estimator([real[0]] * 3, fps=30, person=(0, 0, 400, 400)) == rec
    assert (rec.estimator, rec.skeleton.name, rec.n_frames) == ("transformers", "coco17", 3)
    assert np.isfinite(rec.coordinates[0, 4]).all() == (threshold is None)
    shape = rec.coordinates[0][[0, 1, 2, 5, 16]]
    # The box is enlarged 1.25 times; the peaks lie on a line at equal distances.
    step = np.array([2 * 240 / 47, 3 * 320 / 63])
    np.testing.assert_allclose(
        shape - shape[0], np.outer([0, 1, 2, 5, 16], step), rtol=0.03, atol=1.0
    )
    assert live_state(real, "transformers", "coco17")["rep_count"] == 0


@pytest.mark.parametrize("layout", ["table", "fixed"])
@pytest.mark.parametrize("animals", [1, 2])
def test_deeplabcut_files(tmp_path: Path, animals: int, layout: str) -> None:
    installed("h5py"), installed("tables"), installed("pandas")
    hdf5.check(hdf5.deeplabcut(tmp_path / "deeplabcut_a.h5", animals, layout), "", animals)


@pytest.mark.parametrize("name", [name for name in hdf5.FILES if name.startswith("sleap")])
def test_sleap_io_files(tmp_path: Path, name: str) -> None:
    installed("h5py"), installed("sleap_io")
    write, kind, animals = hdf5.FILES[name]
    path = write(tmp_path / name)
    hdf5.check(path, kind, animals)
    if name.endswith(".slp"):
        labels = installed("sleap_io").load_slp(str(path), open_videos=False)
        for person in range(animals) if animals > 1 else ["main"]:
            found, want = kp.read(path, fps=30, person=person), kp.from_estimator(
                labels, "sleap", fps=30, person=person
            )  # fmt: skip
            # The package stores single precision.
            np.testing.assert_allclose(found.coordinates, want.coordinates, rtol=1e-6)
            np.testing.assert_allclose(found.confidence, want.confidence, atol=1e-7)


@pytest.mark.parametrize("animals", [1, 2])
def test_movement(animals: int) -> None:
    load = installed("movement.io.load_poses")
    values = tables.coordinates(animals)
    real = load.from_numpy(
        values[..., :2].transpose(0, 3, 2, 1),
        values[..., 2].transpose(0, 2, 1),
        individual_names=[f"animal{n}" for n in range(animals)],
        keypoint_names=list(tables.NAMES),
        fps=30,
    )
    found, want = kp.from_estimator(real), kp.from_estimator(tables.movement(values))
    np.testing.assert_array_equal(found.coordinates, want.coordinates)
    np.testing.assert_allclose(found.times, want.times, atol=1e-12)


@pytest.mark.parametrize("animals", [1, 2])
def test_pandas_with_the_columns_of_deeplabcut(animals: int) -> None:
    pandas = installed("pandas")
    values = tables.coordinates(animals)
    like = tables.deeplabcut(values)
    names = ["scorer", *(["individuals"] * (animals > 1)), "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_tuples(list(like.columns), names=names)
    real = pandas.DataFrame(like.to_numpy(), columns=columns)
    assert kp.from_estimator(real, fps=30) == kp.from_estimator(like, fps=30)


# --- files of OpenSim, and arrays of other libraries --------------------------------------------------


SAMPLE = kp.sample("squat")


def test_opensim_markers(tmp_path: Path) -> None:
    """OpenSim's adapter and kneepose read each other's TRC files."""
    opensim = installed("opensim")
    table, places = opensim.TimeSeriesTableVec3(), SAMPLE.skeleton.landmarks
    for time, points in zip(SAMPLE.times.tolist(), 1000 * SAMPLE.coordinates, strict=True):
        row = opensim.RowVectorVec3(len(places))
        for i, place in enumerate(places.values()):
            row[i] = opensim.Vec3(*points[place].tolist())
        table.appendRow(time, row)
    table.setColumnLabels(list(places))
    table.addTableMetaDataString("DataRate", "50")
    table.addTableMetaDataString("Units", "mm")
    opensim.TRCFileAdapter().write(table, str(tmp_path / "theirs.trc"))
    found = kp.read(tmp_path / "theirs.trc")
    np.testing.assert_allclose(found.times, SAMPLE.times, atol=1e-9)
    for name, place in places.items():
        np.testing.assert_allclose(
            found.coordinates[:, found.skeleton.landmarks[name]],
            SAMPLE.coordinates[:, place],
            atol=1e-9,
        )
    read = opensim.TimeSeriesTableVec3(str(SAMPLE.save(tmp_path / "ours.trc")))
    assert (read.getNumRows(), read.getNumColumns()) == SAMPLE.coordinates.shape[:2]


@pytest.mark.parametrize("suffix", ["sto", "mot"])
def test_opensim_angles(tmp_path: Path, suffix: str) -> None:
    opensim = installed("opensim")
    angles = kp.joint_angles(SAMPLE)
    values = angles["knee_flexion", "left"].values
    table = opensim.TimeSeriesTable()
    for time, value in zip(SAMPLE.times.tolist(), values.tolist(), strict=True):
        table.appendRow(time, opensim.RowVector([value]))
    table.setColumnLabels(["knee_angle_l"])
    table.addTableMetaDataString("inDegrees", "yes")
    opensim.STOFileAdapter().write(table, str(tmp_path / f"theirs.{suffix}"))
    found = kp.read(tmp_path / f"theirs.{suffix}")
    np.testing.assert_allclose(found["knee_flexion", "left"].values, values, atol=1e-9)
    read = opensim.TimeSeriesTable(str(angles.save(tmp_path / "ours.mot")))
    assert read.getNumRows() == SAMPLE.n_frames


def of_arrays(coordinates: Any, confidence: Any = None, times: Any = None) -> kp.Recording:
    return kp.Recording(
        coordinates,
        skeleton=SAMPLE.skeleton,
        confidence=SAMPLE.confidence if confidence is None else confidence,
        times=SAMPLE.times if times is None else times,
        up=SAMPLE.up,
    )


WANT = of_arrays(SAMPLE.coordinates)


def test_arrays_of_torch() -> None:
    torch = installed("torch")
    tensor = torch.tensor(SAMPLE.coordinates, dtype=torch.float64, requires_grad=True)
    assert of_arrays(tensor, torch.tensor(SAMPLE.confidence)) == WANT


def test_arrays_of_jax() -> None:
    jax = installed("jax")
    jax.config.update("jax_enable_x64", True)
    assert of_arrays(jax.numpy.asarray(SAMPLE.coordinates)) == WANT


def test_arrays_of_pandas() -> None:
    pandas = installed("pandas")
    sure = pandas.DataFrame(SAMPLE.confidence)
    assert of_arrays(SAMPLE.coordinates, sure, pandas.Series(SAMPLE.times)) == WANT
    holes = sure.astype("Float64")
    holes.iloc[2, 3] = pandas.NA
    assert of_arrays(SAMPLE.coordinates, holes).confidence[2, 3] == 0


def test_arrays_of_polars() -> None:
    polars = installed("polars")
    sure = polars.DataFrame(SAMPLE.confidence)
    assert of_arrays(SAMPLE.coordinates, sure, polars.Series(SAMPLE.times)) == WANT


def test_arrays_of_xarray() -> None:
    xarray = installed("xarray")
    axes = ("time", "keypoint", "space")
    labelled = xarray.DataArray(SAMPLE.coordinates, dims=axes)
    assert of_arrays(labelled) == of_arrays(labelled.transpose("space", "time", "keypoint")) == WANT
