"""File format of kneepose: a NumPy ``.npz`` without pickled objects."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from kneepose.errors import FormatError
from kneepose.recording.details import DETAILS, Details
from kneepose.recording.recording import Recording
from kneepose.records import check_schema

__all__ = ["read", "write"]

_NEEDED = ("keypoints", "times", "header")
_LARGEST_BYTES = 256 * 1024 * 1024
_SCHEMA = 2


def write(recording: Recording, path: str | Path) -> Path:
    """Write a recording with a built-in skeleton, and return the path."""
    header = {
        "schema": _SCHEMA,
        "skeleton": recording.skeleton.name,
        "up": recording.up,
        "depth": recording.depth,
        "resolution_wh": recording.resolution_wh,
        "view": recording.view,
        "estimator": recording.estimator,
        "meta": dict(recording.meta),
        **{name: getattr(recording, name) for name in DETAILS},
    }
    path = Path(path)
    with path.open("wb") as file:
        # Each coordinate's course in one piece: neighbors in time differ least, so files become smaller.
        np.savez_compressed(
            file,
            keypoints=np.asfortranarray(recording.coordinates),
            confidence=np.asfortranarray(recording.confidence),
            times=recording.times,
            header=np.array(json.dumps(header)),
        )
    return path


def read(path: str | Path) -> Recording:
    """Read a recording from a file written by `write`.

    Raises
    ------
    FormatError
        The file has another format, is damaged, or exceeds 256 MB when unpacked.
    FileNotFoundError
        The file does not exist.
    """
    path = Path(path)
    arrays = _arrays(path)
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise FormatError(
            f"{path.name} has no {', '.join(missing)}: it was not written by kneepose. Load your arrays "
            "and build a Recording from them."
        )
    try:
        header: dict[str, Any] = json.loads(str(arrays["header"]))
        # The first form named its number "kneepose".
        check_schema(header.get("schema", header.get("kneepose", 1)), _SCHEMA, None, path.name)
        resolution = header.get("resolution_wh")
        details = Details(**{name: header.get(name) for name in DETAILS})  # type: ignore[typeddict-item]
        return Recording(
            arrays["keypoints"],
            skeleton=header["skeleton"],
            times=arrays["times"],
            confidence=arrays.get("confidence"),
            up=header.get("up"),
            depth=header.get("depth"),
            resolution_wh=None if resolution is None else tuple(resolution),
            view=header.get("view"),
            estimator=header.get("estimator", ""),
            meta=header.get("meta"),
            **details,
        )
    except (json.JSONDecodeError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise FormatError(f"{path.name}: the header cannot be read ({error}).") from None


def _arrays(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST_BYTES:
            raise FormatError(
                f"{path.name} unpacks to {size / 1e6:.0f} MB; at most 256 MB are read. Cut it into "
                "parts."
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FormatError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise many types for damaged files
        raise FormatError(f"{path.name} is not a readable .npz file ({error}).") from None
