"""Tests that a killed process, a full disk or a second writer never destroys an existing file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.seeds import FULL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and limits")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "short", "full"), [("kills", 25, 100), ("full", 25, 100), ("two", 5, 50)]
)
def test_nothing_is_lost(kind: str, short: int, full: int, tmp_path: Path) -> None:
    times = str(full if FULL else short)
    command = [sys.executable, "-m", "tests.support.unlucky_writes", kind, times, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
