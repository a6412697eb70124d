"""Scenarios of squats on one leg, as people film themselves."""

from __future__ import annotations

import numpy as np

from tests.support.daily_moves import drink_from_the_floor
from tests.support.exerciser import OTHER, Exerciser
from tests.support.film import Film
from tests.support.scenario import scene, slower
from tests.support.squat_scenarios import settle, walk_in, walk_off

EXERCISE = "single_leg_squat"


def usual(m: Exerciser) -> tuple[int, float, float]:
    return int(m.rng.integers(3, 9)), m.rng.uniform(40, 75), m.rng.uniform(1.0, 2.2)


def up(m: Exerciser, side: str | None = None) -> None:
    """Shift onto the analyzed leg, with the other foot behind or in front."""
    behind = m.rng.random() < 0.6
    thigh, bent = (m.rng.uniform(5, 15), m.rng.uniform(70, 95)) if behind else (
        m.rng.uniform(30, 45), m.rng.uniform(20, 45))  # fmt: skip
    assert m.asked
    m.lift(side or m.asked, thigh=thigh, bend=bent)
    m.stand(m.rng.uniform(0.4, 1.2))


def usual_set(m: Exerciser) -> None:
    up(m)
    m.squats(*usual(m))
    m.stand(m.rng.uniform(0.3, 1.0))
    m.lower()
    m.stand(m.rng.uniform(0.8, 2.0))


@scene(EXERCISE)
def plain(m: Exerciser, film: Film) -> Film:
    """Scenario: 3 to 8 squats of 40 to 75°."""
    settle(m)
    usual_set(m)
    return slower(film, float(m.rng.choice([15, 20, 25, 30, 30, 60])))


@scene(EXERCISE)
def slow(m: Exerciser, film: Film) -> None:
    """Scenario: slow squats, 3 to 5 s down and equally long up."""
    settle(m)
    up(m)
    m.squats(int(m.rng.integers(3, 6)), m.rng.uniform(45, 75), m.rng.uniform(3, 5))
    m.lower()
    m.stand(1)


@scene(EXERCISE)
def fast(m: Exerciser, film: Film) -> None:
    """Scenario: fast squats, 0.7 s down and up with hardly a pause."""
    settle(m)
    up(m)
    m.squats(
        int(m.rng.integers(5, 11)), m.rng.uniform(40, 65), 0.72, between=(0.05, 0.3), hold=0.05
    )
    m.lower()
    m.stand(1)


@scene(EXERCISE)
def both_sizes(m: Exerciser, film: Film) -> None:
    """Scenario: some squats are only 0.4 to 0.48 as deep as the others and count as partial."""
    settle(m)
    up(m)
    n, tempo, depth = int(m.rng.integers(5, 9)), m.rng.uniform(1.0, 2.0), m.rng.uniform(65, 85)
    small = set(m.rng.choice(np.arange(n), max(1, n // 3), replace=False).tolist())
    for i in range(n):
        share = m.rng.uniform(0.40, 0.48) if i in small else 1.0
        size = "partial" if i in small else "full"
        m.squats(1, m.rest + share * (depth - m.rest), tempo, size=size)
    m.lower()
    m.stand(1)


@scene(EXERCISE)
def touch_and_go(m: Exerciser, film: Film) -> None:
    """Scenario: the body rises only to 15 to 30 % of the range between squats."""
    settle(m)
    up(m)
    n, depth, tempo = usual(m)
    for i in range(n):
        to = m.rest + m.rng.uniform(0.15, 0.30) * (depth - m.rest) if i < n - 1 else None
        m.squat(m.about(depth, 0.04), m.about(tempo), m.about(tempo), hold=0.1, to=to)
    m.stand(0.8)
    m.lower()
    m.stand(1.0)


@scene(EXERCISE)
def legs_in_turn(m: Exerciser, film: Film) -> None:
    """Scenario: alternating legs in one recording; only repetitions of the analyzed leg are
    true.
    """
    settle(m)
    n, depth, tempo = usual(m)
    side = str(m.rng.choice(["left", "right"]))
    for _ in range(2 * n):
        up(m, side)
        m.squats(1, depth, tempo)
        m.lower()
        side = OTHER[side]
    m.stand(1)
    m.partials_known = False


@scene(EXERCISE)
def both_legs_one_after_the_other(m: Exerciser, film: Film) -> None:
    """Scenario: a set on one leg, a rest, and a set on the other leg."""
    settle(m)
    n, depth, tempo = usual(m)
    for side in m.rng.permutation(["left", "right"]):
        up(m, str(side))
        m.squats(n, depth, tempo)
        m.lower()
        m.stand(m.rng.uniform(4, 15), restless=0.3)
    m.partials_known = False


@scene(EXERCISE)
def foot_taps_between(m: Exerciser, film: Film) -> None:
    """Scenario: the lifted foot briefly touches the floor between squats."""
    settle(m)
    up(m)
    n, depth, tempo = usual(m)
    for i in range(n):
        m.squats(1, depth, tempo)
        if i < n - 1 and m.rng.random() < 0.7:
            m.tap()
            m.stand(m.rng.uniform(0.3, 0.8))
    m.lower()
    m.stand(1)


@scene(EXERCISE)
def rests_between(m: Exerciser, film: Film) -> None:
    """Scenario: both feet are down for 2 to 4 s between squats."""
    settle(m)
    n, depth, tempo = usual(m)
    for _ in range(n):
        up(m)
        m.squats(1, depth, tempo)
        m.lower()
        m.stand(m.rng.uniform(2, 4), restless=0.3)


@scene(EXERCISE)
def wrong_leg_named(m: Exerciser, film: Film) -> None:
    """Scenario: squats on the leg that is not named, so none count."""
    settle(m)
    assert m.asked
    up(m, OTHER[m.asked])
    m.squats(*usual(m))
    m.lower()
    m.stand(1)
    m.partials_known = False


@scene(EXERCISE, scored=False)
def two_legs_instead(m: Exerciser, film: Film) -> None:
    """Scenario: squats on both legs named as single-leg squats; the true count is undefined."""
    settle(m)
    m.squats(*usual(m))
    m.stand(1)
    m.done.clear()
    m.partials_known = False


@scene(EXERCISE)
def starts_at_the_bottom(m: Exerciser, film: Film) -> None:
    """Scenario: the recording begins at the lowest point; that squat does not count."""
    settle(m)
    usual_set(m)
    m.begin = m.done[0].bottom
    m.partials_known = False


@scene(EXERCISE)
def ends_within(m: Exerciser, film: Film) -> None:
    """Scenario: the recording ends at a lowest point or half way up; that squat does not count."""
    settle(m)
    usual_set(m)
    last = m.done[-1]
    m.end = float(m.rng.choice([last.bottom, 0.5 * (last.bottom + last.end)]))
    m.partials_known = False


@scene(EXERCISE)
def walks_in_and_off(m: Exerciser, film: Film) -> None:
    """Scenario: the person walks from the phone, squats, and walks back or off to the side."""
    walk_in(m, film)
    settle(m, 0.5)
    usual_set(m)
    walk_off(m, film, str(m.rng.choice(["toward", "aside"])))


@scene(EXERCISE, "stands 2 min first")
def stands_two_minutes(m: Exerciser, film: Film) -> None:
    """Scenario: the person stands restlessly for two minutes, then squats."""
    m.stand(120, restless=0.2)
    settle(m)
    usual_set(m)


@scene(EXERCISE)
def bends_and_drinks(m: Exerciser, film: Film) -> None:
    """Scenario: after the last squat the person bends for a bottle and drinks."""
    settle(m)
    usual_set(m)
    drink_from_the_floor(m)


@scene(EXERCISE, "holds of 12 s")
def holds(m: Exerciser, film: Film) -> None:
    """Scenario: the person holds the bottom for 12 s, with 1 to 2 s of rest between."""
    settle(m)
    up(m)
    m.squats(int(m.rng.integers(3, 6)), m.rng.uniform(40, 65), 1.3, hold=12, between=(1.0, 2.0))
    m.lower()
    m.stand(1)


@scene(EXERCISE)
def poor_and_slow_film(m: Exerciser, film: Film) -> Film:
    """Scenario: poor estimates at 10 to 15 frames per second."""
    settle(m)
    usual_set(m)
    return slower(film, m.rng.uniform(10, 15), noise="poor", size_wh=(720, 1280))


@scene(EXERCISE)
def tires(m: Exerciser, film: Film) -> None:
    """Scenario: depth decreases by 30 % over the set."""
    settle(m)
    up(m)
    m.squats(int(m.rng.integers(6, 11)), m.rng.uniform(55, 78), m.rng.uniform(1, 2), fatigue=0.3)
    m.lower()
    m.stand(1)
