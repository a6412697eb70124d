"""Scenarios of clamshells and fire hydrants as people film themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.support.exerciser import OTHER, Done
from tests.support.film import Film, shoot
from tests.support.lying_body import Lying, clamshell, hydrant, lying
from tests.support.motion_course import ONSET, Course
from tests.support.moving_body import Build
from tests.support.scenario import SCENARIOS, Scenario, random_stream, told

POSES = {"clamshell": clamshell, "fire_hydrant": hydrant}
YAW = {"clamshell": 0.0, "fire_hydrant": 180.0}


class Lifter:
    """A person who lies or kneels and opens one leg. Every action advances the time `t`."""

    def __init__(self, rng: np.random.Generator, exercise: str) -> None:
        self.rng, self.exercise = rng, exercise
        self.body: Lying = lying(rng, Build.of(rng))
        self.course = Course()
        self.course.seed = int(rng.integers(2**31))
        self.course.sway = {"open": (0.8, 0.8), "roll": (0.8, 1.0), "hike": (0.8, 1.0),
                            "sway": (0.004, 1.2)}  # fmt: skip
        self.t, self.begin, self.end = 0.0, 0.0, -1.0
        self.side = str(rng.choice(["left", "right"]))
        self.works = self.side
        self.compensates = 0.0
        """Pelvic roll or hip hike at the largest opening, in degrees."""
        self.done: list[Done] = []
        self.partials_known = True

    def about(self, value: float, share: float = 0.08) -> float:
        return float(value * np.clip(self.rng.normal(1, share), 1 - 2 * share, 1 + 2 * share))

    def rest(self, seconds: float) -> None:
        self.t += seconds

    def lift(self, opening: float, up: float, down: float, hold: float, *, to: float = 0.0,
             size: str = "full") -> None:  # fmt: skip
        start = self.t + ONSET * up
        fault = "roll" if self.exercise == "clamshell" else "hike"
        for name, most, rest in (("open", opening, to), (fault, self.compensates, 0.0),
                                 ("sway", self.rng.uniform(0, 0.03), 0.0)):  # fmt: skip
            self.course.move(name, most, self.t, up)
            self.course.move(name, rest, self.t + up + hold, down)
        bottom = self.t + up + 0.5 * hold
        self.t += up + hold + down
        self.done.append(Done(start, bottom, self.t - ONSET * down, size, self.works))

    def lifts(self, n: int, opening: float, tempo: float, *, hold: float = 0.3,
              between: tuple[float, float] = (0.2, 1.0), fatigue: float = 0.0) -> None:  # fmt: skip
        for i in range(n):
            tired = 1 - fatigue * i / max(n - 1, 1)
            self.lift(
                self.about(opening * tired, 0.06),
                self.about(tempo),
                self.about(tempo),
                self.about(hold),
            )
            self.t += self.rng.uniform(*between)


Act = Callable[[Lifter], None]


def usual(m: Lifter) -> tuple[int, float, float]:
    most = 55 if m.exercise == "clamshell" else 60
    return int(m.rng.integers(4, 16)), m.rng.uniform(25, most), m.rng.uniform(0.9, 2.2)


def usual_set(m: Lifter) -> None:
    m.rest(m.rng.uniform(1, 3))
    m.lifts(*usual(m))
    m.rest(m.rng.uniform(1, 2))


def plain(m: Lifter) -> None:
    """Scenario: 4 to 15 repetitions with openings of 25 to 60°."""
    usual_set(m)


def slow(m: Lifter) -> None:
    """Scenario: slow repetitions, 3 to 4 s up and equally long down."""
    m.rest(2)
    m.lifts(int(m.rng.integers(3, 8)), m.rng.uniform(25, 50), m.rng.uniform(3, 4))
    m.rest(1)


def small(m: Lifter) -> None:
    """Scenario: the whole set with openings of only 15 to 22°."""
    m.rest(2)
    m.lifts(int(m.rng.integers(5, 12)), m.rng.uniform(15, 22), m.rng.uniform(0.9, 2))
    m.rest(1)


def compensates(m: Lifter) -> None:
    """Scenario: the pelvis rolls back, or the hip hikes, by 10 to 20°."""
    m.compensates = m.rng.uniform(10, 20)
    usual_set(m)


def both_sizes(m: Lifter) -> None:
    """Scenario: some openings are only 0.35 to 0.5 of the others and count as partial."""
    n, opening, tempo = usual(m)
    opening = max(opening, 40)
    m.rest(2)
    for i in range(n):
        share = m.rng.uniform(0.38, 0.48) if i % 3 == 1 else 1.0
        size = "partial" if i % 3 == 1 else "full"
        m.lift(m.about(opening, 0.04) * share, m.about(tempo), m.about(tempo), 0.3, size=size)
        m.t += m.rng.uniform(0.3, 1)
    m.rest(1)


def holds(m: Lifter) -> None:
    """Scenario: the leg is held open for 10 s, with 1 to 2 s of rest between."""
    m.rest(2)
    m.lifts(int(m.rng.integers(3, 6)), m.rng.uniform(25, 50), 1.2, hold=10, between=(1, 2))
    m.rest(1)


def starts_within(m: Lifter) -> None:
    """Scenario: the recording begins with the leg up; that repetition does not count."""
    usual_set(m)
    m.begin = m.done[0].bottom
    m.partials_known = False


def ends_within(m: Lifter) -> None:
    """Scenario: the recording ends with the leg up; that repetition does not count."""
    usual_set(m)
    m.end = m.done[-1].bottom
    m.partials_known = False


def touch_and_go(m: Lifter) -> None:
    """Scenario: the leg returns only to 15 to 30 % of the range between repetitions."""
    m.rest(2)
    n, opening, tempo = usual(m)
    for i in range(n):
        to = m.rng.uniform(0.15, 0.30) * opening if i < n - 1 else 0.0
        m.lift(m.about(opening, 0.04), m.about(tempo), m.about(tempo), 0.1, to=to)
    m.rest(1.5)


def rests_first(m: Lifter) -> None:
    """Scenario: two minutes of rest first, and a pause of 15 s in the middle of the set."""
    m.rest(120)
    n, opening, tempo = usual(m)
    m.lifts(n // 2, opening, tempo)
    m.rest(15)
    m.lifts(n - n // 2, opening, tempo)
    m.rest(1)


def tires(m: Lifter) -> None:
    """Scenario: the opening decreases by 30 % over the set."""
    m.rest(2)
    _, opening, tempo = usual(m)
    m.lifts(int(m.rng.integers(7, 15)), max(opening, 32), tempo, fatigue=0.3)
    m.rest(1)


def wrong_leg_named(m: Lifter) -> None:
    """Scenario: the leg that is not named does the repetitions, so none count."""
    m.works = OTHER[m.side]
    usual_set(m)
    m.partials_known = False


def lies_still(m: Lifter) -> None:
    """Scenario: no repetition at all."""
    m.rest(40)


ACTS: tuple[Act, ...] = (
    plain, slow, small, compensates, both_sizes, holds, starts_within, ends_within, touch_and_go,
    rests_first, tires, wrong_leg_named, lies_still,
)  # fmt: skip


def register(exercise: str, act: Act) -> None:
    title = f"{exercise}: {act.__name__.replace('_', ' ')}"

    def build(seed: int, film: Film) -> Scenario:
        rng = random_stream(title, seed)
        m = Lifter(rng, exercise)
        act(m)
        turn = YAW[exercise] + rng.uniform(-8, 8) if film.view not in ("world",) else 0.0
        base = {"front": 0.0, "right": 90.0, "back": 180.0, "left": 270.0}.get(film.view, 0.0)
        film = replace(
            film, size_wh=(1920, 1080), height_m=rng.uniform(0.2, 0.6),
            distance_m=rng.uniform(2.4, 3.2), azimuth_deg=turn - base,
        )  # fmt: skip
        end = m.t if m.end < 0 else m.end
        pose = POSES[exercise]
        recording = shoot(
            rng, lambda times: pose(m.course, m.body, m.works, times), film, m.begin, end,
            body_m=m.body.build.height,
        )  # fmt: skip
        return told(
            title, recording, exercise, m.side, m.done, (m.begin, end),
            partials_known=m.partials_known, note=(act.__doc__ or "").strip(),
        )  # fmt: skip

    SCENARIOS[title] = build


for _exercise in POSES:
    for _act in ACTS:
        register(_exercise, _act)
