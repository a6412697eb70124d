"""Archives: thousands of recordings as Parquet files, analyzed by parallel processes.

`write` packs recordings into parts, and `read` returns them. `analyze` turns a folder of recordings
into tidy tables; run again, it processes only parts that are missing or that another version or
other settings produced. `analyze_batch` does this for one record batch. It is a pure function that
runs unchanged in Dask, Ray, Spark, Polars and DuckDB. `reliability`, `sides` and `trends` read the
tables: the error of each measure, left against right, and change over days, for all subjects at
once. Needs ``pip install "kneepose[archive]"``.

Examples
--------
>>> import kneepose as kp
>>> import tempfile, pathlib
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = kp.archive.write({"monday": kp.sample("squat")}, folder / "in")
>>> done = kp.archive.analyze(folder / "in", folder / "out", exercise="squat")
>>> (done.recordings, done.measured)
(1, 1)
"""

from kneepose.archive.layout import recording_schema
from kneepose.archive.parts import read, write
from kneepose.archive.run import Done, analyze
from kneepose.archive.statistics import reliability, sides, trends
from kneepose.archive.work import TABLES, analyze_batch, analyzed_schema

__all__ = [
    "TABLES",
    "Done",
    "analyze",
    "analyze_batch",
    "analyzed_schema",
    "read",
    "recording_schema",
    "reliability",
    "sides",
    "trends",
    "write",
]
