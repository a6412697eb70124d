"""A person who stands up five times, filmed by a phone and measured by markers: for testing, not
fitting.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import FULL

TRUTHS = {
    ("knee_flexion", "left"): "knee_flexion_3pt_l",
    ("knee_flexion", "right"): "knee_flexion_3pt_r",
    ("knee_flexion_from_depth", "left"): "knee_flexion_3pt_l",
    ("knee_flexion_from_depth", "right"): "knee_flexion_3pt_r",
    ("hip_flexion", "left"): "hip_flexion_l",
    ("hip_flexion", "right"): "hip_flexion_r",
    ("hip_adduction", "left"): "hip_adduction_l",
    ("hip_adduction", "right"): "hip_adduction_r",
    ("hip_internal_rotation", "left"): "hip_rotation_l",
    ("hip_internal_rotation", "right"): "hip_rotation_r",
    ("trunk_forward_lean", None): "trunk_lean_from_vertical",
    ("pelvic_obliquity", None): "pelvis_list",
    ("fppa", "left"): "fppa_left",
    ("fppa", "right"): "fppa_right",
}
"""Angle of kneepose → corresponding column of the markers."""


def filmed(source: str) -> kp.Recording:
    """Return the sit-to-stand of one estimator; frame i is at i/60 + 0.067 s on the markers'
    clock.
    """
    file = "movenet_thunder" if source == "movenet" else "mediapipe_heavy"
    path = FULL / "opencap-sts" / f"{file}.npz"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    data = np.load(path)
    times = np.arange(len(data["xy"])) / 60 + 0.067
    options = {"times": times, "confidence": np.nan_to_num(data["visibility"])}
    skeleton = "coco17" if source == "movenet" else "mediapipe33"
    if source == "world":
        return kp.Recording(data["xyz_world"], skeleton=skeleton, up="-y", **options)
    return kp.Recording(
        data["xy"], skeleton=skeleton, normalized=True, resolution_wh=(720, 1280), **options
    )


def coverage(source: str, level: float = 0.95) -> dict[tuple[str, str | None], tuple[float, int]]:
    """Return by angle the share of errors in the stated interval, and the valid count."""
    folder = FULL / "opencap-sts"
    if not folder.exists():
        pytest.skip(f"{folder} is not there; set KNEEPOSE_DATA")
    truth = {**np.load(folder / "angles_truth.npz"), **np.load(folder / "frontal_truth.npz")}
    angles = kp.joint_angles(filmed(source).conditioned(), list(TRUTHS), sd=True)
    reach = NormalDist().inv_cdf(0.5 + level / 2)
    shares = {}
    for key, column in TRUTHS.items():
        angle = angles[key]  # type: ignore[index]
        assert angle.sd is not None
        true = np.interp(angle.times, truth["time"], truth[column])
        stated = np.isfinite(angle.sd) & (angle.codes == 0)
        held = np.abs(angle.values - true)[stated] <= reach * angle.sd[stated]
        if stated.any():
            shares[key] = float(held.mean()), int(stated.sum())
    return shares


def errors(source: str, key: tuple[str, str | None], column: str) -> np.ndarray:
    """Return the errors of an angle against a column of the markers in degrees, shape (T,)."""
    known = np.load(FULL / "opencap-sts" / "angles_truth.npz")
    found = kp.joint_angles(filmed(source).conditioned(), [key])[key]  # type: ignore[list-item, index]
    return np.asarray(found.values - np.interp(found.times, known["time"], known[column]))


def knee_errors(source: str, angle: str, truth: str) -> np.ndarray:
    """Return errors of a knee angle against a marker column in degrees, shape (T, 2)."""
    legs = [errors(source, (angle, side), f"{truth}_{side[0]}") for side in ("left", "right")]
    return np.stack(legs, axis=1)
