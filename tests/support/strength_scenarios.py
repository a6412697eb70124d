"""Scenarios of sit-to-stands, split squats and step-downs, as people film themselves."""

from __future__ import annotations

import numpy as np

from tests.support.exerciser import OTHER, Done, Exerciser
from tests.support.film import Film
from tests.support.motion_course import ONSET
from tests.support.scenario import scene
from tests.support.squat_scenarios import settle

SEATED_DEG = 92.0
STEP_M = 0.17
STRIDE_M = 0.75


def seated(m: Exerciser, depth: float = SEATED_DEG) -> None:
    """Sit on a chair from the start of the recording."""
    for name, to in (("knee", depth), ("shank_share", 0.04), ("trunk_lean", 4.0)):
        m.course.set(name, to)


def rises(
    m: Exerciser, n: int, tempo: float, *, depth: float = SEATED_DEG, stand: float = 0.6,
    rest: tuple[float, float] = (0.5, 2.0),
) -> None:  # fmt: skip
    """Rise, stand, and sit down again, `n` times."""
    for _ in range(n):
        up, down = m.about(tempo), m.about(tempo)
        m.bump("trunk_lean", 38, 1.2 * up)
        m.t += 0.3 * up
        start = m.t + ONSET * up
        m.move("knee", m.rest, up)
        m.move("shank_share", m.shank_share, up)
        m.t += up
        held = m.about(stand)
        middle = m.t + 0.5 * held
        m.t += held
        m.bump("trunk_lean", 34, 1.2 * down)
        m.move("knee", depth, down)
        m.move("shank_share", 0.04, down)
        m.t += down
        m.done.append(Done(start, middle, m.t - ONSET * down, "full", None))
        m.t += 0.2 * down + m.rng.uniform(*rest)


def arms_crossed(m: Exerciser) -> None:
    m.arms = "crossed"
    m.arms_for_squats()


def split(m: Exerciser, front: str) -> None:
    """Step into a split stance with the leg `front` in front."""
    now, back = m.course.now, OTHER[front]
    a, far = np.radians(now("heading")), m.about(STRIDE_M)
    x, z, yaw = (now(f"{back}_{axis}") for axis in ("x", "z", "yaw"))
    m.move("shank_share", 0.25, 0.8)
    m.step(back, x - np.cos(a) * far, z + np.sin(a) * far, yaw, 0.6, rise=0.08)
    m.move("pelvis_x", now("pelvis_x") - 0.45 * np.cos(a) * far, 0.8)
    m.move("pelvis_z", now("pelvis_z") + 0.45 * np.sin(a) * far, 0.8)
    m.move(f"{back}_y", 0.10, 0.7)
    m.move(f"{back}_pitch", 50, 0.7)
    m.arms = "hips"
    m.t += 1.5


def of_leg(m: Exerciser, side: str, n: int, depth: float, tempo: float, **how: object) -> None:
    """Perform repetitions that are true ones of this leg."""
    before = len(m.done)
    m.squats(n, depth, tempo, **how)  # type: ignore[arg-type]
    m.done[before:] = [Done(*done[:4], side) for done in map(astuple, m.done[before:])]


def astuple(done: Done) -> tuple[float, float, float, str, str | None]:
    return done.start, done.bottom, done.end, done.size, done.side


def onto_step(m: Exerciser, side: str) -> None:
    """Stand with this leg on a step from the start of the recording, the other foot beside it."""
    other = OTHER[side]
    m.course.set(f"{side}_y", STEP_M)
    m.course.set(f"{other}_free", 1.0)
    m.course.set(f"{other}_load", 0.0)
    for name, to in (
        ("thigh", m.rng.uniform(4, 14)),
        ("bend", m.rng.uniform(6, 14)),
        ("abduct", 5.0),
    ):
        m.course.set(f"{other}_{name}", to)
    for axis in ("x", "z"):
        m.course.set(f"pelvis_{axis}", m.course.now(f"{side}_{axis}"))
    m.arms = "hips"
    m.lean_share = 0.3


@scene("sit_to_stand", "plain")
def plain_rises(m: Exerciser, film: Film) -> None:
    """Scenario: 3 to 10 rises from a seat, with rests on it in between."""
    seated(m)
    arms_crossed(m)
    m.t += m.rng.uniform(1.0, 3.0)
    rises(m, int(m.rng.integers(3, 11)), m.rng.uniform(1.0, 2.0))
    m.t += 1.0
    m.partials_known = False


@scene("sit_to_stand", "without a rest")
def fast_rises(m: Exerciser, film: Film) -> None:
    """Scenario: the five-times test, five rises as fast as is safe."""
    seated(m)
    arms_crossed(m)
    m.t += 1.0
    rises(m, 5, m.rng.uniform(0.7, 0.9), stand=0.15, rest=(0.0, 0.15))
    m.t += 1.0
    m.partials_known = False


@scene("sit_to_stand", "slow down")
def slow_rises(m: Exerciser, film: Film) -> None:
    """Scenario: slow rises, 3 to 4 s up and down."""
    seated(m)
    arms_crossed(m)
    m.t += 1.0
    rises(m, int(m.rng.integers(3, 6)), m.rng.uniform(3, 4), stand=1.0)
    m.t += 1.0
    m.partials_known = False


@scene("sit_to_stand", "no, squats")
def squats_named_rises(m: Exerciser, film: Film) -> None:
    """Scenario: squats on two legs named as rises; none of them leaves a seat."""
    settle(m)
    m.squats(int(m.rng.integers(4, 9)), m.rng.uniform(60, 100), m.rng.uniform(1.0, 2.0))
    m.stand(1.0)
    m.done.clear()
    m.partials_known = False


@scene("split_squat", "plain")
def plain_split(m: Exerciser, film: Film) -> None:
    """Scenario: 3 to 10 split squats with the named leg in front."""
    settle(m)
    assert m.asked
    split(m, m.asked)
    of_leg(m, m.asked, int(m.rng.integers(3, 11)), m.rng.uniform(60, 95), m.rng.uniform(1.0, 2.0))
    m.stand(1.0)
    m.partials_known = False


@scene("split_squat", "slow")
def slow_split(m: Exerciser, film: Film) -> None:
    """Scenario: slow split squats, 3 to 4 s down and up."""
    settle(m)
    assert m.asked
    split(m, m.asked)
    of_leg(m, m.asked, int(m.rng.integers(3, 6)), m.rng.uniform(60, 90), m.rng.uniform(3, 4))
    m.stand(1.0)
    m.partials_known = False


@scene("split_squat", "wrong leg named")
def wrong_front_leg(m: Exerciser, film: Film) -> None:
    """Scenario: split squats with the other leg in front, so none count."""
    settle(m)
    assert m.asked
    split(m, OTHER[m.asked])
    of_leg(m, OTHER[m.asked], 5, m.rng.uniform(60, 95), m.rng.uniform(1.0, 2.0))
    m.stand(1.0)
    m.partials_known = False


@scene("split_squat", "no, squats")
def squats_named_split(m: Exerciser, film: Film) -> None:
    """Scenario: squats on two legs named as split squats."""
    squats_named_rises(m, film)


@scene("split_squat", "no, single-leg squats")
def one_leg_named_split(m: Exerciser, film: Film) -> None:
    """Scenario: squats on the named leg with the other foot lifted, named as split squats."""
    settle(m)
    assert m.asked
    m.lift(m.asked, thigh=m.rng.uniform(5, 15), bend=m.rng.uniform(70, 95))
    m.squats(5, m.rng.uniform(45, 75), m.rng.uniform(1.0, 2.0))
    m.lower()
    m.stand(1.0)
    m.done.clear()
    m.partials_known = False


@scene("step_down", "plain")
def plain_step_down(m: Exerciser, film: Film) -> None:
    """Scenario: 3 to 10 step-downs from a step of 17 cm."""
    assert m.asked
    onto_step(m, m.asked)
    m.arms_for_squats()
    m.stand(m.rng.uniform(1.0, 2.5))
    of_leg(m, m.asked, int(m.rng.integers(3, 11)), m.rng.uniform(52, 66), m.rng.uniform(1.0, 2.0))
    m.stand(1.0)
    m.partials_known = False


@scene("step_down", "slow")
def slow_step_down(m: Exerciser, film: Film) -> None:
    """Scenario: slow step-downs, 3 to 4 s down and up."""
    assert m.asked
    onto_step(m, m.asked)
    m.arms_for_squats()
    m.stand(1.0)
    of_leg(m, m.asked, int(m.rng.integers(3, 6)), m.rng.uniform(52, 66), m.rng.uniform(3, 4))
    m.stand(1.0)
    m.partials_known = False


@scene("step_down", "wrong leg named")
def wrong_leg_on_step(m: Exerciser, film: Film) -> None:
    """Scenario: the other leg is on the step, so none count."""
    assert m.asked
    onto_step(m, OTHER[m.asked])
    m.arms_for_squats()
    m.stand(1.0)
    of_leg(m, OTHER[m.asked], 5, m.rng.uniform(52, 66), m.rng.uniform(1.0, 2.0))
    m.stand(1.0)
    m.partials_known = False


@scene("step_down", "no, squats")
def squats_named_step(m: Exerciser, film: Film) -> None:
    """Scenario: squats on two legs named as step-downs."""
    squats_named_rises(m, film)


@scene("step_down", "no, single-leg squats")
def one_leg_named_step(m: Exerciser, film: Film) -> None:
    """Scenario: squats on one leg with the other foot lifted, named as step-downs."""
    one_leg_named_split(m, film)
