"""`damage_is_told`: converts errors of packages on damaged files to `FormatError`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from kneepose.errors import FormatError, KneeposeError

__all__ = ["damage_is_told"]

#: Packages whose errors mean a damaged file. Other errors come from signal handlers or callers.
_READERS: Final = frozenset(
    [
        "builtins",
        "json",
        "zipfile",
        "zlib",
        "struct",
        "tokenize",
        "numpy",
        "pyarrow",
        "h5py",
        "h5netcdf",
        "xarray",
        "pandas",
    ]
)


@contextlib.contextmanager
def damage_is_told(name: str, kind: str) -> Iterator[None]:
    """Convert errors in the block to `FormatError`, as damaged files raise errors of many types.

    MemoryError and errors raised by signal handlers are passed on.

    Raises
    ------
    FormatError
        The file cannot be read.
    """
    try:
        yield
    except (KneeposeError, MemoryError):
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _READERS:
            raise
        raise FormatError(
            f"{name} is not a readable {kind} file ({str(error)[:200] or type(error).__name__})."
        ) from None
