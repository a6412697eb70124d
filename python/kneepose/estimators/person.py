"""Iteration over the results of an estimator, and choice of the same person in every frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError

F64 = npt.NDArray[np.float64]

# Largest movement of a person between two frames, in body sizes, and its increase for each frame
# without that person. Engineering defaults.
_REACH: Final = 0.5
_REACH_PER_LOST_FRAME: Final = 0.1
# A frame with fewer keypoints than this share of the usual number shows neither place nor size; the
# usual number is forgotten by this factor a frame.
_LEAST_SEEN: Final = 0.5
_FORGET_SEEN: Final = 0.98


def iter_frames(results: Any, result_attribute: str, adapter: str) -> Iterable[Any]:
    """Check that `results` is an iterable of one result per frame, and return it.

    Raises
    ------
    FormatError
        `results` is a single result, an array, a mapping, text, or not iterable.
    """
    needed = f"{adapter} needs a list (or generator) with one result per frame"
    if results is None:
        raise FormatError(f"results is None; {needed}. None may stand for a frame in that list.")
    if hasattr(results, result_attribute):
        raise FormatError(
            f"results is one {type(results).__name__}; {needed}. For one frame pass [result]."
        )
    if isinstance(results, np.ndarray) or hasattr(results, "__array__"):
        raise FormatError(
            f"results is an array; {needed}. Pass arrays to kneepose.Recording(array, skeleton=…)."
        )
    if isinstance(results, str | bytes | Mapping) or not isinstance(results, Iterable):
        raise FormatError(f"results is of type {type(results).__name__}; {needed}.")
    return results


class PersonFollower:
    """Chooses the same person in every frame by position, for results without track ids.

    The order of the persons may change from frame to frame. After the first choice, the person
    nearest to the last position is chosen, or nobody if that person is too far away.
    """

    def __init__(self) -> None:
        self._center: F64 | None = None
        self._size = 0.0
        self._seen = 0.0
        self._lost_frames = 0

    def choose(self, persons: list[F64], first: int) -> int | None:
        """Return the index of the chosen person, or None if that person is not in this frame.

        Parameters
        ----------
        persons
            Keypoints of each person, shape (K, 2) or (K, 3 or more), x and y first, in any unit; NaN
            where missing.
        first
            Index to choose as long as nobody has been chosen before.
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
        self._lost_frames = 0
        center, size, seen = place
        self._seen *= _FORGET_SEEN
        if seen >= _LEAST_SEEN * self._seen:
            self._center, self._size = center, size
            self._seen = max(self._seen, float(seen))
        return chosen

    def _nearest(self, center: F64, places: list[tuple[F64, float, int] | None]) -> int | None:
        best = self._size * (_REACH + _REACH_PER_LOST_FRAME * self._lost_frames)
        chosen = None
        for index, place in enumerate(places):
            if place is None:
                continue
            distance = float(np.linalg.norm(place[0] - center))
            if distance <= best:
                best, chosen = distance, index
        return chosen


def _place(person: F64) -> tuple[F64, float, int] | None:
    """Return center, shape (2,), extent and number of the visible keypoints; None without any."""
    points = person[:, :2]
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return None
    return points.mean(axis=0), float(np.ptp(points, axis=0).max()), len(points)
