"""Movements for a body: OpenSim motions retargeted by joint angles, and negatives.

A pose holds the world rotation of each segment from the anatomical zero pose (x forward, y up, z
right). Planted feet stay fixed for all body proportions: the stance ankle, the lower hip or the
support knee is pinned, and inverse kinematics bends the knee of a leg whose ankle is fixed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.support.datasets import opensim
from tools.rendered.bodies import SKIN_VERTICES, Body

F64 = npt.NDArray[np.float64]
Pose = dict[str, F64]
UP = np.array([0.0, 1, 0])
RIGHT = np.array([0.0, 0, 1])
LEAD_S, TAIL_S = 1.0, 0.8
"""Rest before the first and after the last repetition, seconds."""


@dataclass
class Motion:
    """Poses of a body over time, with the truth about them."""

    exercise: str
    side: str
    times: F64
    poses: list[Pose]
    pins: list[tuple[str, F64]]
    """Name and position of the pinned joint in each frame."""
    reps: F64
    """Start, bottom and end of each repetition, shape (R, 3), seconds."""
    faults: dict[str, Any] = field(default_factory=dict)
    lying: bool = False
    """True if the body lies; its lowest vertex in the first frame is then placed on the floor."""
    box: tuple[F64, F64] | None = None
    """Lowest and highest corner of the box for step-ups."""
    planted: tuple[str, ...] = ()
    """Keypoints that must not move."""


def rotation(axis: int, degrees: float) -> F64:
    """Return the right-handed rotation about x (0), y (1) or z (2)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    j, k = (axis + 1) % 3, (axis + 2) % 3
    made = np.eye(3)
    made[j, j], made[k, k], made[j, k], made[k, j] = c, c, -s, s
    return made


def rx(degrees: float) -> F64:
    """Return the rotation about x."""
    return rotation(0, degrees)


def ry(degrees: float) -> F64:
    """Return the rotation about y."""
    return rotation(1, degrees)


def rz(degrees: float) -> F64:
    """Return the rotation about z."""
    return rotation(2, degrees)


def about(axis: F64, degrees: float) -> F64:
    """Return the rotation about any axis."""
    x, y, z = axis / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    t = np.radians(degrees)
    return np.eye(3) + np.sin(t) * k + (1 - np.cos(t)) * k @ k


def unit(v: F64) -> F64:
    """Return the unit vector of `v`."""
    return v / np.linalg.norm(v)


class Coordinates:
    """Joint angles of an OpenSim recording, resampled at the frame times; arms by segment
    direction.
    """

    def __init__(self, name: str, reps: int, speed: float, fps: float) -> None:
        self.data = opensim(name)
        bounds = [
            self.data[key][:reps]
            for key in ("rep_start", "rep_bottom_start", "rep_bottom_end", "rep_end")
        ]
        first = max(float(bounds[0][0]) - LEAD_S * speed, float(self.data["times"][0]))
        last = min(float(bounds[3][-1]) + TAIL_S * speed, float(self.data["times"][-1]))
        self.times = np.arange(int((last - first) / speed * fps)) / fps
        self.at = first + self.times * speed
        self.reps = np.column_stack([bounds[0], (bounds[1] + bounds[2]) / 2, bounds[3]])
        self.reps = (self.reps - first) / speed
        self.side = str(self.data["side"])
        self.faults = json.loads(str(self.data["faults"]))
        self.names = list(self.data["keypoint_names"])

    def series(self, values: F64) -> F64:
        """Return values of the recording, interpolated at the frame times."""
        made: F64 = np.interp(self.at, self.data["times"], values)
        return made

    def __call__(self, coordinate: str) -> F64:
        return self.series(self.data[f"opensim_{coordinate}"])

    def point(self, name: str) -> F64:
        """Return a keypoint over time."""
        xyz = self.data["keypoints"][:, self.names.index(name)]
        return np.column_stack([self.series(column) for column in xyz.T])

    def trunk(self) -> tuple[list[F64], list[F64]]:
        """Return the rotations of pelvis and torso."""
        angles = zip(
            *(self(f"pelvis_{x}") for x in ("tilt", "list", "rotation")),
            *(self(f"lumbar_{x}") for x in ("extension", "bending", "rotation")),
            strict=True,
        )
        pelvis, torso = [], []
        for tilt, tip, turn, extension, bending, twist in angles:
            pelvis.append(rz(tilt) @ rx(tip) @ ry(turn))
            torso.append(pelvis[-1] @ rz(extension) @ rx(bending) @ ry(twist))
        return pelvis, torso

    def leg(self, side: str, pelvis: list[F64]) -> tuple[list[F64], list[F64], list[F64]]:
        """Return the rotations of thigh, shank and foot of one leg ("r" or "l")."""
        sign = 1 if side == "r" else -1
        names = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
        thigh, shank, foot = [], [], []
        for base, flexion, adduction, turn, knee, ankle in zip(
            pelvis, *(self(f"{name}_{side}") for name in names), strict=True
        ):
            thigh.append(base @ rz(flexion) @ rx(sign * adduction) @ ry(sign * turn))
            shank.append(thigh[-1] @ rz(-knee))
            foot.append(shank[-1] @ rz(ankle))
        return thigh, shank, foot

    def leg_lines(self, side: str, inward: float = 0.0) -> tuple[list[F64], list[F64]]:
        """Return the rotations of thigh and shank from the joint centers of the recording.

        The joint angles alone are not sufficient: the knee of the OpenSim model is not a hinge, and
        with a hinge the knee would be farther inward. `inward` moves the knee toward the midline,
        by rotation about the line from hip to ankle. It is the rotation in degrees at the deepest
        flexion; it is proportional to flexion.
        """
        hip, knee, ankle = (
            self.point(f"{FULL[side]}_{joint}") for joint in ("hip", "knee", "ankle")
        )
        bend = self(f"knee_angle_{side}")
        turns = (inward if side == "r" else -inward) * (bend - bend.min()) / np.ptp(bend)
        swung = (
            a + about(h - a, turn) @ (k - a)
            for h, k, a, turn in zip(hip, knee, ankle, turns, strict=True)
        )
        knee = np.array(list(swung))
        thighs, shanks = zip(*map(leg, hip, knee, ankle), strict=True)
        return list(thighs), list(shanks)

    def arms(self) -> list[Pose]:
        """Return the rotations of upper arms, forearms and hands, from segment directions."""
        poses: list[Pose] = [{} for _ in self.times]
        for side, full in (("r", "right"), ("l", "left")):
            shoulder, elbow, wrist = (
                self.point(f"{full}_{j}") for j in ("shoulder", "elbow", "wrist")
            )
            for pose, a, b, c in zip(poses, shoulder, elbow, wrist, strict=True):
                pose |= arm(side, b - a, c - b)
        return poses


def arm(side: str, upper: F64, fore: F64) -> Pose:
    """Return the rotations of an arm whose elbow flexes in the plane of both directions."""
    hinge = -np.cross(-upper, fore)
    if np.linalg.norm(hinge) < 0.02 * np.linalg.norm(upper) * np.linalg.norm(fore):
        hinge = RIGHT
    upperarm, forearm = along(-upper, hinge), along(-fore, hinge)
    return {f"upperarm_{side}": upperarm, f"forearm_{side}": forearm, f"hand_{side}": forearm}


def along(y: F64, z: F64) -> F64:
    """Return the rotation with y axis `y`, and with its z axis as close to `z` as possible."""
    y = unit(y)
    z = unit(z - (z @ y) * y)
    return np.column_stack([np.cross(y, z), y, z])


def leg(hip: F64, knee: F64, ankle: F64) -> tuple[F64, F64]:
    """Return the rotations of thigh and shank from joint centers; the knee flexes backward."""
    hinge = np.cross(hip - knee, ankle - knee)
    return along(hip - knee, hinge), along(knee - ankle, hinge)


def knee_of(hip: F64, ankle: F64, thigh: float, shank: float, toward: F64) -> F64:
    """Return the knee position of a leg from hip to ankle that is bent toward a direction."""
    line = ankle - hip
    reach = min(float(np.linalg.norm(line)), 0.9995 * (thigh + shank))
    u = unit(line)
    x = (thigh**2 - shank**2 + reach**2) / (2 * reach)
    return hip + u * x + unit(toward - (toward @ u) * u) * np.sqrt(thigh**2 - x**2)


def lengths(body: Body) -> tuple[float, float]:
    """Return the lengths of thigh and shank."""
    return body.length("right_hip", "right_knee"), body.length("right_knee", "right_ankle")


def hip_of(body: Body, side: str, pelvis: F64) -> F64:
    """Return the vector from the skeleton root to a hip, in world axes."""
    offset: F64 = pelvis @ (body.joint(f"{side}_hip") - body.heads[body.bones.index("root")])
    return offset


def single_leg_squat(body: Body, source: Coordinates, inward: float = 0.0) -> Motion:
    """Return a single-leg squat with the foot flat and forward, and the recorded leg."""
    pelvis, torso = source.trunk()
    poses = source.arms()
    stance = source.side[0]
    for side in "rl":
        thigh, shank = source.leg_lines(side, inward if side == stance else 0.0)
        ankle_angle = source(f"ankle_angle_{side}")
        for i, pose in enumerate(poses):
            pose |= {f"thigh_{side}": thigh[i], f"shank_{side}": shank[i]}
            pose[f"foot_{side}"] = shank[i] @ rz(ankle_angle[i])
            if side == stance:
                pose[f"foot_{side}"] = np.eye(3)
    for i, pose in enumerate(poses):
        pose |= {"pelvis": pelvis[i], "torso": torso[i], "head": torso[i]}
    ankle = f"{source.side}_ankle"
    pins = [(ankle, body.joint(ankle) * UP)] * len(poses)
    planted = (ankle, f"{source.side}_heel", f"{source.side}_big_toe")
    faults = {**source.faults, "knee_inward": {"turn_deg": inward}} if inward else source.faults
    return Motion(
        "single_leg_squat", source.side, source.times, poses, pins, source.reps, faults,
        planted=planted,
    )  # fmt: skip


def squat(body: Body, source: Coordinates) -> Motion:
    """Return a squat with feet planted as in the first frame; legs set the pelvis height."""
    pelvis, torso = source.trunk()
    poses, a, b = source.arms(), *lengths(body)
    down: dict[str, F64] = {}
    forward: dict[str, F64] = {}
    feet: dict[str, F64] = {}
    for side, full in (("r", "right"), ("l", "left")):
        thigh, shank, foot = source.leg(side, pelvis)
        heading = foot[0][:, 0]
        feet[side] = ry(-np.degrees(np.arctan2(heading[2], heading[0])))
        hips = np.array([hip_of(body, full, p) for p in pelvis])
        down[side] = (
            hips - a * np.array([t[:, 1] for t in thigh]) - b * np.array([s[:, 1] for s in shank])
        )
        forward[side] = np.array([t[:, 0] for t in thigh])
    middle = (down["r"] + down["l"]) / 2
    height = body.joint("right_ankle")[1]
    root = -middle + height * UP
    pins = []
    for i, pose in enumerate(poses):
        pose |= {"pelvis": pelvis[i], "torso": torso[i], "head": torso[i]}
        for side, full in (("r", "right"), ("l", "left")):
            ankle = (down[side] - middle)[0] * [1, 0, 1] + height * UP
            hip = root[i] + hip_of(body, full, pelvis[i])
            knee = knee_of(hip, ankle, a, b, forward[side][i])
            pose[f"thigh_{side}"], pose[f"shank_{side}"] = leg(hip, knee, ankle)
            pose[f"foot_{side}"] = feet[side]
        pins.append(("root", root[i]))
    planted = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("ankle", "heel", "big_toe"))
    return Motion("squat", "both", source.times, poses, pins, source.reps, planted=planted)


def lying(source: Coordinates) -> tuple[list[Pose], str, str]:
    """Return poses of trunk, arms and lower leg of a side-lying body, and the leg names."""
    pelvis, torso = source.trunk()
    poses = source.arms()
    top, bottom = (("r", "l"), ("l", "r"))[source.side == "left"]
    # The lower leg keeps its world rotation of the first frame.
    thigh, shank, foot = source.leg(bottom, pelvis[:1] * len(pelvis))
    for i, pose in enumerate(poses):
        head_up = rx(-12 if top == "r" else 12)
        pose |= {"pelvis": pelvis[i], "torso": torso[i], "head": torso[i] @ head_up}
        pose |= {
            f"thigh_{bottom}": thigh[0],
            f"shank_{bottom}": shank[0],
            f"foot_{bottom}": foot[0],
        }
    return poses, top, bottom


FULL = {"r": "right", "l": "left"}
STACKED_ANKLES, STACKED_KNEES = 0.040, 0.052
"""Distance between joints of stacked legs, as a share of body height."""


def clamshell(body: Body, source: Coordinates) -> Motion:
    """Return a clamshell: the upper leg rotates about the line from its hip to its fixed ankle."""
    poses, top, bottom = lying(source)
    a, b = lengths(body)
    lower_hip = np.zeros(3)
    opening = source.series(source.data["rep_signal"])
    bend = float(source(f"knee_angle_{top}")[0])
    first: F64 | None = None
    for i, pose in enumerate(poses):
        hips = {s: hip_of(body, FULL[s], pose["pelvis"]) for s in "rl"}
        hip = lower_hip + hips[top] - hips[bottom]
        lower_knee = lower_hip - a * pose[f"thigh_{bottom}"][:, 1]
        lower_ankle = lower_knee - b * pose[f"shank_{bottom}"][:, 1]
        if first is None:
            ankle, knee = stacked(hip, lower_knee, lower_ankle, body.height, a, b, bend)
            first = knee - hip
        line = unit(ankle - hip)
        closed = unit(first - (first @ line) * line)
        lift = np.cross(line, closed)
        turned = about(line, opening[i] * np.sign(lift[1])) @ closed
        knee = knee_of(hip, ankle, a, b, turned)
        pose[f"thigh_{top}"], pose[f"shank_{top}"] = leg(hip, knee, ankle)
        pose[f"foot_{top}"] = pose[f"shank_{top}"] @ rz(-5)
    pins = [(f"{FULL[bottom]}_hip", lower_hip)] * len(poses)
    return Motion(
        "clamshell", source.side, source.times, poses, pins, source.reps, source.faults, lying=True,
        planted=("left_ankle", "right_ankle", f"{FULL[bottom]}_knee"),
    )  # fmt: skip


def stacked(
    hip: F64, lower_knee: F64, lower_ankle: F64, height: float, a: float, b: float, bend: float
) -> tuple[F64, F64]:
    """Return ankle and knee of an upper leg that rests on the lower one, with a knee flexion."""
    ankle = lower_ankle + STACKED_ANKLES * height * UP
    # The knee flexion sets the distance from hip to ankle.
    reach = np.sqrt(a * a + b * b + 2 * a * b * np.cos(np.radians(bend)))
    ankle = hip + unit(ankle - hip) * reach
    ankle[1] = lower_ankle[1] + STACKED_ANKLES * height
    line = ankle - hip
    turns = [about(line, angle) @ np.cross(line, UP) for angle in np.arange(-180.0, 180, 0.5)]
    knees = [knee_of(hip, ankle, a, b, turn) for turn in turns]
    ahead = [knee for knee in knees if knee[0] > min(hip[0], ankle[0])]
    height_of_knee = lower_knee[1] + STACKED_KNEES * height
    return ankle, min(ahead, key=lambda knee: abs(knee[1] - height_of_knee))


def leg_raise(body: Body, source: Coordinates) -> Motion:
    """Return a side-lying leg raise, which must not be counted as a clamshell."""
    poses, top, bottom = lying(source)
    lift = source.series(source.data["rep_signal"]) * 0.9
    for pose, degrees in zip(poses, lift - lift.min(), strict=True):
        for side, out, knee in ((top, degrees - 4, 4), (bottom, -4, 12)):
            sign = 1 if side == "r" else -1
            pose[f"thigh_{side}"] = poses[0]["pelvis"] @ rz(8) @ rx(-sign * out)
            pose[f"shank_{side}"] = pose[f"thigh_{side}"] @ rz(-knee)
            pose[f"foot_{side}"] = pose[f"shank_{side}"]
    pins = [(f"{FULL[bottom]}_hip", np.zeros(3))] * len(poses)
    return Motion(
        "leg_raise", source.side, source.times, poses, pins, source.reps, lying=True,
        planted=(f"{FULL[bottom]}_ankle",),
    )  # fmt: skip


def all_fours(body: Body, source: Coordinates) -> tuple[list[Pose], list[F64], str]:
    """Return poses of trunk, arms and support leg on all fours, pelvis, and lifted side."""
    pelvis, torso = source.trunk()
    lifted = source.side[0]
    support = "l" if lifted == "r" else "r"
    thigh, shank, _ = source.leg(support, pelvis)
    a, _ = lengths(body)
    upper, fore = (
        body.length("right_shoulder", "right_elbow"),
        body.length("right_elbow", "right_wrist"),
    )
    palm, knee_height = 0.035 * body.height, 0.032 * body.height
    poses: list[Pose] = [{} for _ in pelvis]

    def shoulder(i: int, side: str, tip: float) -> F64:
        """Return a shoulder relative to the support knee, the trunk pitched by `tip` degrees."""
        p, t = rz(tip) @ pelvis[i], rz(tip) @ torso[i]
        hip = a * thigh[i][:, 1]
        trial = body.place({"pelvis": p, "torso": t, "head": t})[1]
        here = trial[body.bones.index(f"upperarm01.{side.upper()}")]
        return hip + here - trial[body.bones.index(f"upperleg01.{support.upper()}")]

    low, high = -25.0, 25.0
    for _ in range(24):
        tip = (low + high) / 2
        gap = np.mean([shoulder(0, s, tip)[1] for s in "rl"]) + knee_height
        low, high = (tip, high) if gap < 0.95 * (upper + fore) + palm else (low, tip)
    hands = {s: shoulder(0, s, tip) * [1, 0, 1] + (palm - knee_height) * UP for s in "rl"}
    for i, pose in enumerate(poses):
        pose |= {"pelvis": rz(tip) @ pelvis[i], "torso": rz(tip) @ torso[i]}
        pose["head"] = pose["torso"] @ rz(30)
        pose |= {f"thigh_{support}": thigh[i], f"shank_{support}": shank[i]}
        pose[f"foot_{support}"] = shank[i] @ rz(-60)
        for s in "rl":
            top = shoulder(i, s, tip)
            elbow = knee_of(
                top, hands[s], upper, fore, np.array([-1.0, 0, 0.6 if s == "r" else -0.6])
            )
            pose |= arm(s, elbow - top, hands[s] - elbow)
            pose[f"hand_{s}"] = rz(75)
    return poses, pelvis, lifted


def on_all_fours(
    body: Body, source: Coordinates, exercise: str, poses: list[Pose], lifted: str
) -> Motion:
    """Return the motion of a body on hands and knees."""
    support = FULL["l" if lifted == "r" else "r"]
    pins = [(f"{support}_knee", 0.032 * body.height * UP)] * len(poses)
    planted = (f"{support}_knee", "left_wrist", "right_wrist")
    return Motion(
        exercise, source.side, source.times, poses, pins, source.reps, source.faults, lying=True,
        planted=planted,
    )  # fmt: skip


def fire_hydrant(body: Body, source: Coordinates) -> Motion:
    """Return a fire hydrant: hands and one knee planted, the other thigh lifted sideways."""
    poses, pelvis, lifted = all_fours(body, source)
    thigh, shank, _ = source.leg(lifted, pelvis)
    for i, pose in enumerate(poses):
        pose |= {f"thigh_{lifted}": thigh[i], f"shank_{lifted}": shank[i]}
        pose[f"foot_{lifted}"] = shank[i] @ rz(-60)
    return on_all_fours(body, source, "fire_hydrant", poses, lifted)


def kick_back(body: Body, source: Coordinates) -> Motion:
    """Return a kickback on hands and knees, which must not be counted as a fire hydrant."""
    poses, _, lifted = all_fours(body, source)
    signal = source.series(source.data["rep_signal"])
    share = (signal - signal.min()) / np.ptp(signal)
    for pose, s in zip(poses, share, strict=True):
        thigh = rz(-80 * s)
        pose |= {f"thigh_{lifted}": thigh, f"shank_{lifted}": thigh @ rz(-90 + 80 * s)}
        pose[f"foot_{lifted}"] = pose[f"shank_{lifted}"] @ rz(-60 + 40 * s)
    motion = on_all_fours(body, source, "kick_back", poses, lifted)
    motion.faults = {}
    return motion


def smooth(x: F64 | float) -> F64:
    """Return a minimum-jerk step from 0 to 1."""
    x = np.clip(x, 0, 1)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x * x))


def cycles(reps: int, fps: float, duration_s: float, rest_s: float) -> tuple[F64, F64, F64]:
    """Return the times, the phase (0 to 1) of the current repetition, and the repetition bounds."""
    starts = LEAD_S + np.arange(reps) * (duration_s + rest_s)
    times = np.arange(int((starts[-1] + duration_s + TAIL_S) * fps)) / fps
    phase = np.zeros(len(times))
    for start in starts:
        inside = (times >= start) & (times < start + duration_s)
        phase[inside] = (times[inside] - start) / duration_s
    return times, phase, np.column_stack([starts, starts + duration_s / 2, starts + duration_s])


def stepping(
    body: Body, times: F64, root: F64, lean: F64, ankles: dict[str, F64], pitch: dict[str, F64]
) -> tuple[list[Pose], list[tuple[str, F64]]]:
    """Return upright poses from ankle and root positions; `pitch` is the heel rise, degrees."""
    a, b = lengths(body)
    poses, pins = [], []
    for i in range(len(times)):
        trunk = rz(-lean[i])
        pose = {"pelvis": rz(-lean[i] / 2), "torso": trunk, "head": np.eye(3)}
        for side, full in FULL.items():
            hip = root[i] + hip_of(body, full, pose["pelvis"])
            knee = knee_of(hip, ankles[side][i], a, b, np.array([1.0, 0, 0]))
            pose[f"thigh_{side}"], pose[f"shank_{side}"] = leg(hip, knee, ankles[side][i])
            pose[f"foot_{side}"] = rz(-pitch[side][i])
            out = 0.12 if side == "r" else -0.12
            pose |= arm(side, np.array([0.1, -1, out]), np.array([0.45, -1, 0.3 * out]))
        poses.append(pose)
        pins.append(("root", root[i]))
    return poses, pins


def standing_root(body: Body) -> F64:
    """Return the root of a standing body: knees nearly straight, mid-hip above x = z = 0."""
    a, b = lengths(body)
    hip = hip_of(body, "right", np.eye(3))
    height = body.joint("right_ankle")[1] + 0.995 * (a + b)
    return np.array([-hip[0], height - hip[1], 0.0])


def lunge(body: Body, reps: int, fps: float) -> Motion:
    """Return lunges: one leg steps forward, both knees flex, and the leg steps back."""
    times, p, bounds = cycles(reps, fps, 3.0, 0.6)
    leg_m = sum(lengths(body))
    step = smooth(p / 0.35) * (1 - smooth((p - 0.65) / 0.35))
    swing = np.sin(np.pi * np.clip(p / 0.35, 0, 1)) + np.sin(
        np.pi * np.clip((p - 0.65) / 0.35, 0, 1)
    )
    down = smooth((p - 0.2) / 0.3) * (1 - smooth((p - 0.5) / 0.3))
    root = standing_root(body) + np.outer(step, [0.42 * leg_m, 0, 0]) + np.outer(
        -0.10 * step - 0.24 * down, [0, leg_m, 0]
    )  # fmt: skip
    height = body.joint("right_ankle")[1]
    width = body.joint("right_hip")[2]
    front = np.array([0, height, width]) + np.outer(step, [0.85 * leg_m, 0, 0])
    front[:, 1] += 0.07 * swing
    heel = 52 * np.maximum(step * 0.55, down)
    foot = 0.75 * body.length("right_knee", "right_ankle") * 0.55
    rise = np.radians(heel)
    back = np.array([0, height, -width]) + np.column_stack(
        [foot * (1 - np.cos(rise)) + height * np.sin(rise) * 0.6, foot * np.sin(rise), 0 * rise]
    )
    ankles, pitch = {"r": front, "l": back}, {"r": 0 * heel, "l": heel}
    poses, pins = stepping(body, times, root, 6 * down, ankles, pitch)
    return Motion("lunge", "right", times, poses, pins, bounds)


def step_up(body: Body, reps: int, fps: float) -> Motion:
    """Return step-ups: the right foot stays on a box, and the body rises onto it and comes down."""
    times, p, bounds = cycles(reps, fps, 3.0, 0.6)
    rise, ahead = 0.20, 0.34
    up = smooth(p / 0.45) * (1 - smooth((p - 0.55) / 0.45))
    forward = smooth(p / 0.30) * (1 - smooth((p - 0.70) / 0.30))
    lean = 18 * np.sin(np.pi * np.clip(p / 0.45, 0, 1)) + 14 * np.sin(
        np.pi * np.clip((p - 0.55) / 0.45, 0, 1)
    )
    root = standing_root(body) + np.outer(forward, [ahead, 0, 0]) + np.outer(up, [0, rise, 0])
    root[:, 0] += 0.04
    root[:, 1] -= 0.02
    height, width = body.joint("right_ankle")[1], body.joint("right_hip")[2]
    right = np.tile([ahead, height + rise, width], (len(times), 1))
    left = np.array([0, height, -width]) + np.outer(up, [0, rise + 0.02, 0])
    left[:, 0] += ahead * smooth((up - 0.15) / 0.85) - 0.04 * forward
    ankles, pitch = {"r": right, "l": left}, {"r": 0 * up, "l": 15 * forward * (1 - up)}
    poses, pins = stepping(body, times, root, lean, ankles, pitch)
    box = np.array([ahead - 0.11, 0, -0.35]), np.array([ahead + 0.27, rise, 0.35])
    return Motion("step_up", "right", times, poses, pins, bounds, box=box, planted=("right_ankle",))


SOURCES: dict[str, Callable[[Body, Coordinates], Motion]] = {
    "sls": single_leg_squat,
    "opencap": squat,
    "clamshell": clamshell,
    "hydrant": fire_hydrant,
    "leg_raise": leg_raise,
    "kick_back": kick_back,
}
LYING_LEG, KNEELING = "clamshell_right", "hydrant_right"
TURNED_IN = {
    f"sls_{side}_{name}": (f"sls_{side}_healthy", degrees)
    for side in ("left", "right")
    for name, degrees in (("inward", 9.5), ("far_inward", 14.0))
}
"""Movement → recording of a healthy leg, and the added inward rotation of the knee in degrees."""


def motion(name: str, body: Body, reps: int, fps: float, speed: float = 1.0) -> Motion:
    """Return a movement of a body, by the name of an OpenSim recording or of another movement."""
    if name == "lunge":
        return lunge(body, reps, fps)
    if name == "step_up":
        return step_up(body, reps, fps)
    if name in TURNED_IN:
        recording, inward = TURNED_IN[name]
        return single_leg_squat(body, Coordinates(recording, reps, speed, fps), inward)
    recording = {"leg_raise": LYING_LEG, "kick_back": KNEELING}.get(name, name)
    make = SOURCES[name if name in SOURCES else name.split("_")[0]]
    return make(body, Coordinates(recording, reps, speed, fps))


def play(body: Body, given: Motion, i: int, floor: float) -> tuple[F64, dict[str, F64]]:
    """Return the vertices and keypoints of one frame in the room; `floor` comes from `floor_of`."""
    vertices, points = body.posed(given.poses[i])
    name, where = given.pins[i]
    here = body.heads[body.bones.index("root")] if name == "root" else points[name]
    shift = where - here + floor * UP
    return vertices + shift, {key: point + shift for key, point in points.items()}


SOFT_M = 0.025
"""Depth by which a shoulder or an arm sinks into the mat, meters."""


def floor_of(body: Body, given: Motion) -> float:
    """Return the height to add to a lying body, so that its hips and legs are on the floor."""
    if not given.lying:
        return 0.0
    height = play(body, given, 0, 0.0)[0][:SKIN_VERTICES, 1]
    rests = np.array(
        [
            b.startswith(("upperleg", "lowerleg", "foot", "pelvis"))
            for b in body.bone_of[:SKIN_VERTICES]
        ]
    )
    return -min(float(height[rests].min()), float(height.min()) + SOFT_M)
