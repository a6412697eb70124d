"""Simulated people, offline and live: a section of docs/repetitions.md."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python"))

from film import VIEWS
from rep_scenarios import Outcome, films, listed, run

SEEDS = range(9100, 9104)
METHODS = ("offline", "live")
WORDS = """\
People that nobody has recorded (`tests/python/rep_scenarios.py`): bodies of random build in front of a
simulated camera with the noise, hidden legs, drop-outs, exchanged legs and poor films of estimators,
{n} seeds each that were looked at by nobody. *Exact*: share of the recordings with the exact count,
which is 0 in the rows that begin with "no". Image views pooled: front, back, left, right; a recording
that the quality check refuses counts as wrong unless the count is 0. Rows marked with * have no right
answer and are not in the sums.
"""


def people_section() -> list[str]:
    """Markdown lines."""
    tasks = [
        (name, seed, film)
        for name in listed()
        for seed in SEEDS
        for film in films(name, seed, VIEWS, full=False)
    ]
    done = {method: run(tasks, 2, method) for method in METHODS}
    head = "| scenario | 3-D, offline | 3-D, live | image, offline | image, live |"
    lines = [WORDS.format(n=len(SEEDS)), head, "|---|---|---|---|---|"]
    names = listed()
    scored = {name: all(o.scored for o in done["offline"] if o.name == name) for name in names}
    for title, chosen in groups(names, scored):
        cells = [
            share([o for o in done[method] if o.name in chosen and in_space(o, space)])
            for space in ("world", "image")
            for method in METHODS
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return [*lines, ""]


def groups(names: list[str], scored: dict[str, bool]) -> list[tuple[str, set[str]]]:
    """Return the sums, then every scenario."""
    sums: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if scored[name]:
            exercise, what = name.split(": ")
            kind = "other movements" if what.startswith("no, ") else "sets"
            sums["**all**"].add(name)
            sums[f"**{exercise.replace('_', ' ')}, {kind}**"].add(name)
    single = [(name.replace("_", " ") + "*" * (not scored[name]), {name}) for name in names]
    return [*sums.items(), *single]


def in_space(outcome: Outcome, space: str) -> bool:
    """Return True if a film is in this space, world or image."""
    return ("world" in outcome.film.view) == (space == "world")


def share(outcomes: list[Outcome]) -> str:
    """Exact share."""
    if not outcomes:
        return "–"
    return f"{100 * np.mean([o.error == 0 and o.state == 'ok' for o in outcomes]):.0f} %"
