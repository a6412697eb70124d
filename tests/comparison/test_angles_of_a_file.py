"""Tests that angles from a file are segmented, measured and compared like those from keypoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.analysis import AngleAnalysis
from kneepose.comparison import AngleComparison
from tests.support.datasets import FULL
from tests.support.squat_sample import SQUAT

# Measures that agree with `analyze`. Directions of pelvis and trunk differ: `analyze` uses the
# heading before each repetition, `joint_angles` that of each frame.
SAME = ("knee_flexion", "hip_flexion", "hip_adduction_at", "hip_internal_rotation")


def both(angles: Any, exercise: str = "squat") -> tuple[AngleAnalysis, AngleAnalysis]:
    left, right = (kp.analyze(angles, exercise, side=side) for side in ("left", "right"))
    return left, right


@pytest.fixture
def angles(tmp_path: Path) -> Any:
    return kp.read(kp.joint_angles(SQUAT.conditioned(cutoff_hz=4.0)).save(tmp_path / "a.mot"))


def test_measures_and_differences_are_those_of_keypoints(angles: Any) -> None:
    theirs, ours = both(angles), kp.analyze_sides(SQUAT, "squat")
    compared, want = kp.compare(*theirs), kp.compare(*ours)
    assert isinstance(compared, AngleComparison)
    assert compared.paired
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.reps.count == other.reps.count == 5
        names = [name for name in other.measures if any(word in name for word in SAME)]
        assert len(names) == 10
        for name in names:
            np.testing.assert_allclose(
                other.measures[name].values, mine.measures[name].values, atol=0.05
            )
            assert compared[name].difference == pytest.approx(want[name].difference, abs=0.05)
            assert compared[name].ci == pytest.approx(want[name].ci, abs=0.1)
            assert compared[name].verdict is want[name].verdict
    assert compared.waveform("hip_adduction").rmsd == pytest.approx(
        want.waveform("hip_adduction").rmsd, abs=0.3
    )
    assert len(compared.rows()) == len(compared)
    assert compared.to_dict()["kind"] == "angle_comparison"


def test_angles_without_those_of_a_picture_have_a_primary_measure(
    angles: Any, tmp_path: Path
) -> None:
    lines = angles.save(tmp_path / "b.mot").read_text().splitlines()
    at = lines.index("endheader") + 1
    titles = lines[at].split("\t")
    kept = [i for i, title in enumerate(titles) if not title.startswith("fppa")]
    rows = ["\t".join(np.array(line.split("\t"))[kept]) for line in lines[at:]]
    (tmp_path / "b.mot").write_text("\n".join([*lines[:at], *rows]))
    compared = kp.compare(*both(kp.read(tmp_path / "b.mot")))
    assert compared.primary is not None
    assert compared.primary.name == "hip_adduction_at_60"
    assert compared.summary().startswith(
        "Squat, 5 repetitions, Thigh inward (3-D) at 60° of knee bend: +3."
    )


def test_what_angles_cannot_say(angles: Any, tmp_path: Path) -> None:
    left, right = both(angles)
    with pytest.raises(kp.KneeposeError, match="one side is of angles of a file"):
        kp.compare(left, kp.analyze(SQUAT, "squat", side="right"))  # type: ignore[call-overload]
    with pytest.raises(kp.KneeposeError, match="given twice"):
        kp.compare(left, left)
    with pytest.raises(kp.KneeposeError, match="exercises differ"):
        kp.compare(left, kp.analyze(angles, "single_leg_squat", side="right"))
    with pytest.raises(kp.KneeposeError, match="no keypoints"):
        kp.compare(left, right).to_html(tmp_path / "a.html")
    with pytest.raises(kp.KneeposeError, match="no keypoints"):
        left.recording  # noqa: B018
    with pytest.raises(kp.KneeposeError, match="side"):
        kp.analyze(angles, "squat")
    with pytest.raises(kp.KneeposeError, match="filter keypoints"):
        kp.analyze(angles, "squat", side="left", cutoff_hz=6.0)  # type: ignore[call-overload]
    with pytest.raises(kp.KneeposeError, match="no exercise"):
        kp.analyze(angles, side="left")
    assert not left.faults


@pytest.mark.data
def test_the_squats_of_opencap() -> None:
    path = FULL / "opencap-squat-mot" / "squats1_videoAndMocap.mot"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    compared = kp.compare(*both(kp.read(path)))
    assert (compared.first.reps.count, compared.paired) == (5, True)
    assert compared["hip_adduction_at_60"].difference == pytest.approx(3.6, abs=0.1)
    assert compared["hip_adduction_at_60"].ci[0] > 0
