"""Keypoint and marker names used in files, and the body landmarks they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import SkeletonError, UnknownNameError
from kneepose.recording.skeleton import (
    MOST_KEYPOINTS,
    Skeleton,
    find_skeleton,
    skeleton_names_with,
)

__all__ = ["MARKER_SETS", "named_points"]

F64 = npt.NDArray[np.float64]
#: Groups of markers whose midpoint is a landmark, the preferred group first.
Choices = tuple[tuple[str, ...], ...]


def _both_sides(left: str, right: str, rows: Mapping[str, str]) -> dict[str, Choices]:
    """Return the landmark names of both sides, each with the marker groups that give it.

    In `rows`, ``#`` stands for the letters of a side, and ``+`` joins the markers of a group.
    """
    return {
        f"{side}_{landmark}": tuple(
            tuple(marker.replace("#", letters) for marker in choice.split("+"))
            for choice in text.split()
        )
        for side, letters in (("left", left), ("right", right))
        for landmark, text in rows.items()
    }


#: Marker set → landmark → groups of markers. Joint centers are preferred; otherwise the midpoint of
#: a medial and a lateral marker is used.
MARKER_SETS: Final[Mapping[str, Mapping[str, Choices]]] = MappingProxyType({
    # Vicon Plug-in Gait: segment origins and proximal ends in its output are joint centers.
    "plug_in_gait": {
        **_both_sides("L", "R", {
            "hip": "#FEP #HJC",
            "knee": "#FEO #KJC #KNE+#KNM #KNE+#MKNE",
            "ankle": "#TIO #AJC #ANK+#MED #ANK+#MANK",
            "shoulder": "#SHO", "elbow": "#ELB", "wrist": "#RAO #WRA+#WRB",
            "heel": "#HEE", "big_toe": "#TOE",
            "lateral_epicondyle": "#KNE", "medial_epicondyle": "#KNM #MKNE",
        }),
        "neck": (("C7",),),
    },
    # OpenCap: augmented markers end in _study; marker-based trials use the same names without the
    # suffix.
    "opencap": {
        landmark: choices
        for side, small in (("left", "L"), ("right", "r"))
        for landmark, choices in _both_sides(small, small, {
            "hip": f"{side[0].upper()}HJC_study {side[0].upper()}HJC {side[0].upper()}_HJC",
            "knee": "#_knee_study+#_mknee_study #_knee+#_mknee",
            "ankle": "#_ankle_study+#_mankle_study #_ankle+#_mankle",
            "shoulder": "#_shoulder_study #_shoulder",
            "heel": "#_calc_study #_calc", "big_toe": "#_toe_study #_toe",
            "small_toe": "#_5meta_study #_5meta",
            "lateral_epicondyle": "#_knee_study #_knee",
            "medial_epicondyle": "#_mknee_study #_mknee",
        }).items()
        if landmark.startswith(side)
    },
    # Theia3D: the origin of a segment is its proximal joint.
    "theia": _both_sides("l", "r", {
        "hip": "#_thigh_4X4", "knee": "#_shank_4X4", "ankle": "#_foot_4X4", "big_toe": "#_toes_4X4",
        "shoulder": "#_uarm_4X4", "elbow": "#_larm_4X4", "wrist": "#_hand_4X4",
    }),
    # Kinect v1, v2 and Azure, as named in tables. Their foot joint is neither heel nor toe.
    "kinect": {
        **_both_sides("Left", "Right", {
            name: f"{name.title()}# {name.upper()}_# #_{name} #{name.title()}"
            for name in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
        }),
        "head": (("Head",), ("HEAD",)),
        "neck": (("Neck",), ("NECK",), ("ShoulderCenter",)),
    },
    # UI-PRMD: a segment starts at its proximal joint.
    "ui_prmd": {
        **_both_sides("L", "R", {
            "hip": "#UpperLeg", "knee": "#LowerLeg", "ankle": "#Foot", "shoulder": "#UpperArm",
            "elbow": "#Forearm", "wrist": "#Hand", "big_toe": "#Toes",
        }),
        "neck": (("Neck",),), "head": (("Head",),),
    },
})  # fmt: skip

_LEG: Final = tuple(f"{side}_{j}" for side in ("left", "right") for j in ("hip", "knee", "ankle"))
_SIDED: Final = {
    "hip": "hip", "knee": "knee", "ankle": "ankle", "shoulder": "shoulder", "elbow": "elbow",
    "wrist": "wrist", "heel": "heel", "eye": "eye", "ear": "ear", "bigtoe": "big_toe",
    "smalltoe": "small_toe", "footindex": "big_toe",
}  # fmt: skip
_SIDE_WORDS: Final = {"left": "left", "l": "left", "right": "right", "r": "right"}
#: Letters of a name → landmark, for names such as left_knee, LKnee, KneeLeft, KNEE_LEFT and knee.L.
_WORDS: Final[Mapping[str, str]] = {
    "nose": "nose", "head": "head", "neck": "neck", "midhip": "mid_hip",
} | {
    spelling: f"{side}_{landmark}"
    for word, side in _SIDE_WORDS.items()
    for part, landmark in _SIDED.items()
    for spelling in (word + part, part + word)
}  # fmt: skip


def _landmark_of(name: str) -> str | None:
    letters = re.sub("[^a-z]", "", name.lower())
    for prefix in ("body", "poselandmark"):
        letters = letters.removeprefix(prefix) if letters not in _WORDS else letters
    return _WORDS.get(letters)


def named_points(
    names: tuple[str, ...],
    values: F64,
    confidence: F64 | None,
    skeleton: Skeleton | None,
    wanted: str | Mapping[str, str] | None,
    file: str,
) -> tuple[Skeleton, F64, F64 | None, str | None]:
    """Return skeleton, coordinates, confidence, and the name of the marker set that was used.

    Parameters
    ----------
    names
        Names in the file, one per keypoint.
    values, confidence
        Shapes (T, K, D) and (T, K).
    skeleton
        Skeleton to choose by name, or None.
    wanted
        Name of a marker set, a mapping from names in the file to landmarks, or None to recognize them.
    file
        Name of the file, for messages.

    Raises
    ------
    SkeletonError
        A name is missing or occurs twice, or no name is a known body part.
    UnknownNameError
        The marker set or landmark is not known.
    """
    names = _without_subject(names)
    place = {name: i for i, name in enumerate(names)}
    if len(place) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SkeletonError(f"{file} has two keypoints named {twice!r}; needed different names.")
    if skeleton is not None and wanted is None:
        return skeleton, *_selected(names, values, confidence, skeleton, file), None
    marker_set = wanted if isinstance(wanted, str) else None
    if isinstance(wanted, str):
        if wanted not in MARKER_SETS:
            raise UnknownNameError.of("marker set", wanted, MARKER_SETS)
        rows = _present(MARKER_SETS[wanted], place)
    elif wanted is not None:
        rows = _given(wanted, place, file)
    else:
        built_in = _built_in(names)
        if built_in is not None:
            return built_in, *_selected(names, values, confidence, built_in, file), None
        found = {name: _present(rows, place) for name, rows in MARKER_SETS.items()}
        words = {
            landmark: (name,)
            for name in reversed(names)
            if (landmark := _landmark_of(name)) is not None
        }
        # With equal numbers of leg joints, a marker set is preferred to recognition of words in
        # names.
        best = max(found, key=lambda name: _legs(found[name]))
        if _legs(words) > _legs(found[best]) or best == "kinect" or not _legs(found[best]):
            return _by_words(names, values, confidence, words, file)
        marker_set, rows = best, found[best]
    if not rows:
        raise SkeletonError(
            f"{file} has none of the markers of names={wanted!r}; it has {_listed(names)}."
        )
    points = np.stack(
        [values[:, [place[marker] for marker in rows[name]]].mean(axis=1) for name in rows], axis=1
    )
    sure = None
    if confidence is not None:
        sure = np.stack(
            [confidence[:, [place[m] for m in rows[name]]].min(axis=1) for name in rows], axis=1
        )
    return Skeleton(marker_set or "named", list(rows)), points, sure, marker_set


def _legs(rows: Mapping[str, object]) -> int:
    return sum(name in rows for name in _LEG)


def _without_subject(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names without the subject before a colon, if they remain unique."""
    short = tuple(name.rpartition(":")[2].strip() for name in names)
    return short if len(set(short)) == len(set(names)) else names


def _present(rows: Mapping[str, Choices], place: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Return for each landmark the first group of markers that is completely present."""
    chosen = {
        landmark: next((c for c in choices if all(m in place for m in c)), None)
        for landmark, choices in rows.items()
    }
    return {landmark: choice for landmark, choice in chosen.items() if choice is not None}


def _given(
    wanted: Mapping[str, str], place: Mapping[str, int], file: str
) -> dict[str, tuple[str, ...]]:
    rows: dict[str, tuple[str, ...]] = {}
    for marker, landmark in wanted.items():
        if marker not in place:
            raise SkeletonError(
                f"{file} has no keypoint {marker!r} of names=; it has {_listed(tuple(place))}."
            )
        rows[landmark] = (*rows.get(landmark, ()), marker)
    return rows


def _built_in(names: tuple[str, ...]) -> Skeleton | None:
    """Return the built-in skeleton with exactly these keypoints, in any order."""
    for row in _core.skeleton_table():
        skeleton = find_skeleton(row["name"])
        if set(skeleton.keypoints) == set(names):
            return skeleton
    return None


def _selected(
    names: tuple[str, ...], values: F64, confidence: F64 | None, skeleton: Skeleton, file: str
) -> tuple[F64, F64 | None]:
    """Return the keypoints of a skeleton selected by name, missing if the file lacks them.

    Raises
    ------
    SkeletonError
        The file has none of the keypoints.
    """
    place = {name: i for i, name in enumerate(names)}
    if not any(keypoint in place for keypoint in skeleton.keypoints):
        if len(names) == len(skeleton.keypoints) and not any(map(_landmark_of, names)):
            order = _order_of(names)
            return values[:, order], None if confidence is None else confidence[:, order]
        raise SkeletonError(
            f"{file} has no keypoint of the skeleton {skeleton.name!r}; it has {_listed(names)}."
        )
    found = [(k, place[name]) for k, name in enumerate(skeleton.keypoints) if name in place]
    to, source = (list(part) for part in zip(*found, strict=True))
    points = np.full((len(values), len(skeleton.keypoints), values.shape[2]), np.nan)
    points[:, to] = values[:, source]
    if confidence is None:
        return points, None
    sure = np.zeros(points.shape[:2])
    sure[:, to] = confidence[:, source]
    return points, sure


def _order_of(names: tuple[str, ...]) -> list[int]:
    """Return indices that sort names by their number, such as x25; else the order in the file."""
    numbers = [re.findall(r"\d+", name) for name in names]
    found = [int(one[-1]) for one in numbers if one]
    if len(set(found)) < len(names):
        return list(range(len(names)))
    return sorted(range(len(names)), key=found.__getitem__)


def _by_words(
    names: tuple[str, ...],
    values: F64,
    confidence: F64 | None,
    words: Mapping[str, tuple[str, ...]],
    file: str,
) -> tuple[Skeleton, F64, F64 | None, str | None]:
    if not any(landmark.startswith(("left_", "right_")) for landmark in words):
        fitting = skeleton_names_with(len(names))
        if fitting and all(re.search(r"\d", name) for name in names):
            raise SkeletonError(
                f"{file} has {len(names)} keypoints with numbers, {_listed(names[:1])} to "
                f"{_listed(names[-1:])}, and no names; pass skeleton=, one of "
                f"{', '.join(map(repr, fitting))}."
            )
        raise SkeletonError(
            f"{file} has no keypoint that is named as a part of the body; it has {_listed(names)}. Pass "
            'names={"LKJC": "left_knee", …}, or a marker set: '
            f"{', '.join(map(repr, MARKER_SETS))}."
        )
    kept = list(range(len(names)))
    if len(names) > MOST_KEYPOINTS:
        kept = [i for i, name in enumerate(names) if _landmark_of(name)][:MOST_KEYPOINTS]
    chosen = [names[i] for i in kept]
    aliases = {landmark: name for landmark, (name,) in words.items() if landmark != name}
    # An alias must not hide a keypoint whose own name is that landmark.
    aliases = {mark: name for mark, name in aliases.items() if mark not in chosen}
    sure = None if confidence is None else confidence[:, kept]
    return Skeleton("file", chosen, aliases), values[:, kept], sure, None


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:12])
    return f"{shown}{f' and {len(names) - 12} more' if len(names) > 12 else ''}"
