"""A progress bar on stderr, shown only in a terminal."""

from __future__ import annotations

import sys

from kneepose.cli.output import write_error
from kneepose.writing import visible

__all__ = ["progress", "progress_end"]

_WIDTH = 20


def progress(done: int, total: int, what: str) -> None:
    """Show the number of completed steps and the name of the next one."""
    if _is_terminal():
        width = min(total, _WIDTH)
        full = width * done // max(total, 1)
        bar = "█" * full + "░" * (width - full)
        write_error(f"\r\033[K{bar} {done}/{total} {visible(what)}")


def progress_end() -> None:
    """Erase the progress bar from the terminal."""
    if _is_terminal():
        write_error("\r\033[K")


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
