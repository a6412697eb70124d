"""Figures of angles over time and of differences.

Left is blue with a solid line and dots, right is orange with a dashed line and squares, so color is
not the only distinction. For one leg at two dates, the first date is pale and dotted. No function
changes the global state of matplotlib: each returns a new `matplotlib.figure.Figure`, or draws into
the axes that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.reps import Rep, RepStatus
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.curves import series_of
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.plots.style import (
    BAND,
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
from kneepose.words.catalogue import and_list, tr
from kneepose.words.exercises import wording_of
from kneepose.words.measures import label_of
from kneepose.words.units import unit_of_angle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kneepose.angles.angles import Angles
    from kneepose.typing import Side

_MOST_ANGLES = 6
"""Maximum number of panels if no angles are named."""

__all__ = ["plot_angle_over_time", "plot_angles", "plot_differences"]


def plot_angle_over_time(
    subject: Comparison | Analysis | Sequence[Analysis],
    *,
    ax: Axes | Sequence[Axes] | None = None,
    width_in: float = 7.5,
) -> Figure:
    """Plot the rep signal over time, with the repetitions as shaded bands.

    Gray bands are counted repetitions with their number. Hatched bands are repetitions that are not
    counted, with the reason. Markers on the lines are the turning points. The dashed line is the
    target. Analyses of the same recording share a panel.

    Parameters
    ----------
    subject
        A comparison, or one or more analyses.
    ax
        Axes to draw into, one for each recording. None makes a figure.
    width_in
        Width of a new figure in inches. Below 5 the layout is that for phones.

    Returns
    -------
    Figure
        A new `matplotlib.figure.Figure`, or that of `ax`.

    Raises
    ------
    KneeposeError
        `subject` is an empty sequence, or there is another number of axes than of recordings.
    DependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> import kneepose as kp
    >>> left, right = kp.analyze_sides(kp.sample("squat"), "squat")
    >>> len(kp.plots.plot_angle_over_time([left, right]).axes)
    1
    """
    if isinstance(subject, Comparison):
        entries = list(
            zip((subject.first, subject.second), side_styles(*subject.sides), strict=True)
        )
    else:
        given = [subject] if isinstance(subject, Analysis) else list(subject)
        entries = [(analysis, SIDES[analysis.side].translated()) for analysis in given]
    if not entries:
        raise KneeposeError("subject is empty; give at least one analysis to plot.")
    panels: list[list[tuple[Analysis, SideStyle]]] = []
    for analysis, side_style in entries:
        last = panels[-1] if panels else []
        same_recording = bool(last) and last[0][0].source is analysis.source
        if same_recording and last[0][0].side != analysis.side and len(last) < 2:
            last.append((analysis, side_style))
        else:
            panels.append([(analysis, side_style)])

    if ax is None:
        figure = new_figure(width_in, 0.8 + 2.15 * len(panels))
        axes = list(figure.subplots(len(panels), 1, sharey=True, squeeze=False)[:, 0])
    else:
        axes = list(ax) if isinstance(ax, Iterable) else [ax]
        if len(axes) != len(panels):
            raise KneeposeError(
                f"ax has {len(axes)} axes, and there are {len(panels)} recordings; give one for each."
            )
        figure = figure_of(axes[0])
    handles: dict[str, Any] = {}
    for one, panel in zip(axes, panels, strict=True):
        _draw_panel(one, panel, handles, width_in)
    # The axis always includes zero and the target; autoscaling would magnify the noise of a person
    # at rest.
    low, high = axes[0].get_ylim()
    lead = entries[0][0]
    degrees = unit_of_angle(lead.reps.signal_used) == "deg"
    least = float(lead.definition["target"][0]) if degrees else 1.0
    for one in axes:
        one.set_ylim(min(low, -2.0 if degrees else 0.0), max(high, least))
        if degrees and least > 0:
            one.axhline(least, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes[-1].set_xlabel(tr("time in seconds"))
    # Lines precede bands in the legend. Only line handles have a marker.
    ordered = sorted(handles.values(), key=lambda handle: not hasattr(handle, "get_marker"))
    legend(
        figure,
        axes[0] if ax is not None else None,
        ordered,
        columns=2 if width_in < NARROW_IN else 4,
    )
    return figure


def _draw_panel(
    ax: Axes, panel: list[tuple[Analysis, SideStyle]], handles: dict[str, Any], width_in: float
) -> None:
    from matplotlib.patches import Patch

    lead = panel[0][0]
    style_axes(ax)
    sides = and_list([side_style.label for _, side_style in panel])
    signal = wording_of(lead.definition).words(lead.reps.signal_used)
    set_title(ax, f"{signal.short}, {sides}", pad=16 if len(lead.reps) else 6)
    ax.set_ylabel(axis_label(lead.reps.signal_used))
    for analysis, side_style in panel:
        bottoms = [rep.bottom for rep in analysis.reps]
        (line,) = ax.plot(
            analysis.recording.times,
            series_of(analysis, analysis.reps.signal_used),
            color=side_style.color,
            linestyle=side_style.line,
            linewidth=1.5,
            marker=side_style.marker,
            markersize=5.5,
            markevery=bottoms or [],
            markeredgecolor="white",
            markeredgewidth=0.7,
            label=side_style.label,
        )
        handles[side_style.label] = line
    every = max(1, ceil(len(lead.reps) / (24 if width_in >= NARROW_IN else 10)))
    for rep in lead.reps:
        full = rep.status is RepStatus.FULL
        name = tr("counted repetition" if full else "not counted")
        style: dict[str, Any] = (
            {"facecolor": BAND, "edgecolor": "none"}
            if full
            else {"facecolor": "none", "edgecolor": "#8a9097", "hatch": "////", "linewidth": 0.6}
        )
        ax.axvspan(rep.start_s, rep.end_s, zorder=0, **style)
        handles.setdefault(name, Patch(label=name, **style))
        _label_rep(ax, rep, numbered=full and (rep.number - 1) % every == 0)
    if not len(lead.reps):
        ax.text(
            0.5, 0.92, tr("no repetition found"), transform=ax.transAxes, ha="center", va="top",
            fontsize=10, color=INK, bbox={"facecolor": "white", "edgecolor": BAND},
        )  # fmt: skip
    ax.margins(x=0.01)


def _label_rep(ax: Axes, rep: Rep, *, numbered: bool) -> None:
    middle = (rep.start_s + rep.end_s) / 2
    where: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "ha": "center", "color": INK}
    if numbered:
        ax.text(middle, 1.02, str(rep.number), va="bottom", fontsize=9, **where)
    if rep.status is not RepStatus.FULL:
        ax.text(
            middle, 0.97, rep.status.words, va="top", fontsize=8, rotation=90, **where,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def plot_angles(
    angles: Angles,
    names: Sequence[str] | None = None,
    *,
    ax: Axes | Sequence[Axes] | None = None,
    width_in: float = 7.5,
) -> Figure:
    """Plot angles over time, one panel for each angle with both sides in it.

    The gray band around a line is ± one standard deviation, if known. Missing values leave a gap.

    Parameters
    ----------
    angles
        Result of `joint_angles`, or `Analysis.angles`.
    names
        Names of the angles. None plots up to six angles that have values.
    ax
        Axes to draw into, one for each angle. None makes a figure.
    width_in
        Width of a new figure in inches.

    Returns
    -------
    Figure
        A new `matplotlib.figure.Figure`, or that of `ax`.

    Raises
    ------
    UnknownNameError
        An angle is not known.
    KneeposeError
        There is another number of axes than of angles.
    DependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> import kneepose as kp
    >>> angles = kp.joint_angles(kp.sample("squat"))
    >>> len(kp.plots.plot_angles(angles, ["knee_flexion", "fppa"]).axes)
    2
    """
    known = dict.fromkeys(name for name, _ in angles)
    if names is None:
        keys = [key for key in angles if np.isfinite(angles[key].values).any()]
        names = list(dict.fromkeys(name for name, _ in keys))[:_MOST_ANGLES]
    for name in names:
        if name not in known:
            raise UnknownNameError.of("angle", name, known)
    if not names:
        return text_figure(
            tr("No angle to draw."), width_in, ax if not isinstance(ax, Iterable) else None
        )
    if ax is None:
        figure = new_figure(width_in, 0.6 + 1.7 * len(names))
        axes = list(figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0])
    else:
        axes = list(ax) if isinstance(ax, Iterable) else [ax]
        if len(axes) != len(names):
            raise KneeposeError(
                f"ax has {len(axes)} axes, and there are {len(names)} angles; give one for each."
            )
        figure = figure_of(axes[0])
    for one, name in zip(axes, names, strict=True):
        style_axes(one)
        label = label_of(name)
        for key in [key for key in angles if key[0] == name]:
            _draw_angle(one, angles, key)
        set_title(one, label.long if width_in >= NARROW_IN else label.short)
        one.set_ylabel(axis_label(name))
        low, high = one.get_ylim()
        if low < 0 < high:
            one.axhline(0, color="#9aa1a8", linewidth=0.8, zorder=0)
        one.margins(x=0.01)
        if len(one.get_lines()) > 1 and one.get_legend_handles_labels()[0]:
            # The legend stands to the right of the title, outside of the axes.
            place = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.0}
            one.legend(fontsize=9, frameon=False, labelcolor=INK, ncols=2, **place)
    axes[-1].set_xlabel(tr("time in seconds"))
    return figure


def _draw_angle(ax: Axes, angles: Angles, key: tuple[str, Side | None]) -> None:
    column = angles[key]
    style = SIDES[key[1]].translated() if key[1] is not None else SideStyle("", INK, "-", "")
    values = np.asarray(column.values)
    if not np.isfinite(values).any():
        return
    sd = column.sd
    if sd is not None and np.isfinite(sd).any():
        ax.fill_between(angles.times, values - sd, values + sd, color=MUTED, alpha=0.2, linewidth=0)
    ax.plot(
        angles.times, values, color=style.color, linestyle=style.line, linewidth=1.4,
        label=style.label or "_",
    )  # fmt: skip


def plot_differences(
    comparison: Comparison,
    names: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
    width_in: float = 7.5,
) -> Figure:
    """Plot the differences of all measures in degrees, with their 95 % intervals.

    Measures are grouped by the moment at which they are evaluated. Where the detectable change of a
    measure is known, a gray bar spans the differences below it. A filled diamond is a difference
    beyond the detectable change, an open circle any other difference.

    Parameters
    ----------
    comparison
        Result of `compare`.
    names
        Names of the measures to plot. None plots all.
    ax
        Axes to draw into. None makes a figure.
    width_in
        Width of a new figure in inches. Below 5 the layout is that for phones.

    Returns
    -------
    Figure
        A new `matplotlib.figure.Figure`, or that of `ax`.

    Raises
    ------
    DependencyError
        matplotlib is not installed.
    """
    rows = [m for m in comparison.measures if m.unit == "deg" and np.isfinite(m.difference)]
    if names is not None:
        rows = [m for m in rows if m.name in names]
    if not rows:
        return text_figure(tr("No difference to draw."), width_in, ax)
    groups: dict[str, list[ComparedMeasure]] = {}
    wording = wording_of(comparison.first.definition)
    # Plot the group of the primary measure first: a matched depth in squats, the peak in lifts.
    timed = bool(wording.moment(comparison.first.definition["lead"][0]))
    for measure in sorted(rows, key=lambda m: bool(wording.moment(m.name)) != timed):
        groups.setdefault(
            wording.moment(measure.name) or tr("over the whole repetition"), []
        ).append(measure)

    given = ax
    if ax is None:
        figure = new_figure(width_in, 1.25 + 0.235 * (len(rows) + 1.35 * len(groups)))
        ax = figure.subplots()
    else:
        figure = figure_of(ax)
    style_axes(ax)
    places: list[float] = []
    labels: list[str] = []
    y = 0.0
    for heading, members in groups.items():
        y += 1.35
        places.append(y)
        labels.append(heading)
        for measure in members:
            y += 1.0
            places.append(y)
            labels.append(wording.words(measure.name).short)
            _draw_difference(ax, measure, y)
    ax.axvline(0, color=INK, linewidth=0.9, zorder=1)
    ax.set_ylim(y + 0.8, 0.6)
    ax.set_yticks(places, labels)
    for text in ax.get_yticklabels():
        if text.get_text() in groups:
            text.set(fontweight="bold", fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    reach = 1.08 * max(abs(edge) for edge in ax.dataLim.intervalx)
    ax.set_xlim(-reach, reach)
    first, second = (side_style.label for side_style in side_styles(*comparison.sides))
    ax.set_xlabel(
        f"{tr('← {side} higher', side=first)} · {tr('{side} higher →', side=second)}",
        loc=None if width_in >= NARROW_IN else "right",
    )
    title = tr("Difference in degrees ({direction})", direction=comparison.direction)
    if given is None:
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold", color=INK)
    else:
        set_title(ax, title)
    legend(figure, given, _difference_handles(rows), columns=1 if width_in < NARROW_IN else 3)
    return figure


def _draw_difference(ax: Axes, measure: ComparedMeasure, y: float) -> None:
    different = measure.verdict is Verdict.DIFFERENT
    if measure.detectable is not None:
        ax.barh(
            y, 2 * measure.detectable, left=-measure.detectable, height=0.74,
            color=BAND, edgecolor="#b9bfc5", linewidth=0.6, zorder=0,
        )  # fmt: skip
    if np.isfinite(measure.ci).all():
        ax.plot(measure.ci, [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=2)
    ax.plot(
        [measure.difference], [y], linestyle="none", marker="D" if different else "o",
        markersize=6.5 if different else 5.5, markerfacecolor=INK if different else "white",
        markeredgecolor=INK, markeredgewidth=1.2, zorder=3,
    )  # fmt: skip


def _difference_handles(rows: Sequence[ComparedMeasure]) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], color=INK, marker="o", mfc="white", label=tr("difference, 95 % interval"))
    ]
    if any(m.verdict is Verdict.DIFFERENT for m in rows):
        handles.append(
            Line2D([], [], color=INK, marker="D", label=tr("beyond the detectable change"))
        )
    if any(m.detectable is not None for m in rows):
        handles.append(
            Patch(facecolor=BAND, edgecolor="#b9bfc5", label=tr("detectable change, where known"))
        )
    return handles
