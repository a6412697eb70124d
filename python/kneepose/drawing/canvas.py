"""Lines, dots, sectors, shades and texts drawn into the pixels of a frame, smooth-edged and in place.

Only the pixels of a shape are read and written: no frame is copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from kneepose import _core
from kneepose.drawing.text import Text
from kneepose.errors import CoordinateError

__all__ = ["Canvas", "Color", "rgb_of"]

#: Red, green and blue, 0 to 255.
Color: TypeAlias = tuple[int, int, int]


def rgb_of(hexadecimal: str) -> Color:
    """Return the color of a text such as ``"#0072B2"``."""
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return red, green, blue


class Canvas:
    """A frame to draw into.

    Parameters
    ----------
    frame
        uint8, shape (H, W, 3), writable; any strides.
    order
        Order of its channels, ``"rgb"`` or ``"bgr"``.

    Raises
    ------
    CoordinateError
        The frame is none of these.
    """

    def __init__(self, frame: Any, order: str) -> None:
        shape = getattr(frame, "shape", None)
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.ndim != 3:
            raise CoordinateError(
                f"frame is {type(frame).__name__} of shape {shape} and dtype "
                f"{getattr(frame, 'dtype', None)}; needed a uint8 array, shape (height, width, 3)."
            )
        if frame.shape[2] != 3 or not frame.size:
            raise CoordinateError(
                f"frame has shape {shape}; needed (height, width, 3): convert grey or RGBA frames first."
            )
        if not frame.flags.writeable:
            raise CoordinateError(
                "frame is read-only, and drawing changes it; pass a copy: frame.copy()."
            )
        self.frame = frame
        self.height, self.width = frame.shape[:2]
        self._order = order

    def _ordered(self, color: Color) -> Color:
        return color if self._order == "rgb" else color[::-1]

    def line(
        self, start: Any, end: Any, width: float, color: Color, halo: Color | None = None
    ) -> None:
        """Draw a line with round ends, `width` pixels wide, with a halo around it."""
        self.lines([(start, end, width, color, halo)])

    def lines(self, lines: Iterable[tuple[Any, Any, float, Color, Color | None]]) -> None:
        """Draw lines, each as the arguments of `line`, one over the other."""
        _core.draw_lines(
            self.frame,
            [
                (
                    tuple(start),
                    tuple(end),
                    width,
                    self._ordered(color),
                    None if halo is None else (self._ordered(halo), max(1.0, 0.3 * width)),
                )
                for start, end, width, color, halo in lines
            ],
        )

    def dot(self, center: Any, width: float, color: Color, halo: Color | None = None) -> None:
        """Draw a disc, `width` pixels wide, with a halo around it."""
        self.line(center, center, width, color, halo)

    def sector(
        self, center: Any, radius: float, start: Any, end: Any, color: Color, share: float
    ) -> None:
        """Tint the sector of a circle between two directions (x, y), the shorter way, by a share."""
        directions = (tuple(start), tuple(end))
        _core.draw_sector(
            self.frame, tuple(center), radius, directions, self._ordered(color), share
        )

    def shade(self, left: float, top: float, width: float, height: float) -> None:
        """Darken a rectangle to a quarter of its brightness."""
        x0, y0, x1, y1 = self._edges(left, top, width, height)
        _core.shade(self.frame, (y0, y1), (x0, x1))

    def fill(self, left: float, top: float, width: float, height: float, color: Color) -> None:
        """Fill a rectangle."""
        x0, y0, x1, y1 = self._edges(left, top, width, height)
        _core.fill(self.frame, (y0, y1), (x0, x1), self._ordered(color))

    def stamp(self, text: Text, left: float, top: float, color: Color) -> None:
        """Draw a text in a color that is brighter than what it is drawn on."""
        light = text.light(self._ordered(color))
        _core.stamp(self.frame, light, (round(top), round(left)))

    def _edges(
        self, left: float, top: float, width: float, height: float
    ) -> tuple[int, int, int, int]:
        """Return the edges of the part of a rectangle that is in the frame: x, y, x and y."""
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = math.ceil(left + width), math.ceil(top + height)
        return x0, y0, max(0, min(self.width, x1)), max(0, min(self.height, y1))
