"""Tests of `kp.guide`: set-up, drawing, dose, cues and stop signs, in two languages."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli.commands import main
from kneepose.exercises.programme import FEEDBACK, MOVEMENT_TRAINING, STEP
from kneepose.guides.figure import PLACES
from kneepose.words.safety import PAIN_RULE, STOP_SIGNS

EXERCISES = [row["name"] for row in kp.tables.exercises()]
PROGRAMME = {row["exercise"]: row for row in kp.tables.programme()}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_guide_is_whole(exercise: Any) -> None:
    text = str(kp.guide(exercise))
    titles = ("Set-up", "Camera", "Repetitions", "Measures", "Do not exercise, and seek care, with")
    assert [title for title in titles if f"\n{title}\n" not in text] == []
    flat = " ".join(text.split())
    assert PAIN_RULE in flat
    assert all(sign[1:] in flat for sign in STOP_SIGNS)
    row = next(row for row in kp.tables.exercises() if row["name"] == exercise)
    assert all(fault["cue"] in flat for fault in row["faults"])


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_drawing_stands_where_the_words_say(exercise: Any) -> None:
    """The distances in the drawing are those stated in the text of the set-up."""
    place, found = PLACES[exercise], kp.guide(exercise)
    numbers = [float(n) for n in re.findall(r"\d+", found["camera"])]
    assert numbers == sorted(set(place.distance_m))
    assert ("behind" in place.where) == ("behind" in found["camera"])
    ET.fromstring(found.svg)
    drawn = [float(n) for n in re.findall(r"(-?\d+\.?\d*),-?\d+\.?\d*", found.svg)]
    assert min(drawn) > 0
    assert max(drawn) < 640


@pytest.mark.parametrize("exercise", EXERCISES)
def test_german_has_no_english_sentence(exercise: Any) -> None:
    english = kp.guide(exercise)
    with kp.words.speak("de"):
        german = kp.guide(exercise)
    same = {
        part
        for part in english
        if isinstance(english[part], str) and english[part] and english[part] == german[part]
    }
    assert same <= {"exercise", "title"}
    for name, text in english["dose"].items():
        assert not text or german["dose"][name] != text or name == "depth_deg", name


def test_a_guide_is_a_page_without_links_and_plain_data(tmp_path: Path) -> None:
    found = kp.guide("sit_to_stand")
    path = found.to_html(tmp_path / "guide.html")
    page = Path(path).read_text(encoding="utf-8")
    assert "<svg" in page
    assert "href" not in page
    assert "src=" not in page
    assert found.to_html() == page
    assert json.loads(json.dumps(found.to_dict()))["exercise"] == "sit_to_stand"


def test_the_command_writes_text_data_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["guide", "step_down"]) == 0
    assert "Not tested on people" in capsys.readouterr().out
    assert main(["guide", "step_down", "--language", "de", "--html", str(tmp_path / "g.html")]) == 0
    assert "Nicht an Menschen geprüft" in (tmp_path / "g.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["guide", "clamshell", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dose"]["source"]


def test_an_unknown_exercise_is_named() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="step_down"):
        kp.guide("step_dwn")  # type: ignore[arg-type]


def test_every_row_of_the_programme_says_its_source_and_its_criteria() -> None:
    for row in PROGRAMME.values():
        for field in ("begin", "progress", "regress", "source", "expect"):
            assert row[field].strip(), (row["exercise"], field)
        assert "default, no source" in row["source"]
        assert row["load"]
        assert row["reps"][0] <= row["reps"][1]
    assert set(PROGRAMME) <= {*EXERCISES, MOVEMENT_TRAINING}


def test_squats_begin_shallow_and_hips_are_told_by_recorded_facts() -> None:
    row = PROGRAMME["single_leg_squat"]
    assert row["depth_deg"] == [[0, 45], [0, 60]]
    assert "does not see whether hips are strong enough" in row["stands_for"]
    assert f"{STEP.sets} sets of {STEP.reps}" in row["begin"]
    assert f"{STEP.faults:.0%}".replace("%", " %") in row["begin"]
    assert f"{STEP.variation:.0%}".replace("%", " %") in row["begin"]


def test_only_movement_training_promises_another_angle() -> None:
    for name, row in PROGRAMME.items():
        assert ("success, not a failure" in row["expect"]) == (name != MOVEMENT_TRAINING)


def test_feedback_fades() -> None:
    shares = [FEEDBACK.get(week, 0.0) for week in range(1, 9)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    assert shares[-1] == 0


def test_a_changed_row_stays_with_who_changed_it() -> None:
    kp.tables.programme()[0]["load"].append("mine")
    assert "mine" not in kp.tables.programme()[0]["load"]


def test_the_step_of_the_set_up_is_that_of_the_doses() -> None:
    row = next(row for row in kp.tables.exercises() if row["name"] == "step_down")
    planned = next(row for row in kp.tables.programme() if row["exercise"] == "step_down")
    heights = [int(re.fullmatch(r"step of (\d+) cm", load)[1]) for load in planned["load"]]  # type: ignore[index]
    said = re.search(r"step of (\d+) to (\d+) cm", row["set_up"])
    assert said is not None
    assert [int(said[1]), int(said[2])] == [min(heights), max(heights)]
