"""Nested tables as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["table_text"]

_STEP = "    "


def table_text(rows: Sequence[Mapping[str, Any]], indent: str = "") -> str:
    """Format rows as text: one block per row, with its name and one line per key.

    Nested rows are indented. Rows without a name, such as the criteria of a fault, take one line each.
    Empty values are omitted.

    Examples
    --------
    >>> print(table_text([{"name": "knee", "criteria": [{"measure": "fppa", "threshold": 10.0}]}]))
    knee
        criteria: fppa, 10
    """
    return "\n".join(line for row in rows for line in _lines(row, indent))


def _lines(row: Mapping[str, Any], indent: str) -> list[str]:
    if "name" not in row:
        return [indent + _flat(row)]
    lines = [f"{indent}{row['name']}"]
    inside = indent + _STEP
    for key, value in row.items():
        if key == "name" or value is None or value in ("", []):
            continue
        title = key.replace("_", " ")
        if not _is_rows(value):
            lines.append(f"{inside}{title}: {_plain(value)}")
        elif all("name" in one for one in value):
            lines.append(f"{inside}{title}:")
            lines += [line for one in value for line in _lines(one, inside + _STEP)]
        else:
            lines += [
                f"{inside}{title if n == 0 else f'or {title}'}: {_flat(one)}"
                for n, one in enumerate(value)
            ]
    return lines


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _flat(row: Mapping[str, Any]) -> str:
    return ", ".join(_plain(value) for value in row.values() if value is not None)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    return str(value)
