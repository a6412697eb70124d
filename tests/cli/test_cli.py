"""Tests of the command line: output, output stream and exit code."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from tests.support.lifts import lifting


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    return kp.sample("squat").save(tmp_path / "squat.npz")


@pytest.fixture
def legs(tmp_path: Path) -> list[str]:
    names = ["single_leg_squat_left", "single_leg_squat_right"]
    return [str(kp.sample(name).save(tmp_path / f"{name}.npz")) for name in names]


@pytest.mark.slow
def test_demo_writes_a_report_and_says_what_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    assert main(["demo", "--out", str(page)]) == 0
    out, err = capsys.readouterr()
    assert "Squat, 5 repetitions" in out
    assert "Squat, 4 repetitions" in out
    assert "Single-leg squat, 7 and 7 repetitions" in out
    assert "simulated, not a person" in out
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "Traceback" not in err


def test_demo_without_the_extra_still_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["demo", "--out", str(tmp_path / "report.html")]) == 0
    out, err = capsys.readouterr()
    assert "Squat, 5 repetitions" in out
    assert "kneepose[report]" in err


def test_analyze_prints_both_legs_of_a_squat(
    squat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(squat), "--exercise", "squat"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("Left leg: 5 squats")
    assert "Right leg: 5 squats" in out
    assert "not a medical device" in out


def test_json_is_plain_data_on_stdout(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(squat), "--exercise", "squat", "--side", "left", "--json"]) == 0
    (analysis,) = json.loads(capsys.readouterr().out)
    assert analysis["side"] == "left"
    assert [rep["status"] for rep in analysis["reps"]] == ["full"] * 5
    assert all(isinstance(row["mean"], float) for row in analysis["measures"])


def test_compare_says_the_direction(legs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *legs, "--exercise", "single_leg_squat", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["direction"] == "right − left"
    row = next(row for row in found["measures"] if row["measure"] == "fppa_at_60")
    assert row["difference"] == pytest.approx(row["second"] - row["first"])
    assert row["verdict"] == "larger_than_borrowed"


@pytest.mark.slow
def test_compare_with_a_report(
    legs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    arguments = ["compare", *legs, "--exercise", "single_leg_squat", "--report", str(page)]
    assert main(arguments) == 0
    assert "right − left" in capsys.readouterr().out
    assert page.exists()


def test_usage_errors_exit_with_2(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["fly"], ["analyze"], ["analyze", str(squat), "--exercise", "dance"],
                      ["analyze", str(squat), "--exercise", "single_leg_squat"]):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
    assert "--side" in capsys.readouterr().err


def test_bad_input_exits_with_3_and_one_plain_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\x03\x04 nothing more")
    other = tmp_path / "walk.c3d"
    other.write_bytes(b"x")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (tmp_path / "absent.npz", damaged, other, empty):
        assert main(["analyze", str(path), "--exercise", "squat"]) == 3
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("kneepose: ")
        # one line for each file of the folder
        assert err.count("\n") == (2 if path == tmp_path else 1)


def test_nothing_to_measure_exits_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standing = np.repeat(kp.sample("squat").coordinates[:1], 200, axis=0)
    rec = kp.Recording(standing, skeleton="halpe26", fps=50, up="y")
    path = rec.save(tmp_path / "standing.npz")
    assert main(["analyze", str(path), "--exercise", "squat"]) == 4
    out, _ = capsys.readouterr()
    assert "0 squats" in out
    assert "No repetition of this exercise was found" in out


@pytest.mark.parametrize("table", ["angles", "exercises", "skeletons", "reasons"])
def test_tables(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tables", table]) == 0
    text = capsys.readouterr().out
    assert main(["tables", table, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)[table]
    assert len(rows) > 1
    assert all(row["name"] in text for row in rows)


def test_low_rate_is_a_note_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(kp.errors.RecordingWarning):
        path = kp.sample("squat_video").save(tmp_path / "video.npz")
    assert main(["analyze", str(path), "--exercise", "squat"]) == 0
    out, err = capsys.readouterr()
    assert "note: the frame rate is 10 fps" in err
    assert "note:" not in out


EXERCISES = [row["name"] for row in kp.tables.exercises()]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_guide_says_how_what_and_when_not(
    exercise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["guide", exercise]) == 0
    text = " ".join(capsys.readouterr().out.split())
    row = next(row for row in kp.tables.exercises() if row["name"] == exercise)
    assert row["title"] in text
    for heading in ("Set-up", "Camera", "Repetitions", "Measures", "Faults"):
        assert heading in text
    for fault in row["faults"]:
        assert fault["title"] in text
        assert fault["cue"] in text
        assert f"{fault['criteria'][0]['threshold']:g}".lstrip("-") in text
    for sign in ("hot, red or swollen joint", "chest", "night", "Pain", "not a medical device"):
        assert sign in text
    assert main(["guide", exercise, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert " ".join([data["set_up"], data["camera"], data["repetitions"]]) == row["set_up"]
    assert data["camera"].startswith("Camera")
    assert data["repetitions"]
    assert [fault["name"] for fault in data["faults"]] == [fault["name"] for fault in row["faults"]]
    assert len(data["stop_signs"]) >= 8


def test_guide_for_no_exercise_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["guide", "dance"])
    assert stopped.value.code == 2
    assert "clamshell" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("exercise", "leg", "fault"),
    [
        ("clamshell", "upper leg", "Pelvis rolls back"),
        ("fire_hydrant", "lifted leg", "Hip hitches up"),
    ],
)
def test_lifts_are_analyzed_with_their_faults(
    exercise: str, leg: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peaks = (1.0, 1.0, 0.4, 1.0, 1.0)
    path = str(lifting(exercise, "left", fault=16.0, peaks=peaks).save(tmp_path / "set.npz"))
    with pytest.raises(SystemExit) as stopped:
        main(["analyze", path, "--exercise", exercise])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "--side left or --side right" in said
    assert leg in said
    assert "stands on one leg" not in said

    arguments = ["analyze", path, "--exercise", exercise, "--side", "left"]
    assert main(arguments) == 0
    out, _ = capsys.readouterr()
    first = out.splitlines()[0]
    assert first.startswith("Left leg: 4 ")
    assert f"Seen: {fault.lower()}" in first
    assert f"{fault}: seen" in out
    assert "too shallow" in out
    assert "highest point" in out
    assert main([*arguments, "--json"]) == 0
    (analysis,) = json.loads(capsys.readouterr().out)
    assert next(f["title"] for f in analysis["faults"] if f["seen"]) == fault
    assert [rep["status"] for rep in analysis["reps"]].count("partial") == 1


@pytest.mark.slow
def test_lifts_are_compared_with_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    legs = [
        str(lifting("clamshell", side, fault=fault).save(tmp_path / f"{side}.npz"))
        for side, fault in (("left", 0.0), ("right", 16.0))
    ]
    report = tmp_path / "page.html"
    assert main(["compare", *legs, "--exercise", "clamshell", "--report", str(report)]) == 0
    out, _ = capsys.readouterr()
    assert "Form: pelvis rolls back (right)" in out
    assert "knee bend the" not in out
    assert "Pelvis rolls back" in report.read_text(encoding="utf-8")


def test_what_cannot_be_known_says_how_to_film_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lifting("clamshell", "left", space="image").save(tmp_path / "set.npz")
    assert main(["analyze", str(path), "--exercise", "clamshell", "--side", "left"]) == 0
    out, _ = capsys.readouterr()
    assert "of the thigh apart" in out.splitlines()[0]
    assert "Not assessed: pelvis rolls back" in out
    assert kp.validity.Validity.NEEDS_3D.remedy in out
    order = [out.index(text) for text in ("Mean ± standard", "Form,", "Not measured,")]
    assert order == sorted(order)


def test_tables_show_faults_as_rows_inside_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tables", "exercises"]) == 0
    out = capsys.readouterr().out
    assert "{" not in out
    for row in kp.tables.exercises():
        for fault in row["faults"]:
            assert f"        {fault['name']}\n            title: {fault['title']}\n" in out
    assert (
        "            criteria: knee_medial_displacement, at_judged_depth, above, 0.045, 0.06\n"
        in out
    )
    assert "            or criteria: fppa, at_judged_depth, above, 9\n" in out
