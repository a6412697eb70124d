"""Generates tests/data/strength: three exercises with known joint angles.

Usage: python -m tools.data.strength     (needs opensim 4.6)

A body of rigid segments is built with the OpenSim API: pelvis, trunk, thighs and shanks, hips with
three rotations (flexion, adduction, internal rotation), and hinge knees. Pelvis and feet follow
planned courses. Hips and knees are solved so that the ankles stay on the feet, and every keypoint
comes from the forward kinematics of the model. No angle formula of kneepose is involved.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.cameras import NAMES
from tests.support.strength_opensim import FOLDER, STEP_M

FPS = 20.0
HALF_HIPS, THIGH, SHANK, ANKLE, TRUNK, HALF_SHOULDERS = 0.085, 0.42, 0.40, 0.08, 0.50, 0.18
SIGN = {"left": -1.0, "right": 1.0}
REST_S, OUT_S, HOLD_S, BACK_S, REPS = 1.2, 1.4, 0.4, 1.5, 5
UNIT = 1 / 8192


@dataclass(frozen=True)
class Motion:
    """A planned motion: `course(s)` gives the posture for s from 0 (rest) to 1 (turning point)."""

    exercise: str
    side: str
    planted: str
    course: Callable[[float], dict[str, Any]]


def min_jerk(u: float) -> float:
    u = min(max(u, 0.0), 1.0)
    return u**3 * (10 - 15 * u + 6 * u * u)


class Model:
    """The OpenSim model, with access to positions of its points."""

    def __init__(self) -> None:
        import opensim

        self.sim = opensim
        model = opensim.Model()
        bodies = {}

        def body(name: str) -> Any:
            bodies[name] = opensim.Body(name, 1.0, opensim.Vec3(0), opensim.Inertia(1))
            model.addBody(bodies[name])
            return bodies[name]

        def joint(
            name: str, parent: Any, at: tuple[float, float, float], child: Any, turns: list[str],
            moves: bool = False,
        ) -> None:  # fmt: skip
            transform = opensim.SpatialTransform()
            axes = ((0, 0, 1), (1, 0, 0), (0, 1, 0))
            parts = [
                transform.upd_rotation1(),
                transform.upd_rotation2(),
                transform.upd_rotation3(),
            ]
            for part, axis, turn in zip(parts, axes, [*turns, ""], strict=False):
                part.setAxis(opensim.Vec3(*axis))
                if turn:
                    part.setCoordinateNames(opensim.ArrayStr(turn, 1))
                    part.set_function(opensim.LinearFunction(1.0, 0.0))
            if moves:
                shifts = [
                    transform.upd_translation1(),
                    transform.upd_translation2(),
                    transform.upd_translation3(),
                ]
                for part, letter in zip(shifts, "xyz", strict=True):
                    part.setCoordinateNames(opensim.ArrayStr(f"{name}_{letter}", 1))
                    part.set_function(opensim.LinearFunction(1.0, 0.0))
            model.addJoint(
                opensim.CustomJoint(
                    name, parent, opensim.Vec3(*at), opensim.Vec3(0), child, opensim.Vec3(0),
                    opensim.Vec3(0), transform,
                )
            )  # fmt: skip

        pelvis = body("pelvis")
        turns = ["pelvis_tilt", "pelvis_list", "pelvis_rotation"]
        joint("pelvis", model.getGround(), (0, 0, 0), pelvis, turns, moves=True)
        joint("lumbar", pelvis, (0, 0, 0), body("torso"), ["lumbar_extension", "lumbar_bending"])
        for side, sign in SIGN.items():
            femur, tibia = body(f"femur_{side}"), body(f"tibia_{side}")
            hip = [f"hip_{turn}_{side}" for turn in ("flexion", "adduction", "rotation")]
            joint(f"hip_{side}", pelvis, (0, 0, sign * HALF_HIPS), femur, hip)
            joint(f"knee_{side}", femur, (0, -THIGH, 0), tibia, [f"knee_{side}", ""])
        self.state = model.initSystem()
        self.model, self.bodies = model, bodies
        self.coordinates = {c.getName(): c for c in model.getCoordinateSet()}

    def set(self, **degrees: float) -> None:
        """Set coordinates in degrees, and `pelvis_x`, `pelvis_y`, `pelvis_z` in meters."""
        for name, value in degrees.items():
            is_shift = name in ("pelvis_x", "pelvis_y", "pelvis_z")
            self.coordinates[name].setValue(
                self.state, value if is_shift else float(np.radians(value)), False
            )

    def at(self, body: str, place: tuple[float, float, float]) -> np.ndarray:
        """Return the world position of a point of a body segment."""
        self.model.realizePosition(self.state)
        where = self.bodies[body].findStationLocationInGround(self.state, self.sim.Vec3(*place))
        return np.array([where[i] for i in range(3)])

    def leg(
        self, side: str, flexion: float, adduction: float, rotation: float, knee: float
    ) -> None:
        """Set a leg by clinical angles; adduction and internal rotation depend on side."""
        sign = SIGN[side]
        self.set(
            **{
                f"hip_flexion_{side}": flexion,
                f"hip_adduction_{side}": -sign * adduction,
                f"hip_rotation_{side}": sign * rotation,
                f"knee_{side}": -knee,
            }
        )

    def reach(
        self, side: str, target: np.ndarray, rotation: float, guess: np.ndarray
    ) -> np.ndarray:
        """Solve hip flexion, adduction and knee so that the ankle is at the target."""
        angles = guess.copy()
        for _ in range(40):
            off = self._ankle(side, angles, rotation) - target
            if np.abs(off).max() < 1e-6:
                break
            slope = np.empty((3, 3))
            for i in range(3):
                moved = angles.copy()
                moved[i] += 0.05
                slope[:, i] = (self._ankle(side, moved, rotation) - target - off) / 0.05
            step = np.linalg.solve(slope.T @ slope + 1e-9 * np.eye(3), -slope.T @ off)
            angles += np.clip(step, -12, 12)
            angles[2] = max(angles[2], 0.5)
        assert np.abs(self._ankle(side, angles, rotation) - target).max() < 2e-3, (side, target)
        return angles

    def _ankle(self, side: str, angles: np.ndarray, rotation: float) -> np.ndarray:
        self.leg(side, angles[0], angles[1], rotation, angles[2])
        return self.at(f"tibia_{side}", (0, -SHANK, 0))


def foot(ankle: np.ndarray, sign: float, *, pitch: float = 0.0) -> dict[str, np.ndarray]:
    """Return heel and toes of a forward-pointing foot, raised at the heel by `pitch` degrees."""
    a = np.radians(pitch)
    along = np.array([np.cos(a), -np.sin(a), 0])
    down = np.array([-np.sin(a), -np.cos(a), 0])
    side = np.array([0, 0, sign])
    return {
        "heel": ankle - 0.05 * along + 0.07 * down,
        "big_toe": ankle + 0.17 * along + 0.07 * down - 0.02 * side,
        "small_toe": ankle + 0.14 * along + 0.07 * down + 0.05 * side,
    }


def played(motion: Motion) -> dict[str, np.ndarray]:
    """Return keypoints, angles and times of a motion repeated several times."""
    model = Model()
    period = OUT_S + HOLD_S + BACK_S + REST_S
    seconds = REST_S + REPS * period
    times = np.arange(0, seconds, 1 / FPS)
    points = np.full((len(times), len(NAMES), 3), np.nan)
    truth: dict[str, list[float]] = {"knee_left": [], "knee_right": []}
    guess = {side: np.array([10.0, 0.0, 20.0]) for side in SIGN}
    for i, t in enumerate(times):
        u = (t - REST_S) % period if t >= REST_S else 0.0
        if t < REST_S or u > OUT_S + HOLD_S + BACK_S:
            s = 0.0
        elif u < OUT_S:
            s = min_jerk(u / OUT_S)
        else:
            s = 1.0 if u < OUT_S + HOLD_S else 1 - min_jerk((u - OUT_S - HOLD_S) / BACK_S)
        plan = motion.course(s)
        sway = 0.003 * np.sin(2 * np.pi * 0.31 * t), 0.003 * np.sin(2 * np.pi * 0.23 * t + 1)
        body = plan["body"] | {"pelvis_x": plan["body"]["pelvis_x"] + sway[0]}
        body["pelvis_z"] += sway[1]
        body["lumbar_extension"] += 200 * sway[1]
        model.set(**body)
        row: dict[str, np.ndarray] = {}
        for side, sign in SIGN.items():
            leg = plan[side]
            if "target" in leg:
                ankle = np.array(leg["target"])
                guess[side] = model.reach(side, ankle, leg.get("rotation", 0.0), guess[side])
                truth[f"knee_{side}"].append(float(guess[side][2]))
                feet = foot(ankle, sign, pitch=leg.get("pitch", 0.0))
            else:
                model.leg(side, *leg["angles"])
                ankle = model.at(f"tibia_{side}", (0, -SHANK, 0))
                truth[f"knee_{side}"].append(float(leg["angles"][3]))
                feet = foot(ankle, sign)
            row |= {
                f"{side}_hip": model.at(f"femur_{side}", (0, 0, 0)),
                f"{side}_knee": model.at(f"tibia_{side}", (0, 0, 0)),
                f"{side}_ankle": ankle,
                **{f"{side}_{name}": where for name, where in feet.items()},
            }
        for side, sign in SIGN.items():
            parts = {
                "shoulder": (0, TRUNK, sign * HALF_SHOULDERS),
                "elbow": (0.12, TRUNK - 0.24, sign * (HALF_SHOULDERS + 0.06)),
                "wrist": (0.24, TRUNK - 0.20, sign * 0.06),
                "eye": (0.10, TRUNK + 0.22, sign * 0.033),
                "ear": (0.0, TRUNK + 0.20, sign * 0.075),
            }
            row |= {f"{side}_{name}": model.at("torso", place) for name, place in parts.items()}
        row |= {
            "mid_hip": model.at("pelvis", (0, 0, 0)),
            "neck": model.at("torso", (0, TRUNK + 0.02, 0)),
            "head": model.at("torso", (0.02, TRUNK + 0.32, 0)),
            "nose": model.at("torso", (0.12, TRUNK + 0.18, 0)),
        }
        for name, where in row.items():
            points[i, NAMES.index(name)] = where
    starts = REST_S + period * np.arange(REPS)
    return {
        "points": np.round(points / UNIT).astype(np.int16),
        "fps": np.array(FPS),
        "turn_s": starts + OUT_S + 0.5 * HOLD_S,
        **{name: np.array(values, dtype=np.float32) for name, values in truth.items()},
        "about": np.array(
            json.dumps(
                {"exercise": motion.exercise, "side": motion.side, "planted": motion.planted}
            )
        ),
    }


def rises(*, lean: float = 0.0, straight: float = 1.0) -> Callable[[float], dict[str, Any]]:
    """Return the course from a seat 44 cm high to standing.

    `lean` is the lean to the right in degrees, `straight` the fraction of the way up.
    """

    def course(s: float) -> dict[str, Any]:
        nod = np.sin(np.pi * min(1.0, 1.4 * s)) * (s < 0.72)
        up = s * straight
        return {
            "body": {
                "pelvis_x": -0.44 * (1 - up) ** 0.9,
                "pelvis_y": 0.50 + 0.394 * up,
                "pelvis_z": 0.0,
                "lumbar_extension": -6 - 32 * nod,
                "lumbar_bending": lean * np.sin(np.pi * s),
            },
            **{side: {"target": (0.0, ANKLE, sign * 0.11)} for side, sign in SIGN.items()},
        }

    return course


def splits(side: str, *, inward: float = 0.0) -> Callable[[float], dict[str, Any]]:
    """Return the course of a split squat: this leg in front, the other 70 cm behind on its toes.

    `inward` is thigh rotation in degrees.
    """
    sign, other = SIGN[side], {"left": "right", "right": "left"}[side]

    def course(s: float) -> dict[str, Any]:
        return {
            "body": {
                "pelvis_x": 0.02 + 0.06 * s,
                "pelvis_y": 0.79 - 0.27 * s,
                "pelvis_z": 0.0,
                "lumbar_extension": -3 - 8 * s,
            },
            side: {"target": (0.30, ANKLE, 0.09 * sign), "rotation": inward * s},
            other: {"target": (-0.40, ANKLE + 0.10, -0.09 * sign), "pitch": 45.0},
        }

    return course


def step_downs(
    side: str, *, inward: float = 0.0, drop: float = 0.0
) -> Callable[[float], dict[str, Any]]:
    """Return the course of a step-down with this leg on the step.

    `inward` is thigh rotation in degrees, `drop` that of the pelvis on the free side.
    """
    sign, other = SIGN[side], {"left": "right", "right": "left"}[side]

    def course(s: float) -> dict[str, Any]:
        return {
            "body": {
                "pelvis_x": -0.01 - 0.05 * s,
                "pelvis_y": STEP_M + 0.885 - 0.15 * s,
                "pelvis_z": 0.0,
                "pelvis_list": -sign * drop * s,
                "lumbar_bending": sign * drop * s,
                "lumbar_extension": -4 - 14 * s,
            },
            side: {"target": (0.0, STEP_M + ANKLE, 0.06 * sign), "rotation": inward * s},
            other: {"angles": (8 + 10 * s, 0.0, 0.0, 10 + 6 * s)},
        }

    return course


MOTIONS = {
    "sit_to_stand": Motion("sit_to_stand", "right", "", rises()),
    "sit_to_stand_trunk_lean": Motion("sit_to_stand", "right", "trunk_lean", rises(lean=16)),
    "sit_to_stand_stays_bent": Motion("sit_to_stand", "right", "stays_bent", rises(straight=0.82)),
    "split_squat_right": Motion("split_squat", "right", "", splits("right", inward=-6)),
    "split_squat_left": Motion("split_squat", "left", "", splits("left", inward=-6)),
    "split_squat_right_inward": Motion(
        "split_squat", "right", "knee_inward", splits("right", inward=18)
    ),
    "step_down_right": Motion("step_down", "right", "", step_downs("right")),
    "step_down_left": Motion("step_down", "left", "", step_downs("left")),
    "step_down_left_inward": Motion(
        "step_down", "left", "knee_inward", step_downs("left", inward=22)
    ),
    "step_down_right_drop": Motion(
        "step_down", "right", "pelvic_drop", step_downs("right", drop=10)
    ),
}


def main() -> None:
    """Write all recordings."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, motion in MOTIONS.items():
        np.savez_compressed(FOLDER / f"{name}.npz", **played(motion))
        print(name, Path(FOLDER / f"{name}.npz").stat().st_size)


if __name__ == "__main__":
    main()
