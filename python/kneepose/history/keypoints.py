"""Storage of keypoints beside a history, named by content hash; and body proportions."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from kneepose.recording.recording import Recording

__all__ = ["content_hash", "keep", "kept_form", "proportions", "without_face", "without_origin"]

F64 = npt.NDArray[np.float64]

_FACE: Final = re.compile(r"(^|_)(nose|eye|eyebrow|ear|mouth|lip|chin|face|jaw)(_|$)")
#: Metadata that affect the analysis and are therefore kept.
_MEASURED: Final = ("assumed_level_camera",)
#: Share of frames used for the quantile of a segment length in an image: segments that point toward
#: the camera appear shorter. An engineering default.
_STRETCHED: Final = 0.9


def content_hash(recording: Recording) -> str:
    """Return the SHA-256 of keypoints, confidence and times, whatever the file format."""
    digest = hashlib.sha256()
    for array in (recording.coordinates, recording.confidence, recording.times):
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digest.hexdigest()


def without_face(recording: Recording) -> Recording:
    """Return the recording with the keypoints of the face set to missing."""
    face = [i for i, name in enumerate(recording.skeleton.keypoints) if _FACE.search(name)]
    if not face:
        return recording
    coordinates, confidence = recording.coordinates.copy(), recording.confidence.copy()
    coordinates[:, face], confidence[:, face] = np.nan, 0.0
    return recording._replace(coordinates=coordinates, confidence=confidence)


def without_origin(recording: Recording) -> Recording:
    """Return the recording without information on person or file: subject, session, metadata.

    Metadata that affect the analysis are kept.
    """
    meta = {name: recording.meta[name] for name in _MEASURED if name in recording.meta}
    return recording._replace(subject=None, session=None, file_hash=None, meta=meta)


def kept_form(recording: Recording, *, face: bool) -> Recording:
    """Return the recording in the form in which `keep` stores it."""
    return without_origin(recording if face else without_face(recording))


def keep(recording: Recording, folder: Path, *, face: bool) -> str:
    """Save the recording under its content hash, readable by its owner only; return the hash."""
    kept = kept_form(recording, face=face)
    name = content_hash(kept)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.npz"
    if not path.exists():
        kept.save(path)
        os.chmod(path, 0o600)
    return name


def proportions(recording: Recording) -> dict[str, float]:
    """Return segment lengths relative to the shin, averaged over both legs; NaN where not seen.

    ``"thigh"``, ``"trunk"`` (mid-shoulder to mid-hip) and ``"hips"`` (distance of the hip centres).
    In world space also ``"shin"``, in meters.
    """
    points = {
        name: recording.coordinates[:, place]
        for name, place in recording.skeleton.landmarks.items()
    }

    def length(first: str, second: str) -> float:
        if first not in points or second not in points:
            return float("nan")
        return _long(points[first] - points[second])

    def middle(name: str) -> F64 | None:
        pair = [points.get(f"{side}_{name}") for side in ("left", "right")]
        return None if pair[0] is None or pair[1] is None else 0.5 * (pair[0] + pair[1])

    sides = ("left", "right")
    shin = float(np.mean([length(f"{s}_knee", f"{s}_ankle") for s in sides]))
    thigh = float(np.mean([length(f"{s}_hip", f"{s}_knee") for s in sides]))
    shoulders, hips = middle("shoulder"), middle("hip")
    trunk = float("nan") if shoulders is None or hips is None else _long(shoulders - hips)
    lengths = {"thigh": thigh, "trunk": trunk, "hips": length("left_hip", "right_hip")}
    size = {"shin": shin} if recording.space == "world" else {}
    return {name: value / shin for name, value in lengths.items()} | size


def _long(vectors: F64) -> float:
    lengths = np.linalg.norm(vectors, axis=1)
    seen = lengths[np.isfinite(lengths)]
    return float(np.quantile(seen, _STRETCHED)) if len(seen) else float("nan")
