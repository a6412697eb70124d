"""Compute true angles of a rendered body from its joint centers, independently of the library.

The planted foot points along x, so the frontal plane contains y (up) and z (right). Angles are in
degrees. Positive values are as in the library: knee inward, pelvis lower on the free side, trunk
toward the stance leg.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.rendered.clips import Filmed

F64 = npt.NDArray[np.float64]
DEPTH_DEG = 60.0


def knee_flexion(clip: Filmed, side: str) -> F64:
    """Return the knee flexion from hip, knee and ankle, over time."""
    hip, knee, ankle = (clip.truth[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    a, b = hip - knee, ankle - knee
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    made: F64 = 180 - np.degrees(np.arccos(cosine))
    return made


def frontal(clip: Filmed, side: str) -> dict[str, F64]:
    """Return projection angle, pelvic drop and lateral lean over time, for stance on `side`."""
    sign = 1 if side == "right" else -1
    other = "left" if side == "right" else "right"
    hip, knee, ankle = (clip.truth[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))

    def outward(a: F64, b: F64) -> F64:
        """Return the angle in degrees by which the line from `a` down to `b` leaves the midline."""
        line = b - a
        made: F64 = np.degrees(np.arctan2(sign * line[:, 2], -line[:, 1]))
        return made

    line = hip - clip.truth[f"{other}_hip"]
    shoulders, hips = (
        (clip.truth[f"left_{joint}"] + clip.truth[f"right_{joint}"]) / 2
        for joint in ("shoulder", "hip")
    )
    trunk = shoulders - hips
    return {
        "fppa": outward(knee, ankle) - outward(hip, knee),
        "pelvic_drop": np.degrees(np.arcsin(line[:, 1] / np.linalg.norm(line, axis=1))),
        "trunk_lateral_lean": np.degrees(np.arctan2(sign * trunk[:, 2], trunk[:, 1])),
    }


def at_depth(clip: Filmed, side: str, series: F64, depth: float = DEPTH_DEG) -> F64:
    """Return the value when the knee first reaches `depth`, per repetition; NaN if never."""
    bend = knee_flexion(clip, side)
    values = []
    for start, bottom, _ in clip.reps:
        first, last = np.searchsorted(clip.times, [start, bottom + 0.2])
        crossing = np.flatnonzero(
            (bend[first:last] < depth) & (bend[first + 1 : last + 1] >= depth)
        )
        if not len(crossing):
            values.append(np.nan)
            continue
        i = first + crossing[0]
        share = (depth - bend[i]) / (bend[i + 1] - bend[i])
        values.append(series[i] + share * (series[i + 1] - series[i]))
    return np.array(values)


def opening(clip: Filmed) -> F64:
    """Return the rotation of the hip-knee-ankle plane of the working leg since the first frame."""
    hip, knee, ankle = (clip.truth[f"{clip.side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    normal = np.cross(knee - hip, ankle - knee)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    made: F64 = np.degrees(np.arccos(np.clip(normal @ normal[0], -1, 1)))
    return made
