"""Tests of the archive page: its runs are measured, and its targets can be missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.pages import archive

CLUSTER: dict[str, Any] = {
    "asked": 100, "parts": 5, "in_truncated_part": 20, "killed_after_parts": 2, "made_twice": 0,
    "done": {"recordings": 80, "unreadable": 1, "failed": 1}, "alone": {"recordings": 80},
    "once": True, "poisoned": {"state": "failed"}, "same_bits": True, "second_run_analyzed": 0,
}  # fmt: skip


def test_a_cluster_that_loses_something_is_missed() -> None:
    assert "missed" not in archive.cluster_section(CLUSTER)
    for wrong in (
        {"made_twice": 1}, {"same_bits": False}, {"once": False}, {"second_run_analyzed": 1},
        {"poisoned": {"state": "refused"}}, {"killed_after_parts": 0},
        {"done": {**CLUSTER["done"], "recordings": 81}},
    ):  # fmt: skip
        assert "missed" in archive.cluster_section(CLUSTER | wrong), wrong


def test_two_processes_that_are_not_faster_are_missed() -> None:
    one = {"wall_s": 100.0, "cpu_s": 90.0, "load": 1.0}
    assert "**missed**" in archive.speed_up_section(one, one)
    assert "**missed**" not in archive.speed_up_section(one, one | {"wall_s": 50.0})


@pytest.mark.filterwarnings("ignore")
def test_runs_are_measured(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from tools.pages import archive_runs

    written = archive_runs.write(tmp_path / "in", "picture", 24)
    assert (written["recordings"], written["parts"]) == (24, 1)
    found = archive_runs.analyze(tmp_path / "in", tmp_path / "out", 1)
    assert found["recordings"] == 24
    assert found["measured"] + found["refused"] == 24
    assert 0.0 < found["cpu_s"] < 60.0
    table = archive.cost_section([("picture", 24, 1, found)])
    assert f"{1e3 * found['cpu_s'] / 24:.2f} ms" in table
