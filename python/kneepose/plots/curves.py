"""Figure of the time-normalized repetitions of one side or both, with their mean difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.arrays.inference import compare_curves
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.curves import rep_curves
from kneepose.comparison.form import fault_limits
from kneepose.plots.style import (
    INK,
    MUTED,
    NARROW_IN,
    SIDES,
    SideStyle,
    axis_label,
    figure_of,
    legend,
    new_figure,
    set_title,
    side_styles,
    style_axes,
    text_figure,
)
from kneepose.words.catalogue import tr, trn
from kneepose.words.exercises import wording_of
from kneepose.words.units import unit_of_angle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kneepose.arrays.inference import CurveComparison
    from kneepose.words.measures import Label

__all__ = ["plot_normalized_reps"]

F64 = npt.NDArray[np.float64]

_PERCENT = np.linspace(0.0, 100.0, 101)
#: Minimum span of the value axis by unit, so that differences far below the error of measurement do
#: not fill the axis.
_MIN_SPANS = {"deg": 20.0}
_MIN_SPAN_OF_SHARES = 0.2


def plot_normalized_reps(
    subject: Comparison | Analysis, name: str, *, ax: Axes | None = None, width_in: float = 7.5
) -> Figure:
    """Plot an angle in each repetition of one side or both, with means and 95 % bands.

    Each repetition is resampled to 101 points with its turning point in the middle. Thin lines are
    repetitions, the thick line is their mean, and the shaded band is the simultaneous 95 % band of
    the mean (`Comparison.waveform`; it needs five repetitions). The lower panel shows the
    difference of the means with its band. Only counted repetitions are drawn. The mean is drawn at
    points where at least half of the repetitions have a value. Dashed lines are the limits of
    faults based on this angle. For angles with an inward direction, inward is up.

    Parameters
    ----------
    subject
        Result of `compare` or of `analyze`.
    name
        Name of an angle, such as ``"fppa"``, or of the rep signal.
    ax
        Axes to draw the repetitions into, without the panel of the difference. None creates a
        figure.
    width_in
        Width of a new figure in inches. Below 5 the layout is that for phones.

    Returns
    -------
    Figure
        A new `matplotlib.figure.Figure`, or that of `ax`.

    Raises
    ------
    UnknownNameError
        `name` is neither an angle of the analyses nor their rep signal.
    DependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("squat"), "squat", side="left")
    >>> figure = kp.plots.plot_normalized_reps(left, "knee_flexion")
    >>> len(figure.axes)
    1
    """
    if isinstance(subject, Comparison):
        analyses = [subject.first, subject.second]
        styles = list(side_styles(*subject.sides))
    else:
        analyses, styles = [subject], [SIDES[subject.side].translated()]
    curves = [rep_curves(analysis, name) for analysis in analyses]
    wording = wording_of(analyses[0].definition)
    label = wording.words(name)
    if not any(np.isfinite(curve).any() for curve in curves):
        return text_figure(tr("{angle}: no repetition to draw.", angle=label.short), width_in, ax)
    waveform = (
        subject.waveform(name)
        if isinstance(subject, Comparison)
        else compare_curves(curves[0], curves[0])
    )
    both = ax is None and len(curves) == 2 and bool(np.isfinite(waveform.difference.mean).any())
    if ax is None:
        figure = new_figure(width_in, 4.3 if both else 3.2)
        ratios = [2.4, 1.0][: 1 + both]
        panels = figure.subplots(1 + both, 1, sharex=True, squeeze=False, height_ratios=ratios)
        rows = list(panels[:, 0])
    else:
        figure, rows = figure_of(ax), [ax]
    handles = _draw_sides(rows[0], curves, styles, name, waveform)
    for limit in fault_limits(analyses, name):
        rows[0].axhline(limit, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    _label_directions(rows[0], label)
    title = tr("{angle} in each repetition", angle=label.short)
    set_title(rows[0], label.short if width_in < NARROW_IN else title)
    if both and isinstance(subject, Comparison):
        _draw_difference(rows[1], waveform, name)
        set_title(rows[1], f"{tr('Difference')} ({subject.direction})")
    rows[-1].set_xlim(0, 100)
    rows[-1].set_xticks([0, 50, 100], [tr("start"), tr(wording.turning_point), tr("end")])
    rows[-1].get_xticklabels()[0].set_horizontalalignment("left")
    rows[-1].get_xticklabels()[-1].set_horizontalalignment("right")
    legend(figure, ax, handles, columns=2)
    return figure


def _draw_sides(
    ax: Axes,
    curves: Sequence[F64],
    styles: Sequence[SideStyle],
    name: str,
    waveform: CurveComparison,
) -> list[Any]:
    style_axes(ax)
    handles = []
    bands = (waveform.first, waveform.second)[: len(curves)]
    for curve, style, band in zip(curves, styles, bands, strict=True):
        for repetition in curve:
            ax.plot(_PERCENT, repetition, color=style.color, linewidth=0.6, alpha=0.45)
        ax.fill_between(_PERCENT, band.low, band.high, color=style.color, alpha=0.16, linewidth=0)
        count = int(np.isfinite(curve).any(axis=1).sum())
        (line,) = ax.plot(
            _PERCENT, band.mean, color=style.color, linestyle=style.line, linewidth=2.4,
            marker=style.marker, markersize=6, markevery=[50],
            markeredgecolor="white", markeredgewidth=0.8,
            label=trn("{side}, {n} repetition", "{side}, {n} repetitions", count, side=style.label),
        )  # fmt: skip
        handles.append(line)
    _set_value_axis(ax, name)
    return handles


def _draw_difference(ax: Axes, waveform: CurveComparison, name: str) -> None:
    style_axes(ax)
    band = waveform.difference
    ax.fill_between(_PERCENT, band.low, band.high, color=MUTED, alpha=0.22, linewidth=0)
    ax.plot(_PERCENT, band.mean, color=INK, linewidth=1.6)
    at = waveform.largest_at
    if at is not None:
        ax.plot([_PERCENT[at]], [band.mean[at]], marker="D", markersize=5, color=INK)
    _set_value_axis(ax, name)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=0)


def _set_value_axis(ax: Axes, name: str) -> None:
    ax.axvline(50, color="#9aa1a8", linewidth=0.8, zorder=0)
    low, high = ax.get_ylim()
    if low < 0 < high:
        ax.axhline(0, color="#9aa1a8", linewidth=0.8, zorder=0)
    least = _MIN_SPANS.get(unit_of_angle(name), _MIN_SPAN_OF_SHARES)
    margin = max(0.1 * (high - low), (least - (high - low)) / 2)
    ax.set_ylim(low - margin, high + margin)
    ax.set_ylabel(axis_label(name))


def _label_directions(ax: Axes, label: Label) -> None:
    for height, va, arrow, words in (
        (0.985, "top", "↑", label.above),
        (0.02, "bottom", "↓", label.below),
    ):
        if words:
            ax.text(
                0.012, height, f"{arrow} {words}", transform=ax.transAxes, va=va,
                fontsize=8.5, color=MUTED,
            )  # fmt: skip
