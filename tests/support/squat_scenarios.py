"""Scenarios of squats on both legs, as people film themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.daily_moves import drink_from_the_floor, sit_at_once, stand_up
from tests.support.exerciser import Exerciser
from tests.support.film import Film
from tests.support.moving_body import sinking
from tests.support.scenario import scene, slower

NEAR_PHONE_M = 0.7


def usual(m: Exerciser) -> tuple[int, float, float]:
    """Return random values of repetitions, depth in degrees, and tempo."""
    return int(m.rng.integers(3, 13)), m.rng.uniform(55, 110), m.rng.uniform(1.0, 2.2)


def settle(m: Exerciser, least: float = 1.0, most: float = 3.0) -> None:
    m.arms_for_squats()
    m.stand(m.rng.uniform(least, most))


def usual_set(m: Exerciser) -> None:
    m.squats(*usual(m))
    m.stand(m.rng.uniform(0.8, 2.0))


def depth_for(m: Exerciser, sinks_m: float) -> float:
    """Return the knee flexion that lowers the hip by `sinks_m` meters from the standing posture."""
    knee = np.linspace(1, 140, 1400)
    reach, ahead = sinking(m.build, knee, np.full_like(knee, m.shank_share))
    height = np.sqrt(reach**2 - ahead**2)
    standing = float(np.interp(m.rest, knee, height))
    return float(np.interp(-(standing - sinks_m), -height, knee))


def walk_in(m: Exerciser, film: Film) -> None:
    """Walk from the phone, or from outside the image, to the exercise place, and turn to face +x."""
    away = film.toward + 180
    a = np.radians(film.toward)
    out = (film.distance_m or 3.5) - NEAR_PHONE_M
    if m.rng.random() < 0.4:
        aside = a + np.pi / 2 * m.rng.choice([-1, 1])
        out, away = m.rng.uniform(2.2, 3.0), np.degrees(aside) + 180
        a = aside
    m.start_at(out * np.cos(a), -out * np.sin(a), away)
    m.stand(m.rng.uniform(0.2, 1.0))
    m.walk(away, out, speed=m.rng.uniform(1.0, 1.4))
    m.turn_to(0)


def walk_off(m: Exerciser, film: Film, where: str) -> None:
    turn = {"toward": 0.0, "away": 180.0, "aside": float(90 * m.rng.choice([-1, 1]))}[where]
    far = {"toward": (film.distance_m or 3.5) - NEAR_PHONE_M, "away": 2.5, "aside": 3.0}[where]
    m.walk(film.toward + turn, far, speed=m.rng.uniform(1.0, 1.4))


@scene("squat")
def plain(m: Exerciser, film: Film) -> Film:
    """Scenario: 3 to 12 squats of 35 to 110°."""
    settle(m)
    m.squats(int(m.rng.integers(3, 13)), m.rng.uniform(35, 110), m.rng.uniform(0.9, 2.5))
    m.stand(m.rng.uniform(0.8, 2.0))
    return slower(film, float(m.rng.choice([15, 20, 24, 25, 30, 30, 50, 60])))


@scene("squat")
def slow(m: Exerciser, film: Film) -> None:
    """Scenario: slow squats, 3 to 5 s down and equally long up."""
    settle(m)
    m.squats(int(m.rng.integers(3, 8)), m.rng.uniform(60, 105), m.rng.uniform(3, 5))
    m.stand(1)


@scene("squat")
def fast(m: Exerciser, film: Film) -> None:
    """Scenario: fast squats, 0.7 s down and up with hardly a pause."""
    settle(m)
    m.squats(
        int(m.rng.integers(6, 13)), m.rng.uniform(55, 100), 0.72, between=(0.05, 0.3), hold=0.05
    )
    m.stand(1)


@scene("squat")
def uneven_clock(m: Exerciser, film: Film) -> Film:
    """Scenario: frames at uneven times, 12 to 30 per second."""
    settle(m)
    usual_set(m)
    return slower(film, m.rng.uniform(12, 30), varying=True)


@scene("squat", "10 cm")
def ten_centimetres(m: Exerciser, film: Film) -> None:
    """Scenario: the hip is lowered by only 10 cm in the whole set."""
    settle(m)
    m.squats(int(m.rng.integers(4, 13)), depth_for(m, 0.10), m.rng.uniform(0.9, 2.0))
    m.stand(1)


@scene("squat")
def very_deep(m: Exerciser, film: Film) -> None:
    """Scenario: very deep squats, with the buttocks near the heels."""
    settle(m)
    m.squats(int(m.rng.integers(3, 9)), m.rng.uniform(120, 136), m.rng.uniform(1.4, 2.5))
    m.stand(1)


@scene("squat")
def both_sizes(m: Exerciser, film: Film) -> None:
    """Scenario: some squats are only 0.35 to 0.45 as deep as the others and count as partial."""
    settle(m)
    n, tempo, depth = int(m.rng.integers(6, 11)), m.rng.uniform(1.0, 2.0), m.rng.uniform(85, 125)
    small = set(m.rng.choice(np.arange(n), max(2, n // 3), replace=False).tolist())
    for i in range(n):
        share = m.rng.uniform(0.35, 0.45) if i in small else 1.0
        size = "partial" if i in small else "full"
        m.squats(1, m.rest + share * (depth - m.rest), tempo, size=size)
    m.stand(1)


@scene("squat")
def starts_at_the_bottom(m: Exerciser, film: Film) -> None:
    """Scenario: the recording begins at the lowest point; that squat does not count."""
    starts_within(m, 1.0)


@scene("squat")
def starts_half_way_up(m: Exerciser, film: Film) -> None:
    """Scenario: the recording begins on the way up; that squat does not count."""
    starts_within(m, 1.5)


@scene("squat")
def starts_half_way_down(m: Exerciser, film: Film) -> None:
    """Scenario: the recording begins on the way down; that squat does not count."""
    starts_within(m, 0.5)


def starts_within(m: Exerciser, phase: float) -> None:
    """Start the recording in the first squat: `phase` 0 is its start, 1 bottom, 2 end."""
    settle(m)
    usual_set(m)
    first = m.done[0]
    way = (first.start, first.bottom, first.end)
    m.begin = float(np.interp(phase, [0, 1, 2], way))
    m.partials_known = False


@scene("squat")
def ends_within(m: Exerciser, film: Film) -> None:
    """Scenario: the recording ends at a lowest point or half way up; that squat does not count."""
    settle(m)
    usual_set(m)
    last = m.done[-1]
    m.end = float(m.rng.choice([last.bottom, 0.5 * (last.bottom + last.end)]))
    m.partials_known = False


@scene("squat", "stands 2 min first")
def stands_two_minutes(m: Exerciser, film: Film) -> None:
    """Scenario: the person stands restlessly for two minutes, then squats."""
    m.stand(120, restless=0.2)
    settle(m)
    usual_set(m)


@scene("squat", "stands 10 min first")
def stands_ten_minutes(m: Exerciser, film: Film) -> Film:
    """Scenario: the person stands restlessly for ten minutes, then squats."""
    m.stand(600, restless=0.15)
    settle(m)
    usual_set(m)
    return slower(film, min(film.fps, 20))


@scene("squat")
def walks_in(m: Exerciser, film: Film) -> None:
    """Scenario: the person walks in from the phone or from the side, turns round and squats."""
    walk_in(m, film)
    settle(m, 0.5)
    usual_set(m)


@scene("squat")
def walks_off_toward(m: Exerciser, film: Film) -> None:
    """Scenario: the person walks to the phone after the last squat to stop it."""
    settle(m)
    usual_set(m)
    walk_off(m, film, "toward")


@scene("squat")
def walks_off_aside(m: Exerciser, film: Film) -> None:
    """Scenario: the person leaves the image to the side after the last squat."""
    settle(m)
    usual_set(m)
    walk_off(m, film, "aside")


@scene("squat")
def walks_off_away(m: Exerciser, film: Film) -> None:
    """Scenario: the person turns its back to the camera after the last squat and walks away."""
    settle(m)
    usual_set(m)
    walk_off(m, film, "away")


@scene("squat")
def walks_in_and_off(m: Exerciser, film: Film) -> None:
    """Scenario: the person walks from the phone, squats, and walks back or off to the side."""
    walk_in(m, film)
    settle(m, 0.5)
    usual_set(m)
    walk_off(m, film, str(m.rng.choice(["toward", "aside"])))


@scene("squat")
def bends_and_drinks(m: Exerciser, film: Film) -> None:
    """Scenario: after the last squat the person bends for a bottle and drinks."""
    settle(m)
    usual_set(m)
    drink_from_the_floor(m)


@scene("squat", "sits 20 s first")
def sits_twenty_seconds(m: Exerciser, film: Film) -> None:
    """Scenario: the person sits for twenty seconds, gets up, steps forward, and squats."""
    sits_first(m, 20)


@scene("squat", "sits 120 s first")
def sits_two_minutes(m: Exerciser, film: Film) -> None:
    """Scenario: the person sits for two minutes, gets up, steps forward, and squats."""
    sits_first(m, 120)


def sits_first(m: Exerciser, seconds: float) -> None:
    m.start_at(-0.4, 0.0, 0.0)
    sit_at_once(m)
    m.t = seconds
    stand_up(m)
    m.walk(0, 0.4, speed=0.8)
    settle(m)
    usual_set(m)
    m.partials_known = False


@scene("squat", "holds of 12 s")
def holds(m: Exerciser, film: Film) -> None:
    """Scenario: the person holds the bottom for 12 s, with 1 to 2 s of rest between."""
    settle(m)
    m.squats(int(m.rng.integers(3, 7)), m.rng.uniform(60, 100), 1.3, hold=12, between=(1.0, 2.0))
    m.stand(1.5)


@scene("squat")
def touch_and_go(m: Exerciser, film: Film) -> None:
    """Scenario: the body rises only to 15 to 30 % of the range between squats."""
    settle(m)
    n, depth, tempo = usual(m)
    for i in range(n):
        deep = m.about(depth, 0.04)
        to = m.rest + m.rng.uniform(0.15, 0.30) * (depth - m.rest) if i < n - 1 else None
        m.squat(deep, m.about(tempo), m.about(tempo), hold=0.1, to=to)
    m.stand(1.5)


@scene("squat")
def pulses(m: Exerciser, film: Film) -> None:
    """Scenario: two or three small pulses at the bottom, which still count as one squat."""
    settle(m)
    n, depth, tempo = usual(m)
    for _ in range(n):
        m.squat(m.about(depth, 0.04), m.about(tempo), m.about(tempo), pulses=int(m.rng.integers(2, 4)),
                pulse_to=m.rng.uniform(0.6, 0.8))  # fmt: skip
        m.t += m.rng.uniform(0.4, 1.2)
    m.stand(1.0)
    m.partials_known = False


@scene("squat")
def poor_and_slow_film(m: Exerciser, film: Film) -> Film:
    """Scenario: poor estimates at 10 to 15 frames per second."""
    settle(m)
    usual_set(m)
    return slower(film, m.rng.uniform(10, 15), noise="poor", size_wh=(720, 1280))


@scene("squat")
def camera_drifts(m: Exerciser, film: Film) -> Film:
    """Scenario: the camera moves and zooms by a fifth of the image in a minute."""
    settle(m)
    usual_set(m)
    return replace(film, drift=0.2)


@scene("squat")
def looks_around(m: Exerciser, film: Film) -> None:
    """Scenario: the person looks around, points and shifts between the squats."""
    settle(m)
    n, depth, tempo = usual(m)
    for _ in range(n):
        m.squats(1, depth, tempo)
        m.stand(m.rng.uniform(3, 7), restless=0.6)


@scene("squat")
def tires(m: Exerciser, film: Film) -> None:
    """Scenario: depth decreases by 30 % over the set."""
    settle(m)
    m.squats(int(m.rng.integers(7, 13)), m.rng.uniform(70, 110), m.rng.uniform(1, 2), fatigue=0.3)
    m.stand(1)


@scene("squat", "pauses of 20 s")
def pauses(m: Exerciser, film: Film) -> None:
    """Scenario: 20 s of restless standing between squats."""
    settle(m)
    n, depth, tempo = usual(m)
    for _ in range(min(n, 6)):
        m.squats(1, depth, tempo)
        m.stand(m.about(20), restless=0.2)
