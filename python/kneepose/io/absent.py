"""What to say of a file that cannot be opened."""

from __future__ import annotations

import os
from pathlib import Path

from kneepose.errors import near_names
from kneepose.writing import visible

__all__ = ["reason_of"]

#: Names in a folder that are compared with the one that is missing.
_MOST_NAMES = 10_000


def reason_of(error: OSError) -> str:
    """Return which file it is, what is wrong with it, and for a file that is missing, what to do."""
    if error.filename is None:
        return f"the output: {_words(error)}"
    name = os.fsdecode(error.filename)
    if not isinstance(error, FileNotFoundError):
        return f"{name}: {_words(error)}"
    return f"{name}: {_missing(Path(os.path.abspath(name)))}"


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        there = next((parent for parent in folder.parents if parent.is_dir()), folder)
        absent = folder.relative_to(there).parts[:1]
        return (
            f"there is no folder {visible(str(there.joinpath(*absent)))}. Check the path; one with "
            "spaces must stand in quotation marks."
        )
    said = f"there is no file or folder of this name in {visible(str(folder))}."
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    except OSError:
        names = []
    if near := near_names(path.name, names):
        return f"{said} Did you mean {' or '.join(visible(repr(name)) for name in near)}?"
    return (
        f"{said} Give the whole path, or go to its folder first with cd; a path with spaces must stand "
        "in quotation marks."
    )
