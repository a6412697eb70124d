"""Tests of courses over eight weeks and twelve months, entered by typed commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.history import Change, Important
from tests.support.weeks import day, squats

CAMERA = "motion capture"
#: Week of a test day → remaining share of the deficit of the right leg.
SHRINKING = {3: 0.7, 6: 0.25, 8: 0.05, 12: 0.0, 26: 0.0, 52: 0.0}
BEFORE = (-2.0, -1.6, -1.2, -0.8, -0.4, 0.0)
#: Between-day error of each test day in degrees, drawn once with a standard deviation of 1.5.
ERRORS = (0.9, -1.4, 0.5, 1.9, -1.1, -0.3, 1.2, -0.8, 0.4, -1.6, 1.0, -0.2)

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("KNEEPOSE_HISTORY", str(tmp_path / "weeks.sqlite"))
    monkeypatch.chdir(tmp_path)

    def typed(command: str, *more: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main([*command.split(), *more]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out + said.err

    return typed


def test_day(run: Run, week: float, inward: float, number: int, **other: Any) -> None:
    """Record both legs of one test day with commands."""
    for side, share in (("left", 1.0), ("right", inward)):
        file = f"{side}_{week}.npz"
        shift = ERRORS[number % len(ERRORS)] * (1 if side == "right" else -0.7)
        squats(side, inward=share, shift_deg=shift, seed=100 + number, **other).save(file)
        run(
            f"session {file} --exercise single_leg_squat --side {side} --date {day(week)} --camera",
            CAMERA,
        )


test_day.__test__ = False  # type: ignore[attr-defined]


def begin(run: Run) -> None:
    """Enter subject, consent, red flags, six baseline test days, own error, prescription."""
    run("subject new K1 --involved right --symptoms-since 2024-10-01 --real-name", "Anna Berg")
    run("subject consent K1 --scope", "own treatment")
    run(f"flags --none --date {day(-2)}")
    for number, week in enumerate(BEFORE):
        test_day(run, week, 1.0, number)
    # Both legs on six days give at least the 5 degrees of freedom of one leg, and at most 10.
    own = run(f"reliability single_leg_squat --until {day(0)}")
    (freedom,) = re.findall(r"([\d.]+) degrees of freedom", own)
    assert 5.0 <= float(freedom) <= 10.0
    run(f"plan clamshell --sets 3 --reps 15 --per-week 3 --date {day(0.15)}")
    run(f"pain --worst 6 --usual 4 --date {day(0)}")
    run(f"score akps 61 --date {day(0)}")


def train(run: Run, weeks: range, missed: tuple[int, ...]) -> None:
    for week in weeks:
        for part in () if week in missed else (0.2, 0.5, 0.8):
            run(
                "log clamshell --side right --sets 3 --reps 15 --load band --rpe 7 "
                f"--date {day(week + part)}"
            )


def found(text: str, leg: str) -> str:
    first = text.split("How sure")[0]
    (line,) = re.findall(rf"^  Single-leg squat, {leg} leg: .*$", first, flags=re.MULTILINE)
    return str(line)


@pytest.mark.slow
def test_eight_weeks_and_twelve_months(run: Run, tmp_path: Path) -> None:
    begin(run)
    train(run, range(8), missed=(4, 5))
    for number, week in enumerate((3, 6, 8)):
        test_day(run, week, SHRINKING[week], 6 + number)
    # One session is recorded with another estimator.
    test_day(run, 8.4, 0.0, 12, estimator="another estimator 2.0")
    for week, worst, akps in ((3, 5, 66), (6, 4, 72), (8, 3, 77)):
        run(f"pain --worst {worst} --usual {worst - 2} --date {day(week)}")
        run(f"score akps {akps} --date {day(week)}")

    text = run(f"trend --out eight.txt --date {day(8.5)}")
    assert (tmp_path / "eight.txt").read_text("utf-8").strip() == text.strip()
    right, left = found(text, "right"), found(text, "left")
    assert re.search(r"right leg: changed, for the better\. .* less inward", right)
    assert "left leg: a change is not shown" in left
    assert "It was reached on the last two test days" in text
    assert f"{day(8.4)}: left out, because the estimator differs (another estimator 2.0" in text
    assert "Worst pain of the week, right: better by what matters: down by 3 (from 6 to 3" in text
    assert "(AKPS, Kujala): better by what matters: up by 16" in text
    assert "The movement changed and pain fell. That does not show that one" in text
    assert "Nothing is recorded of weeks 5, 6" in text
    assert "not the same as not done" in text
    assert f"Next test day: week 12, between {day(10)} and {day(14)}." in text
    order = [text.index(part) for part in ("right leg: changed", "How sure", "Next\n")]
    assert order == sorted(order)

    for number, week in enumerate((12, 26, 52)):
        test_day(run, week, SHRINKING[week], 9 + number)
        run(f"pain --worst 2 --usual 1 --date {day(week)}")
    year = run(f"trend --date {day(52.5)}")
    assert re.search(r"right leg: changed, for the better\. .* less inward", found(year, "right"))
    assert "left leg: a change is not shown" in found(year, "left")
    assert "Next test day" not in year
    with kp.History(tmp_path / "weeks.sqlite") as history:
        trend = history.trend("K1", on=day(52.5))
    assert [one.week for one in trend.appointments if one.date] == [3, 6, 8, 12, 26, 52]
    assert type(trend).from_dict(trend.to_dict()) == trend
    assert len(trend.rows()) == 12


@pytest.mark.slow
def test_one_day_says_perhaps_and_repeat(run: Run) -> None:
    begin(run)
    test_day(run, 3, 0.0, 6)
    text = run(f"trend --date {day(3.1)}")
    assert "right leg: perhaps changed, for the better" in found(text, "right")
    assert "Repeat the test day within a week" in text


@pytest.mark.slow
def test_pain_fell_and_form_did_not(run: Run) -> None:
    begin(run)
    for number, week in enumerate((3, 6)):
        test_day(run, week, 1.0, 6 + number)
    run(f"pain --worst 2 --date {day(6)}")
    text = run(f"trend --date {day(6.1)}")
    assert "right leg: a change is not shown" in found(text, "right")
    assert "Pain fell by what matters; a change of the movement is not shown." in text
    assert "a success, not a failure" in text


@pytest.mark.slow
def test_form_changed_and_pain_did_not(run: Run) -> None:
    begin(run)
    for number, week in enumerate((3, 6)):
        test_day(run, week, 0.0, 6 + number)
    run(f"pain --worst 5 --date {day(6)}")
    text = run(f"trend --date {day(6.1)}")
    assert "right leg: changed, for the better" in found(text, "right")
    assert "The movement changed; pain did not fall by what matters." in text


def test_three_weeks_without_video_still_give_a_text(run: Run) -> None:
    run("subject new K1 --involved left")
    run(f"plan clamshell --sets 3 --reps 15 --per-week 3 --date {day(0)}")
    train(run, range(3), missed=(1,))
    for week, worst in ((0, 6), (1, 5), (2, 5), (3, 4)):
        run(f"pain --worst {worst} --date {day(week)}")
    text = run(f"trend --date {day(3)}")
    assert "no test day is recorded. Pain and function are told without it" in text
    assert "left: better by what matters: down by 2" in text
    assert "Nothing is recorded of week 2," in text


def test_pain_that_jumps_asks_about_signs_that_need_care(run: Run) -> None:
    run("subject new K1 --involved left")
    assert "They are due" in run("flags")
    run(f"flags --none --date {day(0)}")
    assert "kneepose flags" not in run(f"pain --worst 3 --date {day(0)}")
    said = run(f"pain --worst 6 --date {day(1)}")
    assert "worse by what matters: up by 3" in said
    assert "Next: answer the questions about signs that need care" in said
    assert "seek medical care" in run(f"flags --yes injury --date {day(1)}")


def test_without_a_subject_the_first_command_says_how_to_add_one(run: Run) -> None:
    assert "kneepose subject new K1" in run("log clamshell --reps 15", code=3)
    run("subject new K1")
    run("subject new K2")
    assert "add --subject, one of K1, K2" in run("log clamshell --reps 15", code=3)


@pytest.mark.slow
def test_exchanged_legs_are_asked_about(tmp_path: Path) -> None:
    """On one day the files of the two legs have exchanged sides."""
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1", involved="right")
        for number, (week, swapped) in enumerate([(-1.0, False), (0.0, False), (3.0, True)]):
            session = history.add_session("K1", kind="test_day", camera=CAMERA, date=day(week))
            for side, other in (("left", "right"), ("right", "left")):
                filmed = squats(other if swapped else side, seed=number)
                shown = filmed.mirror() if swapped else filmed
                analysis = kp.analyze(shown, "single_leg_squat", side=side)  # type: ignore[arg-type]
                history.add_analysis(session, analysis)
        history.set_reliability("K1", "single_leg_squat", {"fppa_at_60": (1.5, 11)})
        found = history.trend("K1", on=day(4))
    assert found.exchanged == (day(3),)
    assert all(course.verdict is Change.NOT_YET for course in found.courses)
    assert "Are the sides exchanged, or the clip mirrored?" in str(found)


@pytest.mark.parametrize(
    ("scale", "values", "verdict"),
    [
        ("akps", (60, 69), Important.NO),
        ("akps", (60, 72), Important.PERHAPS_BETTER),
        ("akps", (60, 74), Important.BETTER),
        ("akps", (74, 60), Important.WORSE),
        ("koos_pf", (50, 66), Important.NO),
        ("koos_pf", (50, 66.5), Important.BETTER),
        ("vas_worst", (6, 4), Important.BETTER),
        ("vas_worst", (4, 5.9), Important.NO),
        ("global_change", (3, 5), Important.NOT_JUDGED),
        ("akps", (60,), Important.NOT_YET),
    ],
)
def test_scales_are_judged_by_what_matters(
    tmp_path: Path, scale: str, values: tuple[float, ...], verdict: Important
) -> None:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1")
        for week, value in enumerate(values):
            history.log_score("K1", scale, value, date=day(week))
        (outcome,) = history.trend("K1", on=day(9)).outcomes
    assert outcome.verdict is verdict


def test_recordings_under_other_conditions_are_left_out_and_named(tmp_path: Path) -> None:
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject("K1")
        for week, other in ((0, {}), (3, {"camera": "phone"}), (6, {"tape": "patella"}), (8, {})):
            session = history.add_session(
                "K1", **({"kind": "test_day", "camera": CAMERA, "date": day(week)} | other)
            )
            history.add_analysis(
                session, kp.analyze(squats("right", seed=week), "single_leg_squat", side="right")
            )
        (course,) = history.trend("K1", on=day(9)).courses
    assert [(one.date, one.what) for one in course.left_out] == [
        (day(3), "camera set-up"),
        (day(6), "tape"),
    ]
    assert [visit.date for visit in course.visits] == [day(8)]
