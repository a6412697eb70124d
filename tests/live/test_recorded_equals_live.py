"""Tests that analysis without look-ahead equals a stream: values, validity, reasons.

The recorded path conditions the whole recording and then measures it; the live path processes frame
by frame. Only the quality check differs: it uses raw keypoints in a recording and conditioned ones
live. Repetitions are therefore compared only where both checks agree.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core
from kneepose.errors import KneeposeError
from kneepose.exercises.spec import core_exercise
from kneepose.recording.recording import core_recording
from kneepose.validity import Validity
from tests.support.datasets import FULL
from tests.support.film import Film
from tests.support.live_bodies import damaged
from tests.support.own_angles import OWN, from_front
from tests.support.rep_scenarios import SCENARIOS, films, listed

# slow clips warn about their frame rate
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")

LEAST = int(os.environ.get("KNEEPOSE_BOTH_PATHS", "300"))
LONGEST_FRAMES = 3000
"""Maximum number of frames compared; a stream keeps the last 3,600."""
VIEWS = ("world", "mediapipe_world", "front", "back", "left")
SAMPLES = ("squat", "squat_video", "single_leg_squat_left", "single_leg_squat_right")
CODES = list(Validity)


def both(rec: kp.Recording, exercise: Any, side: str, view: str | None) -> tuple[Any, Any] | None:
    """Return the recorded and the live analysis of the same frames; None if the view is not detected."""
    try:
        recorded = _core.analyze(
            core_recording(rec), core_exercise(exercise), side, view, None, 0.2, look_ahead=False
        )
    except KneeposeError:  # the view cannot be detected
        return None
    live = kp.Stream(
        exercise, side=side, skeleton=rec.skeleton, up=rec.up, resolution_wh=rec.resolution_wh,
        view=recorded["view"],
    )  # fmt: skip
    live.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    return recorded, live._core.finish()


def refusing(done: dict[str, Any]) -> list[tuple[int, str]]:
    """Return the findings of the quality check with their severity."""
    return sorted((reason, severity) for reason, severity, _ in done["quality"]["findings"])


def compare(rec: kp.Recording, exercise: Any, side: str, view: str | None = None) -> Counter[str]:
    """Assert that both paths agree, and return the number of compared values by reason."""
    answers = both(rec, exercise, side, view)
    if answers is None or answers[1] is None or (answers[0]["view"] is None and rec.up is None):
        return Counter(no_answer=1)
    recorded, live = answers
    assert recorded["columns"] == live["columns"]
    np.testing.assert_array_equal(recorded["codes"], live["codes"])
    np.testing.assert_array_equal(recorded["values"], live["values"])
    np.testing.assert_array_equal(recorded["repairs"], live["repairs"])
    np.testing.assert_array_equal(recorded["signal"], live["signal"])
    said = Counter({str(CODES[code]): int(n) for code, n in zip(
        *np.unique(recorded["codes"], return_counts=True), strict=True)})  # fmt: skip
    if refusing(recorded) != refusing(live):
        said["gates_differ"] += 1
        return said
    assert repr(recorded["reps"]) == repr(live["reps"])
    for kind in ("measures", "faults"):
        for a, b in zip(recorded[kind], live[kind], strict=True):
            assert a["name"] == b["name"]
            np.testing.assert_array_equal(a["codes"], b["codes"], str(a["name"]))
            np.testing.assert_array_equal(a["values"], b["values"], str(a["name"]))
    said["reps"] += len(recorded["reps"])
    said["compared"] += 1
    return said


def spoilt(rec: kp.Recording, rng: np.random.Generator) -> kp.Recording:
    """Return the recording with one or more kinds of damage at random times."""
    points, sure = np.array(rec.coordinates), np.array(rec.confidence)
    frames, _, dims = points.shape
    legs = [rec.skeleton.landmarks[f"{s}_{j}"] for s in ("left", "right")
            for j in ("hip", "knee", "ankle")]  # fmt: skip

    def stretch() -> slice:
        start = int(rng.integers(frames))
        return slice(start, start + int(rng.integers(1, 60)))

    for kind in rng.choice(7, size=int(rng.integers(1, 5)), replace=False):
        joint = int(rng.choice(legs))
        when = stretch()
        if kind == 0:
            sure[when, joint] = rng.uniform(0.0, 0.2)
        elif kind == 1:
            points[when, joint] = np.nan
        elif kind == 2 and dims == 2:
            points[when, joint, 0] = 0.0
        elif kind == 3:
            left, right = legs[:3], legs[3:]
            when = slice(when.start, when.start + int(rng.integers(1, 12)))
            points[when, left], points[when, right] = (
                points[when, right].copy(), points[when, left].copy(),
            )  # fmt: skip
        elif kind == 4:
            side = legs[:3] if rng.random() < 0.5 else legs[3:]
            bone = points[when, side[2]] - points[when, side[1]]
            points[when, side[2]] += rng.uniform(0.3, 0.9) * bone
        else:
            size = np.nanmedian(np.ptp(points, axis=1))
            if kind == 5:
                points += rng.normal(0, 0.01 * size, points.shape)
            else:
                points[rng.uniform(size=frames) < 0.05, joint] += 0.3 * size
    return kp.Recording(
        points, skeleton=rec.skeleton, times=rec.times, confidence=sure, up=rec.up,
        resolution_wh=rec.resolution_wh, view=rec.view,
    )  # fmt: skip


def simulated() -> Iterator[tuple[str, int, Film]]:
    """Yield every simulated scene from several views, intact and damaged."""
    names = [name for name in listed() if "minutes" not in name]
    for seed, name in enumerate(names):
        for film in films(name, seed, VIEWS, full=False):
            yield name, seed, film


SIMULATED = list(simulated())


@pytest.mark.slow
def test_simulated_and_damaged_recordings() -> None:
    said: Counter[str] = Counter()
    recordings = 0
    for place, (name, seed, film) in enumerate(SIMULATED):
        made = SCENARIOS[name](seed, film)
        if len(made.recording.times) > LONGEST_FRAMES:
            continue
        rng = np.random.default_rng([12, place])
        for rec in (made.recording, spoilt(made.recording, rng)):
            found = compare(rec, made.exercise, made.side, rec.view)
            recordings += "no_answer" not in found
            said += found
        if recordings >= LEAST:
            break
    assert recordings >= min(LEAST, 300)
    assert said["compared"] >= recordings // 2
    assert said["reps"] > recordings
    for reason in (
        "low_confidence", "at_image_border", "implausible_bone", "gap_too_long", "outlier",
    ):  # fmt: skip
        assert said[reason] > 100, said


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_samples(name: str) -> None:
    rec = kp.sample(name)
    exercise = "squat" if name.startswith("squat") else "single_leg_squat"
    side = "left" if name.endswith("left") else "right"
    assert "no_answer" not in compare(rec, exercise, side, rec.view)
    for seed in range(10):
        rng = np.random.default_rng([13, seed])
        compare(spoilt(rec, rng), exercise, side, rec.view)
        xyz, _, confidence = damaged(rng, rec.coordinates, rec.times)
        xyz[~(np.abs(xyz) < 1e7)] = np.nan
        wild = kp.Recording(
            xyz, skeleton=rec.skeleton, times=rec.times, confidence=confidence, up=rec.up,
            resolution_wh=rec.resolution_wh,
        )  # fmt: skip
        compare(wild, exercise, side, rec.view)


def test_an_exercise_of_own_angles() -> None:
    squat = kp.sample("squat")
    for rec in (squat, from_front(squat)):
        for side in ("left", "right"):
            assert compare(rec, OWN, side, rec.view)["compared"] == 1
            for seed in range(5):
                compare(spoilt(rec, np.random.default_rng([14, seed])), OWN, side, rec.view)


def real() -> list[Path]:
    return [*FULL.glob("quickpose-gifs/*.npz"), *FULL.glob("real-clips/*.npz")]


def test_real_recordings() -> None:
    paths = real()
    if not paths:
        pytest.skip(f"no real clips in {FULL}; set KNEEPOSE_DATA")
    said: Counter[str] = Counter()
    for path in paths:
        with np.load(path) as file:
            data = {key: file[key] for key in file.files}
        if "visibility" not in data or "xy" not in data:
            continue
        keypoints = data["visibility"].shape[1]
        rec = kp.Recording(
            data["xy"], skeleton="coco17" if keypoints == 17 else "mediapipe33",
            fps=float(data["fps"]), confidence=np.nan_to_num(data["visibility"]),
            normalized=True, resolution_wh=(int(data["width"]), int(data["height"])),
        )  # fmt: skip
        for side in ("left", "right"):
            said += compare(rec[:LONGEST_FRAMES], "squat", side)
    assert said["compared"] >= 10, said
