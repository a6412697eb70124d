"""Tests of mistyped commands and low memory: helpful messages, no file written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kneepose as kp
from kneepose.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KNEEPOSE_HISTORY", str(tmp_path / "weeks.sqlite"))
    monkeypatch.chdir(tmp_path)
    assert main(["subject", "new", "K1", "--involved", "left"]) == 0
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("plan --sets 3", "--sets is given without an exercise"),
        ("plan --side left --reps 0", "--side, --reps is given without an exercise"),
        ("log sit_to_stand --reps 10 --height-cm 0.45", "from 2 to 100 centimeters"),
        ("log sit_to_stand --reps 10 --height-cm 450", "from 2 to 100 centimeters"),
        ("pain --worst 3 --usual 5", "exchanged"),
        ("pain --worst 3 --date 2999-01-01", "to come"),
        ("trend --report .", "is a folder"),
        ("trend --report weeks.sqlite.names.json --audience patient", "would be lost"),
        ("trend --out weeks.sqlite.names.json", "would be lost"),
    ],
)
def test_a_slip_says_what_to_do(
    folder: Path, typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "weeks.sqlite.names.json").write_text('{"K1": "Anna Berg"}', encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".json"}
    capsys.readouterr()
    try:
        code = main(typed.split())
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code in (2, 3)
    assert said in capsys.readouterr().err
    assert before == {path.name: path.read_bytes() for path in folder.glob("*.json")}
    assert not list(folder.glob("*.html"))


def test_a_refused_recording_leaves_no_session(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused recording leaves no session, because an empty test day would count as filmed."""
    kp.sample("squat").save(folder / "squat.npz")
    call = ["session", "squat.npz", "--exercise", "squat", "--camera", "x", "--date"]
    assert main([*call, "2026-01-05"]) == 0
    assert main([*call, "2026-01-12"]) == 3
    assert "stored already" in capsys.readouterr().err
    with kp.History(folder / "weeks.sqlite") as history:
        assert [row["date"] for row in history.rows("session", "K1")] == ["2026-01-05"]


@pytest.mark.parametrize("why", ["", "malloc of size 436800 failed"])
def test_short_memory_says_what_to_do(
    folder: Path, why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running out of memory in any library gives a message with a remedy."""

    def short(*_: object, **__: object) -> None:
        raise MemoryError(why)

    monkeypatch.setattr(kp.History, "plan", short)
    capsys.readouterr()
    assert main(["plan"]) == 3
    said = capsys.readouterr().err
    assert why in said
    assert "not enough memory" in said
    assert "fewer or shorter recordings" in said


def test_the_next_steps_are_plain_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["plan", "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert {"exercise", "what", "why", "dose", "source"} <= set(steps[0])
    assert {step["what"] for step in steps} <= {"begin", "wait"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("squat_left.mp4", "Did you mean 'squat left.mp4'?"),
        ("other.mov", "cd; a path with spaces must stand in quotation marks"),
        ("days/monday/a.mp4", "there is no folder {folder}/days. Check the path"),
    ],
)
@pytest.mark.parametrize("command", ["analyze {file} --exercise squat", "info {file}"])
def test_a_missing_file_is_named_with_what_to_do(
    tmp_path: Path, command: str, typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "squat left.mp4").touch()
    file = tmp_path / typed
    assert main([part.format(file=file) for part in command.split()]) == 3
    told = capsys.readouterr().err
    assert told.startswith(f"kneepose: {file}: there is no ")
    assert said.format(folder=tmp_path) in told
