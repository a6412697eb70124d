"""`quick_folder`: a temporary folder for very many small files."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["quick_folder"]


@contextlib.contextmanager
def quick_folder() -> Iterator[Path]:
    """Provide a folder in memory if possible, as writing to disk takes longer than the tests."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="kneepose-") as folder:
        yield Path(folder)
