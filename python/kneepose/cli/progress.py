"""A progress bar on stderr, shown only in a terminal."""

from __future__ import annotations

import sys

__all__ = ["progress", "progress_end"]

_WIDTH = 20


def progress(done: int, total: int, what: str) -> None:
    """Show the number of completed steps and the name of the next one."""
    if sys.stderr.isatty():
        width = min(total, _WIDTH)
        full = width * done // max(total, 1)
        bar = "█" * full + "░" * (width - full)
        print(f"\r\033[K{bar} {done}/{total} {what}", end="", file=sys.stderr, flush=True)


def progress_end() -> None:
    """Remove the progress bar."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
