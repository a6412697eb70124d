"""Tests of results as columns, CSV files and pages, and of values with their units."""

import csv
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import opensim, recording

LEFT, RIGHT = kp.analyze_sides(kp.sample("squat"), "squat")


def test_all_results_with_rows_have_columns(tmp_path: Path) -> None:
    squat = kp.sample("squat")
    squat.save(tmp_path / "squat.npz")
    (tmp_path / "squat.labels.json").write_text('{"exercise": "squat", "count": 5}')
    evaluation = kp.evaluate(tmp_path, methods=["offline"])
    both = kp.compare(LEFT, RIGHT)
    again = kp.analyze(squat[3:], "squat", side="left")
    reliability = kp.reliability([LEFT, again])
    for result, rows in (
        (LEFT.angles, squat.n_frames), (LEFT.reps, 5), (LEFT, 5), (both, len(both.measures)),
        (evaluation, len(evaluation.rows)), (reliability, len(reliability)),
        (LEFT.quality, len(LEFT.quality.findings)),
    ):  # fmt: skip
        columns = result.columns()
        assert columns, type(result)
        assert {column.shape for column in columns.values()} == {(rows,)}, type(result)
    assert evaluation.columns()["exact"].tolist() == [1.0]


def test_quality_has_a_row_for_each_finding() -> None:
    squat = kp.sample("squat")
    order = np.random.default_rng(0).permutation(squat.n_frames)
    shuffled = kp.Recording(
        squat.coordinates[order], skeleton=squat.skeleton, times=squat.times, up=squat.up
    )
    found = kp.check(shuffled)
    assert found.columns()["reason"].tolist() == [str(one.reason) for one in found.findings]
    assert len(found.findings) > 0


def test_a_leg_as_csv_is_its_columns(tmp_path: Path) -> None:
    path = LEFT.to_csv(tmp_path / "leg.csv")
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    columns = LEFT.columns() | LEFT.provenance.columns(len(LEFT.reps))
    assert head == list(columns)
    assert len(rows) == len(LEFT.reps)
    for name, texts in zip(head, zip(*rows, strict=True), strict=True):
        if columns[name].dtype.kind == "f":
            read = [float(text) if text else np.nan for text in texts]
            np.testing.assert_array_equal(read, columns[name])


def test_what_is_missing_is_empty_in_csv(tmp_path: Path) -> None:
    seen = recording(opensim("sls_right_partial"), "image")
    leg = kp.analyze(seen, "single_leg_squat", side="right")
    assert any(np.isnan(column).any() for column in leg.columns().values() if column.dtype == float)
    text = leg.to_csv(tmp_path / "leg.csv").read_text(encoding="utf-8")
    assert "nan" not in text
    assert "None" not in text


def test_a_leg_has_a_page(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    page = LEFT.to_html(tmp_path / "leg.html").read_text(encoding="utf-8")
    assert f"{LEFT.reps.count} squats counted" in page
    assert "Squat: left leg" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert page == LEFT.to_html(tmp_path / "again.html").read_text(encoding="utf-8")
    for reason in {refusal.reason for refusal in LEFT.refused}:
        assert reason.sentence in page


def test_values_carry_their_unit() -> None:
    bend = LEFT.angles["knee_flexion", "left"]
    assert (bend.unit, LEFT.reps.unit) == ("deg", "deg")
    inward = LEFT.angles["knee_medial_displacement", "left"]
    assert inward.unit == "shank"
    assert np.nanmax(np.abs(inward.values)) < 1.0
    for row in kp.tables.angles():
        if (row["name"], "left") in LEFT.angles:
            assert LEFT.angles[row["name"], "left"].unit == row["unit"]


def test_the_range_of_a_share_says_so() -> None:
    seen = recording(opensim("clamshell_right_roll_back"), "image")
    reps = kp.analyze(seen, "clamshell", side="right").reps
    assert reps.signal_used == "knee_separation"
    assert reps.unit == "thigh"
    assert all(rep.range < 2.0 for rep in reps.full)
