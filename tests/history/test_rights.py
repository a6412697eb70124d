"""Tests of data rights: a complete export of one person, and nothing left after a purge."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from tests.support.weeks import day, squats

NAME, PSEUDONYM = "Anna Berg", "KNEE-77"


def filled(path: Path) -> tuple[kp.History, list[bytes]]:
    """Return a history of two subjects, and bytes that a purge of the first must remove."""
    history = kp.History(path)
    history.add_subject(PSEUDONYM, involved="right", name=NAME)
    history.add_subject("OTHER-1", name="Bea Cole")
    history.consent(PSEUDONYM, "own treatment")
    marks = [NAME.encode(), PSEUDONYM.encode()]
    for seed, (name, week) in enumerate([(PSEUDONYM, 0), (PSEUDONYM, 3), ("OTHER-1", 0)]):
        recording = squats("right", seed=seed).labeled(file_hash=f"{seed + 10**60:064x}")
        session = history.add_session(
            name, kind="test_day", camera="front", date=day(week), note=f"seen with {name}"
        )
        analysis = kp.analyze(recording, "single_leg_squat", side="right")
        history.add_analysis(session, analysis, keypoints=True)
        if name == PSEUDONYM:
            row = history.analyses(name)[-1]
            marks += [row[key].encode() for key in ("file_hash", "content_hash", "keypoints_hash")]
            marks.append(np.ascontiguousarray(recording.coordinates[40, 11:17]).tobytes())
    for week in range(40):
        history.log_pain(PSEUDONYM, worst=5, date=day(week), note=f"{PSEUDONYM} told this")
    return history, marks


def holders(folder: Path, marks: list[bytes]) -> list[str]:
    """Return the files whose name or content contains one of the marks, including stored arrays."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                data += b"".join(arrays[key].tobytes() for key in arrays.files)
        if any(mark in data or mark in str(path.relative_to(folder)).encode() for mark in marks):
            found.append(path.name)
    return sorted(found)


def test_nothing_is_found_after_a_purge(tmp_path: Path) -> None:
    history, marks = filled(tmp_path / "weeks.sqlite")
    page = tmp_path / "page.txt"
    page.write_text(f"{PSEUDONYM}: {history.trend(PSEUDONYM, on=day(9))}")
    history.remember_page(PSEUDONYM, page)
    history.export(PSEUDONYM, tmp_path / "export")
    for mark in marks:
        assert holders(tmp_path, [mark]), mark
    history.purge(PSEUDONYM)
    assert holders(tmp_path, marks) == []
    history.close()
    assert holders(tmp_path, marks) == []
    with kp.History(tmp_path / "weeks.sqlite") as other:
        assert [row["pseudonym"] for row in other.subjects()] == ["OTHER-1"]
        assert other.name_of("OTHER-1") == "Bea Cole"
        (row,) = other.analyses("OTHER-1")
        assert (other.keypoints_folder / f"{row['keypoints_hash']}.npz").exists()
        actions = [(line["action"], line["subject"]) for line in other.audit()]
        assert actions == [("consent", None), ("export", None), ("purge", None)]


def test_a_purge_that_could_not_finish_is_finished_later(tmp_path: Path) -> None:
    path = tmp_path / "weeks.sqlite"
    history, marks = filled(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pain").fetchone()
    history._store._connection.execute("PRAGMA busy_timeout = 200")
    with pytest.raises(kp.KneeposeError):
        history.purge(PSEUDONYM)
    assert [row["pseudonym"] for row in history.subjects()] == ["OTHER-1"]
    reader.execute("COMMIT")
    reader.close()
    history.close()
    with kp.History(path) as again:
        assert holders(tmp_path, marks) == []
        assert again.rows("pain", "OTHER-1") == []


@pytest.mark.parametrize("kept", ["weeks.sqlite", "weeks.sqlite.names.json", "weeks.sqlite-wal"])
def test_no_page_takes_the_place_of_the_history(tmp_path: Path, kept: str) -> None:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1", involved="left", name="Anna Berg")
        before = (tmp_path / kept).read_bytes()
        guide = kp.guide("squat")
        for write in (lambda path: history.to_html("K1", path), guide.to_html):
            with pytest.raises(kp.KneeposeError, match="would be lost"):
                write(tmp_path / kept)
            assert (tmp_path / kept).read_bytes() == before


def test_a_file_that_took_the_place_of_a_page_stays(tmp_path: Path) -> None:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject(PSEUDONYM)
        page = tmp_path / "page.txt"
        page.write_text("the page")
        history.remember_page(PSEUDONYM, page)
        page.write_text("shopping list")
        history.purge(PSEUDONYM)
    assert page.read_text() == "shopping list"


def test_an_export_has_everything_and_reads_back(tmp_path: Path) -> None:
    history, _ = filled(tmp_path / "weeks.sqlite")
    files = history.export(PSEUDONYM, tmp_path / "export")
    names = {path.name for path in files}
    assert {"subject.csv", "pain.csv", "session.csv", "measure.csv", "analyses.json"} <= names
    with (tmp_path / "export" / "pain.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 40
    with (tmp_path / "export" / "measure.csv").open(newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    leads = [float(row["mean"]) for row in rows if row["measure"] == "fppa_at_60"]
    stored = history.analyses(PSEUDONYM)
    want = [
        m["mean"] for row in stored for m in row["result"]["measures"] if m["name"] == "fppa_at_60"
    ]
    assert leads == pytest.approx(want)
    assert json.loads((tmp_path / "export" / "name.json").read_text())["name"] == NAME
    assert len([name for name in names if name.startswith("keypoints-")]) == 2
    pyarrow = pytest.importorskip("pyarrow.parquet")
    assert pyarrow.read_table(tmp_path / "export" / "pain.parquet").num_rows == 40
    assert b"OTHER-1" not in b"".join(path.read_bytes() for path in files)
    with pytest.raises(kp.KneeposeError, match="holds something"):
        history.export(PSEUDONYM, tmp_path / "export")
    history.close()


def test_rights_by_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNEEPOSE_HISTORY", str(tmp_path / "weeks.sqlite"))
    out = str(tmp_path / "mine")
    assert main(["subject", "new", "K1", "--real-name", NAME]) == 0
    assert main(["subject", "export", "K1", "--out", out]) == 0
    with pytest.raises(SystemExit) as stopped:
        main(["subject", "purge", "K1"])
    assert stopped.value.code == 2
    assert main(["subject", "purge", "K1", "--yes"]) == 0
    assert holders(tmp_path, [b"K1", NAME.encode()]) == []


def test_a_consent_is_withdrawn(tmp_path: Path) -> None:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1")
        history.consent("K1", "own treatment", date="2026-01-05")
        history.withdraw("K1", date="2026-03-01")
        (row,) = history.rows("consent", "K1")
        assert (row["date"], row["scope"], row["withdrawn"]) == (
            "2026-01-05", "own treatment", "2026-03-01",
        )  # fmt: skip
        assert [line["detail"] for line in history.audit()] == ["given", "withdrawn"]


def test_keypoints_of_a_killed_write_go_with_a_purge(tmp_path: Path) -> None:
    history, _ = filled(tmp_path / "weeks.sqlite")
    history.keypoints_folder.mkdir(exist_ok=True)
    old, new = (history.keypoints_folder / f".kneepose-{n}.part" for n in (1, 2))
    for path in (old, new):
        path.write_bytes(b"keypoints of somebody")
    os.utime(old, (0, 0))
    history.purge(PSEUDONYM)
    assert (old.exists(), new.exists()) == (False, True), "the new one is another process's"


def test_a_study_leaves_no_clip_of_a_killed_copy(tmp_path: Path) -> None:
    study = kp.Study.new(tmp_path / "s", "squat", camera="front")
    (tmp_path / "s" / "clips").mkdir()
    old = tmp_path / "s" / "clips" / ".kneepose-1.part"
    old.write_bytes(b"half a clip")
    os.utime(old, (0, 0))
    study.add(kp.sample("squat"), person="P1", day=1)
    assert not old.exists()
