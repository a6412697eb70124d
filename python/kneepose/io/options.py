"""`Options`: the user's options for reading a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kneepose.errors import KneeposeError
from kneepose.recording.options import parse_choice, parse_number
from kneepose.recording.parse import parse_resolution
from kneepose.recording.skeleton import Skeleton, find_skeleton
from kneepose.recording.space import METRES_PER_UNIT, UPS
from kneepose.typing import Unit, Up, View

__all__ = ["MOST_VALUES", "Options", "parse_options"]

#: Maximum number of values read from a file by an optional package.
MOST_VALUES: Final = 12_500_000

SECONDS_PER: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SPACES: Final[tuple[Literal["image", "world"], ...]] = ("image", "world")


@dataclass(frozen=True)
class Options:
    """Validated arguments of `kneepose.read`. None means not given."""

    skeleton: Skeleton | None = None
    names: str | Mapping[str, str] | None = None
    fps: float | None = None
    person: Any = "main"
    space: Literal["image", "world"] | None = None
    resolution_wh: tuple[int, int] | None = None
    up: Up | None = None
    unit: Unit | None = None
    time_unit: str | None = None
    highest_confidence: float | None = None
    array: str | None = None
    mirrored: bool = False
    view: View | None = None

    def of_results(self) -> dict[str, Any]:
        """Return the arguments of `from_estimator` for estimator results in a file."""
        names = ("fps", "skeleton", "person", "resolution_wh", "up", "unit", "mirrored", "view")
        return {name: getattr(self, name) for name in names}


def parse_options(**given: Any) -> Options:
    """Validate the arguments of `kneepose.read`.

    Raises
    ------
    KneeposeError, UnknownNameError
        An argument has an invalid value.
    """
    skeleton, names = given["skeleton"], given["names"]
    if skeleton is not None:
        given["skeleton"] = find_skeleton(skeleton)
    if names is not None and not isinstance(names, str | Mapping):
        raise KneeposeError(
            f"names is {names!r}; it must be the name of a marker set, or a dict from names of the file "
            'to landmarks, such as {"LKJC": "left_knee"}.'
        )
    given["space"] = parse_choice(given["space"], "space", _SPACES)
    given["up"] = parse_choice(given["up"], "up", UPS)
    given["unit"] = parse_choice(given["unit"], "unit", tuple(METRES_PER_UNIT))
    given["time_unit"] = parse_choice(given["time_unit"], "time_unit", tuple(SECONDS_PER))
    given["resolution_wh"] = parse_resolution(given["resolution_wh"])
    highest = given["highest_confidence"]
    if highest is not None and parse_number(highest, "highest_confidence") <= 0:
        raise KneeposeError(f"highest_confidence is {highest!r}; it must be above 0, such as 100.")
    return Options(**given)
