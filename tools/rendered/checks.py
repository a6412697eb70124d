"""Check the physical plausibility of a movement before it is rendered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tools.rendered.bodies import SKIN_VERTICES, Body
from tools.rendered.movement import Motion, floor_of, play

F64 = npt.NDArray[np.float64]
EVERY = 4
"""Interval between the frames that are checked."""
BELOW_M, HOVER_M, SLIDE_M, HAND_SLIDE_M = 0.03, 0.02, 0.012, 0.03
"""Limits, meters: sinking below the floor (soft tissue), hovering, foot and hand sliding."""


def tracks(body: Body, given: Motion) -> tuple[F64, dict[str, F64], npt.NDArray[np.int64]]:
    """Return the lowest vertex, the keypoints and the indices of the checked frames."""
    frames = np.arange(0, len(given.times), EVERY)
    floor = floor_of(body, given)
    shots = [play(body, given, int(i), floor) for i in frames]
    lowest = np.array([vertices[:SKIN_VERTICES, 1].min() for vertices, _ in shots])
    points = {name: np.array([p[name] for _, p in shots]) for name in shots[0][1]}
    return lowest, points, frames


def broken(body: Body, given: Motion) -> Iterator[str]:
    """Yield a message for each condition that the movement does not meet."""
    lowest, points, frames = tracks(body, given)
    times = given.times[frames]
    if lowest.min() < -BELOW_M:
        yield f"sinks {-lowest.min():.3f} m into the floor"
    if lowest.max() > HOVER_M and given.box is None:
        yield f"hovers {lowest.max():.3f} m over the floor"
    for name in given.planted:
        moved = np.linalg.norm(np.ptp(points[name], axis=0))
        if moved > (HAND_SLIDE_M if "wrist" in name else SLIDE_M):
            yield f"{name} moves by {moved:.3f} m"
    at = [int(np.argmin(abs(times - t))) for t in given.reps[:, 1]]
    rest = [int(np.argmin(abs(times - t))) for t in given.reps[:, 0]]
    if given.exercise in ("squat", "single_leg_squat", "lunge"):
        hips = points["left_hip"][:, 1] + points["right_hip"][:, 1]
        if not (hips[at] < hips[rest] - 0.08).all():
            yield "the hips do not go down"
    if given.exercise == "step_up":
        hips = points["left_hip"][:, 1]
        if not (hips[at] > hips[rest] + 0.12).all():
            yield "the hips do not go up"
    if given.exercise == "clamshell":
        apart = np.linalg.norm(points["left_ankle"] - points["right_ankle"], axis=1)
        if apart.max() > 0.055 * body.height:
            yield f"the ankles part to {apart.max():.3f} m"
    if given.exercise in ("clamshell", "fire_hydrant", "leg_raise"):
        knee = points[f"{given.side}_knee"][:, 1]
        if not (knee[at] > knee[rest] + 0.03 * body.height).all():
            yield "the knee does not rise"
    if given.exercise == "clamshell":
        other = points[f"{'left' if given.side == 'right' else 'right'}_knee"][:, 1]
        if (points[f"{given.side}_knee"][:, 1] < other).any():
            yield "the upper knee is below the lower one"
    hands = max(points[f"{s}_wrist"][:, 1].max() for s in ("left", "right"))
    if given.exercise in ("fire_hydrant", "kick_back") and hands > 0.06 * body.height:
        yield "a hand is off the floor"


def knee_flexion(points: dict[str, F64], side: str) -> F64:
    """Return the knee flexion from hip, knee and ankle, degrees."""
    thigh = points[f"{side}_knee"] - points[f"{side}_hip"]
    shank = points[f"{side}_ankle"] - points[f"{side}_knee"]
    cross = np.linalg.norm(np.cross(thigh, shank), axis=-1)
    made: F64 = np.degrees(np.arctan2(cross, (thigh * shank).sum(-1)))
    return made
