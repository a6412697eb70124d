"""Adapters for depth sensors: JSON of Azure Kinect body tracking and of Nuitrack, in millimeters.

Azure Kinect: a frame is ``{"bodies": [{"body_id", "joint_positions": 32 × [x, y, z]}]}``, y down, as its
offline processor writes it. Nuitrack: a frame is ``{"skeletons": [{"id", "joints": [{"type", "real":
[x, y, z], "confidence"}]}]}``, y up with left-handed axes, which the adapter turns right-handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, persons_of, track_of
from kneepose.estimators.person import F64, Person
from kneepose.recording.skeleton import Skeleton

__all__ = ["AZURE", "NUITRACK"]


def _sides(*names: str) -> list[str]:
    return [f"{side}_{name}" for side in ("left", "right") for name in names]


# Order of the joints in Azure Kinect's k4abt.
_AZURE_JOINTS: Final = [
    "pelvis", "spine_navel", "spine_chest", "neck",
    *_sides("clavicle", "shoulder", "elbow", "wrist", "hand", "handtip", "thumb"),
    *_sides("hip", "knee", "ankle", "foot"),
    "head", "nose", "left_eye", "left_ear", "right_eye", "right_ear",
]  # fmt: skip


def _is_azure(result: Any) -> bool:
    return isinstance(result, Mapping) and "bodies" in result


def _read_azure(result: Any, frame: Frame) -> list[Person]:
    if not _is_azure(result):
        raise AZURE.refuse(result, frame)
    persons: list[Person] = []
    for body in result["bodies"]:
        points = array_of(body["joint_positions"], "joint_positions", frame)
        if points.shape != (len(_AZURE_JOINTS), 3):
            raise FormatError(
                f"joint_positions of results[{frame.number}] has shape {points.shape}; needed (32, 3)."
            )
        levels = body.get("joint_confidence_levels")
        # Confidence levels of the sensor: 0 none, 1 low (predicted), 2 medium, 3 high.
        sure = None if levels is None else array_of(levels, "levels", frame)[None] / 3
        persons += persons_of(points[None], sure, frame, tracks=[track_of(body.get("body_id"))])
    return persons


def _whole_azure(results: Any) -> Whole | None:
    if not isinstance(results, Mapping) or "frames" not in results:
        return None
    frames = list(results["frames"])
    if not any(map(_is_azure, frames)):
        return None
    stamps = [frame.get("timestamp_usec") for frame in frames]
    times = None if None in stamps or not stamps else np.array(stamps, dtype=np.float64) / 1e6
    return Whole(frames, times=times)


# Order of the joints in Nuitrack; waist, torso and collar are not used.
_NUITRACK_JOINTS: Final = [
    "head", "neck", "torso", "waist",
    *_sides("collar", "shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle"),
]  # fmt: skip


def _is_nuitrack(result: Any) -> bool:
    return isinstance(result, Mapping) and ("skeletons" in result or "Skeletons" in result)


def _read_nuitrack(result: Any, frame: Frame) -> list[Person]:
    if not _is_nuitrack(result):
        raise NUITRACK.refuse(result, frame)
    persons: list[Person] = []
    for body in result.get("skeletons", result.get("Skeletons")) or ():
        values: F64 = np.full((1, len(_NUITRACK_JOINTS), 4), np.nan)
        values[..., 3] = 0.0
        for joint in body["joints"]:
            name = str(joint.get("type", "")).lower().removeprefix("joint_")
            if name not in _NUITRACK_JOINTS:
                continue
            real = joint["real"]
            if isinstance(real, Mapping):
                real = [real[axis] for axis in "xyz"]
            row = [*array_of(real, "real", frame), float(joint.get("confidence", 1.0))]
            values[0, _NUITRACK_JOINTS.index(name)] = row
        values[..., 2] *= -1.0
        tracks = [track_of(body.get("id"))]
        persons += persons_of(values[..., :3], values[..., 3], frame, tracks=tracks)
    return persons


AZURE: Final = Adapter(
    name="azure_kinect",
    version="1.1",
    needed="a frame of the JSON of Azure Kinect, a mapping with bodies",
    read=_read_azure,
    fits=_is_azure,
    own_skeleton=Skeleton("azure_kinect", _AZURE_JOINTS),
    whole=_whole_azure,
    unit="mm",
    up="-y",
    depth="measured",
)
NUITRACK: Final = Adapter(
    name="nuitrack",
    version="0.38",
    needed="a frame of the JSON of Nuitrack, a mapping with skeletons",
    read=_read_nuitrack,
    fits=_is_nuitrack,
    own_skeleton=Skeleton("nuitrack", _NUITRACK_JOINTS),
    unit="mm",
    up="y",
    depth="measured",
)
