"""Tests of knee load relative to the own baseline: the model, its domain, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core
from kneepose.comparison import RelativeDemand
from kneepose.recording.recording import core_recording
from tests.reference import load
from tests.support.cameras import Camera
from tests.support.datasets import opensim, recording
from tests.support.real_people import pixels_of

pytestmark = pytest.mark.data
SLS: Any = "single_leg_squat"


def analysis(name: str, side: Any = "right", space: Any = "world") -> kp.analysis.Analysis:
    return kp.analyze(recording(opensim(name), space), SLS, side=side)


def changed(by: Any) -> kp.analysis.Analysis:
    """Analyze the healthy squats with keypoints changed by the function `by`."""
    rec = recording(opensim("sls_right_healthy"), "world")
    points = np.array(rec.coordinates)
    by(points, rec.skeleton.landmarks)
    made = kp.Recording(points, skeleton=rec.skeleton, times=rec.times, up="y")
    return kp.analyze(made, SLS, side="right")


def test_the_worked_example() -> None:
    """Check case 18 of science.md 10 with the core and the NumPy reference."""
    moment = load.moment(60, 0.17, 0.05, [(0.0481, 0.10), (0.0129, 0.06)])
    assert moment == pytest.approx(67.81496, abs=1e-5)
    for muscle, force in (_core.knee_forces(moment, 60.0), load.forces(moment, 60.0)):
        assert muscle == pytest.approx(2037.71, abs=0.01)
        assert force == pytest.approx(1928.75, abs=0.01)
        assert force / (60 * load.G) == pytest.approx(3.27685, abs=1e-4)
        assert force / load.area_mm2(60, woman=True) == pytest.approx(3.92789, abs=1e-3)
    assert np.isnan(_core.knee_forces(moment, 130.0)).all()
    assert _core.knee_forces(-5.0, 60.0) == [0.0, 0.0]


def test_published_checks() -> None:
    """Check the published example of 70 N m, 70 kg and 60° (science.md 7.3)."""
    muscle, force = _core.knee_forces(70.0, 60.0)
    assert muscle == pytest.approx(2103, abs=1)
    assert force == pytest.approx(1991, abs=1)
    assert force / (70 * load.G) == pytest.approx(2.90, abs=0.005)
    assert force / load.area_mm2(60, woman=True) == pytest.approx(4.1, abs=0.05)


@pytest.mark.parametrize("bend", np.linspace(0, 100, 41))
def test_core_and_twin_agree(bend: float) -> None:
    np.testing.assert_allclose(_core.knee_forces(50.0, bend), load.forces(50.0, bend), rtol=1e-12)


@pytest.mark.parametrize("name", ["sls_right_deficit", "sls_right_mirror"])
def test_the_lever_of_the_weight_is_that_of_opensim(name: str) -> None:
    """Compare the moment with the one computed from the center of mass of the OpenSim model."""
    data = opensim(name)
    rec = recording(data, "world").conditioned()
    bend, moment, _, code = _core.knee_demand(core_recording(rec), "right", None, False)
    knee, ankle, heel, toe = (
        rec.coordinates[:, rec.skeleton.landmarks[f"right_{joint}"], 0]
        for joint in ("knee", "ankle", "heel", "big_toe")
    )
    shank = knee + 0.44375 * (ankle - knee)
    foot = heel + 0.42145 * (toe - heel)
    true = (knee - data["centre_of_mass"][:, 0]) - 0.0457 * (knee - shank) - 0.0133 * (knee - foot)
    deep = (code == 0) & (bend > 45)
    assert deep.sum() > 50
    # The model uses average segment masses, so only the shape over time is compared.
    ratio = moment[deep] / true[deep]
    assert np.std(ratio) / np.mean(ratio) < 0.08
    assert 0.8 < np.mean(ratio) < 1.25


def test_a_leg_is_at_100_percent_of_itself() -> None:
    found = kp.relative_demand(analysis("sls_right_healthy"), analysis("sls_right_healthy"))
    assert found.moment_percent == pytest.approx(100)
    assert found.force_at_bottom_percent == pytest.approx(100)
    assert found.low < 100 < found.high
    assert found.depth_deg == 60
    assert "100 % of the baseline" in repr(found)
    with kp.words.speak("de"):
        assert "100 % des Ausgangswerts" in repr(found)


def test_a_size_does_not_matter_and_a_forward_trunk_asks_less() -> None:
    def larger(points: Any, _: Any) -> None:
        points *= 1.2

    def forward(points: Any, at: Any) -> None:
        for name, place in at.items():
            if any(part in name for part in ("shoulder", "elbow", "wrist")):
                points[:, place, 0] += 0.08

    base = analysis("sls_right_healthy")
    assert kp.relative_demand(base, changed(larger)).moment_percent == pytest.approx(100, abs=0.5)
    assert kp.relative_demand(base, changed(forward)).moment_percent < 85


def test_deeper_squats_ask_more_at_their_bottom_and_hardly_more_at_one_depth() -> None:
    found = kp.relative_demand(analysis("sls_right_healthy"), analysis("sls_right_slow"))
    assert found.force_at_bottom_percent > 115
    assert 90 < found.moment_percent < 115


def from_the_side(name: str) -> kp.analysis.Analysis:
    rec = recording(opensim(name), "world")
    camera = Camera(90.0, 3.0, 0.8, focal_px=900.0, size_wh=(1920, 1080))
    pixels = pixels_of(rec.coordinates, rec.skeleton.landmarks, camera)
    seen = kp.Recording(
        pixels, skeleton=rec.skeleton, times=rec.times, resolution_wh=(1920, 1080), view="right"
    )
    return kp.analyze(seen, SLS, side="right")


def test_the_side_shows_what_three_dimensions_show() -> None:
    names = "sls_right_healthy", "sls_right_deficit"
    flat = kp.relative_demand(*map(from_the_side, names))
    space = kp.relative_demand(*map(analysis, names))
    assert flat.reason == ""
    assert flat.moment_percent == pytest.approx(space.moment_percent, abs=6)


def refused(found: RelativeDemand, reason: str) -> None:
    assert np.isnan([found.moment_percent, found.force_at_bottom_percent, found.low]).all()
    assert reason in found.reason
    assert "not measured" in found.summary()


def test_a_camera_in_front_never_shows_it() -> None:
    front = [analysis("sls_right_healthy", space="image") for _ in range(2)]
    refused(kp.relative_demand(*front), "camera in front never does")


def test_depth_that_is_guessed_does_not_show_it() -> None:
    rec = recording(opensim("sls_right_healthy"), "world")
    made = [
        kp.analyze(
            kp.Recording(
                rec.coordinates, skeleton=rec.skeleton, times=rec.times, up="y", depth="estimated"
            ),
            SLS,
            side="right",
        )
        for _ in range(2)
    ]
    refused(kp.relative_demand(*made), "measured depth")


def test_a_body_out_of_balance_is_refused() -> None:
    def falling(points: Any, at: Any) -> None:
        for name, place in at.items():
            if any(part in name for part in ("shoulder", "elbow", "wrist", "neck", "head")):
                points[:, place, 0] -= 0.4

    refused(kp.relative_demand(analysis("sls_right_healthy"), changed(falling)), "balance")


def test_a_foot_without_heel_and_toe_is_refused() -> None:
    def hidden(points: Any, at: Any) -> None:
        for name, place in at.items():
            if "heel" in name or "toe" in name:
                points[:, place] = np.nan

    refused(kp.relative_demand(analysis("sls_right_healthy"), changed(hidden)), "heel")


def test_a_seat_bears_an_unknown_part() -> None:
    rec = recording(opensim("sls_right_healthy"), "world")
    made = [kp.analyze(rec, "sit_to_stand", side="right") for _ in range(2)]
    refused(kp.relative_demand(*made), "a seat")


def test_another_leg_is_an_error() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="side"):
        kp.relative_demand(analysis("sls_right_healthy"), analysis("sls_left_healthy", "left"))
