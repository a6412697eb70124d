"""The HTML page of results. It requires jinja2: install ``kneepose[report]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.comparison.comparison import Comparison
from kneepose.errors import KneeposeError
from kneepose.report.figures import angle_of_page, curves_figure, differences_figure, time_figure
from kneepose.report.form import form
from kneepose.report.reps import repetitions
from kneepose.report.sheet import sheet
from kneepose.report.subject import Subject, subject_of
from kneepose.report.tables import (
    compared_tables,
    leading_names,
    notes,
    refusals,
    single_tables,
)
from kneepose.report.template import template_of
from kneepose.words.catalogue import WordingName, current_language, is_plain, speak, tr
from kneepose.words.exercises import set_up_parts
from kneepose.words.safety import STATED_LIMITS
from kneepose.writing import write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_report"]

Row = dict[str, Any]
TITLE = "Movement report"


def write_report(
    results: Sequence[Analysis | Comparison] | Analysis | Comparison,
    path: str | Path,
    *,
    title: str | None = None,
    language: str | None = None,
    wording: WordingName | None = None,
) -> Path:
    """Write a self-contained HTML page about one or more results.

    The page needs no network and no other file. The same results give the same bytes. Each result
    has a first sheet with findings, their certainty and next steps, followed by curves, numbers and
    refused measures.

    Parameters
    ----------
    results
        Analyses and comparisons in the order of the page.
    path
        File to write, in UTF-8. An existing file is replaced.
    title
        Heading of the page. None gives a general one.
    language
        Code of a language, such as ``"de"``. None uses the current one, see `kneepose.words.speak`.
    wording
        ``"clinical"`` or ``"plain"``. None uses the current one.

    Returns
    -------
    Path
        Path of the written file.

    Raises
    ------
    KneeposeError
        `results` is empty.
    UnknownNameError
        No such language or wording.
    DependencyError
        jinja2 is not installed.
    OSError
        The file cannot be written.
    """
    one = isinstance(results, Analysis | Comparison)
    listed: list[Any] = [results] if one else list(results)  # type: ignore[arg-type]
    if not listed:
        raise KneeposeError("results is empty; give at least one analysis or comparison to report.")
    template = template_of("report.html.j2")
    with speak(language, wording):
        subjects = [subject_of(result) for result in listed]
        page = template.render(
            title=tr(TITLE) if title is None else str(title),
            language=current_language().code,
            plain=is_plain(),
            limits=tr(STATED_LIMITS),
            version=_core.version(),
            made_with=_made_with(subjects),
            sections=[_section(s, f"c{n}") for n, s in enumerate(subjects, start=1)],
        )
    return write_text(path, page)


def _section(subject: Subject, key: str) -> Row:
    comparison = subject.comparison
    leading, others, footnotes = compared_tables(subject)
    main, more = single_tables(subject)
    exercise = subject.first.definition
    names = leading_names(subject)
    return {
        "key": key,
        "sheet": sheet(subject),
        "parts": [{"name": part.name, "mark": part.mark} for part in subject.parts],
        "direction": "" if comparison is None else comparison.direction,
        "paired": subject.paired,
        "figures": _figures(subject, names, key),
        "more_figures": _more_figures(subject, key),
        "repetitions": repetitions(subject.by_reps),
        "form": form(subject),
        "leading": leading,
        "others": others,
        "others_judged": any(row["judged"] for group in others for row in group["rows"]),
        "footnotes": footnotes,
        "main": main,
        "alone": more,
        "refused": refusals(subject),
        "set_up": " ".join(filter(None, set_up_parts(exercise["set_up"]))),
        "notes": notes(subject),
        "methods": [subject.first.methods() if comparison is None else comparison.methods()],
    }


def _made_with(subjects: Sequence[Subject]) -> list[str]:
    """Return lines on the provenance of the results: versions, settings and hashes."""
    parts = [part for subject in subjects for part in subject.parts]
    return list(dict.fromkeys(part.analysis.provenance.sentence() for part in parts))


def _figures(subject: Subject, names: Sequence[str], key: str) -> list[Row]:
    found = [
        time_figure(subject, key),
        curves_figure(subject, angle_of_page(subject), key),
        differences_figure(subject, names, key),
    ]
    return [figure for figure in found if figure is not None]


def _more_figures(subject: Subject, key: str) -> list[Row]:
    """Return the figures of further curves: the rep signal, and pelvis and trunk angles."""
    # With both feet on the ground, trunk and pelvis angles are the same for both sides.
    more = () if subject.paired else subject.wording.more_curves
    angles = dict.fromkeys([subject.first.reps.signal_used, *more])
    first = angle_of_page(subject)
    found = [curves_figure(subject, angle, key) for angle in angles if angle != first]
    return [figure for figure in found if figure is not None]
