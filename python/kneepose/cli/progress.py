"""A bar on stderr while something takes long; silent where nobody watches."""

from __future__ import annotations

import sys

__all__ = ["progress", "progress_end"]

_WIDTH = 20


def progress(done: int, total: int, what: str) -> None:
    """Show how many of how many steps are done, and which one is next."""
    if sys.stderr.isatty():
        width = min(total, _WIDTH)
        full = width * done // max(total, 1)
        bar = "█" * full + "░" * (width - full)
        print(f"\r\033[K{bar} {done}/{total} {what}", end="", file=sys.stderr, flush=True)


def progress_end() -> None:
    """Take the bar away."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
