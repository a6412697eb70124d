"""Demand on the kneecap, written from science.md 7: the twin of the core, with area and stress.

The package gives no force and no stress; they are here because the worked example has them.
"""

from __future__ import annotations

import numpy as np

G = 9.81
MOST_BEND_DEG = 100.0
LOADED = 1.24
"""Contact area under load over the unloaded one (Besier 2005)."""


def moment(mass: float, knee: float, body: float, below: list[tuple[float, float]]) -> float:
    """External flexion moment in N m; `below` has (share of the mass, place) of shank and foot."""
    weight = mass * (knee - body) - sum(mass * share * (knee - place) for share, place in below)
    return G * weight


def lever_arm(bend: float) -> float:
    """Lever arm of the thigh muscle in metres."""
    return float(np.polyval([8.0e-5, -0.013, 0.28, 46.0], bend)) / 1000


def ratio(bend: float) -> float:
    """Force behind the kneecap over that of the muscle."""
    over = np.polyval([-3.84e-5, 1.47e-3, 0.462], bend)
    return float(over / np.polyval([-6.98e-7, 1.55e-4, -1.62e-2, 1.0], bend))


def forces(moment_nm: float, bend: float) -> tuple[float, float]:
    """(muscle, behind the kneecap) in N; NaN outside of the model."""
    if not 0 <= bend <= MOST_BEND_DEG:
        return float("nan"), float("nan")
    muscle = max(0.0, moment_nm) / lever_arm(bend)
    return muscle, ratio(bend) * muscle


def area_mm2(bend: float, *, woman: bool) -> float:
    """Contact area under load; held at its value at 60 degrees above (Besier 2005)."""
    b = min(bend, 60.0)
    plain = 210 + 0.8333 * b + 0.03778 * b**2 if woman else 210 + 8.4333 * b - 0.05444 * b**2
    return LOADED * plain
