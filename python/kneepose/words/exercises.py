"""Display texts and main measures of each exercise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kneepose.words.catalogue import mid, tr
from kneepose.words.measures import LABELS, Label, base_name, label_of, moment_words
from kneepose.words.units import amount, share_of

__all__ = ["WORDINGS", "Wording", "counted_words", "peak_words", "set_up_parts", "wording_of"]


class Wording(NamedTuple):
    """Display texts and choices for one exercise.

    The texts are catalogue keys; the methods return them in the current language.

    Attributes
    ----------
    turning_point
        Name of the turning point of a repetition.
    depth
        Name of the motion whose degrees define a matched depth.
    leg
        Name of the leg that gives an analysis its side.
    peak_degrees
        Text with the mean peak in degrees, in a summary; ``{}`` is the angle.
    peak_share
        Text with the mean peak if one camera gives it as a share of a segment; ``{}`` is the share.
    larger_peak
        Text about the side with the larger peak; ``{}`` is the difference.
    equal_peaks, equal_peaks_in_both
        Texts for peaks whose displayed difference is zero: of two legs, and in two recordings.
    leading
        Angles and measures listed first in tables.
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
    equal_peaks_in_both: str
    leading: tuple[str, ...]
    curve: str
    more_curves: tuple[str, ...]
    labels: Mapping[str, Label] = MappingProxyType({})
    note: str = ""

    def words(self, measure: str) -> Label:
        """Return the display names of an angle or a measure, without its moment."""
        own = self.labels.get(base_name(measure))
        return label_of(measure) if own is None else own.translated()

    def moment(self, measure: str) -> str:
        """Return the moment at which a measure is evaluated, in words."""
        return moment_words(measure, self.turning_point, self.depth)

    def at_the_turning_point(self) -> str:
        """Return the turning point as an adverbial, such as ``"at the lowest point"``."""
        return tr(f"at the {self.turning_point}")

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
        if not of or base_name(measure) in _SHARES_BY_NAME:
            return text
        return tr(f"{{label}}, as a share of the {of}", label=text)

    def short(self, measure: str, unit: str = "deg") -> str:
        """Return the short name of a measure and, for shares, its reference segment."""
        of = share_of(unit)
        text = self.words(measure).short
        return tr(f"{{label}}, of the {of}", label=text) if of else text


_SQUAT = Wording(
    turning_point="lowest point",
    depth="knee bend",
    leg="leg to look at",
    peak_degrees="knee bent to {}",
    peak_share="",
    larger_peak="the knee bends {} further",
    equal_peaks="the knee bends equally far on both sides",
    equal_peaks_in_both="the knee bends equally far in both",
    leading=("fppa", "pelvic_drop", "trunk_lateral_lean", "peak_knee_flexion"),
    curve="fppa",
    more_curves=("pelvic_drop", "trunk_lateral_lean"),
)

#: Measures whose name already states their reference length.
_SHARES_BY_NAME = frozenset(name for name, label in LABELS.items() if "share" in label.long)

#: Display name of hip angles in the fire hydrant, whose side is the lifted leg. In squats the side
#: is the standing leg, so the general name does not fit.
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
        "sit_to_stand": _SQUAT._replace(
            turning_point="highest point",
            peak_degrees="knee bent to {} on the seat",
            leading=("fppa", "pelvic_obliquity", "trunk_lateral_lean", "peak_knee_flexion"),
            more_curves=("pelvic_obliquity", "trunk_lateral_lean"),
            note="A camera straight in front does not show the seat: squats under this name count there "
            "too. From the side and in 3-D they do not.",
        ),
        "split_squat": _SQUAT._replace(
            leg="front leg",
            note="A lunge, in which the front foot steps out and back, counts too.",
        ),
        "step_down": _SQUAT._replace(
            leg="leg on the step",
            note="Not tested on people: repetitions and faults of step-downs were tested on simulated "
            "people only.",
        ),
        "clamshell": Wording(
            turning_point="highest point",
            depth="opening",
            leg="upper leg",
            peak_degrees="knee opened by {}",
            peak_share="knees up to {} apart",
            larger_peak="the knee opens {} further",
            equal_peaks="the knee opens equally far on both sides",
            equal_peaks_in_both="the knee opens equally far in both",
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
            peak_degrees="thigh lifted to {}",
            peak_share="",
            larger_peak="the thigh is lifted {} higher",
            equal_peaks="the thigh is lifted equally high on both sides",
            equal_peaks_in_both="the thigh is lifted equally high in both",
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
    text = wording.peak_degrees if unit == "deg" else wording.peak_share
    return tr(text).format(amount(mean, unit, digits=0 if unit == "deg" else None))


def counted_words(row: Mapping[str, Any], count: int) -> str:
    """Return a number of repetitions in words, such as ``"5 single-leg squats"``."""
    title = str(row["title"])
    return f"{count} {mid(tr(title if count == 1 else f'{title}s'))}"


def set_up_parts(text: str) -> tuple[str, str, str]:
    """Return the set-up of an exercise: the sentences before, about and after the camera."""
    sentences = re.split(r"(?<=\.)\s+", text.strip())
    cameras = [i for i, sentence in enumerate(sentences) if sentence.startswith("Camera")]
    if not cameras:
        return tr(text), "", ""
    at = cameras[0]
    parts = sentences[:at], sentences[at : at + 1], sentences[at + 1 :]
    before, camera, after = (tr(" ".join(part)) for part in parts)
    return before, camera, after


def wording_of(row: Mapping[str, Any]) -> Wording:
    """Return the texts of an exercise; a user-defined one gets them from its rep signal."""
    known = WORDINGS.get(row["name"])
    if known is not None:
        return known
    peak = str(row["peak"])
    signal = label_of(peak.removeprefix("peak_")).short
    lower = mid(signal)
    angles = tuple(row["measures"])
    return Wording(
        turning_point="farthest point",
        depth=lower,
        leg="leg to look at",
        peak_degrees=f"{lower} up to {{}}",
        peak_share=f"{lower} up to {{}}",
        larger_peak=f"{lower} goes {{}} further",
        equal_peaks=f"{lower} goes equally far on both sides",
        equal_peaks_in_both=f"{lower} goes equally far in both",
        leading=(peak, *angles),
        curve="",
        more_curves=angles,
    )
