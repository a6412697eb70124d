"""`TextTable`: text files with header lines and a table of cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import FormatError

__all__ = ["TextTable", "first_lines"]

F64 = npt.NDArray[np.float64]
#: Maximum size of a header in bytes, which also limits the length of a line.
_HEADER_BYTES: Final = 4_000_000
_MOST_EMPTY_LINES: Final = 1000
#: Number of rows searched for a decimal comma, and the pattern of numbers whose comma is no
#: thousands separator.
_SHOWN_ROWS: Final = 20
_COMMA: Final = re.compile(r"-?(?:0,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{4,},\d+)(?:[eE][-+]?\d+)?")
#: Pattern of a time of day in the error message about a non-numeric cell.
_CLOCK: Final = re.compile(r'"[^"]*\d:\d\d[^"]*"')


def first_lines(data: bytes, name: str, count: int) -> tuple[list[str], int]:
    """Return the first `count` non-empty lines of a text, and the byte offset after them.

    Raises
    ------
    FormatError
        The bytes are no UTF-8 or Latin-1 text, or a line is too long.
    """
    begin = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:_HEADER_BYTES]:
        raise FormatError(
            f"{name} is no text in UTF-8; save it as UTF-8, or give the format it has."
        )
    lines: list[str] = []
    at = begin
    for _ in range(count + _MOST_EMPTY_LINES):
        if len(lines) == count or at >= len(data):
            break
        end = data.find(b"\n", at, begin + _HEADER_BYTES)
        if end < 0:
            if len(data) - begin > _HEADER_BYTES:
                raise FormatError(f"{name} has a header of more than {_HEADER_BYTES // 10**6} MB.")
            end = len(data)
        line = data[at:end].decode("utf-8", errors="replace").strip("\r\n")
        at = end + 1
        if line.strip():
            lines.append(line)
    return lines, min(at, len(data))


class TextTable:
    """A table of text whose cells begin at a byte offset."""

    def __init__(
        self, data: bytes, begin: int, separator: str, header: Sequence[str], name: str
    ) -> None:
        self.name, self.header = name, list(header)
        self._body, self._separator = memoryview(data)[begin:], separator
        self._decimal_comma = separator == ";" or _has_decimal_comma(data, begin, separator)

    def values(self, columns: Sequence[int], labels: Sequence[int]) -> tuple[F64, list[list[str]]]:
        """Return columns and the texts of label columns, as in `Source.values`."""
        try:
            table, texts = _core.parse_table(
                bytes(self._body), self._separator, self._decimal_comma, list(columns), list(labels),
                self.name,
            )  # fmt: skip
        except FormatError as error:
            if _CLOCK.search(str(error)) is None:
                raise
            raise FormatError(f"{error} Times of the day are not read; write seconds.") from None
        if not len(table):
            raise FormatError(f"{self.name} has a header and no rows.")
        return _numbered(table, columns, labels, texts)


def _has_decimal_comma(data: bytes, begin: int, separator: str) -> bool:
    """Return True if the first rows contain a number with a decimal comma, such as 12,5.

    In comma-separated files such a number must be in quotes.
    """
    rows = bytes(memoryview(data)[begin : begin + _HEADER_BYTES]).split(b"\n", _SHOWN_ROWS)
    for row in rows[:_SHOWN_ROWS]:
        line = row.decode("utf-8", errors="replace")
        if "," not in line or (separator == "," and '"' not in line):
            continue
        try:
            cells = next(csv.reader([line], delimiter=separator), []) if separator else line.split()
        except csv.Error:
            return False
        if any(_COMMA.fullmatch(cell.strip()) for cell in cells):
            return True
    return False


def _numbered(
    table: F64, columns: Sequence[int], labels: Sequence[int], texts: list[str]
) -> tuple[F64, list[list[str]]]:
    """Renumber the texts of each label column; the core numbers those of all columns together."""
    said: list[list[str]] = []
    for label in labels:
        at = list(columns).index(label)
        codes, first, inverse = np.unique(table[:, at], return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty(len(order))
        rank[order] = np.arange(len(order))
        table[:, at] = rank[inverse.reshape(-1)]
        said.append([texts[int(code)] for code in codes[order]])
    return table, said
