"""Regenerate the golden vectors: python -m tests.golden.make_golden

Every expected value is a closed form or a known input of the forward model (science.md 10). Only
complete filter responses come from SciPy. The NumPy reference is not used. Missing values are null.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.golden.angle_cases import angle_cases
from tests.golden.hip_cases import exercise_cases
from tests.golden.score_cases import asymmetry_cases, score_cases
from tests.golden.series_cases import filter_cases, rep_cases

# The files are beside the Rust tests, so that the packaged crate contains what its tests read.
FOLDER = Path(__file__).parents[2] / "rust/kneepose-core/tests/golden"


def write(name: str, content: dict[str, Any]) -> None:
    """Write one JSON file with numbers in full precision; NaN is refused."""
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
