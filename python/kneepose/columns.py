"""Results as tables: columns for pandas, Polars, pyarrow and DuckDB; rows; and CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose.errors import KneeposeError
from kneepose.writing import csv_text, write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Table", "columns_of", "write_csv"]


class Table:
    """Base class of results that are tables, by column and by row."""

    __slots__ = ()

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name."""
        raise NotImplementedError

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict of Python values for each entry of `columns`."""
        columns = self.columns()
        entries = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, values, strict=True)) for values in entries]


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
    """Write columns to a CSV file (UTF-8), and return its path; NaN and None become empty cells.

    A file that ends in ``.tsv`` is separated by tabs.

    Text that a spreadsheet would evaluate as a formula (``=1+1``) gets a leading apostrophe.
    """
    kept = {name: np.asarray(column) for name, column in columns.items()}
    lengths = {name: column.size for name, column in kept.items()}
    if any(column.ndim != 1 for column in kept.values()) or len(set(lengths.values())) > 1:
        raise KneeposeError(f"the columns have the lengths {lengths}; give arrays of one length.")
    rows = zip(*(column.tolist() for column in kept.values()), strict=True)
    return write_text(
        path, csv_text([list(columns), *rows], "\t" if str(path).lower().endswith(".tsv") else ",")
    )
