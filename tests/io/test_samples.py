"""The recordings that come with the package."""

from __future__ import annotations

import pytest

import kneepose as kp
from kneepose.io.files import SAMPLES

RENDERED = {
    "single_leg_squat_video": ("single_leg_squat", "right", 5),
    "clamshell": ("clamshell", "right", 4),
    "fire_hydrant": ("fire_hydrant", "left", 3),
}


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")  # 10 fps
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
