"""`Canvas`: draws antialiased lines, discs, sectors, rectangles and text into a frame, in place.

Only the pixels of a shape are read and written; the frame is not copied.
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
    """Convert a hexadecimal color such as ``"#0072B2"`` to red, green and blue."""
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return red, green, blue


class Canvas:
    """A frame to draw into, in place.

    Parameters
    ----------
    frame
        uint8, shape (H, W, 3), writable; any strides.
    order
        Order of the color channels, ``"rgb"`` or ``"bgr"``.

    Raises
    ------
    CoordinateError
        The frame has another shape or type, or is read-only.
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
        """Draw a line with round ends, `width` pixels wide, with an optional halo."""
        self.lines([(start, end, width, color, halo)])

    def lines(self, lines: Iterable[tuple[Any, Any, float, Color, Color | None]]) -> None:
        """Draw several lines in order, each given as the arguments of `line`."""
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
        """Draw a disc, `width` pixels in diameter, with an optional halo."""
        self.line(center, center, width, color, halo)

    def sector(
        self, center: Any, radius: float, start: Any, end: Any, color: Color, share: float
    ) -> None:
        """Tint the smaller circular sector between two directions (x, y) with opacity `share`."""
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
        """Draw a text in a color brighter than its background."""
        light = text.light(self._ordered(color))
        _core.stamp(self.frame, light, (round(top), round(left)))

    def _edges(
        self, left: float, top: float, width: float, height: float
    ) -> tuple[int, int, int, int]:
        """Return the part of a rectangle inside the frame as bounds: left, top, right, bottom."""
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = math.ceil(left + width), math.ceil(top + height)
        return x0, y0, max(0, min(self.width, x1)), max(0, min(self.height, y1))
