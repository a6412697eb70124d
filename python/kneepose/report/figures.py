"""Figures of the report: signal over time, overlaid repetitions, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.analysis.reps import RepStatus
from kneepose.arrays.inference import compare_curves
from kneepose.comparison.curves import rep_curves, series_of
from kneepose.comparison.form import fault_limits
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.errors import UnknownNameError
from kneepose.report.chart import INK, MUTED, Chart, nice_ticks, style_of
from kneepose.words.catalogue import and_list, opened, tr, trn
from kneepose.words.units import number, share_of, unit_of_angle

if TYPE_CHECKING:
    from kneepose.arrays.inference import CurveComparison
    from kneepose.report.subject import Part, Subject

__all__ = ["angle_of_page", "curves_figure", "differences_figure", "time_figure"]

F64 = npt.NDArray[np.float64]
Row = dict[str, Any]

_PERCENT: Final = np.linspace(0.0, 100.0, 101)
#: Minimum span of the value axis by unit, so that differences far below the error of measurement do
#: not fill the axis.
_MIN_SPANS: Final = {"deg": 20.0, "leg": 0.06}
_MIN_SPAN_OF_SHARES: Final = 0.2
_MOST_DIFFERENCES: Final = 12


def _figure(
    key: str, svgs: Sequence[Any], alt: str, caption: str, legend: Sequence[Row] = ()
) -> Row:
    return {"key": key, "svgs": list(svgs), "alt": alt, "caption": caption, "legend": list(legend)}


def _legend(subject: Subject) -> list[Row]:
    return [
        {
            "mark": part.mark,
            "text": trn(
                "{name}, {n} repetition", "{name}, {n} repetitions", part.analysis.reps.count,
                name=part.name,
            ),
        }
        for part in subject.parts
    ]  # fmt: skip


def time_figure(subject: Subject, key: str) -> Row:
    """Return the figure of the rep signal over time, one panel per recording."""
    wording = subject.wording
    signal = subject.first.reps.signal_used
    unit = unit_of_angle(signal)
    target = float(subject.first.definition["target"][0]) if unit == "deg" else float("nan")
    panels = [subject.parts] if len(subject.by_recording) == 1 else [(p,) for p in subject.parts]
    shown = [[_finite_edges(series_of(p.analysis, signal)) for p in panel] for panel in panels]
    edges = [edge for panel in shown for pair in panel for edge in pair]
    edges += [0.0] if unit == "deg" else []
    edges += [target] if target == target else []
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    margin = 0.06 * (high - low) or 0.5
    name = wording.words(signal).short
    svgs = []
    for panel in panels:
        times = panel[0].analysis.recording.times
        chart = Chart(
            (float(times[0]), float(max(times[-1], times[0] + 1e-6))), (low - margin, high + margin),
            height=150,
        )  # fmt: skip
        title = f"{name}, {and_list([part.name for part in panel])}"
        _time_panel(chart, panel, signal, unit, title, target)
        svgs.append(chart.svg())
    states = {rep.status for part in subject.parts for rep in part.analysis.reps}
    texts = []
    if RepStatus.FULL in states:
        texts.append(tr("Each grey band is one counted repetition."))
    if states - {RepStatus.FULL}:
        texts.append(tr("Dashed boxes are not counted; the list gives the reasons."))
    if not states:
        texts.append(tr("No repetition was found."))
    counts = and_list([str(part.analysis.reps.count) for part in subject.by_reps])
    return _figure(
        f"{key}-time", svgs,
        tr(
            "Line chart of {signal} over time, {names}: {counts} counted repetitions, shaded.",
            signal=wording.words(signal).long, counts=counts,
            names=and_list([part.name for part in subject.parts]),
        ),
        " ".join(texts), _legend(subject),
    )  # fmt: skip


def _finite_edges(values: F64) -> list[float]:
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if len(finite) else []


def _time_panel(
    chart: Chart, panel: Sequence[Part], signal: str, unit: str, title: str, target: float
) -> None:
    lead = panel[0].analysis
    every = max(1, ceil(len(lead.reps) / 16))
    labels: list[tuple[float, str]] = []
    for rep in lead.reps:
        full = rep.status is RepStatus.FULL
        chart.columns(rep.start_s, rep.end_s, hatched=not full)
        if full and (rep.number - 1) % every == 0:
            labels.append(((rep.start_s + rep.end_s) / 2, str(rep.number)))
    seconds = [(value, f"{value:g}") for value in nice_ticks(*chart.x, most=6)]
    seconds[-1] = (seconds[-1][0], f"{seconds[-1][1]} s")
    chart.axes(unit, x_ticks=seconds, title=title)
    if target == target:
        chart.level(target, tr("aim {size}", size=number(target, unit, digits=0)))
    for middle, label in labels:
        chart.text(
            chart.at_x(middle), chart.bottom - 3, label, anchor="middle", color=MUTED, size=9
        )
    for part in panel:
        color, dash, _ = style_of(part.mark)
        times, values = part.analysis.recording.times, series_of(part.analysis, signal)
        chart.line(times, values, color, dash=dash)
        for rep in part.analysis.reps:
            if rep.bottom >= 0:
                chart.marker(
                    float(times[rep.bottom]), float(values[rep.bottom]), part.mark, size=2.8
                )


def angle_of_page(subject: Subject) -> str:
    """Return the angle shown in the first figure of repetitions."""
    signal = subject.first.reps.signal_used
    angle = subject.wording.curve or signal
    return angle if _curves(subject, angle) is not None else signal


def _curves(subject: Subject, angle: str) -> list[F64] | None:
    """Return the curves of each side; None if no curve of the angle has a value."""
    try:
        curves = [rep_curves(part.analysis, angle) for part in subject.parts]
    except UnknownNameError:
        return None
    return curves if any(np.isfinite(curve).any() for curve in curves) else None


def curves_figure(subject: Subject, angle: str, key: str) -> Row | None:
    """Return the figure of an angle in each repetition; None if no repetition has a value."""
    curves = _curves(subject, angle)
    if curves is None:
        return None
    wording, unit = subject.wording, unit_of_angle(angle)
    label = wording.words(angle)
    waveform = (
        subject.comparison.waveform(angle)
        if subject.comparison is not None
        else compare_curves(curves[0], curves[0])
    )
    bands = (waveform.first, waveform.second)[: len(curves)]
    limits = fault_limits([part.analysis for part in subject.parts], angle)
    edges = [edge for curve in curves for edge in _finite_edges(curve)]
    low, high = _with_span(min(edges), max(edges), limits, unit)
    chart = Chart((0.0, 100.0), (low, high), height=210)
    ticks = [(0.0, tr("start")), (50.0, tr(wording.turning_point)), (100.0, tr("end"))]
    of = share_of(unit)
    what = tr(f"share of the {of}") if of and unit != "leg" else ""
    chart.axes(unit, x_ticks=ticks, title=", ".join(filter(None, [label.short, what])))
    chart.parts.append(
        f'<path d="M{chart.at_x(50.0):.1f} {chart.top:.1f}V{chart.bottom:.1f}" stroke="#c4cad0"/>'
    )
    sizes = [number(limit, unit, digits=_digits(limit, unit)) for limit in limits]
    for limit in limits:
        chart.level(limit, tr("limit {size}", size=and_list(sizes)) if limit == limits[0] else "")
    for part, curve, band in zip(subject.parts, curves, bands, strict=True):
        color, dash, _ = style_of(part.mark)
        for repetition in curve[:30]:
            chart.line(_PERCENT[::2], repetition[::2], color, width=0.6, opacity=0.4)
        chart.band(_PERCENT, band.low, band.high, color, opacity=0.16)
        chart.line(_PERCENT, band.mean, color, width=2.6, dash=dash)
        chart.marker(50.0, float(band.mean[50]), part.mark)
    if label.above:
        chart.text(chart.left + 4, chart.top + 10, f"↑ {label.above}", color=MUTED, size=10)
    if label.below:
        chart.text(chart.left + 4, chart.bottom - 5, f"↓ {label.below}", color=MUTED, size=10)
    return _figure(
        f"{key}-{angle.replace('_', '-')}", [chart.svg()],
        _curves_alt(subject, curves, label.long, unit), _curves_caption(subject, waveform, angle),
        _legend(subject),
    )  # fmt: skip


def _digits(value: float, unit: str) -> int | None:
    return 0 if unit == "deg" and float(value).is_integer() else None


def _with_span(low: float, high: float, limits: Sequence[float], unit: str) -> tuple[float, float]:
    low, high = min([low, *limits]), max([high, *limits])
    least = _MIN_SPANS.get(unit, _MIN_SPAN_OF_SHARES)
    margin = max(0.1 * (high - low), (least - (high - low)) / 2)
    return low - margin, high + margin


def _curves_alt(subject: Subject, curves: Sequence[F64], name: str, unit: str) -> str:
    at = subject.wording.at_the_turning_point()
    means = [
        f"{part.name} {number(float(np.nanmean(curve[:, 50])), unit)}"
        for part, curve in zip(subject.parts, curves, strict=True)
        if np.isfinite(curve[:, 50]).any()
    ]
    return tr(
        "Line chart of {angle} from start to end of a repetition. {moment}: {means}.",
        angle=name, moment=opened(at), means=", ".join(means) or tr("not measured"),
    )  # fmt: skip


def _curves_caption(subject: Subject, waveform: CurveComparison, angle: str) -> str:
    texts = []
    unit = unit_of_angle(angle)
    if subject.comparison is not None and waveform.largest_at is not None:
        off = waveform.largest_at - 50
        where = (
            subject.wording.at_the_turning_point()
            if abs(off) < 5
            else tr("on the way out" if off < 0 else "on the way back")
        )
        texts.append(
            tr(
                "The mean curves are {rmsd} apart (root mean square). The largest difference is "
                "{where}: {largest} ({direction}).",
                rmsd=number(waveform.rmsd, unit), where=where,
                largest=number(waveform.largest, unit, signed=True),
                direction=subject.comparison.direction,
            )
        )  # fmt: skip
    texts.append(
        tr(
            "Thin lines are repetitions, the thick line is their mean. The band contains the true mean "
            "in about 19 of 20 cases."
        )
    )
    texts.append(subject.wording.words(angle).gloss)
    return " ".join(filter(None, texts))


def differences_figure(subject: Subject, names: Sequence[str], key: str) -> Row | None:
    """Return the figure of the differences of measures in degrees; None if there is none."""
    comparison = subject.comparison
    if comparison is None:
        return None
    rows = [m for m in comparison.measures if m.name in names][:_MOST_DIFFERENCES]
    if not rows:
        return None
    wording = subject.wording
    reach = 1.12 * max(abs(edge) for m in rows for edge in _extent(m))
    row_height, top = 17.0, 40.0
    longest = max(len(wording.words(m.name).short) for m in rows)
    chart = Chart(
        (-reach, reach), (0.0, 1.0), height=top + row_height * len(rows) + 20,
        margins=(min(20.0 + 5.4 * longest, 190.0), top - 8, 8.0, 20.0),
    )  # fmt: skip
    names_of = [part.name for part in subject.parts]
    chart.text(0, 11, f"{tr('Differences')} ({comparison.direction})", bold=True, size=11.5)
    lower = tr("← {side} higher", side=names_of[0])
    higher = tr("{side} higher →", side=names_of[1])
    # Long labels, such as dates, start at the edge of the image.
    fits = 5.6 * len(lower + higher) < chart.right - chart.left
    chart.text(chart.left if fits else 0, 26, lower, color=MUTED, size=10)
    chart.text(chart.right, 26, higher, anchor="end", color=MUTED, size=10)
    for n, m in enumerate(rows):
        _difference_row(chart, m, top + row_height * (n + 0.5), wording.words(m.name).short)
    zero = float(chart.at_x(0.0))
    chart.parts.append(f'<path d="M{zero:.1f} {chart.top:.1f}V{chart.bottom:.1f}" stroke="{INK}"/>')
    for value in nice_ticks(-reach, reach, most=4):
        chart.text(
            chart.at_x(value), chart.bottom + 13, number(value, "deg", digits=_digits(value, "deg")),
            anchor="middle", color=MUTED,
        )  # fmt: skip
    moment = next((wording.moment(m.name) for m in rows if wording.moment(m.name)), "")
    return _figure(
        f"{key}-differences", [chart.svg()],
        tr(
            "Chart of the differences ({direction}) in degrees with their 95 % intervals; the table of "
            "measures has the same numbers.",
            direction=comparison.direction,
        ),
        " ".join(
            [
                f"{opened(moment)}." if moment else "",
                tr(
                    "The line is the 95 % interval: the true differences that fit these repetitions. "
                    "Grey: smaller than the detectable change, where it is known. A filled diamond lies "
                    "beyond it."
                ),
            ]
        ).strip(),
    )  # fmt: skip


def _extent(m: ComparedMeasure) -> list[float]:
    edges = [m.difference, *m.ci, m.detectable or 0.0, 1.0]
    return [edge for edge in edges if np.isfinite(edge)]


def _difference_row(chart: Chart, m: ComparedMeasure, y: float, label: str) -> None:
    chart.text(chart.left - 6, y + 3.5, label, anchor="end", size=10)
    if m.detectable is not None:
        a, b = float(chart.at_x(-m.detectable)), float(chart.at_x(m.detectable))
        chart.parts.append(
            f'<rect x="{a:.1f}" y="{y - 6:.1f}" width="{b - a:.1f}" height="12" fill="#e6e9ec"/>'
        )
    if np.isfinite(m.ci).all():
        a, b = (float(chart.at_x(edge)) for edge in m.ci)
        chart.parts.append(
            f'<path d="M{a:.1f} {y:.1f}H{b:.1f}" stroke="{INK}" stroke-width="1.6"/>'
        )
    x = float(chart.at_x(m.difference))
    if m.verdict is Verdict.DIFFERENT:
        shape = f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z" fill="{INK}"/>'
    else:
        shape = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="#fff" stroke="{INK}" '
            'stroke-width="1.3"/>'
        )
    chart.parts.append(shape)
