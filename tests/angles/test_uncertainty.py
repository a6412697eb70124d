"""Tests of the standard deviations of angles, against Monte Carlo and a closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.golden import forward_model

pytestmark = pytest.mark.slow

DRAWS = 20_000
FOOT = (0.98, -0.2, 0.05)
POSTURES = {
    f"knee {knee}, hip {flexion}": {
        "flexion": flexion,
        "adduction": adduction,
        "rotation": rotation,
        "knee": knee,
        "trunk_forward": trunk,
    }
    for knee, flexion, adduction, rotation, trunk in (
        (32, 15, -5, 4, 5),
        (45, 30, 6, -8, 10),
        (60, 45, 8, 10, 20),
        (90, 70, 12, 15, 35),
        (115, 70, -8, 20, 25),
    )
}
LEGS = ("knee_flexion", "hip_flexion", "hip_adduction", "hip_internal_rotation", "fppa",
        "thigh_inclination", "shank_inclination", "ankle_dorsiflexion", "tibial_rotation",
        "foot_progression", "knee_medial_displacement")  # fmt: skip
MIDLINE = ("pelvic_obliquity", "trunk_forward_lean", "trunk_lateral_lean")
NAMES = [*((name, "right") for name in LEGS), *((name, "left") for name in LEGS), *MIDLINE]


def body(posture: str) -> tuple[kp.Skeleton, np.ndarray]:
    points = forward_model.body(**POSTURES[posture], foot=FOOT, small_toe=True)
    return kp.Skeleton("body", list(points)), np.stack(list(points.values()))


def noisy(points: np.ndarray, sd: float) -> np.ndarray:
    rng = np.random.default_rng(20_241)
    return points + rng.normal(0.0, sd, (DRAWS, *points.shape))


def propagated(
    points: np.ndarray, names: Any, sd: float, heading: Any = None, **options: Any
) -> np.ndarray:
    recording = kp.Recording(points[None], fps=30, **options)
    angles = kp.joint_angles(recording, names, sd=sd, heading=heading)
    assert angles.sd is not None
    return angles.sd[0]


@pytest.mark.parametrize("posture", POSTURES)
@pytest.mark.parametrize("sd", [0.002, 0.005, 0.010])
def test_space(posture: str, sd: float) -> None:
    """From the rotation gate up, the result is within 10 % of Monte Carlo at realistic noise."""
    skeleton, points = body(posture)
    said = propagated(points, NAMES, sd, skeleton=skeleton, up="y", unit="m")
    drawn = kp.arrays.joint_angles(noisy(points, sd), skeleton=skeleton, names=NAMES, up="y")
    gates = ("hip_internal_rotation", "tibial_rotation")
    for name, mine, draws in zip(NAMES, said, drawn.T, strict=True):
        if posture.startswith("knee 32") and name[0] in gates:
            ungated = {"skeleton": skeleton, "names": [name], "up": "y", "gates": False}
            draws = kp.arrays.joint_angles(noisy(points, sd), **ungated)[:, 0]
        assert mine == pytest.approx(np.std(draws), rel=0.1), name


@pytest.mark.parametrize("posture", POSTURES)
def test_image(posture: str) -> None:
    skeleton, _ = body(posture)
    points = forward_model.body(**POSTURES[posture], foot=FOOT, small_toe=True)
    pixels = np.stack(list(forward_model.photographed(points).values()))
    names = [("fppa", "left"), ("fppa", "right"), ("hip_adduction_2d", "left"), "pelvic_obliquity",
             "trunk_lateral_lean", ("knee_medial_displacement", "right")]  # fmt: skip
    said = propagated(pixels, names, 1.5, skeleton=skeleton, view="front")
    drawn = kp.arrays.joint_angles(noisy(pixels, 1.5), skeleton=skeleton, names=names)
    np.testing.assert_allclose(said, np.std(drawn, axis=0), rtol=0.1)


def test_closed_form_of_the_rotation() -> None:
    """σ_I² = σ²[1 + (1+κ)² + κ²]/(L_s sin β)² + 2σ²/W², κ = (L_s/L_t) cos β, within 4 %."""
    length_s, length_t, width, sd = 0.40, 0.42, 0.17, 0.010
    for knee in (30.01, 45, 60, 75, 90):
        points = forward_model.body(flexion=40.0, knee=knee)
        beta = np.radians(knee)
        k = length_s / length_t * np.cos(beta)
        leg = sd**2 * (1 + (1 + k) ** 2 + k**2) / (length_s * np.sin(beta)) ** 2
        said = propagated(
            np.stack(list(points.values())),
            [("hip_internal_rotation", "right")],
            sd,
            skeleton=kp.Skeleton("body", list(points)),
            up="y",
            unit="m",
        )
        assert said[0] == pytest.approx(np.degrees(np.sqrt(leg + 2 * sd**2 / width**2)), rel=0.04)


def test_less_sure_keypoints_count_for_more() -> None:
    skeleton, points = body("knee 60, hip 45")
    confidence = np.ones((1, len(points)))
    confidence[0, skeleton.landmarks["right_knee"]] = 0.5
    options: dict[str, Any] = {"skeleton": skeleton, "up": "y", "unit": "m", "heading": (1, 0, 0)}
    name = [("shank_inclination", "right")]
    sure = propagated(points, name, 0.01, **options)[0]
    less = propagated(points, name, 0.01, confidence=confidence, **options)[0]
    assert less == pytest.approx(sure * np.sqrt((1 + 4) / 2))


def test_none_where_nothing_is_measured_and_free_when_off() -> None:
    recording = kp.sample("squat")
    angles = kp.joint_angles(recording, sd=True)
    assert angles.sd is not None
    assert np.isnan(angles.sd[np.isnan(angles.data)]).all()
    knee = angles["knee_flexion", "left"]
    assert knee.sd is not None
    bent = knee.values > 20
    assert np.isfinite(knee.sd[bent]).all()
    assert 2.0 < np.median(knee.sd[bent]) < 4.0
    off = kp.joint_angles(recording)
    assert off.sd is None
    assert off["knee_flexion", "left"].sd is None


@pytest.mark.parametrize("sd", [0.0, -1.0, np.nan, np.inf, "much"])
def test_a_deviation_that_makes_no_sense_is_refused(sd: Any) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="sd is"):
        kp.joint_angles(kp.sample("squat"), sd=sd)


def test_none_where_first_order_does_not_hold() -> None:
    """The deviation is NaN where linear propagation fails: at a straight knee, above 30°."""
    angles = kp.joint_angles(
        kp.sample("squat"), ["knee_flexion", "knee_flexion_from_depth"], sd=0.01, gates=False
    )
    assert angles.sd is not None
    known = np.isfinite(angles.sd)
    assert known.mean() > 0.3
    assert (angles.sd[known] <= 0.5 * angles.data[known]).all()
    rotation = kp.joint_angles(kp.sample("squat"), "hip_internal_rotation", sd=0.01, gates=False)
    assert np.nanmax(rotation.sd) <= 30


def test_numpy_truth_is_truth() -> None:
    recording = kp.sample("squat")
    said = kp.joint_angles(recording, sd=np.True_).sd
    np.testing.assert_array_equal(said, kp.joint_angles(recording, sd=True).sd)
    assert kp.joint_angles(recording, sd=np.False_).sd is None
