"""Rows of the speed table: targets, measurements, and the page.

A `Case` is work that kneepose and other implementations do, timed in turn by `race`. A `Probe`
measures anything that is no ratio of times (memory, import, accuracy, instructions). Both return
`Line`s. A missed target is reported in its line; it is an error only if the implementations
disagree about the numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from benches.machine import description
from benches.race import ROUNDS, Clock, Side


class Absent(Exception):
    """Raised if a line cannot be measured, because a package or a function is missing."""


@dataclass(frozen=True)
class Case:
    """One race. The last side that `make` returns is kneepose.

    `at_least` is the smallest accepted ratio of the fastest contender's time to that of kneepose.
    `at_most` is the largest accepted ratio of kneepose's time to the fastest contender's, for work
    that cannot be much faster, such as a copy. With neither there is no target. `within_s` is the
    longest time that kneepose may take.
    """

    row: int
    what: str
    make: Callable[[], list[Side]]
    at_least: float | None = None
    at_most: float | None = None
    within_s: float | None = None

    @property
    def target(self) -> str:
        """Target of the race as text."""
        parts = []
        if self.at_least is not None:
            parts.append(f"≥ {self.at_least:g}×")
        if self.at_most is not None:
            parts.append(f"≤ {self.at_most:g}× its time")
        if self.within_s is not None:
            parts.append(f"≤ {duration(self.within_s)}")
        return ", ".join(parts) or "none"

    def line(self, clocks: Sequence[Clock]) -> Line:
        """Return the outcome of the race as a line of the table."""
        *others, ours = clocks
        contenders = [clock for clock in others if clock.side.contender]
        fastest = min(contenders, key=lambda clock: clock.best_s)
        ratio = fastest.best_s / ours.best_s
        met = None
        if self.target != "none":
            met = (
                (self.at_least is None or ratio >= self.at_least)
                and (self.at_most is None or 1.0 / ratio <= self.at_most)
                and (self.within_s is None or ours.best_s <= self.within_s)
            )
        shown = f"{1.0 / ratio:.2f}× its time" if self.at_most is not None else times(ratio)
        rest = [
            f"{clock.side.name}: {times(clock.best_s / ours.best_s)}"
            for clock in others
            if clock is not fastest
        ]
        spent = f"{duration(ours.best_s)} : {duration(fastest.best_s)}"
        if fastest.side.share < 1.0:
            spent += f" (from {fastest.side.share:.1%} of the frames)"
        return Line(
            self.row, self.what, fastest.side.name, self.target, shown, met, spent, "; ".join(rest)
        )


@dataclass(frozen=True)
class Probe:
    """A measurement that is not a race."""

    row: int
    what: str
    run: Callable[[], list[Line]]


@dataclass(frozen=True)
class Line:
    """One line of the speed table. `met` is None without a target, or without a comparison."""

    row: int
    what: str
    contender: str
    target: str
    measured: str
    met: bool | None
    spent: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Outcome as text: met, missed, or neither."""
        return {True: "met", False: "**missed**", None: "–"}[self.met]


def absent(row: int, what: str, target: str, reason: str) -> Line:
    """Return the line for a row that could not be measured, with the reason."""
    return Line(row, what, "", target, f"not measured: {reason}", None)


def times(ratio: float) -> str:
    """Format a ratio with three significant digits."""
    return f"{ratio:,.0f}×" if ratio >= 100 else f"{ratio:.1f}×" if ratio >= 10 else f"{ratio:.2f}×"


def duration(seconds: float) -> str:
    """Format a duration with three digits and a unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def page(lines: Sequence[Line], left_out: int = 0) -> str:
    """Return the page docs/evidence/speed.md; `left_out` counts the rows deselected in this run."""
    ordered = sorted(lines, key=lambda line: line.row)
    asked = [line for line in ordered if line.met is not None]
    met = sum(bool(line.met) for line in asked)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    out = [
        "# Speed",
        "",
        f"Written by `make speed` on {date.today().isoformat()}; do not edit. "
        f"{met} of {len(asked)} targets met, {len(lines) - len(asked)} lines without one or not "
        "measured."
        + (f" **{left_out} rows or cases were left out of this run.**" if left_out else ""),
        "",
        "```text",
        *description(),
        f"load     {load} (1, 5, 15 minutes, at the end)",
        "```",
        "",
        f"Each line is the fastest of {ROUNDS} rounds of every side, in turn, in one process. Before "
        "the timing all sides gave the same numbers: to 1e-9 in f64, to 1e-4° in f32 (5e-3° where a "
        "tutorial takes the arc cosine of f32), or as the line says. Ratios say how many times as "
        "long the contender takes; the target is held against the fastest contender named. Times "
        "are kneepose : contender, and mean little on a shared machine.",
        "",
        "| row | work | contender | target | measured | | times | also |",
        "|--:|---|---|--:|--:|---|--:|---|",
    ]
    for line in ordered:
        cells = (
            str(line.row),
            line.what,
            line.contender,
            line.target,
            line.measured,
            line.verdict,
            line.spent,
            line.note,
        )
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(out) + "\n"


def printed(lines: Sequence[Line]) -> list[str]:
    """Return the speed table as lines for a terminal."""
    out = []
    for line in sorted(lines, key=lambda line: line.row):
        verdict = line.verdict.strip("*").upper() if line.met is False else line.verdict
        out.append(
            f"{line.row:>2}  {line.what}: {line.measured}"
            + (f" against {line.contender}" if line.contender else "")
            + (f" [target {line.target}: {verdict}]" if line.met is not None else "")
            + (f"  {line.spent}" if line.spent else "")
        )
        if line.note:
            out.append(f"      also {line.note}")
    return out
