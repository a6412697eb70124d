"""Tests of the command line with clips: one command from a clip to report, film and table."""

import csv
import json
from pathlib import Path

import pytest

import kneepose as kp
from kneepose.cli import main
from tests.support import marked_clips
from tests.support.marked_clips import picture, squats, write_clip

FINDER = ["--estimator", f"{marked_clips.__name__}:find_coco", "--skeleton", "coco17"]


def test_models_are_listed_with_size_license_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("KNEEPOSE_MODELS", str(tmp_path))
    (tmp_path / "pose_landmarker_full.task").write_bytes(b"model")
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    assert "pose_landmarker_full.task: the usual one, 9 MB, Apache-2.0" in said
    assert "not here" in said
    assert str(tmp_path / "pose_landmarker_full.task") in said
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["file"] is not None for row in rows] == [True, False, False]
    assert len(rows[0]["sha256"]) == 64


def test_several_recordings_give_one_row_each_and_one_failure_stops_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for name in ("a", "c"):
        kp.sample("squat").save(folder / f"{name}.npz")
    (folder / "b.npz").write_bytes(b"damaged")
    (folder / "notes.txt").write_text("not a recording")
    table, pages = tmp_path / "rows.csv", tmp_path / "pages"
    command = ["analyze", str(folder), "--exercise", "squat", "--table", str(table)]
    assert main([*command, "--report", str(pages)]) == 3
    out, err = capsys.readouterr()
    assert out.count("5 squats") == 4
    assert "b.npz" in err
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    peaks = [row for row in rows if row["measure"] == "peak_knee_flexion"]
    assert {Path(row["recording"]).name for row in peaks} == {"a.npz", "c.npz"}
    assert {row["side"] for row in peaks} == {"left", "right"}
    assert len(peaks) == 2 * 2 * 5
    assert all(float(row["value"]) > 60 for row in peaks)
    (failed,) = (row for row in rows if row["problem"])
    assert Path(failed["recording"]).name == "b.npz"
    assert "not a readable" in failed["problem"]
    assert main([*command, "--rows", "reps"]) == 3
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["status"] for row in rows] == [*20 * ["full"], ""]
    assert sorted(page.name for page in pages.iterdir()) == ["a.npz.html", "c.npz.html"]


def test_keypoints_without_a_clip_cannot_be_annotated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = kp.sample("squat").save(tmp_path / "a.npz")
    command = ["analyze", str(path), "--exercise", "squat", "--annotate", str(tmp_path / "o.mp4")]
    assert main(command) == 3
    assert "no clip beside them" in capsys.readouterr().err


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("av", reason="PyAV is not installed: pip install av")
    points, times = squats(step=3)
    images = [picture(frame) for frame in points]
    return write_clip(tmp_path_factory.mktemp("clips") / "squats.mp4", images, times)


@pytest.mark.slow
def test_one_command_from_a_clip_to_report_annotated_clip_and_table(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, film, table = (tmp_path / name for name in ("page.html", "out.mp4", "rows.csv"))
    outputs = ["--report", str(page), "--annotate", str(film), "--table", str(table)]
    assert main(["analyze", str(clip), "--exercise", "squat", *FINDER, *outputs]) == 0
    assert capsys.readouterr().out.startswith("Left leg: 5 squats")
    assert "5 repetitions" in page.read_text(encoding="utf-8")
    assert len(list(kp.Video(film))) == len(list(kp.Video(clip)))
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    peaks = [row for row in rows if row["measure"] == "peak_knee_flexion"]
    assert [row["side"] for row in peaks] == [*5 * ["left"], *5 * ["right"]]
    assert {row["problem"] for row in peaks} == {""}
    # Run again from the stored landmarks: a missing estimator is not needed.
    (clip.parent / "squats.mp4.keypoints.npz").rename(tmp_path / "kept.npz")
    again = ["analyze", str(clip), "--exercise", "squat", *FINDER]
    assert main([*again, "--keypoints", str(tmp_path / "kept.npz"), "--json"]) == 0
    assert [a["side"] for a in json.loads(capsys.readouterr().out)] == ["left", "right"]


@pytest.mark.slow
def test_a_folder_of_clips_is_resumed_and_its_own_outputs_are_not_read(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.mp4", "b.MP4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    command = ["analyze", str(tmp_path), "--exercise", "squat", "--to", "4", *FINDER]
    assert main([*command, "--annotate", str(tmp_path)]) == 0
    first = capsys.readouterr().out
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.keypoints.npz")}
    assert len(stamps) == 2
    assert main(command) == 0
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


@pytest.mark.slow
def test_a_film_of_two_legs(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["compare", str(clip), str(clip), "--exercise", "squat", *FINDER]
    assert main([*command, "--film", str(tmp_path / "film.mp4")]) == 0
    assert "5 repetitions" in capsys.readouterr().out
    assert kp.Video(tmp_path / "film.mp4").resolution_wh == (1080, 1080)
    recording = kp.sample("squat").save(tmp_path / "a.npz")
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(recording), str(clip), "--exercise", "squat", "--film", "f.mp4"])
    assert stop.value.code == 2


def test_wrong_persons_are_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for who in ("biggest", "1,2,3", "a,b,c,d"):
        with pytest.raises(SystemExit) as stop:
            main(["analyze", "a.mp4", "--exercise", "squat", "--person", who])
        assert stop.value.code == 2
    assert "main, largest, first" in capsys.readouterr().err
