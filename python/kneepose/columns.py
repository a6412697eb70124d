"""Rows as columns, which pandas, Polars and pyarrow take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["columns_of"]


def columns_of(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str] | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Return name → array, one entry a row; without `names`, those of the first row.

    Examples
    --------
    >>> columns_of([{"n": 1}, {"n": 2}])
    {'n': array([1, 2])}
    """
    if names is None:
        names = rows[0] if rows else ()
    return {name: np.array([row[name] for row in rows]) for name in names}
