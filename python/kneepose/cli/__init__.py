"""The command-line interface."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, also where loading kneepose is interrupted.

    Parameters
    ----------
    arguments
        Command-line arguments without the program name. None uses ``sys.argv``.
    """
    try:
        code: int = import_module("kneepose.cli.commands").main(arguments)
        return code
    except KeyboardInterrupt:
        from kneepose.cli.output import INTERRUPTED, say_interrupted

        say_interrupted()
        return INTERRUPTED
