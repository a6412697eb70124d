"""`Chart`: charts as SVG with axes, lines, bands and markers, kept small."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.plots.style import EARLIER, INK, MUTED, SIDES
from kneepose.words.units import number
from kneepose.writing import visible

__all__ = ["INK", "MUTED", "Chart", "path_of", "style_of"]

F64 = npt.NDArray[np.float64]

#: Name of a line style → color, dash pattern, and marker shape.
_STYLES: Final = {
    "left": (SIDES["left"].color, "", "dot"),
    "right": (SIDES["right"].color, "6 2.4", "square"),
    "left-first": (EARLIER["left"].color, "1.5 2", "ring"),
    "right-first": (EARLIER["right"].color, "1.5 2", "ring"),
}
#: Maximum number of points of a line; more than the width in pixels adds size without detail.
_MOST_POINTS: Final = 260


def style_of(mark: str) -> tuple[str, str, str]:
    """Return color, dash pattern and marker shape of a line style."""
    return _STYLES[mark]


def path_of(x: F64, y: F64) -> str:
    """Return the SVG path of a line, broken where a value is missing."""
    parts = []
    pen_down = False
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if b != b or a != a:
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{a:.1f} {b:.1f}")
        pen_down = True
    return "".join(parts)


class Chart:
    """One pair of axes. Methods take data coordinates; the SVG is `width` × `height`.

    Parameters
    ----------
    x, y
        Range (low, high) of each axis.
    height, width
        Size of the SVG in user units, which are about pixels on a phone.
    margins
        Margins: left, top, right and bottom.
    """

    def __init__(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        height: float = 190.0,
        width: float = 360.0,
        margins: tuple[float, float, float, float] = (34.0, 20.0, 8.0, 20.0),
    ) -> None:
        self.x, self.y = x, y
        self.width, self.height = width, height
        self.left, self.top = margins[0], margins[1]
        self.right, self.bottom = width - margins[2], height - margins[3]
        self.parts: list[str] = []

    def at_x(self, value: Any) -> Any:
        """Convert values to horizontal SVG coordinates."""
        low, high = self.x
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def at_y(self, value: Any) -> Any:
        """Convert values to vertical SVG coordinates."""
        low, high = self.y
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def line(
        self,
        x: F64,
        y: F64,
        color: str,
        *,
        width: float = 1.5,
        dash: str = "",
        opacity: float = 1.0,
    ) -> None:
        """Draw a line; NaN leaves a gap."""
        if len(x) > _MOST_POINTS:
            x, y = _thinned(x, y)
        drawn = path_of(self.at_x(x), self.at_y(y))
        if drawn:
            dashes = f' stroke-dasharray="{dash}"' if dash else ""
            faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
            self.parts.append(
                f'<path d="{drawn}" fill="none" stroke="{color}" stroke-width="{width:g}"'
                f"{dashes}{faint}/>"
            )

    def band(self, x: F64, low: F64, high: F64, color: str, *, opacity: float) -> None:
        """Fill the area between two lines where both have a value."""
        known = np.isfinite(low) & np.isfinite(high)
        if known.sum() < 2:
            return
        there = path_of(self.at_x(x[known]), self.at_y(low[known]))
        back = path_of(self.at_x(x[known][::-1]), self.at_y(high[known][::-1])).replace("M", "L", 1)
        self.parts.append(f'<path d="{there}{back}Z" fill="{color}" opacity="{opacity:g}"/>')

    def columns(self, start: float, end: float, *, hatched: bool = False) -> None:
        """Shade a range of the horizontal axis; `hatched` draws a dashed outline instead."""
        a, b = float(self.at_x(start)), float(self.at_x(end))
        look = (
            'fill="none" stroke="#8a9097" stroke-dasharray="3 2"' if hatched else 'fill="#e6e9ec"'
        )
        self.parts.append(
            f'<rect x="{a:.1f}" y="{self.top:.1f}" width="{max(b - a, 0.5):.1f}" '
            f'height="{self.bottom - self.top:.1f}" {look}/>'
        )

    def level(self, value: float, label: str = "", *, color: str = INK, dash: str = "4 3") -> None:
        """Draw a horizontal reference line at a value, with a label beside the title."""
        if not self.y[0] <= value <= self.y[1]:
            return
        y = float(self.at_y(value))
        self.parts.append(
            f'<path d="M{self.left:.1f} {y:.1f}H{self.right:.1f}" stroke="{color}" '
            f'stroke-width="1" stroke-dasharray="{dash}" fill="none"/>'
        )
        if label:
            self.text(self.right, 11, f"- - {label}", anchor="end", color=MUTED, size=10)

    def marker(self, x: float, y: float, mark: str, *, size: float = 3.6) -> None:
        """Draw the marker of a line style at a data point."""
        if x != x or y != y:
            return
        a, b = float(self.at_x(x)), float(self.at_y(y))
        color, _, shape = style_of(mark)
        if shape == "square":
            self.parts.append(
                f'<rect x="{a - size:.1f}" y="{b - size:.1f}" width="{2 * size:g}" '
                f'height="{2 * size:g}" fill="{color}" stroke="#fff" stroke-width=".8"/>'
            )
            return
        look = (
            f'fill="#fff" stroke="{color}" stroke-width="1.6"'
            if shape == "ring"
            else (f'fill="{color}" stroke="#fff" stroke-width=".8"')
        )
        self.parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:g}" {look}/>')

    def dot(self, x: float, y: float, color: str, *, filled: bool, size: float = 3.6) -> None:
        """Draw a round marker at a data point."""
        if x != x or y != y:
            return
        look = (
            f'fill="{color}" stroke="#fff" stroke-width=".8"'
            if filled
            else f'fill="#fff" stroke="{color}" stroke-width="1.6"'
        )
        a, b = float(self.at_x(x)), float(self.at_y(y))
        self.parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:g}" {look}/>')

    def bar(self, x: float, y: float, width: float, color: str, *, height: float = 9.0) -> None:
        """Draw a horizontal bar at SVG coordinates."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:g}" rx="2" '
            f'fill="{color}"/>'
        )

    def text(
        self, x: float, y: float, text: str, *, anchor: str = "start", color: str = INK,
        size: float = 10.5, bold: bool = False,
    ) -> None:  # fmt: skip
        """Write text at SVG coordinates."""
        weight = ' font-weight="700"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" '
            f'fill="{color}"{weight}>{escape(visible(text))}</text>'
        )

    def axes(self, unit: str, *, x_ticks: Sequence[tuple[float, str]], title: str = "") -> None:
        """Draw both axes with tick labels; the vertical axis has `unit`."""
        for value in nice_ticks(*self.y):
            y = float(self.at_y(value))
            self.parts.append(
                f'<path d="M{self.left:.1f} {y:.1f}H{self.right:.1f}" stroke="#eceff1" fill="none"/>'
            )
            digits = 0 if float(value).is_integer() and unit != "s" else None
            if digits == 0 and unit not in ("deg", "leg", "points"):
                digits = 1
            self.text(
                self.left - 4,
                y + 3.5,
                number(value, unit, digits=digits),
                anchor="end",
                color=MUTED,
            )
        if self.y[0] < 0 < self.y[1]:
            self.level(0.0, color="#7d858c", dash="")
        for value, label in x_ticks:
            x = float(self.at_x(value))
            edge = "start" if x < self.left + 4 else "end" if x > self.right - 4 else "middle"
            self.text(x, self.bottom + 13, label, anchor=edge, color=MUTED)
        self.parts.append(
            f'<path d="M{self.left:.1f} {self.top:.1f}V{self.bottom:.1f}H{self.right:.1f}" '
            f'stroke="#9aa1a8" fill="none"/>'
        )
        if title:
            self.text(0, 11, title, bold=True, size=11.5)

    def svg(self) -> Any:
        """Return the chart as SVG."""
        from markupsafe import Markup

        # All texts were escaped; the rest consists of numbers and constants.
        return Markup(
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" aria-hidden="true" focusable="false">'
            f"{''.join(self.parts)}</svg>"
        )


def _thinned(x: F64, y: F64) -> tuple[F64, F64]:
    """Return the lowest and the highest point of each of many equal intervals, in order of time."""
    bins = np.array_split(np.arange(len(x)), _MOST_POINTS // 2)
    kept: list[int] = []
    for part in bins:
        values = y[part]
        if not np.isfinite(values).any():
            kept.append(int(part[0]))
            continue
        kept += sorted({int(part[np.nanargmin(values)]), int(part[np.nanargmax(values)])})
    return x[kept], y[kept]


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round tick values from `low` to `high`, about `most` of them."""
    span = high - low
    if not span > 0:
        return [low]
    raw = span / most
    size = 10.0 ** floor(log10(raw))
    step = next(size * k for k in (1, 2, 2.5, 5, 10) if size * k >= raw * 0.999)
    first = ceil(low / step - 1e-9)
    last = floor(high / step + 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]
