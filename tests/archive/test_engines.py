"""Tests of `analyze_batch` in other engines: identical bits to this process."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.filterwarnings("ignore")
SQUAT = partial(kp.archive.analyze_batch, exercise="squat")
NAMES = ("squat", "squat_video", "clamshell", "single_leg_squat_left")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    given = {name: kp.sample(name) for name in NAMES}  # type: ignore[arg-type]
    # A conditioned recording has repair codes, whose type some engines lack.
    given["conditioned"] = given["squat_video"].conditioned()
    kp.archive.write(given, folder, part_bytes=1)
    return folder


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    return by_name(row for part in parts(folder) for row in SQUAT(part).to_pylist())


def parts(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("*.parquet")):
        yield from pq.ParquetFile(path).iter_batches()


def by_name(rows: Any) -> dict[str, Any]:
    """Return rows by recording, with floats as text that shows every bit."""
    return {row["recording"]: bits(row) for row in rows}


def bits(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: bits(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [bits(one) for one in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value.hex()
    return value


def test_polars(folder: Path, expected: dict[str, Any]) -> None:
    polars = pytest.importorskip("polars")

    def work(frame: Any) -> Any:
        return polars.from_arrow(SQUAT(frame.to_arrow()))

    frame = polars.scan_parquet(folder / "*.parquet")
    schema = polars.from_arrow(kp.archive.analyzed_schema().empty_table()).schema
    found = frame.map_batches(work, schema=schema).collect()
    assert by_name(found.to_dicts()) == expected


def test_duckdb(folder: Path, expected: dict[str, Any]) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as database:
        reader = database.sql(f"FROM '{folder}/*.parquet'").fetch_record_batch(2)
        found = pa.RecordBatchReader.from_batches(kp.archive.analyzed_schema(), map(SQUAT, reader))
        rows = database.cursor().from_arrow(found).fetch_arrow_table().to_pylist()
        assert by_name(rows) == expected


def test_dask(folder: Path, expected: dict[str, Any]) -> None:
    dask = pytest.importorskip("dask")
    tasks = [dask.delayed(SQUAT)(batch) for batch in parts(folder)]
    found = dask.compute(*tasks, scheduler="threads", num_workers=2)
    assert by_name(row for batch in found for row in batch.to_pylist()) == expected


@pytest.mark.slow
def test_ray(folder: Path, expected: dict[str, Any]) -> None:
    ray = pytest.importorskip("ray", reason="pip install 'ray[data]'")
    pytest.importorskip("ray.data")
    # Ray's workers are other processes, which must import this version of kneepose.
    ray.init(
        num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False,
        object_store_memory=100_000_000,
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}},
    )  # fmt: skip
    try:
        data = ray.data.read_parquet(str(folder))
        found = data.map_batches(SQUAT, batch_format="pyarrow", batch_size=2)
        assert by_name(found.take_all()) == expected
    finally:
        ray.shutdown()


@pytest.mark.slow
def test_spark(folder: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pyspark = pytest.importorskip("pyspark", reason="pip install pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs java")
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    assert pyspark
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    )
    try:
        schema = from_arrow_schema(kp.archive.analyzed_schema())
        frame = spark.read.parquet(str(folder))
        found = frame.mapInArrow(lambda batches: map(SQUAT, batches), schema).collect()
        assert by_name(row.asDict(recursive=True) for row in found) == expected
    finally:
        spark.stop()
