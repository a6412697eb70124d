"""Stand-ins for pandas, sleap-io and xarray objects with a whole recording."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

NAMES = ("left_hip", "left_knee", "left_ankle", "tail")
FRAMES = 40


def coordinates(animals: int = 1) -> np.ndarray:
    """Return x, y and confidence, shape (T, animals, 4, 3); frame 3 is empty, animal 1 is far to
    the right.
    """
    t = np.arange(FRAMES)[:, None, None]
    values = np.zeros((FRAMES, animals, len(NAMES), 3))
    values[..., 0] = 300 + 20 * np.arange(4) + 400 * np.arange(animals)[:, None] + np.sin(t / 5)
    values[..., 1] = 200 + 100 * np.arange(4)
    values[..., 2] = 0.8
    values[3] = np.nan
    return values


class Columns(list[Any]):
    nlevels = 3


def deeplabcut(values: np.ndarray) -> Any:
    """Return a stand-in for a `pandas.read_hdf` table: columns (scorer[, individual], body part,
    coordinate).
    """
    one = values.shape[1] == 1
    columns = Columns(
        ("scorer", *(() if one else (f"animal{a}",)), name, field)
        for a in range(values.shape[1])
        for name in NAMES
        for field in ("x", "y", "likelihood")
    )
    columns.nlevels = 3 if one else 4
    flat = values.reshape(len(values), -1)
    return SimpleNamespace(columns=columns, iloc=None, to_numpy=lambda **options: flat)


def sleap(values: np.ndarray, tracked: bool = True) -> Any:
    """Return a stand-in for `sleap_io.Labels`."""
    return SimpleNamespace(
        labeled_frames=[],
        skeletons=[SimpleNamespace(node_names=list(NAMES))],
        tracks=[SimpleNamespace(name=str(n)) for n in range(values.shape[1] * tracked)],
        numpy=lambda return_confidence: values if return_confidence else values[..., :2],
    )


class Labelled:
    """Stand-in for an xarray array with named dimensions."""

    def __init__(self, values: Any, dims: tuple[str, ...], coords: dict[str, Any]) -> None:
        self.values, self.dims, self.coords = np.asarray(values), dims, coords

    def __getitem__(self, name: str) -> np.ndarray:
        return np.asarray(self.coords[name])


class DataSet(dict[str, Any]):
    def __init__(self, variables: dict[str, Any], attrs: dict[str, Any]) -> None:
        super().__init__(variables)
        self.data_vars, self.attrs = variables, attrs


def movement(values: np.ndarray, plural: str = "", unit: str = "seconds") -> Any:
    """Return a stand-in for a `movement.io` dataset, with the dimensions of 0.17, or of 0.15 with
    plural="s".
    """
    keypoint, individual = f"keypoint{plural}", f"individual{plural}"
    times = np.arange(len(values)) / 30
    coords = {"time": times, "space": ["x", "y"], keypoint: NAMES}
    position = values[..., :2].transpose(0, 3, 2, 1)
    variables = {
        "position": Labelled(position, ("time", "space", keypoint, individual), coords),
        "confidence": Labelled(
            values[..., 2].transpose(0, 2, 1), ("time", keypoint, individual), coords
        ),
    }

    return DataSet(variables, {"time_unit": unit, "fps": 30.0})
