"""Tests that the figures of docs/evidence/calibration.md are current and correct."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from tests.support.sit_to_stand import coverage
from tools.pages.calibration import PAGE, SOURCES, Values, auc, calibration_error
from tools.pages.calibration_people import ONE_CAMERA, PERSON_SPREAD, SEVERAL_CAMERAS, values
from tools.pages.calibration_turned import MEASURED, YAWS, is_refused


@pytest.mark.data
@pytest.mark.parametrize("source", SOURCES)
def test_real_people_are_those_measured_now(source: str) -> None:
    shares = list(coverage(source).values())
    held = sum(share * n for share, n in shares) / sum(n for _, n in shares)
    assert held >= 0.9
    row = f"| sit-to-stand, {SOURCES[source]} | 1 | {sum(n for _, n in shares)} | {100 * held:.1f} % |"
    assert row in Path(PAGE).read_text(encoding="utf-8")


@pytest.mark.data
@pytest.mark.parametrize("face", [True, False])
@pytest.mark.parametrize("title", MEASURED)
def test_turned_bodies_are_refused_as_often_as_the_page_says(title: str, face: bool) -> None:
    tasks = [
        [(name, None, sign * yaw, face) for name in MEASURED[title] for sign in (-1, 1)]
        for yaw in YAWS
    ]
    cells = [f"{100 * np.mean([is_refused(task) for task in row]):.0f} %" for row in tasks]
    row = f"| {title}{'' if face else ', no face'} | {len(tasks[-1])} | {' | '.join(cells)} |"
    assert row in Path(PAGE).read_text(encoding="utf-8")


def test_offsets_of_several_cameras_are_the_published_ones() -> None:
    """Published errors of OpenPose, several cameras: 80 % within 30 mm, 90 % within 40 mm."""
    rng = np.random.default_rng(5)
    people = SEVERAL_CAMERAS.offset_mm * np.exp(PERSON_SPREAD * rng.normal(size=(100_000, 1)))
    sizes = np.linalg.norm(people * rng.normal(size=(100_000, 3)), axis=1)
    assert np.mean(sizes < 30) == pytest.approx(0.8, abs=0.01)
    assert np.mean(sizes < 40) == pytest.approx(0.9, abs=0.01)


def test_offsets_of_one_camera_are_the_published_ones() -> None:
    """Published offsets of one camera: 5.6° for a knee from the side, 59.5 mm for a joint with
    estimated depth.
    """
    rng = np.random.default_rng(7)
    draws = 100_000
    size = ONE_CAMERA.offset_mm / 1000 * np.exp(PERSON_SPREAD * rng.normal(size=(draws, 1, 1)))
    hip, knee, ankle = (size * rng.normal(size=(draws, 3, 2))).swapaxes(0, 1)
    thigh, shank = knee - hip - [0, 0.42], ankle - knee - [0, 0.40]
    turned = [np.arctan2(v[:, 0], -v[:, 1]) for v in (thigh, shank)]
    assert np.degrees(np.abs(turned[1] - turned[0])).mean() == pytest.approx(5.6, rel=0.03)
    axes = ONE_CAMERA.offset_mm * np.array([1, 1, ONE_CAMERA.depth_times])
    assert np.linalg.norm(axes) == pytest.approx(59.5)


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_a_person_is_drawn_the_same_again() -> None:
    first, second = ([value.error for value in values(3)] for _ in range(2))
    assert first == second
    assert len(first) > 100


def test_statistics() -> None:
    rng = np.random.default_rng(6)
    sd = rng.uniform(2, 12, 50_000)
    error = sd * rng.normal(size=len(sd))
    assert calibration_error(error, sd) < 0.01
    held_to = NormalDist().cdf
    levels = np.arange(0.05, 1.0, 0.05)
    twice = [2 * held_to(2 * NormalDist().inv_cdf(0.5 + p / 2)) - 1 for p in levels]
    assert calibration_error(error, 2 * sd) == pytest.approx(np.mean(twice - levels), abs=0.01)
    large = np.abs(error) > 10
    assert auc(error, np.abs(error)) == 1
    assert auc(error, np.zeros(len(error))) == 0.5
    everywhere = np.full(len(sd), "side")
    for given, least in ((np.full(len(sd), True), 0.6), (~large, 1.0)):
        stated = Values(everywhere, everywhere, error, sd, given, np.zeros(len(sd)))
        assert least <= auc(error, stated.doubt) <= 1
        # With one angle, view and flexion the stated error is constant, so only refusals can order
        # the values.
        assert auc(error, stated.best) == pytest.approx(0.5 if given.all() else 1.0)
