"""Conversion of rows to columns for pandas, Polars and pyarrow, and to CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["columns_of", "write_csv"]


def columns_of(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str] | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Return one array per name, with one entry per row. None uses the names of the first row.

    Examples
    --------
    >>> columns_of([{"n": 1}, {"n": 2}])
    {'n': array([1, 2])}
    """
    if names is None:
        names = rows[0] if rows else ()
    return {name: np.array([row[name] for row in rows]) for name in names}


def write_csv(columns: Mapping[str, npt.NDArray[Any]], path: str | Path) -> Path:
    """Write columns to a CSV file (UTF-8), and return its path. NaN and None become empty."""
    path = Path(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            writer.writerow("" if value is None or value != value else value for value in row)
    return path
