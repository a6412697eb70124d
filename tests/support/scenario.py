"""`Scenario`: a simulated recording with known repetitions, and the registry of scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import kneepose as kp
from tests.support.exerciser import Done, Exerciser
from tests.support.film import Film, shoot
from tests.support.moving_body import pose


@dataclass(frozen=True)
class Scenario:
    """A simulated recording and its true repetitions.

    `count` is the number of full repetitions, and `partial` that of partial ones, or None if not
    defined. `starts`, `bottoms` and `ends` are the times of the full repetitions in seconds: the 10
    % crossings of the working angle and the middle of its bottom. If `scored` is False, the truth
    is ambiguous.
    """

    name: str
    recording: kp.Recording
    exercise: str
    side: str
    count: int
    partial: int | None
    starts: np.ndarray
    bottoms: np.ndarray
    ends: np.ndarray
    note: str = ""
    scored: bool = True


Build = Callable[[int, Film], Scenario]
Act = Callable[[Exerciser, Film], Film | None]
"""Function that makes the person move, and may return a changed film."""

SCENARIOS: dict[str, Build] = {}


def random_stream(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, *name.encode()])


def told(
    name: str, recording: kp.Recording, exercise: str, side: str, done: list[Done],
    window: tuple[float, float], *, partials_known: bool, note: str, scored: bool = True,
) -> Scenario:  # fmt: skip
    """Return the scenario with the repetitions in the recording that belong to this side."""
    begin, end = window
    mine = [d for d in done if d.side in (None, side) and begin <= d.start and d.end <= end]
    full = [d for d in mine if d.size == "full"]
    small = sum(d.size == "partial" for d in mine)
    starts, bottoms, ends = (
        np.array([getattr(d, what) - begin for d in full]) for what in ("start", "bottom", "end")
    )
    return Scenario(
        name, recording, exercise, side, len(full), small if partials_known else None,
        starts, bottoms, ends, note, scored,
    )  # fmt: skip


def scene(exercise: str, name: str = "", *, scored: bool = True) -> Callable[[Act], Act]:
    """Register a scenario of a standing person. The docstring of the function becomes the note."""

    def register(act: Act) -> Act:
        title = f"{exercise}: {name or act.__name__.replace('_', ' ')}"

        def build(seed: int, film: Film) -> Scenario:
            rng = random_stream(title, seed)
            film = film.drawn(rng)
            m = Exerciser(rng)
            m.asked = str(rng.choice(["left", "right"]))
            film = act(m, film) or film
            end = m.t if m.end is None else m.end
            recording = shoot(
                rng, lambda times: pose(m.course, m.build, times), film, m.begin, end,
                body_m=m.build.height,
            )  # fmt: skip
            note = (act.__doc__ or "").strip()
            return told(
                title, recording, exercise, m.asked, m.done, (m.begin, end),
                partials_known=m.partials_known, note=note, scored=scored,
            )  # fmt: skip

        SCENARIOS[title] = build
        return act

    return register


def slower(film: Film, fps: float, **more: object) -> Film:
    return replace(film, fps=fps, **more)  # type: ignore[arg-type]
