"""Tests of the evaluation of labeled recordings: scores, files, and messages about invalid ones."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.evaluation import segmenters
from kneepose.evaluation.segmenters import FoundRep
from tests.support.datasets import opensim, recording

Write = Callable[..., Path]
FULL, PARTIAL = kp.analysis.RepStatus.FULL, kp.analysis.RepStatus.PARTIAL


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that saves a recording (by default ten seconds) with its labels."""

    def save(name: str, labels: object, rec: kp.Recording | None = None) -> Path:
        if rec is None:
            standing = np.repeat(kp.sample("squat").coordinates[:1], 300, axis=0)
            rec = kp.Recording(standing, skeleton="halpe26", fps=30, up="y")
        text = labels if isinstance(labels, str) else json.dumps(labels)
        (tmp_path / f"{name}.labels.json").write_text(text)
        return rec.save(tmp_path / f"{name}.npz")

    return save


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[FoundRep]]:
    """Register a segmentation method that returns preset repetitions by side."""
    by_side: dict[str, list[FoundRep]] = {"left": [], "right": []}
    monkeypatch.setitem(segmenters.SEGMENTERS, "live", lambda rec, exercise, side: by_side[side])
    return by_side


def test_numbers_by_hand(write: Write, scripted: dict[str, list[FoundRep]]) -> None:
    """One of two repetitions is found, with start 0.1 s and end 0.2 s late; one is missed.

    There is a false repetition in this recording, and one in a recording of rest.
    """
    scripted["left"] = [
        FoundRep(1.1, 2.0, 3.2, FULL, 3.5),
        FoundRep(7.0, 7.5, 8.0, FULL, 8.2),
        FoundRep(9.0, 9.2, 9.4, PARTIAL, 9.5),
    ]
    scripted["right"] = [FoundRep(1.0, 2.0, 3.0, FULL, 3.25)]
    one = write("one", {"exercise": "squat", "side": "left", "count": 2, "partial": 1,
                        "starts": [1, 4], "bottoms": [2, 5], "ends": [3, 6]})  # fmt: skip
    rest = write("rest", {"exercise": "squat", "side": "right", "count": 0, "condition": "rest"})
    found = kp.evaluate([one, rest], methods=["live"])
    plain, quiet, everything = found.rows
    assert [row.condition for row in found.rows] == ["", "rest", "all"]
    assert (plain.recordings, plain.reps, plain.exact, plain.off_by_one) == (1, 2, 1.0, 1.0)
    assert plain.f1 == 0.5
    assert plain.boundary_mae_s == pytest.approx(0.15)
    assert plain.boundary_mae_frames == pytest.approx(0.15 * 30)
    assert plain.latency_s == pytest.approx(0.5)
    assert math.isnan(plain.false_per_min)
    assert (quiet.exact, quiet.mae, quiet.f1) == (0.0, 1.0, 0.0)
    assert quiet.normalized_mae == pytest.approx(10.0)
    assert quiet.false_per_min == pytest.approx(6.0)
    assert math.isnan(quiet.latency_s)
    assert (everything.recordings, everything.exact, everything.f1) == (2, 0.5, 0.4)
    assert found.recordings[0].partial == found.recordings[0].true_partial == 1
    assert "rest.npz, live: 1 counted, 0 true" in str(found)


def test_unlabelled_boundaries_are_not_known(
    write: Write, scripted: dict[str, list[FoundRep]]
) -> None:
    scripted["left"] = [FoundRep(1.0, 2.0, 3.0, FULL)]
    path = write("one", {"exercise": "squat", "count": 1, "starts": [1.0]})
    (row,) = kp.evaluate(path, methods=["live"]).rows
    assert row.exact == 1.0
    assert np.isnan([row.f1, row.boundary_mae_s, row.boundary_mae_frames, row.latency_s]).all()
    assert row.to_dict()["f1"] is None
    assert row.cells()[9:] == ("–",) * 5


def test_real_and_simulated_squats(write: Write, tmp_path: Path) -> None:
    for name in ("sls_right_partial", "sls_right_healthy"):
        data = opensim(name)
        full = ~data["rep_partial"]
        labels = {
            "exercise": "single_leg_squat",
            "side": "right",
            "count": int(full.sum()),
            "partial": int((~full).sum()),
            "starts": data["rep_start_10pct"][full].tolist(),
            "ends": data["rep_end_10pct"][full].tolist(),
            "condition": "simulated",
        }
        write(name, labels, recording(data, "world"))
    write("squat", {"exercise": "squat", "side": "both", "count": 5}, kp.sample("squat"))
    found = kp.evaluate(tmp_path, methods=["offline"])
    assert [(row.exercise, row.condition) for row in found.rows] == [
        ("single_leg_squat", "simulated"),
        ("squat", ""),
    ]
    assert [row.exact for row in found.rows] == [1.0, 1.0]
    assert found.rows[0].f1 == 1.0
    assert found.rows[0].boundary_mae_s <= 0.1
    assert [one.partial for one in found.recordings] == [0, 2, 0]


def test_folders_strings_and_repeats(write: Write, tmp_path: Path) -> None:
    path = write("rest", {"exercise": "squat", "count": 0, "note": "standing"})
    seen: list[tuple[int, int, str]] = []
    for paths in (str(path), path, [path, str(path)], tmp_path, [tmp_path, path]):
        found = kp.evaluate(paths, progress=lambda *step: seen.append(step))
        assert {one.name for one in found.recordings} == {"rest.npz"}
        assert found.rows[0].recordings == 1
    assert set(seen) == {(0, 1, "rest.npz")}


LABELS: dict[str, Any] = {"exercise": "squat", "count": 2}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("{", "one.labels.json is not valid JSON"),
        ("[" * 100_000, "one.labels.json is not valid JSON"),
        ("[1]", "not a JSON object"),
        ({"count": 2}, "one.labels.json: exercise is missing"),
        ({"exercise": "squat"}, "count is missing"),
        (LABELS | {"exercise": "sqat"}, "one.labels.json: unknown exercise 'sqat': did you mean"),
        (LABELS | {"exercise": 3}, "exercise is 3; it must be text"),
        (LABELS | {"side": "lft"}, "unknown side 'lft': did you mean 'left'"),
        (LABELS | {"side": []}, "unknown side"),
        ({"exercise": "single_leg_squat", "count": 2}, 'add "side": "left"'),
        ({"exercise": "single_leg_squat", "side": "both", "count": 2}, "unknown side 'both'"),
        (LABELS | {"count": -1}, "count is -1; it must be a whole number"),
        (LABELS | {"count": 2.5}, "count is 2.5"),
        (LABELS | {"count": True}, "count is True"),
        (LABELS | {"partial": "two"}, "partial is 'two'"),
        (LABELS | {"strats": [1, 2]}, "unknown entry 'strats': did you mean 'starts'"),
        (LABELS | {"starts": [1]}, "starts has 1 times and count is 2"),
        (LABELS | {"starts": [1, "2"]}, "must be a list of seconds"),
        (LABELS | {"starts": 3}, "must be a list of seconds"),
        (LABELS | {"ends": [1, float("nan")]}, "must be a list of seconds"),
        (LABELS | {"ends": [1, 10**400]}, "must be a list of seconds"),
        (LABELS | {"starts": [1, 4], "ends": [3, 3.5]}, r"ends\[1\] is 3.5 s and starts\[1\] is 4"),
        (LABELS | {"starts": [1, 4], "bottoms": [2, 3]}, r"bottoms\[1\] is 3 s"),
        (LABELS | {"starts": [4, 1]}, r"starts\[1\] is 1 s and starts\[0\] is 4 s"),
        (LABELS | {"condition": 5}, "condition is 5; it must be text"),
    ],
)
def test_labels_that_cannot_be(labels: object, message: str, write: Write) -> None:
    path = write("one", labels)
    with pytest.raises(kp.errors.KneeposeError, match=message):
        kp.evaluate(path)


def test_what_is_missing_is_said(write: Write, tmp_path: Path) -> None:
    with pytest.raises(kp.errors.FormatError, match="no recordings were given"):
        kp.evaluate([])
    with pytest.raises(kp.errors.FormatError, match="holds no labels"):
        kp.evaluate(tmp_path)
    with pytest.raises(FileNotFoundError):
        kp.evaluate(tmp_path / "absent.npz")
    path = write("one", LABELS)
    with pytest.raises(kp.errors.UnknownNameError, match="unknown method 'ofline': did you mean"):
        kp.evaluate(path, methods=["ofline"])
    (tmp_path / "one.labels.json").unlink()
    with pytest.raises(
        kp.errors.FormatError, match=r"one.labels.json does not exist.*\"count\": 5"
    ):
        kp.evaluate(path)
    (tmp_path / "one.labels.json").write_text(json.dumps(LABELS))
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(kp.errors.FormatError, match=r"^one.npz is not a readable"):
        kp.evaluate(path)


def test_a_recording_that_cannot_be_analyzed_is_named(write: Write) -> None:
    xyz = kp.sample("squat").coordinates[:1]
    path = write("one", LABELS, kp.Recording(xyz, skeleton="halpe26", times=[0.0], up="y"))
    with pytest.raises(kp.errors.KneeposeError, match=r"^one.npz: "):
        kp.evaluate(path)


# --- the command line --------------------------------------------------------------------------


def test_command(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("squat", {"exercise": "squat", "count": 5}, kp.sample("squat"))
    table = tmp_path / "table.md"
    assert main(["evaluate", str(path), "--out", str(table)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("exercise")
    assert "100.0%" in out
    assert err == ""
    lines = table.read_text().splitlines()
    assert lines[0].startswith("| exercise | condition | method |")
    assert len({line.count("|") for line in lines}) == 1
    assert main(["evaluate", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["exact"] == 1.0
    assert found["rows"][0]["f1"] is None
    assert found["recordings"][0]["name"] == "squat.npz"


def test_exit_codes(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("rest", {"exercise": "squat", "count": 0})
    assert main(["evaluate", str(path)]) == 0
    path = write("rest", {"exercise": "squat", "count": 3})
    assert main(["evaluate", str(path)]) == 4
    assert "rest.npz, offline: 0 counted, 3 true" in capsys.readouterr().out
    write("rest", "{")
    for wrong in (path, tmp_path / "absent.npz"):
        assert main(["evaluate", str(wrong)]) == 3
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("kneepose: ")
        assert err.count("\n") == 1
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate"])
    assert stopped.value.code == 2
