"""Tests of exact counts on simulated people who film themselves (rep_scenarios.py).

The lower limits are just below values measured on other seeds. Seeds 900 to 902 have low and usual
noise. Seeds 1203 to 1206, of which every fourth has poor estimates, are in the shares of each
exercise.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import opensim, recording
from tests.support.rep_scenarios import Outcome, films, listed, outcome, scenario

pytestmark = pytest.mark.slow

VIEWS = ("world", "front")
MIXED = range(1203, 1207)
USUAL = (900, 901, 902)
SETS = [name for name in listed() if ": no, " not in name]
NOTHING = [name for name in listed() if ": no, " in name]
HARD = [
    "squat: starts at the bottom",
    "squat: starts half way up",
    "squat: starts half way down",
    "squat: ends within",
    "squat: 10 cm",
    "squat: very deep",
    "squat: stands 2 min first",
    "squat: stands 10 min first",
    "squat: walks in",
    "squat: walks off toward",
    "squat: walks off aside",
    "squat: bends and drinks",
    "squat: holds of 12 s",
    "squat: pauses of 20 s",
    "single_leg_squat: legs in turn",
    "single_leg_squat: starts at the bottom",
]
NOT_YET = {
    ("single_leg_squat: legs in turn", "front"): "the other leg's repetitions count too",
    ("squat: 10 cm", "front"): "squats of less than about 60° show too little from the front",
    ("single_leg_squat: starts at the bottom", "front"): "25 to 30° show too little from the front",
    ("squat: bends and drinks", "front"): "bending over with bent knees counts",
    ("squat: no, bends", "world"): "bending over with bent knees counts",
    ("squat: no, jumps", "world"): "jumps one after the other: the body sinks from the air",
}
"""Known failures, each in at least one of three seeds, with the reason."""
GARBAGE = [name for name in NOTHING if name.endswith(("garbage", "legs hidden"))]


@cache
def outcomes(name: str, view: str, seeds: tuple[int, ...]) -> tuple[Outcome, ...]:
    return tuple(
        outcome(name, seed, film)
        for seed in seeds
        for film in films(name, seed, (view,), full=False)
    )


def exact(names: list[str], view: str) -> float:
    """Return the share of recordings with an exact count."""
    of = [o for name in names for o in outcomes(name, view, tuple(MIXED)) if o.scored]
    assert all(o.state == "ok" for o in of), [o for o in of if o.state != "ok"]
    return float(np.mean([o.error == 0 for o in of]))


@pytest.mark.parametrize(
    ("exercise", "view", "sets", "nothing"),
    [
        # The evidence model is fitted on real people; the simulated ones jump, and squat less deep.
        ("squat", "world", 0.95, 0.85),
        ("squat", "front", 0.70, 0.75),
        ("single_leg_squat", "world", 0.95, 0.80),
        # Squats with both feet down are not single-leg squats, so a foot lifted by only centimeters
        # is not recognized.
        ("single_leg_squat", "front", 0.55, 0.58),
        ("clamshell", "world", 0.90, 0.97),
        ("clamshell", "front", 0.85, 0.90),
        ("fire_hydrant", "world", 0.75, None),
    ],
)
def test_the_count_is_exact(exercise: str, view: str, sets: float, nothing: float | None) -> None:
    assert exact([name for name in SETS if name.startswith(f"{exercise}:")], view) >= sets
    none = [name for name in NOTHING if name.startswith(f"{exercise}:")]
    assert (nothing is None) is (not none)
    if nothing is not None:
        assert exact(none, view) >= nothing


@pytest.mark.parametrize(("view", "least"), [("world", 0.95), ("front", 0.80)])
def test_over_everything_that_is_scored(view: str, least: float) -> None:
    assert exact(listed(), view) >= least


def cases(names: list[str], views: tuple[str, ...]) -> list[object]:
    """Return scenario names and views, with known failures marked."""
    return [
        pytest.param(
            name,
            view,
            marks=[pytest.mark.xfail(reason=NOT_YET[name, view], strict=True)]
            if (name, view) in NOT_YET
            else [],
        )
        for name in names
        for view in views
    ]


@pytest.mark.parametrize(("name", "view"), cases(HARD, VIEWS))
def test_hard_cases_are_exact(name: str, view: str) -> None:
    for o in outcomes(name, view, USUAL):
        assert (o.state, o.found) == ("ok", o.truth), o


@pytest.mark.parametrize(
    ("name", "view"), cases([name for name in NOTHING if name.startswith("squat:")], ("world",))
)
def test_what_is_no_squat_counts_none_in_three_dimensions(name: str, view: str) -> None:
    of = outcomes(name, view, USUAL)
    if all(o.scored for o in of):
        assert [o.found for o in of] == [0] * len(of)


# --- recordings without usable keypoints ----------------------------------------------------------


def assert_nothing_is_measured(analysis: kp.analysis.Analysis) -> None:
    """Assert that nothing is counted or measured, and that every refusal has a specific reason."""
    assert analysis.reps.count == 0
    assert not analysis.measures
    assert analysis.refused
    for refusal in analysis.refused:
        assert refusal.reason not in (kp.validity.Validity.OK, kp.validity.Validity.NO_REPS)
        assert refusal.reason.sentence
    for fault in analysis.faults.values():
        assert fault.seen is None
        assert np.isnan(fault.amount)
        assert fault.reason is not kp.validity.Validity.OK
    assert analysis.why_no_reps is not None
    assert analysis.why_no_reps.sentence in analysis.summary()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_gives_no_number_and_a_reason(name: str, view: str) -> None:
    for seed in USUAL:
        (film,) = films(name, seed, (view,), full=False)
        made = scenario(name, seed, film)
        side = made.side
        found = kp.analyze(made.recording, made.exercise, side=side)  # type: ignore[arg-type]
        if made.exercise == "squat":  # the movement was analyzed as a squat, but none is found
            assert found.reps.count == 0
            assert not found.measures
            assert found.why_no_reps is not None
        else:
            assert_nothing_is_measured(found)


@pytest.mark.parametrize("space", ["world", "image"])
def test_legs_that_change_places_for_seconds_count_but_give_no_number(space: str) -> None:
    data = opensim("sls_right_healthy")
    whole = recording(data, space)
    xyz = whole.coordinates.copy()
    legs = [k for k, name in enumerate(whole.skeleton.keypoints)
            if name.endswith(("hip", "knee", "ankle", "heel", "toe"))]  # fmt: skip
    others = [int(whole.skeleton.swap[k]) for k in legs]
    rng = np.random.default_rng(77)
    swapped = np.zeros(len(xyz), dtype=bool)
    while swapped.mean() < 0.25:
        first = int(rng.integers(len(xyz)))
        swapped[first : first + int(rng.integers(30, 60))] = True
    xyz[np.ix_(swapped, legs)] = xyz[np.ix_(swapped, others)]
    damaged = kp.Recording(xyz, skeleton="halpe26", times=data["times"], up=whole.up)
    found = kp.analyze(damaged, "single_leg_squat", side="right")
    assert 0 < found.reps.count <= 6  # after the swap some repetitions are on the other leg
    assert {measure.unit for measure in found.measures.values()} <= {"s"}
    assert kp.validity.Validity.SIDES_SWAPPED in {refusal.reason for refusal in found.refused}


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("exercise", [row["name"] for row in kp.tables.exercises()])
def test_random_points_give_no_number(exercise: str, space: str) -> None:
    points = np.random.default_rng(5).normal(size=(300, 26, 3 if space == "world" else 2))
    try:
        rec = kp.Recording(
            points if space == "world" else 500 + 200 * points,
            skeleton="halpe26",
            fps=30,
            up="y" if space == "world" else None,
        )
    except kp.errors.KneeposeError:
        return  # refused with a message when the recording is created
    assert_nothing_is_measured(kp.analyze(rec, exercise, side="left"))
