"""How figures look: colours, marks, axes. Left and right are always told apart in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kneepose.errors import DependencyError
from kneepose.words.units import share_of, unit_of_angle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BAND",
    "INK",
    "MUTED",
    "PHONE_IN",
    "SIDES",
    "Look",
    "axis_words",
    "legend",
    "looks",
    "new_figure",
    "only_words",
    "tidy",
    "title_of",
]

INK = "#1b1f24"
MUTED = "#51585f"
BAND = "#e6e9ec"
PHONE_IN = 5.0


class Look(NamedTuple):
    """How one side is drawn."""

    label: str
    color: str
    line: str
    marker: str


_LEFT = Look("left", "#0072B2", "-", "o")
_RIGHT = Look("right", "#D55E00", (0, (4, 1.6)), "s")  # type: ignore[arg-type]
SIDES = {"left": _LEFT, "right": _RIGHT}


def looks(first_side: str, second_side: str) -> tuple[Look, Look]:
    """Return how the first and the second analysis are drawn and called."""
    first, second = SIDES[first_side], SIDES[second_side]
    if first is not second:
        return first, second
    earlier = Look("first", "#6b7178", (0, (1, 1.2)), "^")  # type: ignore[arg-type]
    return earlier, second._replace(label="second")


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure; without matplotlib `DependencyError`."""
    try:
        import matplotlib  # noqa: F401  (a half-removed matplotlib still has its submodules)
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


def tidy(ax: Axes) -> None:
    """Leave out of the axes what says nothing."""
    ax.set_facecolor("white")
    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        ax.spines[name].set_color("#9aa1a8")
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=INK, fontsize=9)


def title_of(ax: Axes, text: str, *, pad: float = 6.0) -> None:
    """Write what the axes show above them."""
    ax.set_title(text, loc="left", fontsize=10, fontweight="bold", color=INK, pad=pad)


def legend(figure: Figure, handles: Sequence[Any], *, columns: int) -> None:
    """Write what the lines and bands are below the figure."""
    figure.legend(
        handles=list(handles),
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=2.6,
    )


def only_words(text: str, width_in: float) -> Figure:
    """Return a figure that says why there is none."""
    figure = new_figure(width_in, 1.2)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=10, color=INK, wrap=True)
    return figure


def axis_words(angle: str) -> str:
    """Return the unit of an angle in words."""
    of = share_of(unit_of_angle(angle))
    return f"share of the {of}" if of else "degrees"
