"""Tests that the command line ends with a message and a documented code, for any input."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.cli.batch import _client
from tests.support.own_time import own_time

KNEEPOSE = [sys.executable, "-m", "kneepose"]
COMMANDS = {
    "tables": ["tables"],
    "help": ["--help"],
    "json": ["tables", "skeletons", "--json"],
    "analyze": ["analyze", "{squat}", "--exercise", "squat"],
    "compare": ["compare", "{squat}", "{squat}", "--exercise", "squat", "--sides", "left", "right"],
    "evaluate": ["evaluate", "{folder}"],
}


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    (tmp_path / "a.labels.json").write_text('{"exercise": "squat", "count": 5}')
    return kp.sample("squat").save(tmp_path / "a.npz")


def run(name: str, squat: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [part.format(squat=squat, folder=squat.parent) for part in COMMANDS[name]]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([*KNEEPOSE, *command], check=False, **options)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("name", COMMANDS)
def test_any_encoding(name: str, encoding: str, squat: Path) -> None:
    done = run(name, squat, env=os.environ | {"PYTHONIOENCODING": encoding})
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert done.stdout.decode(encoding)


def test_a_minus_stays_a_minus(squat: Path) -> None:
    """A minus sign that the terminal cannot show becomes a hyphen, not a question mark."""
    texts = [
        run("compare", squat, env=os.environ | {"PYTHONIOENCODING": encoding}).stdout.decode(
            encoding
        )
        for encoding in ("utf-8", "ascii")
    ]
    assert texts[0].count("−") > 0
    assert texts[1].count("-") >= texts[0].count("−") + texts[0].count("-")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk(name: str, squat: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run(name, squat, stdout=full)
        assert done.returncode == 3
        assert b"no space left" in done.stderr
        assert done.stderr.count(b"\n") == 1
        assert run(name, squat, stderr=full).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("closed", [1, 2])
def test_closed_outputs(name: str, closed: int, squat: Path) -> None:
    command = [part.format(squat=squat, folder=squat.parent) for part in COMMANDS[name]]
    shell = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *KNEEPOSE, *command]
    done = subprocess.run(shell, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    if name == "help" and closed == 1:
        assert b"usage" in done.stderr
    else:
        assert done.returncode == (3 if closed == 1 else 0)
        assert closed == 2 or b"closed" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_that_nobody_reads(name: str, squat: Path) -> None:
    receiver, sender = os.pipe()
    os.close(receiver)
    done = run(name, squat, stdout=sender)
    os.close(sender)
    assert (done.returncode, done.stderr) == (0, b"")


def interruptible(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """A command that heeds interrupts, which a shell turns off for what runs in the background."""
    return subprocess.Popen(
        [*map(str, arguments)], **options,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def test_an_interrupt_is_told(squat: Path) -> None:
    """Once there is a bar, which stderr has in a terminal only."""
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    folder = squat.parent / "many"
    folder.mkdir()
    for i in range(200):
        kp.sample("squat").labeled(subject=str(i)).save(folder / f"{i:03}.npz")
    command = [*KNEEPOSE, "compare", folder, squat, "--exercise", "squat"]
    reader, terminal = pty.openpty()
    process = interruptible(*command, stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    said = b""
    while b"/2" not in said:
        said += os.read(reader, 1000)
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # as the end of a terminal is told
        while piece := os.read(reader, 1000):
            said += piece
    os.close(reader)
    assert process.wait() == 130
    assert b"interrupted" in said
    assert b"Traceback" not in said


LOADING = """
import os, signal, sys
wanted = sys.argv[1:]
def press(event, given):
    if event == "import" and given[0] in wanted:
        wanted.clear()
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(press)
from kneepose.cli import main
sys.exit(main(["tables"]))
"""


@pytest.mark.parametrize("module", ["kneepose.cli.analyze", "numpy", "kneepose.history.store"])
def test_an_interrupt_while_kneepose_is_loaded_is_told(module: str) -> None:
    process = interruptible(
        sys.executable, "-c", LOADING, module, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, err = process.communicate()
    assert (process.returncode, err) == (
        130,
        b"kneepose: interrupted; no file was left half written\n",
    )


FIRST_ARRAY = """
import numpy as np
from kneepose import _core
def interrupted(*_): raise KeyboardInterrupt
np.lib.NumpyVersion = interrupted
from kneepose import arrays
print(arrays.lowpass(np.zeros(99), fs=30).size)
"""


def test_no_interrupt_can_strike_where_numpy_is_asked_for_its_functions() -> None:
    """That is done by Python code below the compiled part, which could only panic."""
    done = subprocess.run([sys.executable, "-c", FIRST_ARRAY], capture_output=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, [b"99"]), done.stderr


def test_workers_are_not_waited_for_after_an_interrupt() -> None:
    begun = []

    def interrupted() -> None:
        with _client(argparse.Namespace(scheduler=None, workers=2)) as pool:
            tasks = [pool.submit(time.sleep, 60) for _ in range(6)]
            while not any(task.running() for task in tasks):
                time.sleep(0.01)
            begun.append(time.monotonic())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun[0] < 30  # the tasks alone would take 180 s


def test_outputs_over_inputs_are_refused_before_work(
    squat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, out, new = squat.read_bytes(), str(squat.parent / "out"), str(squat.parent / "new")
    os.link(squat, out)
    labels = squat.parent / "a.labels.json"
    one = ["analyze", str(squat), "--exercise", "squat"]
    two = ["compare", str(squat), str(squat), "--exercise", "squat"]
    for arguments in (
        [*one, "--report", str(squat)],
        [*one, "--report", out],
        [*two, "--report", str(squat)],
        [*two, "--csv", str(squat)],
        [*two, "--csv", new, "--report", new],
        [*two, "--csv", new, "--report", str(squat.parent / "." / "new")],
        ["compare", str(squat.parent), str(squat), "--exercise", "squat", "--csv", str(squat)],
        ["evaluate", str(squat), "--out", str(squat)],
        ["evaluate", str(squat), "--out", str(labels)],
        ["evaluate", str(squat.parent), "--out", str(labels)],
        ["demo", "--out", str(squat.parent)],
        ["demo", "--out", str(squat.parent / "none" / "x.html")],
        ["demo", "--out", str(squat.parent / "b.npz")],
    ):
        start = own_time()
        assert main(arguments) == 3, arguments
        assert own_time() - start < 1.5 or arguments[0] == "demo"
        assert capsys.readouterr().err.startswith("kneepose: ")
    assert squat.read_bytes() == old
    assert labels.read_text() == '{"exercise": "squat", "count": 5}'
    assert not os.path.exists(new)


def test_one_leg_has_a_report(squat: Path) -> None:
    page = squat.parent / "page.html"
    command = [
        "analyze",
        str(squat),
        "--exercise",
        "squat",
        "--side",
        "left",
        "--report",
        str(page),
    ]
    assert main(command) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    squat.parent.chmod(0o500)
    try:
        two = ["compare", str(squat), str(squat), "--exercise", "squat"]
        assert main([*two, "--csv", str(squat.parent / "a.csv")]) == 3
        assert "permission denied" in capsys.readouterr().err
    finally:
        squat.parent.chmod(0o700)


def test_names_with_control_characters_are_shown_as_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nasty = "a\x1b[2J\u202eb"
    for path in (f"{nasty}.npz", f"{nasty}.xyz", "x" * 5000):
        assert main(["analyze", str(tmp_path / path), "--exercise", "squat"]) == 3
        (tmp_path / path[:20]).write_bytes(b"x")
    rec = kp.sample("squat").labeled(subject=nasty)
    path = rec.save(tmp_path / f"{nasty}.npz")
    assert main(["compare", str(path), str(path), "--exercise", "squat"]) == 0
    with pytest.raises(SystemExit):
        main(["analyze", str(path), f"--{nasty}"])
    out, err = capsys.readouterr()
    for text in (out, err):
        assert "\x1b" not in text
        assert "\u202e" not in text
