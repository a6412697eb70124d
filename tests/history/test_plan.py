"""Tests of the next steps of the programme, from recorded sets, pain and form."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli.commands import main
from kneepose.history.plan import NextStep, hip_facts
from tests.support.strength_opensim import made

START = datetime.date(2026, 3, 2)


def day(n: int) -> str:
    return (START + datetime.timedelta(days=n)).isoformat()


@pytest.fixture
def history(tmp_path: Path) -> Any:
    with kp.History(tmp_path / "weeks.sqlite") as opened:
        opened.add_subject("K1", involved="right", date=day(0))
        yield opened


def step(history: Any, exercise: str, n: int) -> NextStep:
    return next(one for one in history.plan("K1", on=day(n)) if one.exercise == exercise)


def full(history: Any, exercise: str, *days: int) -> None:
    for n in days:
        for side in ("left", "right"):
            history.log_set("K1", exercise, side=side, reps=15, sets=3, date=day(n))


def test_without_records_hips_begin_and_single_leg_squats_wait(history: Any) -> None:
    assert step(history, "clamshell", 1).what == "begin"
    waits = step(history, "single_leg_squat", 1)
    assert waits.what == "wait"
    assert "not recorded" in waits.why
    assert all(one.source for one in history.plan("K1", on=day(1)))


def test_two_full_sessions_with_little_pain_go_on(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    assert step(history, "clamshell", 4).what == "hold"
    assert "not recorded" in step(history, "clamshell", 4).why
    history.log_pain("K1", during=2, date=day(3))
    assert step(history, "clamshell", 4).what == "progress"


def test_one_side_alone_does_not_go_on(history: Any) -> None:
    for n in (1, 3):
        history.log_set("K1", "clamshell", side="right", reps=15, sets=3, date=day(n))
    history.log_pain("K1", during=1, date=day(3))
    assert step(history, "clamshell", 4).what == "hold"


def test_pain_takes_a_step_back_at_any_dose(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    history.log_pain("K1", during=6, date=day(3))
    assert step(history, "clamshell", 4).what == "regress"
    history.log_pain("K1", during=1, usual=2, after_24h=4, date=day(5))
    again = step(history, "clamshell", 6)
    assert (again.what, "next day" in again.why) == ("regress", True)


def test_missed_weeks_begin_lower(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    history.log_pain("K1", during=1, date=day(3))
    assert step(history, "clamshell", 16).what == "progress"
    back = step(history, "clamshell", 17)
    assert back.what == "restart"
    assert back.dose.startswith("3 × 10, no load")


def test_later_entries_are_not_looked_at(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    history.log_pain("K1", during=9, date=day(8))
    assert step(history, "clamshell", 4).what == "hold"
    before = step(history, "single_leg_squat", 4)
    for n, name in ((8, "clamshell"), (9, "fire_hydrant")):
        session = history.add_session("K1", kind="training", camera="as ever", date=day(n))
        for side in ("left", "right"):
            history.add_analysis(session, kp.analyze(kp.sample(name), name, side=side))
    assert step(history, "single_leg_squat", 4) == before
    assert step(history, "single_leg_squat", 9) != before


def test_of_two_pains_of_one_day_the_higher_counts(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    for during in (1, 7, 2):
        history.log_pain("K1", during=during, date=day(3))
    found = step(history, "clamshell", 4)
    assert (found.what, "7 of 10" in found.why) == ("regress", True)


def test_pain_of_before_the_sessions_does_not_let_go_on(history: Any) -> None:
    history.log_pain("K1", during=0, usual=2, after_24h=1, date=day(0))
    full(history, "clamshell", 10, 12)
    full(history, "fire_hydrant", 10, 12)
    found = step(history, "clamshell", 13)
    assert (found.what, "not recorded" in found.why) == ("hold", True)
    facts = hip_facts(history.rows("logged_set", "K1"), history.rows("pain", "K1"), [])
    assert [one.holds for one in facts if "pain" in one.what] == [None, None]
    history.log_pain("K1", during=0, date=day(12))
    assert step(history, "clamshell", 13).what == "progress"


def test_nothing_begins_or_goes_on_after_a_sign_that_needs_care(history: Any) -> None:
    full(history, "clamshell", 1, 3)
    history.log_pain("K1", during=1, date=day(3))
    none = dict.fromkeys(kp.history.RED_FLAGS, False)
    history.answer_red_flags("K1", none | {"hot_or_fever": True}, date=day(3))
    assert {one.what for one in history.plan("K1", on=day(4))} == {"wait"}
    assert "had a yes" in step(history, "clamshell", 4).why
    assert step(history, "clamshell", 3).what == "wait"
    history.answer_red_flags("K1", none, date=day(5))
    assert step(history, "clamshell", 5).what == "progress"
    assert step(history, "clamshell", 4).what == "wait"


def test_single_leg_squats_begin_when_all_facts_are_recorded(history: Any) -> None:
    for name in ("clamshell", "fire_hydrant"):
        full(history, name, 1, 3)
    history.log_pain("K1", during=1, usual=2, after_24h=2, date=day(3))
    facts = {one.what: one.holds for one in hip_facts(
        history.rows("logged_set", "K1"), history.rows("pain", "K1"), []
    )}  # fmt: skip
    assert {name for name, holds in facts.items() if holds is None} == {
        f"{name}: {what}"
        for name in ("clamshell", "fire hydrant")
        for what in ("no fault seen", "the range varies by less than 15 %")
    }
    assert step(history, "single_leg_squat", 4).what == "wait"
    for name, exercise in (("clamshell", "clamshell"), ("fire_hydrant", "fire_hydrant")):
        right = kp.analyze(kp.sample(name), exercise, side="right")  # type: ignore[arg-type]
        session = history.add_session("K1", kind="training", camera="as ever", date=day(3))
        history.add_analysis(session, right)
    known = hip_facts(
        history.rows("logged_set", "K1"), history.rows("pain", "K1"), history.analyses("K1")
    )
    assert [one.holds for one in known if "varies" in one.what] == [None, None]


def test_feedback_fades_over_the_weeks(history: Any) -> None:
    for n in range(0, 56, 7):
        history.log_set("K1", "movement_training", side="both", reps=8, sets=3, date=day(n))
    doses = [step(history, "movement_training", n).dose for n in (1, 15, 30, 50)]
    assert doses == [f"feedback in {share} of it" for share in ("100 %", "50 %", "33 %", "0 %")]


def test_the_commands_plan_from_the_programme_and_log_the_seat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ["--history", str(tmp_path / "w.sqlite")]

    def run(*words: str) -> str:
        assert main([*words, *file]) == 0
        return capsys.readouterr().out

    run("subject", "new", "K1", "--involved", "right")
    assert "3 × 10, 3 days a week" in run("plan", "clamshell")
    run("log", "sit_to_stand", "--reps", "10", "--height-cm", "45", "--load", "bag 4 kg")
    with kp.History(tmp_path / "w.sqlite") as opened:
        assert opened.rows("logged_set", "K1")[0]["load"] == "bag 4 kg, seat 45 cm"
        assert "Khayambashi" in opened.rows("prescription", "K1")[0]["source"]
    text = run("plan")
    assert "Single-leg squat: wait." in text
    assert "Sit-to-stand: stay at this dose." in text
    with pytest.raises(SystemExit):
        main(["log", "clamshell", "--reps", "10", "--height-cm", "45", *file])
    with pytest.raises(SystemExit):
        main(["plan", "hopping", *file])


def test_a_seat_of_another_height_is_another_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ["--history", str(tmp_path / "w.sqlite")]
    assert main(["subject", "new", "K1", "--involved", "right", *file]) == 0

    def session(name: str, *words: str) -> int:
        clip = made(name).recording.save(tmp_path / f"{name}.npz")
        what = ["session", str(clip), "--exercise", "sit_to_stand", "--camera", "markers"]
        return main([*what, *words, *file])

    with pytest.raises(SystemExit):
        session("sit_to_stand")
    assert session("sit_to_stand", "--height-cm", "45", "--date", day(0)) == 0
    assert session("sit_to_stand_trunk_lean", "--height-cm", "40", "--date", day(20)) == 0
    with kp.History(tmp_path / "w.sqlite") as opened:
        courses = opened.trend("K1", on=day(21)).courses
    left_out = [one for course in courses for one in course.left_out]
    assert {(one.what, one.given) for one in left_out} == {("camera set-up", "markers, seat 40 cm")}
    capsys.readouterr()
