"""Specifications of user-defined angles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from kneepose import _core
from kneepose.errors import KneeposeError
from kneepose.recording.skeleton import check_name
from kneepose.records import Record
from kneepose.typing import AngleRow

__all__ = ["AngleSpec", "angle_rows"]


@dataclass(frozen=True, slots=True)
class AngleSpec(Record):
    """A user-defined angle, accepted wherever the name of a built-in angle is.

    Attributes
    ----------
    name
        Name of the angle. It must differ from the names of built-in angles.
    points
        Landmarks without a side (``"shoulder"``), with the prefix ``other_`` for the other side or
        ``mid_`` for the midpoint of both sides, or with a side (``"left_hip"``), or without one
        (``"nose"``).
    measure
        Formula, as in ``measure`` of `kneepose.tables.angles`. ``"bend"`` (0 when straight) and
        ``"included"`` (180 when straight) take three points. ``"forward_inclination"``,
        ``"sideways_inclination"`` and ``"horizontal_elevation"`` take two.
    sided
        ``"leg"`` (one value per side), ``"midline"``, ``"stance"`` (midline, positive toward the stance
        side, which must be given) or ``"stance_or_right"`` (positive to the right if no stance side is
        given).
    sign
        +1 or −1, the sign of the formula on the right side.
    mirrored
        True if the left side is the mirror image of the right, as for inward and outward directions.
    plane
        Camera view that shows the angle: ``"sagittal"`` (side), ``"frontal"`` (front or back) or
        ``"spatial"`` (3-D only).
    gate
        (refuse below, low below) in degrees of knee flexion; for rotations only.
    """

    kind = "angle_spec"

    name: str
    points: tuple[str, ...]
    measure: str = "bend"
    sided: Literal["leg", "midline", "stance", "stance_or_right"] = "leg"
    sign: float = 1.0
    mirrored: bool = False
    plane: Literal["sagittal", "frontal", "spatial"] = "sagittal"
    gate: tuple[float, float] | None = None
    unit: str = field(default="deg", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", tuple(self.points))
        check_name("angle", self.name)
        for point in self.points:
            check_name("point", point)
        if self.name in angle_rows():
            raise KneeposeError(f"{self.name!r} is a built-in angle; give yours another name.")


@cache
def angle_rows() -> dict[str, AngleRow]:
    """Return the rows of the built-in angles by name."""
    return {row["name"]: row for row in _core.angle_table()}
