"""Tests of several trials of one leg with one repetition each, compared like one recording."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from matplotlib.figure import Figure

import kneepose as kp
from kneepose import plots
from tests.support.cameras import Camera, floor_below
from tests.support.datasets import opensim, recording
from tests.support.lifts import lifted

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
NEAR = {"deg": 0.25, "s": 1 / 30, "shank": 0.005, "leg": 0.005}
"""Tolerances between joined trials and the whole recording.

Cuts lie in rests that are longer than the memory of the 4 Hz low-pass (0.3 s). Only the level of
rest, and with it the moment at 10 % of the range, may change by a frame; values at a depth or at
the bottom do not.
"""


@cache
def source(side: Side, kind: str = "sample") -> kp.Recording:
    if kind == "sample":
        return kp.sample(f"single_leg_squat_{side}")
    return recording(opensim(f"sls_{side}_healthy"), kind)


@cache
def whole(side: Side, kind: str = "sample") -> kp.analysis.Analysis:
    return kp.analyze(source(side, kind), "single_leg_squat", side=side)


@cache
def trials(side: Side, kind: str = "sample") -> tuple[kp.analysis.Analysis, ...]:
    """Return analyses of trials cut from the recording in the middle of each rest."""
    reps = whole(side, kind).reps
    # Indices of the conditioned recording are those of the source, as it was not resampled.
    cuts = [0, *((a.end + b.start) // 2 for a, b in itertools.pairwise(reps)), None]
    return tuple(
        kp.analyze(source(side, kind)[a:b], "single_leg_squat", side=side)
        for a, b in itertools.pairwise(cuts)
    )


def standing(side: Side) -> kp.analysis.Analysis:
    """Return the analysis of somebody who never bends the knee."""
    first = source(side)
    still = np.repeat(first.coordinates[:1], 300, axis=0)
    still = still + np.random.default_rng(0).normal(0.0, 0.0005, still.shape)
    rec = kp.Recording(
        still, skeleton=first.skeleton, fps=60, up=first.up, estimator=first.estimator
    )
    return kp.analyze(rec, "single_leg_squat", side=side)


def both(kind: str = "sample", **options: Any) -> kp.comparison.Comparison:
    left, right = (list(trials(side, kind)) for side in SIDES)
    return kp.compare(left, right, **options)


# --- trials give the numbers of the whole recording ---------------------------------------------


@pytest.mark.parametrize("kind", ["sample", "world", "image"])
def test_trials_say_what_the_whole_recording_says(kind: str) -> None:
    one = kp.compare(*(whole(side, kind) for side in SIDES))
    cut = both(kind)
    for side, joined in zip(SIDES, (cut.first, cut.second), strict=True):
        assert [trial.reps.count for trial in trials(side, kind)] == [1] * len(
            whole(side, kind).reps
        )
        assert joined.reps.count == whole(side, kind).reps.count
        assert joined.recording.meta["trials"] == len(trials(side, kind))
    assert {m.name for m in cut.measures} == {m.name for m in one.measures}
    for m in one.measures:
        other = cut[m.name]
        assert (other.first_n, other.second_n) == (m.first_n, m.second_n), m.name
        near = NEAR[m.unit]
        means = ((other.first, m.first), (other.second, m.second), (other.difference, m.difference))
        for got, want in means:
            assert got == pytest.approx(want, abs=near), m.name
        assert (other.verdict, other.reason) == (m.verdict, m.reason)
    assert one.primary is not None
    assert cut.primary is not None
    assert cut.primary.name == one.primary.name
    want = "larger_than_borrowed" if kind == "sample" else "no_detectable_difference"
    assert cut.primary.verdict == want
    assert cut.paired is False
    assert cut.direction == "right − left"


def test_the_values_are_those_of_the_trials_in_order() -> None:
    cut = both().first
    for name, measure in cut.measures.items():
        each = [trial.measures[name].values for trial in trials("left")]
        np.testing.assert_array_equal(measure.values, np.concatenate(each))
        assert len(measure.validity) == len(measure.full) == len(cut.reps)
    assert (np.diff(cut.recording.times) > 0).all()
    assert len(cut.angles["fppa", "left"].values) == cut.recording.n_frames
    for rep, trial in zip(cut.reps, trials("left"), strict=True):
        alone = trial.reps[0]
        assert rep.bottom_s - rep.start_s == pytest.approx(alone.bottom_s - alone.start_s)
        bend = cut.angles["knee_flexion", "left"].values
        assert bend[rep.bottom] == trial.angles["knee_flexion", "left"].values[alone.bottom]
        assert cut.recording.times[rep.bottom] == pytest.approx(rep.bottom_s, abs=0.02)
    assert [rep.number for rep in cut.reps] == list(range(1, len(cut.reps) + 1))


def test_one_in_a_list_is_that_one_and_lists_may_stand_on_one_side() -> None:
    left, right = whole("left"), whole("right")
    assert kp.compare([left], (right,)).to_dict() == kp.compare(left, right).to_dict()
    mixed = kp.compare(list(trials("left")), right)
    assert mixed.second is right
    assert mixed["fppa_at_60"].verdict == "larger_than_borrowed"


def test_a_few_repetitions_a_trial() -> None:
    half = whole("left").reps[3].start - 20
    parts = (source("left")[:half], source("left")[half:])
    two = [kp.analyze(part, "single_leg_squat", side="left") for part in parts]
    assert [a.reps.count for a in two] == [3, 4]
    m = kp.compare(two, whole("right"))["fppa_at_60"]
    assert m.first_n == 7
    assert m.first == pytest.approx(whole("left").measures["fppa_at_60"].mean, abs=NEAR["deg"])


def test_trials_that_are_too_few_have_no_verdict() -> None:
    three = kp.compare(list(trials("left")[:3]), whole("right"))
    assert three["fppa_at_60"].reason is kp.validity.Validity.TOO_FEW_REPS
    assert three.primary is None


def test_a_trial_without_a_repetition_adds_nothing() -> None:
    one = both()
    for place in (0, 3, 7):
        left = [*trials("left")[:place], standing("left"), *trials("left")[place:]]
        more = kp.compare(left, list(trials("right")))
        assert more.first.reps.count == one.first.reps.count
        for m in one.measures:
            assert more[m.name].first == pytest.approx(m.first, abs=1e-9)
            assert (more[m.name].first_n, more[m.name].verdict) == (m.first_n, m.verdict)
        assert "nan" not in repr(more).lower()
    nothing = kp.compare([standing("left"), replace(standing("left"))], list(trials("right")))
    assert nothing.primary is None
    assert "no repetition was found on the left side" in nothing.summary()


# --- trials that must not be joined ---------------------------------------------------------------


def test_lists_that_do_not_belong_together() -> None:
    left, right = trials("left"), whole("right")
    squat = kp.analyze(kp.sample("squat"), "squat", side="left")
    clamshell = lifted("clamshell", "left")
    for wrong, words in (
        ([left[0], trials("right")[0]], r"the side differs: 'left' and 'right'.*of one side"),
        ([left[0], squat], r"the exercise differs: .*compare recordings of one exercise"),
        ([left[0], clamshell], r"the exercise differs: .*compare recordings of one exercise"),
        ([left[0], left[1], left[0]], r"given twice; give another recording"),
        ([], r"is an empty list; give an Analysis"),
        ((), r"is an empty list; give an Analysis"),
        (None, r"is NoneType; give an Analysis"),
        (source("left"), r"is Recording; give an Analysis"),
        ([left[0], source("left")], r"is Analysis, Recording; give an Analysis"),
        ([list(left)], r"is list; give an Analysis"),
    ):
        with pytest.raises(kp.errors.KneeposeError, match=words):
            kp.compare(wrong, right)  # type: ignore[arg-type]
        with pytest.raises(kp.errors.KneeposeError, match=words):
            kp.compare(right, wrong)  # type: ignore[arg-type]
    for argument, given in (("first", ([], right)), ("second", (right, []))):
        with pytest.raises(kp.errors.KneeposeError, match=f"^{argument} is an empty list"):
            kp.compare(*given)
    with pytest.raises(kp.errors.KneeposeError, match="the same analysis"):
        kp.compare([right], [right])


def test_spaces_and_skeletons_are_not_mixed() -> None:
    flat, deep = whole("left", "image"), whole("left", "world")
    with pytest.raises(kp.errors.KneeposeError, match="the space differs"):
        kp.compare([flat, deep], whole("right", "world"))
    source_ = source("left", "image")
    footless = kp.Recording(source_.coordinates[:, :17], skeleton="coco17", times=source_.times)
    other = kp.analyze(footless, "single_leg_squat", side="left")
    with pytest.raises(kp.errors.KneeposeError, match="the skeleton differs"):
        kp.compare([flat, other], whole("right", "image"))


def test_a_trial_stands_on_one_side_only() -> None:
    """A trial may not be on both sides of a comparison, here the third of one leg at two dates."""
    with pytest.raises(kp.errors.KneeposeError, match="same analysis"):
        kp.compare(list(trials("left")[:4]), list(trials("left")[3:]))


def test_a_camera_that_turned_for_some_trials_makes_no_difference() -> None:
    """The legs are mirror images; per side eight trials are straight and four turned by 12°."""
    sides = []
    for side in SIDES:
        made = []
        for kind, yaw in itertools.product(("mirror", "healthy"), (0.0, 12.0)):
            data = opensim(f"sls_{side}_{kind}")
            aim = floor_below(data["keypoints"], f"{side}_ankle")
            xy = Camera(yaw).see(data["keypoints"], aim)
            rec = kp.Recording(
                xy, skeleton="halpe26", times=data["times"], resolution_wh=(1080, 1920)
            )
            reps = kp.analyze(rec, "single_leg_squat", side=side).reps
            cuts = [0, *((a.end + b.start) // 2 for a, b in itertools.pairwise(reps)), None]
            parts = list(itertools.pairwise(cuts))
            made += [
                kp.analyze(rec[a:b], "single_leg_squat", side=side)
                for a, b in (parts[4:] if yaw else parts[:4])
            ]
        sides.append(made)
    several = kp.compare(*sides)
    assert several.primary is not None
    assert (several.primary.first_n, several.primary.second_n) == (12, 12)
    assert several.primary.verdict is not kp.comparison.Verdict.DIFFERENT, several.summary()


def test_exercises_of_one_name_with_other_angles_are_not_mixed_up() -> None:
    """Trials of different exercises with the same name are refused or joined by name, not by
    column.

    Otherwise the second trial's pelvic drop would end up in the first one's column of the knee
    angle.
    """
    own = [
        kp.ExerciseSpec("dip", signal="knee_flexion", min_range=20.0, posture="any", measures=(m,))
        for m in ("fppa", "pelvic_drop")
    ]
    one, two = (kp.analyze(kp.sample("squat"), spec, side="left") for spec in own)
    try:
        joined = kp.compare([one, two], kp.analyze(kp.sample("squat"), own[0], side="right")).first
    except kp.errors.KneeposeError:
        return
    drop = two.angles["pelvic_drop", "left"].values
    if ("fppa", "left") in joined.angles:
        column = joined.angles["fppa", "left"].values
        assert not np.array_equal(column[-len(drop) :], drop, equal_nan=True)


# --- one leg at two dates, pages, figures ----------------------------------------------------------


def test_one_leg_at_two_dates() -> None:
    first, second = list(trials("left")[::2]), list(trials("left")[1::2])
    dates = kp.compare(first, second)
    assert dates.direction == "second − first"
    assert (dates.first.reps.count, dates.second.reps.count) == (4, 3)
    later = kp.compare(list(trials("left")), replace(whole("left")))
    m = later.primary
    assert m is not None
    assert m.verdict == "no_detectable_difference"
    assert m.difference == pytest.approx(0.0, abs=NEAR["deg"])
    assert not later.paired
    assert "in both recordings the knee points equally far inward" in later.summary()
    back = kp.compare(replace(whole("left")), list(trials("left")))
    assert back["fppa_at_60"].difference == pytest.approx(-m.difference, abs=1e-9)


def test_one_leg_that_changed() -> None:
    """A leg with a deficit, mirrored to a left one, is compared with the healthy left leg."""
    mirrored = [
        kp.analyze(trial.source.mirror(), "single_leg_squat", side="left")
        for trial in trials("right")
    ]
    changed = kp.compare(mirrored, list(trials("left")), mdc={"fppa_at_60": 5.0})
    assert changed["fppa_at_60"].verdict == "different"
    want = -both()["fppa_at_60"].difference
    assert changed["fppa_at_60"].difference == pytest.approx(want, abs=1e-6)
    assert "less inward in the second recording" in changed.summary()


@pytest.mark.slow
def test_the_page_the_words_and_the_figures(tmp_path: Path) -> None:
    for kind in ("sample", "image"):
        cut = both(kind)
        text = repr(cut)
        assert text.startswith(cut.summary())
        assert "not a medical device" in text
        page = cut.to_html(tmp_path / "trials.html").read_text(encoding="utf-8")
        assert "fppa" in page
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert f"left {cut.first.reps.count}, right {cut.second.reps.count}" in words
        for shown in (text, cut._repr_html_(), re.sub(r"<style.*?</style>", "", page, flags=re.S)):
            assert not re.search(r"\bnan\b", shown.lower())
        json.dumps(cut.to_dict(), allow_nan=False)
        for figure in (
            plots.plot_angle_over_time(cut),
            plots.plot_normalized_reps(cut, "fppa"),
            plots.plot_differences(cut),
        ):
            assert isinstance(figure, Figure)
            figure.canvas.draw()


def test_courses_of_trials_are_those_of_the_whole() -> None:
    one, cut = kp.compare(*map(whole, SIDES)).waveform("fppa"), both().waveform("fppa")
    for name in ("first", "second", "difference"):
        got, want = getattr(cut, name), getattr(one, name)
        np.testing.assert_allclose(got.mean, want.mean, rtol=0, atol=NEAR["deg"])
        assert np.isfinite(got.low).all()
    assert cut.largest == pytest.approx(one.largest, abs=NEAR["deg"])
    assert abs((cut.largest_at or 0) - (one.largest_at or 0)) <= 5


def test_other_exercises_join_too() -> None:
    sides = [
        [lifted("clamshell", side, peaks=(peak, peak)) for peak in (0.9, 1.0, 1.1)]
        for side in SIDES
    ]
    joined = kp.compare(*sides)
    assert joined.first.reps.count == sum(a.reps.count for a in sides[0]) == 6
    assert joined.primary is not None
    assert joined.primary.name == "peak_opening"
    values = [value for a in sides[1] for value in a.measures["peak_opening"].counted]
    assert joined.primary.second == pytest.approx(np.mean(values))
