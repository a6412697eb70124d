"""Recordings and stored analyses of a simulated treatment, from the shipped samples."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp
from kneepose.history.history import ENTRIES
from kneepose.history.trend import Trend, trend_of

START = datetime.date(2025, 1, 6)
#: Shift of the knee per degree of projection angle, for a thigh and shank of about 0.41 m.
PER_DEGREE_M = 0.41 / 2 * np.pi / 180
#: Change of the projection angle at 60° of flexion per degree of camera yaw (science.md 2.4).
YAW_SLOPE = 1.2
TOE_OUT_DEG = 8.0
FOOT_SD_DEG = 0.7


def day(week: float) -> str:
    """Return the date of a week of the course as ISO text."""
    return (START + datetime.timedelta(days=round(7 * week))).isoformat()


def squats(
    side: Any,
    *,
    inward: float = 1.0,
    shift_deg: float = 0.0,
    noise_m: float = 0.004,
    seed: int = 0,
    estimator: str | None = None,
) -> kp.Recording:
    """Return shipped single-leg squats with the given share of the right leg's deficit.

    The deviation of the knee from the hip-ankle line is scaled by `inward`. The knee is shifted so
    that the projection angle changes by `shift_deg` (positive inward), and all points get noise.
    """
    sample = kp.sample(f"single_leg_squat_{side}")  # type: ignore[arg-type]
    points = sample.coordinates.copy()
    at = sample.skeleton.landmarks
    hip, knee, ankle = (points[:, at[f"{side}_{joint}"]] for joint in ("hip", "knee", "ankle"))
    share = (hip[:, 1] - knee[:, 1]) / (hip[:, 1] - ankle[:, 1])
    line = hip[:, 2] + share * (ankle[:, 2] - hip[:, 2])
    medial = -1.0 if side == "right" else 1.0
    across = line + inward * (knee[:, 2] - line) + medial * shift_deg * PER_DEGREE_M
    points[:, at[f"{side}_knee"], 2] = across
    points += np.random.default_rng(seed).normal(0.0, noise_m, points.shape)
    recording = sample._replace(coordinates=points)
    return recording if estimator is None else recording._replace(estimator=estimator)


def stored_row(
    row: Mapping[str, Any], date: str, side: str, value: float, **changes: Any
) -> dict[str, Any]:
    """Return a stored analysis of five repetitions with this mean knee-inward angle in degrees."""
    spread = np.array([-1.2, -0.5, 0.1, 0.4, 1.2])
    measures = [
        {
            **measure,
            "values": (value + spread).tolist(),
            "full": [True] * 5,
            "validity": ["ok"] * 5,
            "n": 5,
            "mean": value,
        }
        for measure in row["result"]["measures"]
        if measure["name"] == "fppa_at_60"
    ]
    foot = changes.pop("foot", None)
    quality = {**row["result"]["quality"], "foot_to_lens_deg": {"left": foot, "right": foot}}
    result = {**row["result"], "side": side, "measures": measures, "quality": quality}
    return {**row, "date": date, "side": side, "kind": "test_day", "result": result, **changes}


@cache
def one_row() -> dict[str, Any]:
    """Return a stored analysis in the form that a history returns."""
    with tempfile.TemporaryDirectory() as folder, kp.History(Path(folder) / "w.sqlite") as history:
        history.add_subject("K1")
        session = history.add_session("K1", kind="test_day", camera="lab", date=day(0))
        history.add_analysis(session, kp.analyze(squats("right"), "single_leg_squat", side="right"))
        (row,) = history.analyses("K1")
    return row


def stored_course(
    weeks: Sequence[float], course: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    """Return stored analyses of test days with these knee-inward angles by side."""
    return [
        stored_row(one_row(), day(week), side, values[i], space="world")
        for i, week in enumerate(weeks)
        for side, values in course.items()
    ]


def no_change(
    row: Mapping[str, Any],
    weeks: Sequence[float],
    rng: np.random.Generator,
    *,
    sem: float,
    yaw: float,
    change: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """Return test days of both legs with a between-day error and a camera set up anew each day.

    The camera is turned by up to ±`yaw` degrees, which affects the two legs with opposite signs and
    appears in the foot angle with its own error. From week 0 on, `change` is added to a side.
    """
    rows = []
    for week in weeks:
        turned = rng.uniform(-yaw, yaw)
        for side, sign in (("left", -1.0), ("right", 1.0)):
            true = {"left": 5.0, "right": 14.0}[side]
            if change and week > 0:
                true += change.get(side, 0.0)
            value = true + rng.normal(0.0, sem) + sign * YAW_SLOPE * turned
            foot = turned + sign * TOE_OUT_DEG + rng.normal(0.0, FOOT_SD_DEG)
            rows.append(stored_row(row, day(week), side, value, space="image", foot=foot))
    return rows


#: Knee-inward angles of the right leg on two baseline days and three later ones, for each kind of
#: change.
COURSES = (
    (14, 14, 12, 5, 4), (5, 5, 8, 15, 16), (-14, -14, -10, -5, -4), (-5, -5, -9, -15, -16),
    (5, 5, 1, -8, -9), (-5, -5, 0, 8, 9), (5, 5, 5, 5, 5), (5, 5, 5, 5, 16), (5, 5, 16, 16, 5),
)  # fmt: skip


def all_trends() -> Iterator[Trend]:
    """Yield trends of all kinds: each change, with less, more or equal pain, and gaps."""
    empty: dict[str, list[dict[str, Any]]] = {name: [] for name in ENTRIES}
    weeks = (-1.0, 0.0, 3.0, 6.0, 8.0)
    own = [{"date": day(0), "exercise": "single_leg_squat", "measure": "fppa_at_60"}]
    pains = ((6, 2), (2, 6), (4, 4), (4,), ())
    plan = {"exercise": "clamshell", "date": day(0), "until": None, "per_week": 3}
    done = [{"exercise": "clamshell", "date": day(week)} for week in (0, 1, 5)]
    states = [
        {"exercise": "clamshell", "date": day(week), "state": state}
        for week, state in ((0.3, "part"), (0.6, "not_done"))
    ]
    for number, values in enumerate(COURSES):
        rows = stored_course(weeks, {"right": values, "left": [5.0] * 5})
        if number == 1:
            rows[-1] = {**rows[-1], "shoes": "boots"}
        if number == 2:
            rows = stored_course(weeks[:2], {"right": values[:2]})
        pain = [
            {"date": day(6 * i), "side": "right", "worst": float(one), "usual": None}
            | {"during": float(one), "after_24h": None}
            for i, one in enumerate(pains[number % len(pains)])
        ]
        scores = [
            {"date": day(7 * i), "scale": scale, "total": total}
            for scale, pair in (
                ("akps", (60, 72)), ("koos_pf", (70, 52)), ("vas_worst", (5, 5)),
                ("global_change", (2, 3)),
            )
            for i, total in enumerate(pair)
        ]  # fmt: skip
        for is_own, involved in ((True, "right"), (False, "both"), (True, "none"), (False, "left")):
            tables = {**empty, "pain": pain, "score": scores}
            tables |= {"prescription": [plan], "logged_set": done, "adherence": states}
            tables["reliability"] = [{**row, "sem": 1.5, "freedom": 10} for row in own if is_own]
            subject = {"pseudonym": "K1", "involved": involved}
            on = START + datetime.timedelta(weeks=9)
            yield trend_of(subject, rows, tables, exercise=None, on=on)
    yield trend_of({"pseudonym": "K1", "involved": "none"}, [], empty, exercise=None, on=START)
