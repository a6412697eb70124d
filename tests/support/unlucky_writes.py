"""Tests of interrupted writes: killed processes, a full disk, and two processes; run as a script.

``python -m tests.support.unlucky_writes kills 20 FOLDER`` prints lost files, if any.
"""

from __future__ import annotations

import csv
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import kneepose as kp

REC = kp.sample("squat")
ANALYSIS = kp.analyze(REC, "squat", side="left")


def write_all(folder: Path) -> None:
    REC.save(folder / "a.npz")
    ANALYSIS.to_csv(folder / "a.csv")


def child(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except OSError:
            os._exit(3)
        os._exit(0)
    return pid


def lost(folder: Path, when: str) -> Iterator[str]:
    """Yield descriptions of incomplete or lost files in the folder."""
    try:
        if kp.read(folder / "a.npz").n_frames != REC.n_frames:
            yield f"{when}: another recording"
    except kp.KneeposeError as error:
        yield f"{when}: {error}"
    with (folder / "a.csv").open(newline="") as file:
        lines = list(csv.reader(file))
    if len(lines) != len(ANALYSIS.reps) + 1 or len({len(line) for line in lines}) > 1:
        yield f"{when}: {len(lines)} lines of the table"


def kills(times: int, folder: Path) -> Iterator[str]:
    """Kill a writing process after random times."""
    rng = np.random.default_rng(0)

    def write_on() -> None:
        while True:
            write_all(folder)

    for i in range(times):
        pid = child(write_on)
        time.sleep(rng.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        yield from lost(folder, f"kill {i}")


def full(times: int, folder: Path) -> Iterator[str]:
    """Interrupt writes after different numbers of bytes, like a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    largest = max(path.stat().st_size for path in folder.iterdir())
    ended = []
    for size in np.linspace(0, 1.05 * largest, times, dtype=int):

        def write(size: int = int(size)) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            write_all(folder)

        _, status = os.waitpid(child(write), 0)
        ended.append(os.waitstatus_to_exitcode(status))
        yield from lost(folder, f"full at {size}")
        yield from (f"full at {size}: {path} is left" for path in folder.glob("*.part"))
    if set(ended) != {0, 3} or ended[-1] != 0:
        yield f"ends {ended}"


def two(times: int, folder: Path) -> Iterator[str]:
    """Let two processes write to one folder, under shared and separate names."""

    def write(own: str) -> None:
        for i in range(times):
            write_all(folder)
            REC.save(folder / f"{own}{i}.npz")

    pids = [child(lambda own=own: write(own)) for own in ("one", "two")]  # type: ignore[misc]
    ends = [os.waitpid(pid, 0)[1] for pid in pids]
    if any(ends):
        yield f"ends {ends}"
    yield from lost(folder, "two")
    names = {path.name for path in folder.iterdir()}
    wanted = {f"{own}{i}.npz" for own in ("one", "two") for i in range(times)}
    if names != wanted | {"a.npz", "a.csv"}:
        yield f"names {sorted(names ^ wanted)}"
    yield from (f"{name} is lost" for name in sorted(wanted) if not is_whole(folder / name))


def is_whole(path: Path) -> bool:
    try:
        return kp.read(path).n_frames == REC.n_frames
    except kp.KneeposeError:
        return False


if __name__ == "__main__":
    kind, count, place = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    write_all(place)
    print(*{"kills": kills, "full": full, "two": two}[kind](count, place), sep="\n", end="")
