"""Tests of history entries: stored, refused, and missing values."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.history import RED_FLAGS

SAMPLE = kp.sample("single_leg_squat_left")
SQUATS = kp.analyze(SAMPLE, "single_leg_squat", side="left")
SET_UP: dict[str, Any] = {"kind": "test_day", "camera": "phone, front, 3 m", "date": "2026-01-05"}


@pytest.fixture
def history(tmp_path: Path) -> Iterator[kp.History]:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1", involved="left", dominance="right", symptoms_since="2025-10-01")
        yield history


def test_a_subject_has_sides_and_a_start(history: kp.History) -> None:
    (row,) = history.subjects()
    assert (row["involved"], row["dominance"], row["symptoms_since"]) == (
        "left",
        "right",
        "2025-10-01",
    )
    with pytest.raises(kp.KneeposeError, match="already"):
        history.add_subject("K1")
    with pytest.raises(kp.errors.UnknownNameError, match="'K1'"):
        history.log_pain("K11", worst=3)


def test_an_analysis_is_stored_with_its_provenance(history: kp.History) -> None:
    history.add_analysis(history.add_session("K1", **SET_UP), SQUATS)
    (row,) = history.analyses("K1")
    assert row["estimator"] == SAMPLE.estimator
    assert (row["skeleton"], row["space"], row["version"]) == ("halpe26", "world", kp.__version__)
    assert row["keypoints_hash"] is None
    whole = json.loads(json.dumps(SQUATS.to_dict()))
    frames = {"angles", "recording", "signal", "source"}
    assert {k: row["result"][k] for k in whole if k not in frames} == {
        k: v for k, v in whole.items() if k not in frames
    }
    assert not history.keypoints_folder.exists()


@pytest.mark.parametrize("face", [False, True])
def test_keypoints_are_kept_on_request_and_without_the_face(
    history: kp.History, face: bool
) -> None:
    source = SAMPLE.labeled(subject="K1", session="Anna's first").labeled()
    analysis = kp.analyze(source, "single_leg_squat", side="left")
    history.add_analysis(history.add_session("K1", **SET_UP), analysis, keypoints=True, face=face)
    (row,) = history.analyses("K1")
    kept = kp.read(history.keypoints_folder / f"{row['keypoints_hash']}.npz")
    names = kept.skeleton.keypoints
    nose, knee = names.index("nose"), names.index("left_knee")
    assert np.isfinite(kept.coordinates[:, nose]).any() == face
    np.testing.assert_array_equal(kept.coordinates[:, knee], SAMPLE.coordinates[:, knee])
    assert (kept.subject, kept.session, dict(kept.meta)) == (None, None, {})
    again = kp.analyze(kept, "single_leg_squat", side="left")
    want = SQUATS.measures["fppa_at_60"].values
    np.testing.assert_allclose(again.measures["fppa_at_60"].values, want, atol=1e-9)


def test_one_recording_counts_once(history: kp.History) -> None:
    history.add_analysis(history.add_session("K1", **SET_UP), SQUATS)
    later = history.add_session("K1", **SET_UP | {"date": "2026-02-01"})
    with pytest.raises(kp.KneeposeError, match=r"stored already, on 2026-01-05"):
        history.add_analysis(later, SQUATS)


def test_a_recording_of_another_subject_or_day_is_refused(history: kp.History) -> None:
    session = history.add_session("K1", **SET_UP)
    for details, words in (
        ({"subject": "K2"}, "subject 'K2'"),
        ({"date": "2026-03-01"}, "2026-03-01"),
    ):
        source = SAMPLE.labeled(**details)
        with pytest.raises(kp.KneeposeError, match=words):
            history.add_analysis(session, kp.analyze(source, "single_leg_squat", side="left"))
    with pytest.raises(kp.KneeposeError, match="no session 99"):
        history.add_analysis(99, SQUATS)


def test_another_body_is_asked_about(history: kp.History) -> None:
    """The same movement with thighs a third longer raises a question about the person."""
    history.add_analysis(history.add_session("K1", **SET_UP), SQUATS)
    points = SAMPLE.coordinates.copy()
    names = SAMPLE.skeleton.keypoints
    knees = [names.index(f"{side}_knee") for side in ("left", "right")]
    hips = [names.index(f"{side}_hip") for side in ("left", "right")]
    upper = [i for i, n in enumerate(names) if not n.endswith(("knee", "ankle", "toe", "heel"))]
    points[:, upper] += 0.35 * (points[:, hips] - points[:, knees]).mean(axis=1, keepdims=True)
    other = kp.analyze(SAMPLE._replace(coordinates=points), "single_leg_squat", side="left")
    later = history.add_session("K1", **SET_UP | {"date": "2026-02-01"})
    with pytest.raises(
        kp.KneeposeError, match=r"other proportions than on 2026-01-05.*another person"
    ):
        history.add_analysis(later, other)
    assert history.add_analysis(later, other, same_person=True)


def test_another_size_is_asked_about_in_space(history: kp.History) -> None:
    """A person a quarter larger has the same proportions, but another size in world space."""
    history.add_analysis(history.add_session("K1", **SET_UP), SQUATS)
    larger = SAMPLE._replace(coordinates=1.25 * SAMPLE.coordinates)
    other = kp.analyze(larger, "single_leg_squat", side="left")
    later = history.add_session("K1", **SET_UP | {"date": "2026-02-01"})
    with pytest.raises(kp.KneeposeError, match=r"other size than .*: its shin is 0\.\d\d m, not"):
        history.add_analysis(later, other)
    assert history.add_analysis(later, other, same_person=True)


def test_of_several_entries_of_one_day_one_counts(history: kp.History) -> None:
    """If a day has several entries, the highest pain is used, as in the plan, and the last score,
    which corrects earlier ones.
    """
    history.answer_red_flags("K1", dict.fromkeys(kp.history.RED_FLAGS, False), date="2026-01-01")
    for day, worst in (("2026-01-05", 8), ("2026-01-05", 2), ("2026-02-02", 5)):
        history.log_pain("K1", worst=worst, date=day)
    for day, total in (("2026-01-05", 60), ("2026-01-05", 66), ("2026-02-02", 80)):
        history.log_score("K1", "akps", total, date=day)
    trend = history.trend("K1", on="2026-02-03")
    pain, score = trend.outcomes
    assert (pain.dates, pain.values.tolist()) == (("2026-01-05", "2026-02-02"), [8, 5])
    assert score.values.tolist() == [66, 80]
    # The pain of that day was 8, so 5 is no rise; no red-flag questions are due.
    assert history.red_flags_due("K1", on="2026-02-03") == ""


def test_pain_of_one_knee_is_not_a_rise_of_the_other(history: kp.History) -> None:
    history.answer_red_flags("K1", dict.fromkeys(kp.history.RED_FLAGS, False), date="2026-01-01")
    for day, left, right in (("2026-01-05", 1, 4), ("2026-01-12", 1, 4)):
        history.log_pain("K1", worst=left, side="left", date=day)
        history.log_pain("K1", worst=right, side="right", date=day)
    assert history.red_flags_due("K1", on="2026-01-12") == ""
    history.log_pain("K1", worst=3, side="left", date="2026-01-13")
    assert "from 1" in history.red_flags_due("K1", on="2026-01-13")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda h: h.log_pain("K1"), "no pain is given"),
        (lambda h: h.log_pain("K1", worst=11), "from 0 to 10"),
        (lambda h: h.log_pain("K1", worst=float("nan")), "finite"),
        (lambda h: h.log_pain("K1", worst=3, date="5.1.2026"), "2026-03-01"),
        (lambda h: h.log_pain("K1", worst=3, date="1926-01-05"), "is the year a slip"),
        (lambda h: h.log_pain("K1", worst=3, usual=5), "exchanged"),
        (lambda h: h.log_set("K1", "clamshel", side="left", reps=15), "did you mean 'clamshell'"),
        (lambda h: h.log_set("K1", "clamshell", side="up", reps=15), "'left'"),
        (lambda h: h.log_set("K1", "clamshell", side="left", reps=0), "whole number"),
        (lambda h: h.log_set("K1", "clamshell", side="left", reps=15, rpe=11), "from 0 to 10"),
        (lambda h: h.log_score("K1", "kujala", 70), "'akps'"),
        (lambda h: h.log_score("K1", "akps", 101), "from 0 to 100"),
        (lambda h: h.log_strength("K1", "hip", 2, "lb", side="left"), "'Nm/kg'"),
        (lambda h: h.answer_red_flags("K1", {"injury": False}), "no answer to hot_or_fever"),
        (lambda h: h.set_reliability("K1", "squat", {"fppa_at_60": (0.0, 5)}), "positive"),
        (lambda h: h.rows("subject", "K1"), "unknown table"),
        (lambda h: h.add_session("K1", kind="test", camera="a"), "'test_day'"),
        (lambda h: h.add_session("K1", kind="test_day", camera=" "), "camera"),
    ],
)
def test_wrong_entries(history: kp.History, call: Callable[[kp.History], Any], words: str) -> None:
    with pytest.raises(kp.KneeposeError, match=words):
        call(history)


#: Calls that record something that has happened, each with a day.
HAPPENED: dict[str, Callable[..., Any]] = {
    "subject": lambda h, **on: h.add_subject("K2", **on),
    "symptoms": lambda h, date: h.add_subject("K2", symptoms_since=date),
    "consent": lambda h, **on: h.consent("K1", "own treatment", **on),
    "session": lambda h, **on: h.add_session("K1", **SET_UP | on),
    "set": lambda h, **on: h.log_set("K1", "clamshell", side="left", reps=15, **on),
    "pain": lambda h, **on: h.log_pain("K1", worst=3, **on),
    "score": lambda h, **on: h.log_score("K1", "akps", 70, **on),
    "strength": lambda h, **on: h.log_strength("K1", "hip", 2, "N", side="left", **on),
    "goal": lambda h, **on: h.set_goal("K1", "stairs", **on),
}


@pytest.mark.parametrize("what", HAPPENED)
def test_nothing_has_happened_on_a_day_to_come(history: kp.History, what: str) -> None:
    """Entries in the future are refused, because a wrong year would determine every trend."""
    today = datetime.date.today()
    before = {
        table: history.rows(table, "K1") for table in ("session", "pain", "logged_set", "goal")
    }
    with pytest.raises(kp.KneeposeError, match="to come"):
        HAPPENED[what](history, date=today + datetime.timedelta(days=2))
    assert {table: history.rows(table, "K1") for table in before} == before
    # Tomorrow is accepted, because it is already today in time zones further east.
    HAPPENED[what](history, date=today + datetime.timedelta(days=1))


def test_two_days_that_are_exchanged_are_said(history: kp.History) -> None:
    dose: dict[str, Any] = {"side": "both", "sets": 3, "reps": 15, "per_week": 3}
    with pytest.raises(kp.KneeposeError, match="exchanged"):
        history.prescribe("K1", "clamshell", **dose, date="2026-03-01", until="2026-01-05")
    assert history.rows("prescription", "K1") == []
    assert history.prescribe("K1", "clamshell", **dose, date="2026-03-01", until="2026-03-01")
    with pytest.raises(kp.KneeposeError, match="exchanged"):
        history.measure_reliability("K1", "squat", since="2026-03-01", until="2026-01-05")


def test_a_plan_may_begin_later(history: kp.History) -> None:
    begin = datetime.date.today() + datetime.timedelta(days=30)
    assert history.prescribe(
        "K1", "clamshell", side="both", sets=3, reps=15, per_week=3, date=begin
    )


@pytest.mark.parametrize("wrong", [{"involved": "middle"}, {"dominance": "x"}, {"date": "x"}])
def test_a_refused_subject_leaves_no_name(history: kp.History, wrong: dict[str, Any]) -> None:
    """A name without a subject must not be stored, as a purge could not remove it."""
    with pytest.raises(kp.KneeposeError):
        history.add_subject("K2", name="Anna Berg", **wrong)
    assert history.name_of("K2") is None
    assert [row["pseudonym"] for row in history.subjects()] == ["K1"]


def test_what_was_not_given_is_not_zero(history: kp.History) -> None:
    history.log_pain("K1", worst=6, date="2026-01-05")
    (row,) = history.rows("pain", "K1")
    assert (row["worst"], row["usual"], row["after_24h"], row["side"]) == (6.0, None, None, "left")


def test_red_flags_are_asked_at_the_start_and_when_pain_jumps(history: kp.History) -> None:
    no = dict.fromkeys(RED_FLAGS, False)
    assert "never" in history.red_flags_due("K1", on="2026-01-05")
    history.answer_red_flags("K1", no, date="2026-01-05")
    history.log_pain("K1", worst=3, date="2026-01-05")
    assert history.red_flags_due("K1", on="2026-01-06") == ""
    history.log_pain("K1", worst=4, date="2026-01-12")
    assert history.red_flags_due("K1", on="2026-01-13") == ""
    history.log_pain("K1", worst=6, date="2026-01-19")
    assert "rose from 4 (2026-01-12) to 6" in history.red_flags_due("K1", on="2026-01-20")
    assert history.red_flags_due("K1", on="2026-01-13") == ""
    history.answer_red_flags("K1", no, date="2026-01-20")
    assert history.red_flags_due("K1", on="2026-01-20") == ""
    history.answer_red_flags("K1", no | {"injury": True}, date="2026-01-21")
    assert "a recent injury" in history.red_flags_due("K1", on="2026-01-21")
