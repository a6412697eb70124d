"""HTML snippets for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["html_table", "paragraph"]


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table with escaped texts; empty without rows."""
    if not rows:
        return ""
    body = "".join(_row(row, "td") for row in rows)
    return f"<table><thead>{_row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def paragraph(text: str, tag: str = "") -> str:
    """Return an escaped text as a paragraph, optionally inside an element named `tag`."""
    inner = f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)
    return f"<p>{inner}</p>" if text else ""
