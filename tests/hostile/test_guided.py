"""Tests of the inputs for guided fuzzing, and a few seconds of fuzzing if atheris is installed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.guided import INPUTS, KINDS, tried

SECONDS = float(os.environ.get("KNEEPOSE_FUZZ_SECONDS", "0")) or 5.0


def test_every_input_is_taken_or_refused_with_a_reason() -> None:
    said = {path.name: tried(path.read_bytes()) for path in sorted(INPUTS.iterdir())}
    # There is at least one accepted input of every kind.
    assert {line.split()[0] for line in said.values() if line.endswith("taken")} == set(KINDS) - {
        "zip"
    }
    assert any(not line.endswith("taken") for line in said.values())


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_guided_by_coverage(tmp_path: Path, record_property: Callable[..., None]) -> None:
    corpus = Path(shutil.copytree(INPUTS, tmp_path / "corpus"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.guided", str(corpus), f"-max_total_time={SECONDS:.0f}",
         "-rss_limit_mb=1024", "-timeout=10", "-max_len=6000", f"-artifact_prefix={tmp_path}/"],
        capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    runs = re.findall(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    assert runs, done.stderr[-2000:]
    assert int(runs[0]) > 100
    record_property("inputs", int(runs[0]))
