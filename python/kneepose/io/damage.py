"""`damage_is_told`: what packages raise for damaged files, as a FormatError."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from kneepose.errors import FormatError, KneeposeError

__all__ = ["damage_is_told"]

#: Packages whose errors speak of a file. Others are those of a handler of a signal, or of a caller.
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
    """Turn errors within the block into a FormatError: packages raise many types for damaged files.

    A lack of memory is no damage, and an error that a handler of a signal raises goes on.

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
