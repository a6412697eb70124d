"""Tests that mistakes of the calling program are reported as such, not as bad data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.validity import Validity

SQUAT = kp.sample("squat")
SHAPE = SQUAT.coordinates.shape
SCORES = SHAPE[:2]
SLIPS: dict[str, tuple[Any, Any, str]] = {
    "all NaN": (np.full(SHAPE, np.nan), None, "all coordinates are NaN"),
    "all zero": (np.zeros(SHAPE), None, "all coordinates are 0"),
    "all zero and sure": (np.zeros(SHAPE), np.ones(SCORES), "all coordinates are 0"),
    "no confidence": (SQUAT.coordinates, np.zeros(SCORES), "every confidence is 0 or NaN"),
    "unknown confidence": (SQUAT.coordinates, np.full(SCORES, np.nan), "every confidence is 0"),
    "tiny confidence": (SQUAT.coordinates, np.full(SCORES, 0.01), "highest confidence is 0.01"),
}


def made(points: Any, confidence: Any) -> kp.Recording:
    return kp.Recording(
        points, skeleton=SQUAT.skeleton, times=SQUAT.times, up=SQUAT.up, confidence=confidence
    )


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_as_a_slip(slip: str) -> None:
    points, confidence, said = SLIPS[slip]
    with pytest.warns(kp.errors.RecordingWarning, match=said) as warned:
        recording = made(points, confidence)
    assert warned[0].filename == __file__
    assert "light" not in str(warned[0].message)
    assert kp.analyze(recording, "squat", side="left").reps.count == 0


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("kept", [2, 20, 401])
@pytest.mark.parametrize("slip", SLIPS)
def test_every_judgement_of_it_names_the_slip(
    slip: str, kept: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The finding names the mistake only, not light, camera or body."""
    points, confidence, _ = SLIPS[slip]
    recording = made(points, confidence)[:kept]
    wanted = Validity.NOTHING_SURE if slip == "tiny confidence" else Validity.NOTHING_READ
    (finding,) = kp.check(recording).findings
    assert (finding.reason, finding.severity) == (wanted, "refuse")
    sides = kp.analyze_sides(recording, "squat")
    path = str(recording.save(tmp_path / "a.npz"))
    main(["info", path])
    main(["analyze", path, "--exercise", "squat"])
    said = [*map(str, sides), str(kp.check(recording)), capsys.readouterr().out]
    for text in said:
        assert wanted.remedy in text
        assert "light" not in text.replace("slight", "")
        assert "lit" not in text.split()


def test_a_body_with_one_point_is_judged_as_a_body() -> None:
    points = np.full(SHAPE, np.nan)
    points[:, 0] = SQUAT.coordinates[:, 0]
    reasons = {finding.reason for finding in kp.check(made(points, None)).findings}
    assert not reasons & {Validity.NOTHING_READ, Validity.NOTHING_SURE}


def test_a_body_that_is_seen_once_is_no_slip() -> None:
    points = np.full(SHAPE, np.nan)
    points[100] = SQUAT.coordinates[100]
    made(points, None)


def test_a_stream_against_a_recording_is_noted() -> None:
    live = kp.Stream("squat", side="left", skeleton=SQUAT.skeleton, up=SQUAT.up)
    live.push_all(SQUAT.coordinates, SQUAT.times)
    recorded = kp.analyze(made(SQUAT.coordinates, None), "squat", side="left")
    assert any("stream" in note for note in kp.compare(recorded, live.finish()).notes)
    both = kp.compare(*kp.analyze_sides(SQUAT, "squat"))
    assert not any("stream" in note for note in both.notes)
