"""`Camera`: frames of a camera, read with OpenCV."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import numpy as np

from kneepose.errors import DependencyError, FormatError, KneeposeError

__all__ = ["Camera", "import_cv2"]

#: OpenCV takes larger numbers for the code of a driver, and a negative one ends the process.
_HIGHEST: Final = 99


def import_cv2(what: str) -> Any:
    """Import OpenCV, from any of its packages.

    Raises
    ------
    DependencyError
        No OpenCV package is installed.
    """
    try:
        return import_module("cv2")
    except ImportError as error:
        raise DependencyError(
            f'{what} OpenCV, which is not installed: pip install "kneepose[opencv]".'
        ) from error


class Camera:
    """Reads a camera once, and gives each frame the time of its arrival."""

    def __init__(self, number: int, order: str) -> None:
        if not 0 <= number <= _HIGHEST:
            place = "below" if number < 0 else "above"
            raise KneeposeError(
                f"the number of a camera is {place} 0 to {_HIGHEST}; 0 is the first camera."
            )
        cv2 = import_cv2("a camera needs")
        self._order = order
        self._capture = cv2.VideoCapture(number)
        self.notes: list[str] = []
        image: Any = self._capture.read()[1] if self._capture.isOpened() else None
        if image is None:
            self._capture.release()
            raise FormatError(
                f"camera {number} gives no picture: it is not connected, in use by another "
                "program, or not allowed by the system. Try another number, 0 is the first."
            )
        self.resolution_wh = (int(image.shape[1]), int(image.shape[0]))
        self.fps = math.nan
        self.duration_s = math.nan

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        start: float | None = None
        while True:
            is_there = self._capture.grab()
            now = time.monotonic()
            if not is_there:
                return
            is_read, image = self._capture.retrieve()
            if not is_read:
                return
            start = now if start is None else start
            yield (
                np.ascontiguousarray(image[..., ::-1]) if self._order == "rgb" else image,
                now - start,
            )

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()
