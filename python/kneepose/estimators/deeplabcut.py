"""Adapter for the tables of DeepLabCut: a pandas table with the columns of its HDF5 and CSV files.

Written for DeepLabCut 3.0.2. Neither DeepLabCut nor pandas is ever imported.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, people_of

__all__ = ["ADAPTER"]

_VALUES: Final = ("x", "y", "likelihood")


def _columns(results: Any) -> list[tuple[Any, ...]] | None:
    """Return (individual, body part, coordinate) of each column, or None for other tables."""
    levels = getattr(getattr(results, "columns", None), "nlevels", 0)
    if levels not in (3, 4):
        return None
    columns = [column[-3:] if levels == 4 else ("", *column[-2:]) for column in results.columns]
    return columns if {column[2] for column in columns} <= set(_VALUES) else None


def _whole(results: Any) -> Whole | None:
    columns = _columns(results)
    if columns is None:
        return None
    frame = Frame(0, None)
    values = array_of(results, "columns", frame)
    names = tuple(dict.fromkeys(str(column[1]) for column in columns))
    individuals = list(dict.fromkeys(column[0] for column in columns))
    place = {column: i for i, column in enumerate(columns)}
    table = np.full((len(values), len(individuals), len(names), 3), np.nan)
    for (individual, name, value), i in place.items():
        spot = individuals.index(individual), names.index(str(name)), _VALUES.index(value)
        table[:, spot[0], spot[1], spot[2]] = values[:, i]
    if not {column[2] for column in columns} >= {"x", "y"}:
        raise FormatError("the table has no columns x and y; needed those of DeepLabCut.")
    if "likelihood" not in {column[2] for column in columns}:
        table[..., 2] = 1.0
    # An animal that DeepLabCut does not find has NaN; one alone needs no track id.
    tracks: Any = [None] if len(individuals) == 1 else list(range(len(individuals)))
    people = people_of(table[..., :2], table[..., 2], tracks=tracks)
    return Whole(people=people, names=names)


ADAPTER: Final = Adapter(
    name="deeplabcut",
    version="3.0.2",
    needed="a DeepLabCut table of a whole recording",
    read=None,
    fits=lambda result: _columns(result) is not None,
    whole=_whole,
)
