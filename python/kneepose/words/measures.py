"""Display names of measures and of the moments at which they are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kneepose.words.angles import ANGLE_LABELS, Label
from kneepose.words.catalogue import mid, tr

__all__ = ["LABELS", "Label", "base_name", "label_of", "long_label", "moment_of", "moment_words"]

#: Name of an angle or a measure, without its moment → display names.
LABELS: Mapping[str, Label] = MappingProxyType(
    {
        **ANGLE_LABELS,
        "peak_knee_flexion": Label(
            "Deepest knee bend",
            "Deepest knee bend (peak knee flexion)",
            "How far the knee bends in a repetition; 0° is a straight knee.",
        ),
        "peak_opening": Label(
            "Largest opening",
            "Largest opening of the knees (peak opening)",
            "How far the upper knee opens in a repetition, counted from rest; from one camera, how far "
            "the knees are apart at the highest point.",
        ),
        "peak_hip_abduction": Label(
            "Highest lift",
            "Highest lift of the thigh (peak hip abduction)",
            "How far the thigh goes out to the side in a repetition, against the pelvis.",
        ),
        "descent_s": Label("Time down", "Time going down", "From standing to the lowest point."),
        "ascent_s": Label("Time up", "Time coming up", "From the lowest point to standing."),
        "lift_s": Label("Time lifting", "Time lifting", "From rest to the highest point."),
        "lower_s": Label("Time lowering", "Time lowering", "From the highest point to rest."),
        "out_s": Label("Time out", "Time going out", "From rest to the farthest point."),
        "back_s": Label("Time back", "Time coming back", "From the farthest point to rest."),
        "rise_s": Label("Time up", "Time standing up", "From the seat to standing."),
        "stand_s": Label(
            "Time standing", "Time standing on the feet", "Close to the highest point."
        ),
        "sit_down_s": Label("Time down", "Time sitting down", "From standing to the seat."),
        "hold_s": Label(
            "Time held", "Time held at the turning point", "Close to the deepest or highest point."
        ),
        "duration_s": Label("Time in all", "Time of one repetition", "From start to end."),
    }
)


def _split(measure: str) -> tuple[str, str]:
    base, found, _ = measure.rpartition("_change")
    if found and measure.endswith("_change"):
        return base, "change"
    base, found, moment = measure.rpartition("_change_to_")
    if found and (moment == "judged_depth" or moment.removeprefix("around_").isdigit()):
        return base, f"change_to_{moment}"
    base, found, moment = measure.rpartition("_at_")
    if found and (moment in ("bottom", "judged_depth") or moment.isdigit()):
        return base, f"at_{moment}"
    base, found, moment = measure.rpartition("_around_")
    if found and moment.isdigit():
        return base, f"around_{moment}"
    return measure, ""


def base_name(measure: str) -> str:
    """Return the name of a measure without its moment: ``"fppa_at_60"`` → ``"fppa"``."""
    return _split(measure)[0]


def moment_of(measure: str) -> str:
    """Return the moment of a measure: ``"fppa_at_60"`` → ``"at_60"``; empty if it has none."""
    return _split(measure)[1]


_JUDGED = "at 60° of {depth}, or at the deepest of 55, 50 and 45° that four reach"
_JUDGED_FROM_REST = (
    "from rest to 60° of {depth}, or to the deepest of 55, 50 and 45° that four reach"
)


def moment_words(
    measure: str, turning_point: str = "lowest point", depth: str = "knee bend"
) -> str:
    """Return the moment of a measure in words: ``"fppa_at_60"`` → ``"at 60° of knee bend"``.

    Parameters
    ----------
    measure
        Name of a measure. A measure without a moment gives an empty text.
    turning_point
        Name of the turning point of a repetition. In lifts it is the highest point.
    depth
        Name of the motion to which the degrees of ``at_60`` refer.
    """
    moment = moment_of(measure)
    # Values around a depth are displayed like values at that depth; they only estimate it more
    # exactly.
    degrees = moment.rpartition("_")[2]
    from_rest = moment.startswith("change_to_")
    match moment:
        case "":
            return ""
        case "at_bottom":
            return tr(f"at the {turning_point}")
        case "change":
            return tr(f"from rest to the {turning_point}")
        case "at_judged_depth" | "change_to_judged_depth":
            text = _JUDGED_FROM_REST if from_rest else _JUDGED
            return tr(text, depth=tr(depth))
    text = "from rest to {degrees}° of {depth}" if from_rest else "at {degrees}° of {depth}"
    return tr(text, degrees=degrees, depth=tr(depth))


def label_of(measure: str) -> Label:
    """Return the display names of an angle or a measure in the current language.

    Unknown names are shown as they are.
    """
    base = base_name(measure)
    if base in LABELS:
        return LABELS[base].translated()
    angle = LABELS.get(base.removeprefix("peak_"))
    if angle is not None:
        one = angle.translated()
        short, long = (tr("Largest value: {name}", name=mid(t)) for t in (one.short, one.long))
        return Label(short, long, one.gloss)
    words = base.replace("_", " ").capitalize()
    return Label(words, words, "")


def long_label(measure: str, turning_point: str = "lowest point", depth: str = "knee bend") -> str:
    """Return the full name of a measure with its moment.

    Examples
    --------
    >>> long_label("fppa_at_60")
    'Knee inward (frontal-plane projection angle) at 60° of knee bend'
    >>> long_label("pelvis_roll_change", "highest point")
    'Roll of the pelvis about the trunk (pelvis roll), from rest to the highest point'
    """
    when = moment_words(measure, turning_point, depth)
    comma = "," if when.startswith("from") else ""
    return f"{label_of(measure).long}{comma} {when}".rstrip()
