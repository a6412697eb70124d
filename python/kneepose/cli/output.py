"""Output of the command line that works with any terminal, file or pipe."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import TextIO

from kneepose.words.catalogue import tr
from kneepose.writing import visible

__all__ = [
    "BAD_INPUT",
    "INTERRUPTED",
    "NOT_MEASURABLE",
    "OK",
    "USAGE",
    "prepare_output",
    "say",
    "say_error",
    "say_interrupted",
    "turn_off",
    "write_error",
]

#: Exit codes of the commands.
OK, USAGE, BAD_INPUT, NOT_MEASURABLE, INTERRUPTED = 0, 2, 3, 4, 130

#: Characters in texts → ASCII substitutes for terminals that cannot show them.
_PLAIN = {
    "−": "-", "–": "-", "—": "-", "…": "...", "·": "*", "×": "x", "→": "->", "≥": ">=", "≤": "<=",
    "±": "+/-", "≈": "~", "°": " deg", "²": "^2", "’": "'", "“": '"', "”": '"', "█": "#", "░": ".",
    "═": "=", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_HANDLER = "kneepose_plain"


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    given = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in given), error.end


def prepare_output() -> None:
    """Make stdout and stderr replace characters that their encoding lacks, instead of raising."""
    codecs.register_error(_HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def say(text: str) -> None:
    """Print a result, with control characters escaped.

    Raises
    ------
    OSError
        The output is closed or full.
    """
    if sys.stdout is None:
        raise OSError("the standard output is closed")
    print(visible(text), flush=True)


def say_error(text: str, *, end: str = "\n") -> None:
    """Print a message to stderr if the process has a stderr, with control characters escaped."""
    write_error(visible(text) + end)


def say_interrupted() -> None:
    """Print that the user ended the command."""
    say_error(f"kneepose: {tr('interrupted; no file was left half written')}")


def write_error(text: str) -> None:
    """Write text to stderr unchanged, ignoring a missing or closed stderr."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def turn_off(stream: TextIO | None) -> None:
    """Redirect a stream to the null device, so that flushing it at exit cannot fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
