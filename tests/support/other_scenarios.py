"""Scenarios without repetitions: daily movements, other exercises, and random keypoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.support.daily_moves import (
    balance,
    bend,
    curl,
    drink,
    jump,
    lunge,
    march,
    sit_at_once,
    sit_down,
    stand_up,
)
from tests.support.exerciser import OTHER, Exerciser
from tests.support.film import Film, shoot
from tests.support.lying_body import clamshell, lying
from tests.support.motion_course import Course, wander
from tests.support.moving_body import Build, pose
from tests.support.scenario import SCENARIOS, Scenario, random_stream, scene, told

EXERCISES = ("squat", "single_leg_squat")
Act = Callable[[Exerciser, Film], Film | None]


def never(*exercises: str, name: str = "", scored: bool = True) -> Callable[[Act], Act]:
    """Register a scenario without repetitions of these exercises."""

    def register(act: Act) -> Act:
        title = name or act.__name__.replace("_", " ")
        for exercise in exercises or EXERCISES:
            scene(exercise, f"no, {title}", scored=scored)(act)
        return act

    return register


def walk_about(m: Exerciser, heading: float, far: float) -> None:
    """Start at a point from which the path crosses the filmed area."""
    a = np.radians(heading)
    m.start_at(-0.5 * far * np.cos(a), 0.5 * far * np.sin(a), heading)
    m.walk(heading, far, speed=m.rng.uniform(1.1, 1.4))
    m.stand(0.5)


@never()
def walks_toward(m: Exerciser, film: Film) -> Film:
    """Scenario: the person walks toward the camera."""
    walk_about(m, film.toward, 5.0)
    return replace(film, distance_m=5.0)


@never()
def walks_away(m: Exerciser, film: Film) -> Film:
    """Scenario: the person walks away from the camera."""
    walk_about(m, film.toward + 180, 5.0)
    return replace(film, distance_m=5.0)


@never()
def walks_across(m: Exerciser, film: Film) -> Film:
    """Scenario: the person walks across the image."""
    walk_about(m, film.toward + 90 * m.rng.choice([-1, 1]), 4.5)
    return replace(film, distance_m=5.0)


@never()
def walks_to_and_fro(m: Exerciser, film: Film) -> Film:
    """Scenario: the person walks up and down the room for a while."""
    heading = film.toward + m.rng.uniform(0, 360)
    a = np.radians(heading)
    m.start_at(-np.cos(a), np.sin(a), heading)
    for i in range(6):
        m.walk(heading + 180 * i, 2.0, speed=m.rng.uniform(1.1, 1.4))
    return replace(film, distance_m=5.0)


@never("squat")
def jumps(m: Exerciser, film: Film) -> None:
    """Scenario: jumps, with both feet leaving the floor."""
    m.stand(1.5)
    for _ in range(int(m.rng.integers(3, 9))):
        jump(m, m.rng.uniform(0.12, 0.35))
        m.stand(m.rng.uniform(0.2, 1.5))


@never()
def balances(m: Exerciser, film: Film) -> None:
    """Scenario: the person balances on one leg with swaying arms and trunk, without a squat."""
    m.stand(1)
    assert m.asked
    balance(m, m.asked, m.rng.uniform(20, 40))
    m.stand(1)


@never()
def marches(m: Exerciser, film: Film) -> None:
    """Scenario: the person marches on the spot with high knees."""
    m.stand(1)
    march(m, int(m.rng.integers(10, 30)), seconds=m.rng.uniform(0.5, 0.8))
    m.stand(1)


@never(name="stands 60 s")
def stands(m: Exerciser, film: Film) -> None:
    """Scenario: the person stands for a minute, quietly or restlessly."""
    m.stand(60, restless=float(m.rng.choice([0, 0.2, 0.5])))


@never()
def bends(m: Exerciser, film: Film) -> None:
    """Scenario: the person bends at the hips several times with knees at 15 to 45°, and drinks."""
    m.stand(1.5)
    for _ in range(int(m.rng.integers(3, 7))):
        bend(m)
        m.stand(m.rng.uniform(0.3, 2))
    drink(m)
    bend(m)
    m.stand(1)


@never()
def turns_around(m: Exerciser, film: Film) -> None:
    """Scenario: the person turns around completely on the spot, in both directions."""
    m.stand(1)
    for by in m.rng.choice([-90, 90, 180], 6):
        m.turn_to(m.course.now("heading") + float(by))
        m.stand(m.rng.uniform(0.2, 1.5))


@never(name="curls, the standing leg named")
def curls(m: Exerciser, film: Film) -> None:
    """Scenario: the person brings the heel to the buttock several times."""
    m.stand(1)
    assert m.asked
    curl(m, OTHER[m.asked], int(m.rng.integers(5, 11)))
    m.stand(1)


@never(name="curls, the curling leg named")
def curls_of_this_leg(m: Exerciser, film: Film) -> None:
    """Scenario: the person brings the heel of the analyzed leg to the buttock several times."""
    m.stand(1)
    assert m.asked
    curl(m, m.asked, int(m.rng.integers(5, 11)))
    m.stand(1)


@never("squat")
def sits(m: Exerciser, film: Film) -> None:
    """Scenario: the person sits restlessly on a chair all the time."""
    sit_at_once(m)
    m.rest = 92
    m.stand(40, restless=0.3)


@never("squat", name="sits down and gets up once", scored=False)
def sits_down_once(m: Exerciser, film: Film) -> None:
    """Scenario: one sit-to-stand, which may or may not count as a squat."""
    m.stand(3)
    sit_down(m)
    m.stand(m.rng.uniform(2, 10))
    stand_up(m)
    m.stand(3)


@never("squat", scored=False)
def lunges(m: Exerciser, film: Film) -> None:
    """Scenario: long steps with both knees bent, which may or may not count as squats."""
    m.stand(1.5)
    side = str(m.rng.choice(["left", "right"]))
    for _ in range(int(m.rng.integers(4, 9))):
        lunge(m, side)
        side = OTHER[side]
        m.stand(m.rng.uniform(0.2, 1))


def no_body(exercise: str, kind: str) -> None:
    """Register scenarios of keypoints that do not belong to a standing person."""
    title = f"{exercise}: no, {kind}"

    def build(seed: int, film: Film) -> Scenario:
        rng = random_stream(title, seed)
        film = film.drawn(rng)
        m = Exerciser(rng)
        seconds = float(rng.uniform(15, 40))
        side = str(rng.choice(["left", "right"]))

        def garbage(times: np.ndarray) -> np.ndarray:
            still = pose(m.course, m.build, times[:2])[0]
            tau = float(rng.choice([0.05, 0.4, 1.5]))
            shake = wander(rng, times, rng.uniform(0.08, 0.3), tau, still.size)
            return np.asarray(still + shake.reshape(len(times), *still.shape))

        def frozen(times: np.ndarray) -> np.ndarray:
            """Return a standing person whose image freezes repeatedly for seconds."""
            m.stand(seconds, restless=0.3)
            moving = pose(m.course, m.build, times)
            kept = np.arange(len(times)) // int(film.fps * 4) * int(film.fps * 4)
            return np.asarray(moving[kept])

        def hidden(times: np.ndarray) -> np.ndarray:
            return lying_badly(rng, times, m.build, side)

        points = {"garbage": garbage, "frozen": frozen, "lies, legs hidden": hidden}[kind]
        if kind.startswith("lies"):
            film = replace(film, size_wh=(1920, 1080), height_m=0.5)
        body = m.build.height
        recording = shoot(rng, points, film, 0.0, seconds, body_m=body)
        return told(title, recording, exercise, side, [], (0, seconds), partials_known=False,
                    note=f"keypoints of nobody who exercises: {kind}")  # fmt: skip

    SCENARIOS[title] = build


def lying_badly(rng: np.random.Generator, times: np.ndarray, body: Build, side: str) -> np.ndarray:
    """Return somebody lying still on the side, with legs guessed and exchanged by the estimator."""
    course = Course()
    course.seed = int(rng.integers(2**31))
    points = clamshell(course, lying(rng, body), side, times)
    legs = np.array([11, 12, 13, 14, 15, 16, *range(20, 26)])
    guess = wander(rng, times, 0.10, float(rng.uniform(0.1, 0.8)), 3 * len(legs))
    points[:, legs] += guess.reshape(len(times), len(legs), 3)
    exchanged = wander(rng, times, 1.0, 0.5)[:, 0] > 0.5
    swap = np.array([12, 11, 14, 13, 16, 15, 21, 20, 23, 22, 25, 24])
    frames = np.flatnonzero(exchanged)
    points[np.ix_(frames, legs)] = points[np.ix_(frames, swap)]
    return points


for _exercise in ("squat", "clamshell"):
    for _kind in ("garbage", "frozen", "lies, legs hidden"):
        no_body(_exercise, _kind)
