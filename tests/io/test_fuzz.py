"""Tests that arbitrary bytes give a recording or an error with a message, never a crash."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import kneepose as kp
from kneepose.io import npz
from tests.support.quick_folder import quick_folder
from tests.support.seeds import SEEDS, law
from tests.support.wild_input import POISON, poisoned, read_or_reason

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole_file() -> Iterator[tuple[bytes, Path]]:
    with quick_folder() as folder:
        path = npz.write(kp.sample("squat")[:12], folder / "whole.npz")
        yield path.read_bytes(), folder / "damaged.npz"


@law(1500)
@given(SEEDS)
def test_any_bytes_are_a_recording_or_a_reason(whole_file: tuple[bytes, Path], seed: int) -> None:
    whole, path = whole_file
    rng = np.random.default_rng(seed)
    kind = rng.integers(5)
    if kind == 0:
        data = rng.bytes(int(rng.integers(0, 400)))
    elif kind == 1:
        data = whole[: int(rng.integers(0, len(whole)))]
    elif kind == 2:
        start = int(rng.integers(0, len(whole)))
        data = whole[:start] + rng.bytes(int(rng.integers(1, 40))) + whole[start:]
    elif kind == 3:
        broken = bytearray(whole)
        for i in rng.integers(0, len(whole), int(rng.integers(1, 12))):
            broken[i] = int(rng.integers(256))
        data = bytes(broken)
    else:
        data = other_arrays(rng)
    path.write_bytes(data)
    recording = read_or_reason(path)
    assert recording is None or recording.n_frames > 0


def other_arrays(rng: np.random.Generator) -> bytes:
    """Return a valid .npz file with the expected array names and random content."""
    header: Any = {"skeleton": "coco17", "up": None, "resolution_wh": None, "view": None}
    for key in list(header):
        if rng.uniform() < 0.15:
            header[key] = [5, [1], {}, "x", None, [1, 2, 3], 1e400][int(rng.integers(7))]
    if rng.uniform() < 0.1:
        header = [[], 5, "text", None][int(rng.integers(4))]
    text: Any = json.dumps(header)
    if rng.uniform() < 0.1:
        text = text[: int(rng.integers(len(text)))] + "\x00{"
    n = int(rng.integers(0, 4))
    content: dict[str, Any] = {
        "keypoints": poisoned(rng, rng.uniform(100, 900, (n, 17, 2)), POISON),
        "times": np.arange(n) / 30,
        "confidence": np.ones((n, 17)),
        "header": np.array(text),
    }
    for key in list(content):
        change = rng.uniform()
        if change < 0.05:
            del content[key]
        elif change < 0.1:
            content[key] = rng.normal(size=(2, 3))
        elif change < 0.13:
            content[key] = np.array("text")
    stream = io.BytesIO()
    np.savez(stream, **content)
    return stream.getvalue()
