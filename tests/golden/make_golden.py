"""Regenerate the golden vectors: python -m tests.golden.make_golden

Every expectation is a closed form or a known input of the forward model (science.md 10); only
the whole filter responses are scipy's. The reference twin is not used. Missing values are null.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.golden.angle_cases import angle_cases
from tests.golden.hip_cases import exercise_cases
from tests.golden.score_cases import asymmetry_cases, score_cases
from tests.golden.series_cases import filter_cases, rep_cases

# Beside the Rust tests, so that the packed crate has what its tests read.
FOLDER = Path(__file__).parents[2] / "rust/kneepose-core/tests/golden"


def write(name: str, content: dict[str, Any]) -> None:
    """One JSON file, numbers in full precision, NaN refused."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="ascii")


def main() -> None:
    """Write all golden files."""
    write("angles", {"cases": angle_cases()})
    write("exercises", exercise_cases())
    write("filters", filter_cases())
    write("reps", rep_cases())
    write("asymmetry", asymmetry_cases())
    write("scores", score_cases())


if __name__ == "__main__":
    main()
