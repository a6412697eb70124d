"""Skeletons: which keypoint of an estimator is which part of the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import SkeletonError, UnknownNameError

__all__ = ["Skeleton", "find_skeleton", "skeleton_names_with"]


class Skeleton:
    """The ordered keypoints that an estimator emits, and the landmark that each one is.

    Parameters
    ----------
    name
        Any name.
    keypoints
        Names in the order of the arrays' second axis. Keypoints named like a landmark
        (``"left_hip"``, ``"right_big_toe"``, ``"nose"``) are that landmark.
    landmarks
        Landmark → keypoint, for keypoints with names of their own.
    min_confidence
        Confidence (0 to 1) below which a keypoint counts as not seen.

    Raises
    ------
    SkeletonError
        No keypoints, a keypoint twice, or a confidence outside 0..1.
    UnknownNameError
        A landmark that does not exist, or a keypoint that is not on the list.

    Examples
    --------
    >>> import kneepose as kp
    >>> leg = kp.Skeleton("my_leg", ["RHip", "RKnee", "RAnkle"],
    ...                   {"right_hip": "RHip", "right_knee": "RKnee", "right_ankle": "RAnkle"})
    >>> leg.landmarks["right_knee"]
    1
    """

    __slots__ = ("_core", "_hash", "_key", "_keypoints", "_landmarks", "_swap")

    def __init__(
        self,
        name: str,
        keypoints: Sequence[str],
        landmarks: Mapping[str, str] | None = None,
        *,
        min_confidence: float = 0.3,
    ) -> None:
        if isinstance(keypoints, str):
            raise SkeletonError(f"keypoints is the text {keypoints!r}; give a list of names.")
        aliases = list((landmarks or {}).items())
        for text in (name, *keypoints, *(text for pair in aliases for text in pair)):
            check_name("skeleton, keypoint or landmark", text)
        try:
            least = float(min_confidence)
        except (TypeError, ValueError):
            raise SkeletonError(
                f"min_confidence is {min_confidence!r}; it must be a number in 0..1."
            ) from None
        self._adopt(_core.Skeleton(name, list(keypoints), aliases, least))

    def _adopt(self, core: _core.Skeleton) -> None:
        self._core = core
        self._keypoints = tuple(core.keypoints)
        self._landmarks = MappingProxyType(dict(core.landmarks))
        self._swap = np.array(core.swap, dtype=np.intp)
        self._swap.flags.writeable = False
        landmarks = tuple(sorted(self._landmarks.items()))
        self._key = (core.name, self._keypoints, landmarks, core.min_confidence)
        self._hash = hash(self._key)

    @classmethod
    def _built_in(cls, name: str) -> Skeleton:
        skeleton = object.__new__(cls)
        skeleton._adopt(_core.Skeleton.built_in(name))
        return skeleton

    @property
    def name(self) -> str:
        """Name."""
        return self._core.name

    @property
    def keypoints(self) -> tuple[str, ...]:
        """Keypoint names in order."""
        return self._keypoints

    @property
    def landmarks(self) -> Mapping[str, int]:
        """Landmark → index of its keypoint, read-only."""
        return self._landmarks

    @property
    def swap(self) -> npt.NDArray[np.intp]:
        """(K,) for each keypoint the index of the one on the other side of the body."""
        return self._swap

    @property
    def min_confidence(self) -> float:
        """Confidence below which a keypoint counts as not seen."""
        return self._core.min_confidence

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Skeleton):
            return NotImplemented
        return self is other or self._key == other._key

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        aliases = {name: self._keypoints[index] for name, index in self._landmarks.items()}
        return (_restore, (self.name, self._keypoints, aliases, self.min_confidence))

    def __repr__(self) -> str:
        return f"Skeleton {self.name!r}: {len(self._keypoints)} keypoints"


def check_name(kind: str, name: object) -> None:
    """Raise `SkeletonError` for a name that is not text that can be written down."""
    if not isinstance(name, str) or not _is_encodable(name):
        raise SkeletonError(f"{name!r} cannot be the name of a {kind}; needed text.")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _restore(
    name: str, keypoints: tuple[str, ...], aliases: dict[str, str], min_confidence: float
) -> Skeleton:
    return Skeleton(name, keypoints, aliases, min_confidence=min_confidence)


@cache
def _named(name: str) -> Skeleton:
    return Skeleton._built_in(name)


def find_skeleton(skeleton: str | Skeleton) -> Skeleton:
    """Return a built-in skeleton by name, or the skeleton itself.

    Raises
    ------
    UnknownNameError
        No such skeleton; the message lists the near ones.
    """
    if isinstance(skeleton, Skeleton):
        return skeleton
    if not isinstance(skeleton, str):
        names = [row["name"] for row in _core.skeleton_table()]
        raise UnknownNameError.of("skeleton", skeleton, names)
    if not _is_encodable(skeleton):
        raise UnknownNameError.of("skeleton", skeleton, [])
    return _named(skeleton)


def skeleton_names_with(count: int) -> list[str]:
    """Return the names of the built-in skeletons with this many keypoints."""
    return [row["name"] for row in _core.skeleton_table() if len(row["keypoints"]) == count]
