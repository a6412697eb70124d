"""The sample squat, a series with repetitions, and angles from plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import kneepose as kp
from kneepose import arrays

SQUAT = kp.sample("squat")
XYZ = SQUAT.coordinates
WAVE = 30 - 30 * np.cos(np.arange(0, 12, 1 / 30) * np.pi / 2)


def measure(**options: Any) -> Any:
    return arrays.joint_angles(XYZ, **{"skeleton": "halpe26", "up": "y"} | options)
