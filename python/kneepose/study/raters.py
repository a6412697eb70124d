"""Rating sheet: items, answers, order of the clips, and agreement of raters."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.arrays.studies import agreement
from kneepose.comparison.study_result import ItemAgreement
from kneepose.study.folder import Entry, people_of

__all__ = ["GRADES", "Item", "agreement_of", "clips_of", "grade_of", "items_of"]

#: Overall grades, as answers 0, 1 and 2. Source: Crossley 2011, Am J Sports Med 39:866 (good, fair,
#: poor).
GRADES: Final = ("good", "fair", "poor")
#: Answers about a fault: 0 and 1; "cannot tell" is stored as None.
SEEN: Final = ("not seen", "seen")
#: Number of faults from which kneepose's grade is fair, and from which it is poor. An engineering
#: default.
_FAIR, _POOR = 1, 2
#: Minimum share of assessed faults for a grade.
_KNOWN: Final = 0.5


class Item(NamedTuple):
    """One item of the rating sheet.

    Attributes
    ----------
    name
        ``"grade"``, or the name of a fault.
    title
        Text for display.
    answers
        Texts of the answers, numbered from 0.
    """

    name: str
    title: str
    answers: tuple[str, ...]


def items_of(definition: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the items of an exercise: the overall grade, and one for each fault."""
    segments = tuple(Item(row["name"], row["title"], SEEN) for row in definition["faults"])
    return (Item("grade", "The movement as a whole", GRADES), *segments)


def clips_of(entries: Sequence[Entry], rater: str, seed: int) -> list[Entry]:
    """Return the entries with clips in a rater's random order, which is reproducible.

    Two clips of the same person are adjacent only if unavoidable.
    """
    rated = [entry for entry in entries if entry.clip]
    rng = random.Random(f"{seed}/{rater}")
    rng.shuffle(rated)
    ordered: list[Entry] = []
    while rated:
        last = ordered[-1].person if ordered else ""
        place = next((i for i, one in enumerate(rated) if one.person != last), 0)
        ordered.append(rated.pop(place))
    return ordered


def grade_of(analyses: Sequence[Analysis]) -> dict[str, int]:
    """Return kneepose's answers about a clip: clearly judged faults, and a grade by number.

    With two legs in the clip, a fault is seen if either leg has it. A fault that is borderline or not
    assessed has no answer. The grade is good without a fault, fair with one, poor with two or more; it
    is missing where half of the faults are not judged.
    """
    found: dict[str, int] = {}
    names = dict.fromkeys(name for one in analyses for name in one.faults)
    for name in names:
        faults = [one.faults[name] for one in analyses if name in one.faults]
        if any(fault.seen for fault in faults):
            found[name] = 1
        elif all(fault.seen is False and not fault.borderline for fault in faults):
            found[name] = 0
    seen = sum(found.values())
    if len(found) >= _KNOWN * len(names) or seen >= _POOR:
        found["grade"] = 2 if seen >= _POOR else int(seen >= _FAIR)
    return found


def agreement_of(
    entries: Sequence[Entry],
    ratings: Sequence[Mapping[str, Any]],
    ours: Mapping[Entry, Mapping[str, int]],
    items: Sequence[Item],
) -> dict[str, ItemAgreement]:
    """Return the agreement on each item, between raters and between raters and kneepose.

    Parameters
    ----------
    entries
        Recordings of the study.
    ratings
        Last rating of each clip by each rater.
    ours
        Entry → kneepose's answers, from `grade_of`.
    items
        Items of the rating sheet.
    """
    rated = [entry for entry in entries if entry.clip]
    raters = sorted({str(row["rater"]) for row in ratings})
    if not raters or not rated:
        return {}
    people = people_of(rated)
    groups = [people.index(entry.person) for entry in rated]
    place = {entry.clip: i for i, entry in enumerate(rated)}
    ours_at = len(raters)
    between = [(i, j) for i in range(ours_at) for j in range(i)]
    with_us = [(i, ours_at) for i in range(ours_at)]
    found = {}
    for item in items:
        grades = np.full((len(rated), ours_at + 1), -1, dtype=np.int64)
        for row in ratings:
            answer = row["answers"].get(item.name)
            if row["clip"] in place and isinstance(answer, int):
                grades[place[row["clip"]], raters.index(str(row["rater"]))] = answer
        for i, entry in enumerate(rated):
            grades[i, ours_at] = ours.get(entry, {}).get(item.name, -1)
        levels = len(item.answers)
        humans = agreement(grades, levels=levels, pairs=between, groups=groups)
        own = agreement(grades, levels=levels, pairs=with_us, groups=groups)
        found[item.name] = ItemAgreement(
            item.title, humans.kappa, humans.kappa_ci, humans.equal, humans.items,
            own.kappa, own.kappa_ci, own.equal, own.items,
        )  # fmt: skip
    return found
