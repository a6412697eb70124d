"""The course of an angle in each repetition of both sides, and how the sides differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.comparison.comparison import Comparison
from kneepose.comparison.curves import rep_curves
from kneepose.plots.style import (
    INK,
    MUTED,
    PHONE_IN,
    axis_words,
    legend,
    looks,
    new_figure,
    only_words,
    tidy,
    title_of,
)
from kneepose.words.exercises import wording_of
from kneepose.words.units import unit_of_angle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kneepose.arrays.inference import CurveComparison
    from kneepose.words.measures import Label

__all__ = ["plot_normalized_reps"]

_PERCENT = np.linspace(0.0, 100.0, 101)
#: A degree, or a hundredth, is nothing against the error of measurement: do not blow it up.
_LEAST_SPANS = {"deg": 20.0}
_LEAST_SHARE = 0.2


def plot_normalized_reps(comparison: Comparison, name: str, *, width_in: float = 7.5) -> Figure:
    """Draw every repetition of both sides on one scale, with mean, band, and the difference below.

    Each repetition is brought onto 101 points with its turning point in the middle: thin lines are
    repetitions, the thick line is their mean, the band holds all of the true mean 95 % of the time
    (`Comparison.waveform`; it needs five repetitions). Below stands the difference of the means with
    its own band. Only repetitions that count are drawn; a mean needs half of them.

    Parameters
    ----------
    comparison
        Outcome of `compare`.
    name
        An angle, such as ``"fppa"``, or the rep signal.
    width_in
        Width of the figure in inches; below 5 the layout is that of a phone.

    Raises
    ------
    UnknownNameError
        Neither an angle of the analyses nor their rep signal.
    """
    curves = [rep_curves(a, name) for a in (comparison.first, comparison.second)]
    label = wording_of(comparison.first.definition).words(name)
    if not any(np.isfinite(curve).any() for curve in curves):
        return only_words(f"{label.short}: no repetition to draw.", width_in)
    waveform = comparison.waveform(name)
    both = bool(np.isfinite(waveform.difference.mean).any())
    figure = new_figure(width_in, 4.3 if both else 3.2)
    rows = figure.subplots(
        1 + both, 1, sharex=True, squeeze=False, height_ratios=[2.4, 1.0][: 1 + both]
    )[:, 0]
    handles = _draw_sides(rows[0], comparison, name, waveform)
    _annotate(rows[0], label)
    title_of(rows[0], label.short if width_in < PHONE_IN else f"{label.short} in each repetition")
    if both:
        _draw_difference(rows[1], waveform, name)
        title_of(rows[1], f"Difference ({comparison.direction})")
    turn = wording_of(comparison.first.definition).turn
    rows[-1].set_xlim(0, 100)
    rows[-1].set_xticks([0, 50, 100], ["start", turn, "end"])
    rows[-1].get_xticklabels()[0].set_horizontalalignment("left")
    rows[-1].get_xticklabels()[-1].set_horizontalalignment("right")
    legend(figure, handles, columns=2)
    return figure


def _draw_sides(
    ax: Axes, comparison: Comparison, name: str, waveform: CurveComparison
) -> list[Any]:
    tidy(ax)
    handles = []
    sides = zip(
        (rep_curves(comparison.first, name), rep_curves(comparison.second, name)),
        looks(*comparison.sides),
        (waveform.first, waveform.second),
        strict=True,
    )
    for curve, look, band in sides:
        for repetition in curve:
            ax.plot(_PERCENT, repetition, color=look.color, linewidth=0.6, alpha=0.45)
        ax.fill_between(_PERCENT, band.low, band.high, color=look.color, alpha=0.16, linewidth=0)
        count = int(np.isfinite(curve).any(axis=1).sum())
        (line,) = ax.plot(
            _PERCENT, band.mean, color=look.color, linestyle=look.line, linewidth=2.4,
            marker=look.marker, markersize=6, markevery=[50],
            markeredgecolor="white", markeredgewidth=0.8,
            label=f"{look.label}, mean of {count}" if count else f"{look.label}: none",
        )  # fmt: skip
        handles.append(line)
    _give_room(ax, name)
    return handles


def _draw_difference(ax: Axes, waveform: CurveComparison, name: str) -> None:
    tidy(ax)
    band = waveform.difference
    ax.fill_between(_PERCENT, band.low, band.high, color=MUTED, alpha=0.22, linewidth=0)
    ax.plot(_PERCENT, band.mean, color=INK, linewidth=1.6)
    at = waveform.largest_at
    if at is not None:
        ax.plot([_PERCENT[at]], [band.mean[at]], marker="D", markersize=5, color=INK)
    _give_room(ax, name)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=0)


def _give_room(ax: Axes, name: str) -> None:
    ax.axvline(50, color="#9aa1a8", linewidth=0.8, zorder=0)
    low, high = ax.get_ylim()
    if low < 0 < high:
        ax.axhline(0, color="#9aa1a8", linewidth=0.8, zorder=0)
    least = _LEAST_SPANS.get(unit_of_angle(name), _LEAST_SHARE)
    margin = max(0.1 * (high - low), (least - (high - low)) / 2)
    ax.set_ylim(low - margin, high + margin)
    ax.set_ylabel(axis_words(name))


def _annotate(ax: Axes, label: Label) -> None:
    for height, va, arrow, words in (
        (0.985, "top", "↑", label.above),
        (0.02, "bottom", "↓", label.below),
    ):
        if words:
            ax.text(
                0.012, height, f"{arrow} {words}", transform=ax.transAxes, va=va,
                fontsize=8.5, color=MUTED,
            )  # fmt: skip
