"""Tests that every result pickles, copies, compares, and survives conversion to JSON and back."""

import contextlib
import copy
import datetime
import hashlib
import json
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.analysis import Analysis, Refusal, Reps
from kneepose.arrays import AnglePlan, RepArrays
from kneepose.arrays import segment_reps as array_reps
from kneepose.comparison import Comparison, Reliability
from kneepose.errors import FormatError, KneeposeError
from kneepose.evaluation import Evaluation, EvaluationRow, RecordingOutcome
from kneepose.live import (
    Event,
    FaultSeen,
    QualityBack,
    QualityLost,
    RepCompleted,
    RepStarted,
    StreamState,
)
from kneepose.quality import Finding, Quality, Severity
from kneepose.recording.repairs import Repairs
from kneepose.records import ReadOnlyMapping, Record, same
from kneepose.validity import Validity
from tests.support.studies import study_of

# The sample video has only 10 frames per second and warns.
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
CURL = kp.ExerciseSpec(
    "knee_curl",
    signal="knee_flexion",
    min_range=30.0,
    posture="any",
    measures=("knee_flexion",),
    faults=(kp.FaultSpec("fast", (kp.Criterion("duration_s", 0.5, None, "below"),)),),
)


@cache
def recording() -> kp.Recording:
    return kp.sample("squat").labeled(
        subject="P07", session="2", date="2026-03-01", exercise="squat", model_hash="ab12"
    )


@cache
def analyses() -> tuple[Analysis, Analysis]:
    return kp.analyze_sides(recording(), "squat")


@cache
def one_leg() -> tuple[Analysis, Analysis]:
    name = "single_leg_squat"
    left = kp.analyze(kp.sample(f"{name}_left"), name, side="left")
    return left, kp.analyze(kp.sample(f"{name}_right"), name, side="right")


@cache
def states() -> tuple[StreamState, ...]:
    rec = kp.sample("single_leg_squat_right")
    live = kp.Stream("single_leg_squat", side="right", skeleton=rec.skeleton, up=rec.up)
    seen = [live.push(frame, t) for frame, t in zip(rec.coordinates, rec.times, strict=True)]
    seen.append(live.push(None, rec.times[-1] + 2.0))
    return tuple(seen)


def event(kind: type[Event]) -> Event:
    found = (e for state in states() for e in state.events if isinstance(e, kind))
    return next(found, QualityLost(Validity.MISSING_KEYPOINT))


def evaluation() -> Evaluation:
    rows = (EvaluationRow("squat", "", "offline", 1, 5, 1.0, 1.0, 0.0, 0.0, *5 * [float("nan")]),)
    outcome = RecordingOutcome(
        name="a.npz",
        exercise="squat",
        condition="",
        method="offline",
        true_count=0,
        count=1,
        true_partial=None,
        partial=0,
        seconds=4.0,
        fps=30.0,
        found=np.array([[0.5, 1.5]]),
        reported=np.array([np.nan]),
        truth=np.empty((0, 2)),
    )
    return Evaluation(rows=rows, recordings=(outcome,))


def reliability() -> Reliability:
    return kp.reliability([one_leg()[0], kp.analyze(*_again(), side="left")])


def own_change() -> Reliability:
    """Return the reliability from repeated analyses of one session with slightly different cuts."""
    name = "single_leg_squat"
    cuts = (kp.sample(f"{name}_left")[k:] for k in range(6))
    return kp.reliability([kp.analyze(cut, name, side="left") for cut in cuts], between="session")


def dated(day: str) -> Analysis:
    return kp.analyze(_again()[0].labeled(date=day), _again()[1], side="left")


def _again() -> tuple[kp.Recording, str]:
    return kp.sample("single_leg_squat_left")[5:], "single_leg_squat"


def rep_arrays() -> RepArrays:
    return array_reps(90 - 45 * np.cos(np.linspace(0, 18, 300)), fs=30)


MADE: dict[str, Callable[[], Any]] = {
    "recording": recording,
    "recording_video": lambda: kp.sample("squat_video"),
    "recording_conditioned": lambda: kp.sample("squat_video").conditioned(),
    "recording_mirrored": lambda: kp.sample("squat_video").mirror(),
    "recording_own_skeleton": lambda: kp.Recording(
        np.arange(24.0).reshape(4, 3, 2) * 30,
        skeleton=kp.Skeleton("leg", ["RHip", "right_knee", "right_ankle"], {"right_hip": "RHip"}),
        fps=30,
        meta={"a": (1, float("nan"), [np.float64(2)]), "b": {"c": np.arange(3)}, "d": None},
    ),
    "repairs": lambda: kp.sample("squat_video").conditioned().repairs,
    "angles": lambda: kp.joint_angles(recording(), sd=True),
    "angles_no_sd": lambda: kp.joint_angles(recording(), "knee_flexion"),
    "angle": lambda: kp.joint_angles(recording())["knee_flexion", "left"],
    "reps": lambda: kp.segment_reps(recording().conditioned(), "squat"),
    "rep": lambda: analyses()[0].reps[0],
    "analysis": lambda: analyses()[0],
    "analysis_video": lambda: kp.analyze(kp.sample("squat_video"), "squat", side="left"),
    "analysis_own_exercise": lambda: kp.analyze(kp.sample("squat"), CURL, side="left"),
    "analysis_live": lambda: live_analysis(),
    "analysis_empty": lambda: kp.analyze(kp.sample("squat")[:30], "squat", side="left"),
    "measures": lambda: analyses()[0].measures,
    "measure": lambda: next(iter(analyses()[0].measures.values())),
    "refusal": lambda: Refusal("fppa_at_60", Validity.WRONG_VIEW, "Film from the front."),
    "faults": lambda: analyses()[0].faults,
    "fault": lambda: next(iter(analyses()[0].faults.values())),
    "comparison": lambda: kp.compare(*analyses()),
    "comparison_one_leg": lambda: kp.compare(*one_leg()),
    "comparison_trials": lambda: kp.compare(
        [one_leg()[0], kp.analyze(*_again(), side="left")], one_leg()[1]
    ),
    "comparison_video": lambda: kp.compare(*kp.analyze_sides(kp.sample("squat_video"), "squat")),
    "comparison_own_change": lambda: kp.compare(*one_leg(), mdc=own_change()),
    "compared_measure": lambda: kp.compare(*one_leg()).measures[0],
    "quality": lambda: kp.check(kp.sample("squat_video")),
    "quality_world": lambda: kp.check(kp.sample("squat")),
    "finding": lambda: Finding(Validity.OFF_AXIS, Severity.WARN, "0.5 m", "Step in."),
    "calibration": lambda: kp.calibrate(kp.sample("single_leg_squat_right")[:40]),
    "reliability": reliability,
    "reliability_of_days": lambda: kp.reliability(
        [dated("2026-03-01"), dated("2026-03-08")], between="day"
    ),
    "study_result": lambda: study_of(1.5),
    "evaluation": evaluation,
    "evaluation_row": lambda: evaluation().rows[0],
    "recording_outcome": lambda: evaluation().recordings[0],
    "state": lambda: states()[len(states()) // 2],
    "state_first": lambda: states()[0],
    "state_with_events": lambda: next(s for s in states() if s.events),
    "state_with_cue": lambda: next(s for s in states() if s.cue),
    "rep_started": lambda: event(RepStarted),
    "rep_completed": lambda: event(RepCompleted),
    "fault_seen": lambda: event(FaultSeen),
    "quality_lost": lambda: event(QualityLost),
    "quality_back": lambda: event(QualityBack),
    "cue": lambda: next(s.cue for s in states() if s.cue),
    "skeleton": lambda: recording().skeleton,
    "exercise_spec": lambda: CURL,
    "fault_spec": lambda: CURL.faults[0],
    "criterion": lambda: CURL.faults[0].criteria[0],
    "angle_spec": lambda: kp.AngleSpec("elbow", ("shoulder", "elbow", "wrist"), gate=(1.0, 2.0)),
    "angle_plan": lambda: AnglePlan("halpe26", names=["knee_flexion"], up="y"),
    "rep_arrays": rep_arrays,
}


def live_analysis() -> Analysis:
    rec = kp.sample("squat_video")
    live = kp.Stream(
        "squat", side="left", skeleton=rec.skeleton, view="front", resolution_wh=rec.resolution_wh
    )
    live.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    return live.finish()


LARGE = ("comparison_one_leg", "comparison_own_change", "comparison_trials")
"""Results of about 10 MB as JSON, because they include recordings."""


@cache
def made(name: str) -> Any:
    return MADE[name]()


@pytest.fixture(params=MADE)
def result(request: pytest.FixtureRequest) -> Any:
    return made(request.param)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_results_pickle(result: Any, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(result, protocol))
    assert again is not result
    assert type(again) is type(result)
    assert same(again, result)
    assert same(result, again)
    assert repr(again) == repr(result)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_results_copy(result: Any, copied: Callable[[Any], Any]) -> None:
    again = copied(result)
    assert type(again) is type(result)
    assert same(again, result)


def test_restored_arrays_and_mappings_stay_read_only() -> None:
    for again in (copy.deepcopy(made("analysis")), pickle.loads(pickle.dumps(made("analysis")))):
        found = [again.recording.coordinates, again.reps.signal, again.angles.codes]
        found += [measure.values for measure in again.measures.values()]
        assert not any(array.flags.writeable for array in found)
        with pytest.raises(TypeError):
            again.measures["fppa_at_60"] = None
        with pytest.raises(TypeError):
            again.recording.meta["title"] = ""


def test_records_compare_and_hash(result: Any) -> None:
    if isinstance(result, Record | kp.Skeleton | ReadOnlyMapping):
        again = pickle.loads(pickle.dumps(result))
        assert again == result
        assert hash(again) == hash(result)
        assert result != "something else"
        others = [made(name) for name in MADE if made(name) is not result]
        assert not any(result == other for other in others)


def test_one_changed_value_makes_results_unequal() -> None:
    analysis = made("analysis")
    data = analysis.to_dict()
    data["signal"] = [value + 1e-9 for value in data["signal"]]
    assert Analysis.from_dict(data) != analysis
    assert made("reps") != Reps.from_dict(made("reps").to_dict() | {"signal_used": "fppa"})


@pytest.mark.parametrize(
    "result",
    [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in MADE],
    indirect=True,
)
def test_results_go_through_strict_json(result: Any) -> None:
    if not isinstance(result, Record):
        return
    data = result.to_dict()
    assert data["schema"] == 1
    assert data["kind"] == result.kind
    assert data["version"] == kp.__version__
    text = json.dumps(data, allow_nan=False)
    again = type(result).from_dict(json.loads(text))
    assert again == result
    assert repr(again) == repr(result)
    assert json.dumps(again.to_dict(), allow_nan=False) == text
    assert Record.from_dict(json.loads(text)) == result


@pytest.mark.parametrize(
    "name", ["analysis", "comparison", "quality", "angles", "reps", "state", "reliability"]
)
def test_results_say_what_they_were_made_with(name: str) -> None:
    one = made(name)
    data = one.to_dict()
    assert one.version == kp.__version__
    made_with = ("version", "estimator", "skeleton", "settings")
    for entry in (*made_with, "model_hash", "file_hash", "method_hash"):
        assert same(data[entry], getattr(one, entry)) or data[entry] == dict(getattr(one, entry))
    assert one.skeleton in {row["name"] for row in kp.tables.skeletons()}
    assert all(len(one) == 64 for one in one.method_hash.split())
    assert one.method_hash


def test_settings_are_those_in_force() -> None:
    found = kp.analyze(kp.sample("squat"), "squat", side="left", cutoff_hz=5.0, max_gap_s=0.1)
    want = {"exercise": "squat", "side": "left", "cutoff_hz": 5.0, "max_gap_s": 0.1}
    assert found.settings == want
    assert found.estimator == found.source.estimator


def test_a_restored_plan_measures() -> None:
    plan = made("angle_plan")
    points = recording().coordinates
    again = pickle.loads(pickle.dumps(plan))
    np.testing.assert_array_equal(again(points), plan(points))
    assert again != AnglePlan("halpe26", names=["hip_flexion"], up="y")


@pytest.mark.slow
def test_a_restored_analysis_is_compared_as_the_first() -> None:
    pair = [Analysis.from_dict(json.loads(json.dumps(one.to_dict()))) for one in one_leg()]
    assert kp.compare(*pair) == made("comparison_one_leg")
    own = Analysis.from_dict(made("analysis_own_exercise").to_dict())
    other = kp.analyze(kp.sample("squat"), CURL, side="right")
    assert kp.compare(own, other) == kp.compare(made("analysis_own_exercise"), other)
    restored = Comparison.from_dict(made("comparison_one_leg").to_dict())
    assert restored.shown == made("comparison_one_leg").shown


@pytest.mark.parametrize("name", ["analysis", "state", "rep_completed", "recording"])
def test_newer_data_are_refused_in_plain_words(name: str) -> None:
    one = made(name)
    data = one.to_dict() | {"schema": 99, "version": "7.0.0"}
    with pytest.raises(FormatError, match=r"written by kneepose 7\.0\.0 with schema 99.*Update"):
        type(one).from_dict(data)


@pytest.mark.parametrize("schema", [None, "1", 0, -1, True, 1.0])
def test_data_without_a_schema_are_refused(schema: Any) -> None:
    with pytest.raises(FormatError, match="schema"):
        Quality.from_dict(made("quality").to_dict() | {"schema": schema})


def test_data_of_another_kind_are_refused() -> None:
    quality = made("quality").to_dict()
    with pytest.raises(FormatError, match="unknown kind of data 'quality'"):
        Analysis.from_dict(quality)
    started = made("rep_started").to_dict()
    assert Event.from_dict(started) == made("rep_started")
    for kind in ("rep_finished", None, 5, ["rep_started"]):
        with pytest.raises(FormatError, match="unknown kind of data"):
            Event.from_dict(started | {"kind": kind})
    state = made("state_with_events").to_dict()
    state["events"][0]["kind"] = "rep_finished"
    with pytest.raises(FormatError, match="rep_finished"):
        StreamState.from_dict(state)
    for data in (None, [], "text", 5):
        with pytest.raises(FormatError, match="to_dict"):
            Quality.from_dict(data)  # type: ignore[arg-type]


def test_events_have_kinds() -> None:
    kinds = {e.kind for state in states() for e in state.events}
    assert kinds <= {
        "rep_started",
        "rep_completed",
        "rep_corrected",
        "rep_dropped",
        "fault_seen",
        "quality_lost",
        "quality_back",
        "clock_set",
    }
    assert {"rep_started", "rep_completed"} <= kinds
    assert [RepStarted.kind, FaultSeen.kind] == ["rep_started", "fault_seen"]


DAMAGES = ["absent", None, [], {}, "text", -7, {"a": [[None]]}, [[1], [2, 3]]]


@pytest.mark.parametrize(
    "name",
    ["recording_own_skeleton", "angles_no_sd", "reps", "quality", "state", "analysis_empty"],
)
@pytest.mark.parametrize("damage", DAMAGES, ids=repr)
def test_damaged_data_give_an_error_in_words(name: str, damage: Any) -> None:
    whole = made(name).to_dict()
    for entry in whole:
        data = {key: value for key, value in whole.items() if key != entry}
        if damage != "absent":
            data[entry] = damage
        # Damaged data must raise an error of kneepose; any other exception fails the test.
        with contextlib.suppress(KneeposeError):
            assert isinstance(type(made(name)).from_dict(data), Record)


@pytest.mark.parametrize(
    ("entry", "value", "error"),
    [
        ("times", [0.0, 0.5, 0.4, 1.0], "does not rise at frame 2"),
        ("times", [0.0, 0.5], "do not fit together"),
        ("confidence", [[-1.0] * 3] * 4, "confidence is -1"),
        ("date", "1 March", "date is '1 March'"),
        ("view", "above", "view: unknown value 'above'"),
        ("up", "y", "'y'"),
        ("skeleton", "coco17", "do not fit together with 17 keypoints"),
        ("skeleton", {"name": "leg"}, "skeleton is neither"),
    ],
)
def test_recordings_from_data_are_checked(entry: str, value: Any, error: str) -> None:
    data = made("recording_own_skeleton").to_dict() | {entry: value}
    with pytest.raises(KneeposeError, match=error):
        kp.Recording.from_dict(data)


def test_what_json_cannot_hold_is_said() -> None:
    odd = kp.Recording(np.ones((2, 17, 2)) * 9, skeleton="coco17", fps=30, meta={"a": {1, 2}})
    with pytest.raises(KneeposeError, match="cannot be written as JSON"):
        odd.to_dict()


def test_recordings_keep_what_the_user_says(tmp_path: Path) -> None:
    xy = np.random.default_rng(0).uniform(100, 900, (60, 17, 2))
    details = {
        "subject": "P07",
        "session": "baseline",
        "date": datetime.date(2026, 3, 1),
        "side": "left",
        "exercise": "single_leg_squat",
        "model_hash": "ab12",
    }
    rec = kp.Recording(xy, skeleton="coco17", fps=30, file_hash="00ff", **details)
    want = details | {"date": "2026-03-01"}
    assert repr(rec).endswith("P07, baseline, 2026-03-01, left single leg squat")
    path = rec.save(tmp_path / "a.npz")
    for kept in (rec, rec.conditioned(), rec[10:40], kp.read(path)):
        assert {name: getattr(kept, name) for name in details} == want
    assert rec.file_hash == rec.conditioned().file_hash == "00ff"
    assert kp.read(path).file_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert rec.mirror().side == "right"
    assert rec.mirror().mirror() == rec
    assert rec.labeled(side=None, subject="P08").subject == "P08"
    mirrored = kp.Recording(xy, skeleton="coco17", fps=30, side="left", mirrored=True)
    assert mirrored.side == "left"


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        ({"date": "1 March"}, "date is '1 March'"),
        ({"date": 20260301}, "date is 20260301"),
        ({"side": "both"}, "unknown side 'both'"),
        ({"subject": 7}, "subject is 7"),
        ({"session": " "}, "session is ' '"),
        ({"exercise": Validity}, "exercise is"),
    ],
)
def test_details_that_cannot_be_are_refused(detail: dict[str, Any], error: str) -> None:
    xy = np.ones((2, 17, 2)) * 9
    with pytest.raises(KneeposeError, match=error):
        kp.Recording(xy, skeleton="coco17", fps=30, **detail)
    with pytest.raises(KneeposeError, match=error):
        kp.sample("squat").labeled(**detail)


def test_files_of_the_first_form_are_read_and_newer_ones_refused(tmp_path: Path) -> None:
    path = kp.sample("squat").save(tmp_path / "a.npz")
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))
    old = {"kneepose": 1, **{k: header[k] for k in ("skeleton", "up", "view", "estimator", "meta")}}
    np.savez(path, **arrays | {"header": np.array(json.dumps(old))})
    np.testing.assert_array_equal(kp.read(path).coordinates, kp.sample("squat").coordinates)
    assert kp.read(path).subject is None
    np.savez(path, **arrays | {"header": np.array(json.dumps(header | {"schema": 99}))})
    with pytest.raises(FormatError, match=r"a\.npz.*schema 99"):
        kp.read(path)


def test_exercise_and_side_come_from_the_recording() -> None:
    rec = kp.sample("single_leg_squat_left")
    said = rec.labeled(side="left", exercise="single_leg_squat")
    assert kp.analyze(said).measures == one_leg()[0].measures
    assert kp.analyze(said, "single_leg_squat", side="left").side == "left"
    reps = kp.segment_reps(said.conditioned())
    assert reps.settings == {"exercise": "single_leg_squat", "side": "left"}
    assert [rep.bottom_s for rep in reps] == [
        rep.bottom_s for rep in kp.segment_reps(rec.conditioned(), "single_leg_squat", side="left")
    ]
    assert kp.analyze_sides(recording())[0].exercise == "squat"


def test_what_contradicts_the_recording_is_refused() -> None:
    rec = kp.sample("single_leg_squat_left").labeled(side="left", exercise="single_leg_squat")
    with pytest.raises(KneeposeError, match=r"side is 'right', .* says 'left'.*Leave side= out"):
        kp.analyze(rec, side="right")
    with pytest.raises(KneeposeError, match=r"exercise is 'squat', .* 'single_leg_squat'"):
        kp.analyze(rec, "squat", side="left")
    with pytest.raises(KneeposeError, match="exercise is 'squat'"):
        kp.analyze_sides(rec, "squat")
    with pytest.raises(KneeposeError, match="shows the left one"):
        kp.analyze_sides(rec)
    with pytest.raises(KneeposeError, match="side is 'right'"):
        kp.segment_reps(rec.conditioned(), side="right")
    with pytest.raises(KneeposeError, match="exercise is not given"):
        kp.analyze(kp.sample("squat"), side="left")
    with pytest.raises(KneeposeError, match="side is missing"):
        kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat")


def test_a_comparison_is_a_mapping() -> None:
    both = made("comparison")
    assert "peak_knee_flexion" in both
    assert "nothing" not in both
    assert list(both) == [measure.name for measure in both.measures]
    assert len(both) == len(both.measures)
    assert dict(both)[next(iter(both))] == both.measures[0]


def test_repairs_of_equal_recordings_are_equal() -> None:
    assert isinstance(made("repairs"), Repairs)
    assert made("repairs") == kp.sample("squat_video").conditioned().repairs
