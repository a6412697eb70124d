"""Runs behind docs/evidence/archive.md, each in a separate process that prints its figures as JSON.

Usage: python -m tools.pages.archive_runs STEP FOLDER [ARGUMENT …]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import kneepose as kp
from kneepose.archive import TABLES
from kneepose.archive.parts import parts_of
from tools.pages import archive_people

IDLE_S = 15.0
KINDS: dict[str, Callable[[int], Iterator[tuple[str, kp.Recording]]]] = {
    "picture": archive_people.in_picture,
    "space": archive_people.in_space,
}


def cpu_s(*who: int) -> float:
    """Return user and system time of processes in seconds."""
    used = [resource.getrusage(one) for one in who or (resource.RUSAGE_SELF,)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextlib.contextmanager
def measured(figures: dict[str, Any]) -> Iterator[None]:
    """Add CPU time, wall time, peak memory and load to `figures`, including child processes."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    begin, used = time.perf_counter(), cpu_s(*both)
    before = [resource.getrusage(one).ru_stime for one in both]
    yield
    figures |= {
        "wall_s": time.perf_counter() - begin,
        "cpu_s": cpu_s(*both) - used,
        "system_s": sum(resource.getrusage(one).ru_stime for one in both) - sum(before),
        "peak_mb": max(resource.getrusage(one).ru_maxrss for one in both) / 1024,
        "load": os.getloadavg()[0],
    }


def write(folder: Path, kind: str, count: int, part_bytes: int = 64_000_000) -> dict[str, Any]:
    """Write an archive of generated recordings, replacing an earlier one."""
    shutil.rmtree(folder, ignore_errors=True)
    figures: dict[str, Any] = {"recordings": count}
    with measured(figures):
        parts = kp.archive.write(KINDS[kind](count), folder, part_bytes=part_bytes)
    return figures | {"parts": len(parts), "mb": sum(part.stat().st_size for part in parts) / 1e6}


def analyze(folder: Path, out: Path, workers: int) -> dict[str, Any]:
    """Analyze an archive into new tables; with one worker, in this process."""
    shutil.rmtree(out, ignore_errors=True)
    figures: dict[str, Any] = {}
    # One-time set-up of a process is not counted as cost of a recording.
    warm_up()
    if workers == 1:
        with measured(figures):
            done = kp.archive.analyze(folder, out)
    else:
        spawn = get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=spawn, initializer=warm_up) as pool:
            # The tasks are slow, so that every process gets some; afterward all processes have
            # started.
            while len(set(pool.map(slow_pid, range(4 * workers)))) < workers:
                pass
            before = of_children()
            with measured(figures):
                done = kp.archive.analyze(folder, out, client=pool)
            after = of_children()
        for name in ("cpu_s", "system_s"):
            figures[name] += after[name] - before[name]
        figures["peak_mb"] = max(
            figures["peak_mb"], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        )
    table_mb = sum(f.stat().st_size for t in TABLES for f in (out / t).glob("*.parquet")) / 1e6
    return figures | told(done) | {"tables_mb": table_mb}


def slow_pid(_: int) -> int:
    """Return the id of this process after a short wait."""
    time.sleep(0.2)
    return os.getpid()


def of_children() -> dict[str, float]:
    """Return the CPU seconds of running child processes."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {"cpu_s": 0.0, "system_s": 0.0}
    for child in active_children():
        fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
        user, system = (int(one) / tick for one in fields.split()[11:13])
        found["cpu_s"] += user + system
        found["system_s"] += system
    return found


def told(done: kp.archive.Done) -> dict[str, Any]:
    """Return the figures of a run other than its times."""
    return {
        "recordings": done.recordings, "measured": done.measured, "refused": done.refused,
        "failed": done.failed, "parts": done.parts, "analyzed": done.analyzed,
        "unreadable": len(done.unreadable), "reasons": dict(list(done.reasons.items())[:6]),
    }  # fmt: skip


def warm_up() -> None:
    """Analyze two recordings, so that imports and one-time set-up are done."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in KINDS.items():
            kp.archive.write(make(1), Path(folder) / kind)
            kp.archive.analyze(Path(folder) / kind, Path(folder) / f"{kind}-tables")


def cluster(folder: Path, count: int) -> dict[str, Any]:
    """Kill a Dask worker during an analysis with a damaged row and a truncated part."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from distributed import Client, LocalCluster

    shutil.rmtree(folder, ignore_errors=True)
    kp.archive.write(archive_people.in_picture(count), folder / "in", part_bytes=3_100_000)
    parts = parts_of(folder / "in")
    rows = pq.read_table(parts[1]).to_pylist()
    rows[7]["header"] = "{"
    pq.write_table(pa.Table.from_pylist(rows, schema=kp.archive.recording_schema()), parts[1])
    poisoned = rows[7]["recording"]
    lost = pq.read_metadata(parts[-1]).num_rows
    parts[-1].write_bytes(parts[-1].read_bytes()[:-100])
    names = [name for part in parts[:-1] for name in _names(part)]
    alone = kp.archive.analyze(folder / "in", folder / "one")
    figures: dict[str, Any] = {"asked": count, "parts": len(parts), "in_truncated_part": lost}
    killed: dict[str, int] = {}
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as made,
        Client(made) as client,
    ):
        workers = [info["pid"] for info in client.run(lambda: {"pid": os.getpid()}).values()]

        def kill() -> None:
            notes = folder / "two" / "parts"
            while len(list(notes.glob("*.json"))) < len(parts) // 2:
                time.sleep(0.005)
            os.kill(workers[0], signal.SIGKILL)
            killed.update({note.name: note.stat().st_mtime_ns for note in notes.glob("*.json")})

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        done = kp.archive.analyze(folder / "in", folder / "two", client=client)
        killer.join(30)
    again = kp.archive.analyze(folder / "in", folder / "two")
    found = pq.read_table(folder / "two" / "recordings", columns=["recording", "state", "why"])
    seen = Counter(found["recording"].to_pylist())
    states = {row["recording"]: row for row in found.to_pylist()}
    notes = folder / "two" / "parts"
    twice = [name for name, at in killed.items() if (notes / name).stat().st_mtime_ns != at]
    return figures | {
        "killed_after_parts": len(killed),
        "made_twice": len(twice),
        "done": told(done),
        "alone": told(alone),
        "once": sorted(seen) == sorted(names) and set(seen.values()) == {1},
        "poisoned": states[poisoned],
        "same_bits": all(_same(folder / "one" / t, folder / "two" / t) for t in TABLES),
        "second_run_analyzed": again.analyzed,
    }  # fmt: skip


def _names(part: Path) -> list[str]:
    import pyarrow.parquet as pq

    names: list[str] = pq.read_table(part, columns=["recording"])["recording"].to_pylist()
    return names


def _same(one: Path, two: Path) -> bool:
    """Return whether two folders have the same parts with identical bits in every cell."""
    import pyarrow.parquet as pq

    def bits(value: Any) -> Any:
        if isinstance(value, float):
            return "nan" if math.isnan(value) else value.hex()
        return value

    names = [sorted(path.name for path in folder.glob("*.parquet")) for folder in (one, two)]
    if names[0] != names[1]:
        return False
    for name in names[0]:
        rows = [
            [[bits(cell) for cell in column] for column in table.to_pydict().values()]
            for table in (pq.read_table(one / name), pq.read_table(two / name))
        ]
        if rows[0] != rows[1]:
            return False
    return True


def engine(folder: Path, out: Path, trim: str) -> dict[str, Any]:
    """Analyze an archive in a Dask cluster of two workers; return the cost of the engine itself.

    The engine consists of each worker's communication thread, and of this process with scheduler
    and client. `trim` is MALLOC_TRIM_THRESHOLD_ of the workers; empty uses Dask's default.
    """
    from distributed import Client, LocalCluster

    shutil.rmtree(out, ignore_errors=True)
    if trim:
        os.environ["MALLOC_TRIM_THRESHOLD_"] = trim
    figures: dict[str, Any] = {"trim": trim or "as Dask sets it"}
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as made,
        Client(made) as client,
    ):
        client.run(warm_up)
        # Measure the idle cost of Dask first, which it has all the time.
        before, own = client.run(thread_times), cpu_s()
        time.sleep(IDLE_S)
        after, own = client.run(thread_times), cpu_s() - own
        idle = sum(after[one]["talking_s"] - before[one]["talking_s"] for one in before) + own
        figures["idle_cpu_a_second"] = idle / IDLE_S
        figures["threshold"] = sorted(
            set(client.run(os.environ.get, "MALLOC_TRIM_THRESHOLD_").values())
        )
        before, own = client.run(thread_times), cpu_s()
        begin = time.perf_counter()
        done = kp.archive.analyze(folder, out, client=client)
        figures["wall_s"] = time.perf_counter() - begin
        after, own = client.run(thread_times), cpu_s() - own
    spent = [
        {key: after[worker][key] - before[worker][key] for key in before[worker]}
        for worker in before
    ]
    talking = sum(one["talking_s"] for one in spent)
    total = sum(one["all_s"] for one in spent)
    idle = figures["idle_cpu_a_second"] * figures["wall_s"]
    return figures | told(done) | {
        "tasks_cpu_s": total - talking,
        "workers_talking_s": talking,
        "scheduler_and_client_s": own,
        "system_s": sum(one["system_s"] for one in spent),
        "idle_s": idle,
        "engine_share": (talking + own) / (total - talking),
        "engine_share_beyond_idle": max(talking + own - idle, 0.0) / (total - talking),
        "peak_mb": max(one["peak_mb"] for one in after.values()),
        "load": os.getloadavg()[0],
    }  # fmt: skip


def thread_times() -> dict[str, float]:
    """Return CPU seconds of this process and of its first thread, which runs the event loop."""
    tick = os.sysconf("SC_CLK_TCK")
    stat = Path(f"/proc/self/task/{os.getpid()}/stat").read_text(encoding="ascii")
    fields = stat.rsplit(")", 1)[1].split()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "talking_s": (int(fields[11]) + int(fields[12])) / tick,
        "all_s": used.ru_utime + used.ru_stime,
        "system_s": used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def statistics(tables: Path) -> dict[str, Any]:
    """Time the statistics of all subjects for one measure; compare with the true values."""
    import numpy as np

    measures = ["fppa_at_bottom"]
    figures: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, run in {
        "reliability": lambda: own.update(kp.archive.reliability(tables, measures=measures)),
        "sides": lambda: kp.archive.sides(tables, measures=measures),
        "trends": lambda: kp.archive.trends(tables, measures=measures, own=own),
    }.items():
        used = cpu_s()
        made = run() or own
        figures |= {f"{name}_cpu_s": cpu_s() - used, f"{name}_rows": len(made["measure"])}
    trained = np.array([int(name[1:]) % 2 == 1 for name in made["subject"]]) & (
        made["side"] == "right"
    )
    for name, rows in (("trained", trained), ("others", ~trained)):
        figures[name] = {
            "rows": int(rows.sum()),
            "change": float(made["change"][rows].mean()),
            "beyond": float(made["beyond"][rows].mean()),
            "changed": float((made["verdict"][rows] == "changed").mean()),
        }
    both = [f"{name}_{end}" for name in ("sem", "limit") for end in ("low", "high")]
    return figures | {
        "planted": -archive_people.LESS_DEG,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **{name: float(own[name][0]) for name in ("legs", "sem", "mdc", "icc", "bias", *both)},
    }


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "write": lambda folder, kind, count: write(Path(folder), kind, int(count)),
    "write-small": lambda folder, kind, count: write(Path(folder), kind, int(count), 3_100_000),
    "analyze": lambda folder, out, workers: analyze(Path(folder), Path(out), int(workers)),
    "statistics": lambda tables: statistics(Path(tables)),
    "cluster": lambda folder, count: cluster(Path(folder), int(count)),
    "engine": lambda folder, out, trim="": engine(Path(folder), Path(out), trim),
}


def main() -> None:
    """Run a step and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("arguments", nargs="+")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    json.dump(STEPS[options.step](*options.arguments), sys.stdout)


if __name__ == "__main__":
    main()
