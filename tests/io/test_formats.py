"""Tests of all file formats: written files are read back, and files of other programs are read."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.io.formats import FORMATS
from tests.support import estimator_golden as golden
from tests.support.keypoint_files import (
    FPS,
    deeplabcut_csv,
    openpose_folder,
    openpose_frame,
    same_points,
    walker,
    wide_csv,
)
from tests.support.squat_sample import SQUAT

pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
COCO = kp.Recording(np.ones((1, 17, 2)) * 9, skeleton="coco17", fps=30).skeleton.keypoints
LEGS = [f"{side}_{j}" for side in ("left", "right") for j in ("shoulder", "hip", "knee", "ankle")]
NEEDS = {"parquet": "pyarrow", "nc": "h5py"}


def holey(recording: kp.Recording, dtype: str = "f4") -> kp.Recording:
    """Return the recording in single precision, with missing keypoints and confidences."""
    rng = np.random.default_rng(1)
    points = recording.coordinates.astype(dtype).astype(float)
    points[rng.uniform(size=points.shape[:2]) < 0.05] = np.nan
    points[3] = np.nan
    sure = np.round(rng.uniform(0.1, 1, points.shape[:2]), 3)
    return kp.Recording(
        points, skeleton=recording.skeleton, times=recording.times, confidence=sure, up=recording.up,
        resolution_wh=recording.resolution_wh,
    )  # fmt: skip


def skip_without(suffix: str) -> None:
    if suffix in NEEDS:
        pytest.importorskip(NEEDS[suffix], reason=f".{suffix} needs {NEEDS[suffix]}")


@pytest.mark.parametrize("suffix", ["npz", "parquet", "csv", "tsv", "nc"])
@pytest.mark.parametrize("name", ["squat", "squat_video"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str, name: Any) -> None:
    skip_without(suffix)
    rec = holey(kp.sample(name)[:50])
    again = kp.read(rec.save(tmp_path / f"a.{suffix}"))
    same_points(again, rec.coordinates, rec.confidence)
    np.testing.assert_array_equal(again.times, rec.times)
    assert (again.skeleton, again.up, again.resolution_wh) == (
        rec.skeleton,
        rec.up,
        rec.resolution_wh,
    )


@pytest.mark.parametrize("suffix", ["trc", "c3d"])
def test_3d_formats_keep_points_and_times(tmp_path: Path, suffix: str) -> None:
    rec = holey(SQUAT[20:70])
    again = kp.read(rec.save(tmp_path / f"a.{suffix}"))
    same_points(again, rec.coordinates)
    np.testing.assert_allclose(again.times, rec.times, rtol=0, atol=1e-7)
    assert (again.skeleton, again.up) == (rec.skeleton, "y")


@pytest.mark.parametrize("suffix", ["parquet", "npz"])
def test_all_of_a_recording_is_kept(tmp_path: Path, suffix: str) -> None:
    skip_without(suffix)
    own = kp.Skeleton("mine", [f"k{i}" for i in range(26)], {"left_hip": "k3"}, min_confidence=0.5)
    for rec in (
        SQUAT.conditioned(),
        kp.Recording(
            SQUAT.coordinates[:9], skeleton=own, times=SQUAT.times[:9] + 0.3, up="z", view="left",
            meta={"a": (1, [2.5]), "b": np.arange(3)}, subject="P 7", estimator="x",
        ),
    ):  # fmt: skip
        again = kp.read(rec.save(tmp_path / f"a.{suffix}"))
        assert again._replace(file_hash=rec.file_hash) == rec


def test_a_table_keeps_an_own_skeleton(tmp_path: Path) -> None:
    own = kp.Skeleton("mine", ["=a", "b c", "left_knee"], {"left_hip": "b c"})
    rec = kp.Recording(np.arange(18.0).reshape(3, 3, 2) * 9, skeleton=own, fps=30)
    again = kp.read(rec.save(tmp_path / "a.csv"))
    # spreadsheets would evaluate =a as a formula
    assert again.skeleton.keypoints == ("'=a", "b c", "left_knee")
    assert dict(again.skeleton.landmarks) == {"left_knee": 2, "left_hip": 1}


@pytest.mark.parametrize("up", ["x", "y", "z", "-x", "-y", "-z"])
def test_trc_has_y_up_and_c3d_says_its_axis(tmp_path: Path, up: Any) -> None:
    standing = SQUAT.coordinates[:30]
    turn = np.zeros((3, 3))
    axis, sign = "xyz".index(up[-1]), -1.0 if up.startswith("-") else 1.0
    turn[axis, 1] = sign
    turn[(axis + 1) % 3, 2] = 1.0
    turn[(axis + 2) % 3, 0] = np.linalg.det(turn + np.eye(3)[(axis + 2) % 3][:, None] * [1, 0, 0])
    assert np.linalg.det(turn) == pytest.approx(1.0)
    rec = kp.Recording(standing @ turn.T, skeleton="halpe26", fps=50, up=up)
    c3d = kp.read(rec.save(tmp_path / "a.c3d"))
    assert c3d.up == up
    trc = kp.read(rec.save(tmp_path / "a.trc"))
    assert trc.up == "y"
    angles = [kp.joint_angles(one, "knee_flexion").data for one in (SQUAT[:30], rec, trc)]
    np.testing.assert_allclose(angles[1], angles[0], atol=1e-9)
    np.testing.assert_allclose(angles[2], angles[0], atol=1e-9)


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    video = kp.sample("squat_video")
    for suffix in ("trc", "c3d"):
        with pytest.raises(kp.KneeposeError, match=r"pixels; save it as \.csv"):
            video.save(tmp_path / f"a.{suffix}")
    uneven = SQUAT[:20]._replace(times=np.cumsum(np.linspace(0.01, 0.03, 20)))
    with pytest.raises(kp.KneeposeError, match="uneven"):
        uneven.save(tmp_path / "a.c3d")
    with pytest.raises(kp.KneeposeError, match=r"must end in one of \.npz.*joint_angles"):
        SQUAT.save(tmp_path / "a.mot")
    spaced = kp.Skeleton("s", ["left hip"], {"left_hip": "left hip"})
    rec = kp.Recording(np.ones((2, 1, 3)), skeleton=spaced, fps=30, up="y")
    with pytest.raises(kp.KneeposeError, match="spaces"):
        rec.save(tmp_path / "a.trc")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("pyarrow", "pyarrow.parquet", "xarray", "h5py", "supervision"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and more PAR1")
    (tmp_path / "a.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    for call in (
        lambda: SQUAT.save(tmp_path / "b.parquet"),
        lambda: SQUAT.save(tmp_path / "b.nc"),
        lambda: kp.read(tmp_path / "a.parquet"),
        lambda: kp.read(tmp_path / "a.nc"),
        SQUAT.to_xarray,
        kp.sample("squat_video").to_supervision,
    ):
        with pytest.raises(
            kp.errors.DependencyError, match=r"pip install 'kneepose\[(files|superv)"
        ):
            call()


def test_an_openpose_folder_keeps_the_time_of_missing_frames(tmp_path: Path) -> None:
    xy, score = walker(60)
    numbers = [n for n in range(100, 160) if n not in (103, 120, 121)]
    rows = [n - 100 for n in numbers]
    folder = openpose_folder(tmp_path / "clip", numbers, xy[rows], score[rows])
    rec = kp.read(folder, fps=FPS)
    assert (rec.n_frames, rec.skeleton.name, rec.estimator) == (60, "body25", "openpose")
    gaps = np.flatnonzero(np.isnan(rec.coordinates[..., 0]).all(axis=1))
    assert gaps.tolist() == [3, 20, 21]
    same_points(rec[4:20], xy[4:20], score[4:20])
    with pytest.raises(kp.errors.TimeError, match="pass fps="):
        kp.read(folder)
    openpose_folder(folder, [1], xy, score)
    (folder / "clip_000000000001_keypoints.json").rename(
        folder / "other_000000000001_keypoints.json"
    )
    with pytest.raises(kp.errors.FormatError, match=r"2 videos.*'clip_.*'other_"):
        kp.read(folder, fps=FPS)


def test_one_person_of_an_openpose_folder(tmp_path: Path) -> None:
    xy, score = walker(40)
    for n in range(40):
        people = [(xy[n] * 0.2, score[n]), (xy[n], score[n])]
        text = json.dumps(openpose_frame(people[:: 1 if n % 2 else -1]))
        (tmp_path / f"{n:05d}_keypoints.json").write_text(text)
    same_points(kp.read(tmp_path, fps=FPS), xy)
    same_points(kp.read(tmp_path, fps=FPS, person="largest"), xy)


def alphapose(xy: np.ndarray, score: np.ndarray) -> list[Any]:
    return [
        {
            "image_id": f"{n}.jpg",
            "category_id": 1,
            "keypoints": np.column_stack([xy[n], score[n]]).ravel().tolist(),
            "score": 2.9,
            "box": [*xy[n].min(axis=0).tolist(), *np.ptp(xy[n], axis=0).tolist()],
        }
        for n in range(len(xy))
    ]


def mmpose(xy: np.ndarray, score: np.ndarray) -> list[Any]:
    return [
        {
            "frame_id": n,
            "instances": [
                {
                    "keypoints": xy[n].tolist(),
                    "keypoint_scores": score[n].tolist(),
                    "bbox": [[*xy[n].min(axis=0).tolist(), *xy[n].max(axis=0).tolist()]],
                }
            ],
        }
        for n in range(len(xy))
    ]


def coco(xy: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    flags = np.where(score > 0.7, 2, 1)
    return {
        "images": [{"id": 500 + n, "file_name": f"frames/{n:06d}.png"} for n in range(len(xy))],
        "annotations": [
            {"image_id": 500 + n, "keypoints": np.column_stack([xy[n], flags[n]]).ravel().tolist()}
            for n in range(len(xy))
        ],
        "categories": [{"id": 1, "keypoints": list(COCO)}],
    }


@pytest.mark.parametrize("make", [alphapose, mmpose, coco])
def test_json_of_estimators(tmp_path: Path, make: Any) -> None:
    xy, score = walker(30, 17)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(make(xy, score)))
    rec = kp.read(path, fps=FPS)
    assert rec.skeleton.name == "coco17"
    same_points(rec, xy, np.where(score > 0.7, 1.0, 0.5) if make is coco else score)
    with pytest.raises(kp.errors.TimeError, match="pass fps="):
        kp.read(path)


def test_json_is_read_as_the_standard_library_reads_it(tmp_path: Path) -> None:
    from kneepose import _core

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.tolist()
        if isinstance(value, list):
            return [plain(one) for one in value]
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value

    rng = np.random.default_rng(0)

    def made(depth: int) -> Any:
        kind = rng.integers(8 if depth else 5)
        if kind < 5:
            number = float(rng.normal() * 10.0 ** rng.integers(-12, 12))
            text = 'é\n"\\\u2028😀'
            return [int(rng.integers(-9, 9)), number, text, None, bool(rng.integers(2))][kind]
        inside = [made(depth - 1) for _ in range(rng.integers(4))]
        return inside if kind < 7 else {f"k{i}": value for i, value in enumerate(inside)}

    for n in range(400):
        text = json.dumps(made(4), ensure_ascii=bool(n % 2), indent=[None, 1][n % 3 == 0])
        assert plain(_core.parse_json(text.encode(), [], "a")) == json.loads(text)


def test_wide_tables(tmp_path: Path) -> None:
    xy, score = walker(20, 17)
    times = np.arange(20) / FPS
    axes = {"x": xy[..., 0], "y": xy[..., 1]}
    path = tmp_path / "a.csv"
    wide_csv(path, COCO, {**axes, "confidence": score}, {"time": times.tolist()})
    rec = kp.read(path)
    assert (rec.skeleton.name, rec.space) == ("coco17", "image")
    same_points(rec, xy, score)
    np.testing.assert_array_equal(rec.times, times)
    wide_csv(path, COCO, axes, {"label": ["up"] * 20, "time_ms": (times * 1000).tolist()}, sep="\t")
    np.testing.assert_allclose(kp.read(path).times, times, atol=1e-12)
    wide_csv(path, COCO, axes, {"time": (times * 1000).tolist()})
    with pytest.raises(kp.errors.TimeError, match='time_unit="ms"'):
        kp.read(path)
    np.testing.assert_allclose(kp.read(path, time_unit="ms").times, times, atol=1e-12)
    kept = [0, 1, 2, 5, 6, 9]
    wide_csv(path, COCO, {a: v[:6] for a, v in axes.items()}, {"frame": kept})
    gap = kp.read(path, fps=FPS)
    assert gap.n_frames == 10
    same_points(gap[5:7], xy[3:5])


def test_names_that_people_write(tmp_path: Path) -> None:
    xy, _ = walker(5, len(LEGS))
    parts = ["Shoulder", "Hip", "Knee", "Ankle"]
    spellings = {
        "KneeLeft": [f"{p}{s}" for s in ("Left", "Right") for p in parts],
        "LKnee": [f"{s}{p}" for s in "LR" for p in parts],
        "KNEE_LEFT": [f"{p.upper()}_{s}" for s in ("LEFT", "RIGHT") for p in parts],
        "knee.l": [f"{p.lower()}.{s}" for s in "lr" for p in parts],
        "body_left_knee": [f"body_{s}_{p.lower()}" for s in ("left", "right") for p in parts],
    }
    for names in spellings.values():
        path = wide_csv(tmp_path / "a.csv", names, {"X": xy[..., 0], "Y": xy[..., 1]}, {})
        rec = kp.read(path, fps=FPS)
        places = [rec.skeleton.landmarks[name] for name in LEGS]
        same_points(rec, xy)
        assert places == list(range(len(LEGS)))


def test_tables_without_names(tmp_path: Path) -> None:
    xy, score = walker(12, 17)
    path = tmp_path / "a.csv"
    with_scores = np.concatenate([xy, score[..., None]], axis=2).reshape(12, -1)
    np.savetxt(path, with_scores, delimiter=",", fmt="%.6g")
    same_points(kp.read(path, skeleton="coco17", fps=FPS), xy, score)
    np.savetxt(path, np.column_stack([np.arange(12) / FPS, xy.reshape(12, -1)]), fmt="%.6g")
    rec = kp.read(path, skeleton="coco17")
    same_points(rec, xy)
    assert rec.fps == pytest.approx(FPS)
    np.savetxt(path, with_scores, delimiter=",")
    with pytest.raises(kp.errors.FormatError, match=r"51 columns.*pass skeleton="):
        kp.read(path, fps=FPS)
    with pytest.raises(kp.errors.FormatError, match="needed 2, 3 or 4 for each of the 26"):
        kp.read(path, fps=FPS, skeleton="halpe26")


def test_kinect_tables_have_states_for_confidence(tmp_path: Path) -> None:
    points, names = SQUAT.coordinates[:12, 5:17], SQUAT.skeleton.keypoints[5:17]
    states = np.resize([2, 2, 1, 0], points.shape[:2]).astype(float)
    axes = {axis: points[..., i] for i, axis in enumerate("xyz")}
    titles = [f"{n.split('_')[1].title()}{n.split('_')[0].title()}" for n in names]
    path = wide_csv(tmp_path / "a.csv", titles, {**axes, "TrackingState": states}, {})
    rec = kp.read(path, fps=30, up="y")
    seen = states > 0
    np.testing.assert_array_equal(rec.confidence, states / 2)
    np.testing.assert_array_equal(rec.coordinates[seen], points[seen])
    assert np.isnan(rec.coordinates[~seen]).all()


def test_percentages_are_named(tmp_path: Path) -> None:
    xy, score = walker(12, 17)
    axes = {"x": xy[..., 0], "y": xy[..., 1], "score": score * 100}
    path = wide_csv(tmp_path / "a.csv", COCO, axes, {})
    with pytest.raises(kp.errors.CoordinateError, match="highest_confidence=100"):
        kp.read(path, fps=FPS)
    rec = kp.read(path, fps=FPS, highest_confidence=100)
    np.testing.assert_allclose(rec.confidence, score, atol=1e-12)


def test_shares_of_the_image_need_its_size(tmp_path: Path) -> None:
    xy, _ = walker(12, 17)
    wh = np.array([1920, 1080])
    shares = xy / wh
    path = wide_csv(tmp_path / "a.csv", COCO, {"x": shares[..., 0], "y": shares[..., 1]}, {})
    with pytest.raises(kp.errors.CoordinateError, match="resolution_wh"):
        kp.read(path, fps=FPS)
    rec = kp.read(path, fps=FPS, resolution_wh=(1920, 1080))
    np.testing.assert_allclose(rec.coordinates, xy, atol=1e-9)


@pytest.mark.parametrize("people", [(), ("ann", "bob")])
def test_deeplabcut_tables(tmp_path: Path, people: tuple[str, ...]) -> None:
    xy, score = walker(20, len(LEGS))
    table = np.concatenate([xy, score[..., None]], axis=2)[:, None]
    if people:
        table = np.concatenate([table, table * [0.3, 0.3, 1.0]], axis=1)
    path = deeplabcut_csv(tmp_path / "DLC.csv", LEGS, table, people)
    rec = kp.read(path, fps=FPS)
    assert rec.estimator == "deeplabcut"
    assert [rec.skeleton.keypoints[rec.skeleton.landmarks[name]] for name in LEGS] == LEGS
    same_points(rec, xy, score)
    if people:
        same_points(kp.read(path, fps=FPS, person=1), table[:, 1, :, :2])


def test_unit_and_axis_of_markers(tmp_path: Path) -> None:
    points = SQUAT.coordinates[:30, 5:17] * 1000
    names = SQUAT.skeleton.keypoints[5:17]
    times = (np.arange(30) / 50).tolist()
    axes = {axis: points[..., i] for i, axis in enumerate("xyz")}
    path = wide_csv(tmp_path / "a.csv", names, axes, {"time": times})
    with pytest.raises(kp.errors.CoordinateError, match="shoulders lie above the ankles along y"):
        kp.read(path)
    rec = kp.read(path, up="y")
    np.testing.assert_allclose(rec.coordinates, points / 1000, atol=1e-12)
    assert rec.meta["unit_from_body"] == "mm"
    with pytest.raises(kp.KneeposeError, match="says up 'y', but up='z'"):
        kp.read(SQUAT.save(tmp_path / "b.csv"), up="z")


def test_marker_sets_and_names_of_a_laboratory(tmp_path: Path) -> None:
    points = SQUAT.coordinates[:10]
    place = {name: points[:, i] for i, name in enumerate(SQUAT.skeleton.keypoints)}
    side = np.array([0.05, 0.0, 0.0])
    opencap = {"R_extra": points[:, 0]}
    for name, small in (("left", "L"), ("right", "r")):
        knee, ankle = place[f"{name}_knee"], place[f"{name}_ankle"]
        opencap |= {
            f"{small}_knee_study": knee + side, f"{small}_mknee_study": knee - side,
            f"{small}_ankle_study": ankle + side, f"{small}_mankle_study": ankle - side,
            f"{name[0].upper()}HJC_study": place[f"{name}_hip"],
            f"{small}_shoulder_study": place[f"{name}_shoulder"],
        }  # fmt: skip
    for markers, given in (
        (opencap, None),
        (opencap, "opencap"),
        ({f"P1:{n}": p for n, p in zip("abcdef", (place[name] for name in LEGS[1:7]), strict=True)},
         dict(zip("abcdef", LEGS[1:7], strict=True))),
    ):  # fmt: skip
        own = kp.Skeleton("m", list(markers))
        rec = kp.Recording(np.stack(list(markers.values()), axis=1), skeleton=own, fps=50, up="y")
        read = kp.read(rec.save(tmp_path / "a.trc"), names=given, up="y")
        for name in LEGS[1:7] if isinstance(given, dict) else LEGS:
            found = read.coordinates[:, read.skeleton.landmarks[name]]
            np.testing.assert_allclose(found, place[name], atol=1e-12)
    with pytest.raises(kp.errors.UnknownNameError, match=r"marker set 'opencab'.*'opencap'"):
        kp.read(tmp_path / "a.trc", names="opencab")
    with pytest.raises(kp.errors.SkeletonError, match="no keypoint 'LKJC' of names="):
        kp.read(tmp_path / "a.trc", names={"LKJC": "left_knee"}, up="y")


def test_rounded_times_of_a_trc_are_evened(tmp_path: Path) -> None:
    path = SQUAT[:60]._replace(times=np.arange(60) / 60.0).save(tmp_path / "a.trc")
    lines = path.read_text().splitlines()
    rounded = [
        "\t".join([cells[0], f"{float(cells[1]):.3f}", *cells[2:]])
        for cells in (line.split("\t") for line in lines[6:])
    ]
    path.write_text("\n".join([*lines[:6], *rounded]))
    np.testing.assert_allclose(np.diff(kp.read(path).times), 1 / 60, rtol=1e-9)


def test_ezc3d_reads_and_writes_the_same_c3d(tmp_path: Path) -> None:
    ezc3d: Any = pytest.importorskip("ezc3d")
    rec = holey(SQUAT[20:70])
    file = ezc3d.c3d(str(rec.save(tmp_path / "a.c3d")))
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    assert labels == list(rec.skeleton.keypoints)
    assert file["parameters"]["POINT"]["RATE"]["value"][0] == pytest.approx(rec.fps)
    np.testing.assert_array_equal(file["data"]["points"][:3].transpose(2, 1, 0), rec.coordinates)
    file.write(str(tmp_path / "b.c3d"))
    same_points(kp.read(tmp_path / "b.c3d"), rec.coordinates)


def test_theia_segments_are_landmarks(tmp_path: Path) -> None:
    """Theia3D stores 17 numbers per segment in ROTATION: a 4×4 matrix and a reliability."""
    from kneepose.io import c3d

    parts = {"thigh": "hip", "shank": "knee", "foot": "ankle", "uarm": "shoulder"}
    names = [f"{side[0]}_{part}_4X4" for side in ("left", "right") for part in parts]
    marks = [f"{side}_{joint}" for side in ("left", "right") for joint in parts.values()]
    values = SQUAT.coordinates[:8][:, [SQUAT.skeleton.landmarks[mark] for mark in marks]]
    matrices = np.zeros((8, len(names), 17), "<f4")
    matrices[..., [0, 5, 10, 15]] = 1.0
    matrices[..., 12:15] = values
    matrices[2, :, 16] = -1.0
    own = kp.Skeleton("m", ["other"])
    base = kp.Recording(np.ones((8, 1, 3)), skeleton=own, fps=60, up="y")
    written, blocks = c3d._written, []

    def with_segments(groups: Any) -> bytes:
        start = blocks[0] if blocks else 0
        more = {
            "USED": c3d._words(len(names)), "DATA_START": c3d._words(start), "RATIO": c3d._words(1),
            "LABELS": c3d._letters([name.encode() for name in names]),
        }  # fmt: skip
        return written({**groups, "ROTATION": more})

    c3d._written = with_segments
    try:
        blocks.append(len(base.save(tmp_path / "a.c3d").read_bytes()) // 512 + 1)
        path = base.save(tmp_path / "a.c3d")
    finally:
        c3d._written = written
    path.write_bytes(path.read_bytes() + matrices.tobytes())
    rec = kp.read(path)
    assert rec.meta["marker_set"] == "theia"
    found = rec.coordinates[:, [rec.skeleton.landmarks[mark] for mark in marks]]
    expected = values.astype("f4").astype(float)
    expected[2] = np.nan
    np.testing.assert_array_equal(found, expected)


def test_movement_files(tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    pytest.importorskip("h5py")
    xarray: Any = pytest.importorskip("xarray")
    rec = holey(kp.sample("squat_video")[:40])
    data = rec.to_xarray()
    assert data["position"].dims == ("time", "space", "keypoint", "individual")
    assert data["confidence"].dims == ("time", "keypoint", "individual")
    assert kp.from_estimator(data, "movement", skeleton=rec.skeleton).coordinates.tobytes() == (
        rec.coordinates.tobytes()
    )
    old = data.rename(keypoint="keypoints", individual="individuals")
    old.to_netcdf(tmp_path / "old.nc", engine="h5netcdf")
    same_points(kp.read(tmp_path / "old.nc"), rec.coordinates, rec.confidence)
    xarray.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(kp.errors.FormatError, match=r"movement \(variable position\)"):
        kp.read(tmp_path / "other.nc")


@pytest.mark.filterwarnings("ignore")
def test_supervision_objects() -> None:
    pytest.importorskip("supervision")
    rec = holey(kp.sample("squat_video")[:40])
    again = kp.from_estimator(rec.to_supervision(), "supervision", times=rec.times)
    same_points(again, rec.coordinates)
    np.testing.assert_allclose(again.confidence, rec.confidence, atol=1e-7)
    with pytest.raises(kp.KneeposeError, match="pixels"):
        SQUAT.to_supervision()


def test_the_content_decides_not_the_ending(tmp_path: Path) -> None:
    for suffix in ("npz", "parquet", "csv", "trc", "c3d", "nc"):
        if suffix in NEEDS and importlib.util.find_spec(NEEDS[suffix]) is None:
            continue
        path = SQUAT[:20].save(tmp_path / f"a.{suffix}")
        path.rename(tmp_path / "data")
        assert kp.read(tmp_path / "data").n_frames == 20
    assert len({name for one in FORMATS for name in one.suffixes}) == sum(
        len(one.suffixes) for one in FORMATS
    )


def test_angles_from_a_file_are_angles(tmp_path: Path) -> None:
    angles = kp.joint_angles(SQUAT.conditioned())
    again = kp.read(angles.save(tmp_path / "a.mot"))
    assert isinstance(again, kp.angles.Angles)
    wanted = [key for key in angles if angles[key].unit == "deg"]
    assert list(again) == wanted
    for key in wanted:
        np.testing.assert_array_equal(again[key].values, angles[key].values)
        assert [v == "ok" for v in again[key].validity] == np.isfinite(angles[key].values).tolist()
    text = (tmp_path / "a.mot").read_text()
    assert "knee_angle_r\t" in text
    head, values = text.split("endheader\n")
    radians = "\n".join(
        "\t".join([cells[0], *(str(np.radians(float(c))) for c in cells[1:])])
        for cells in (line.split("\t") for line in values.splitlines()[1:])
    )
    head = head.replace("inDegrees=yes", "inDegrees=no")
    titles = values.splitlines()[0]
    (tmp_path / "r.sto").write_text(f"{head}endheader\n{titles}\n{radians}")
    np.testing.assert_allclose(kp.read(tmp_path / "r.sto").data, again.data, atol=1e-9)
    ours = kp.segment_reps(SQUAT.conditioned(), "squat")
    theirs = kp.segment_reps(again, "squat")
    assert (theirs.count, theirs.signal_used) == (ours.count, "knee_flexion")
    np.testing.assert_allclose(
        [rep.bottom_s for rep in theirs], [rep.bottom_s for rep in ours], atol=0.1
    )
    assert kp.segment_reps(again, "single_leg_squat", side="left").count == 5
    curves = [theirs.curves(again["hip_adduction", side]) for side in ("left", "right")]
    both = kp.compare(*kp.analyze_sides(SQUAT, "squat"))
    assert kp.arrays.compare_curves(*curves).rmsd == pytest.approx(
        both.waveform("hip_adduction").rmsd, abs=0.5
    )
    with pytest.raises(kp.errors.CoordinateError, match=r"shape \(5,\); needed \(401,\)"):
        theirs.curves(np.zeros(5))


def test_models_with_negative_knee_flexion(tmp_path: Path) -> None:
    path = kp.joint_angles(SQUAT, "knee_flexion").save(tmp_path / "a.mot")
    lines = path.read_text().splitlines()
    at = lines.index("endheader") + 2
    turned = [
        "\t".join([cells[0], *(str(-float(c)) for c in cells[1:])])
        for cells in (line.split("\t") for line in lines[at:])
    ]
    path.write_text("\n".join([*lines[:at], *turned]))
    assert np.nanmax(kp.read(path)["knee_flexion", "left"].values) > 60


@pytest.mark.parametrize("name", ["openpose", "mmpose", "apple_vision", "azure_kinect", "nuitrack"])
def test_json_files_read_as_the_objects_do(tmp_path: Path, name: str) -> None:
    """JSON is read as a list of frames, and as an object that contains frames."""
    rng = np.random.default_rng(5)
    rows = np.column_stack([rng.uniform(50, 400, (20, 2)), rng.uniform(0.4, 0.9, 20)])

    def at(n: int, count: int) -> np.ndarray:
        return np.round(np.resize(rows, (count, 3)) + np.array([n, 0, 0]), 3)

    def body(n: int, names: Any) -> list[list[float]]:
        turned = SQUAT.skeleton.landmarks
        points = SQUAT.coordinates[n] * 1000
        return [points[turned[k]].tolist() if k in turned else [0.0, 900.0, 0.0] for k in names]

    own = kp.estimators.reader.ADAPTERS[name].own_skeleton
    names = () if own is None else own.keypoints
    flip = [1.0, -1.0, -1.0] if name == "azure_kinect" else [1.0, 1.0, -1.0]
    made: dict[str, Any] = {
        "openpose": lambda n: golden.openpose([at(n, 25)]),
        "mmpose": lambda n: {"frame_id": n, "instances": [
            {"keypoints": at(n, 17)[:, :2].tolist(), "keypoint_scores": at(n, 17)[:, 2].tolist()}
        ]},
        "apple_vision": lambda n: golden.apple_vision([at(n, len(golden.APPLE))]),
        "azure_kinect": lambda n: {"timestamp_usec": 40_000 * n, "bodies": [
            {"body_id": 1, "joint_positions": (np.array(body(n, names)) * flip).tolist()}
        ]},
        "nuitrack": lambda n: {"skeletons": [{"id": 1, "joints": [
            {"type": k, "real": (np.array(p) * flip).tolist(), "confidence": 0.75}
            for k, p in zip(names, body(n, names), strict=True)
        ]}]},
    }  # fmt: skip
    frames = [json.loads(json.dumps(made[name](n))) for n in range(15)]
    results: Any = {"frames": frames} if name == "azure_kinect" else frames
    options: Any = {} if name == "azure_kinect" else {"fps": 25}
    if name == "apple_vision":
        options["resolution_wh"] = golden.WH
    path = tmp_path / "frames.json"
    path.write_text(json.dumps(results))
    rec = kp.read(path, **options)
    assert rec._replace(file_hash=None) == kp.from_estimator(results, name, **options)
    assert np.isfinite(rec.coordinates).any()


@pytest.mark.parametrize("style", ["opensim", "vicon", "spaces", "no row of axes"])
def test_trc_as_other_programs_write_it(tmp_path: Path, style: str) -> None:
    """TRC variants: Windows line ends, tabs, missing cells, millimeters, short header."""
    points = np.round(SQUAT.coordinates[:12, 5:17] * 1000, 2)
    names = ["LShoulder", "RShoulder", "LElbow", "RElbow", "LWrist", "RWrist", "LHip", "RHip", "LKnee",
             "RKnee", "LAnkle", "RAnkle"]  # fmt: skip
    wanted = points / 1000
    cells = [[f"{value:.2f}" for value in row] for row in points.reshape(12, -1)]
    if style != "spaces":
        cells[4][:3] = ["", "", ""] if style == "vicon" else ["nan", "NaN", "nan"]
        wanted[4, 0] = np.nan
    tab, end = ("  ", "\n") if style == "spaces" else ("\t", "\r\n" if style == "vicon" else "\n")
    gap = "" if style == "spaces" else tab * 2
    tail = tab if style == "opensim" else ""
    head = [
        tab.join(["PathFileType", "4", "(X/Y/Z)", "a.trc"]),
        tab.join(["DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate"]),
        tab.join(["50", "50", "12", "12", "mm", "50"]),
        tab.join(["Frame#", "Time", *(name + gap for name in names)]),
        (tab if style == "spaces" else tab * 2)
        + tab.join(f"{axis}{k}" for k in range(1, 13) for axis in "XYZ"),
        "",
    ]
    if style == "no row of axes":
        head = head[:4]
    rows = [tab.join([str(n + 1), f"{n / 50:.6f}", *row]) + tail for n, row in enumerate(cells)]
    path = tmp_path / "a.trc"
    path.write_bytes(end.join([*head, *rows, ""]).encode())
    rec = kp.read(path)
    np.testing.assert_allclose(rec.coordinates, wanted, atol=1e-12)
    np.testing.assert_allclose(rec.times, np.arange(12) / 50, atol=1e-9)
    assert (rec.up, rec.skeleton.landmarks["left_knee"]) == ("y", 8)
