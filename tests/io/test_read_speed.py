"""A folder of OpenPose against the standard library's parser: the same frames, in one run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kneepose import _core
from kneepose.io.keypoint_json import SKIPPED
from tests.support.keypoint_files import openpose_folder, walker

FRAMES, ROUNDS = 900, 15


@pytest.mark.alone
def test_an_openpose_folder_reads_five_times_as_fast(tmp_path: Path) -> None:
    """With faces and hands, as OpenPose writes them. The files are in the cache of the system."""
    xy, score = walker(FRAMES)
    folder = openpose_folder(tmp_path / "clip", range(FRAMES), xy, score, full=True)
    paths = sorted(str(path) for path in folder.iterdir())

    def standard() -> list[Any]:
        frames = []
        for path in paths:
            with open(path, encoding="utf-8") as file:
                frame = json.load(file)
            frames.append([np.array(one["pose_keypoints_2d"]) for one in frame["people"]])
        return frames

    def ours() -> list[Any]:
        frames = _core.read_json_files(paths, SKIPPED, 64_000_000)
        return [[one["pose_keypoints_2d"] for one in frame["people"]] for frame in frames]

    for one, other in zip(standard(), ours(), strict=True):
        np.testing.assert_array_equal(one, other)
    seconds = {standard: np.inf, ours: np.inf}
    for _ in range(ROUNDS):
        for read in seconds:
            seconds[read] = min(seconds[read], timed(read))
    ratio = seconds[standard] / seconds[ours]
    print(f"\n{FRAMES} files: {ratio:.1f} times as fast as json.load")
    assert ratio >= 5.0


def timed(read: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    read()
    return time.perf_counter() - begin
