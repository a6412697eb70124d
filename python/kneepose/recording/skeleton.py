"""Skeletons: the keypoints of an estimator and the body landmarks that they mark."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import FormatError, SkeletonError, UnknownNameError

__all__ = ["MOST_KEYPOINTS", "Skeleton", "find_skeleton", "skeleton_names_with"]

MOST_KEYPOINTS: Final = 1000
_LONGEST_NAME: Final = 500


class Skeleton:
    """The ordered keypoints of an estimator, and the body landmark of each.

    Parameters
    ----------
    name
        Name of the skeleton.
    keypoints
        Names of the keypoints, in the order of the second axis of the coordinates. A keypoint with the
        name of a landmark (``"left_hip"``, ``"right_big_toe"``, ``"nose"``) marks that landmark.
    landmarks
        Landmark → keypoint, for keypoints with other names.
    min_confidence
        Confidence (0 to 1) below which a keypoint counts as missing.

    Raises
    ------
    SkeletonError
        There is no keypoint, there are more than 1000, one is listed twice, a name is longer than 500
        characters, or `min_confidence` is outside 0 to 1.
    UnknownNameError
        A landmark is not known, or a keypoint of `landmarks` is not in `keypoints`.

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
        if isinstance(keypoints, str) or not isinstance(keypoints, Collection):
            raise SkeletonError(f"keypoints is {keypoints!r}; give a list of names.")
        if len(keypoints) > MOST_KEYPOINTS:
            raise SkeletonError(
                f"keypoints has {len(keypoints)} names; at most {MOST_KEYPOINTS} are taken."
            )
        if landmarks is not None and not isinstance(landmarks, Mapping):
            raise SkeletonError(f"landmarks is {landmarks!r}; it must be a dict.")
        aliases = list((landmarks or {}).items())
        for text in (name, *keypoints, *(text for pair in aliases for text in pair)):
            check_name("skeleton, keypoint or landmark", text)
        try:
            least = float(min_confidence)
        except (TypeError, ValueError, OverflowError):
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
        """Name of the skeleton."""
        return self._core.name

    @property
    def keypoints(self) -> tuple[str, ...]:
        """Names of the keypoints, in order."""
        return self._keypoints

    @property
    def landmarks(self) -> Mapping[str, int]:
        """Landmark → index of its keypoint, as a read-only mapping."""
        return self._landmarks

    @property
    def swap(self) -> npt.NDArray[np.intp]:
        """Index of each keypoint's counterpart on the other side of the body, shape (K,)."""
        return self._swap

    @property
    def min_confidence(self) -> float:
        """Confidence below which a keypoint counts as missing."""
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

    def _plain(self) -> str | dict[str, Any]:
        """Return the name of a built-in skeleton, or all fields of a user-defined one."""
        if self.name in _built_in_names() and self == _named(self.name):
            return self.name
        aliases = {name: self._keypoints[index] for name, index in self._landmarks.items()}
        return {
            "name": self.name,
            "keypoints": list(self._keypoints),
            "landmarks": aliases,
            "min_confidence": self.min_confidence,
        }

    @classmethod
    def _from_plain(cls, data: Any) -> Skeleton:
        if isinstance(data, str):
            return find_skeleton(data)
        try:
            return _restore(**data)
        except TypeError:
            raise FormatError(
                "skeleton is neither a name nor an object with name, keypoints, landmarks and "
                "min_confidence; give what to_dict returned."
            ) from None

    def __repr__(self) -> str:
        return f"Skeleton {self.name!r}: {len(self._keypoints)} keypoints"


def check_name(kind: str, name: object) -> None:
    """Raise `SkeletonError` if `name` is not text that can be encoded as UTF-8."""
    if not isinstance(name, str) or not _is_encodable(name):
        raise SkeletonError(f"{name!r} cannot be the name of a {kind}; needed text.")
    if len(name) > _LONGEST_NAME:
        raise SkeletonError(
            f"the name {name[:20]!r}… of a {kind} has {len(name)} characters; at most {_LONGEST_NAME} "
            "are taken."
        )


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _restore(
    name: str, keypoints: Sequence[str], landmarks: Mapping[str, str], min_confidence: float
) -> Skeleton:
    return Skeleton(name, keypoints, landmarks, min_confidence=min_confidence)


@cache
def _built_in_names() -> frozenset[str]:
    return frozenset(row["name"] for row in _core.skeleton_table())


@cache
def _named(name: str) -> Skeleton:
    return Skeleton._built_in(name)


def find_skeleton(skeleton: str | Skeleton) -> Skeleton:
    """Return a built-in skeleton by name, or the given skeleton itself.

    Raises
    ------
    UnknownNameError
        The name is not known. The message lists similar names.
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
