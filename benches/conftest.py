"""Pytest hooks of the benchmarks: the `race` fixture, and the tables at the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benches.machine import description
from benches.race import ROUNDS, Clock, Side, assert_same
from benches.race import race as run_race
from benches.speed import Line, duration, page, printed

Workload = tuple[str, list[Clock]]
Race = Callable[..., list[Clock]]
RACES: pytest.StashKey[list[Workload]] = pytest.StashKey()
LINES: pytest.StashKey[list[Line]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line option for the path of the speed page."""
    parser.addoption("--speed-page", metavar="PATH", help="write the speed table to PATH")


def pytest_configure(config: pytest.Config) -> None:
    """Silence pytest-benchmark's warning about unused timings: a failed comparison has none."""
    config.addinivalue_line("filterwarnings", "ignore:Benchmark fixture was not used at all")


@pytest.fixture(name="race")
def race_fixture(benchmark: Any, request: pytest.FixtureRequest) -> Race:
    """Check that all implementations agree, then time them; the last one is kneepose.

    pytest-benchmark stores only the rounds of kneepose, so its own tables and comparisons are about
    kneepose alone. The times of the others are in `extra_info`.
    """

    def run(workload: str, *sides: Side) -> list[Clock]:
        assert sides[-1].name == "kneepose"
        benchmark.skipped = (
            True  # after a failure there is no timing, and the warning about it is not needed
        )
        assert_same(sides)
        if benchmark.disabled:
            benchmark(sides[-1].run)
            return []
        clocks = run_race(sides)
        ours = clocks[-1]
        benchmark.pedantic(ours.side.run, rounds=1, iterations=ours.calls)
        for duration_s in ours.durations_s:
            benchmark.stats.update(duration_s * ours.calls)
        for clock in clocks[:-1]:
            benchmark.extra_info[clock.side.name] = {
                "seconds": clock.best_s,
                "ratio": clock.best_s / ours.best_s,
            }
        request.config.stash.setdefault(RACES, []).append((workload, clocks))
        return clocks

    return run


@pytest.fixture(name="lines")
def lines_fixture(request: pytest.FixtureRequest) -> list[Line]:
    """Return the lines of the speed table collected so far."""
    return request.config.stash.setdefault(LINES, [])


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: Any) -> None:
    """Put the header of the speed table into saved benchmark results too."""
    machine_info["kneepose_bench"] = description()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print the speed table, or else how many times slower than kneepose each other way is."""
    config = terminalreporter.config
    lines = config.stash.get(LINES, [])
    workloads = config.stash.get(RACES, [])
    if lines:
        write_lines(terminalreporter, lines, exitstatus)
    elif workloads:
        write_ratios(terminalreporter, workloads)


def write_lines(
    terminalreporter: pytest.TerminalReporter, lines: list[Line], exitstatus: int
) -> None:
    """Print the speed table, and write it as a page unless the run was interrupted."""
    terminalreporter.section("speed")
    for text in [*description(), "", *printed(lines)]:
        terminalreporter.write_line(text)
    path = terminalreporter.config.getoption("--speed-page")
    if path and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        left_out = len(terminalreporter.stats.get("deselected", []))
        Path(path).write_text(page(lines, left_out), encoding="utf-8")
        terminalreporter.write_line(f"written to {path}")


def write_ratios(terminalreporter: pytest.TerminalReporter, workloads: list[Workload]) -> None:
    """Print the times of all implementations in all races."""
    write = terminalreporter.write_line
    terminalreporter.section("times as long as kneepose")
    for line in description():
        write(line)
    write("")
    width = max(len(clock.side.name) for _, clocks in workloads for clock in clocks)
    for workload, clocks in workloads:
        *others, ours = clocks
        write(f"{workload}: kneepose {duration(ours.best_s)}")
        for clock in others:
            ratio = clock.best_s / ours.best_s
            write(
                f"  {ratio:>9,.{0 if ratio >= 100 else 1}f} x  "
                f"{clock.side.name:<{width}}  {duration(clock.best_s):>9}{remark(clock)}"
            )
    write("")
    write(
        f"Fastest of {ROUNDS} rounds, in turn, in one process. Before, all sides agreed: to "
        "1e-9 in f64, to 1e-4 deg in f32 (5e-3 where a loop takes the arc cosine of f32)."
    )


def remark(clock: Clock) -> str:
    """Return a note on a time that was not measured directly."""
    share = clock.side.share
    return f"  (scaled per frame from {share:.1%} of the frames)" if share < 1.0 else ""
