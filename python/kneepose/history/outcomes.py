"""Scales of pain and function: range, minimal important difference, and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kneepose.records import ReadOnlyMapping

__all__ = ["SCALES", "Scale"]


class Scale(NamedTuple):
    """One scale of pain or function.

    Attributes
    ----------
    title
        Name for display.
    least, most
        Range of its values.
    unit
        Text of the unit, shown after a difference.
    higher_is_better
        Direction of improvement.
    important
        Smallest change that patients call important. None if no source is known.
    detectable
        Smallest change (95 %) that exceeds the error of the scale in one person. None if no source is
        known.
    source
        Source of `important` and `detectable`.
    """

    title: str
    least: float
    most: float
    unit: str
    higher_is_better: bool
    important: float | None
    detectable: float | None
    source: str


_NPRS: Final = (
    "two whole points for one person: Farrar 2001 (Pain 94:149), not re-checked; the mean of a group "
    "needs 1.16 points (Piva 2009, J Rehabil Med 41:165)"
)
_VAS: Final = "Crossley 2004, Arch Phys Med Rehabil 85:815"

#: Scales by name. The first four are columns of the pain entries.
SCALES: Final[Mapping[str, Scale]] = ReadOnlyMapping(
    {
        "worst": Scale("Worst pain of the week", 0, 10, "of 10", False, 2, None, _NPRS),
        "usual": Scale("Usual pain of the week", 0, 10, "of 10", False, 2, None, _NPRS),
        "during": Scale("Pain during exercise", 0, 10, "of 10", False, 2, None, _NPRS),
        "after_24h": Scale("Pain a day after exercise", 0, 10, "of 10", False, 2, None, _NPRS),
        "vas_worst": Scale("Worst pain (10 cm line)", 0, 10, "cm", False, 2, None, _VAS),
        "vas_usual": Scale("Usual pain (10 cm line)", 0, 10, "cm", False, 2, None, _VAS),
        "akps": Scale(
            "Anterior Knee Pain Scale (AKPS, Kujala)",
            0,
            100,
            "points",
            True,
            10,
            13,
            "important: Crossley 2004, Arch Phys Med Rehabil 85:815 (8 is the responder rule of a large "
            "trial); detectable: Hott 2021, Disabil Rehabil 43:1605",
        ),
        "koos_pf": Scale(
            "Knee score for the kneecap (KOOS-PF)",
            0,
            100,
            "points",
            True,
            16.4,
            16,
            "Crossley 2018, Br J Sports Med 52:1130",
        ),
        "global_change": Scale(
            "Change as the person rates it (−7 to +7)",
            -7,
            7,
            "",
            True,
            None,
            None,
            "Jaeschke 1989, Control Clin Trials 10:407; a change itself, so no difference is taken",
        ),
    }
)
