"""Tests of ``kneepose info`` and ``kneepose convert``: output, files and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.recording.skeleton import find_skeleton
from tests.support.keypoint_files import openpose_folder, openpose_frame, walker, wide_csv
from tests.support.squat_sample import SQUAT

pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
Captured = pytest.CaptureFixture[str]


def test_info_says_what_a_recording_holds(tmp_path: Path, capsys: Captured) -> None:
    path = SQUAT.save(tmp_path / "squat.trc")
    assert main(["info", str(path)]) == 0
    out, _ = capsys.readouterr()
    for text in ("squat.trc: TRC, keypoints", "401 frames over 8.00 s (50 fps)", "persons: 1", "halpe26",
                 "3-D in m, y up", "quality: nothing found", "measurable: Knee bend, Hip"):  # fmt: skip
        assert text in out
    assert main(["info", str(path), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["format"], row["frames"], row["skeleton"]) == ("TRC", 401, "halpe26")
    assert "knee_flexion" in row["measurable"]


def test_info_of_a_video_says_view_and_what_it_refuses(tmp_path: Path, capsys: Captured) -> None:
    path = kp.sample("squat_video").save(tmp_path / "video.csv")
    assert main(["info", str(path)]) == 0
    out, _ = capsys.readouterr()
    assert "seen from the front" in out
    assert "not measurable: Knee bend, Hip bend" in out
    assert "This camera direction does not show the measure." in out
    assert "needs 3d" not in out
    assert "image in pixels 153×248" in out


def test_info_of_angles(tmp_path: Path, capsys: Captured) -> None:
    path = kp.joint_angles(SQUAT).save(tmp_path / "squat.mot")
    assert main(["info", str(path)]) == 0
    assert "OpenSim motion, angles" in capsys.readouterr().out


def test_info_counts_persons(tmp_path: Path, capsys: Captured) -> None:
    xy, score = walker(40)
    for n in range(40):
        people = [(xy[n], score[n]), (xy[n] * 0.3, score[n])][: 1 + (n > 20)]
        (tmp_path / f"{n:04d}_keypoints.json").write_text(json.dumps(openpose_frame(people)))
    main(["info", str(tmp_path), "--fps", "25", "--json"])
    row = json.loads(capsys.readouterr().out)
    assert (row["format"], row["persons"], row["frames"]) == ("folder of JSON files", 2, 40)
    main(["info", str(tmp_path), "--fps", "25"])
    assert "persons: up to 2 at once" in capsys.readouterr().out


def test_info_of_a_folder_is_a_line_a_file(tmp_path: Path, capsys: Captured) -> None:
    SQUAT[:100].save(tmp_path / "a.csv")
    kp.sample("squat_video").save(tmp_path / "b.npz")
    assert main(["info", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["a.csv", "b.npz"]
    (tmp_path / "c.trc").write_text("PathFileType 4")
    assert main(["info", str(tmp_path), "--json"]) == 3
    out, err = capsys.readouterr()
    assert "error" in json.loads(out)[2]
    assert err.startswith("c.trc ends")


def test_nothing_measurable_is_4(tmp_path: Path) -> None:
    own = kp.Skeleton("one", ["left_knee"])
    rec = kp.Recording(np.full((20, 1, 2), 100.0), skeleton=own, fps=30)
    assert main(["info", str(rec.save(tmp_path / "a.npz"))]) == 4


def test_convert_one_file(tmp_path: Path, capsys: Captured) -> None:
    source = SQUAT.save(tmp_path / "squat.npz")
    for ending in ("csv", "trc", "c3d"):
        target = tmp_path / f"squat.{ending}"
        assert main(["convert", str(source), str(target)]) == 0
        assert capsys.readouterr().out.strip() == str(target)
        np.testing.assert_array_equal(kp.read(target).coordinates, SQUAT.coordinates)
    angles = kp.joint_angles(SQUAT).save(tmp_path / "a.mot")
    assert main(["convert", str(angles), str(tmp_path / "a.csv")]) == 0


def test_convert_with_what_the_file_does_not_say(tmp_path: Path, capsys: Captured) -> None:
    xy, score = walker(30)
    folder = openpose_folder(tmp_path / "clip", range(30), xy, score)
    target = tmp_path / "clip.npz"
    assert main(["convert", str(folder), str(target)]) == 3
    assert "pass --fps" in capsys.readouterr().err
    assert main(["convert", str(folder), str(target), "--fps", "25", "--size", "1000x900"]) == 0
    rec = kp.read(target)
    np.testing.assert_array_equal(rec.coordinates, xy)
    assert rec.resolution_wh == (1000, 900)
    for wrong in (["--size", "big"], ["--names", "{"], ["--skeleton", "coco71"]):
        assert main(["convert", str(folder), str(target), "--fps", "25", *wrong]) == 3
        assert capsys.readouterr().err.count("\n") == 1


def test_convert_a_folder(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        SQUAT[:50].save(tmp_path / "in" / f"{name}.npz")
    arguments = ["convert", str(tmp_path / "in"), str(tmp_path / "out"), "--to", "csv"]
    assert main(arguments) == 0
    assert "2 of 2 files" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv"]
    (tmp_path / "in" / "c.c3d").write_bytes(b"x")
    assert main(arguments) == 3
    out, err = capsys.readouterr()
    assert "2 of 3 files" in out
    assert err.startswith("c.c3d is")


def test_no_input_is_replaced(tmp_path: Path, capsys: Captured) -> None:
    path = SQUAT[:20].save(tmp_path / "a.npz")
    old = path.read_bytes()
    assert main(["convert", str(path), str(path)]) == 3
    assert main(["convert", str(tmp_path), str(tmp_path), "--to", "npz"]) == 3
    assert path.read_bytes() == old
    assert "is read by this command" in capsys.readouterr().err


def test_analyze_reads_any_format(tmp_path: Path, capsys: Captured) -> None:
    path = SQUAT.save(tmp_path / "squat.c3d")
    assert main(["analyze", str(path), "--exercise", "squat"]) == 0
    assert "Left leg: 5 squats" in capsys.readouterr().out
    angles = kp.joint_angles(SQUAT).save(tmp_path / "a.mot")
    assert main(["analyze", str(angles), "--exercise", "squat"]) == 3
    assert "holds angles; needed keypoints" in capsys.readouterr().err


def test_errors_name_options_of_the_command(tmp_path: Path, capsys: Captured) -> None:
    """Messages name command options instead of Python arguments, but keep quoted calls."""
    xy, score = walker(20, 33)
    path = tmp_path / "shares.csv"
    names = find_skeleton("mediapipe33").keypoints
    columns = {"x": xy[..., 0] / 1000, "y": xy[..., 1] / 1000, "score": score}
    wide_csv(path, names, columns, {"frame": np.arange(20)})
    assert main(["info", str(path)]) == 3
    assert "pass --size WIDTHxHEIGHT of the video" in capsys.readouterr().err
    assert main(["info", str(path), "--size", "1000x1000"]) == 3
    assert "pass --fps, the frames per second" in capsys.readouterr().err
    other = tmp_path / "other.json"
    other.write_text("[[1, 2]]", encoding="utf-8")
    assert main(["info", str(other), "--fps", "30"]) == 3
    assert "kneepose.Recording(array, skeleton=…, fps=…)" in capsys.readouterr().err
    assert main(["convert", str(tmp_path), str(tmp_path / "out")]) == 3
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["other.json:", "shares.csv"]
