"""Display names and explanations of angles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from kneepose.words.catalogue import is_plain, tr

__all__ = ["ANGLE_LABELS", "Label"]


class Label(NamedTuple):
    """Display names of one angle or measure.

    Attributes
    ----------
    short
        Short name for axes and narrow columns.
    long
        Full name, with the clinical term in brackets.
    gloss
        One sentence of explanation, with the meaning of positive and negative values.
    above, below
        Meaning of positive and of negative values, in a few words; empty if there is none.
    """

    short: str
    long: str
    gloss: str
    above: str = ""
    below: str = ""

    def translated(self) -> Label:
        """Return the names in the current language; plain wording omits the clinical term."""
        one = Label(*map(tr, self))
        return one._replace(long=_CLINICAL_TERM.sub("", one.long)) if is_plain() else one


#: Pattern of the clinical term in parentheses at the end of a full name.
_CLINICAL_TERM: Final = re.compile(r" \([^()]*\)$")

#: Name of an angle → its display names.
ANGLE_LABELS: Mapping[str, Label] = MappingProxyType(
    {
        "knee_flexion": Label(
            "Knee bend", "Knee bend (knee flexion)", "0° is a straight knee.", "more bent"
        ),
        "knee_flexion_from_depth": Label(
            "Knee bend (estimated)",
            "Knee bend, estimated from squat depth",
            "A camera in front does not see the knee bend, so it is estimated from how far the hip "
            "comes down. 0° is a straight knee.",
            "more bent",
        ),
        "hip_flexion": Label(
            "Hip bend",
            "Hip bend (hip flexion)",
            "How far the thigh points forward at the hip; 0° is a straight hip.",
            "thigh forward",
            "thigh backward",
        ),
        "hip_adduction": Label(
            "Thigh inward (3-D)",
            "Thigh toward the other leg (hip adduction, 3-D)",
            "Above zero the thigh slants toward the other leg, below zero away from it.",
            "toward the other leg",
            "away from it",
        ),
        "hip_adduction_2d": Label(
            "Thigh inward (front)",
            "Thigh toward the other leg, seen from the front (2-D hip adduction)",
            "Above zero the thigh slants toward the other leg, below zero away from it.",
            "toward the other leg",
            "away from it",
        ),
        "hip_internal_rotation": Label(
            "Thigh turned in",
            "Thigh turned inward (hip internal rotation)",
            "Turning of the thigh about its own length. Above zero inward, below zero outward.",
            "turned inward",
            "turned outward",
        ),
        "thigh_inclination": Label(
            "Thigh forward",
            "Thigh tilted forward (thigh inclination)",
            "How far the thigh leans from upright.",
            "knee forward",
            "knee backward",
        ),
        "shank_inclination": Label(
            "Shin forward",
            "Shin tilted forward (shank inclination)",
            "How far the shin leans from upright; above zero the knee is in front of the ankle.",
            "knee forward",
            "knee backward",
        ),
        "fppa": Label(
            "Knee inward",
            "Knee inward (frontal-plane projection angle)",
            "The bend between thigh and shin as seen from the front. Above zero the knee points "
            "inward, toward the other leg; below zero it points outward.",
            "knee inward",
            "knee outward",
        ),
        "pelvic_drop": Label(
            "Pelvis drop",
            "Pelvis drop on the lifted leg's side (pelvic drop)",
            "Above zero the hip of the lifted leg is lower than that of the standing leg.",
            "lifted side lower",
            "lifted side higher",
        ),
        "pelvic_obliquity": Label(
            "Pelvis tilt",
            "Pelvis tilted sideways (pelvic obliquity)",
            "Above zero the right hip is higher.",
            "right side higher",
            "left side higher",
        ),
        "pelvis_shift": Label(
            "Pelvis shift",
            "Middle of the hips beside the middle of the ankles, as a share of the stance width "
            "(pelvis shift)",
            "Above zero the hips are nearer to the right foot; 10 % is a tenth of the distance of the "
            "ankles. Feet that stand unlike, and a camera beside the straight line to the front, move "
            "it too.",
            "toward the right foot",
            "toward the left foot",
        ),
        "trunk_forward_lean": Label(
            "Trunk forward",
            "Trunk leaning forward",
            "How far the upper body leans forward from upright.",
            "forward",
            "backward",
        ),
        "trunk_lateral_lean": Label(
            "Trunk sideways",
            "Trunk leaning sideways",
            "Above zero the upper body leans toward the standing leg; with both feet on the ground, "
            "to the right.",
            "to the standing leg",
            "away from it",
        ),
        "knee_medial_displacement": Label(
            "Knee inside the foot",
            "Knee inward of the foot, as a share of the shin (knee medial displacement)",
            "How far the knee is inside the line over the second toe: 0.10 is a tenth of the shin's "
            "length.",
            "knee inside",
            "knee outside",
        ),
        "knee_shift": Label(
            "Knee shift",
            "Knee inward of the line from hip to ankle, as a share of the leg (knee shift)",
            "How far the knee is inside the straight line from hip to ankle, seen from the front: 5 % "
            "is a twentieth of the leg's length.",
            "knee inward",
            "knee outward",
        ),
        "pelvic_rotation": Label(
            "Pelvis turn",
            "Pelvis turned (pelvic rotation)",
            "Above zero the side of the lifted leg is in front.",
            "lifted side in front",
            "lifted side behind",
        ),
        "thigh_medial_lean": Label(
            "Thigh sideways",
            "Thigh leaning inward",
            "Above zero the knee is inside the hip.",
            "inward",
            "outward",
        ),
        "shank_medial_lean": Label(
            "Shin sideways",
            "Shin leaning inward",
            "Above zero the knee is inside the ankle.",
            "inward",
            "outward",
        ),
        "ankle_dorsiflexion": Label(
            "Ankle bend",
            "Ankle bend (dorsiflexion)",
            "0° is the shin at right angles to the sole; above zero the shin comes over the toes.",
            "toward the toes",
            "toes pointed",
        ),
        "foot_progression": Label(
            "Foot turned out",
            "Foot turned outward (foot progression)",
            "Above zero the toes point outward.",
            "toes outward",
            "toes inward",
        ),
        "tibial_rotation": Label(
            "Foot turned in",
            "Foot turned inward under the knee (tibial rotation)",
            "Above zero the foot is turned inward against the knee; the ankle has a part in it.",
            "turned inward",
            "turned outward",
        ),
        "knee_abduction": Label(
            "Knee valgus",
            "Lower shin outward at the knee (knee abduction, valgus)",
            "Above zero the lower end of the shin points outward.",
            "shin outward",
            "shin inward",
        ),
        "hip_internal_rotation_from_epicondyles": Label(
            "Thigh turned in",
            "Thigh turned inward, by the knee's own axis (hip internal rotation from epicondyles)",
            "Above zero the thigh is turned inward; needs points on both sides of the knee.",
            "turned inward",
            "turned outward",
        ),
        "hip_abduction": Label(
            "Thigh lifted",
            "Thigh lifted to the side (hip abduction, 3-D)",
            "How far the thigh is out to the side, against the pelvis; 0° is straight below the hip.",
            "lifted",
            "toward the other leg",
        ),
        "hip_abduction_2d": Label(
            "Thigh lifted (behind)",
            "Thigh lifted to the side, seen from behind (2-D hip abduction)",
            "How far the thigh is out to the side, against the line of the hips; 0° is at right angles "
            "to it.",
            "lifted",
            "toward the other leg",
        ),
        "clamshell_opening": Label(
            "Knee opened",
            "Upper knee opened (clamshell opening)",
            "Turn of the upper leg about the line from hip to ankle. 0° is the knee level with that "
            "line, so rest lies below zero; the largest opening is counted from rest.",
            "opened",
        ),
        "knee_separation": Label(
            "Knees apart",
            "Distance of the knees, as a share of the thigh (knee separation)",
            "One camera does not see how far the leg turns, so the distance of the knees stands in: "
            "1.00 is the length of a thigh. It does not start at zero, because the knees lie on one "
            "another.",
            "apart",
        ),
        "foot_separation": Label(
            "Feet apart",
            "Distance of the ankles, as a share of the shin (foot separation)",
            "0.10 is a tenth of the shin's length. It does not start at zero, because the ankles lie on "
            "one another.",
            "apart",
        ),
        "pelvis_roll": Label(
            "Pelvis roll",
            "Roll of the pelvis about the trunk (pelvis roll)",
            "0° is face down with level hips, 90° lying on the side; more is rolled farther back.",
            "rolled back",
            "rolled forward",
        ),
        "shoulder_roll": Label(
            "Shoulder roll",
            "Roll of the shoulders about the trunk (shoulder roll)",
            "0° is face down with level shoulders, 90° lying on the side; more is rolled farther back.",
            "rolled back",
            "rolled forward",
        ),
    }
)
