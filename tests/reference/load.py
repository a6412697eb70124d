"""Load on the kneecap from science.md 7: the NumPy reference of the core, with area and stress.

The package gives no force or stress; they are computed here for the worked example.
"""

from __future__ import annotations

import numpy as np

G = 9.81
MOST_BEND_DEG = 100.0
LOADED = 1.24
"""Ratio of contact area under load to that without load (Besier 2005)."""


def moment(mass: float, knee: float, body: float, below: list[tuple[float, float]]) -> float:
    """External flexion moment of the knee in N m; `below` lists (mass share, position) of shank and
    foot.
    """
    weight = mass * (knee - body) - sum(mass * share * (knee - place) for share, place in below)
    return G * weight


def lever_arm(bend: float) -> float:
    """Lever arm of the quadriceps in meters."""
    return float(np.polyval([8.0e-5, -0.013, 0.28, 46.0], bend)) / 1000


def ratio(bend: float) -> float:
    """Ratio of the force behind the kneecap to that of the quadriceps."""
    over = np.polyval([-3.84e-5, 1.47e-3, 0.462], bend)
    return float(over / np.polyval([-6.98e-7, 1.55e-4, -1.62e-2, 1.0], bend))


def forces(moment_nm: float, bend: float) -> tuple[float, float]:
    """Return (muscle force, force behind the kneecap) in N; NaN outside of the model's range."""
    if not 0 <= bend <= MOST_BEND_DEG:
        return float("nan"), float("nan")
    muscle = max(0.0, moment_nm) / lever_arm(bend)
    return muscle, ratio(bend) * muscle


def area_mm2(bend: float, *, woman: bool) -> float:
    """Contact area under load; above 60° it keeps the value at 60° (Besier 2005)."""
    b = min(bend, 60.0)
    plain = 210 + 0.8333 * b + 0.03778 * b**2 if woman else 210 + 8.4333 * b - 0.05444 * b**2
    return LOADED * plain
