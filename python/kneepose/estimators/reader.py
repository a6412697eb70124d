"""`FrameReader` and `find_estimator`: convert the results of any estimator to lists of `Person`.

Recordings, generators, live frames and groups all use it, also with functions of users. There is no
registry: a function is passed as `estimator=`, or named as ``"module:function"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from itertools import chain
from typing import Any, Final

import numpy as np

from kneepose import _core
from kneepose.errors import (
    CoordinateError,
    FormatError,
    KneeposeError,
    SkeletonError,
    UnknownNameError,
)
from kneepose.estimators import (
    alphapose,
    apple_vision,
    deeplabcut,
    detectron2,
    kinect,
    mediapipe,
    mmpose,
    motionbert,
    movement,
    movenet,
    norfair,
    openpose,
    rtmlib,
    sleap,
    supervision,
    transformers,
    ultralytics,
)
from kneepose.estimators.adapter import UNREADABLE, Adapter, Frame, skeleton_for
from kneepose.estimators.person import F64, Person
from kneepose.estimators.person import Reader as Reader
from kneepose.recording.parse import plain_array
from kneepose.recording.skeleton import Skeleton, find_skeleton

__all__ = ["ADAPTERS", "FrameReader", "find_estimator", "recognise"]

#: Name of an estimator → its adapter.
ADAPTERS: Final[Mapping[str, Adapter]] = {
    adapter.name: adapter
    for adapter in (
        mediapipe.ADAPTER,
        ultralytics.ADAPTER,
        supervision.ADAPTER,
        rtmlib.ADAPTER,
        mmpose.ADAPTER,
        openpose.ADAPTER,
        alphapose.ADAPTER,
        movenet.ADAPTER,
        transformers.ADAPTER,
        detectron2.ADAPTER,
        deeplabcut.ADAPTER,
        sleap.ADAPTER,
        movement.ADAPTER,
        norfair.ADAPTER,
        motionbert.ADAPTER,
        apple_vision.ADAPTER,
        kinect.AZURE,
        kinect.NUITRACK,
    )
}


def find_estimator(estimator: Any) -> Adapter | Callable[[Any], Any]:
    """Return the adapter with this name, or the function given or named as ``"module:function"``.

    Raises
    ------
    UnknownNameError
        The estimator, module or function does not exist.
    """
    if callable(estimator):
        return estimator  # type: ignore[no-any-return]
    if isinstance(estimator, str) and ":" in estimator:
        place, _, name = estimator.partition(":")
        try:
            function = getattr(import_module(place), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise UnknownNameError(
                f"estimator is {estimator!r}, but it cannot be imported: {error}. Needed "
                '"module:function", a function from a result to a list of kneepose.estimators.Person.'
            ) from None
        if callable(function):
            return function  # type: ignore[no-any-return]
    if isinstance(estimator, str) and estimator in ADAPTERS:
        return ADAPTERS[estimator]
    raise UnknownNameError.of(
        "estimator",
        estimator,
        ADAPTERS,
        hint='For another one pass arrays and skeleton=, or your own function or "module:function".',
    )


def name_of(estimator: Any) -> str:
    """Return the name of an estimator that is stored in recordings."""
    return estimator if isinstance(estimator, str) else getattr(estimator, "__name__", "function")


def fitting(result: Any) -> list[str]:
    """Return the names of the estimators whose results look like `result`."""
    names = [name for name, adapter in ADAPTERS.items() if adapter.fits(result)]
    if not names and isinstance(result, list | tuple) and len(result) in (1, 3):
        return fitting(result[0])  # a one-element list, or the arguments of a live-stream callback
    return names


def recognise(results: Any) -> tuple[str, Any]:
    """Return the name of the estimator that made `results`, and a fresh iterable of them.

    Raises
    ------
    FormatError
        No estimator, or more than one, produces such results.
    """
    names = [name for name, adapter in ADAPTERS.items() if _is_whole(adapter, results)]
    if not names:
        names = fitting(results)
    if not names and isinstance(results, Iterable) and not isinstance(results, str | bytes):
        items = iter(results)
        read = []
        for item in items:
            read.append(item)
            names = fitting(item)
            if item is not None and (names or not isinstance(item, list | tuple) or item):
                break
        results = results if isinstance(results, list | tuple) else chain(read, items)
    if len(names) == 1:
        return names[0], results
    raise FormatError(
        f"results of type {type(results).__name__} are not recognised as those of one estimator; pass "
        f"estimator=, one of {', '.join(map(repr, names or ADAPTERS))}, or your own function. "
        "Arrays go to kneepose.Recording(array, skeleton=…)."
    )


def _is_whole(adapter: Adapter, results: Any) -> bool:
    if isinstance(results, np.ndarray):
        return False  # a bare array does not identify its estimator
    try:
        return adapter.whole(results) is not None
    except UNREADABLE:
        return False


class FrameReader:
    """Reads the results of successive frames as persons in pixels, or in meters if they are 3-D.

    Parameters
    ----------
    estimator
        Name of an estimator, a function, or ``"module:function"``.
    resolution
        (width, height) of the frames in pixels, or None.
    skeleton
        Skeleton of the keypoints, or None for that of the estimator.
    world
        True if only the 3-D world landmarks are used, which need no image size.
    one_video
        True if all frames must have the same size.

    Raises
    ------
    UnknownNameError
        The estimator or the skeleton is not known.
    CoordinateError
        `resolution` is missing for an estimator whose coordinates are normalized by the image size.
    """

    def __init__(
        self,
        estimator: Any,
        resolution: tuple[int, int] | None = None,
        skeleton: str | Skeleton | None = None,
        *,
        world: bool = False,
        one_video: bool = False,
    ) -> None:
        found = find_estimator(estimator)
        self.adapter = found if isinstance(found, Adapter) else None
        self.name = name_of(estimator)
        self._function = None if isinstance(found, Adapter) else found
        self.resolution = resolution
        self._given_size = resolution
        self._one_video = one_video
        self._number = 0
        self._memory: dict[Any, Any] = {}
        self.skeleton = None if skeleton is None else find_skeleton(skeleton)
        if self.skeleton is None and self.adapter is not None:
            self.skeleton = self.adapter.own_skeleton
        if self.adapter is not None and self.adapter.divided_by_size and not (resolution or world):
            raise CoordinateError(
                f"resolution_wh is not given; {self.name} divides x by the image width and y by its "
                "height, which changes angles. Pass resolution_wh=(width, height) of the frames to "
                "get pixels."
            )

    def needed_skeleton(self) -> Skeleton:
        """Return the skeleton, which must be known before the first frame.

        Raises
        ------
        SkeletonError
            The estimator has several skeletons or none, and `skeleton` is not given.
        """
        if self.skeleton is None and self.adapter is not None:
            names = list(self.adapter.skeletons.values())
            if len(names) == 1:
                return find_skeleton(names[0])
            raise SkeletonError(
                f"skeleton is not given; {self.name} has several models. Pass skeleton=, "
                + (f"one of {', '.join(map(repr, names))}." if names else "with its keypoints.")
            )
        if self.skeleton is None:
            raise SkeletonError(
                f"skeleton is not given; your function {self.name} returns keypoints without names. "
                'Pass skeleton=, such as "coco17", or a kneepose.Skeleton.'
            )
        return self.skeleton

    def __call__(self, result: Any) -> list[Person]:
        """Return the persons of the next frame.

        Raises
        ------
        FormatError
            The result is not from this estimator.
        SkeletonError
            The number of keypoints does not match the skeleton.
        CoordinateError
            The frames differ in size.
        """
        frame = Frame(self._number, self.resolution, self._memory)
        self._number += 1
        if result is None:
            return []
        persons = self._read(result, frame)
        if persons:
            self.check_count({len(person.points) for person in persons}, frame.number)
        return persons

    def _read(self, result: Any, frame: Frame) -> list[Person]:
        adapter = self.adapter
        if adapter is None:
            assert self._function is not None
            return _checked(self._function(result), self.name, frame)
        try:
            self._check_size(adapter.size(result), frame)
            if adapter.read is None:
                raise adapter.refuse(result, frame)
            persons = adapter.read(result, frame)
            if adapter.divided_by_size and frame.size is not None:
                persons = [_scaled(person, frame.size) for person in persons]
        except FormatError as error:
            others = [name for name in fitting(result) if name != adapter.name]
            if not others:
                raise
            raise FormatError(
                f"{error} It looks like a result of {others[0]}: use estimator={others[0]!r}."
            ) from None
        except UNREADABLE as error:
            if isinstance(error, KneeposeError):
                raise
            raise adapter.refuse(
                result, frame, f" It cannot be read: {type(error).__name__} {error}."
            ) from error
        return persons

    def _check_size(self, size: tuple[int, int] | None, frame: Frame) -> None:
        if size is None:
            return
        if self._one_video and self.resolution is not None and size != self.resolution:
            width, height = self.resolution
            raise CoordinateError(
                f"results[{frame.number}] is of an image {size[0]}×{size[1]} (width × height), "
                f"{'resolution_wh is' if self._given_size else 'earlier ones of'} {width}×{height}; "
                "needed frames of one video. Make one recording per video."
            )
        self.resolution = size

    def check_count(self, counts: set[int], number: int = 0) -> None:
        """Determine the skeleton from the keypoint counts of the persons in frame `number`.

        Raises
        ------
        SkeletonError
            A count does not match the skeleton.
        """
        if self.skeleton is None:
            count = min(counts)
            if self.adapter is None:
                self.needed_skeleton()
            else:
                self.skeleton = find_skeleton(skeleton_for(self.adapter, count, number))
        assert self.skeleton is not None
        needed = len(self.skeleton.keypoints)
        wrong = counts - {needed}
        if wrong:
            raise SkeletonError(
                f"results[{number}] has {min(wrong)} keypoints per person; needed the {needed} "
                f"of {self.skeleton.name}. For a custom model pass skeleton=, a kneepose.Skeleton "
                "with its keypoints in order."
            )


def _scaled(person: Person, size: tuple[int, int]) -> Person:
    if person.box is not None:
        x0, y0, x1, y1 = person.box
        box = (x0 * size[0], y0 * size[1], x1 * size[0], y1 * size[1])
        person = person._replace(box=box)
    return person._replace(points=_core.scaled(person.points, size))


def _checked(persons: Any, name: str, frame: Frame) -> list[Person]:
    """Validate the persons returned by a user's function, and convert their arrays to float64."""
    if persons is None:
        return []
    if not isinstance(persons, Sequence) or not all(isinstance(one, Person) for one in persons):
        raise FormatError(
            f"{name} returned {type(persons).__name__} for results[{frame.number}]; needed a list of "
            "kneepose.estimators.Person, empty for a frame without one."
        )
    return [_checked_person(person, name, frame) for person in persons]


def _checked_person(person: Person, name: str, frame: Frame) -> Person:
    def array(values: Any, field: str, shapes: tuple[tuple[int, ...], ...]) -> F64:
        try:
            found = np.array(plain_array(values), dtype=np.float64)
        except UNREADABLE:
            found = np.zeros(0)
        if found.shape not in shapes:
            raise FormatError(
                f"{name} returned {field} of shape {np.shape(found)} for results[{frame.number}]; "
                f"needed {' or '.join(map(str, shapes))}."
            )
        return found

    count = len(person.points) if hasattr(person.points, "__len__") else 0
    points = array(person.points, "points", ((count, 2), (count, 3)))
    sure = None
    if person.confidence is not None:
        sure = array(person.confidence, "confidence", ((count,),))
        points[~(sure > 0)] = np.nan
    world = None if person.world is None else array(person.world, "world", ((count, 3),))
    box: Any = None
    if person.box is not None:
        box = tuple(array(person.box, "box", ((4,),)).tolist())
    points[~np.isfinite(points).all(axis=1)] = np.nan
    track = None if person.track is None else int(person.track)
    return Person(points, sure, track, box, world)
