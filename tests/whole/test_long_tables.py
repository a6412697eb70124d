"""Tests of long tables of one or many analyses: complete, traceable, and accepted by every
library.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.analysis import Analysis

# The sample video has only 10 frames per second and warns.
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")

LONG: dict[str, Callable[..., dict[str, Any]]] = {
    "reps": kp.tables.reps,
    "measures": kp.tables.measures,
    "faults": kp.tables.faults,
    "frames": kp.tables.frames,
}
WHO = ["recording", "subject", "session", "date", "side", "exercise"]
MADE = ["schema", "version", "estimator", "model_hash", "skeleton", "settings", "method_hash",
        "file_hash"]  # fmt: skip


@cache
def analyses() -> tuple[Analysis, ...]:
    squat = kp.sample("squat").labeled(subject="P07", date="2026-03-01", model_hash="ab12")
    name = "single_leg_squat"
    return (
        *kp.analyze_sides(squat, "squat"),
        kp.analyze(kp.sample(f"{name}_right"), name, side="right"),
        kp.analyze(kp.sample("squat")[:12], "squat", side="left"),
    )


@pytest.mark.parametrize("name", LONG)
def test_a_table_says_who_what_and_how(name: str) -> None:
    table = LONG[name](analyses())
    assert list(table)[:6] == WHO
    assert list(table)[-8:] == MADE
    assert len({column.shape for column in table.values()}) == 1
    assert {"unit", "validity"} <= set(table)
    known = {row["name"] for row in kp.tables.reasons()}
    assert set(table["validity"]) <= known
    first = table["subject"] == "P07"
    assert set(table["side"][first]) == {"left", "right"}
    assert set(table["model_hash"][first]) == {"ab12"}
    assert set(table["method_hash"]) == {one.method_hash for one in analyses()}
    assert set(table["file_hash"][first]) == {analyses()[0].source.file_hash}
    # Two sides share one recording; the cut recording is a different one.
    assert len(set(table["recording"])) == 3


def test_measures_are_those_of_the_analyses() -> None:
    table = kp.tables.measures(analyses(), names=["a", "b", "c", "d"])
    for one, name in zip(analyses(), "abcd", strict=True):
        of_it = table["recording"] == name
        for measure in one.measures.values():
            rows = of_it & (table["measure"] == measure.name)
            np.testing.assert_array_equal(table["value"][rows], measure.values)
            np.testing.assert_array_equal(table["counted"][rows], measure.full)
            assert table["rep"][rows].tolist() == list(range(1, len(one.reps) + 1))
            assert set(table["unit"][rows]) == {measure.unit}
            assert table["validity"][rows].tolist() == [str(state) for state in measure.validity]
        refused = of_it & (table["rep"] == 0)
        assert dict(zip(table["measure"][refused], table["validity"][refused], strict=True)) == {
            refusal.measure: str(refusal.reason) for refusal in one.refused
        }
    units = {(m, u) for m, u in zip(table["measure"], table["unit"], strict=True)}
    assert len(units) == len(set(table["measure"])), (
        "a refused measure has the unit of a measured one"
    )


def test_reps_faults_and_frames_are_those_of_the_analyses() -> None:
    squat, empty = analyses()[0], analyses()[3]
    reps = kp.tables.reps(squat)
    assert reps["bottom_s"].tolist() == [rep.bottom_s for rep in squat.reps]
    none = kp.tables.reps(empty)
    assert none["rep"].tolist() == [0]
    assert none["validity"].tolist() == [str(empty.why_no_reps)]
    faults = kp.tables.faults(analyses())
    assert len(faults["fault"]) == sum(len(one.faults) for one in analyses())
    frames = kp.tables.frames(squat)
    key = ("fppa", "left")
    of_it = (frames["angle"] == key[0]) & (frames["angle_side"] == key[1])
    np.testing.assert_array_equal(frames["value"][of_it], squat.angles[key].values)
    np.testing.assert_array_equal(frames["time_s"][of_it], squat.angles.times)
    missing = np.isnan(frames["value"])
    assert not (frames["validity"][missing] == "ok").any()


@pytest.mark.parametrize("name", LONG)
def test_every_library_takes_it_as_it_is(name: str) -> None:
    table = LONG[name](analyses())
    rows = len(table["side"])
    pandas: Any = pytest.importorskip("pandas", reason="needs pandas")
    polars: Any = pytest.importorskip("polars", reason="needs polars")
    pyarrow: Any = pytest.importorskip("pyarrow", reason="needs pyarrow")
    duckdb: Any = pytest.importorskip("duckdb", reason="needs duckdb")
    assert pandas.DataFrame(table).shape == (rows, len(table))
    frame = polars.DataFrame(table)
    assert frame.shape == (rows, len(table))
    assert frame.schema["side"] == polars.String
    assert pyarrow.table(table).schema.field("side").type == pyarrow.string()
    with duckdb.connect() as connection:
        connection.register("rows", pyarrow.table(table))
        found = connection.execute("select side, count(*) from rows group by side").fetchall()
        assert sum(count for _, count in found) == rows
    result = table
    assert duckdb.sql("select count(*) from result").fetchall() == [(len(result["side"]),)]


def test_a_thousand_analyses_are_one_call() -> None:
    many = kp.tables.reps([analyses()[0]] * 1000)
    assert len(many["rep"]) == 1000 * len(analyses()[0].reps)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_table_is_written_with_all_of_it(suffix: str, tmp_path: Path) -> None:
    table = kp.tables.measures(analyses())
    path = kp.tables.write(table, tmp_path / f"rows{suffix}")
    if suffix == ".parquet":
        parquet: Any = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
        found = parquet.read_table(path)
        assert found.column_names == list(table)
        np.testing.assert_array_equal(found["value"].to_numpy(), table["value"])
        assert found["settings"].to_pylist() == table["settings"].tolist()
        return
    separator = "\t" if suffix == ".tsv" else ","
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    assert [row["measure"] for row in rows] == table["measure"].tolist()
    assert {row["schema"] for row in rows} == {"1"}


def test_what_cannot_be_a_table_is_refused_in_words(tmp_path: Path) -> None:
    for given in ([], None, "x", [kp.sample("squat")]):
        with pytest.raises(kp.errors.KneeposeError, match="analyses is"):
            kp.tables.reps(given)  # type: ignore[arg-type]
    for names in (["a"], "abcd"):
        with pytest.raises(kp.errors.KneeposeError, match="one name for each"):
            kp.tables.reps(analyses(), names=names)
    with pytest.raises(kp.errors.KneeposeError, match=r"must end in \.csv"):
        kp.tables.write(kp.tables.reps(analyses()), tmp_path / "rows.xlsx")


# --- provenance of results ------------------------------------------------------------------------


def test_the_method_hash_is_that_of_the_method() -> None:
    left, right = analyses()[:2]
    assert left.method_hash == right.method_hash
    assert len(left.method_hash) == 64
    again = kp.analyze(kp.sample("squat")[3:], "squat", side="left")
    assert again.method_hash == left.method_hash
    others = [
        kp.analyze(kp.sample("squat"), "squat", side="left", cutoff_hz=6.0),
        kp.analyze(kp.sample("squat"), "squat", side="left", max_gap_s=0.1),
        kp.analyze(kp.sample("squat_video"), "squat", side="left"),
        analyses()[2],
    ]
    assert len({one.method_hash for one in [left, *others]}) == 5


def test_a_page_and_a_csv_file_say_what_they_were_made_with(tmp_path: Path) -> None:
    left, right = analyses()[:2]
    with left.to_csv(tmp_path / "leg.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {tuple(row[name] for name in MADE) for row in rows} == {
        tuple(str(value) for value in left.provenance.trace().values())
    }
    pytest.importorskip("jinja2")
    both = kp.compare(left, right)
    for page in (left.to_html(tmp_path / "leg.html"), both.to_html(tmp_path / "both.html")):
        text = page.read_text(encoding="utf-8")
        for said in ("schema 1", left.method_hash[:12], "model file ab12", "cutoff_hz 4"):
            assert said in text
        assert str(left.file_hash)[:12] in text


def test_data_of_an_older_version_are_read() -> None:
    left = analyses()[0]
    data = left.to_dict()
    old = {k: v for k, v in data.items() if k not in ("model_hash", "file_hash", "method_hash")}
    again = Analysis.from_dict(old)
    assert (again.model_hash, again.file_hash, again.method_hash) == (None, None, "")
    assert again.measures == left.measures


def test_the_methods_name_what_a_reviewer_asks_for() -> None:
    left, right = analyses()[:2]
    text = left.methods()
    for word in ("Butterworth", "4 Hz", "peaks of knee_flexion", "10 % of their range", "matched depth",
                 "standard deviations", "Willson et al. 2006", "positive: knee inward", "kneepose 0.",
                 left.method_hash[:12], "Hodges-Lehmann"):  # fmt: skip
        assert word in text, word
    both = kp.compare(left, right).methods()
    for word in (
        "Student's t",
        "permutation",
        "Holm",
        "borrowed",
        "Munro",
        "named in advance",
        text,
    ):
        assert word in both, word
    live = kp.Stream("squat", side="left", skeleton="halpe26", up="y")
    rec = kp.sample("squat")
    live.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    assert "critically damped" in live.finish().methods()
