"""Files that can be read and written so that nothing is lost, and text that cannot mislead."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from kneepose.errors import FormatError, KneeposeError

__all__ = [
    "as_path",
    "check_outputs",
    "check_regular",
    "csv_text",
    "is_unfinished",
    "remove_unfinished",
    "visible",
    "write_text",
    "write_whole",
]

#: Pattern of control characters except tab and newline, and of characters that reverse the text
#: direction.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: First characters that make a spreadsheet evaluate a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?").fullmatch


def visible(text: str) -> str:
    r"""Return the text with control characters and bidi overrides written as escapes.

    Examples
    --------
    >>> visible("ab\x1b[2J")
    'ab\\x1b[2J'
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def csv_text(rows: Iterable[Iterable[Any]], separator: str = ",") -> str:
    """Return rows as CSV; NaN and None become empty cells, and formulas are made inert.

    Examples
    --------
    >>> csv_text([["a", "=1+1"], [-2.5, None]])
    "a,'=1+1\\r\\n-2.5,\\r\\n"
    """
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(map(_cell, row) for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return visible(f"'{value}" if value.startswith(_FORMULA) and not _NUMBER(value) else value)
    return "" if value is None or value != value else value


def as_path(given: object, argument: str) -> Path:
    """Return the name of a file or folder as path.

    Raises
    ------
    KneeposeError
        It can be the name of none: no text, or with letters that no system takes.
    """
    try:
        path = Path(os.fsdecode(given))  # type: ignore[arg-type]
        is_name = b"\0" not in os.fsencode(path)
    except (TypeError, UnicodeError):
        is_name = False
    if not is_name:
        raise KneeposeError(
            f"{argument} is {visible(repr(given))}, which cannot be the name of a file or folder."
        )
    return path


def check_regular(path: Path) -> None:
    """Raise where a file cannot be read to its end: a pipe or a device waits, or never ends.

    Raises
    ------
    FormatError
        The file is no regular file.
    FileNotFoundError
        There is no such file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise FormatError(f"{visible(path.name)} is no regular file; give a file on a disk.")


def check_outputs(outputs: Sequence[Path | None], inputs: Iterable[Path] = ()) -> None:
    """Raise if an output would overwrite an input or another output, or its folder does not exist.

    Raises
    ------
    KneeposeError
        An output equals an input or another output, is not a file, or its folder is missing.
    """
    taken = {_place(path): "is read by this command" for path in inputs}
    for path in outputs:
        if path is None:
            continue
        _check_place(path)
        place = _place(path)
        if place in taken:
            raise KneeposeError(f"{path} {taken[place]}; give the output another name.")
        taken[place] = "is another output of this command"


def _place(path: Path) -> object:
    """Return an identifier that is equal for two names of the same file, existing or not."""
    with contextlib.suppress(OSError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return os.path.normcase(os.path.realpath(path))


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise KneeposeError(f"{path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise KneeposeError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise KneeposeError(f"{path} is no regular file; give the name of a file.")


#: Endings of file names, and first bytes, of files that must not be overwritten → description.
_KEPT_NAMES: Final = {".npz": "a recording", ".names.json": "the names beside a history"}
_KEPT_HEADS: Final = {
    b"SQLite format 3\0": "a history",
    b"\x37\x7f\x06": "the latest entries of a history",
    b'{\n "kind": "study",': "the plan of a study",
    b'{"person": "': "the recordings of a study",
    b'{"rater": "': "the ratings of a study",
    b"PAR1": "recordings or tables in Parquet",
    b"\x89HDF\r\n\x1a\n": "recordings in HDF5",
}


def _check_replaceable(path: Path) -> None:
    """Raise if a text output would overwrite a recording, a history or a study."""
    kept = [what for end, what in _KEPT_NAMES.items() if path.name.lower().endswith(end)]
    if path.is_file():
        with open(path, "rb") as file:
            head = file.read(max(map(len, _KEPT_HEADS)))
        kept += [what for begin, what in _KEPT_HEADS.items() if head.startswith(begin)]
    if kept:
        raise KneeposeError(
            f"{path} is the file of {kept[0]}, which would be lost; give the output another name."
        )


def write_text(path: str | Path, text: str, *, private: bool = False) -> Path:
    """Write UTF-8 text with `write_whole`, but never over a recording, a history or a study."""
    path = as_path(path, "path")
    _check_place(path)
    _check_replaceable(path)
    data = text.encode("utf-8", errors="replace")
    return write_whole(path, lambda file: file.write(data), private=private)


def write_whole(
    path: str | Path, write: Callable[[BinaryIO], object], *, private: bool = False
) -> Path:
    """Write a file completely or not at all; return its path. Private files are owner-only.

    The content is written to a temporary file beside it, which replaces the target when everything
    is on disk. A failed or interrupted write leaves an existing file unchanged.

    Raises
    ------
    KneeposeError
        The path is a folder or another special file, or its folder does not exist.
    OSError
        The system refuses to write the file, for example because the disk is full.
    """
    path = as_path(path, "path")
    _check_place(path)
    # A symbolic link is kept; the file that it points to is replaced.
    place = Path(os.path.realpath(path))
    mode = place.stat().st_mode if place.exists() else None
    if mode is not None and not os.access(place, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    temporary = place.with_name(f"{_UNFINISHED[0]}{secrets.token_hex(8)}{_UNFINISHED[1]}")
    permissions = 0o600 if private else 0o666
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, permissions)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with open(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(handle)
        if mode is not None and not private:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, place)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), str(path)) from None
        raise
    _flush_folder(place.parent)
    return path


_BINARY = getattr(os, "O_BINARY", 0)
_UNFINISHED = (".kneepose-", ".part")


def is_unfinished(name: str) -> bool:
    """Return whether a file name is that of a temporary file of `write_whole`."""
    return name.startswith(_UNFINISHED[0]) and name.endswith(_UNFINISHED[1])


def remove_unfinished(folder: Path, *, older_s: float) -> None:
    """Remove temporary files of killed processes that are older than `older_s` seconds."""
    for file in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if is_unfinished(file.name) and time.time() - file.stat().st_mtime > older_s:
                file.unlink()


def _flush_folder(folder: Path) -> None:
    """Flush the folder to disk if the system can, so a new file name survives a power cut."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
