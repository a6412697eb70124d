"""Writes docs/evidence/archive.md: generated archives, analyzed by several processes.

Usage: python -m tools.pages.archive [--folder FOLDER] [--largest 100000]

A complete run takes about an hour on two free cores and 20 GB. Figures already in FOLDER/results
are not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from benches.machine import description

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence" / "archive.md"
PLOT = ROOT / "docs" / "images" / "archive-cost.svg"
COUNTS = (100, 1000, 10_000, 100_000)
FREE = 10_000
"""Number of recordings for comparing two workers with one, and for measuring the engine."""
CLUSTER = 2000
TRIM = "134217728"
SHARE, SPEED_UP, MEMORY_MB = 0.05, 1.8, 1000.0
FLAT = 1.15
"""Maximum ratio of largest to smallest cost per recording that counts as constant."""
USERS = range(20, 25)
"""Rows of the speed table on users' tools."""
ENGINES = ("pyarrow", "distributed", "ray", "pyspark", "polars", "duckdb")

HEAD = """\
<!-- Written by tools/pages/archive.py (make archive). Do not edit. -->

# Archives

How fast thousands of recordings are analyzed, what an engine adds, and what a killed worker costs.
**All recordings are made** from the shipped ones (`tools/pages/archive_people.py`): none is of a
person. *Picture*: single-leg squats, 150 frames × 17 keypoints × 2, with confidence, one leg each.
*Space*: squats, 900 frames × 26 keypoints × 3, both legs. 6 % of the pictures are spoiled.

```text
{machine}
date     {date}
```

**The machine was shared** with other work: wall times are those of what it left, at the load that
stands beside them (two cores are full at 2; the largest archive ran at the lowest priority). CPU
time (user and system, of all processes) is what a recording costs; it too rises by some tenth
where two processes share a core.
"""


class Figures:
    """Figures of runs by name; each is measured once and stored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "results").mkdir(parents=True, exist_ok=True)

    def of(self, name: str, step: str, *arguments: object) -> dict[str, Any]:
        """Return the figures of a run, measuring it if necessary."""
        kept = self.folder / "results" / f"{name}.json"
        if not kept.exists() or not kept.stat().st_size:
            print(f"{name} …", flush=True)
            call = [sys.executable, "-m", "tools.pages.archive_runs", step, *map(str, arguments)]
            done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
            kept.write_text(done.stdout, encoding="utf-8")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found

    def archive(self, kind: str, count: int) -> tuple[Path, dict[str, Any]]:
        """Return an archive's folder with the figures of its writing; write a missing one."""
        place = self.folder / f"{kind[0]}{count}"
        return place, self.of(f"write-{kind}-{count}", "write", place, kind, count)

    def analyzed(self, kind: str, count: int, workers: int) -> dict[str, Any]:
        """Return the figures of an analysis into separate tables."""
        place, _ = self.archive(kind, count)
        out = self.tables(kind, count, workers)
        return self.of(f"analyze-{kind}-{count}-{workers}", "analyze", place, out, workers)

    def tables(self, kind: str, count: int, workers: int) -> Path:
        """Return the folder of the tables of an analysis."""
        return self.folder / f"tables-{kind}-{count}-{workers}"


def minus(value: float) -> str:
    """Format a number of degrees with a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def verdict(holds: bool) -> str:
    """Return "met" or "missed" for a target."""
    return "met" if holds else "**missed**"


def cost_section(runs: list[tuple[str, int, int, dict[str, Any]]]) -> str:
    """Return the section with the cost of all analyses."""
    lines = [
        "\n## 1. Cost and rate\n",
        "| recordings | of | processes | CPU a recording | CPU in all | wall | a second | load | "
        "largest process | counted | refused | tables |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, count, workers, one in runs:
        lines.append(
            f"| {count:,} | {kind} | {workers} | {1e3 * one['cpu_s'] / count:.2f} ms | "
            f"{one['cpu_s']:.0f} s | {one['wall_s']:.0f} s | {count / one['wall_s']:.0f} | "
            f"{one['load']:.1f} | {one['peak_mb']:.0f} MB | {one['measured']:,} | "
            f"{one['refused']:,} | {one['tables_mb']:.0f} MB |"
        )
    return "\n".join(lines) + "\n"


def written_section(written: list[tuple[str, dict[str, Any]]]) -> str:
    """Return the section on the writing of archives."""
    lines = [
        "\nWriting, the making of the recordings included: one process.\n",
        "| recordings | of | parts | on disk | CPU a recording | wall | load | memory |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, one in written:
        count = one["recordings"]
        lines.append(
            f"| {count:,} | {kind} | {one['parts']} | {one['mb']:.0f} MB | "
            f"{1e3 * one['cpu_s'] / count:.2f} ms | {one['wall_s']:.0f} s | {one['load']:.1f} | "
            f"{one['peak_mb']:.0f} MB |"
        )
    return "\n".join(lines) + "\n"


def plot(costs: dict[int, float]) -> None:
    """Draw CPU time per recording against the number of recordings."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with plt.rc_context({"svg.hashsalt": "archive", "svg.fonttype": "none", "font.size": 11}):
        figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
        axes.plot(list(costs), list(costs.values()), "o-", color="#0b6e6e")
        for count, cost in costs.items():
            axes.annotate(
                f"{cost:.2f}", (count, cost), (0, 9), textcoords="offset points", ha="center"
            )
        axes.set(
            xscale="log", ylim=(0, 1.35 * max(costs.values())), xlabel="recordings in the archive",
            ylabel="CPU a recording, ms", title="150 frames × 17 keypoints × 2",
        )  # fmt: skip
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        figure.savefig(PLOT, metadata={"Date": None})
        plt.close(figure)


def flat_section(costs: dict[int, float]) -> str:
    """Return the section on the cost per recording in larger archives."""
    ratio = max(costs.values()) / min(costs.values())
    return (
        "\n## 2. Does a recording cost more in a larger archive?\n\n"
        "![CPU a recording](../images/archive-cost.svg)\n\n"
        f"Largest over smallest: {ratio:.2f}; asked: flat, which is said up to {FLAT}: "
        f"{verdict(ratio <= FLAT)}. The largest archive was analyzed by two processes, the others by "
        "one; each had analyzed one recording before.\n"
    )


def speed_up_section(one: dict[str, Any], two: dict[str, Any]) -> str:
    """Return the section on two processes compared with one."""
    wall = one["wall_s"] / two["wall_s"]
    cpu = 2.0 * one["cpu_s"] / two["cpu_s"]
    return (
        "\n## 3. Two processes against one\n\n"
        f"{FREE:,} pictures: {one['wall_s']:.0f} s by one process (load {one['load']:.1f}), "
        f"{two['wall_s']:.0f} s by two (load {two['load']:.1f}), start of the processes apart: "
        f"**{wall:.2f}×**, asked ≥ {SPEED_UP}×: {verdict(wall >= SPEED_UP)}. Both took what the "
        f"machine left. In CPU time one took {one['cpu_s']:.1f} s and two {two['cpu_s']:.1f} s: on two "
        f"cores of their own they would be {cpu:.2f}× as fast, if they never waited.\n"
    )


def cluster_section(one: dict[str, Any]) -> str:
    """Return the section on a killed worker of a cluster."""
    done, alone = one["done"], one["alone"]
    here = one["asked"] - one["in_truncated_part"]
    rows = [
        ("recordings asked for", f"{one['asked']:,} in {one['parts']} parts", None),
        ("one part truncated", f"named, costs its {one['in_truncated_part']} recordings",
         done["unreadable"] == 1),
        ("one row damaged", f"`{one['poisoned']['state']}`, costs itself",
         one["poisoned"]["state"] == "failed" and done["failed"] == 1),
        ("worker killed with −9", f"after {one['killed_after_parts']} parts",
         0 < one["killed_after_parts"] < one["parts"] - 1),
        ("every other recording exactly once", f"{done['recordings']:,} of {here:,}",
         one["once"] and done["recordings"] == here),
        ("parts made twice", str(one["made_twice"]), one["made_twice"] == 0),
        ("same bits as one process", "all tables, all cells",
         one["same_bits"] and done["recordings"] == alone["recordings"]),
        ("second run", f"{one['second_run_analyzed']} parts analyzed",
         one["second_run_analyzed"] == 0),
    ]  # fmt: skip
    lines = [
        "\n## 4. A cluster that loses a worker\n",
        "Dask with two worker processes on this machine; `tests/archive` does it with fewer "
        "recordings.\n",
        "| | found | |",
        "|---|---|---|",
    ]
    lines += [
        f"| {what} | {found} | {'' if holds is None else verdict(holds)} |"
        for what, found, holds in rows
    ]
    return "\n".join(lines) + "\n"


def engine_section(runs: list[dict[str, Any]]) -> str:
    """Section on the cost of Dask and of its allocator setting."""
    lines = [
        "\n## 5. What the engine costs\n",
        f"{FREE:,} pictures by two workers of a Dask cluster, start apart. The engine is the thread of "
        "each worker that talks, scheduler and client. *Idle*: what these take in the same time where "
        "nothing is to be done (they look at themselves every few milliseconds), so it belongs to "
        "seconds and not to tasks; on a crowded machine a run has many seconds. The default part has "
        "64 MB; parts of about 50 recordings are the engine's worst case.\n",
        "| parts | MALLOC_TRIM_THRESHOLD_ | tasks, CPU | of it system | engine, CPU | of it idle "
        "| share | on two free cores | wall | load | largest worker |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in runs:
        engine = one["workers_talking_s"] + one["scheduler_and_client_s"]
        lines.append(
            f"| {one['parts']} | {', '.join(one['threshold'])} | {one['tasks_cpu_s']:.1f} s | "
            f"{one['system_s']:.1f} s | {engine:.1f} s | {one['idle_s']:.1f} s | "
            f"{one['engine_share']:.1%} | {free_share(one):.1%} | "
            f"{one['wall_s']:.0f} s | {one['load']:.1f} | {one['peak_mb']:.0f} MB |"
        )
    share = free_share(runs[0])
    first = runs[0]
    return "\n".join(lines) + (
        f"\n\nAsked of default parts: ≤ {SHARE:.0%} a task. Here: {first['engine_share']:.0%}, nearly "
        f"all of it idle. On two free cores the tasks would take {first['tasks_cpu_s'] / 2:.0f} s, and "
        f"the engine {share:.1%}: {verdict(share <= SHARE)} by that sum, not by a run. 65536 is Dask's "
        "own setting, which gives memory back after every part.\n"
    )


def free_share(one: dict[str, Any]) -> float:
    """Return the engine's share if two workers never wait: its tasks, plus idle cost for that
    time.
    """
    tasks = float(one["engine_share_beyond_idle"])
    return tasks + float(one["idle_cpu_a_second"]) / 2.0


def memory_section(runs: list[tuple[str, int, int, dict[str, Any]]]) -> str:
    """Return the section on memory, which parts should bound."""
    peak = max(one["peak_mb"] for *_, one in runs)
    by_count = ", ".join(
        f"{one['peak_mb']:.0f} MB at {count:,} of {kind}" for kind, count, _, one in runs
    )
    return (
        "\n## 6. Memory\n\n"
        f"Largest process of each analysis: {by_count}. Asked: below {MEMORY_MB / 1000:g} GB, by parts "
        f"and not by the archive: {verdict(peak < MEMORY_MB)}.\n"
    )


def statistics_section(one: dict[str, Any], count: int) -> str:
    """Return the section on statistics of all subjects."""
    trained, others = one["trained"], one["others"]
    return (
        "\n## 7. Statistics of all subjects\n\n"
        f"`kp.archive.reliability`, `sides` and `trends` of one measure (knee inward at the lowest "
        f"point) over the tables of {count:,} pictures: {one['reliability_cpu_s']:.1f}, "
        f"{one['sides_cpu_s']:.1f} and {one['trends_cpu_s']:.1f} s of CPU for 1, "
        f"{one['sides_rows']:,} and {one['trends_rows']:,} rows, {one['peak_mb']:.0f} MB. Error of "
        f"measurement of a day {one['sem']:.2f}° ({one['sem_low']:.2f} to {one['sem_high']:.2f}), "
        f"detectable change {one['mdc']:.1f}°, ICC {one['icc']:.2f} (between people, of one side), "
        f"{one['legs']:,.0f} legs.\n\n"
        "| legs | rows | planted | mean change | beyond the error | `changed` |\n"
        "|---|--:|--:|--:|--:|--:|\n"
        f"| trained | {trained['rows']:,} | −{abs(one['planted']):.1f}° | {minus(trained['change'])}° | "
        f"{trained['beyond']:.1%} | {trained['changed']:.1%} |\n"
        f"| others | {others['rows']:,} | 0.0° | {minus(others['change'])}° | {others['beyond']:.1%} | "
        f"{others['changed']:.1%} |\n\n"
        "The change found is a little larger than the planted one: that is for a straight thigh, and a "
        "thigh that points toward the camera looks shorter. The "
        "[notebook](../how-to/archive-study.ipynb) tells what the table means.\n"
    )


def engines_section(python: str) -> str:
    """Return the section on the same function in other engines, as run by the tests."""
    done = subprocess.run(
        [python, "-m", "pytest", "tests/archive/test_engines.py", "-q", "-rA", "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    passed = re.findall(r"^PASSED .*::test_(\w+)", done.stdout, flags=re.MULTILINE)
    skipped = re.findall(r"^SKIPPED .*?: (.*)$", done.stdout, flags=re.MULTILINE)
    failed = re.findall(r"^FAILED .*::test_(\w+)", done.stdout, flags=re.MULTILINE)
    ask = (
        "from importlib import metadata\n"
        "there = {one.name.lower(): one.version for one in metadata.distributions()}\n"
        f"print(*(f'{{n}} {{there[n]}}' for n in {ENGINES} if n in there), sep='\\n')"
    )
    known = subprocess.run(
        [python, "-c", ask], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return (
        "\n## 8. The same function in other engines\n\n"
        "`analyze_batch` as it is, every bit the same as in one process: "
        f"{', '.join(passed) or 'none'}. "
        f"Not run here: {'; '.join(skipped) or 'none'}. Failed: {', '.join(failed) or 'none'}. "
        f"Versions: {', '.join(known)}. (`tests/archive/test_engines.py`)\n"
    )


def users_section(python: str, kept: Path) -> str:
    """Return the section on other tools of today: rows 20 to 24 of the speed table."""
    if not kept.exists():
        chosen = " or ".join(f"row{row}:" for row in USERS)
        subprocess.run(
            [python, "-m", "pytest", "benches/test_speed_table.py", "-q", "-k", chosen,
             f"--speed-page={kept}", "-p", "no:cacheprovider"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    lines = [line for line in kept.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    load = re.search(r"^load +(.*)$", kept.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return (
        "\n## 9. Against what users would pick now\n\n"
        "Rows of the [speed table](speed.md), each the fastest of 15 rounds of both sides in turn, on "
        f"one thread, at a load of {load[1] if load else 'unknown'}. Below 1× the other is faster. "
        "Sports2D, Pose2Sim, SciPy, pandas and Numba have rows there. The counting rule asks two "
        "thresholds of one angle and nothing else, so it is much cheaper; kneepose repairs the "
        "keypoints and asks whether the movement is a squat. Packages under the AGPL are not installed: "
        "the rule is written from its description. Whole programs (Sports2D, Pose2Sim, myogait from a "
        "video) spend nearly all of their time in the pose estimator and are not compared.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def main() -> None:
    """Measure missing figures and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="for archives and figures; default: a new one")
    parser.add_argument("--largest", type=int, default=COUNTS[-1])
    parser.add_argument("--space", type=int, default=10_000, help="recordings in space")
    parser.add_argument("--engines-python", default=sys.executable, help="that has the engines")
    parser.add_argument("--users-python", default=sys.executable, help="that has --group users")
    options = parser.parse_args()
    figures = Figures(options.folder or Path(tempfile.mkdtemp(prefix="kneepose-archive-")))
    counts = sorted({count for count in COUNTS if count < options.largest} | {options.largest})
    runs = [
        ("picture", count, 2 if count == counts[-1] else 1,
         figures.analyzed("picture", count, 2 if count == counts[-1] else 1))
        for count in counts
    ]  # fmt: skip
    costs = {count: 1e3 * one["cpu_s"] / count for _, count, _, one in runs}
    free = min(FREE, options.largest)
    pair = [figures.analyzed("picture", free, workers) for workers in (1, 2)]
    runs.append(("picture", free, 2, pair[1]))
    runs.append(("space", options.space, 2, figures.analyzed("space", options.space, 2)))
    written = [("picture", figures.archive("picture", count)[1]) for count in counts]
    written.append(("space", figures.archive("space", options.space)[1]))
    cluster = figures.of(f"cluster-{CLUSTER}", "cluster", figures.folder / "cluster", CLUSTER)
    small = figures.folder / f"small{free}"
    figures.of(f"write-small-{free}", "write-small", small, "picture", free)
    large, _ = figures.archive("picture", free)
    engine = [
        figures.of(f"engine-{name}", "engine", place, figures.folder / f"tables-{name}", trim)
        for name, place, trim in (
            ("parts", large, TRIM), ("parts-dask", large, ""), ("small", small, TRIM),
        )
    ]  # fmt: skip
    statistics = figures.of("statistics", "statistics", figures.tables("picture", counts[-1], 2))
    plot(costs)
    machine = "\n".join([
        *description()[:1],
        f"Python   {description()[2].split('Python', 1)[1].strip().removesuffix(', one thread each')}, "
        f"pyarrow {metadata.version('pyarrow')}, dask {metadata.version('dask')}",
    ])  # fmt: skip
    page = (
        HEAD.format(machine=machine, date=datetime.date.today().isoformat())
        + cost_section(runs)
        + written_section(written)
        + flat_section(costs)
        + speed_up_section(*pair)
        + cluster_section(cluster)
        + engine_section(engine)
        + memory_section(runs)
        + statistics_section(statistics, counts[-1])
        + engines_section(options.engines_python)
        + users_section(options.users_python, figures.folder / "results" / "users.md")
    )
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
