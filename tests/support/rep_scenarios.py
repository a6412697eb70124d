"""Repetition counting on simulated people: scenarios, and a table of the results.

    python rep_scenarios.py [--seeds 5] [--only squat] [--views front,world] [--full] [--processes 2]

`scenario(name, seed, film)` builds a recording of one of `SCENARIOS`. Equal name, seed and film
give an identical recording.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

import kneepose as kp
from tests.support import (
    hip_scenarios,
    other_scenarios,
    single_leg_scenarios,
    squat_scenarios,
    strength_scenarios,
)
from tests.support.film import NOISES, VIEWS, Film
from tests.support.scenario import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Film", "Outcome", "Scenario", "films", "listed", "outcome", "scenario"]

REGISTERED = (
    squat_scenarios,
    single_leg_scenarios,
    hip_scenarios,
    other_scenarios,
    strength_scenarios,
)
SKELETONS = ("halpe26", "coco17", "mediapipe33")
HIP_VIEWS = {
    "clamshell": ("world", "mediapipe_world", "front"),
    "fire_hydrant": ("world", "mediapipe_world", "back"),
}
USUAL_NOISES = ("low", "usual", "usual", "poor")


def scenario(name: str, seed: int = 0, film: Film | None = None) -> Scenario:
    """Build the recording of one of `SCENARIOS`."""
    return SCENARIOS[name](seed, film or Film())


def listed() -> list[str]:
    """Return the names of the scenarios by exercise, with those without repetitions last."""
    order = [row["name"] for row in kp.tables.exercises()]

    def place(name: str) -> tuple[int, bool]:
        exercise, what = name.split(": ")
        return order.index(exercise), what.startswith("no, ")

    return sorted(SCENARIOS, key=place)


class Outcome(NamedTuple):
    """Result of kneepose for one recording."""

    name: str
    film: Film
    seed: int
    truth: int
    found: int
    extra_partials: int | None
    timing_s: float
    state: str
    scored: bool
    refused: str
    """Reasons of the quality check if it refuses the recording."""

    @property
    def error(self) -> int:
        return self.found - self.truth


def analyzed(made: Scenario, method: str) -> kp.analysis.Analysis:
    """Analyze with `kp.analyze`, or frame by frame with `kp.Stream`."""
    recording = made.recording
    if method == "offline":
        return kp.analyze(recording, made.exercise, side=made.side)  # type: ignore[arg-type]
    live = kp.Stream(
        made.exercise,
        side=made.side,  # type: ignore[arg-type]
        skeleton=recording.skeleton,
        resolution_wh=recording.resolution_wh,
        up=recording.up,
        view=recording.view,
    )
    live.push_all(recording.coordinates, recording.times, confidence=recording.confidence)
    return live.finish()


def outcome(name: str, seed: int, film: Film, method: str = "offline") -> Outcome:
    """Count by `method`; `state` is "ok", "n/a" (unknown exercise), or the name of the error."""
    made = scenario(name, seed, film)
    state, count, extra, timing, refused = "ok", 0, None, float("nan"), ""
    try:
        analysis = analyzed(made, method)
    except kp.errors.UnknownNameError:
        state = "n/a"
    except Exception as error:
        state = f"{type(error).__name__}: {str(error)[:60]}"
    else:
        reps = analysis.reps
        count = reps.count
        refusing = [f for f in analysis.quality.findings if f.severity == "refuse"]
        refused = ", ".join(str(f.reason) for f in refusing)
        if made.partial is not None:
            extra = len(reps.partial) - made.partial
        if count == made.count and count:
            found = np.array([(rep.start_s, rep.end_s) for rep in reps.full])
            true = np.stack([made.starts, made.ends], axis=1)
            timing = float(np.abs(found - true).mean())
    return Outcome(name, film, seed, made.count, count, extra, timing, state, made.scored, refused)


def films(name: str, seed: int, views: tuple[str, ...], *, full: bool) -> Iterator[Film]:
    """Return one film per view, with skeleton and noise by the seed; all combinations if `full`."""
    exercise = name.split(":")[0]
    for view in views:
        if view not in HIP_VIEWS.get(exercise, VIEWS):
            continue
        if full:
            for skeleton, noise in itertools.product(SKELETONS, ("none", "usual", "poor")):
                yield Film(view, skeleton, noise)
        else:
            yield Film(view, SKELETONS[seed % 3], USUAL_NOISES[seed % 4])


def _outcome(task: tuple[str, int, Film, str]) -> Outcome:
    return outcome(*task)


def run(
    tasks: list[tuple[str, int, Film]], processes: int, method: str = "offline"
) -> list[Outcome]:
    asked = [(*task, method) for task in tasks]
    if processes < 2:
        return [_outcome(task) for task in asked]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_outcome, asked, chunksize=8))


def cell(of: list[Outcome]) -> str:
    """Return share of exact counts, mean count error, false partials per recording, and refusals,
    as text.
    """
    if not of:
        return ""
    if all(o.state == "n/a" for o in of):
        return "n/a"
    exact = np.mean([o.error == 0 and o.state == "ok" for o in of])
    error = np.mean([o.error for o in of])
    extra = [o.extra_partials for o in of if o.extra_partials is not None]
    partial = f" p{np.mean(extra):+.1f}" if extra and np.any(extra) else ""
    turned_away = sum(bool(o.refused) for o in of)
    refused = f" r{turned_away}" if turned_away else ""
    raised = sum(o.state not in ("ok", "n/a") for o in of)
    return f"{exact:4.0%} {error:+.1f}{partial}{refused}{f' !{raised}' if raised else ''}"


def table(outcomes: list[Outcome], views: tuple[str, ...]) -> str:
    rows = defaultdict(list)
    for o in outcomes:
        rows[o.name].append(o)
    wide = max(len(name) for name in rows) + 2
    lines = [f"{'scenario':<{wide}}" + "".join(f"{view:>21}" for view in (*views, "all"))]
    for name, of in rows.items():
        cells = [cell([o for o in of if o.film.view == view]) for view in views] + [cell(of)]
        mark = "" if of[0].scored else "*"
        lines.append(f"{name + mark:<{wide}}" + "".join(f"{c:>21}" for c in cells))
    scored = [o for o in outcomes if o.scored and o.state != "n/a"]
    cells = [cell([o for o in scored if o.film.view == v]) for v in views] + [cell(scored)]
    lines.append(f"{'all that are scored':<{wide}}" + "".join(f"{c:>21}" for c in cells))
    timing = [o.timing_s for o in scored if np.isfinite(o.timing_s)]
    if timing:
        lines.append(
            f"starts and ends, where the count is exact: {np.mean(timing):.3f} s off on average"
        )
    return "\n".join(lines)


def worst(outcomes: list[Outcome], n: int) -> str:
    wrong = [o for o in outcomes if o.scored and o.state != "n/a" and (o.error or o.state != "ok")]
    wrong.sort(key=lambda o: -abs(o.error))
    return "\n".join(
        f"  {o.error:+d} of {o.truth}: {o.name!r}, {o.seed}, Film({o.film.view!r}, "
        f"{o.film.skeleton!r}, {o.film.noise!r}) {'' if o.state == 'ok' else o.state}{o.refused}"
        for o in wrong[:n]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", default="", help="names in which this expression is found")
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--noise", default="", choices=["", *NOISES])
    parser.add_argument("--full", action="store_true", help="all skeletons and noises")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--method", default="offline", choices=["offline", "live"])
    parser.add_argument("--worst", type=int, default=25)
    asked = parser.parse_args()
    views = tuple(asked.views.split(","))
    names = [name for name in listed() if re.search(asked.only, name)]
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    tasks = [
        (name, seed, replace(film, noise=asked.noise) if asked.noise else film)
        for name in names
        for seed in seeds
        for film in films(name, seed, views, full=asked.full)
    ]
    outcomes = run(tasks, asked.processes, asked.method)
    print(
        "exact share, mean error of the count, p: false partials, r: refused, !: raised; *: not scored"
    )
    print(table(outcomes, views))
    print("worst:")
    print(worst(outcomes, asked.worst))


if __name__ == "__main__":
    main()
