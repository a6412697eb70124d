"""Tests of a free foot hidden behind the standing leg, in rendered squats (MediaPipe)."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tools.pages.rendered_rows import all_clips, analysis

CLIPS = {clip.name: clip for clip in all_clips()}
HIDDEN = ("sls_right_healthy_m170_p5", "sls_right_deficit_f162_p10", "sls_right_deficit_m176_p15")


def reasons(name: str) -> list[str]:
    return [str(finding.reason) for finding in analysis(CLIPS[name], "image").quality.findings]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_foot_that_is_not_seen_does_not_stand(name: str) -> None:
    done = analysis(CLIPS[name], "image")
    assert done.reps.count == 5
    assert np.median(CLIPS[name].visibility[:, 27]) < 0.5, "the left ankle is hidden in these clips"
    assert "other_movement" not in reasons(name)


@pytest.mark.parametrize("name", ["sls_right_deficit_m176_p15", "sls_right_healthy_m195_p20"])
def test_a_hidden_foot_does_not_hide_a_turned_camera(name: str) -> None:
    assert "camera_turned" in reasons(name)
    assert "fppa_at_60" not in analysis(CLIPS[name], "image").measures


def test_a_squat_on_two_feet_is_still_told_from_one_on_one() -> None:
    done = analysis(CLIPS["opencap_squat_f150_p0"], "image", "single_leg_squat")
    assert "other_movement" in [str(finding.reason) for finding in done.quality.findings]


def test_a_standing_ankle_that_jumps_to_the_free_foot_gives_no_angles() -> None:
    done = analysis(CLIPS["sls_left_healthy_m180_m30"], "image")
    assert "peak_knee_flexion" not in done.measures
    refused = {r.measure: r.reason for r in done.refused}
    assert refused["peak_knee_flexion"] is kp.validity.Validity.SIDES_SWAPPED
    assert done.measures["descent_s"].n == done.reps.count


def test_one_repetition_has_the_systematic_error() -> None:
    found = analysis(CLIPS["sls_left_deficit_f150_p0"], "image").measures["fppa_at_60"]
    known = found.systematic
    assert (found.n, np.isnan(found.sd)) == (1, True)
    assert known is not None
    assert known.camera > 0
    assert found.error_sd == pytest.approx(np.sqrt(known.bias**2 + known.sd**2 + known.camera**2))


def test_a_turned_camera_widens_the_error_of_a_frontal_measure() -> None:
    square, turned = (
        analysis(CLIPS[f"sls_right_deficit_{name}"], "image").measures["fppa_at_60"].systematic
        for name in ("f150_p0", "f162_p10")
    )
    assert square is not None
    assert turned is not None
    # A turned camera adds 1.2° of error per degree.
    assert 0 < square.camera < 6 < turned.camera < 15
