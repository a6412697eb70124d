"""`Exerciser`: a simulated person doing planned movements, with the true repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.support.motion_course import ONSET, Course
from tests.support.moving_body import SIDES, SIGMA, Build, sinking

OTHER = {"left": "right", "right": "left"}
TURN_A_STEP_DEG = 50.0
SWAY = {
    "knee": (0.5, 1.0), "pelvis_x": (0.006, 1.2), "pelvis_z": (0.006, 1.2), "heading": (0.8, 1.5),
    "pelvis_turn": (1.2, 0.8), "pelvis_list": (0.5, 0.8), "trunk_lean": (1.2, 1.0),
    "trunk_side": (0.8, 1.0), "trunk_turn": (1.2, 1.0), "head_turn": (3.0, 1.5),
    "head_nod": (2.0, 1.5), "left_knee_in": (1.5, 0.7), "right_knee_in": (1.5, 0.7),
    "left_arm": (2.0, 1.0), "right_arm": (2.0, 1.0), "left_elbow": (2.5, 1.0),
    "right_elbow": (2.5, 1.0), "left_thigh": (1.5, 0.6), "right_thigh": (1.5, 0.6),
    "left_bend": (2.0, 0.6), "right_bend": (2.0, 0.6),
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """One true repetition: times of the 10 % crossings and of mid-bottom, in seconds."""

    start: float
    bottom: float
    end: float
    size: str
    side: str | None


class Exerciser:
    """Plans the movements of a person. Every action advances the time `t`."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.build = Build.of(rng)
        self.course = Course()
        self.course.seed = int(rng.integers(2**31))
        self.course.sway = dict(SWAY)
        self.t = 0.0
        self.begin = 0.0
        self.end: float | None = None
        self.done: list[Done] = []
        self.rest = rng.uniform(3, 8)
        self.lean_share = rng.uniform(0.30, 0.48)
        self.shank_share = rng.uniform(0.38, 0.48)
        self.width = rng.uniform(1.6, 2.8) * self.build.half_hips
        self.toe_out = rng.uniform(4, 16)
        self.knee_in = rng.uniform(-2, 5)
        self.stands_on: str | None = None
        """Side of the stance leg after `lift`; None on both feet."""
        self.arms = str(rng.choice(["forward", "hips", "crossed", "swing"]))
        self.asked: str | None = None
        """Side to analyze; None for a squat."""
        self.partials_known = True
        start = {"knee": self.rest, "shank_share": self.shank_share, "trunk_lean": rng.uniform(0, 5),
                 "left_load": 1.0, "right_load": 1.0}  # fmt: skip
        for name, value in start.items():
            self.course.set(name, value)
        for side in SIDES:
            for name, value in (("arm", 5.0), ("arm_out", 10.0), ("elbow", 15.0),
                                ("knee_in", self.knee_in)):  # fmt: skip
                self.course.set(f"{side}_{name}", value)
        self.start_at(0.0, 0.0, 0.0)

    def start_at(self, x: float, z: float, facing: float) -> None:
        """Set the initial posture and position. Allowed only before the first move."""
        for name, value in (("pelvis_x", x), ("pelvis_z", z), ("heading", facing)):
            self.course.set(name, value)
        for side in SIDES:
            for name, value in zip("xz", self.foot_place(side, x, z, facing), strict=False):
                self.course.set(f"{side}_{name}", value)
            self.course.set(f"{side}_yaw", facing - SIGMA[side] * self.toe_out)

    def foot_place(
        self, side: str, x: float, z: float, facing: float
    ) -> tuple[float, float, float]:
        a, out = np.radians(facing), SIGMA[side] * 0.5 * self.width
        return x + np.sin(a) * out, z + np.cos(a) * out, facing - SIGMA[side] * self.toe_out

    def move(self, name: str, to: float, seconds: float, after: float = 0.0) -> None:
        self.course.move(name, to, self.t + after, seconds)

    def bump(self, name: str, amount: float, seconds: float, after: float = 0.0) -> None:
        self.course.bump(name, amount, self.t + after, seconds)

    def about(self, value: float, share: float = 0.08) -> float:
        """Return `value` with a relative random deviation of about `share`."""
        return float(value * np.clip(self.rng.normal(1, share), 1 - 2 * share, 1 + 2 * share))

    def hold_arms(
        self, arm: float, out: float, elbow: float, seconds: float, inward: float = 0
    ) -> None:
        for side in SIDES:
            for name, to in (("arm", arm), ("arm_out", out), ("elbow", elbow), ("arm_in", inward)):
                self.move(f"{side}_{name}", to, seconds)

    def arms_for_squats(self, seconds: float = 0.8) -> None:
        places = {"forward": (85, 5, 5, 0), "hips": (-25, 35, 75, 60), "crossed": (30, 5, 120, 40),
                  "swing": (5, 10, 15, 0)}  # fmt: skip
        arm, out, elbow, inward = places[self.arms]
        self.hold_arms(arm, out, elbow, seconds, inward)

    # The methods below perform movements while standing.

    def stand(self, seconds: float, *, restless: float = 0.0) -> None:
        """Stand with `restless` weight shifts, glances and small movements per second."""
        end = self.t + seconds
        while restless > 0:
            pause = self.rng.exponential(1 / restless)
            if self.t + pause + 3.0 > end:
                break
            self.t += pause
            self.t += self._fidget()
        self.t = end

    def _fidget(self) -> float:
        rng, seconds = self.rng, self.rng.uniform(0.6, 1.5)
        stay = rng.uniform(0.5, 4.0)
        kind = rng.choice(["shift", "unlock", "look", "arm", "lean"])
        moves: dict[str, float] = {}
        if kind == "shift":
            aside, a = rng.uniform(-0.05, 0.05), np.radians(self.course.now("heading"))
            moves = {"pelvis_x": aside * np.sin(a), "pelvis_z": aside * np.cos(a),
                     "pelvis_list": -60 * aside, "trunk_side": 50 * aside}  # fmt: skip
        elif kind == "unlock":
            moves = {"knee": rng.uniform(3, 10), "trunk_lean": rng.uniform(-2, 6)}
        elif kind == "look":
            moves = {"head_turn": rng.uniform(-60, 60), "head_nod": rng.uniform(-10, 25),
                     "trunk_turn": rng.uniform(-15, 15)}  # fmt: skip
        elif kind == "arm":
            side = rng.choice(SIDES)
            moves = {f"{side}_arm": rng.uniform(-10, 80), f"{side}_elbow": rng.uniform(0, 120)}
        else:
            moves = {"trunk_lean": rng.uniform(3, 15), "trunk_side": rng.uniform(-6, 6)}
        for name, by in moves.items():
            before = self.course.now(name)
            self.move(name, before + by, seconds)
            self.course.move(name, before, self.t + seconds + stay, seconds)
        return float(2 * seconds + stay)

    # The methods below perform repetitions of squats.

    def squat(
        self, depth: float, down: float, up: float, *, hold: float = 0.2, to: float | None = None,
        size: str = "full", pulses: int = 0, pulse_to: float = 0.7,
    ) -> None:  # fmt: skip
        """Bend the knees to `depth` degrees and return to `to`; None is the standing posture."""
        before = self.course.now("knee")
        after = self.rest if to is None else to
        lean = self.course.now("trunk_lean")
        hang = self.lean_share * depth
        start = self.t + ONSET * down

        def go(knee: float, lean_to: float, seconds: float) -> None:
            self.move("knee", knee, seconds)
            self.move("trunk_lean", lean_to, seconds)
            self.t += seconds

        if self.arms == "swing" and self.stands_on is None:
            for side in SIDES:
                self.bump(f"{side}_arm", 70, down + hold + up)
        for side in SIDES:
            self.bump(f"{side}_knee_in", self.rng.uniform(-2, 6), down + hold + up)
        if self.stands_on is not None:
            self._clear_the_floor(depth, down, hold + pulses, up)
        go(depth, hang, down)
        bottom = self.t
        self.t += hold
        for _ in range(pulses):
            half = self.about(0.45)
            go(before + pulse_to * (depth - before), hang * pulse_to, half)
            go(depth, hang, half)
        bottom = 0.5 * (bottom + self.t)
        straight = 3.0 if to is None else lean if to == before else hang * after / depth
        go(after, straight, up)
        self.done.append(Done(start, bottom, self.t - ONSET * up, size, self.stands_on))

    def squats(
        self, n: int, depth: float, tempo: float, *, between: tuple[float, float] = (0.2, 1.2),
        hold: float = 0.2, size: str = "full", fatigue: float = 0.0,
    ) -> None:  # fmt: skip
        """Perform a set of squats with similar depth and tempo."""
        for i in range(n):
            tired = 1 - fatigue * i / max(n - 1, 1)
            deep = min(self.about(depth * tired, 0.04), 140.0)
            self.squat(deep, self.about(tempo), self.about(tempo), hold=self.about(hold), size=size)
            self.t += self.rng.uniform(*between)

    # The methods below perform movements on one leg.

    def lift(
        self, stance: str, *, thigh: float = 15, bend: float = 75, seconds: float = 1.0
    ) -> None:
        """Shift the weight onto one leg and lift the other foot."""
        self.shift_onto(stance, seconds)
        self.t += 0.6 * seconds
        other = OTHER[stance]
        self.move(f"{other}_load", 0, 0.3 * seconds)
        for name, to in (("thigh", thigh), ("bend", bend), ("abduct", 4), ("free", 1)):
            self.move(f"{other}_{name}", to, 0.6 * seconds)
        self.t += 0.8 * seconds
        self.stands_on = stance

    def lower(self, *, seconds: float = 0.7) -> None:
        """Put the lifted foot down and stand on both."""
        assert self.stands_on
        other = OTHER[self.stands_on]
        self.move(f"{other}_free", 0, seconds)
        self.move(f"{other}_load", 1, 0.3 * seconds, after=0.8 * seconds)
        self.t += seconds
        self.shift_onto(None, 0.6)
        self.t += 0.5
        self.stands_on = None

    def _clear_the_floor(self, depth: float, down: float, hold: float, up: float) -> None:
        """Raise the lifted thigh during descent if its foot would touch the floor."""
        assert self.stands_on
        other, build = OTHER[self.stands_on], self.build
        reach, ahead = sinking(build, np.array([depth]), np.array([self.shank_share]))
        room = float(np.sqrt(reach**2 - ahead**2)[0]) - 0.12
        bend, now = self.course.now(f"{other}_bend"), self.course.now(f"{other}_thigh")
        thighs = np.radians(np.arange(now, 91.0))
        long = build.thigh * np.cos(thighs) + build.shank * np.cos(thighs - np.radians(bend))
        clear = thighs[long < room]
        to = float(np.degrees(clear[0])) if len(clear) else 90.0
        if to > now + 1:
            self.move(f"{other}_thigh", to, down)
            self.move(f"{other}_thigh", now, up, after=down + hold)

    def tap(self) -> None:
        """Briefly touch the floor with the lifted foot."""
        assert self.stands_on
        other, down = OTHER[self.stands_on], self.rng.uniform(0.3, 0.45)
        stay = self.rng.uniform(0.2, 0.5)
        self.move(f"{other}_free", 0, down)
        self.move(f"{other}_free", 1, down, after=down + stay)
        self.t += 2 * down + stay

    def shift_onto(self, side: str | None, seconds: float) -> None:
        """Move the hips over one foot, or between both."""
        now = self.course.now
        feet = SIDES if side is None else (side,)
        x = np.mean([now(f"{s}_x") for s in feet])
        z = np.mean([now(f"{s}_z") for s in feet])
        if side is not None:
            a, inward = np.radians(now("heading")), -SIGMA[side] * 0.45 * self.build.half_hips
            x, z = x + np.sin(a) * inward, z + np.cos(a) * inward
        self.move("pelvis_x", float(x), seconds)
        self.move("pelvis_z", float(z), seconds)
        lean = 0.0 if side is None else SIGMA[side] * self.rng.uniform(1, 4)
        self.move("trunk_side", lean, seconds)
        self.move("pelvis_list", 0.5 * lean, seconds)

    # Movements from place to place.

    def step(
        self, side: str, x: float, z: float, yaw: float, seconds: float, *, rise: float
    ) -> None:
        """Lift a foot and put it down at a new position."""
        self.move(f"{side}_load", 0, 0.25 * seconds, after=-0.1 * seconds)
        self.move(f"{side}_load", 1, 0.25 * seconds, after=0.9 * seconds)
        self.bump(f"{side}_y", rise, 1.2 * seconds, after=-0.2 * seconds)
        if rise > 0.1:
            self.bump(f"{side}_pitch", 35, 0.8 * seconds, after=-0.3 * seconds)
            self.bump(f"{side}_pitch", -18, 0.5 * seconds, after=0.65 * seconds)
        for name, to in (("x", x), ("z", z), ("yaw", yaw)):
            self.move(f"{side}_{name}", to, seconds)

    def turn_to(self, facing: float) -> None:
        """Turn on the spot in small steps."""
        now = self.course.now("heading")
        by = (facing - now + 180) % 360 - 180
        n = int(np.ceil(abs(by) / TURN_A_STEP_DEG))
        x, z = self.course.now("pelvis_x"), self.course.now("pelvis_z")
        first = "left" if by > 0 else "right"
        for i in range(n):
            to = now + by * (i + 1) / n
            self.move("heading", to, 1.3)
            for side in (first, OTHER[first]):
                self.step(side, *self.foot_place(side, x, z, to), 0.45, rise=0.07)
                self.t += 0.5
        self.t += 0.3

    def walk(self, facing: float, metres: float, *, speed: float = 1.2) -> None:
        """Turn, walk a distance, and end with the feet side by side."""
        self.turn_to(facing)
        facing = self.course.now("heading")
        rng, course = self.rng, self.course
        pace = rng.uniform(0.50, 0.58)
        n = max(1, round(metres / (speed * pace)))
        length = metres / n
        a = np.radians(facing)
        x0, z0 = course.now("pelvis_x"), course.now("pelvis_z")
        self.hold_arms(0, 8, 15, 0.5)
        self.move("knee", 9, 0.5)
        side = str(rng.choice(SIDES))
        before, hips = 0.0, 0.0
        self.move("walking", 1, 0.3)
        for i in range(n + 1):
            foot = min(length * (i + 0.5), metres) if i < n - 1 else metres
            hips = 0.5 * (before + foot)
            before = foot
            x, z, yaw = self.foot_place(side, x0 + np.cos(a) * foot, z0 - np.sin(a) * foot, facing)
            # The ankle moves before the toes leave the floor.
            early = min(0.15 * pace, self.t)
            self.t -= early
            self.step(side, x, z, yaw, 0.8 * pace + early, rise=self.about(0.13))
            self.t += early
            for name, to in (
                ("pelvis_x", x0 + np.cos(a) * hips),
                ("pelvis_z", z0 - np.sin(a) * hips),
            ):
                self.move(name, to, 1.5 * pace, after=-0.35 * pace)
            for arm in SIDES:
                self.move(f"{arm}_arm", -18.0 if arm == side else 18.0, pace)
            self.move("pelvis_turn", 4.0 if side == "right" else -4.0, pace)
            side = OTHER[side]
            self.t += pace
        assert abs(hips - metres) < 1e-9
        self.move("walking", 0, 0.3)
        self.move("knee", self.rest, 0.4)
        self.move("pelvis_turn", 0, 0.4)
        self.hold_arms(5, 10, 15, 0.4)
        self.t += 0.6
