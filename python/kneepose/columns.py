"""Conversion of rows to columns for pandas, Polars and pyarrow, and to CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose.writing import csv_text, write_text

if TYPE_CHECKING:
    from pathlib import Path

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
    """Write columns to a CSV file (UTF-8), and return its path. NaN and None become empty.

    A file that ends in ``.tsv`` has tabs for commas.

    Text that a spreadsheet would calculate (``=1+1``) gets an apostrophe before it.
    """
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return write_text(
        path, csv_text([list(columns), *rows], "\t" if str(path).lower().endswith(".tsv") else ",")
    )
