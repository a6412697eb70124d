"""Clamshell and fire-hydrant geometry (science.md 4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .body import Body
from .vectors import Array, angle_between


def clamshell_lever(thigh: float, shank: float, knee_flexion_deg: float) -> float:
    """Distance of the knee from the hip-ankle line, ρ = L_t·L_s·sin β / |H − A|."""
    beta = np.radians(knee_flexion_deg)
    hip_to_ankle = np.sqrt(thigh**2 + shank**2 + 2.0 * thigh * shank * np.cos(beta))
    return float(thigh * shank * np.sin(beta) / hip_to_ankle)


def clamshell_separation(opening_deg: float, lever: float) -> float:
    """Chord that the knee travels from closed, 2ρ·sin(γ/2)."""
    return float(2.0 * lever * np.sin(np.radians(opening_deg) / 2.0))


def clamshell_angle(separation: float, lever: float) -> float:
    """Opening γ from the travel of the knee, 2·asin(sep/2ρ); NaN beyond a full turn."""
    with np.errstate(invalid="ignore"):
        return float(np.degrees(2.0 * np.arcsin(separation / (2.0 * lever))))


def clamshell_opening(
    points: Mapping[str, Array], side: str, *, up: str = "y", rest_frame: int = 0
) -> Array:
    """Turn of the plane hip-knee-ankle of one leg from its plane in `rest_frame`, degrees."""
    body = Body(points, up=up, pelvis_reference="up", heading=None)
    normal = body.hinge(side)
    return angle_between(normal, np.broadcast_to(normal[rest_frame], normal.shape))


def hydrant_rise(elevation_deg: float, thigh: float) -> float:
    """Height gained by the knee, L_t·(1 − cos η)."""
    return float(thigh * (1.0 - np.cos(np.radians(elevation_deg))))


def hydrant_lateral(elevation_deg: float, thigh: float) -> float:
    """Sideways travel of the knee, L_t·sin η."""
    return float(thigh * np.sin(np.radians(elevation_deg)))
