"""Figures of analyses and comparisons. They need ``kneepose[report]`` (matplotlib).

Left is always blue with a solid line and dots, right always orange with a dashed line and squares, so
that they can be told apart without colour too. With one leg at two dates, the first is grey and dotted.
No global state: every function returns its own `matplotlib.figure.Figure`; save it with ``savefig``.
Without matplotlib, every function raises `DependencyError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.reps import Rep, RepStatus
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.curves import series_of
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.errors import KneeposeError
from kneepose.plots.style import (
    BAND,
    INK,
    PHONE_IN,
    SIDES,
    Look,
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

__all__ = ["plot_angle_over_time", "plot_differences"]


def plot_angle_over_time(
    subject: Comparison | Analysis | Sequence[Analysis], *, width_in: float = 7.5
) -> Figure:
    """Draw the angle that shows the repetitions over time, with the repetitions as bands.

    Grey bands are repetitions that count, with their number; hatched bands do not count and say why.
    Marks on the lines are the lowest points, in lifts the highest. Analyses of one recording share a
    panel.

    Parameters
    ----------
    subject
        A comparison, or one or more analyses.
    width_in
        Width of the figure in inches; below 5 the layout is that of a phone.

    Raises
    ------
    KneeposeError
        An empty sequence.
    """
    if isinstance(subject, Comparison):
        entries = list(zip((subject.first, subject.second), looks(*subject.sides), strict=True))
    else:
        given = [subject] if isinstance(subject, Analysis) else list(subject)
        entries = [(analysis, SIDES[analysis.side]) for analysis in given]
    if not entries:
        raise KneeposeError("there is no analysis to draw; give at least one.")
    panels: list[list[tuple[Analysis, Look]]] = []
    for analysis, look in entries:
        last = panels[-1] if panels else []
        shared = bool(last) and last[0][0].source is analysis.source
        if shared and last[0][0].side != analysis.side and len(last) < 2:
            last.append((analysis, look))
        else:
            panels.append([(analysis, look)])

    figure = new_figure(width_in, 0.8 + 2.15 * len(panels))
    axes = figure.subplots(len(panels), 1, sharey=True, squeeze=False)[:, 0]
    handles: dict[str, Any] = {}
    for ax, panel in zip(axes, panels, strict=True):
        _draw_panel(ax, panel, handles, width_in)
    # Zero and the aim always show, so that a person who keeps still looks like one.
    low, high = axes[0].get_ylim()
    lead = entries[0][0]
    degrees = unit_of_angle(lead.reps.signal_used) == "deg"
    least = float(lead.definition["target"][0]) if degrees else 1.0
    axes[0].set_ylim(min(low, -2.0 if degrees else 0.0), max(high, least))
    axes[-1].set_xlabel("time in seconds")
    # Lines (they have a marker) before bands.
    ordered = sorted(handles.values(), key=lambda handle: not hasattr(handle, "get_marker"))
    legend(figure, ordered, columns=2 if width_in < PHONE_IN else 4)
    return figure


def _draw_panel(
    ax: Axes, panel: list[tuple[Analysis, Look]], handles: dict[str, Any], width_in: float
) -> None:
    from matplotlib.patches import Patch

    lead = panel[0][0]
    tidy(ax)
    sides = " and ".join(look.label for _, look in panel)
    signal = wording_of(lead.definition).words(lead.reps.signal_used)
    title_of(ax, f"{signal.short}, {sides}", pad=16 if len(lead.reps) else 6)
    ax.set_ylabel(axis_words(lead.reps.signal_used))
    for analysis, look in panel:
        bottoms = [rep.bottom for rep in analysis.reps]
        (line,) = ax.plot(
            analysis.recording.times,
            series_of(analysis, analysis.reps.signal_used),
            color=look.color,
            linestyle=look.line,
            linewidth=1.5,
            marker=look.marker,
            markersize=5.5,
            markevery=bottoms or [],
            markeredgecolor="white",
            markeredgewidth=0.7,
            label=look.label,
        )
        handles[look.label] = line
    every = max(1, ceil(len(lead.reps) / (24 if width_in >= PHONE_IN else 10)))
    for rep in lead.reps:
        full = rep.status is RepStatus.FULL
        name = "counted repetition" if full else "not counted"
        style: dict[str, Any] = (
            {"facecolor": BAND, "edgecolor": "none"}
            if full
            else {"facecolor": "none", "edgecolor": "#8a9097", "hatch": "////", "linewidth": 0.6}
        )
        ax.axvspan(rep.start_s, rep.end_s, zorder=0, **style)
        handles.setdefault(name, Patch(label=name, **style))
        _name_band(ax, rep, numbered=full and (rep.number - 1) % every == 0)
    if not len(lead.reps):
        ax.text(
            0.5, 0.92, "no repetition found", transform=ax.transAxes, ha="center", va="top",
            fontsize=10, color=INK, bbox={"facecolor": "white", "edgecolor": BAND},
        )  # fmt: skip
    ax.margins(x=0.01)


def _name_band(ax: Axes, rep: Rep, *, numbered: bool) -> None:
    middle = (rep.start_s + rep.end_s) / 2
    where: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "ha": "center", "color": INK}
    if numbered:
        ax.text(middle, 1.02, str(rep.number), va="bottom", fontsize=9, **where)
    if rep.status is not RepStatus.FULL:
        ax.text(
            middle, 0.97, rep.status.words, va="top", fontsize=8, rotation=90, **where,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def plot_differences(
    comparison: Comparison, names: Sequence[str] | None = None, *, width_in: float = 7.5
) -> Figure:
    """Draw the difference of every measure in degrees with its 95 % interval.

    Measures are grouped by the moment at which they are read. Where it is known how large a
    difference must be to exceed the error of measurement, a grey bar spans what is smaller; a filled
    diamond is a difference beyond it, an open circle anything else.

    Parameters
    ----------
    comparison
        Outcome of `compare`.
    names
        Which measures to draw; None: all.
    width_in
        Width of the figure in inches; below 5 the layout is that of a phone.
    """
    rows = [m for m in comparison.measures if m.unit == "deg" and np.isfinite(m.difference)]
    if names is not None:
        rows = [m for m in rows if m.name in names]
    if not rows:
        return only_words("No difference to draw.", width_in)
    groups: dict[str, list[ComparedMeasure]] = {}
    wording = wording_of(comparison.first.definition)
    # What leads stands first: knees at a matched depth, lifts by how far they go.
    timed = bool(wording.moment(wording.primary[0]))
    for measure in sorted(rows, key=lambda m: bool(wording.moment(m.name)) != timed):
        groups.setdefault(wording.moment(measure.name) or "over the repetition", []).append(measure)

    figure = new_figure(width_in, 1.25 + 0.235 * (len(rows) + 1.35 * len(groups)))
    ax = figure.subplots()
    tidy(ax)
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
    first, second = (look.label for look in looks(*comparison.sides))
    ax.set_xlabel(
        f"← {first} higher · {second} higher →", loc=None if width_in >= PHONE_IN else "right"
    )
    title = f"Difference in degrees ({comparison.direction})"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold", color=INK)
    legend(figure, _difference_handles(rows), columns=1 if width_in < PHONE_IN else 3)
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
        Line2D([], [], color=INK, marker="o", mfc="white", label="difference, 95 % interval")
    ]
    if any(m.verdict is Verdict.DIFFERENT for m in rows):
        handles.append(Line2D([], [], color=INK, marker="D", label="beyond the error"))
    if any(m.detectable is not None for m in rows):
        handles.append(
            Patch(facecolor=BAND, edgecolor="#b9bfc5", label="within the error, where known")
        )
    return handles
