"""Lines, dots, sectors, shades and masks drawn into the pixels of a frame, smooth-edged and in place.

Only the pixels of a shape are read and written: no frame is copied.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError

__all__ = ["Canvas", "Color", "rgb_of"]

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
#: Red, green and blue, 0 to 255.
Color: TypeAlias = tuple[int, int, int]

#: Coordinates farther outside of the frame than this many frame sizes are not drawn.
_FAR: Final = 4.0


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

    def _paint(self, color: Color) -> F32:
        return np.array(color if self._order == "rgb" else color[::-1], dtype=np.float32)

    def _is_near(self, *points: Any) -> bool:
        reach = _FAR * max(self.height, self.width)
        return all(abs(value) < reach for point in points for value in point)  # False for NaN

    def line(
        self, start: Any, end: Any, width: float, color: Color, halo: Color | None = None
    ) -> None:
        """Draw a line with round ends, `width` pixels wide, with a halo around it."""
        if not self._is_near(start, end):
            return
        (x0, y0), (x1, y1) = start, end
        half = width / 2
        reach = half + (max(1.0, 0.3 * width) if halo is not None else 0.0) + 1
        dx, dy = x1 - x0, y1 - y0
        length = float(np.hypot(dx, dy))
        along_x = abs(dx) >= abs(dy)
        major0, major1, minor0, minor1 = (x0, x1, y0, y1) if along_x else (y0, y1, x0, x1)
        slope = 0.0 if major0 == major1 else (minor1 - minor0) / (major1 - major0)
        low, high = min(major0, major1), max(major0, major1)
        first = max(0, int(np.floor(low - reach)))
        last = min((self.width if along_x else self.height) - 1, int(np.ceil(high + reach)))
        if last < first:
            return
        major = np.arange(first, last + 1)
        middle = minor0 + slope * (np.clip(major, low, high) - major0)
        spread = int(np.ceil(reach * np.sqrt(1 + slope * slope)))
        minor = np.rint(middle).astype(np.intp)[:, None] + np.arange(-spread, spread + 1)
        major = np.broadcast_to(major[:, None], minor.shape)
        x, y = (major, minor) if along_x else (minor, major)
        px, py = np.subtract(x, x0, dtype=np.float32), np.subtract(y, y0, dtype=np.float32)
        if length > 0:
            share = np.clip((px * dx + py * dy) / (length * length), 0, 1)
            px, py = px - share * dx, py - share * dy
        self._blend(x, y, np.sqrt(px * px + py * py), half, reach - 1, color, halo)

    def dot(self, center: Any, width: float, color: Color, halo: Color | None = None) -> None:
        """Draw a disc, `width` pixels wide, with a halo around it."""
        self.line(center, center, width, color, halo)

    def _blend(
        self,
        x: Any,
        y: Any,
        distance: Any,
        half: float,
        outer: float,
        color: Color,
        halo: Color | None,
    ) -> None:
        inside = (
            (distance < outer + 0.5) & (x >= 0) & (y >= 0) & (x < self.width) & (y < self.height)
        )
        x, y, distance = x[inside], y[inside], distance[inside]
        paint = self._paint(color)
        is_core = distance <= half - 0.5
        self.frame[y[is_core], x[is_core]] = paint.astype(np.uint8)
        is_edge = ~is_core
        x, y, distance = x[is_edge], y[is_edge], distance[is_edge]
        core = np.clip(half + 0.5 - distance, 0, 1)[:, None]
        cover = core
        if halo is not None:
            around = self._paint(halo)
            paint = around + (paint - around) * core
            cover = np.clip(outer + 0.5 - distance, 0, 1)[:, None]
        old = self.frame[y, x]
        self.frame[y, x] = old + (paint - old) * cover + np.float32(0.5)

    def sector(
        self, center: Any, radius: float, from_rad: float, to_rad: float, color: Color, share: float
    ) -> None:
        """Tint the sector of a circle between two directions, the shorter way, by a share of `color`."""
        if not (self._is_near(center) and radius >= 1):
            return
        found = self._patch(center[0] - radius, center[1] - radius, 2 * radius, 2 * radius)
        if found is None:
            return
        patch, left, top = found
        px = np.arange(left, left + patch.shape[1], dtype=np.float32) - center[0]
        py = np.arange(top, top + patch.shape[0], dtype=np.float32)[:, None] - center[1]
        turn = (to_rad - from_rad + np.pi) % (2 * np.pi) - np.pi
        direction = (np.arctan2(py, px) - from_rad + np.pi) % (2 * np.pi) - np.pi
        between = (direction * np.sign(turn) >= 0) & (np.abs(direction) <= abs(turn))
        inside = between & (px * px + py * py <= radius * radius)
        old = patch[inside]
        patch[inside] = old + (self._paint(color) - old) * np.float32(share) + 0.5

    def shade(self, left: float, top: float, width: float, height: float) -> None:
        """Darken a rectangle to a quarter of its brightness."""
        found = self._patch(left, top, width, height)
        if found is not None:
            np.right_shift(found[0], 2, out=found[0])

    def fill(self, left: float, top: float, width: float, height: float, color: Color) -> None:
        """Fill a rectangle."""
        found = self._patch(left, top, width, height)
        if found is not None:
            found[0][...] = self._paint(color).astype(np.uint8)

    def stamp(self, mask: U8, left: float, top: float, color: Color) -> None:
        """Draw a mask, 0 to 255, shape (h, w), in a color that is brighter than what it is drawn on."""
        height, width = mask.shape
        x, y = round(left), round(top)
        found = self._patch(x, y, width, height)
        if found is None:
            return
        patch, x0, y0 = found
        part = mask[y0 - y : y0 - y + patch.shape[0], x0 - x : x0 - x + patch.shape[1], None]
        if color != (255, 255, 255):
            part = (part * self._paint(color).astype(np.uint16) // 255).astype(np.uint8)
        np.maximum(patch, part, out=patch)

    def _patch(
        self, left: float, top: float, width: float, height: float
    ) -> tuple[npt.NDArray[np.uint8], int, int] | None:
        """Return the part of the frame in a rectangle, a view, and its corner; None if it is outside."""
        x0, y0 = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
        x1, y1 = (
            min(self.width, int(np.ceil(left + width))),
            min(self.height, int(np.ceil(top + height))),
        )
        return None if x0 >= x1 or y0 >= y1 else (self.frame[y0:y1, x0:x1], x0, y0)
