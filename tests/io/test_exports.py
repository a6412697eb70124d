"""Tests of files from users' own programs: numbered columns, landmarks as JSON, and other kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.recording.skeleton import find_skeleton
from tests.support.keypoint_files import walker

NAMES = find_skeleton("mediapipe33").keypoints
FRAMES, SIZE, FPS = 24, (1000, 800), 25
XY, SCORE = walker(FRAMES, 33)
SHARES = XY / SIZE
VALUES = np.dstack([SHARES, np.zeros((FRAMES, 33)), SCORE])


def same(found: kp.Recording, kept: Any = slice(None), names: tuple[str, ...] = NAMES) -> None:
    order = [found.skeleton.keypoints.index(name) for name in names]
    np.testing.assert_allclose(found.coordinates[kept][:, order], XY[kept], atol=1e-9)
    np.testing.assert_array_equal(found.confidence[kept][:, order], SCORE[kept])


def table(title: Callable[[int, str], str], order: Any = range(33)) -> str:
    rows = [["class", *(title(k, part) for k in order for part in "xyzv")]]
    rows += [["squat", *map(repr, frame[list(order)].ravel().tolist())] for frame in VALUES]
    return "\n".join(",".join(row) for row in rows)


@pytest.mark.parametrize(
    "title", ["{part}{n}", "{n}_{part}", "landmark_{n}_{part}", "lm{n}.{part}"]
)
@pytest.mark.parametrize("first", [0, 1])
def test_numbered_columns_need_a_skeleton(tmp_path: Path, title: str, first: int) -> None:
    """Columns such as x25, y25, z25, v25 are read by number, in any order."""
    path = tmp_path / "a.csv"
    shuffled = [*range(10, 33), *range(10)]
    path.write_text(table(lambda k, part: title.format(n=k + first, part=part), shuffled))
    same(kp.read(path, skeleton="mediapipe33", resolution_wh=SIZE, fps=FPS))
    with pytest.raises(kp.errors.SkeletonError, match="skeleton=, one of 'mediapipe33'"):
        kp.read(path, resolution_wh=SIZE, fps=FPS)


@pytest.mark.parametrize("title", ["PoseLandmark.{name}_{part}", "{name}.{part}", "{part}_{name}"])
def test_columns_with_the_names_of_mediapipe(tmp_path: Path, title: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(table(lambda k, part: title.format(name=NAMES[k].upper(), part=part)))
    found = kp.read(path, resolution_wh=SIZE, fps=FPS)
    knee = found.skeleton.landmarks["left_knee"]
    np.testing.assert_allclose(found.coordinates[:, knee], XY[:, NAMES.index("left_knee")])
    with pytest.raises(
        kp.errors.CoordinateError, match=r"shares of the image size.*resolution_wh="
    ):
        kp.read(path, fps=FPS)


def test_numbers_of_landmarks_in_rows(tmp_path: Path) -> None:
    """Rows with landmark numbers may be in any order, and may lack a landmark in a frame."""
    path = tmp_path / "a.csv"
    rows = [
        f"{t},{k},{x!r},{y!r},{z!r},{v!r}"
        for t, frame in enumerate(VALUES.tolist())
        for k, (x, y, z, v) in enumerate(frame)
        if (t, k) != (0, 0)
    ]
    path.write_text("\n".join(["frame,landmark_id,x,y,z,visibility", *rows]))
    found = kp.read(path, skeleton="mediapipe33", resolution_wh=SIZE, fps=FPS)
    same(found, slice(1, None))
    assert np.isnan(found.coordinates[0, 0]).all()


# --- landmarks as JSON --------------------------------------------------------------------------------


def landmarks(t: int) -> list[dict[str, float]]:
    keys = ("x", "y", "z", "visibility")
    return [dict(zip(keys, one, strict=True)) for one in VALUES[t].tolist()]


JSON: dict[str, Callable[[int], Any]] = {
    "a list": landmarks,
    "a name": lambda t: {"landmarks": landmarks(t)},
    "the legacy name": lambda t: {"pose_landmarks": landmarks(t)},
    "Tasks for the web": lambda t: {"landmarks": [landmarks(t)], "worldLandmarks": [landmarks(t)]},
}


@pytest.mark.parametrize("name", JSON)
def test_landmarks_of_mediapipe_as_json(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([None if t == 3 else JSON[name](t) for t in range(FRAMES)]))
    found = kp.read(path, resolution_wh=SIZE, fps=FPS)
    assert (found.skeleton.name, found.estimator) == ("mediapipe33", "mediapipe")
    same(found, [t for t in range(FRAMES) if t != 3])
    assert np.isnan(found.coordinates[3]).all()
    with pytest.raises(kp.errors.TimeError, match="pass fps="):
        kp.read(path, resolution_wh=SIZE)
    with pytest.raises(kp.errors.CoordinateError, match="resolution_wh"):
        kp.read(path, fps=FPS)


@pytest.mark.parametrize("in_keys", [False, True])
def test_frames_of_json_that_were_left_out_keep_their_time(tmp_path: Path, in_keys: bool) -> None:
    kept = [t for t in range(FRAMES) if t not in (5, 6)]
    frames: Any = [{"frame": t, "landmarks": landmarks(t)} for t in kept]
    if in_keys:
        frames = {str(t): landmarks(t) for t in kept}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(frames))
    found = kp.read(path, resolution_wh=SIZE, fps=FPS)
    assert found.n_frames == FRAMES
    same(found, kept)
    assert np.isnan(found.coordinates[5:7]).all()


@pytest.mark.parametrize(("key", "scale"), [("timestamp_ms", 1000), ("timestamp", 1), ("time", 1)])
def test_times_in_json_count(tmp_path: Path, key: str, scale: int) -> None:
    path = tmp_path / "a.json"
    content = [{key: scale * t / FPS, "landmarks": landmarks(t)} for t in range(FRAMES)]
    path.write_text(json.dumps(content))
    found = kp.read(path, resolution_wh=SIZE)
    same(found)
    np.testing.assert_allclose(found.times, np.arange(FRAMES) / FPS, atol=1e-12)


def test_times_of_json_in_milliseconds_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps([{"time": 40 * t, "landmarks": landmarks(t)} for t in range(FRAMES)])
    )
    with pytest.raises(kp.errors.TimeError, match='time_unit="ms"'):
        kp.read(path, resolution_wh=SIZE)
    found = kp.read(path, resolution_wh=SIZE, time_unit="ms")
    np.testing.assert_allclose(found.times, np.arange(FRAMES) / FPS, atol=1e-12)


def joints(t: int, title: str) -> dict[str, Any]:
    """Return one person's joints in normalized coordinates with y up, as Vision writes them."""
    swift = {f"{side}_{one}": f"{side}{one.title()}" for side in ("left", "right") for one in PARTS}
    return {
        (swift[name] if title == "Swift" else name): {
            "x": SHARES[t, k, 0],
            "y": 1 - SHARES[t, k, 1],
            "confidence": SCORE[t, k],
        }
        for k, name in enumerate(NAMES)
        if name in swift
    }


PARTS = ("shoulder", "hip", "knee", "ankle")
SEEN = tuple(name for name in NAMES if name.split("_")[-1] in PARTS)


def test_one_person_a_frame_of_vision(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    content = [{"timestamp": t / FPS, "joints": joints(t, "Swift")} for t in range(FRAMES)]
    path.write_text(json.dumps(content))
    found = kp.read(path, resolution_wh=SIZE)
    assert found.estimator == "apple_vision"
    order = [NAMES.index(name) for name in SEEN]
    places = [found.skeleton.landmarks[name] for name in SEEN]
    np.testing.assert_allclose(found.coordinates[:, places], XY[:, order], atol=1e-9)
    np.testing.assert_allclose(found.times, np.arange(FRAMES) / FPS, atol=1e-12)


def test_names_of_landmarks_alone_are_not_taken_for_vision(tmp_path: Path) -> None:
    """Joint names alone do not identify Vision, whose y points up; in most programs y points
    down.
    """
    path = tmp_path / "a.json"
    path.write_text(json.dumps([joints(t, "plain") for t in range(FRAMES)]))
    with pytest.raises(kp.errors.FormatError, match=r"'left_shoulder'.*not recognized.*CSV"):
        kp.read(path, resolution_wh=SIZE, fps=FPS)


@pytest.mark.parametrize(
    "content",
    [
        {"fps": 30, "frames": [{"keypoints": [{"name": "left_knee", "x": 1, "y": 2}]}]},
        [[{"score": 0.9, "keypoints": [{"x": 1, "y": 2, "name": "nose"}]}]],
        [[[1, 2], [3, 4]]],
    ],
)
def test_json_of_another_form_is_refused_with_its_form(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(
        kp.errors.FormatError, match=r"it has a (list|mapping).*kneepose\.Recording"
    ):
        kp.read(path, fps=30)


# --- files of other kinds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begin", "says"),
    [
        ("clip.mp4", b"\0\0\0\x20ftypisom", "is a video.*from_video"),
        ("clip.MOV", b"\0\0\0\x14ftypqt", "is a video"),
        ("shot.png", b"\x89PNG\r\n", "is a picture"),
        ("book.xlsx", b"PK\x03\x04", "save its sheet as CSV"),
        ("book.xls", b"\xd0\xcf\x11\xe0", "save its sheet as CSV"),
        ("table.pkl", b"\x80\x04\x95", "can run any program.*CSV or Parquet"),
        ("points.npy", b"\x93NUMPY\x01\0", r"numpy\.load"),
        ("points.mat", b"MATLAB 5.0 MAT-file", "writetable"),
        ("frames.jsonl", b'{"frame": 0}\n{"frame": 1}', "one list"),
    ],
)
def test_files_of_other_kinds_are_refused_with_what_to_do(
    tmp_path: Path, name: str, begin: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(begin + b" " * 600)
    with pytest.raises(kp.errors.FormatError, match=rf"^{name} .*{says}"):
        kp.read(path)


def test_a_table_of_angles_says_in_which_form_they_are_read(tmp_path: Path) -> None:
    angles = kp.joint_angles(kp.sample("squat"), ["knee_flexion"])
    path = angles.save(tmp_path / "a.csv")
    with pytest.raises(kp.errors.FormatError, match=r"'knee_flexion_left'.*read from \.mot"):
        kp.read(path)


def test_keypoints_count_whatever_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text(json.dumps([landmarks(t) for t in range(FRAMES)]))
    same(kp.read(path, resolution_wh=SIZE, fps=FPS))


def test_a_folder_of_text_files_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "clip_1.txt").write_text("0 0.5 0.5 0.3 0.8 " + "0.5 " * 51)
    with pytest.raises(
        kp.errors.FormatError, match=r"YOLO pass its results to kneepose\.from_estim"
    ):
        kp.read(tmp_path, fps=30)


def test_lines_that_end_in_a_carriage_return_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        table(lambda k, part: f"{NAMES[k]}_{part}").replace("\n", "\r").encode("ascii")
    )
    same(kp.read(path, resolution_wh=SIZE, fps=FPS))
