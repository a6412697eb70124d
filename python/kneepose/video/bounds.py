"""Bounds of what is read as a picture or a clip: pixels that the file can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kneepose.errors import FormatError
from kneepose.writing import visible

__all__ = ["check_pixels", "most_pixels"]

#: Pixels of a frame of any file: 4K, and the 5.7K of action cameras. A small file may claim as many.
_PIXELS: Final = 17_000_000
#: Pixels of a frame at most: 8K. The file must have a byte for so many of them.
_MOST_PIXELS: Final = 36_000_000
_PIXELS_PER_BYTE: Final = 10


def most_pixels(path: Path) -> int:
    """Return the number of pixels that a frame of a file may have."""
    return min(_MOST_PIXELS, max(_PIXELS, _PIXELS_PER_BYTE * path.stat().st_size))


def check_pixels(path: Path, width: int, height: int) -> None:
    """Raise where the frames of a file would take more memory than the file accounts for.

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
