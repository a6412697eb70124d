"""Tests of a trend with the error of a study, where the subject's own error is not known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.history import Change
from tests.support.studies import study_of
from tests.support.weeks import day, stored_course

WEEKS = (-1.0, 0.0, 3.0, 6.0, 8.0)
COURSE = {"right": (14.0, 14.0, 12.0, 6.0, 5.0), "left": (5.0, 5.0, 5.5, 4.8, 5.2)}


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[kp.History]:
    rows = stored_course(WEEKS, COURSE)
    monkeypatch.setattr(kp.History, "analyses", lambda self, name: rows)
    with kp.History(tmp_path / "weeks.sqlite") as found:
        found.add_subject("K1", involved="right")
        yield found


def right(history: kp.History, **options: Any) -> Any:
    found = history.trend("K1", on=day(8.3), **options)
    return found, next(course for course in found.courses if course.side == "right")


def test_the_error_of_a_study_allows_a_full_verdict(history: kp.History, tmp_path: Path) -> None:
    assert right(history)[1].verdict is not Change.CHANGED
    path = study_of(1.5).save(tmp_path / "study.json")
    trend, course = right(history, mdc=path)
    assert course.verdict is Change.CHANGED
    assert course.own.people == 10
    assert "by the error of a study of 10 people with the same set-up, 1.5°" in str(trend)
    assert right(history, mdc=study_of(4.5))[1].verdict is Change.NOT_SHOWN


def test_the_own_error_comes_first(history: kp.History) -> None:
    history.set_reliability("K1", "single_leg_squat", {"fppa_at_60": (4.5, 10)}, date=day(0))
    _, course = right(history, mdc=study_of(1.5))
    assert (course.own.people, course.verdict) == (0, Change.NOT_SHOWN)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimator": "another"}, "The pose estimator differs"),
        ({"model_hash": "abc"}, "The model file differs"),
        ({"space": "image"}, "The space differs"),
        ({"skeleton": "coco17"}, "The skeleton differs"),
        ({"camera": "phone, 3 m"}, "The camera set-up differs (phone, 3 m and lab)"),
        ({"camera": "several"}, "The camera set-up differs"),
        ({"exercise": "clamshell"}, "of another exercise: Clamshell"),
    ],
)
def test_another_set_up_is_not_used(
    history: kp.History, changes: dict[str, Any], words: str
) -> None:
    trend, course = right(history, mdc=study_of(1.5, **changes))
    assert course.own is None
    assert words in trend.notes[0]
    assert words in str(trend)


def test_another_version_of_kneepose_is_used(history: kp.History) -> None:
    assert right(history, mdc=study_of(1.5, version="0.0.1"))[1].own is not None


def test_the_command(
    history: kp.History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study_of(1.5).save(tmp_path / "study.json")
    asked = ["trend", "--history", str(history.path), "--date", day(8.3), "--mdc"]
    assert main([*asked, str(path)]) == 0
    assert "right leg: changed, for the better" in capsys.readouterr().out
    assert main([*asked, str(history.path)]) == 3
    assert "is no result of a study" in capsys.readouterr().err
