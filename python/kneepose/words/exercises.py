"""Display texts of each exercise, and its main measures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kneepose.words.measures import Label, base_name, label_of, moment_words
from kneepose.words.units import amount, share_of

__all__ = ["WORDINGS", "Wording", "peak_words", "wording_of"]


class Wording(NamedTuple):
    """Display texts and choices for one exercise.

    Attributes
    ----------
    turning_point
        Name of the turning point of a repetition.
    depth
        Name of the motion whose degrees define a matched depth.
    leg
        Name of the leg that gives an analysis its side.
    peak_degrees
        Text before the mean peak in degrees, in a summary.
    peak_share
        Text with the mean peak if one camera gives it as a share of a segment; ``{}`` is the share.
    larger_peak
        Text about the side with the larger peak; ``{}`` is the difference.
    equal_peaks
        Text for peaks whose displayed difference is zero.
    leading
        Angles and measures that come first in tables.
    curve
        Angle of the first figure of repetitions; empty for the rep signal.
    more_curves
        Angles of further figures, drawn if each side has its own repetitions.
    labels
        Display names that replace the general ones in this exercise.
    note
        Note that is needed to interpret the measures; empty if there is none.
    """

    turning_point: str
    depth: str
    leg: str
    peak_degrees: str
    peak_share: str
    larger_peak: str
    equal_peaks: str
    leading: tuple[str, ...]
    curve: str
    more_curves: tuple[str, ...]
    labels: Mapping[str, Label] = MappingProxyType({})
    note: str = ""

    def words(self, measure: str) -> Label:
        """Return the display names of an angle or a measure, without its moment."""
        return self.labels.get(base_name(measure)) or label_of(measure)

    def moment(self, measure: str) -> str:
        """Return the moment at which a measure is evaluated, in words."""
        return moment_words(measure, self.turning_point, self.depth)

    def label(self, measure: str, unit: str = "deg") -> str:
        """Return the full name of a measure with its moment and, for shares, its reference segment.

        Examples
        --------
        >>> WORDINGS["clamshell"].label("pelvis_roll_change")
        'Roll of the pelvis about the trunk (pelvis roll), from rest to the highest point'
        """
        when = self.moment(measure)
        comma = "," if when.startswith("from") else ""
        return f"{self.without_moment(measure, unit)}{comma} {when}".rstrip()

    def without_moment(self, measure: str, unit: str = "deg") -> str:
        """Return the full name of a measure and, for shares, its reference segment."""
        text = self.words(measure).long
        of = share_of(unit)
        return f"{text}, as a share of the {of}" if of and "share" not in text else text

    def short(self, measure: str, unit: str = "deg") -> str:
        """Return the short name of a measure and, for shares, its reference segment."""
        of = share_of(unit)
        text = self.words(measure).short
        return f"{text}, of the {of}" if of else text


_SQUAT = Wording(
    turning_point="lowest point",
    depth="knee bend",
    leg="leg to look at",
    peak_degrees="knee bent to",
    peak_share="",
    larger_peak="the knee bends {} further",
    equal_peaks="the knee bends equally far on both sides",
    leading=("fppa", "pelvic_drop", "trunk_lateral_lean", "peak_knee_flexion"),
    curve="fppa",
    more_curves=("pelvic_drop", "trunk_lateral_lean"),
)

#: The side of a squat is the standing leg, that of a fire hydrant the lifted leg. The same angle
#: therefore needs another name.
_HIP_OF_THE_LIFTED_LEG = Label(
    "Hip higher",
    "Hip of the lifted leg higher than the other (pelvic drop of the other side)",
    "Above zero the hip of the lifted leg is higher.",
    "lifted side higher",
    "lifted side lower",
)

#: Name of a built-in exercise → its texts.
WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "squat": _SQUAT,
        "single_leg_squat": _SQUAT._replace(leg="standing leg"),
        "clamshell": Wording(
            turning_point="highest point",
            depth="opening",
            leg="upper leg",
            peak_degrees="knee opened by",
            peak_share="knees up to {} apart",
            larger_peak="the knee opens {} further",
            equal_peaks="the knee opens equally far on both sides",
            leading=("peak_opening", "pelvis_roll", "shoulder_roll", "foot_separation"),
            curve="",
            more_curves=("pelvis_roll", "shoulder_roll", "foot_separation"),
            note="If the pelvis rolls back, the knee moves with it, and part of the opening does not "
            "come from the hip. Read the opening together with the pelvis roll. One camera shows the "
            "distance of the knees, and no degrees.",
        ),
        "fire_hydrant": Wording(
            turning_point="highest point",
            depth="lift",
            leg="lifted leg",
            peak_degrees="thigh lifted to",
            peak_share="",
            larger_peak="the thigh is lifted {} higher",
            equal_peaks="the thigh is lifted equally high on both sides",
            leading=("peak_hip_abduction", "pelvis_roll", "pelvic_drop", "shoulder_roll"),
            curve="",
            more_curves=("pelvis_roll", "pelvic_drop", "shoulder_roll"),
            labels=MappingProxyType({"pelvic_drop": _HIP_OF_THE_LIFTED_LEG}),
        ),
    }
)


def peak_words(row: Mapping[str, Any], mean: float, unit: str) -> str:
    """Return the mean peak of the repetitions in words, such as ``"knee bent to 64°"``."""
    wording = wording_of(row)
    if unit == "deg":
        return f"{wording.peak_degrees} {amount(mean, unit, digits=0)}"
    return wording.peak_share.format(amount(mean, unit))


def wording_of(row: Mapping[str, Any]) -> Wording:
    """Return the texts of an exercise. Those of a user-defined exercise are made from its rep signal."""
    known = WORDINGS.get(row["name"])
    if known is not None:
        return known
    peak = str(row["peak"])
    signal = label_of(peak.removeprefix("peak_")).short
    lower = signal[:1].lower() + signal[1:]
    angles = tuple(row["measures"])
    return Wording(
        turning_point="farthest point",
        depth=lower,
        leg="leg to look at",
        peak_degrees=f"{lower} up to",
        peak_share=f"{lower} up to {{}}",
        larger_peak=f"{lower} goes {{}} further",
        equal_peaks=f"{lower} goes equally far on both sides",
        leading=(peak, *angles),
        curve="",
        more_curves=angles,
    )
