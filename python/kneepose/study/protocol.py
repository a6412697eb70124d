"""`write_protocol`: the protocol sheet of a study, as a page to print."""

from __future__ import annotations

import os
import random
from pathlib import Path

from kneepose import _core
from kneepose.exercises.spec import built_in
from kneepose.report.template import template_of
from kneepose.study.study import Study
from kneepose.words.catalogue import WordingName, current_language, speak, tr
from kneepose.words.exercises import set_up_parts
from kneepose.words.safety import STATED_LIMITS, STOP_SIGNS
from kneepose.writing import write_text

__all__ = ["file_name", "write_protocol"]


def file_name(person: str, day: int, leg: str) -> str:
    """Return the file name of a clip, from which ``kneepose study add`` reads person, day and leg.

    Examples
    --------
    >>> file_name("P1", 2, "left")
    'P1-day2-left'
    """
    return f"{person}-day{day}" if leg == "both" else f"{person}-day{day}-{leg}"


def write_protocol(
    study: Study,
    path: str | os.PathLike[str],
    *,
    language: str | None = None,
    wording: WordingName | None = None,
) -> Path:
    """Write the protocol: how to film whom, and a table to tick off each recording.

    The leg that begins is drawn at random for each person and day; each leg begins for half of the
    people.

    Parameters
    ----------
    study
        The study.
    path
        The page.
    language, wording
        As in `kneepose.words.speak`.

    Raises
    ------
    DependencyError
        jinja2 is not installed.
    """
    plan = study.plan
    rng = random.Random(plan.seed)
    legs = study.legs
    people = [f"P{number}" for number in range(1, plan.people + 1)]
    days = range(1, plan.days + 1)
    first: dict[tuple[str, int], int] = {}
    for day in days:
        half = [number % 2 for number in range(plan.people)]
        rng.shuffle(half)
        first |= {(person, day): turn for person, turn in zip(people, half, strict=True)}
    with speak(language, wording):
        rows = []
        for person in people:
            for day in days:
                turn = first[person, day] if len(legs) > 1 else 0
                order = [*legs[turn:], *legs[:turn]]
                rows.append(
                    {
                        "person": person if day == 1 else "",
                        "day": day,
                        "clips": [
                            {
                                "leg": tr("both legs together") if leg == "both" else tr(leg),
                                "file": file_name(person, day, leg),
                            }
                            for leg in order
                        ],
                    }
                )
        row = built_in(plan.exercise)
        page = template_of("protocol.html.j2").render(
            language=current_language().code,
            version=_core.version(),
            title=tr(row["title"]),
            plan=plan,
            n_legs=len(legs),
            rows=rows,
            set_up=[part for part in set_up_parts(row["set_up"]) if part],
            stop_signs=[tr(sign) for sign in STOP_SIGNS],
            limits=tr(STATED_LIMITS),
            folder=study.folder.name,
        )
    return write_text(Path(path), page)
