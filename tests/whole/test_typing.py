"""Tests that the `Literal` types match the tables, and type checkers refuse other names."""

import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import kneepose as kp
from kneepose import typing as kt
from kneepose.estimators.reader import ADAPTERS
from kneepose.io.files import SAMPLES
from kneepose.recording.parse import VIEWS
from kneepose.recording.space import METRES_PER_UNIT, UPS

ROOT = Path(__file__).parents[2]


def names(rows: list) -> tuple[str, ...]:
    return tuple(row["name"] for row in rows)


@pytest.mark.parametrize(
    ("literal", "known"),
    [
        ("AngleName", names(kp.tables.angles())),
        ("ExerciseName", names(kp.tables.exercises())),
        ("SkeletonName", names(kp.tables.skeletons())),
        ("View", VIEWS),
        ("Up", UPS),
        ("Unit", tuple(METRES_PER_UNIT)),
        ("EstimatorName", tuple(ADAPTERS)),
        ("SampleName", tuple(SAMPLES)),
    ],
)
def test_literals_are_the_tables(literal: str, known: tuple[str, ...]) -> None:
    listed = get_args(getattr(kt, literal))
    missing, unknown = sorted(set(known) - set(listed)), sorted(set(listed) - set(known))
    assert listed == known, (
        f"{literal} in python/kneepose/typing.py must list the names of its table in the same order; "
        f"add {missing}, remove {unknown}"
    )


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (kt.AngleRow, kp.tables.angles()),
        (kt.SkeletonRow, kp.tables.skeletons()),
        (kt.ExerciseRow, kp.tables.exercises()),
        (kt.FaultRow, [f for row in kp.tables.exercises() for f in row["faults"]]),
        (kt.ReasonRow, kp.tables.reasons()),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_rows_have_the_fields_of_their_type(kind: type, rows: list) -> None:
    for row in rows:
        assert set(row) == set(get_type_hints(kind))


RIGHT = """
import kneepose as kp
from kneepose.analysis import Analysis
from kneepose.typing import ExerciseName, Side

rec = kp.Recording([[[0.0, 0.0]] * 17] * 30, skeleton="coco17", fps=30, view="front")
side: Side = "left"
exercise: ExerciseName = "squat"
a: Analysis = kp.analyze(rec, exercise, side=side)
own = kp.ExerciseSpec("curl", signal="knee_flexion", min_range=30)
b: kp.analysis.Analysis = kp.analyze(rec, own, side="right")
c = kp.compare(a, b)
verdict: kp.comparison.Verdict = c.measures[0].verdict
angles = kp.joint_angles(rec, ["fppa", ("knee_flexion", "left")])
first: float = float(angles["fppa", "left"].values[0])
title: str = kp.tables.exercises()[0]["title"]
stream = kp.Stream("squat", side="left", skeleton="coco17")
error: type[kp.errors.KneeposeError] = kp.errors.TimeError
"""

WRONG = [
    'kp.analyze(rec, "sqaut", side="left")',
    'kp.analyze(rec, "squat", side="lef")',
    'kp.joint_angles(rec, ["knee_flexon"])',
    'kp.Recording([[[0.0]]], skeleton="coco17", fps=30, view="side")',
    'kp.Recording([[[0.0]]], skeleton="coco17", fps=30, up="Y")',
    'kp.Recording([[[0.0]]], skeleton="coco17", fps=30, unit="metre")',
    'kp.Recording([[[0.0]]], skeleton="coco71", fps=30)',
    'kp.Stream("squats", side="left", skeleton="coco17")',
    'kp.sample("sqat")',
    'kp.tables.exercises()[0]["tittle"]',
    "kp.Analysis",
]


@pytest.mark.slow
def test_a_type_checker_refuses_misspelled_names(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="of the group lint")
    path = tmp_path / "snippet.py"
    path.write_text(RIGHT + "".join(f"{line}\n" for line in WRONG))
    command = [
        sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context",
        "--config-file=", f"--cache-dir={tmp_path}", str(path),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, env={"MYPYPATH": str(ROOT / "python")}, check=False
    )
    refused = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]
    first = RIGHT.count("\n") + 1
    assert sorted(set(refused)) == list(range(first, first + len(WRONG))), done.stdout + done.stderr
