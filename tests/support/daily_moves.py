"""Daily movements of the simulated person: sit, bend, drink, jump, march, balance."""

from __future__ import annotations

import numpy as np

from tests.support.exerciser import OTHER, Exerciser
from tests.support.moving_body import SIDES


def sit_at_once(m: Exerciser) -> None:
    """Sit on a chair from the start of the recording."""
    for name, to in (("knee", 92.0), ("shank_share", 0.04), ("trunk_lean", 4.0)):
        m.course.set(name, to)


def sit_down(m: Exerciser, seconds: float = 1.6) -> None:
    m.move("knee", 92, seconds)
    m.move("shank_share", 0.04, seconds)
    m.bump("trunk_lean", 32, 1.2 * seconds)
    m.t += 1.2 * seconds


def stand_up(m: Exerciser, seconds: float = 1.5) -> None:
    m.bump("trunk_lean", 35, 1.1 * seconds)
    m.move("knee", m.rest, seconds, after=0.25 * seconds)
    m.move("shank_share", m.shank_share, seconds, after=0.25 * seconds)
    m.t += 1.3 * seconds


def bend(m: Exerciser) -> None:
    """Bend at the hips, pick something up or put it down, and rise again."""
    rng = m.rng
    knee, lean, down = rng.uniform(15, 45), rng.uniform(60, 90), rng.uniform(0.8, 1.5)
    stay, up = rng.uniform(0.4, 2.0), rng.uniform(0.8, 1.5)
    m.hold_arms(15, 5, 5, down)
    for name, to in (("knee", knee), ("shank_share", rng.uniform(0.0, 0.3)), ("trunk_lean", lean)):
        m.move(name, to, down)
    m.t += down + stay
    back = {"knee": m.rest, "shank_share": m.shank_share, "trunk_lean": 3.0}
    for name, to in back.items():
        m.move(name, to, up)
    m.hold_arms(5, 10, 15, up)
    m.t += up + 0.3


def drink(m: Exerciser) -> None:
    side = str(m.rng.choice(SIDES))
    stay = m.rng.uniform(1.5, 4)
    for name, to, back in (("arm", 55, 5), ("elbow", 125, 15), ("arm_in", 20, 0)):
        m.move(f"{side}_{name}", to, 0.8)
        m.move(f"{side}_{name}", back, 0.8, after=0.8 + stay)
    m.bump("head_nod", -20, stay, after=0.8)
    m.t += 2.2 + stay


def drink_from_the_floor(m: Exerciser) -> None:
    """Bend for a bottle, drink, and put it back; such a bend may or may not count as partial."""
    bend(m)
    drink(m)
    bend(m)
    m.stand(1.0)
    m.partials_known = False


def jump(m: Exerciser, height: float) -> None:
    """Bend the knees, jump off the floor with both feet, and land softly."""
    flight = 2 * np.sqrt(2 * height / 9.81)
    dip, land = m.rng.uniform(45, 75), m.rng.uniform(35, 65)
    for name, low, high in (("knee", dip, 3.0), ("trunk_lean", 0.45 * dip, 4.0)):
        m.move(name, low, 0.45)
        m.move(name, high, 0.28, after=0.47)
    for side in SIDES:
        m.course.bump(f"{side}_pitch", 45, m.t + 0.6, flight + 0.25)
        m.bump(f"{side}_arm", 120, 1.0, after=0.2)
    m.t += 0.74
    m.course.bump("hop", height, m.t, flight, shape="flight")
    m.move("knee", land, 0.22, after=flight - 0.04)
    m.move("trunk_lean", 0.4 * land, 0.22, after=flight - 0.04)
    m.move("knee", m.rest, 0.5, after=flight + 0.25)
    m.move("trunk_lean", 3.0, 0.5, after=flight + 0.25)
    m.t += flight + 0.8


def march(m: Exerciser, n: int, *, seconds: float = 0.65) -> None:
    """March on the spot with high knees, left and right in turn."""
    side = str(m.rng.choice(SIDES))
    for _ in range(n):
        _swing(m, side, m.about(75), m.about(85), m.about(seconds), shift=0.5)
        side = OTHER[side]


def curl(m: Exerciser, side: str, n: int, *, seconds: float = 1.4) -> None:
    """Bring the heel to the buttock `n` times."""
    for _ in range(n):
        _swing(m, side, m.rng.uniform(-8, 8), m.about(112), m.about(seconds), shift=0.7)


def _swing(
    m: Exerciser, side: str, thigh: float, bent: float, seconds: float, *, shift: float
) -> None:
    """Lift one foot to this posture and put it back."""
    now = m.course.now
    stance = OTHER[side]
    for axis in ("x", "z"):
        middle = 0.5 * (now(f"left_{axis}") + now(f"right_{axis}"))
        m.bump(
            f"pelvis_{axis}",
            shift * (now(f"{stance}_{axis}") - middle),
            1.3 * seconds,
            -0.15 * seconds,
        )
    m.move(f"{side}_load", 0, 0.1 * seconds)
    m.move(f"{side}_load", 1, 0.1 * seconds, after=0.9 * seconds)
    # The free leg starts hanging in its standing position, so that the foot does not sink into the
    # floor.
    m.move(f"{side}_free", 1, 0.35 * seconds)
    m.move(f"{side}_free", 0, 0.35 * seconds, after=0.65 * seconds)
    for name, to in (("thigh", thigh), ("bend", bent)):
        m.move(f"{side}_{name}", 8 if name == "thigh" else 16, 0.01, after=-0.02)
        m.move(f"{side}_{name}", to, 0.5 * seconds)
        m.move(f"{side}_{name}", 8 if name == "thigh" else 16, 0.5 * seconds, after=0.5 * seconds)
    m.t += seconds


def balance(m: Exerciser, stance: str, seconds: float) -> None:
    """Stand on one leg with balancing movements, without squatting."""
    for name, sd, tau in (("trunk_side", 4, 0.8), ("trunk_lean", 3, 0.9), ("left_arm_out", 15, 0.8),
                          ("right_arm_out", 15, 0.8), ("left_arm", 10, 0.9), ("right_arm", 10, 0.9),
                          ("knee", 1.5, 0.7), ("heading", 1.5, 1.0), ("pelvis_list", 1.5, 0.7),
                          ("left_thigh", 6, 0.8), ("right_thigh", 6, 0.8)):  # fmt: skip
        m.course.sway[name] = (float(sd), float(tau))
    for side in SIDES:
        m.move(f"{side}_arm_out", 35, 0.8)
    m.lift(stance, thigh=m.rng.uniform(5, 60), bend=m.rng.uniform(60, 90))
    m.t += seconds
    m.lower()


def lunge(m: Exerciser, side: str) -> None:
    """Take a long step forward, bend both knees, and step back."""
    now = m.course.now
    x, z, yaw = now(f"{side}_x"), now(f"{side}_z"), now(f"{side}_yaw")
    px, pz = now("pelvis_x"), now("pelvis_z")
    a, far = np.radians(now("heading")), m.about(0.75)
    back = OTHER[side]
    m.move("shank_share", 0.3, 0.8)
    m.move("walking", 1, 0.3)
    m.move("walking", 0, 0.3, after=3.6)
    m.step(side, x + np.cos(a) * far, z - np.sin(a) * far, yaw, 0.6, rise=0.12)
    for name, to, there in (
        ("pelvis_x", px + 0.5 * np.cos(a) * far, px),
        ("pelvis_z", pz - 0.5 * np.sin(a) * far, pz),
    ):
        m.move(name, to, 0.8)
        m.move(name, there, 0.8, after=2.4)
    m.move(f"{back}_y", 0.09, 0.7)
    m.move(f"{back}_pitch", 50, 0.7)
    m.move("knee", m.about(85), 0.9, after=0.4)
    m.move("knee", m.rest, 0.9, after=1.6)
    m.move(f"{back}_y", 0, 0.7, after=2.2)
    m.move(f"{back}_pitch", 0, 0.7, after=2.2)
    m.t += 2.3
    m.step(side, x, z, yaw, 0.6, rise=0.12)
    m.move("shank_share", m.shank_share, 0.5, after=0.6)
    m.t += 1.2
