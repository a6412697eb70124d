"""Checks before reading images and clips: a limited number of pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kneepose.errors import FormatError
from kneepose.writing import visible

__all__ = ["check_pixels", "most_pixels"]

#: Maximum number of pixels per frame for any file: 4K, and 5.7K of action cameras. Even small files
#: may claim this many.
_PIXELS: Final = 17_000_000
#: Maximum number of pixels per frame: 8K. Above `_PIXELS`, the file must have a byte for each
#: pixel.
_MOST_PIXELS: Final = 36_000_000
_PIXELS_PER_BYTE: Final = 10


def most_pixels(path: Path) -> int:
    """Return the maximum number of pixels per frame for a file, which depends on its size."""
    return min(_MOST_PIXELS, max(_PIXELS, _PIXELS_PER_BYTE * path.stat().st_size))


def check_pixels(path: Path, width: int, height: int) -> None:
    """Raise if the frames of a file would need more memory than its size justifies.

    Raises
    ------
    FormatError
        The frames have too many pixels.
    """
    most = most_pixels(path)
    if width * height > most:
        raise FormatError(
            f"{visible(path.name)} has frames of {width}×{height} pixels; at most {most / 1e6:.0f} "
            "megapixels are read of a file of this size. Scale it down."
        )
