"""Columns of an archive: one row per recording, and one row per result of its analysis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.io import npz
from kneepose.io.objects import needed
from kneepose.recording.details import DETAILS
from kneepose.recording.recording import Recording

__all__ = [
    "ARRAYS",
    "SCHEMA",
    "arrow",
    "recording_of",
    "recording_schema",
    "row_of",
    "rows_of",
]

SCHEMA: Final = 1
#: Array of a recording → its Parquet type and its number of dimensions.
ARRAYS: Final = {
    "keypoints": ("float64", 3),
    "confidence": ("float64", 2),
    "times": ("float64", 1),
    "reflection": ("float64", 3),
    "repair_codes": ("uint8", 2),
    "swapped_frames": ("bool_", 1),
}
TEXTS: Final = ("subject", "session", "date", "side", "exercise", "model_hash", "file_hash")


def arrow(module: str = "pyarrow") -> Any:
    """Import and return a module of pyarrow."""
    return needed(module, "an archive")


@cache
def recording_schema() -> Any:
    """Return the Arrow schema of recordings: metadata, array shape, header, and arrays as lists.

    ``keypoints`` is the list of a (frames, keypoints, 2 or 3) array in C order, pixels or meters,
    ``confidence`` of (frames, keypoints), ``times`` of seconds. ``header`` is JSON with everything else
    that a recording holds. ``reflection``, ``repair_codes`` and ``swapped_frames`` are null unless the
    recording has them.
    """
    pa = arrow()
    text = [("recording", pa.string()), *((name, pa.string()) for name in TEXTS)]
    numbers = [("frames", pa.int32()), ("rate_hz", pa.float64())]
    texts = [(name, pa.string()) for name in ("skeleton", "estimator", "view", "up", "header")]
    arrays = [(name, pa.list_(getattr(pa, kind)())) for name, (kind, _) in ARRAYS.items()]
    return pa.schema([*text, *numbers, *texts, *arrays], {"kneepose_archive": str(SCHEMA)})


def row_of(name: str, recording: Recording) -> dict[str, Any]:
    """Convert a recording to a row of the archive.

    Raises
    ------
    KneeposeError
        `meta` has values that a file cannot hold.
    """
    repairs = recording.repairs
    return {
        "recording": name,
        **{key: getattr(recording, key) for key in DETAILS if key in TEXTS},
        "frames": recording.n_frames,
        "rate_hz": recording.fps,
        "skeleton": recording.skeleton.name,
        "estimator": recording.estimator,
        "view": recording.view,
        "up": recording.up,
        "header": npz.header_of(recording),
        "keypoints": recording.coordinates,
        "confidence": recording.confidence,
        "times": recording.times,
        "reflection": recording._reflection,
        "repair_codes": None if repairs is None else repairs.codes,
        "swapped_frames": None if repairs is None else repairs.swapped_frames,
    }


def recording_of(row: Mapping[str, Any], name: str) -> Recording:
    """Convert a row of the archive, whose arrays are flat, to a recording.

    Raises
    ------
    FormatError
        The row is damaged.
    """
    frames, flat = row["frames"], {key: row[key] for key in ARRAYS if row[key] is not None}
    try:
        keypoints = len(flat["confidence"]) // max(frames, 1)
        arrays: dict[str, Any] = {"header": row["header"]}
        for key, values in flat.items():
            kind, dimensions = ARRAYS[key]
            # Engines without this type, such as Spark, return a wider one.
            with np.errstate(invalid="ignore"):
                held = np.asarray(values, dtype=kind)
            if held.dtype.kind != "f" and not np.array_equal(held, values):
                raise ValueError(f"{key} has numbers that {held.dtype} does not hold")
            arrays[key] = held.reshape((frames, keypoints, -1)[:dimensions])
        return npz.recording_of_arrays(arrays, name)
    except FormatError:
        raise
    except (ValueError, TypeError, KeyError, json.JSONDecodeError) as error:
        raise FormatError(f"{name}: the row cannot be read ({str(error)[:200]}).") from None


def _check_columns(schema: Any) -> None:
    """Raise if a batch lacks recording columns or has wrong types; wider types are accepted."""
    types = arrow().types

    def is_list(kind: Any) -> bool:
        lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
        return any(is_one(kind) for is_one in lists) and is_number(kind.value_type)

    def is_number(kind: Any) -> bool:
        return any(
            is_one(kind) for is_one in (types.is_integer, types.is_floating, types.is_boolean)
        )

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return str(kind) in ("string", "large_string", "string_view")

    for field in recording_schema():
        found = [one.type for one in schema if one.name == field.name]
        is_right = is_list if field.name in ARRAYS else is_number
        if types.is_string(field.type):
            is_right = is_text
        empty = len(found) == 1 and types.is_null(found[0])
        if len(found) != 1 or not (empty or is_right(found[0])):
            what = ", ".join(map(str, found)) or "missing"
            raise FormatError(
                f"the column {field.name!r} is {what}; needed {field.type}, as archive.write makes it."
            )


def rows_of(batch: Any) -> list[dict[str, Any]]:
    """Return the rows of a batch; their NumPy arrays share the memory of the batch.

    Raises
    ------
    FormatError
        A column is missing, duplicated or of a wrong type.
    """
    _check_columns(batch.schema)
    numbers = {name: batch.column(name) for name in ARRAYS}
    others = [name for name in recording_schema().names if name not in numbers]
    try:
        texts: list[dict[str, Any]] = batch.select(others).to_pylist()
    except UnicodeDecodeError as error:
        raise FormatError(f"a text of the archive is damaged ({error}).") from None
    for row, number in zip(texts, range(batch.num_rows), strict=True):
        for name, column in numbers.items():
            cell = column[number]
            row[name] = cell.values.to_numpy(zero_copy_only=False) if cell.is_valid else None
    return texts
