"""Colors, line styles, axes and legends shared by all figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kneepose.errors import DependencyError, KneeposeError
from kneepose.recording.options import parse_number
from kneepose.words.catalogue import tr
from kneepose.words.units import share_of, unit_of_angle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BAND",
    "EARLIER",
    "INK",
    "MUTED",
    "NARROW_IN",
    "SIDES",
    "SideStyle",
    "axis_label",
    "figure_of",
    "legend",
    "new_figure",
    "set_title",
    "side_styles",
    "style_axes",
    "text_figure",
]

INK = "#1b1f24"
MUTED = "#51585f"
BAND = "#e6e9ec"
#: Width in inches below which figures use the layout for phones.
NARROW_IN = 5.0


class SideStyle(NamedTuple):
    """Name, color, line style and marker of one side."""

    label: str
    color: str
    line: str
    marker: str

    def translated(self) -> SideStyle:
        """Return the style with its label in the current language."""
        return self._replace(label=tr(self.label))


_LEFT = SideStyle("left", "#0072B2", "-", "o")
_RIGHT = SideStyle("right", "#D55E00", (0, (4, 1.6)), "s")  # type: ignore[arg-type]
SIDES = {"left": _LEFT, "right": _RIGHT}


#: Side → style of the earlier of two recordings of the same side: the same color, pale and dotted.
EARLIER = {
    "left": SideStyle("first", "#69abd3", (0, (1, 1.2)), "^"),  # type: ignore[arg-type]
    "right": SideStyle("first", "#e8955c", (0, (1, 1.2)), "^"),  # type: ignore[arg-type]
}


def side_styles(first_side: str, second_side: str) -> tuple[SideStyle, SideStyle]:
    """Return the styles of the first and second analysis, with labels in the current language.

    If both analyses are of the same side, both have its color, the first one pale and dotted, and the
    labels are "first" and "second".
    """
    first, second = SIDES[first_side], SIDES[second_side]
    if first is second:
        first, second = EARLIER[first_side], second._replace(label="second")
    return first.translated(), second.translated()


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure.

    Raises
    ------
    DependencyError
        matplotlib is not installed.
    """
    width_in = parse_number(width_in, "width_in")
    if not 1 <= width_in <= 100:
        raise KneeposeError(f"width_in is {width_in:g}; it must be from 1 to 100 inches.")
    try:
        # If matplotlib was removed incompletely, its submodules may still be importable.
        import matplotlib  # noqa: F401
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DependencyError(
            'plots need matplotlib, which is not installed: pip install "kneepose[report]".'
        ) from error
    figure = Figure(figsize=(width_in, height_in), layout="constrained", facecolor="white")
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(hspace=0.06)  # type: ignore[call-arg]
    return figure


def style_axes(ax: Axes) -> None:
    """Hide the top and right spines, and set the colors and font sizes of the axes."""
    ax.set_facecolor("white")
    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        ax.spines[name].set_color("#9aa1a8")
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=INK, fontsize=9)


def set_title(ax: Axes, text: str, *, pad: float = 6.0) -> None:
    """Set the title of the axes, left-aligned."""
    ax.set_title(text, loc="left", fontsize=10, fontweight="bold", color=INK, pad=pad)


def legend(figure: Figure, ax: Axes | None, handles: Sequence[Any], *, columns: int) -> None:
    """Add a legend below the figure, or inside the given axes."""
    if ax is not None:
        ax.legend(handles=list(handles), fontsize=9, frameon=False, labelcolor=INK)
        return
    figure.legend(
        handles=list(handles),
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=2.6,
    )


def text_figure(text: str, width_in: float, ax: Axes | None = None) -> Figure:
    """Return a figure that contains only a message, or write the message into the given axes."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10, "color": INK}
    if ax is not None:
        ax.text(0.5, 0.5, text, transform=ax.transAxes, **style)
        return figure_of(ax)
    figure = new_figure(width_in, 1.2)
    figure.text(0.5, 0.5, text, wrap=True, **style)
    return figure


def figure_of(ax: Axes) -> Figure:
    """Return the figure that contains the axes."""
    figure: Any = ax.figure
    return figure.figure if figure.figure is not None else figure  # type: ignore[no-any-return]


def axis_label(angle: str) -> str:
    """Return the axis label of an angle, which is its unit in words."""
    of = share_of(unit_of_angle(angle))
    return tr(f"share of the {of}") if of else tr("degrees")
