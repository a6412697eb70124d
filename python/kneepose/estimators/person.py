"""What the adapters share: one result per frame, and one person through all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError

F64 = npt.NDArray[np.float64]

# Engineering defaults: how far, in body sizes, a person moves between two frames at the most,
# and how much farther for each frame in which nobody near was seen.
_REACH: Final = 0.5
_REACH_PER_LOST_FRAME: Final = 0.1


def iter_frames(results: Any, result_attribute: str, adapter: str) -> Iterable[Any]:
    """Return `results` as an iterable of frames, or say what it is instead.

    Raises
    ------
    FormatError
        `results` is one result, an array, a mapping, text, or not iterable at all.
    """
    needed = f"{adapter} needs a list (or generator) with one result a frame"
    if results is None:
        raise FormatError(f"results is None; {needed}, in which None is a frame without a result.")
    if hasattr(results, result_attribute):
        raise FormatError(
            f"results is one {type(results).__name__}; {needed}. For one frame pass [result]."
        )
    if isinstance(results, np.ndarray) or hasattr(results, "__array__"):
        raise FormatError(
            f"results is an array; {needed}. Arrays go to kneepose.Recording(array, skeleton=…)."
        )
    if isinstance(results, str | bytes | Mapping) or not isinstance(results, Iterable):
        raise FormatError(f"results is of type {type(results).__name__}; {needed}.")
    return results


class PersonFollower:
    """Chooses the same person in each frame, by place, where no track id tells.

    The order of the persons may change with every frame. From the first choice on, the nearest
    person is taken, or nobody if the nearest is farther away than one can have moved.
    """

    def __init__(self) -> None:
        self._center: F64 | None = None
        self._size = 0.0
        self._lost_frames = 0

    def choose(self, persons: list[F64], first: int) -> int | None:
        """Return the index of the person followed, or None if not in this frame.

        Parameters
        ----------
        persons
            One (K, 2 or more) array each, x and y first; NaN where a keypoint is missing.
        first
            The index to start with, as long as nobody has been chosen.
        """
        places = [_place(person) for person in persons]
        if self._center is None:
            chosen = first if first < len(places) and places[first] is not None else None
        else:
            chosen = self._nearest(self._center, places)
        place = None if chosen is None else places[chosen]
        if place is None:
            self._lost_frames += 1
            return None
        self._center, self._size = place
        self._lost_frames = 0
        return chosen

    def _nearest(self, center: F64, places: list[tuple[F64, float] | None]) -> int | None:
        best = self._size * (_REACH + _REACH_PER_LOST_FRAME * self._lost_frames)
        chosen = None
        for index, place in enumerate(places):
            if place is None:
                continue
            distance = float(np.linalg.norm(place[0] - center))
            if distance <= best:
                best, chosen = distance, index
        return chosen


def _place(person: F64) -> tuple[F64, float] | None:
    """Center (2,) and largest extent of the keypoints that are there."""
    points = person[:, :2]
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return None
    return points.mean(axis=0), float(np.ptp(points, axis=0).max())
