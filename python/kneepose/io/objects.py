"""Conversion of recordings to objects of xarray (in movement's format) and supervision."""

from __future__ import annotations

import importlib
from typing import Any, Literal

import numpy as np

from kneepose.errors import DependencyError, KneeposeError
from kneepose.recording.recording import Recording

__all__ = ["needed", "object_of", "to_xarray"]


def needed(package: str, what: str, extra: str = "files") -> Any:
    """Import an optional package and return it.

    Raises
    ------
    DependencyError
        The package is not installed. The message names the extra.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        raise DependencyError(
            f"{what} needs {package.partition('.')[0]}; install it with: pip install 'kneepose[{extra}]'"
        ) from None


def object_of(recording: Recording, package: Literal["xarray", "supervision"]) -> Any:
    """Return the recording as an object of the given package."""
    return {"xarray": to_xarray, "supervision": _to_supervision}[package](recording)


def to_xarray(recording: Recording) -> Any:
    """Return movement's dataset: `position` (time, space, keypoint, individual), `confidence`.

    Raises
    ------
    DependencyError
        xarray is not installed.
    """
    xarray = needed("xarray", "to_xarray")
    axes = list("xyz")[: recording.coordinates.shape[2]]
    attributes: dict[str, Any] = {
        "source_software": recording.estimator or "kneepose",
        "ds_type": "poses",
        "time_unit": "seconds",
        "skeleton": recording.skeleton.name,
    }
    if recording._fps is not None:
        attributes["fps"] = recording._fps
    if recording.up is not None:
        attributes |= {"up": recording.up, "unit": "m"}
    if recording.resolution_wh is not None:
        attributes |= dict(zip(("width", "height"), recording.resolution_wh, strict=True))
    return xarray.Dataset(
        {
            "position": (
                ("time", "space", "keypoint", "individual"),
                recording.coordinates.transpose(0, 2, 1)[..., None].copy(),
            ),
            "confidence": (
                ("time", "keypoint", "individual"),
                recording.confidence[..., None].copy(),
            ),
        },
        coords={
            "time": recording.times.copy(),
            "space": axes,
            "keypoint": list(recording.skeleton.keypoints),
            "individual": [recording.subject or "id_0"],
        },
        attrs=attributes,
    )


def _to_supervision(recording: Recording) -> list[Any]:
    """Return one ``supervision.KeyPoints`` for each frame, with (0, 0) and confidence 0 where missing.

    Raises
    ------
    KneeposeError
        The recording is in world space.
    DependencyError
        supervision is not installed.
    """
    if recording.space == "world":
        raise KneeposeError("supervision draws pixels; this recording is in world space.")
    supervision = needed("supervision", "to_supervision", "supervision")
    points = np.nan_to_num(recording.coordinates).astype(np.float32)
    scores = recording.confidence.astype(np.float32)
    key = "keypoint_confidence"
    if key not in supervision.KeyPoints.__dataclass_fields__:
        key = "confidence"
    return [
        supervision.KeyPoints(xy=xy[None], **{key: score[None]})
        for xy, score in zip(points, scores, strict=True)
    ]
