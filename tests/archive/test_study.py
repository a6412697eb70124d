"""Test that the notebook on a generated archive runs and finds nearly the true values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "how-to" / "archive-study.ipynb"
PEOPLE = 40


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_study_runs_and_finds_what_was_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "polars", "duckdb", "matplotlib"):
        pytest.importorskip(name)
    monkeypatch.setenv("KNEEPOSE_PEOPLE", str(PEOPLE))
    monkeypatch.setenv("KNEEPOSE_ARCHIVE", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(ROOT)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    seen: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), seen)
    assert seen["done"].recordings == PEOPLE * 8
    assert (seen["done"].failed, seen["done"].unreadable) == (0, {})
    answer = {row["trained"]: row for row in seen["answer"].to_dicts()}
    assert abs(answer[False]["mean_change"]) < 1.5
    assert abs(answer[True]["mean_change"] + seen["people"].LESS_DEG) < 3.0
    assert answer[False]["changed_percent"] < 5.0
    assert 8.0 < seen["seen"] < 25.0


def test_the_stored_figures_are_those_of_a_whole_run() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output["output_type"] == "error"]
    text = "".join("".join(output.get("text", "")) for output in outputs)
    assert "100,000 recordings" in text
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
