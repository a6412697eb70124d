"""Tests of result tables in pandas, Polars, pyarrow and DuckDB: equal and equally missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.squat_sample import SQUAT


@cache
def tables() -> dict[str, Any]:
    left, right = kp.analyze_sides(SQUAT, "squat")
    order = np.random.default_rng(0).permutation(SQUAT.n_frames)
    shuffled = kp.Recording(
        SQUAT.coordinates[order], skeleton=SQUAT.skeleton, times=SQUAT.times, up=SQUAT.up
    )
    return {
        "angles": left.angles,
        "reps": left.reps,
        "analysis": left,
        "comparison": kp.compare(left, right),
        "reliability": kp.reliability([left, kp.analyze(SQUAT[3:], "squat", side="left")]),
        "quality": kp.check(shuffled),
    }


NAMES = ("angles", "reps", "analysis", "comparison", "reliability", "quality")


def is_missing(value: Any) -> bool:
    return value is None or value != value


def same(found: list[Any], wanted: list[Any]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (is_missing(one) and is_missing(other)) or one == other


def in_pandas(columns: dict[str, Any]) -> dict[str, list[Any]]:
    pandas: Any = pytest.importorskip("pandas", reason="needs pandas")
    frame = pandas.DataFrame(columns)
    return {name: frame[name].tolist() for name in frame.columns}


def in_polars(columns: dict[str, Any]) -> dict[str, list[Any]]:
    polars: Any = pytest.importorskip("polars", reason="needs polars")
    return polars.DataFrame(columns).to_dict(as_series=False)  # type: ignore[no-any-return]


def in_pyarrow(columns: dict[str, Any]) -> dict[str, list[Any]]:
    pyarrow: Any = pytest.importorskip("pyarrow", reason="needs pyarrow")
    return pyarrow.table(columns).to_pydict()  # type: ignore[no-any-return]


def in_duckdb(columns: dict[str, Any]) -> dict[str, list[Any]]:
    duckdb: Any = pytest.importorskip("duckdb", reason="needs duckdb")
    pyarrow: Any = pytest.importorskip("pyarrow", reason="needs pyarrow")
    table = pyarrow.table(columns)
    with duckdb.connect() as connection:
        connection.register("result", table)
        found = connection.execute("select * from result")
        names = [column[0] for column in found.description]
        rows = found.fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("library", [in_pandas, in_polars, in_pyarrow, in_duckdb])
def test_columns_become_a_table(library: Callable[..., Any], name: str) -> None:
    columns = tables()[name].columns()
    found = library(columns)
    assert list(found) == list(columns)
    for key, column in columns.items():
        same(found[key], column.tolist())


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_the_columns_turned(name: str) -> None:
    table = tables()[name]
    columns, rows = table.columns(), table.rows()
    assert len(rows) == len(next(iter(columns.values()))) > 0
    for key, column in columns.items():
        same([row[key] for row in rows], column.tolist())
    pyarrow: Any = pytest.importorskip("pyarrow", reason="needs pyarrow")
    assert pyarrow.Table.from_pylist(rows).num_rows == len(rows)
