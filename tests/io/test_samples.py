"""Tests of the recordings shipped with the package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.io.files import SAMPLES
from kneepose.io.npz import _of_steps
from tools.data.samples import STEP, second_differences

FOLDER = Path(kp.__file__).parent / "samples"
IN_STEPS = ("squat", "single_leg_squat_left", "single_leg_squat_right")

RENDERED = {
    "single_leg_squat_video": ("single_leg_squat", "right", 5),
    "clamshell": ("clamshell", "right", 4),
    "fire_hydrant": ("fire_hydrant", "left", 4),
}


# one sample has only 10 fps and warns
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_says_what_it_is(name: str) -> None:
    meta = kp.sample(name).meta  # type: ignore[arg-type]
    assert meta["title"]
    assert isinstance(meta["simulated"], bool)
    assert ("rendered" in SAMPLES[name]) == meta.get("rendered", False) == (name in RENDERED)


@pytest.mark.parametrize("name", RENDERED)
def test_rendered_samples_are_counted(name: str) -> None:
    exercise, side, count = RENDERED[name]
    done = kp.analyze(kp.sample(name), exercise, side=side)  # type: ignore[arg-type]
    assert done.reps.count == count


@pytest.mark.parametrize("name", IN_STEPS)
def test_samples_in_steps_are_small_and_exact(name: str) -> None:
    recording = kp.sample(name)  # type: ignore[arg-type]
    whole = recording.coordinates / STEP
    assert np.array_equal(whole, np.round(whole))
    assert (FOLDER / f"{name}.npz").stat().st_size < 32_000


def stored_squat() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "squat.npz") as file:
        return dict(file)


@pytest.mark.parametrize("step", [0.0, -STEP, float("inf"), 2.0, 1, "1", True, [STEP]])
def test_steps_that_are_none_are_refused(step: object, tmp_path: Path) -> None:
    stored = stored_squat()
    stored["header"] = np.array(json.dumps({**json.loads(str(stored["header"])), "step": step}))
    np.savez(tmp_path / "steps.npz", **stored)
    with pytest.raises(kp.errors.FormatError, match="steps"):
        kp.read(tmp_path / "steps.npz")


def test_steps_of_numbers_with_fractions_are_refused(tmp_path: Path) -> None:
    stored = stored_squat()
    stored["keypoints"] = stored["keypoints"].astype(float)
    np.savez(tmp_path / "steps.npz", **stored)
    with pytest.raises(kp.errors.FormatError, match="float64"):
        kp.read(tmp_path / "steps.npz")


@pytest.mark.parametrize("frames", [1, 2, 3, 50])
def test_second_differences_are_undone_exactly(frames: int) -> None:
    whole = np.random.default_rng(frames).integers(-(2**28), 2**28, (frames, 17, 3))
    packed = second_differences(whole * STEP, STEP)
    assert packed.dtype == np.int32
    assert np.array_equal(_of_steps(packed, STEP, "a"), whole * STEP)
