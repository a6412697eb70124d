"""Tests of comparisons of analyses with different set-ups: noted or refused; own changes only for
equal set-ups.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import numpy as np
import pytest

import kneepose as kp
from kneepose.analysis import Analysis
from kneepose.comparison import Verdict
from tests.support.cameras import Camera, floor_below
from tests.support.datasets import opensim

Side = Literal["left", "right"]
NAME = "single_leg_squat"


@cache
def source(side: Side) -> kp.Recording:
    return kp.sample(f"{NAME}_{side}").labeled(model_hash="0123456789abcdef", file_hash="f" * 64)


def made(recording: kp.Recording, side: Side = "left", **options: Any) -> Analysis:
    return kp.analyze(recording, NAME, side=side, **options)


@cache
def leg(side: Side = "left") -> Analysis:
    return made(source(side), side)


def notes(first: Analysis, second: Analysis) -> str:
    return " ".join(kp.compare(first, second).notes)


def streamed() -> Analysis:
    rec = source("left")
    live = kp.Stream(NAME, side="left", skeleton=rec.skeleton, up=rec.up)
    live.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    done = live.finish()
    return replace(
        done,
        source=done.source._replace(estimator=rec.estimator),
        recording=done.recording._replace(estimator=rec.estimator),
    )


def every_second_frame() -> Analysis:
    return made(source("left")[::2])


def of_size(factor: float) -> Analysis:
    rec = source("left")
    return made(rec._replace(coordinates=factor * rec.coordinates))


UNLIKE = {
    "cut-off": (lambda: made(source("left"), cutoff_hz=6.0), "The cut-off of the low-pass differs"),
    "gap": (lambda: made(source("left"), max_gap_s=0.1), "The longest gap that is filled differs"),
    "frame rate": (every_second_frame, "The frame rate differs"),
    "model file": (
        lambda: made(source("left").labeled(model_hash="fedcba987654")),
        "The model file differs (0123456789ab and fedcba987654)",
    ),
    "live": (streamed, "The filter differs (recorded and live)"),
    "larger body": (lambda: of_size(1.2), "20 % longer in the second recording. Is this another"),
    "smaller body": (lambda: of_size(0.8), "20 % shorter in the second recording"),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_what_is_unlike_has_a_note(name: str) -> None:
    other, words = UNLIKE[name]
    again = made(source("left")[3:])
    assert words not in notes(leg(), again)
    assert words in notes(leg(), other())
    assert words in " ".join(kp.compare(leg(), other()).to_dict()["notes"])


def test_two_named_persons_have_a_note() -> None:
    ann, bea = (made(source("left").labeled(subject=name)) for name in ("ann", "bea"))
    assert "name two persons (ann and bea)" in notes(ann, bea)
    assert "persons" not in notes(ann, made(source("left").labeled(subject="ann")))


@cache
def seen(view: str, side: Side = "left") -> Analysis:
    data = opensim(f"sls_{side}_healthy")
    camera = Camera(180.0 if view == "back" else 0.0)
    aim = floor_below(data["keypoints"], f"{side}_ankle")
    rec = kp.Recording(
        camera.see(data["keypoints"], aim), skeleton="halpe26", times=data["times"],
        resolution_wh=camera.size_wh, view=view,
    )  # fmt: skip
    return made(rec, side)


def test_another_view_has_a_note() -> None:
    assert (seen("front").view, seen("back").view) == ("front", "back")
    assert "The camera view differs (from the front and from the back)" in notes(
        seen("front"), seen("back")
    )
    assert "camera view" not in notes(seen("front"), seen("front", "right"))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: kp.analyze(kp.sample("squat"), "squat", side="left"), "the exercise differs"),
        (lambda: seen("front"), "the space differs"),
        (lambda: made(source("left")._replace(estimator="other 2.0")), "the estimator differs"),
    ],
)
def test_what_changes_the_numbers_altogether_is_refused(other: Any, words: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=words):
        kp.compare(leg(), other())


# --- own detectable changes --------------------------------------------------------------------------


def repeats(days: tuple[str | None, ...], view: Side = "left", **options: Any) -> list[Analysis]:
    """Return analyses of the same leg with different noise of 2 mm."""
    found = []
    for seed, day in enumerate(days):
        rec = source(view)
        noise = np.random.default_rng(seed).normal(0.0, 0.002, rec.coordinates.shape)
        noisy = rec._replace(coordinates=rec.coordinates + noise).labeled(date=day)
        found.append(made(noisy, view, **options))
    return found


SAME_DAY = ("2026-03-01",) * 6
DAYS = tuple(f"2026-03-{day:02}" for day in range(1, 7))


@cache
def within() -> kp.comparison.Reliability:
    return kp.reliability(repeats(SAME_DAY))


@cache
def between() -> kp.comparison.Reliability:
    return kp.reliability(repeats(DAYS))


def test_a_borrowed_change_never_gives_different() -> None:
    both = kp.compare(leg(), leg("right"))
    m = both["fppa_at_60"]
    assert (m.verdict, m.basis) == (Verdict.LARGER_THAN_BORROWED, "borrowed")
    assert m.reason is kp.validity.Validity.NO_DETECTABLE_CHANGE
    assert both.summary().endswith(
        "larger than hand-measured error (9°); not shown for this camera."
    )
    (row,) = kp.tables.borrowed()
    assert m.borrowed == row
    for word in ("Munro", "by hand", "25 to 30 degrees"):
        assert word in " ".join(both.notes)
    assert not {one.verdict for one in both.measures} & {Verdict.DIFFERENT}


def test_ones_own_change_is_for_its_own_question() -> None:
    assert (within().between, between().between) == ("session", "day")
    legs = kp.compare(leg(), leg("right"), mdc=within())
    assert legs["fppa_at_60"].basis == "own"
    assert legs["fppa_at_60"].verdict is Verdict.DIFFERENT
    other = kp.compare(leg(), leg("right"), mdc=between())
    assert other["fppa_at_60"].basis == "borrowed"
    assert other["fppa_at_60"].verdict is Verdict.LARGER_THAN_BORROWED
    assert "This comparison needs the error within a session" in " ".join(other.notes)
    dates = [made(source("left").labeled(date=day)) for day in ("2026-03-01", "2026-04-01")]
    assert kp.compare(*dates, mdc=between())["fppa_at_60"].basis == "own"
    assert "needs the error between days" in " ".join(kp.compare(*dates, mdc=within()).notes)


def test_repeats_without_a_date_say_what_they_are() -> None:
    undated = repeats((None,) * 6)
    assert kp.reliability(undated).between is None
    assert kp.reliability(undated, between="day").between == "day"
    unknown = kp.compare(leg(), leg("right"), mdc=kp.reliability(undated))
    assert "neither day nor session" in " ".join(unknown.notes)
    with pytest.raises(kp.errors.KneeposeError, match="between is 'day', but the recordings are"):
        kp.reliability(repeats(SAME_DAY), between="day")
    with pytest.raises(kp.errors.UnknownNameError, match="week"):
        kp.reliability(undated, between="week")  # type: ignore[arg-type]


def test_ones_own_change_of_another_set_up_is_not_used() -> None:
    other_filter = [made(source(side), side, cutoff_hz=6.0) for side in ("left", "right")]
    both = kp.compare(*other_filter, mdc=within())
    assert {m.basis for m in both.measures} == {"", "borrowed"}
    assert "another set-up" in " ".join(both.notes)
    assert "cut-off of the low-pass differs (4 Hz and 6 Hz)" in " ".join(both.notes)
    mixed = kp.reliability([*repeats(SAME_DAY[:3]), *repeats(SAME_DAY[3:], cutoff_hz=6.0)])
    assert mixed.set_up["cutoff_hz"] == "several"
    assert "(several and 4 Hz)" in " ".join(kp.compare(leg(), leg("right"), mdc=mixed).notes)


# --- comparison of two legs recorded in one set ---------------------------------------------------


def test_two_legs_of_one_set_are_told_of_in_this_set() -> None:
    both = kp.compare(*kp.analyze_sides(kp.sample("squat"), "squat"))
    assert "in this set: at 60°" in both.summary()
    told = [note for note in both.notes if "middle of the hips" in note]
    assert len(told) == 1
    values = both.first.measures["pelvis_shift_at_60"].counted
    assert f"{100 * abs(values.mean()):.1f} % of the stance width" in told[0]
    assert f"{len(values)} repetitions" in told[0]
    text = repr(both).lower()
    assert "load" not in text
    assert "weight" not in text


def squat_seen(yaw: float) -> kp.comparison.Comparison:
    rec = kp.sample("squat")
    camera = Camera(yaw)
    middle = 0.5 * (
        floor_below(rec.coordinates, "left_ankle") + floor_below(rec.coordinates, "right_ankle")
    )
    image = kp.Recording(
        camera.see(rec.coordinates, middle), skeleton=rec.skeleton, times=rec.times,
        resolution_wh=camera.size_wh, view="front",
    )  # fmt: skip
    return kp.compare(*kp.analyze_sides(image, "squat"))


def test_the_turn_of_the_camera_has_its_part_in_the_shift_of_the_pelvis() -> None:
    straight, turned = squat_seen(0.0), squat_seen(4.0)
    shifts = [one.first.measures["pelvis_shift_at_60"].mean for one in (straight, turned)]
    assert shifts[1] - shifts[0] == pytest.approx(4 * 0.0058, rel=0.1)
    (told,) = (note for note in turned.notes if "middle of the hips" in note)
    part = re.search(r"the turn of the camera, ([\d.]+)°, can make ([\d.]+) % of it", told)
    assert part is not None
    assert float(part[2]) == pytest.approx(0.58 * float(part[1]), abs=0.06)
    assert "the turn of the camera" not in " ".join(straight.notes)


def test_two_legs_of_one_set_ask_for_the_camera_first() -> None:
    """A turned camera shifts both knees in the same direction: one inward, the other outward."""
    straight, turned = squat_seen(0.0), squat_seen(12.0)
    assert straight.camera is not None
    assert straight.camera.guard is None
    assert any("middle of the hips" in note for note in straight.notes)
    assert turned.camera is not None
    assert turned.camera.guard is kp.validity.Validity.CAMERA_TURNED
    assert not any("middle of the hips" in note for note in turned.notes)
    judged = [m for m in turned.measures if m.has_verdict]
    assert {m.verdict for m in judged} <= {Verdict.INCONCLUSIVE}
