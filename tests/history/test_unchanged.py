"""Tests of verdicts: "unchanged" without a true change, detection rate of true changes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.history import Change, Trend
from kneepose.history.course import own_reliability
from kneepose.history.history import ENTRIES
from kneepose.history.trend import trend_of
from tests.support.weeks import YAW_SLOPE, day, no_change, squats

SUBJECT = {"pseudonym": "K1", "involved": "right"}
BEFORE = (-2.0, -1.6, -1.2, -0.8, -0.4, 0.0)
AFTER = (3.0, 6.0, 8.0, 12.0, 26.0, 52.0)
COURSES = 200


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = Path(tmp_path_factory.mktemp("weeks")) / "one.sqlite"
    with kp.History(path) as history:
        history.add_subject("K1")
        session = history.add_session("K1", kind="test_day", camera="front", date=day(0))
        history.add_analysis(session, kp.analyze(squats("right"), "single_leg_squat", side="right"))
        return history.analyses("K1")[0]


def trend(rows: list[dict[str, Any]], known: bool, on: str) -> Trend:
    tables: dict[str, list[Any]] = {name: [] for name in ENTRIES}
    tables["prescription"] = [
        {
            "date": day(0.1), "until": None, "exercise": "clamshell", "per_week": 3,
        }
    ]  # fmt: skip
    if known:
        error = own_reliability([row for row in rows if row["date"] <= day(0)])["fppa_at_60"]
        tables["reliability"] = [
            {
                "date": day(0), "exercise": "single_leg_squat", "measure": "fppa_at_60",
                "sem": error.sem, "freedom": error.freedom,
            }
        ]  # fmt: skip
    return trend_of(SUBJECT, rows, tables, exercise=None, on=datetime.date.fromisoformat(on))


def rates(
    template: dict[str, Any], sem: float, known: bool, change: float, yaw: float
) -> dict[str, float]:
    """Return the shares of courses with verdict changed or perhaps, at any of six looks and at the
    last.
    """
    rng = np.random.default_rng([int(sem), known, int(10 * abs(change)), int(yaw)])
    weeks = (*BEFORE, *AFTER) if known else (BEFORE[-2], BEFORE[-1], *AFTER)
    ever = at_end = perhaps = found = 0
    for _ in range(COURSES):
        rows = no_change(template, weeks, rng, sem=sem, yaw=yaw, change={"right": change})
        looks = [
            [course.verdict for course in trend(rows, known, day(week)).courses] for week in AFTER
        ]
        ever += any(Change.CHANGED in look for look in looks)
        at_end += Change.CHANGED in looks[-1]
        perhaps += Change.PERHAPS in looks[-1]
        found += any(look[1] is Change.CHANGED for look in looks)
    shares = {"ever": ever, "at_end": at_end, "perhaps": perhaps, "found": found}
    return {name: count / COURSES for name, count in shares.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sem", "known", "yaw"),
    [(3.0, True, 5.0), (3.0, False, 5.0), (9.0, True, 5.0), (9.0, False, 5.0), (3.0, True, 0.0)],
)
def test_no_change_keeps_the_headline(
    template: dict[str, Any],
    sem: float,
    known: bool,
    yaw: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    none = rates(template, sem, known, 0.0, yaw)
    power = {
        change: rates(template, sem, known, -change, yaw)["found"] for change in (6.0, 10.5, 15.0)
    }
    error = "own" if known else "published"
    with capsys.disabled():
        print(
            f"\nSEM {sem:g}°, camera ±{yaw:g}°, {error} error, {COURSES} courses, two legs, six looks: "
            f"changed at any look {none['ever']:.1%}, at the last {none['at_end']:.1%}, perhaps at the "
            f"last {none['perhaps']:.1%}; power "
            + ", ".join(f"{change:g}°: {share:.0%}" for change, share in power.items())
        )
    assert none["ever"] <= 0.05
    assert none["ever"] + none["perhaps"] <= 0.1
    if not known:
        # Without the subject's own error no verdict is "changed".
        assert set(power.values()) == {0.0}
    elif sem == 3.0:
        assert power[15.0] > power[6.0]


@pytest.mark.slow
@pytest.mark.parametrize(("sem", "yaw"), [(3.0, 0.0), (3.0, 5.0), (9.0, 5.0), (1.0, 8.0)])
def test_the_own_error_of_500_subjects_lies_in_its_interval(
    template: dict[str, Any], sem: float, yaw: float
) -> None:
    """The interval of the own error contains the truth; daily camera turns that move both legs
    count as error.
    """
    measures = [m for m in template["result"]["measures"] if m["name"] == "fppa_at_60"]
    one = {**template, "result": {**template["result"], "measures": measures}}
    # A camera turn uniform in ±yaw adds an angle error with standard deviation slope·yaw/√3.
    true = np.hypot(sem, YAW_SLOPE * yaw / np.sqrt(3.0))
    rng, inside, freedoms = np.random.default_rng([int(sem), int(yaw)]), 0, []
    for _ in range(500):
        found = own_reliability(no_change(one, BEFORE, rng, sem=sem, yaw=yaw))["fppa_at_60"]
        inside += found.sem_ci[0] <= true <= found.sem_ci[1]
        freedoms.append(found.freedom)
        assert (found.people, found.subjects, found.sessions) == (1, 2, 6)
    assert inside >= 0.93 * 500, inside
    assert 5.0 - 1e-9 <= min(freedoms) <= max(freedoms) <= 10.0 + 1e-9
