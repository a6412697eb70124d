"""How each exercise is spoken of, and what leads on its pages: one row an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kneepose.words.measures import Label, base_name, label_of, moment_words
from kneepose.words.units import amount, share_of

__all__ = ["WORDINGS", "Wording", "peak_words", "wording_of"]


class Wording(NamedTuple):
    """Words and choices of one exercise.

    Attributes
    ----------
    turn
        What the turning point of a repetition is called.
    depth
        What the degrees of a matched depth count.
    leg
        Which leg is named as the side.
    reached
        How the mean peak reads in a summary, before the degrees, …
    apart
        … and where one camera gives a share instead of degrees: ``{}`` is the share.
    further
        What the side with the larger peak does; ``{}`` is the difference.
    alike
        What is said where there is no difference worth a digit.
    primary
        Measures in the order in which they answer "is there a difference?".
    leading
        Angles and measures to look at first.
    curve
        Angle whose repetitions are drawn first; empty: the rep signal.
    more_curves
        Further angles to draw after the rep signal, where each side has its own.
    own
        Angles that are called otherwise in this exercise.
    mind
        What must be known to read its numbers; empty where nothing must.
    """

    turn: str
    depth: str
    leg: str
    reached: str
    apart: str
    further: str
    alike: str
    primary: tuple[str, ...]
    leading: tuple[str, ...]
    curve: str
    more_curves: tuple[str, ...]
    own: Mapping[str, Label] = MappingProxyType({})
    mind: str = ""

    def words(self, measure: str) -> Label:
        """Return the words for an angle or a measure, without its moment."""
        return self.own.get(base_name(measure)) or label_of(measure)

    def moment(self, measure: str) -> str:
        """Return when the measure is read, in words."""
        return moment_words(measure, self.turn, self.depth)

    def label(self, measure: str, unit: str = "deg") -> str:
        """Return the full name with its moment, and of what it is a share.

        Examples
        --------
        >>> WORDINGS["clamshell"].label("pelvis_roll_change")
        'Roll of the pelvis about the trunk (pelvis roll), from rest to the highest point'
        """
        when = self.moment(measure)
        comma = "," if when.startswith("from") else ""
        return f"{self.without_moment(measure, unit)}{comma} {when}".rstrip()

    def without_moment(self, measure: str, unit: str = "deg") -> str:
        """Return the full name, and of what it is a share, without the moment."""
        text = self.words(measure).long
        of = share_of(unit)
        return f"{text}, as a share of the {of}" if of and "share" not in text else text

    def short(self, measure: str, unit: str = "deg") -> str:
        """Return the short name, and of what it is a share."""
        of = share_of(unit)
        text = self.words(measure).short
        return f"{text}, of the {of}" if of else text


_SQUAT = Wording(
    turn="lowest point",
    depth="knee bend",
    leg="leg to look at",
    reached="knee bent to",
    apart="",
    further="the knee bends {} further",
    alike="the knee bends equally far on both sides",
    primary=("fppa_at_60", "fppa_at_55", "fppa_at_50", "fppa_at_45"),
    leading=("fppa", "pelvic_drop", "trunk_lateral_lean", "peak_knee_flexion"),
    curve="fppa",
    more_curves=("pelvic_drop", "trunk_lateral_lean"),
)

#: The named leg is the one that stands in a squat, and the one that is lifted here.
_HIP_OF_THE_LIFTED_LEG = Label(
    "Hip higher",
    "Hip of the lifted leg higher than the other (pelvic drop of the other side)",
    "Above zero the hip of the lifted leg is higher.",
    "lifted side higher",
    "lifted side lower",
)

#: Built-in exercise → its row.
WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "squat": _SQUAT,
        "single_leg_squat": _SQUAT._replace(leg="standing leg"),
        "clamshell": Wording(
            turn="highest point",
            depth="opening",
            leg="upper leg",
            reached="knee opened by",
            apart="knees up to {} apart",
            further="the knee opens {} further",
            alike="the knee opens equally far on both sides",
            primary=("peak_opening",),
            leading=("peak_opening", "pelvis_roll", "shoulder_roll", "foot_separation"),
            curve="",
            more_curves=("pelvis_roll", "shoulder_roll", "foot_separation"),
            mind="A pelvis that rolls back carries the knee along: part of the opening is then that "
            "roll and not the hip. Read the opening together with the pelvis. One camera shows the "
            "distance of the knees, and no degrees.",
        ),
        "fire_hydrant": Wording(
            turn="highest point",
            depth="lift",
            leg="lifted leg",
            reached="thigh lifted to",
            apart="",
            further="the thigh is lifted {} higher",
            alike="the thigh is lifted equally high on both sides",
            primary=("peak_hip_abduction",),
            leading=("peak_hip_abduction", "pelvis_roll", "pelvic_drop", "shoulder_roll"),
            curve="",
            more_curves=("pelvis_roll", "pelvic_drop", "shoulder_roll"),
            own=MappingProxyType({"pelvic_drop": _HIP_OF_THE_LIFTED_LEG}),
        ),
    }
)


def peak_words(row: Mapping[str, Any], mean: float, unit: str) -> str:
    """Return how far a repetition went on average: ``"knee bent to 64°"``."""
    wording = wording_of(row)
    if unit == "deg":
        return f"{wording.reached} {amount(mean, unit, digits=0)}"
    return wording.apart.format(amount(mean, unit))


def wording_of(row: Mapping[str, Any]) -> Wording:
    """Return the wording of an exercise's row; one of one's own is spoken of by its signal."""
    known = WORDINGS.get(row["name"])
    if known is not None:
        return known
    peak = str(row["peak"])
    signal = label_of(peak.removeprefix("peak_")).short
    lower = signal[:1].lower() + signal[1:]
    angles = tuple(row["measures"])
    return Wording(
        turn="farthest point",
        depth=lower,
        leg="leg to look at",
        reached=f"{lower} up to",
        apart=f"{lower} up to {{}}",
        further=f"{lower} goes {{}} further",
        alike=f"{lower} goes equally far on both sides",
        primary=("fppa_at_60", "fppa_at_55", "fppa_at_50", "fppa_at_45", peak),
        leading=(peak, *angles),
        curve="",
        more_curves=angles,
    )
