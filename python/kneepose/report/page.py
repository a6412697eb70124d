"""The HTML report of comparisons. It requires jinja2 and matplotlib: install ``kneepose[report]``."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.reps import RepStatus
from kneepose.comparison.comparison import Comparison, sides_of
from kneepose.comparison.curves import rep_curves
from kneepose.comparison.form import form_line
from kneepose.errors import DependencyError, KneeposeError, UnknownNameError
from kneepose.plots.curves import plot_normalized_reps
from kneepose.plots.figures import plot_angle_over_time, plot_differences
from kneepose.plots.style import side_styles
from kneepose.report.form import form, state_of
from kneepose.report.reps import repetitions
from kneepose.report.tables import (
    advice,
    facts,
    leading_moment,
    measured_once,
    notes,
    recordings,
    refusals,
    separate_reps,
    single_row,
    tables,
)
from kneepose.words.exercises import wording_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import amount, number, unit_of_angle
from kneepose.writing import visible, write_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["write_leg", "write_report"]

Row = dict[str, Any]

_WIDE_FIGURE_IN, _NARROW_FIGURE_IN = 7.6, 3.7


def write_report(
    comparisons: Sequence[Comparison], path: str | Path, *, title: str = "Movement report"
) -> Path:
    """Write a self-contained HTML page about one or more comparisons.

    The page needs no network and no other file. The same comparisons give the same bytes.

    Parameters
    ----------
    comparisons
        Comparisons in the order of the page.
    path
        File to write, in UTF-8. An existing file is replaced.
    title
        Heading of the page.

    Returns
    -------
    Path
        Path of the written file.

    Raises
    ------
    KneeposeError
        `comparisons` is empty.
    DependencyError
        jinja2 or matplotlib is not installed.
    OSError
        The file cannot be written.
    """
    comparisons = [comparisons] if isinstance(comparisons, Comparison) else list(comparisons)
    if not comparisons:
        raise KneeposeError("comparisons is empty; give at least one comparison to report.")

    def context() -> dict[str, Any]:
        made = (one.provenance.sentence() for c in comparisons for one in (c.first, c.second))
        return {
            "sections": [_section(c, f"c{n}") for n, c in enumerate(comparisons, start=1)],
            "made_with": list(dict.fromkeys(made)),
        }

    return _write(path, "report.html.j2", title, context)


def write_leg(analysis: Analysis, path: str | Path, *, title: str = "Movement report") -> Path:
    """Write a self-contained HTML page about one leg.

    Parameters
    ----------
    analysis
        Result of `analyze`.
    path
        File to write, in UTF-8. An existing file is replaced.
    title
        Heading of the page.

    Returns
    -------
    Path
        Path of the written file.

    Raises
    ------
    DependencyError
        jinja2 or matplotlib is not installed.
    OSError
        The file cannot be written.
    """
    return _write(path, "leg.html.j2", title, lambda: _leg(analysis))


def _write(path: str | Path, template: str, title: str, context: Callable[[], Row]) -> Path:
    try:
        import jinja2

        # A partly removed matplotlib may still have importable submodules.
        import matplotlib  # noqa: F401
        from matplotlib import style
    except ImportError as error:
        raise DependencyError(
            "the report needs jinja2 and matplotlib, but one of them is not installed. Run: "
            'pip install "kneepose[report]".'
        ) from error

    folder = resources.files("kneepose.report").joinpath("templates")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(
            lambda name: folder.joinpath(name).read_text(encoding="utf-8")
        ),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The user's matplotlib style must not change the page. A fixed hash salt makes the ids
    # reproducible; _svg makes them unique on the page.
    with style.context(["default", {"svg.fonttype": "none", "svg.hashsalt": "kneepose"}]):
        fields = context()
    page = environment.get_template(template).render(
        title=str(title), limits=STATED_LIMITS, version=_core.version(), **fields
    )
    return write_text(path, page)


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value


def _leg(analysis: Analysis) -> Row:
    wording = wording_of(analysis.definition)
    signal = wording.words(analysis.reps.signal_used).long
    faults = [fault for fault in analysis.faults.values() if fault.seen is not None]
    refused: dict[str, Row] = {}
    for refusal in analysis.refused:
        group = {"sentence": refusal.reason.sentence, "remedy": refusal.remedy, "measures": {}}
        shown = refused.setdefault(refusal.reason, group)["measures"]
        shown[wording.label(refusal.measure)] = None
    return {
        "heading": f"{analysis.definition['title']}: {analysis.side} leg",
        "summary": analysis.summary(),
        "figure": _figure(
            "leg-time",
            lambda width: plot_angle_over_time(analysis, width_in=width),
            f"Line chart of {signal.lower()} over time: {analysis.reps.count} counted repetitions.",
            f"Each grey band is one repetition. Markers on the line are the {wording.turning_point}s.",
        ),
        "repetitions": repetitions([(analysis.side, analysis)]),
        "faults": [
            {
                "title": fault.title,
                "state": state_of(fault),
                "words": fault.words,
                "amount": amount(fault.amount, fault.unit),
                "limit": fault.limit,
                "cue": fault.cue if fault.seen else "",
            }
            for fault in faults
        ],
        "measures": [
            single_row(name, measure, "", wording)
            for name, measure in analysis.measures.items()
            if measure.n
        ],
        "refused": list(refused.values()),
        "warnings": [
            f"{f.measured}. {f.remedy}" for f in analysis.quality.findings if f.severity != "info"
        ],
        "set_up": analysis.definition["set_up"],
        "methods": analysis.methods(),
        "made_with": [analysis.provenance.sentence()],
    }


def _section(comparison: Comparison, key: str) -> dict[str, Any]:
    first, second = comparison.first, comparison.second
    names = [style.label for style in side_styles(*comparison.sides)]
    # For one leg at two dates the second analysis has the marker of its side, as in the figures.
    marks = [name if name in ("left", "right", "first") else second.side for name in names]
    leading, others, footnotes = tables(comparison)
    exercise = first.definition
    sides = "left and right leg" if first.side != second.side else f"{first.side} leg, twice"
    return {
        "key": key,
        "heading": f"{exercise['title']}: {sides}",
        "summary": comparison.summary(),
        "form_line": form_line(sides_of(comparison), paired=comparison.paired),
        "form": form(comparison, names, marks),
        "repetitions": repetitions(separate_reps(comparison)),
        "turn": wording_of(exercise).turning_point,
        "advice": advice(comparison),
        "recordings": recordings(comparison),
        "facts": facts(comparison),
        "figures": _figures(comparison, key),
        "more_figures": _more_figures(comparison, key),
        "names": names,
        "marks": marks,
        "direction": comparison.direction,
        "paired": comparison.paired,
        "leading": leading,
        "others": others,
        "footnotes": footnotes,
        "alone": measured_once(comparison),
        "refused": refusals(comparison),
        "set_up": exercise["set_up"],
        "notes": notes(comparison),
        "methods": [comparison.methods()],
    }


def _figures(comparison: Comparison, key: str) -> list[dict[str, Any]]:
    """Return the main figures: the rep signal, the main angle, and the main differences."""
    wording = wording_of(comparison.first.definition)
    signal = comparison.first.reps.signal_used
    names = " and ".join(style.label for style in side_styles(*comparison.sides))
    counts = f"{comparison.first.reps.count} and {comparison.second.reps.count}"
    states = {rep.status for a in (comparison.first, comparison.second) for rep in a.reps}
    bands = []
    if RepStatus.FULL in states:
        bands.append(
            f"Each grey band is one repetition. Markers on the lines are the {wording.turning_point}s."
        )
    if states - {RepStatus.FULL}:
        bands.append("Hatched bands are not counted; the text in them gives the reason.")
    made = [
        _figure(
            f"{key}-time",
            lambda width: plot_angle_over_time(comparison, width_in=width),
            f"Line chart of {wording.words(signal).long.lower()} over time, {names}: {counts} counted "
            "repetitions, shaded.",
            " ".join(bands) or "No repetition was found.",
        )
    ]
    curve = _leading_curve(comparison)
    if _has_curve(comparison, curve):
        made.append(_curves_figure(comparison, curve, key, _WIDE_FIGURE_IN))
    leading, _ = _measure_names(comparison)
    if leading:
        made.append(
            _figure(
                f"{key}-differences",
                lambda width: plot_differences(comparison, leading, width_in=width),
                f"Chart of the differences ({comparison.direction}) in degrees with their 95 % "
                "intervals; the table of measures has the same numbers.",
                "A circle is a difference, its line the 95 % interval: the range of true "
                "differences that fits these repetitions. Grey bars are differences below the "
                "detectable change, where it is known. A filled diamond is a difference beyond it.",
            )
        )
    return made


def _more_figures(comparison: Comparison, key: str) -> list[dict[str, Any]]:
    """Return the other figures: the rep signal, pelvis and trunk, and the other differences."""
    signal = comparison.first.reps.signal_used
    # With both feet on the ground, trunk and pelvis angles are the same for both sides.
    more = () if comparison.paired else wording_of(comparison.first.definition).more_curves
    first = _leading_curve(comparison)
    made = [
        _curves_figure(comparison, angle, key)
        for angle in dict.fromkeys([signal, *more])
        if angle != first and _has_curve(comparison, angle)
    ]
    _, others = _measure_names(comparison)
    if others:
        made.append(
            _figure(
                f"{key}-differences-more",
                lambda width: plot_differences(comparison, others, width_in=width),
                f"Chart of the differences ({comparison.direction}) at the other moments, in degrees "
                "with their 95 % intervals; the table of measures has the same numbers.",
                "Differences at the other moments.",
                wide_in=None,
            )
        )
    return made


def _measure_names(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Return the names of compared measures in degrees: at the main moment, and at other moments."""
    leads = ("", leading_moment(comparison))
    wording = wording_of(comparison.first.definition)
    names = [m.name for m in comparison.shown if m.unit == "deg" and np.isfinite(m.difference)]
    leading = [name for name in names if wording.moment(name) in leads]
    return leading, [name for name in names if name not in leading]


def _leading_curve(comparison: Comparison) -> str:
    return wording_of(comparison.first.definition).curve or comparison.first.reps.signal_used


def _has_curve(comparison: Comparison, angle: str) -> bool:
    try:
        curves = [rep_curves(a, angle) for a in (comparison.first, comparison.second)]
    except UnknownNameError:
        return False  # the exercise does not measure this angle
    return any(np.isfinite(curve).any() for curve in curves)


def _curves_figure(
    comparison: Comparison, angle: str, key: str, wide_in: float | None = None
) -> dict[str, Any]:
    wording = wording_of(comparison.first.definition)
    label = wording.words(angle)
    unit = unit_of_angle(angle)
    at_bottom = [
        f"{style.label} {number(float(np.nanmean(curve[:, 50])), unit)} at the {wording.turning_point}"
        for style, curve in zip(
            side_styles(*comparison.sides),
            [rep_curves(a, angle) for a in (comparison.first, comparison.second)],
            strict=True,
        )
        if np.isfinite(curve[:, 50]).any()
    ]
    return _figure(
        f"{key}-{angle.replace('_', '-')}",
        lambda width: plot_normalized_reps(comparison, angle, width_in=width),
        f"Line chart of {label.long} from start to end of a repetition: {', '.join(at_bottom)}.",
        f"{_mean_curve_distance(comparison, angle)}Thin lines are repetitions, the thick line is "
        f"their mean. The band contains the true mean in about 19 of 20 cases. {label.gloss}",
        wide_in=wide_in,
    )


def _mean_curve_distance(comparison: Comparison, angle: str) -> str:
    """Return a sentence on the distance of the mean curves; empty if it is not known."""
    found = comparison.waveform(angle)
    if found.largest_at is None:
        return ""
    unit = unit_of_angle(angle)
    turn = wording_of(comparison.first.definition).turning_point
    off = found.largest_at - 50
    where = f"at the {turn}" if abs(off) < 5 else f"on the way {'out' if off < 0 else 'back'}"
    return (
        f"The mean curves are {number(found.rmsd, unit)} apart (root mean square). The largest "
        f"difference is {where}: {number(found.largest, unit, signed=True)} "
        f"({comparison.direction}). "
    )


def _figure(
    key: str,
    draw: Callable[[float], Figure],
    alt: str,
    caption: str,
    *,
    wide_in: float | None = _WIDE_FIGURE_IN,
) -> dict[str, Any]:
    """Return the template data of a figure, drawn for phones and, with `wide_in`, for wide pages too.

    Two drawings are needed because scaling one would make its text too small or too large.
    """
    return {
        "key": key,
        "alt": alt,
        "caption": caption,
        "wide": _svg(draw(wide_in), f"{key}-w") if wide_in else "",
        "narrow": _svg(draw(_NARROW_FIGURE_IN), f"{key}-n"),
    }


def _svg(figure: Figure, prefix: str) -> Any:
    """Return the figure as inline SVG, without prologue and metadata, with ids prefixed by `prefix`."""
    from markupsafe import Markup
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    # The canvas draws once; `Figure.savefig` gives the same bytes but draws twice.
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(buffer, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)
    opening = re.search(r'viewBox="[^"]*"', text)
    body = text[text.index(">") + 1 :]
    # matplotlib's ids are unique within a figure only; the page has several figures.
    body = body.replace("xlink:href=", "href=")
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    body = re.sub(r'\bd="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path.group()), body)
    view = opening.group() if opening else ""
    # The markup is safe: matplotlib generated it and escaped all texts.
    return Markup(f'<svg {view} aria-hidden="true" focusable="false">{body}')
