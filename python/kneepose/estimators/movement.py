"""Adapter for movement: an xarray data set with `position` and `confidence`.

Written for movement 0.17, which names dimensions in the singular (time, space, keypoint, individual),
and for versions up to 0.15, which name them in the plural. Neither movement nor xarray is imported.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, people_of

__all__ = ["ADAPTER"]

_NAMES: Final = {"keypoints": "keypoint", "individuals": "individual"}


def _is_data_set(results: Any) -> bool:
    return hasattr(results, "data_vars") and "position" in results.data_vars


def _axes(array: Any, needed: tuple[str, ...]) -> np.ndarray:
    dims = [_NAMES.get(str(dim), str(dim)) for dim in array.dims]
    values = array_of(array.values, "position", Frame(0, None))
    for name in needed:
        if name == "individual" and name not in dims:
            values, dims = values[..., None], [*dims, name]
    if sorted(dims) != sorted(needed):
        raise FormatError(f"the dimensions are {tuple(array.dims)}; needed {needed}.")
    return values.transpose([dims.index(name) for name in needed])


def _whole(results: Any) -> Whole | None:
    if not _is_data_set(results):
        return None
    position = results["position"]
    points = _axes(position, ("time", "individual", "keypoint", "space"))
    space = [str(name) for name in np.asarray(position["space"]).tolist()]
    if space not in (["x", "y"], ["x", "y", "z"]):
        raise FormatError(f"the coordinates are {space}; needed x and y, or x, y and z.")
    confidence = np.ones(points.shape[:3])
    if "confidence" in results.data_vars:
        found = _axes(results["confidence"], ("time", "individual", "keypoint"))
        confidence = np.where(np.isnan(found), 1.0, found)
    number = points.shape[1]
    tracks: Any = [None] if number == 1 else list(range(number))
    in_seconds = results.attrs.get("time_unit") == "seconds"
    times = np.asarray(position["time"], dtype=np.float64) if in_seconds else None
    dim = next(str(dim) for dim in position.dims if _NAMES.get(str(dim), dim) == "keypoint")
    names = tuple(str(name) for name in np.asarray(position[dim]).tolist())
    people = people_of(points, confidence, tracks=tracks, single=number == 1)
    return Whole(people=people, names=names, times=times)


ADAPTER: Final = Adapter(
    name="movement",
    version="0.17",
    needed="a movement data set of a whole recording",
    read=None,
    fits=_is_data_set,
    whole=_whole,
)
