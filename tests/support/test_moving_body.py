"""Tests that simulated people are consistent bodies: constant bones, planted feet, requested knee
flexion.
"""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.cameras import PLACE
from tests.support.exerciser import Exerciser
from tests.support.film import Film
from tests.support.moving_body import pose
from tests.support.rep_scenarios import listed, scenario

BONES = (("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("ankle", "big_toe"),
         ("shoulder", "elbow"), ("elbow", "wrist"))  # fmt: skip
SEEDS = range(3)
NO_BODY = ("no, garbage", "legs hidden", "poor", "10 min")
WHOLE_BODIES = [name for name in listed() if not any(what in name for what in NO_BODY)]


def lengths(points: np.ndarray, a: str, b: str) -> np.ndarray:
    return np.asarray(np.linalg.norm(points[:, PLACE[a]] - points[:, PLACE[b]], axis=1))


@pytest.mark.parametrize("name", WHOLE_BODIES)
def test_bones_keep_their_length(name: str) -> None:
    points = scenario(name, 1, Film("world", noise="none")).recording.coordinates
    for side in ("left", "right"):
        for a, b in BONES:
            assert np.ptp(lengths(points, f"{side}_{a}", f"{side}_{b}")) < 1e-6, (side, a, b)
    for a, b in (("left_hip", "right_hip"), ("mid_hip", "neck")):
        assert np.ptp(lengths(points, a, b)) < 1e-6, (a, b)


@pytest.mark.parametrize("seed", SEEDS)
def test_ankles_stay_and_knees_bend_as_told(seed: int) -> None:
    m = Exerciser(np.random.default_rng(seed))
    m.squats(3, 95, 1.5)
    times = np.arange(0, m.t, 1 / 30)
    points = pose(m.course, m.build, times)
    for side in ("left", "right"):
        assert np.ptp(points[:, PLACE[f"{side}_ankle"]], axis=0).max() < 1e-9
        knee = kp.joint_angles(kp.Recording(points, skeleton="halpe26", fps=30, up="y"))
        off = knee["knee_flexion", side].values - m.course.value("knee", times)
        assert np.abs(off[m.course.value("knee", times) > 30]).max() < 4


@pytest.mark.parametrize("name", [name for name in listed() if "no, " not in name])
def test_truth_lies_within_the_recording(name: str) -> None:
    for seed in SEEDS:
        made = scenario(name, seed, Film("world", noise="none"))
        assert made.count == len(made.starts) == len(made.bottoms) == len(made.ends)
        assert (made.starts < made.bottoms).all()
        assert (made.bottoms < made.ends).all()
        assert (made.starts[1:] >= made.ends[:-1]).all()
        if made.count:
            assert made.starts[0] >= 0
            assert made.ends[-1] <= made.recording.duration_s + 0.1


def test_same_seed_same_recording() -> None:
    first, again = (scenario("squat: plain", 3, Film("left")).recording for _ in range(2))
    np.testing.assert_array_equal(first.coordinates, again.coordinates)
