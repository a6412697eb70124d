"""Tests that a new angle, skeleton or exercise is one row, and a new estimator is one function."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.report.page import write_report
from tests.support.own_angles import OWN, exercise_of, from_front, own_angle

SAMPLE = kp.sample("squat")
BODY = SAMPLE.skeleton.keypoints

# Each of these definitions is complete for its extension.
ANGLE = kp.AngleSpec("my_knee", ("hip", "knee", "ankle"))
SKELETON = kp.Skeleton("my_estimator", [*reversed(BODY)])
EXERCISE = kp.ExerciseSpec("my_squat", signal="knee_flexion", min_range=30, two_legs=True)


def from_my_estimator(results: Iterable[Any], *, times: Any) -> kp.Recording:
    """Read an estimator unknown to kneepose: keypoints and scores, frame by frame."""
    people = [result.person for result in results]
    return kp.Recording(
        np.array([person.points for person in people]),
        confidence=np.array([person.scores for person in people]),
        times=times,
        skeleton=SKELETON,
        up=SAMPLE.up,
        unit="m",
        estimator="my_estimator",
    )


def estimated() -> list[SimpleNamespace]:
    """Return the sample squat as results of an unknown estimator with another keypoint order."""
    confidence = SAMPLE.confidence
    scores = np.ones(SAMPLE.coordinates.shape[:2]) if confidence is None else confidence
    return [
        SimpleNamespace(person=SimpleNamespace(points=points[::-1], scores=score[::-1]))
        for points, score in zip(SAMPLE.coordinates, scores, strict=True)
    ]


@pytest.fixture(scope="module")
def mine() -> kp.Recording:
    return from_my_estimator(estimated(), times=SAMPLE.times)


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_angle_is_a_row(side: str) -> None:
    angles = kp.joint_angles(SAMPLE, names=[ANGLE, "knee_flexion"])
    own, built_in = angles["my_knee", side], angles["knee_flexion", side]
    np.testing.assert_array_equal(own.values, built_in.values)
    np.testing.assert_array_equal(own.validity, built_in.validity)


def test_the_mirror_of_a_row_is_the_other_leg() -> None:
    """An angle is defined once, without a side, so mirroring exchanges left and right."""
    seen, mirrored = (kp.joint_angles(rec, names=[ANGLE]) for rec in (SAMPLE, SAMPLE.mirror()))
    for side, other in (("left", "right"), ("right", "left")):
        want, found = seen["my_knee", side].values, mirrored["my_knee", other].values
        np.testing.assert_allclose(found, want, atol=1e-9)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_skeleton_is_a_row(mine: kp.Recording, side: str) -> None:
    assert mine.skeleton == SKELETON
    own, built_in = (kp.joint_angles(rec)["knee_flexion", side] for rec in (mine, SAMPLE))
    np.testing.assert_array_equal(own.values, built_in.values)


def test_an_exercise_is_a_row() -> None:
    count = kp.analyze(SAMPLE, "squat", side="left").reps.count
    left, right = kp.analyze_sides(SAMPLE, EXERCISE)
    assert left.exercise == right.exercise == "my_squat"
    assert left.reps.count == right.reps.count == count == 5
    assert "5 my squats" in str(left)
    assert [m.name for m in kp.compare(left, right).measures]


def test_an_estimator_is_a_function(mine: kp.Recording) -> None:
    """Results of an unknown estimator are read up to a comparison, without registering anything."""
    assert mine.estimator == "my_estimator"
    left, right = kp.analyze_sides(mine, EXERCISE)
    assert left.reps.count == right.reps.count == 5
    assert kp.compare(left, right).measures


def test_all_of_them_live() -> None:
    live = kp.Stream(EXERCISE, side="left", skeleton=SKELETON, up=SAMPLE.up)
    for points, t in zip(SAMPLE.coordinates, SAMPLE.times.tolist(), strict=True):
        state = live.push(points[::-1], t)
    assert state.rep_count == 5
    assert live.finish().exercise == "my_squat"


def streamed(recording: kp.Recording, exercise: kp.ExerciseSpec, side: Any) -> Any:
    live = kp.Stream(exercise, side=side, skeleton=recording.skeleton, up=recording.up)
    rows = zip(recording.coordinates, recording.confidence, recording.times, strict=True)
    for points, confidence, time in rows:
        live.push(points, float(time), confidence=confidence)
    found = live.finish()
    assert found is not None
    return found


@pytest.mark.parametrize("combine", ["side", "minimum", "mean"])
def test_an_angle_of_ones_own_drives_repetitions_like_a_built_in_one(combine: Any) -> None:
    """A user-defined angle gives the frames and values of the built-in one, also live."""
    own, built_in = (
        kp.ExerciseSpec(
            "my_squat", signal=signal, min_range=30, two_legs=True, posture="any", combine=combine
        )
        for signal in (ANGLE, "knee_flexion")
    )
    for found, want in (
        (kp.analyze(SAMPLE, own, side="left"), kp.analyze(SAMPLE, built_in, side="left")),
        (streamed(SAMPLE, own, "left"), streamed(SAMPLE, built_in, "left")),
    ):
        assert found.reps.count == want.reps.count > 0
        assert found.reps.signal_used == "my_knee"
        assert found.reps.unit == "deg"
        np.testing.assert_array_equal(found.reps.signal, want.reps.signal)
        assert list(found.reps) == list(want.reps)
        peaks = found.measures["peak_my_knee"], want.measures["peak_knee_flexion"]
        np.testing.assert_array_equal(peaks[0].values, peaks[1].values)
    conditioned = SAMPLE.conditioned()
    assert kp.segment_reps(conditioned, own) == kp.segment_reps(conditioned, own)


CURL = kp.ExerciseSpec(
    "curl",
    signal=kp.AngleSpec("elbow_bend", ("shoulder", "elbow", "wrist")),
    min_range=40,
    posture="any",
)


def curls(count: int, degrees: float) -> kp.Recording:
    """Return somebody standing still who bends the right elbow `count` times, two seconds each."""
    times = np.arange(0.0, 2.0 * count + 3.0, 1 / 30)
    phase = np.clip((times - 1.5) / 2.0, 0.0, count)
    bend = np.radians(degrees) * 0.5 * (1.0 - np.cos(2.0 * np.pi * phase))
    points = np.repeat(SAMPLE.coordinates[:1], len(times), axis=0)
    shoulder, elbow, wrist = (BODY.index(f"right_{j}") for j in ("shoulder", "elbow", "wrist"))
    points[:, elbow] = points[:, shoulder] + [0.0, -0.3, 0.0]
    forearm = np.stack([0.0 * bend, -np.cos(bend), np.sin(bend)], axis=1)
    points[:, wrist] = points[:, elbow] + 0.25 * forearm
    return kp.Recording(points, skeleton=SAMPLE.skeleton, times=times, up="y", unit="m")


def test_an_exercise_of_a_joint_without_a_built_in_angle() -> None:
    assert SAMPLE.up == "y"
    recording = curls(4, 110.0)
    for found in (kp.analyze(recording, CURL, side="right"), streamed(recording, CURL, "right")):
        assert found.reps.count == 4
        np.testing.assert_allclose(found.measures["peak_elbow_bend"].values, 110.0, atol=4.0)
        assert kp.analysis.Analysis.from_dict(found.to_dict()) == found
    left = kp.analyze(recording, CURL, side="left")
    assert left.reps.count == 0
    both = [recording, curls(3, 90.0)]
    trials = [kp.analyze(one, CURL, side="right") for one in both]
    compared = kp.compare(trials, kp.analyze(curls(4, 100.0), CURL, side="right"))
    assert compared.first.reps.count == 7
    assert compared.primary is not None
    assert compared.primary.name == "peak_elbow_bend"


def test_a_view_that_does_not_show_the_angle_is_the_reason() -> None:
    front = kp.Recording(
        SAMPLE.coordinates[..., [2, 1]] * [400.0, -400.0] + 1000.0,
        skeleton=SAMPLE.skeleton,
        times=SAMPLE.times,
    )
    own = kp.ExerciseSpec("my_squat", signal=ANGLE, min_range=30, posture="any")
    want = kp.analyze(
        front,
        kp.ExerciseSpec("their_squat", signal="knee_flexion", min_range=30, posture="any"),
        side="left",
    )
    found = kp.analyze(front, own, side="left")
    assert found.why_no_reps == want.why_no_reps == kp.validity.Validity.WRONG_VIEW


@pytest.mark.parametrize("live", [False, True], ids=["recorded", "live"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    "recording",
    [SAMPLE, *(from_front(SAMPLE, *camera) for camera in ((), (50.0,), (0.0, 12.0)))],
    ids=["world", "front", "beside", "tilted"],
)
def test_measures_and_faults_of_ones_own_are_those_of_the_same_formula(
    recording: kp.Recording, side: Any, live: bool
) -> None:
    """Values, reasons and refusals equal those under the built-in names from the same frames."""
    found, want = (
        streamed(recording, spec, side) if live else kp.analyze(recording, spec, side=side)
        for spec in (OWN, exercise_of("their_squat", str))
    )
    assert list(found.reps) == list(want.reps)
    assert found.reps.count > 0
    theirs = {name.replace("my_", ""): measure for name, measure in found.measures.items()}
    assert list(theirs) == list(want.measures)
    for name, measure in want.measures.items():
        mine = theirs[name]
        np.testing.assert_array_equal(mine.values, measure.values)
        assert mine.validity == measure.validity
        assert (mine.unit, mine.of_leg, mine.sd) == (measure.unit, measure.of_leg, measure.sd)
    assert [r.reason for r in found.refused] == [r.reason for r in want.refused]
    for name, fault in want.faults.items():
        mine = found.faults[name]
        assert mine.measure == f"my_{fault.measure}"
        # The effect of the camera position on user-defined angles is unknown, so it is not
        # subtracted.
        assert mine.reason == fault.reason
        assert mine.amount == pytest.approx(fault.amount + fault.camera_shift, nan_ok=True)
        np.testing.assert_array_equal(mine.values, fault.values)
        assert mine.validity == fault.validity


def test_an_own_angle_is_named_wherever_the_exercise_brings_it() -> None:
    """A user-defined angle can be given by definition or by name, with the same result."""
    named = kp.ExerciseSpec(
        "curl",
        signal=CURL.signal,
        min_range=40,
        posture="any",
        measures=("elbow_bend",),
        faults=(kp.FaultSpec("far", (kp.Criterion("elbow_bend", 100.0, "at_bottom"),)),),
    )
    brought = dataclasses.replace(
        named,
        signal="elbow_bend",
        measures=(CURL.signal, "elbow_bend"),
        faults=(kp.FaultSpec("far", (kp.Criterion(CURL.signal, 100.0, "at_bottom"),)),),
    )
    recording = curls(4, 110.0)
    found = kp.analyze(recording, named, side="right")
    assert found == kp.analyze(recording, brought, side="right")
    assert list(found.angles) == [("elbow_bend", "right")]
    np.testing.assert_allclose(found.measures["elbow_bend_at_bottom"].values, 110.0, atol=4.0)
    assert found.faults["far"].seen
    assert not kp.analyze(curls(4, 80.0), named, side="right").faults["far"].seen
    assert streamed(recording, brought, "right").faults["far"].seen
    live = kp.Stream(named, side="right", skeleton=recording.skeleton, up=recording.up)
    said = [
        live.push(points, float(t)).cue
        for points, t in zip(recording.coordinates, recording.times, strict=True)
    ]
    assert {cue.code for cue in said if cue} == {"far"}


def test_results_of_own_angles_are_written_like_any_other(tmp_path: Path) -> None:
    left, right = kp.analyze_sides(SAMPLE, OWN)
    assert kp.analysis.Analysis.from_dict(json.loads(json.dumps(left.to_dict()))) == left
    assert kp.ExerciseSpec.from_dict(json.loads(json.dumps(OWN.to_dict()))) == OWN
    assert "my_fppa_left" in left.angles.columns()
    assert {"my_fppa_at_bottom", "my_trunk_lateral_lean_change"} <= set(left.columns())
    compared = kp.compare(left, right)
    assert "my_fppa_at_bottom" in {measure.name for measure in compared.measures}
    page = write_report([compared], tmp_path / "report.html").read_text("utf-8")
    assert "My fppa" in page
    assert "Outward" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"measures": ("my_fpa",)},
        {"signal": "my_fpa"},
        {"faults": (kp.FaultSpec("f", (kp.Criterion("my_fpa", 1.0),)),)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_name_lists_the_own_angles_too(wrong: dict[str, Any]) -> None:
    spec = dataclasses.replace(OWN, side_signal=own_angle("fppa"), **wrong)
    with pytest.raises(kp.errors.UnknownNameError, match="did you mean 'my_fppa'") as caught:
        kp.analyze(SAMPLE, spec, side="left")
    assert "'knee_flexion'" in str(caught.value)


def test_an_own_angle_is_read_at_a_moment() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="'my_knee': moment is None"):
        kp.Criterion(ANGLE, 1.0, None)


def test_signals_of_ones_own_are_kept_and_told_apart() -> None:
    spec = kp.ExerciseSpec("my_squat", signal=ANGLE, frontal_signal="fppa", min_range=30)
    assert kp.ExerciseSpec.from_dict(spec.to_dict()) == spec
    other = kp.AngleSpec("my_knee", ("hip", "knee", "heel"))
    for second in (
        {"side_signal": other},
        {"measures": (other,)},
        {"faults": (kp.FaultSpec("f", (kp.Criterion(other, 1.0),)),)},
    ):
        with pytest.raises(kp.errors.KneeposeError, match="different angles named 'my_knee'"):
            kp.ExerciseSpec("my_squat", signal=ANGLE, min_range=30, **second)
    wrong = kp.ExerciseSpec("x", signal=kp.AngleSpec("y", ("hip", "knee"), "bend"), min_range=30)
    with pytest.raises(kp.errors.KneeposeError, match="needs 3"):
        kp.analyze(SAMPLE, wrong, side="left")
