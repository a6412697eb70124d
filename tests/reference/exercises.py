"""Geometry of clamshell and fire hydrant (science.md 4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .body import Body
from .vectors import Array, angle_between


def clamshell_lever(thigh: float, shank: float, knee_flexion_deg: float) -> float:
    """Distance of the knee from the hip-ankle line: ρ = L_t·L_s·sin β / |H − A|."""
    beta = np.radians(knee_flexion_deg)
    hip_to_ankle = np.sqrt(thigh**2 + shank**2 + 2.0 * thigh * shank * np.cos(beta))
    return float(thigh * shank * np.sin(beta) / hip_to_ankle)


def clamshell_separation(opening_deg: float, lever: float) -> float:
    """Chord between the closed and the opened knee: 2ρ·sin(γ/2)."""
    return float(2.0 * lever * np.sin(np.radians(opening_deg) / 2.0))


def clamshell_angle(separation: float, lever: float) -> float:
    """Opening angle γ from the chord of the knee: 2·asin(sep/2ρ); NaN beyond the largest chord."""
    with np.errstate(invalid="ignore"):
        return float(np.degrees(2.0 * np.arcsin(separation / (2.0 * lever))))


def clamshell_opening(
    points: Mapping[str, Array], side: str, *, up: str = "y", rest_frame: int = 0
) -> Array:
    """Rotation of one leg's plane hip-knee-ankle from its position in `rest_frame`, degrees."""
    body = Body(points, up=up, pelvis_reference="up", heading=None)
    normal = body.hinge(side)
    return angle_between(normal, np.broadcast_to(normal[rest_frame], normal.shape))


def hydrant_rise(elevation_deg: float, thigh: float) -> float:
    """Vertical rise of the knee: L_t·(1 − cos η)."""
    return float(thigh * (1.0 - np.cos(np.radians(elevation_deg))))


def hydrant_lateral(elevation_deg: float, thigh: float) -> float:
    """Sideways displacement of the knee: L_t·sin η."""
    return float(thigh * np.sin(np.radians(elevation_deg)))
