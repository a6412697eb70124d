"""Tests of display names: complete for everything shown, and without forbidden words."""

from __future__ import annotations

import re

import pytest

import kneepose as kp
from kneepose.words import safety
from kneepose.words.exercises import WORDINGS, wording_of
from kneepose.words.measures import LABELS, base_name, label_of
from kneepose.words.units import amount, number, spread

EXERCISES = [row["name"] for row in kp.tables.exercises()]
ROWS = {row["name"]: row for row in kp.tables.exercises()}
FORBIDDEN = re.compile(
    r"abnormal|\bnormal\b|injury risk|\bweak|QASLS|pathol|caused by|form score|pressure",
    re.IGNORECASE,
)


def judged(row: dict[str, object]) -> list[str]:
    """Return the names of all measures used by the faults of an exercise."""
    names = []
    for fault in row["faults"]:  # type: ignore[attr-defined]
        for one in fault["criteria"]:
            names.append(one["measure"] + (f"_{one['moment']}" if one["moment"] else ""))
    return names


def shown(row: dict[str, object]) -> list[str]:
    """Return the names of all measures that a page on an exercise can show."""
    moments = row["moments"]
    measures = [f"{angle}_{moment}" for angle in row["measures"] for moment in moments]  # type: ignore[attr-defined]
    signals = [row["signal"], row["side_signal"], row["frontal_signal"]]
    return [row["peak"], *row["phases"], "duration_s", *measures, *signals, *judged(row)]  # type: ignore[misc, list-item]


def test_every_angle_has_words() -> None:
    assert {row["name"] for row in kp.tables.angles()} <= set(LABELS)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_everything_that_an_exercise_shows_has_words(exercise: str) -> None:
    wording = wording_of(ROWS[exercise])
    for name in shown(ROWS[exercise]):
        assert base_name(name) in LABELS, name
        words = wording.words(name)
        assert words.short
        assert words.gloss.endswith("."), name
        for text in (*words, wording.label(name)):
            assert not FORBIDDEN.search(text), text


def test_every_built_in_exercise_has_a_wording() -> None:
    assert set(WORDINGS) == set(EXERCISES)
    for row in ROWS.values():
        assert {base_name(measure) for measure in row["lead"]} <= {*row["measures"], row["peak"]}


@pytest.mark.parametrize("exercise", ["clamshell", "fire_hydrant"])
def test_lifts_are_not_spoken_of_as_squats(exercise: str) -> None:
    wording = wording_of(ROWS[exercise])
    assert wording.moment("pelvis_roll_at_bottom") == "at the highest point"
    assert wording.moment("pelvis_roll_change") == "from rest to the highest point"
    assert wording.label("pelvis_roll_change").endswith(", from rest to the highest point")
    text = repr(kp.guide(exercise))
    assert "lowest point" not in text
    assert "squat" not in text.lower()


def test_the_hip_that_rises_in_a_fire_hydrant_is_that_of_the_lifted_leg() -> None:
    drop = wording_of(ROWS["fire_hydrant"]).words("pelvic_drop")
    assert (drop.above, drop.below) == ("lifted side higher", "lifted side lower")
    assert wording_of(ROWS["single_leg_squat"]).words("pelvic_drop").above == "lifted side lower"


def test_an_exercise_of_ones_own_is_spoken_of_by_its_signal() -> None:
    spec = kp.ExerciseSpec("curl", signal="knee_flexion", min_range=20.0, measures=("hip_flexion",))
    wording = wording_of(spec._core_row())
    assert wording.moment("hip_flexion_at_30") == "at 30° of knee bend"
    assert wording.leading[0] == "peak_knee_flexion"
    assert label_of("peak_trunk_forward_lean").short == "Largest value: trunk forward"


def test_numbers_have_their_unit_and_a_minus_that_is_one() -> None:
    assert number(-3.04, "deg") == "−3.0°"
    assert number(-0.04, "deg", signed=True) == "0.0°"
    assert number(0.083, "shank") == "0.08"
    assert amount(0.083, "shank") == "0.08 of the shin"
    assert amount(float("nan"), "thigh") == "not measured"
    assert spread(36.46, 0.84, "deg") == "36.5 ± 0.8°"
    assert spread(0.96, float("nan"), "s") == "0.96 s"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_word_sounds_like_a_diagnosis(exercise: str) -> None:
    row = ROWS[exercise]
    texts = [repr(kp.guide(exercise)), row["set_up"], *map(str, WORDINGS[exercise])]
    texts += [f"{fault['title']} {fault['cue']}" for fault in row["faults"]]
    texts += [*safety.STOP_SIGNS, safety.PAIN_RULE, safety.ASK_FIRST]
    for text in texts:
        assert not FORBIDDEN.search(text), text
    for status in kp.analysis.RepStatus:
        assert not FORBIDDEN.search(status.words)
