"""Tests of exercises: the built-in ones are complete, and user-defined ones work throughout."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import clip, clip_truth
from tests.support.form_geometry import middle

ROWS = kp.tables.exercises()
ANGLES = {row["name"] for row in kp.tables.angles()}
SQUAT = kp.sample("squat")

# --- built-in rows ------------------------------------------------------------------------------


def test_the_exercises_of_the_programme_are_there() -> None:
    names = {row["name"] for row in ROWS}
    of_the_article = {"squat", "single_leg_squat", "clamshell", "fire_hydrant"}
    assert names == of_the_article | {"sit_to_stand", "split_squat", "step_down"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_row_is_complete(row: dict[str, Any]) -> None:
    for field in ("title", "set_up"):
        assert row[field].strip(), field
    assert "amera" in row["set_up"]
    for view in ("signal", "side_signal", "frontal_signal"):
        assert row[view] in ANGLES
        assert row[f"{view}_min_range"] > 0
    least, most = row["target"]
    assert 0 < least < most <= 180
    assert row["measures"]
    assert set(row["measures"]) <= ANGLES
    assert len(row["phases"]) == 3
    assert all(name.endswith("_s") for name in row["phases"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_fault_says_what_when_how_much_and_what_to_do(row: dict[str, Any]) -> None:
    assert row["faults"]
    names = [fault["name"] for fault in row["faults"]]
    assert len(set(names)) == len(names)
    for fault in row["faults"]:
        assert fault["title"].strip()
        assert fault["cue"].strip().endswith(".")
        assert fault["source"].strip()
        assert fault["criteria"]
        for criterion in fault["criteria"]:
            assert np.isfinite(criterion["threshold"])
            assert criterion["way"] in ("above", "below", "either")
            if criterion["moment"] is None:
                assert criterion["measure"] in (*row["phases"], "duration_s")
            else:
                assert criterion["measure"] in ANGLES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_cue_does_not_sound_like_a_diagnosis(row: dict[str, Any]) -> None:
    for fault in row["faults"]:
        words = f"{fault['title']} {fault['cue']}".lower()
        assert not any(word in words for word in ("abnormal", "weak", "risk", "injur", "wrong"))


# --- user-defined exercises, on real recordings -------------------------------------------------

LEAN = kp.FaultSpec(
    "leans", (kp.Criterion("trunk_lateral_lean", 5.0, "change", "either"),), cue="Stay upright."
)
LUNGE = kp.ExerciseSpec(
    "lunge",
    signal="knee_flexion",
    frontal_signal="knee_flexion_from_depth",
    min_range=30,
    combine="mean",
    two_legs=True,
    posture="any",
    measures=("trunk_lateral_lean",),
    faults=(LEAN,),
)
ABDUCTION = kp.ExerciseSpec(
    "standing_hip_abduction",
    signal="hip_abduction",
    frontal_signal="hip_abduction_2d",
    min_range=15,
    posture="any",
    measures=("trunk_lateral_lean", "pelvic_drop"),
    faults=(LEAN, kp.FaultSpec("slow", (kp.Criterion("duration_s", 60.0, None, "above"),))),
    target=(20, 60),
)
BEND = kp.ExerciseSpec("side_bend", signal="trunk_lateral_lean", min_range=10, posture="any")


@pytest.mark.data
@pytest.mark.parametrize("space", ["image", "world"])
@pytest.mark.parametrize(
    ("name", "spec", "side", "turns"),
    [
        ("fitness-left-leg-lunges", LUNGE, "left", "bottom_frame"),
        ("fitness-hip-abduction-standing", ABDUCTION, "right", "peak_frame"),
        ("health-back-rom", BEND, "left", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exercise_of_ones_own_counts_what_a_person_counts(
    name: str, spec: kp.ExerciseSpec, side: Any, turns: str | None, space: str
) -> None:
    """The working leg has the estimator's label, which is exchanged in mirrored selfies."""
    truth = clip_truth(name)
    found = kp.analyze(clip("quickpose-gifs", name, space=space), spec, side=side)
    assert found.exercise == spec.name
    assert found.reps.count == truth["reps"]
    used = spec.frontal_signal if space == "image" and spec.frontal_signal else spec.signal
    assert found.reps.signal_used == used
    if turns is not None:
        bottoms = [rep.bottom_s * 10 for rep in found.reps.full]
        np.testing.assert_allclose(bottoms, truth[turns], atol=5)  # 5 frames are half a second
    names = [f"{angle}_{moment}" for angle in spec.measures for moment in ("at_bottom", "change")]
    names += [f"peak_{spec.signal}"] * (spec.signal != "knee_flexion")
    if space == "image":
        assert {*names, f"peak_{spec.signal}"} <= set(found.measures)
    else:  # these measures need measured depth, which the estimator only guessed
        reasons = {r.measure: r.reason for r in found.refused}
        assert {reasons[name] for name in names} == {kp.validity.Validity.DEPTH_ESTIMATED}
    assert set(found.faults) == {fault.name for fault in spec.faults}


def test_faults_of_ones_own_are_judged_by_their_own_rule() -> None:
    recording = clip("quickpose-gifs", "fitness-hip-abduction-standing")
    found = kp.analyze(recording, ABDUCTION, side="right")
    leans, slow = found.faults["leans"], found.faults["slow"]
    assert leans.cue == "Stay upright."
    assert leans.title == "Leans"
    full = [rep.number - 1 for rep in found.reps.full]
    change = found.measures["trunk_lateral_lean_change"].values
    np.testing.assert_array_equal(leans.values, change)
    assert leans.amount == pytest.approx(middle(change[full]) - leans.camera_shift)
    assert leans.seen is bool(abs(leans.amount) > 5.0)
    assert slow.seen is False
    assert slow.unit == "s"


def test_a_spec_can_be_segmented_and_analyzed_on_both_sides() -> None:
    curl = kp.ExerciseSpec("knee_bend", signal="knee_flexion", min_range=30, two_legs=True)
    assert kp.segment_reps(SQUAT.conditioned(), curl).count == 5
    left, right = kp.analyze_sides(SQUAT, curl)
    assert left.reps.count == right.reps.count == 5
    assert [name for name in left.measures if name.startswith("peak")] == ["peak_knee_flexion"]


# --- invalid specifications ---------------------------------------------------------------------


def spec(**changed: Any) -> kp.ExerciseSpec:
    return kp.ExerciseSpec(**({"name": "x", "signal": "knee_flexion", "min_range": 20} | changed))


def fault(**changed: Any) -> tuple[kp.FaultSpec, ...]:
    return (kp.FaultSpec(**({"name": "f", "criteria": (kp.Criterion("fppa", 1.0),)} | changed)),)


def judged(*criterion: Any, **options: Any) -> tuple[kp.FaultSpec, ...]:
    return fault(criteria=(kp.Criterion(*criterion, **options),))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: spec(signal="knee_flexoin"), "'knee_flexion'"),
        (lambda: spec(side_signal="knee"), "unknown angle 'knee'"),
        (lambda: spec(frontal_signal="depth"), "unknown angle 'depth'"),
        (lambda: spec(measures=("fpa",)), "'fppa'"),
        (lambda: spec(measures=("fppa",), moments=("at_botom",)), "'at_bottom'"),
        (lambda: spec(combine="sum"), "'minimum'"),
        (lambda: spec(posture="sitting"), "'standing'"),
        (lambda: spec(pelvis_reference="trunks"), "'trunk'"),
        (lambda: spec(faults=judged("fpa", 1.0)), "'fppa'"),
        (lambda: spec(faults=judged("fppa", 1.0, "top")), "'at_bottom'"),
        (lambda: spec(faults=judged("fppa", 1.0, way="up")), "'above'"),
        (lambda: spec(faults=judged("duration", 1.0, None)), "'duration_s'"),
    ],
)
def test_an_unknown_name_in_a_spec_lists_the_near_ones(
    build: Callable[[], kp.ExerciseSpec], words: str
) -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="unknown") as caught:
        kp.analyze(SQUAT, build(), side="left")
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [-1.0, 0.0, np.nan, np.inf])
@pytest.mark.parametrize("field", ["min_range", "expected_range", "cutoff_hz"])
def test_sizes_and_frequencies_are_positive_numbers(field: str, value: float) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=field):
        kp.analyze(SQUAT, spec(**{field: value}), side="left")


TEXTS = ("name", "signal", "combine", "posture", "pelvis_reference", "title", "set_up")
NUMBERS = ("min_range", "expected_range", "cutoff_hz")
TUPLES = ("measures", "moments", "faults")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field in TEXTS for value in (3, None, ["squat"], b"x")),
        *((field, "") for field in TEXTS[:5]),
        *((field, value) for field in NUMBERS for value in ("20", [20], True)),
        ("min_range", None),
        *((field, value) for field in TUPLES for value in ("fppa", 3, None, (1,), ("a", None))),
        ("side_signal", 3),
        ("frontal_signal", ""),
        *(
            ("target", value)
            for value in ("ab", None, 60, (60,), (90, 30), (np.nan, 90), ("a", "b"))
        ),
        *(("two_legs", value) for value in ("yes", 1, None)),
    ],
)
def test_a_wrong_field_of_an_exercise_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(kp.errors.KneeposeError) as caught:
        spec(**{field: value})
    assert field in str(caught.value)
    assert "must be" in str(caught.value) or "two faults" in str(caught.value)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: fault(name=3), "name"),
        (lambda: fault(name=""), "name"),
        (lambda: fault(criteria=()), "needs one at least"),
        (lambda: fault(criteria=kp.Criterion("fppa", 1.0)), "criteria"),
        (lambda: fault(criteria=(("fppa", 1.0),)), "criteria"),
        (lambda: fault(title=None), "title"),
        (lambda: fault(cue=3), "cue"),
        (lambda: judged(None, 1.0), "measure"),
        (lambda: judged("fppa", np.nan), "threshold"),
        (lambda: judged("fppa", "1"), "threshold"),
        (lambda: judged("fppa", None), "threshold"),
        (lambda: judged("fppa", 1.0, 60), "moment"),
        (lambda: judged("fppa", 1.0, way=None), "way"),
        (lambda: spec(faults=(*fault(), *fault())), "one name"),
    ],
)
def test_a_wrong_field_of_a_fault_is_refused_by_its_name(
    build: Callable[[], Any], words: str
) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=words):
        build()


@pytest.mark.parametrize("name", [row["name"] for row in ROWS])
def test_the_name_of_a_built_in_exercise_is_taken(name: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="another name"):
        spec(name=name)


def test_something_else_than_a_name_or_a_spec_is_no_exercise() -> None:
    for wrong in (None, 3, {"name": "x"}, object()):
        with pytest.raises(kp.errors.KneeposeError):
            kp.analyze(SQUAT, wrong, side="left")


def test_specs_are_values() -> None:
    assert hash(ABDUCTION) == hash(pickle.loads(pickle.dumps(ABDUCTION)))
    assert pickle.loads(pickle.dumps(ABDUCTION)) == ABDUCTION
    assert spec() == spec()
    assert spec() != spec(min_range=21)
    listed = spec(measures=["fppa"], faults=list(fault()), target=[10, 20])
    assert hash(listed) == hash(spec(measures=("fppa",), faults=fault(), target=(10, 20)))
    with pytest.raises(AttributeError):
        spec().min_range = 30  # type: ignore[misc]
