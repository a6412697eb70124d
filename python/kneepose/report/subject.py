"""`Subject`: the content of one section of the report, which is one leg or a comparison of two."""

from __future__ import annotations

from typing import NamedTuple

from kneepose.analysis.analysis import Analysis
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.headline import name_of, shown_name
from kneepose.words.catalogue import opened, tr
from kneepose.words.exercises import Wording, wording_of

__all__ = ["Part", "Subject", "subject_of"]


class Part(NamedTuple):
    """One side of a subject.

    Attributes
    ----------
    name
        Name for display: left or right, or the day or the order of two recordings of one leg.
    mark
        Style of lines and markers: ``"left"`` or ``"right"``, with ``"-first"`` for the earlier of two
        recordings of one leg.
    analysis
        The analysis.
    """

    name: str
    mark: str
    analysis: Analysis

    @property
    def leg(self) -> str:
        """Display name of the leg, such as ``"left leg"``."""
        return tr(f"{self.analysis.side} leg")


class Subject(NamedTuple):
    """One leg, or two compared ones; `comparison` is None for one leg."""

    parts: tuple[Part, ...]
    comparison: Comparison | None

    @property
    def first(self) -> Analysis:
        """The first or only analysis."""
        return self.parts[0].analysis

    @property
    def wording(self) -> Wording:
        """Display texts of the exercise."""
        return wording_of(self.first.definition)

    @property
    def paired(self) -> bool:
        """True if both sides share their repetitions."""
        return self.comparison is not None and self.comparison.paired

    @property
    def is_one_leg_twice(self) -> bool:
        """True for two recordings of one leg."""
        return len(self.parts) == 2 and self.parts[0].analysis.side == self.parts[1].analysis.side

    @property
    def by_recording(self) -> list[Part]:
        """Parts by recording: one nameless part if both sides come from one recording."""
        first, last = self.parts[0], self.parts[-1]
        shared = first.analysis.source is last.analysis.source
        return [first._replace(name="")] if shared else list(self.parts)

    @property
    def by_reps(self) -> list[Part]:
        """Parts by repetitions: one nameless part if both sides share their repetitions."""
        one = len(self.parts) == 1 or self.paired
        return [self.parts[0]._replace(name="")] if one else list(self.parts)

    @property
    def heading(self) -> str:
        """Exercise and legs, such as ``"Squat: left and right leg"``."""
        title = tr(self.first.definition["title"])
        if len(self.parts) == 1:
            legs = self.parts[0].leg
        elif self.is_one_leg_twice:
            legs = tr(f"{self.first.side} leg, twice")
        else:
            legs = tr("left and right leg")
        return f"{title}: {legs}"

    def named(self, part: Part, text: str) -> str:
        """Return a text with the name of its side in front, if it has one."""
        return f"{opened(part.name)}: {text}" if part.name else text


def subject_of(result: Analysis | Comparison) -> Subject:
    """Return the subject of a result."""
    if isinstance(result, Analysis):
        return Subject((Part(tr(result.side), result.side, result),), None)
    parts = []
    for analysis in (result.first, result.second):
        earlier = name_of(analysis, result) == "first"
        mark = f"{analysis.side}-first" if earlier else str(analysis.side)
        parts.append(Part(shown_name(analysis, result), mark, analysis))
    return Subject(tuple(parts), result)
