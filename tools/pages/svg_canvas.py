"""Draw SVG figures whose labels avoid lines and other labels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tools.pages.stick_body import F64

WIDTH, HEIGHT, TOP = 420, 440, 34
INK = "#1b1f24"
STEP = 4.0
"""Distance between sample points along a line, pixels."""


class Canvas:
    """A collection of SVG elements that stores the positions of lines and labels."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.strokes: list[F64] = []
        self.boxes: list[F64] = []

    def line(self, a: F64, b: F64, color: str, width: float, extra: str = "") -> None:
        """Add a line between two points."""
        count = max(2, int(np.linalg.norm(b - a) / STEP))
        self.strokes += list(np.linspace(a, b, count))
        self.parts.append(
            f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
            f'stroke="{color}" stroke-width="{width:g}" stroke-linecap="round"{extra}/>'
        )

    def disc(self, at: F64, radius: float, color: str) -> None:
        """Add a white disc with a colored rim."""
        around = np.linspace(0, 2 * np.pi, 12)
        self.strokes += [at + radius * np.array([np.cos(a), np.sin(a)]) for a in around]
        self.parts.append(
            f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}" fill="white" '
            f'stroke="{color}" stroke-width="2.5"/>'
        )

    def arc(self, center: F64, radius: float, start: float, turn: float) -> None:
        """Add an arc with an arrow at its end. Angles are in radians, clockwise on the page."""
        tip = start + turn - np.sign(turn) * min(8 / radius, abs(turn) / 2)
        on = [center + radius * np.array([np.cos(a), np.sin(a)]) for a in (start, tip)]
        sweep = np.linspace(start, start + turn, 20)
        self.strokes += [center + radius * np.array([np.cos(a), np.sin(a)]) for a in sweep]
        self.parts.append(
            f'<path d="M {on[0][0]:.1f} {on[0][1]:.1f} A {radius:.1f} {radius:.1f} 0 '
            f'{int(abs(turn) > np.pi)} {int(turn > 0)} {on[1][0]:.1f} {on[1][1]:.1f}" '
            f'fill="none" stroke="{INK}" stroke-width="3" marker-end="url(#tip)"/>'
        )

    def arrow(self, a: F64, b: F64) -> None:
        """Add a straight arrow."""
        way = (b - a) / np.linalg.norm(b - a)
        self.line(a, b - 7 * way, INK, 3, ' marker-end="url(#tip)"')

    def text(
        self,
        words: str,
        places: Iterable[F64],
        *,
        color: str = INK,
        size: int = 14,
        weight: str = "normal",
    ) -> None:
        """Add a label at the least crowded given place; later places have a small penalty."""
        extent, strokes = half_size(words, size), np.array(self.strokes)
        best = min(
            (self.crowding(strokes, place, extent) + 0.7 * i, i, place)
            for i, place in enumerate(places)
        )[2]
        self.boxes.append(np.array([best - extent, best + extent]))
        self.parts.append(
            f'<text x="{best[0]:.1f}" y="{best[1] + 0.35 * size:.1f}" text-anchor="middle" '
            f'font-size="{size}" font-weight="{weight}" fill="{color}" stroke="white" '
            f'stroke-width="4" stroke-linejoin="round" paint-order="stroke">{words}</text>'
        )

    def crowding(self, strokes: F64, place: F64, extent: F64) -> float:
        """Return the cost of a place for a box: overlapped lines and labels, area off the page."""
        low, high = place - extent, place + extent
        under = np.sum((strokes > low).all(axis=1) & (strokes < high).all(axis=1))
        boxes = sum(bool((low < box[1]).all() and (high > box[0]).all()) for box in self.boxes)
        outside = (low < [4, TOP]).any() or (high > [WIDTH - 4, HEIGHT - 4]).any()
        return float(4 * under + 100 * boxes + 300 * outside)


def half_size(words: str, size: int) -> F64:
    """Return half the approximate width and height of a label."""
    return np.array([0.62 * size * len(words), 1.15 * size]) / 2


def around(at: F64, words: str, size: int, gap: float, first: F64) -> list[F64]:
    """Return candidate centers of a label around a point, those toward `first` first."""
    half = half_size(words, size)
    places = []
    for far in (0.0, 12.0, 26.0, 42.0):
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            way = np.array([np.cos(angle), np.sin(angle)])
            places.append((-float(way @ first) + far / 4, at + way * (half + gap + far)))
    return [place for _, place in sorted(places, key=lambda pair: pair[0])]
