"""Tests that excessive memory requests raise a typed error and never end the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kneepose import arrays as A
from tests.support.public_walk import calls, uncovered

MANY = 1 << 40


def zeros(*shape: int, dtype: str = "f8") -> np.ndarray:
    """Return an array of any size that occupies no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


TOO_LARGE: dict[str, Callable[[], Any]] = {
    "angle": lambda: A.angle(zeros(MANY, 3), zeros(MANY, 3), zeros(MANY, 3)),
    "asymmetry": lambda: A.asymmetry(zeros(MANY), zeros(MANY)),
    "bootstrap_interval": lambda: A.bootstrap_interval(zeros(MANY), zeros(MANY)),
    "bootstrap_intervals": lambda: A.bootstrap_intervals(zeros(MANY, 2), zeros(MANY, 2)),
    "cardan_angles": lambda: A.cardan_angles(zeros(MANY, 3, 3), zeros(MANY, 3, 3), side="left"),
    "compare_curves": lambda: A.compare_curves(zeros(MANY, 101), zeros(MANY, 101)),
    "fill_gaps": lambda: A.fill_gaps(zeros(MANY), fs=30),
    "find_peaks": lambda: A.find_peaks(zeros(MANY), prominence=1),
    "joint_angles": lambda: A.joint_angles(zeros(MANY, 17, 2), skeleton="coco17"),
    "joint_angles f4": lambda: A.joint_angles(zeros(MANY, 17, 2, dtype="f4"), skeleton="coco17"),
    "lowpass": lambda: A.lowpass(zeros(MANY), fs=30),
    "lowpass f4": lambda: A.lowpass(zeros(MANY, dtype="f4"), fs=30),
    "mean_difference": lambda: A.mean_difference(zeros(MANY), zeros(MANY)),
    "one_euro": lambda: A.one_euro(zeros(MANY), fs=30),
    "permutation_test": lambda: A.permutation_test(zeros(MANY), zeros(MANY)),
    "reliability": lambda: A.reliability(zeros(MANY, 2)),
    "residual_cutoff": lambda: A.residual_cutoff(zeros(MANY), fs=30),
    "savitzky_golay": lambda: A.savitzky_golay(zeros(MANY), fs=30),
    "segment_reps": lambda: A.segment_reps(zeros(MANY), fs=30),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_arrays_beyond_memory(name: str) -> None:
    with pytest.raises((MemoryError, ValueError)):
        TOO_LARGE[name]()


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_everything_public_is_walked(tmp_path: Path) -> None:
    assert uncovered(iter(calls(tmp_path))) == set()


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="the limit of the address space is that of Linux"
)
def test_no_call_ends_a_process_that_runs_out_of_memory() -> None:
    spares = ["3", "20", "60", "150", "4000"]
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.public_walk", *spares]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line for line in lines if "WRONG" in line] == []
    # With enough memory every call succeeds, so that the refusals are due to memory only.
    ample = [line for line in lines if line.startswith("4000 MB, ")]
    assert [line for line in ample if not line.endswith(": result")] == []
    assert len(ample) * len(spares) == len(lines)
    assert sum(line.endswith("MemoryError") for line in lines) > 50
    assert sum(line.endswith("result") for line in lines) > 150
