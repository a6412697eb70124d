"""Tests of the history file: durable writes, several writers, versions, permissions."""

from __future__ import annotations

import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import kneepose as kp

VERSION_1 = (Path(__file__).parents[1] / "data" / "history" / "version1.sql").read_text("utf-8")
#: Script of a process that logs sets and prints the number of each acknowledged one.
WRITER = """
import sys
import kneepose as kp
history = kp.History(sys.argv[1])
for i in range(int(sys.argv[3])):
    note = f"{sys.argv[2]} {i}"
    history.log_set("K1", "clamshell", side="left", reps=15, note=note, date="2026-01-05")
    print(note, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "weeks.sqlite"
    with kp.History(path) as history:
        history.add_subject("K1", involved="left")
    return path


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def notes(path: Path) -> list[str]:
    with kp.History(path) as history:
        return [row["note"] for row in history.rows("logged_set", "K1")]


@pytest.mark.slow
def test_fifty_kills_lose_no_acknowledged_record(path: Path) -> None:
    rng = random.Random(5)
    acknowledged: list[str] = []
    for kill in range(50):
        process = writer(path, f"kill{kill}", 100_000)
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())
        time.sleep(rng.uniform(0.0, 0.05))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        # The last line may be incomplete, because the process was killed.
        lines = rest.split("\n")[:-1]
        acknowledged += [line.strip() for line in lines]
    assert len(acknowledged) > 100
    found = notes(path)
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_two_processes_at_once_lose_none(path: Path) -> None:
    processes = [writer(path, name, 150) for name in ("one", "two")]
    for process in processes:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        assert len(out.splitlines()) == 150
    assert sorted(notes(path)) == sorted(f"{n} {i}" for n in ("one", "two") for i in range(150))


def test_two_processes_may_create_the_file(tmp_path: Path) -> None:
    code = "import sys, kneepose as kp; kp.History(sys.argv[1]).add_subject(sys.argv[2])"
    target = str(tmp_path / "new.sqlite")
    made = [subprocess.Popen([sys.executable, "-c", code, target, f"K{i}"]) for i in range(3)]
    assert [process.wait(60) for process in made] == [0, 0, 0]
    with kp.History(target) as history:
        assert [row["pseudonym"] for row in history.subjects()] == ["K0", "K1", "K2"]


def test_a_file_of_an_earlier_version_migrates(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    connection.close()
    with kp.History(path) as history:
        assert history.rows("pain", "K1")[0]["worst"] == 6.0
        history.set_reliability("K1", "single_leg_squat", {"fppa_at_60": (2.5, 11)})
        assert history.rows("reliability", "K1")[0]["sem"] == 2.5
    with kp.History(path) as history:
        assert len(history.rows("reliability", "K1")) == 1


def test_a_file_of_a_later_version_is_refused_and_stays(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(kp.errors.FormatError, match=r"version 99.*newer kneepose.*update"):
        kp.History(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["no database", "text", "torn page", "cut off", "other program"])
def test_a_file_that_is_no_history_is_refused_and_stays(path: Path, kind: str) -> None:
    with kp.History(path) as history:
        for i in range(200):
            history.log_pain("K1", worst=i % 10, date="2026-01-05", note="a" * 100)
    data = bytearray(path.read_bytes())
    if kind == "no database":
        data[:16] = b"\xff" * 16
    elif kind == "text":
        data = bytearray(b"pseudonym,pain\nK1,6\n")
    elif kind == "torn page":
        for page in range(1, len(data) // 4096):
            data[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    elif kind == "cut off":
        data = data[: len(data) // 2]
    path.write_bytes(data)
    if kind == "other program":
        path.unlink()
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE songs (name TEXT)")
        connection.commit()
        connection.close()
    before = path.read_bytes()
    with pytest.raises(kp.errors.FormatError, match="left as it is"):
        kp.History(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_only_the_owner_reads(path: Path) -> None:
    with kp.History(path) as history:
        history.add_subject("K2", name="Anna Berg")
        files = [file for file in path.parent.rglob("*") if file.is_file()]
        assert {f"{path.name}-wal", f"{path.name}.names.json"} <= {file.name for file in files}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_names_are_not_in_the_history(path: Path) -> None:
    with kp.History(path) as history:
        history.add_subject("K2", name="Anna Berg")
        assert history.name_of("K2") == "Anna Berg"
        assert history.name_of("K1") is None
        with pytest.raises(kp.KneeposeError, match="pseudonym is the name"):
            history.add_subject("anna berg", name="Anna Berg")
    holding = [file.name for file in path.parent.iterdir() if b"Anna" in file.read_bytes()]
    assert holding == [f"{path.name}.names.json"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(kp.KneeposeError, match="folder that exists"):
        kp.History(tmp_path / "missing" / "weeks.sqlite")
    with pytest.raises(kp.KneeposeError, match="name of a file"):
        kp.History(tmp_path)


def test_a_write_waits_for_another_one_and_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kneepose.history.store._PATIENCE_S", 0.2)
    other = sqlite3.connect(path, isolation_level=None)
    with kp.History(path) as history:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(kp.KneeposeError, match="in use by another program"):
            history.log_pain("K1", worst=3)
        other.execute("ROLLBACK")
        assert history.rows("pain", "K1") == []
    other.close()
