"""Tests that all errors derive from KneeposeError."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.squat_sample import SQUAT, WAVE, measure


def test_error_family() -> None:
    for error in (
        kp.errors.SkeletonError,
        kp.errors.CoordinateError,
        kp.errors.TimeError,
        kp.errors.FormatError,
    ):
        assert issubclass(error, kp.errors.KneeposeError)
    assert issubclass(kp.errors.KneeposeError, ValueError)
    assert issubclass(kp.errors.UnknownNameError, KeyError)
    assert issubclass(kp.errors.DependencyError, ImportError)
    assert str(kp.errors.UnknownNameError("it isn't there")) == "it isn't there"
    assert (
        str(kp.errors.DependencyError("pip install kneepose[video]"))
        == "pip install kneepose[video]"
    )
    again = pickle.loads(pickle.dumps(kp.errors.UnknownNameError("gone")))
    assert (type(again), str(again)) == (kp.errors.UnknownNameError, "gone")
    unknown = kp.errors.UnknownNameError.of(
        "angle", "Knee-Flexion", ["hip_flexion", "knee_flexion"]
    )
    assert "did you mean 'knee_flexion'" in str(unknown)


MY_ANGLE = ("hip", "knee", "ankle")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", MY_ANGLE, measure="bendd")]),
            id="unknown measure in a row",
        ),
        pytest.param(lambda: measure(names=[kp.AngleSpec("mine", ("hip",))]), id="too few points"),
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", ("hipp", "knee", "ankle"))]),
            id="unknown landmark in a row",
        ),
        pytest.param(lambda: measure(heading=[1, 2]), id="heading of two"),
        pytest.param(lambda: measure(standing=[1.0]), id="standing of one"),
        pytest.param(lambda: measure(names=[("knee_flexion", "left", 1)]), id="name of three"),
        pytest.param(lambda: measure(names=[()]), id="name of none"),
        pytest.param(lambda: kp.joint_angles(SQUAT)["a", "b", "c"], id="angles[a, b, c]"),
        pytest.param(lambda: kp.joint_angles(SQUAT, heading="abc"), id="heading of text"),
        pytest.param(
            lambda: arrays.joint_angles([[1, 2], [3]], skeleton="coco17"), id="ragged points"
        ),
        pytest.param(
            lambda: arrays.segment_reps(WAVE, fs=30, allowed=[[1], [2, 3]]), id="ragged allowed"
        ),
        pytest.param(lambda: arrays.asymmetry([[1, 2], [3]], 1.0), id="ragged left"),
        pytest.param(lambda: arrays.count_score([-1], [0]), id="negative count"),
        pytest.param(lambda: arrays.count_score([2**40], [0]), id="huge count"),
        pytest.param(lambda: arrays.count_score([np.nan], [0]), id="count NaN"),
        pytest.param(lambda: kp.Skeleton("x", ["\ud800"]), id="half a character"),
        pytest.param(lambda: kp.Skeleton("x", ["a"], min_confidence="a"), id="confidence of text"),
        pytest.param(
            lambda: kp.Recording(np.ones((9, 17, 2)), skeleton="coco17", fps=5e-324), id="no fps"
        ),
        pytest.param(lambda: kp.read(Path(__file__).parent), id="folder"),
    ],
)
def test_every_error_is_of_the_family(call: Callable[[], Any]) -> None:
    with pytest.raises(kp.errors.KneeposeError):
        call()


HUGE = 10**400
LONG = "x" * 100_000


WRONG: dict[str, Callable[[], Any]] = {
    "threshold": lambda: kp.Criterion("duration_s", HUGE, None, "below"),
    "fps": lambda: kp.Recording(SQUAT.coordinates, skeleton="halpe26", fps=HUGE, up="y"),
    "sd": lambda: kp.joint_angles(SQUAT, sd=HUGE),
    "min_confidence": lambda: kp.Skeleton("x", ["a"], min_confidence=HUGE),
    "fs": lambda: arrays.lowpass(WAVE, fs=HUGE),
    "text as fs": lambda: arrays.fill_gaps(WAVE, fs="x"),
    "no beta": lambda: arrays.one_euro(WAVE, fs=30, beta=None),
    "text as prominence": lambda: arrays.find_peaks(WAVE, prominence="x"),
    "coverage": lambda: arrays.bootstrap_interval(WAVE, WAVE, confidence=HUGE),
    "cutoff_hz": lambda: SQUAT.conditioned(cutoff_hz=HUGE),
    "max_gap_s": lambda: kp.analyze(SQUAT, "squat", side="left", max_gap_s=None),
    "no keypoints": lambda: kp.Skeleton("x", None),
    "a number as landmarks": lambda: kp.Skeleton("x", ["a"], landmarks=5),
    "an array as meta": lambda: kp.Recording(
        SQUAT.coordinates, skeleton="halpe26", fps=30, up="y", meta=np.ones((9, 2))
    ),
    "columns of two lengths": lambda: kp.tables.write({"a": WAVE, "b": WAVE[:3]}, "a.csv"),
    "a number as column": lambda: kp.tables.write({"a": 5}, "a.csv"),
    "a number as names": lambda: kp.tables.reps(kp.analyze_sides(SQUAT, "squat"), names=5),
}
#: Names that no file can have.
NO_PATHS: dict[str, Callable[[Any], Any]] = {
    "save": SQUAT.save, "write": lambda path: kp.tables.write({"a": WAVE}, path), "read": kp.read,
    "History": kp.History, "Study.new": lambda path: kp.Study.new(path, "squat", camera="x"),
    "Study": kp.Study, "Video": kp.Video,
    "archive.write": lambda path: kp.archive.write({"a": SQUAT}, path),
    "archive.read": lambda path: list(kp.archive.read(path)),
    "annotate": lambda path: kp.annotate("a.mp4", kp.analyze_sides(SQUAT, "squat"), path),
    "annotated": lambda path: kp.annotate(path, kp.analyze_sides(SQUAT, "squat"), "b.mp4"),
}  # fmt: skip


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
@pytest.mark.parametrize("call", NO_PATHS)
def test_a_name_that_no_file_can_have_is_told(call: str, path: str) -> None:
    with pytest.raises(kp.KneeposeError) as found:
        NO_PATHS[call](path)
    assert "\0" not in str(found.value)
    str(found.value).encode()


#: Calls that read a file of the user, with a pipe in its place; the ending is that of the format.
PIPES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "read": ("npz", kp.read),
    "read csv": ("csv", kp.read),
    "a clip": ("mp4", kp.Video),
    "a picture": ("png", lambda path: list(kp.Video(path.parent, fps=30))),
    "a model": ("task", kp.video.hash_of),
    "a study result": ("json", lambda path: kp.compare(*SIDES, mdc=path)),
    "a history": ("sqlite", kp.History),
    "annotations": ("labels.json", lambda path: kp.evaluate(SQUAT.save(path.parent / "a.npz"))),
    "a font": ("ttf", lambda path: kp.draw(FRAME, SIDES, 1.0, order="rgb", font=path)),
    "a page to remember": ("html", lambda path: remembered(path)),
}
FRAME = np.zeros((90, 90, 3), np.uint8)
SIDES = kp.analyze_sides(SQUAT, "squat")


def remembered(path: Path) -> None:
    with kp.History(path.parent / "weeks.sqlite") as history:
        history.add_subject("P1")
        history.remember_page("P1", path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(name: str, tmp_path: Path) -> None:
    for needed in {"a clip": ["av"], "a picture": ["PIL"], "a font": ["PIL"]}.get(name, []):
        pytest.importorskip(needed)
    ending, call = PIPES[name]
    pipe = tmp_path / f"a.{ending}"
    os.mkfifo(pipe)
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waits for the pipe"))
    signal.alarm(30)
    try:
        with pytest.raises(kp.KneeposeError):
            call(pipe)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_wrong_values_are_told_as_such(call: Callable[[], Any]) -> None:
    with pytest.raises(kp.KneeposeError) as found:
        call()
    assert len(str(found.value)) > 10


def test_a_message_stays_short_whatever_it_shows() -> None:
    for given in (LONG, np.zeros((500, 500)), [LONG] * 9):
        with pytest.raises(kp.KneeposeError) as found:
            kp.Criterion("duration_s", given, None, "below")
        said = str(found.value)
        assert len(said) < 2000
        assert said.startswith("Criterion of 'duration_s': threshold is ")
        assert said.endswith("it must be a finite number.")
    again = pickle.loads(pickle.dumps(found.value))
    assert str(again) == said
