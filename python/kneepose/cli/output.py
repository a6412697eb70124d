"""Output of the command line to any terminal, file or pipe."""

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

#: Exit codes.
OK, USAGE, BAD_INPUT, NOT_MEASURABLE, INTERRUPTED = 0, 2, 3, 4, 130

#: Letters of the texts → what says the same in ASCII.
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
    """Make stdout and stderr write what their encoding lacks in other letters, not raise."""
    codecs.register_error(_HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def say(text: str) -> None:
    """Print a result, with control characters as escapes.

    Raises
    ------
    OSError
        The output is closed or full.
    """
    if sys.stdout is None:
        raise OSError("the standard output is closed")
    print(visible(text), flush=True)


def say_error(text: str, *, end: str = "\n") -> None:
    """Print a message to stderr, if there is one."""
    write_error(visible(text) + end)


def say_interrupted() -> None:
    """Print that the user ended the command."""
    say_error(f"kneepose: {tr('interrupted; no file was left half written')}")


def write_error(text: str) -> None:
    """Write text to stderr as it is, if there is a stderr that takes it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def turn_off(stream: TextIO | None) -> None:
    """Let the rest of the output go nowhere, so that the end of the process does not fail too."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
