"""Adapter for the tables of DeepLabCut: a pandas table with the columns of its HDF5 and CSV files.

Written for DeepLabCut 3.0.2. Neither DeepLabCut nor pandas is ever imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, people_of
from kneepose.estimators.person import F64

__all__ = ["ADAPTER", "whole_of_columns"]

_VALUES: Final = ("x", "y", "z", "likelihood")


def _columns(results: Any) -> list[tuple[Any, ...]] | None:
    """Return the column labels of a pandas table of DeepLabCut, or None for other objects."""
    if getattr(getattr(results, "columns", None), "nlevels", 0) not in (3, 4):
        return None
    columns = list(results.columns)
    return columns if {column[-1] for column in columns} <= set(_VALUES) else None


def whole_of_columns(values: F64, columns: Sequence[tuple[Any, ...]]) -> Whole | None:
    """Return the individuals in a table, or None if its columns are not those of DeepLabCut.

    Parameters
    ----------
    values
        Shape (frames, columns).
    columns
        (scorer, body part, coordinate) of each column, or (scorer, individual, body part, coordinate).

    Raises
    ------
    FormatError
        The coordinates x and y are missing, or columns are missing for most individuals.
    """
    coords = {column[-1] for column in columns}
    if {len(column) for column in columns} not in ({3}, {4}) or not coords <= set(_VALUES):
        return None
    if not coords >= {"x", "y"}:
        raise FormatError("the table has no columns x and y; needed those of DeepLabCut.")
    places = [(column[1] if len(column) == 4 else "", str(column[-2])) for column in columns]
    individuals = list(dict.fromkeys(individual for individual, _ in places))
    names = tuple(dict.fromkeys(name for _, name in places))
    if len(individuals) * len(names) > 2 * len(columns):
        raise FormatError("the table has too few columns for its individuals and body parts.")
    table = np.full((len(values), len(individuals), len(names), len(_VALUES)), np.nan)
    animal, part = ({key: i for i, key in enumerate(keys)} for keys in (individuals, names))
    for i, (column, (individual, name)) in enumerate(zip(columns, places, strict=True)):
        table[:, animal[individual], part[name], _VALUES.index(column[-1])] = values[:, i]
    axes = len(coords - {"likelihood"})
    # DeepLabCut writes NaN for an individual that it does not find. A single one needs no track id.
    single = len(individuals) == 1
    tracks: Any = [None] if single else list(range(len(individuals)))
    sure = table[..., 3] if "likelihood" in coords else None
    people = people_of(table[..., :axes], sure, tracks=tracks, single=single)
    return Whole(people=people, names=names)


def _whole(results: Any) -> Whole | None:
    columns = _columns(results)
    if columns is None:
        return None
    return whole_of_columns(array_of(results, "columns", Frame(0, None)), columns)


ADAPTER: Final = Adapter(
    name="deeplabcut",
    version="3.0.2",
    needed="a DeepLabCut table of a whole recording",
    read=None,
    fits=lambda result: _columns(result) is not None,
    whole=_whole,
)
