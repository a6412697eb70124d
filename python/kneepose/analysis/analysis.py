"""Analysis of one exercise on one side in one recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.faults import Fault, faults_of
from kneepose.analysis.likely import Likely, likely_exercise
from kneepose.analysis.measures import Measure, Refusal, measures_of
from kneepose.analysis.page import WithPage
from kneepose.analysis.reps import Reps, RepStatus
from kneepose.angles.angles import Angles
from kneepose.columns import Table, write_csv
from kneepose.quality.quality import Quality, quality_of
from kneepose.recording.recording import (
    Recording,
)
from kneepose.records import Provenance, ReadOnlyMapping, Result
from kneepose.typing import Side
from kneepose.validity import Validity
from kneepose.words.catalogue import mid, speak, tr, tr_measured, trn
from kneepose.words.exercises import counted_words, peak_words, wording_of
from kneepose.words.html import html_table, paragraph
from kneepose.words.measures import base_name, moment_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.words.units import amount, number, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kneepose._core import AnalysisValues

__all__ = ["Analysis", "analysis_of", "methods_of"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Analysis(WithPage, Table, Result):
    """Result of `analyze`.

    Attributes
    ----------
    exercise, side
        Name of the exercise, and the analyzed side.
    recording
        The conditioned recording. ``recording.repairs`` lists the changes.
    source
        The recording as given to `analyze`.
    view
        Camera view of the person; None in world space.
    angles
        `Angles` over time. In world space, directions are relative to the heading of the pelvis before
        each repetition.
    reps
        Repetitions, as `Reps`.
    measures
        Name → `Measure`, for measures with at least one value.
    refused
        Measures without a value, with reason and remedy.
    faults
        Name → `Fault`, judged on the middle of full repetitions. Faults that were not assessed are
        included, with the reason.
    definition
        Row of the exercise in `kneepose.tables.exercises`, or the fields of an `ExerciseSpec`.
    causal
        True for the analysis of a `Stream`, which uses only the past of each frame.
    quality
        Findings about the recording and the camera pose, see `check`. Findings that refuse measures are
        among the reasons in `refused`.
    provenance
        Version, estimator, skeleton and settings; also attributes of their own.
    """

    kind = "analysis"
    _merged = ("reps", "provenance")

    exercise: str
    side: Side
    recording: Recording
    source: Recording
    view: str | None
    angles: Angles
    reps: Reps
    measures: Mapping[str, Measure]
    refused: tuple[Refusal, ...]
    faults: Mapping[str, Fault]
    definition: Mapping[str, Any]
    quality: Quality
    causal: bool = False
    provenance: Provenance = field(default_factory=Provenance)

    def summary(self) -> str:
        """Return one line with the count, the mean peak and the faults."""
        count = self.reps.count
        partial = len(self.reps.partial)
        text = f"{tr(f'{self.side.capitalize()} leg')}: {counted_words(self.definition, count)}"
        if partial:
            text += " " + tr("and {partial} partial", partial=partial)
        earlier = self.source.meta.get("earlier_reps")
        if self.causal and isinstance(earlier, int):
            text += " " + tr("({earlier} more before are no longer kept)", earlier=earlier)
        if not count and self.why_no_reps is not None:
            return f"{text}. {tr(self.why_no_reps.sentence)}"
        peak = self.measures.get(self.definition["peak"])
        if peak is not None and peak.n:
            words = peak_words(self.definition, peak.mean, peak.unit)
            text += ", " + tr("{peak} on average", peak=words)
            if self.reps.signal_used.endswith("_from_depth"):
                text += " " + tr("(estimated from depth)")
        for text_of_state, found in (
            ("Seen: {faults}", [f for f in self.faults.values() if f.seen and not f.borderline]),
            ("Borderline: {faults}", [f for f in self.faults.values() if f.borderline]),
        ):
            titles = ", ".join(mid(tr(fault.title)) for fault in found)
            text += ". " + tr(text_of_state, faults=titles) if titles else ""
        return f"{text}."

    @property
    def why_no_reps(self) -> Validity | None:
        """Reason why there is no full repetition; None if there is one."""
        if self.reps.count:
            return None
        reasons = [r.reason for r in self.refused if r.measure == self.definition["peak"]]
        return reasons[0] if reasons else Validity.NO_REPS

    @property
    def looks_like(self) -> Likely | None:
        """Standing exercise, or other leg, that the movements resemble.

        Computed on request. None where the analysis has repetitions, or where no other exercise or
        leg counts at least half of the movements.
        """
        may_be_another = (Validity.OTHER_MOVEMENT, Validity.OTHER_LEG_WORKS, Validity.NO_REPS)
        if self.why_no_reps not in may_be_another or self.definition["posture"] != "standing":
            return None
        # A long stream no longer keeps the frames of its first movements, so those cannot be
        # tested.
        seen = sum(rep.bottom >= 0 for rep in self.reps)
        return likely_exercise(self.recording, self.exercise, self.side, seen)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per repetition: times, status and all measures."""
        measures = {name: measure.values for name, measure in self.measures.items()}
        return self.reps.columns() | measures

    def to_csv(self, path: str | Path) -> Path:
        """Write `columns` to a CSV file with one row per repetition, and return its path.

        Missing values are empty. Angles are in degrees and times in seconds. `Measure.unit` gives the
        unit of each measure, `Reps.unit` that of ``range``. The last columns say what the numbers were
        made with: `schema`, `version`, `estimator`, `model_hash`, `skeleton`, `settings`, `method_hash`
        and `file_hash`.
        """
        return write_csv(self.columns() | self.provenance.columns(len(self.reps)), path)

    def plot(
        self, name: str | None = None, *, ax: Axes | None = None, width_in: float = 7.5
    ) -> Figure:
        """Plot the rep signal over time, or an angle in each repetition. Requires ``kneepose[report]``.

        Parameters
        ----------
        name
            Name of an angle, see `kneepose.plots.plot_normalized_reps`. None plots the rep signal, see
            `kneepose.plots.plot_angle_over_time`.
        ax
            Axes to draw into. None makes a figure.
        width_in
            Width of a new figure in inches.
        """
        from kneepose.plots import plot_angle_over_time, plot_normalized_reps

        if name is None:
            return plot_angle_over_time(self, ax=ax, width_in=width_in)
        return plot_normalized_reps(self, name, ax=ax, width_in=width_in)

    def _derived(self) -> dict[str, Any]:
        with speak("en", "clinical"):
            said = self.summary()
        return {
            "summary": said,
            "signal_unit": self.reps.unit,
            "frames": self.recording.n_frames,
            "fps": self.recording.fps,
        }

    def methods(self) -> str:
        """Return a paragraph on the methods for a paper, with versions, hashes and sources.

        It names the keypoints and their estimator, the filter and cut-off, how repetitions are
        found, the depths at which angles are read, the definition of each measured angle, the
        statistics and how faults are judged.
        """
        return f"{methods_of(self)} {self.provenance.sentence()}"

    def __repr__(self) -> str:
        return _text(self)

    def _repr_html_(self) -> str:
        return _html(self)


def methods_of(analysis: Analysis) -> str:
    """Return the methods of an analysis as a paragraph, without versions, hashes and settings."""
    parts = (
        _keypoints_words(analysis),
        _filter_words(analysis),
        _rep_words(analysis),
        _angle_words(analysis),
        _moment_words(analysis),
        "Values are means ± standard deviations (n − 1) over counted repetitions; a value that a "
        "keypoint, the view or the depth does not allow is missing, not zero.",
        _fault_words(analysis),
    )
    return " ".join(filter(None, parts))


def _keypoints_words(analysis: Analysis) -> str:
    recording = analysis.recording
    depth = "measured depth" if recording.depth == "measured" else "depth estimated from one camera"
    space = (
        f"three-dimensional keypoints, {depth}"
        if recording.space == "world"
        else f"two-dimensional keypoints seen from the {analysis.view or 'unknown side'}"
    )
    return (
        f"Keypoints ({recording.skeleton.name}, "
        f"{recording.estimator or 'estimator not stated'}, {space}, "
        f"{analysis.source.fps:.4g} frames per second) were analyzed with kneepose {_core.version()}."
    )


def _filter_words(analysis: Analysis) -> str:
    repairs = analysis.recording.repairs
    gap = analysis.settings.get("max_gap_s")
    filled = "" if gap is None else f"gaps up to {gap:g} s filled (PCHIP), "
    even = "coordinates resampled to an even rate, " if repairs and repairs.resampled else ""
    cutoff = "none" if repairs is None or repairs.cutoff_hz is None else f"{repairs.cutoff_hz:g} Hz"
    filtered = (
        "and coordinates low-passed frame by frame (critically damped, second order, "
        if analysis.causal
        else "keypoints that deviate from their local trajectory by more than three times the "
        f"typical deviation were removed (Hampel), {filled}{even}and coordinates, not angles, "
        f"low-passed "
        "(zero-phase Butterworth, 4th order, cut-off "
    )
    least = analysis.recording.skeleton.min_confidence
    return f"Keypoints below a confidence of {least:g} were removed, {filtered}{cutoff})."


def _rep_words(analysis: Analysis) -> str:
    used, row = analysis.reps.signal_used, analysis.definition
    kinds = (("", row.get("signal")), ("side_", row.get("side_signal")))
    kind = next((kind for kind, name in kinds if name == used), "frontal_")
    least = row.get(f"{kind}signal_min_range")
    unit = "°" if analysis.reps.unit == "deg" else f" of the {analysis.reps.unit}"
    range_ = "" if least is None else f", with a range of at least {least:g}{unit}"
    posture = (
        " Movements that are not this exercise were left out by how hips, knees and feet moved."
        if row["posture"] == "standing"
        else ""
    )
    return (
        f"Repetitions were detected as peaks of {used} against the rest beside them{range_}, and "
        "delimited at 10 % of their range; those below 0.6 of the typical range, with missing data at "
        f"the bottom or without full return were not counted.{posture}"
    )


def _angle_words(analysis: Analysis) -> str:
    """Return the definition of each angle that has a measure: zero, positive direction and source."""
    known = {
        row["name"]: f"0: {row['zero']}; positive: {row['positive']}; {row['source']}"
        for row in _core.angle_table()
    }
    known |= {
        name: f"own definition: {measure} of {', '.join(points)}"
        for name, measure, points, *_ in analysis.definition.get("own_angles", ())
    }
    named = [m.angle for m in analysis.measures.values() if m.angle]
    used = dict.fromkeys([analysis.reps.signal_used, *named])
    words = [f"{name} ({known[name]})" for name in used if name in known]
    reference = (
        "the vertical" if analysis.angles.pelvis_reference == "up" else "the line of the trunk"
    )
    return f"Angles, with pelvic tilt against {reference}: {'; '.join(words)}." if words else ""


def _moment_words(analysis: Analysis) -> str:
    moments = analysis.definition["moments"]
    texts = ["peaks are the largest value in a repetition"]
    if "at_bottom" in moments:
        texts.append(
            "values at the bottom are medians over the frames within 5 % of the range of the peak"
        )
    if any(moment.removeprefix("at_").isdigit() for moment in moments):
        texts.append(
            "values at a matched depth are those where the knee first reaches that flexion on descent, "
            "interpolated between frames"
        )
    if "change" in moments:
        texts.append(
            "changes are the median around the turning point minus the value at rest before it"
        )
    text = "; ".join(texts)
    return f"{text[:1].upper()}{text[1:]}."


def _fault_words(analysis: Analysis) -> str:
    judged = [fault for fault in analysis.faults.values() if fault.seen is not None]
    if not judged:
        return ""
    limits = ", ".join(
        f"{fault.title.lower()} ({fault.measure}: {fault.limit})" for fault in judged
    )
    return (
        "Faults were judged on the Hodges-Lehmann middle over repetitions, and called seen where it "
        f"exceeds the limit by more than its error (90 %, one-sided): {limits}."
    )


def analysis_of(
    definition: Mapping[str, Any],
    side: Side,
    source: Recording,
    measured: Recording,
    done: AnalysisValues,
    *,
    causal: bool = False,
    **settings: Any,
) -> Analysis:
    """Convert the result of the Rust core for a recording or a stream to an `Analysis`."""
    repairs = measured.repairs
    provenance = Provenance.of(
        source,
        definition=definition,
        exercise=definition["name"],
        side=side,
        cutoff_hz=None if repairs is None else repairs.cutoff_hz,
        **settings,
        **({"causal": True} if causal else {}),
    )
    reps = Reps(
        done["reps"],
        measured.times,
        done["signal_used"],
        done["signal"],
        done["target_reached"],
        done["rep_times"],
        provenance,
    )
    full = np.array([rep.status is RepStatus.FULL for rep in reps], dtype=bool)
    measures, refused = measures_of(done["measures"], full)
    return Analysis(
        exercise=definition["name"],
        side=side,
        recording=measured,
        source=source,
        view=done["view"],
        angles=Angles(
            done["columns"],
            done["values"],
            done["codes"],
            measured.times,
            done["view"],
            pelvis_reference=definition["pelvis_reference"],
            provenance=provenance,
        ),
        reps=reps,
        measures=measures,
        refused=refused,
        faults=faults_of(done["faults"]),
        definition=ReadOnlyMapping(definition),
        quality=quality_of(done["quality"], provenance),
        causal=causal,
        provenance=provenance,
    )


def _text(analysis: Analysis) -> str:
    """Return the whole analysis as text: summary, measures, faults, refused measures."""
    parts = [
        [analysis.summary()],
        _measured(analysis),
        _form(analysis),
        _not_counted(analysis),
        _unknown(analysis),
        [
            tr("Note: {found}. {remedy}", found=tr_measured(f.measured), remedy=tr(f.remedy))
            for f in analysis.quality.findings
            if f.severity == "warn"
        ],
        [tr(STATED_LIMITS)],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _html(analysis: Analysis) -> str:
    """Return the HTML for a notebook: summary, faults and measures, as in the text form."""
    wording = wording_of(analysis.definition)
    faults = [
        [tr(fault.title), fault.words, amount(fault.amount, fault.unit), fault.limit]
        if fault.seen is not None
        else [tr(fault.title), fault.words, "–", tr(fault.reason.sentence)]
        for fault in analysis.faults.values()
    ]
    between = analysis.definition["between"]
    measures = [
        [wording.label(name, one.unit), spread(one.mean, one.sd, one.unit), str(one.n)]
        for name, one in analysis.measures.items()
        if one.n and moment_of(name) not in between
    ]
    return (
        paragraph(analysis.summary(), "strong")
        + html_table([tr("Fault"), tr("Verdict"), tr("Value"), tr("Limit")], faults)
        + html_table([tr("Measure"), tr("Mean ± SD"), tr("Repetitions")], measures)
        + paragraph(tr(STATED_LIMITS), "small")
    )


def _measured(analysis: Analysis) -> list[str]:
    """Return one line per measure, with the moments of an angle in columns."""
    if not analysis.measures:
        return []
    wording = wording_of(analysis.definition)
    plain = {n: m for n, m in analysis.measures.items() if not moment_of(n)}
    between = analysis.definition["between"]
    timed = [n for n in analysis.measures if moment_of(n) and moment_of(n) not in between]
    moments = list(dict.fromkeys(moment_of(name) for name in timed))
    heads = {
        "at_bottom": tr(wording.turning_point),
        "change": tr(f"rest to {wording.turning_point}"),
    }
    titles = [heads.get(m) or tr("at {degrees}°", degrees=m.removeprefix("at_")) for m in moments]

    def cell(name: str) -> str:
        measure = analysis.measures.get(name)
        if measure is None or not measure.n:
            return "–"
        few = f" ({measure.n})" if measure.n < analysis.reps.count else ""
        return spread(measure.mean, measure.sd, measure.unit) + few

    rows = [[wording.short(n, m.unit), cell(n), n] for n, m in plain.items()]
    angles = dict.fromkeys(base_name(name) for name in timed)
    table: list[list[str]] = []
    for angle in angles:
        unit = next(analysis.measures[n].unit for n in timed if base_name(n) == angle)
        names = [f"{angle}_{moment}" for moment in moments]
        table.append([wording.short(angle, unit), *(cell(name) for name in names), angle])
    fewer = any("(" in text for row in [*rows, *table] for text in row[1:-1])
    note = tr(", (number of values) if fewer") if fewer else ""
    said = trn(
        "Mean ± standard deviation of {n} repetition{note}, and name of the measure:",
        "Mean ± standard deviation of {n} repetitions{note}, and name of the measure:",
        analysis.reps.count, note=note,
    )  # fmt: skip
    if not table:
        return [said, *_aligned(rows)]
    empty = [""] * (len(moments) - 1)
    return [
        said,
        *_aligned([*([r[0], r[1], *empty, r[2]] for r in rows), ["", *titles, ""], *table]),
    ]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        first = row[0].ljust(widths[0])
        middle = [text.rjust(width) for text, width in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  " + "   ".join([first, *middle, row[-1]]).rstrip())
    return lines


def _form(analysis: Analysis) -> list[str]:
    if not analysis.reps.count or not analysis.faults:
        return []
    judged = [fault for fault in analysis.faults.values() if fault.seen is not None]
    lines = [tr("Form, judged on the middle of the repetitions:")]
    lines += [f"  {fault!r}{f'. {tr(fault.cue)}' if fault.seen else ''}" for fault in judged]
    unknown = [mid(tr(fault.title)) for fault in analysis.faults.values() if fault.seen is None]
    if unknown:
        lines.append("  " + tr("Not assessed: {faults}", faults=", ".join(unknown)))
    return lines


def _not_counted(analysis: Analysis) -> list[str]:
    others = [rep for rep in analysis.reps if rep.status is not RepStatus.FULL]
    if not others:
        return []
    lines = [tr("Not counted:")]
    for rep in others:
        at = tr("at {seconds}", seconds=number(rep.bottom_s, "s", digits=1))
        what = ", ".join(filter(None, [at, analysis.reps.range_words(rep)]))
        lines.append(f"  {what}: {rep.status.words}")
    return lines


def _unknown(analysis: Analysis) -> list[str]:
    if not analysis.refused or analysis.why_no_reps is not None:
        reason = analysis.why_no_reps
        if reason is None or not reason.remedy:
            return []
        lines = [tr("What to do: {remedy}", remedy=tr(reason.remedy))]
        likely = analysis.looks_like
        if likely is not None:
            row = next(row for row in _core.exercise_table() if row["name"] == likely.exercise)
            counted = counted_words(row, likely.reps)
            lines.append(
                tr(
                    "It looks like {counted} ({exercise}).",
                    counted=counted,
                    exercise=likely.exercise,
                )
                if likely.side is None
                else tr(
                    "It looks like {counted} ({exercise}, {side}).",
                    counted=counted,
                    exercise=likely.exercise,
                    side=tr(likely.side),
                )
            )
        return lines
    lines = [tr("Not measured, with reason and remedy:")]
    for reason in dict.fromkeys(refusal.reason for refusal in analysis.refused):
        names = [r.measure for r in analysis.refused if r.reason is reason]
        what = ", ".join(_refused_names(analysis, names))
        lines.append(f"  {what}: {tr(reason.sentence)} {tr(reason.remedy)}".rstrip())
    return lines


def _refused_names(analysis: Analysis, names: list[str]) -> list[str]:
    """Return the display names of refused measures.

    A moment at which all measures are refused is one entry.
    """
    wording = wording_of(analysis.definition)
    measured = {base_name(name) for name in analysis.measures}
    by_moment: dict[str, list[str]] = {}
    texts: dict[str, None] = {}
    for name in names:
        if base_name(name) in measured:
            by_moment.setdefault(wording.moment(name), []).append(wording.words(name).short)
        else:
            texts[wording.words(name).short] = None
    for moment, shorts in by_moment.items():
        everything = len(shorts) >= len(measured & set(analysis.definition["measures"]))
        what = tr("Everything") if everything else ", ".join(shorts)
        texts[f"{what} {moment}".rstrip()] = None
    return list(texts)
