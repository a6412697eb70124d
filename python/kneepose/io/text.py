"""Text tables (CSV, TSV and others): header, separator, and DeepLabCut's multi-row header."""

from __future__ import annotations

import csv
import re
from typing import Any, Final

import numpy as np

from kneepose.columns import write_csv
from kneepose.errors import FormatError
from kneepose.estimators.deeplabcut import whole_of_columns
from kneepose.io.cells import TextTable, first_lines
from kneepose.io.options import Options
from kneepose.io.points import recording_of, recording_of_whole
from kneepose.io.table import points_of_table, tidy_columns, unit_of, unnamed_points
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import MOST_KEYPOINTS

__all__ = ["read", "write"]

_LONGEST_TITLE: Final = 500
_MOST_COLUMNS: Final = 8 * MOST_KEYPOINTS
_SCORER: Final = "scorer"
_COMMENT: Final = "# "
_EXCEL: Final = re.compile(r"\ufeff?\"?sep=.\"?\s*", re.IGNORECASE)
_MOST_COMMENTS: Final = 50


def _separator_of(line: str) -> str:
    counts = {letter: line.count(letter) for letter in "\t;,|"}
    best = max(counts, key=lambda letter: counts[letter])
    return best if counts[best] else ""


def _cells(line: str, separator: str, name: str) -> list[str]:
    if not separator:
        cells = line.split()
    else:
        try:
            cells = next(csv.reader([line], delimiter=separator))
        except (csv.Error, StopIteration):
            cells = line.split(separator)
    if len(cells) > _MOST_COLUMNS:
        raise FormatError(f"{name} has {len(cells)} columns; at most {_MOST_COLUMNS} are read.")
    if max(map(len, cells), default=0) > _LONGEST_TITLE:
        raise FormatError(f"{name} has a title of more than {_LONGEST_TITLE} letters.")
    return [cell.strip() for cell in cells]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return not text
    return True


def read(data: bytes, name: str, options: Options) -> Recording:
    """Read a table from a text file.

    Raises
    ------
    KneeposeError
        The file is no table of keypoints, or the options do not fit it.
    """
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # line endings of old spreadsheets on the Mac
    data = data[_begin(data, name) :]
    lines, _ = first_lines(data, name, 5)
    if not lines:
        raise FormatError(f"{name} is empty.")
    lines[0] = lines[0].lstrip(_COMMENT)
    separator = _separator_of(lines[0])
    rows = [_cells(line, separator, name) for line in lines]
    if rows[0][0].lower() == _SCORER:
        return _deeplabcut(data, name, separator, rows, options)
    numbers = [i for i, cell in enumerate(rows[0]) if cell and _is_number(cell)]
    if len(numbers) >= 4 and 2 * len(numbers) > len(rows[0]):
        begin = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        table, _ = TextTable(data, begin, separator, rows[0], name).values(numbers, [])
        return recording_of(unnamed_points(table, options, name), options, name)
    has_units = len(rows) > 2 and _is_units(rows[1])
    begin = first_lines(data, name, 2 if has_units else 1)[1]
    header = rows[0]
    if has_units and len(rows[1]) == len(header):
        header = [
            f"{one} ({unit})" if unit_of(unit) else one
            for one, unit in zip(header, rows[1], strict=True)
        ]
    source = TextTable(data, begin, separator, header, name)
    return recording_of(points_of_table(source, options), options, name)


def _begin(data: bytes, name: str) -> int:
    """Return the byte offset of the header, after Excel's line ``sep=;`` and ``#`` comments.

    `numpy.savetxt` writes the header as the last comment, with as many cells as the numbers below.
    """
    lines, _ = first_lines(data, name, 1)
    begin = 0
    if lines and _EXCEL.fullmatch(lines[0]):
        begin = first_lines(data, name, 1)[1]
    number = 0
    lines, _ = first_lines(data[begin:], name, _MOST_COMMENTS + 1)
    while number < len(lines) and lines[number].startswith("#"):
        number += 1
    if number == 0 or number == len(lines):
        return begin
    last, first = (
        _cells(one.lstrip(_COMMENT), _separator_of(lines[number]), name)
        for one in lines[number - 1 : number + 1]
    )
    if len(last) == len(first) > 1 and sum(map(_is_number, first)) > sum(map(_is_number, last)):
        number -= 1
    return begin + (first_lines(data[begin:], name, number)[1] if number else 0)


def _is_units(row: list[str]) -> bool:
    """Return True for a row of units such as px and s; columns without one are empty or ``-``."""
    return any(map(unit_of, row)) and all(not cell or cell == "-" or unit_of(cell) for cell in row)


def _deeplabcut(
    data: bytes, name: str, separator: str, rows: list[list[str]], options: Options
) -> Recording:
    """Read DeepLabCut's table with header rows scorer, (individuals,) bodyparts and coords."""
    heads = {row[0].lower(): row[1:] for row in rows[:4]}
    if "bodyparts" not in heads or "coords" not in heads:
        raise FormatError(f"{name} begins like DeepLabCut's, but has no rows bodyparts and coords.")
    depth = 4 if "individuals" in heads else 3
    begin = first_lines(data, name, depth)[1]
    titles = [heads[key] for key in ("scorer", "individuals", "bodyparts") if key in heads]
    coords = [coord.lower() for coord in heads["coords"]]
    if len({len(coords), *map(len, titles)}) > 1:
        raise FormatError(f"{name} has a header whose rows differ in length.")
    columns = list(zip(*titles, coords, strict=True))
    source = TextTable(data, begin, separator, ["", *coords], name)
    table, _ = source.values(range(len(coords) + 1), [])
    whole = whole_of_columns(table[:, 1:], columns)
    if whole is None:
        raise FormatError(f"{name} has columns other than x, y, z and likelihood.")
    frames = table[:, 0] if np.isfinite(table[:, 0]).all() else None
    return recording_of_whole(whole, "deeplabcut", options, name, frames)


def write(recording: Recording, path: Any) -> Any:
    """Write a recording as a tidy table; metadata without a column are not written."""
    return write_csv(tidy_columns(recording), path)
