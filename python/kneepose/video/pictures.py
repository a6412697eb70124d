"""`Pictures`: frames from a folder of numbered images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.errors import DependencyError, FormatError, KneeposeError
from kneepose.video.bounds import check_pixels
from kneepose.writing import check_regular, visible

__all__ = ["Pictures", "import_pillow", "is_picture"]

_ENDINGS: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


def import_pillow() -> Any:
    """Import PIL.

    Raises
    ------
    DependencyError
        Pillow is not installed.
    """
    try:
        import PIL.Image
        import PIL.ImageDraw
        import PIL.ImageFont
        import PIL.ImageOps
    except ImportError as error:
        raise DependencyError(
            "pictures and text on frames need Pillow, which is not installed: pip install "
            '"kneepose[video]".'
        ) from error
    return PIL


def is_picture(path: Path) -> bool:
    """Return whether a file name is that of an image."""
    return path.suffix.lower() in _ENDINGS and not path.name.startswith(".")


def _by_number(path: Path) -> tuple[Any, ...]:
    parts = re.split(r"(\d+)", path.name)
    return tuple(int(part) if n % 2 else part for n, part in enumerate(parts))


class Pictures:
    """Reads the images of a folder in the order of the numbers in their names."""

    def __init__(self, folder: Path, fps: float | None, order: str) -> None:
        self._pillow = import_pillow()
        self._order = order
        self._paths = sorted(filter(is_picture, folder.iterdir()), key=_by_number)
        if not self._paths:
            raise FormatError(
                f"{folder} has no pictures; needed files such as 0001.png or 0001.jpg."
            )
        if fps is None:
            raise KneeposeError(
                f"fps is not given, and the {len(self._paths)} pictures of {folder} have no "
                "clock. Pass the frames per second with which they were taken."
            )
        self.fps = fps
        self.duration_s = len(self._paths) / fps
        self.notes: list[str] = []
        height, width = self._image(self._paths[0]).shape[:2]
        self.resolution_wh = (width, height)

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        for number, path in enumerate(self._paths):
            try:
                image = self._image(path)
            except FormatError as error:
                self.notes.append(f"{error} It was left out.")
                continue
            if image.shape[1::-1] != self.resolution_wh:
                width, height = image.shape[1::-1]
                raise FormatError(
                    f"{visible(path.name)} is {width}×{height}, the first picture "
                    f"{self.resolution_wh[0]}×{self.resolution_wh[1]}; needed pictures of one video."
                )
            yield image, number / self.fps

    def _image(self, path: Path) -> Any:
        check_regular(path)
        try:
            with self._pillow.Image.open(path) as opened:
                check_pixels(path, *opened.size)
                upright = self._pillow.ImageOps.exif_transpose(opened).convert("RGB")
        except FormatError:
            raise
        except (OSError, ValueError, SyntaxError, self._pillow.Image.DecompressionBombError):
            raise FormatError(f"{visible(path.name)} cannot be read as a picture.") from None
        image = np.array(upright)
        return np.ascontiguousarray(image[..., ::-1]) if self._order == "bgr" else image

    def close(self) -> None:
        """Do nothing: each image is closed after it is read."""
