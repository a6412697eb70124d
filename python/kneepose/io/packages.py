"""Formats that need a package: Parquet (pyarrow), and movement's netCDF (xarray, h5netcdf)."""

from __future__ import annotations

import importlib
import io
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, KneeposeError, TimeError
from kneepose.estimators.batch import from_estimator
from kneepose.io import npz
from kneepose.io.damage import damage_is_told
from kneepose.io.objects import needed, to_xarray
from kneepose.io.options import MOST_VALUES, Options
from kneepose.io.points import recording_of
from kneepose.io.table import points_of_table, tidy_columns
from kneepose.recording.recording import Recording
from kneepose.writing import write_whole

__all__ = ["read_netcdf", "read_parquet", "write_netcdf", "write_parquet"]

F64 = npt.NDArray[np.float64]
_KEY: Final = b"kneepose"
#: Packages that xarray needs for netCDF; h5netcdf does not install h5py itself.
_NETCDF: Final = ("h5netcdf", "h5py")


class _ParquetTable:
    """A Parquet file as a `Source`."""

    def __init__(self, table: Any, name: str) -> None:
        self.name, self.header, self._table = name, list(table.column_names), table

    def values(self, columns: Sequence[int], labels: Sequence[int]) -> tuple[F64, list[list[str]]]:
        """Return columns, and the texts of label columns, whose values are text indices."""
        compute = importlib.import_module("pyarrow.compute")
        result = np.empty((self._table.num_rows, len(columns)))
        said: list[list[str]] = []
        for i, column in enumerate(columns):
            array = self._table.column(column)
            if column in labels:
                coded = compute.dictionary_encode(array.combine_chunks())
                if hasattr(coded, "combine_chunks"):
                    coded = coded.combine_chunks()
                texts = ["" if text is None else str(text) for text in coded.dictionary.to_pylist()]
                codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.float64)
                if np.isnan(codes).any():
                    codes[np.isnan(codes)] = len(texts)
                    texts.append("")
                result[:, i] = codes
                said.append(texts)
                continue
            try:
                with damage_is_told(self.name, "Parquet"):
                    result[:, i] = compute.cast(array, "float64").to_numpy()
            except FormatError:
                raise FormatError(
                    f"{self.name} has the column {self.header[column][:60]!r} of type {array.type}; "
                    "needed numbers."
                ) from None
        return result, said


def read_parquet(file: BinaryIO, name: str, options: Options) -> Recording:
    """Read a Parquet file with a wide or tidy table.

    Raises
    ------
    KneeposeError
        The file is damaged, too large, or no table of keypoints.
    DependencyError
        pyarrow is not installed.
    """
    parquet = needed("pyarrow.parquet", f"{name}: reading Parquet")
    with damage_is_told(name, "Parquet"):
        opened = parquet.ParquetFile(io.BytesIO(file.read()))
        meta = opened.metadata
        if meta.num_rows * meta.num_columns > MOST_VALUES or meta.num_columns > 20_000:
            raise FormatError(
                f"{name} has {meta.num_rows} rows and {meta.num_columns} columns; at most "
                f"{MOST_VALUES} values are read. Cut it into parts."
            )
        table = opened.read()
        if table.nbytes > 300_000_000:
            raise FormatError(f"{name} unpacks to {table.nbytes / 1e6:.0f} MB; cut it into parts.")
    said = (table.schema.metadata or {}).get(_KEY)
    source = _ParquetTable(table, name)
    if not table.num_rows:
        raise FormatError(f"{name} has no rows.")
    if said is not None:
        return _restored(said, source, name)
    return recording_of(points_of_table(source, options), options, name)


def _restored(said: bytes, source: _ParquetTable, name: str) -> Recording:
    """Return a recording that kneepose wrote, including its metadata."""
    try:
        header = json.loads(said)
        n_frames, n_keypoints = int(header["n_frames"]), int(header["n_keypoints"])
        axes = [axis for axis in "xyz" if axis in source.header]
        wanted = [source.header.index(column) for column in ("time_s", *axes, "confidence")]
        table, _ = source.values(wanted, [])
        table = table.reshape(n_frames, n_keypoints, len(wanted))
        arrays = {
            "header": json.dumps(header),
            "keypoints": table[..., 1:-1],
            "confidence": table[..., -1],
            "times": table[:, 0, 0],
        }
        if header["repairs"] is not None:
            places = [source.header.index(column) for column in ("repair", "swapped")]
            codes = source.values(places, [])[0].reshape(n_frames, n_keypoints, 2)
            arrays["repair_codes"] = codes[..., 0].astype(np.uint8)
            arrays["swapped_frames"] = codes[:, 0, 1] != 0
        return npz.recording_of_arrays(arrays, name)
    except FormatError:
        raise
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise FormatError(f"{name} has damaged metadata ({str(error)[:200]}).") from None


def write_parquet(recording: Recording, path: Any) -> Path:
    """Write a tidy Parquet file, with the other fields of the recording in its metadata.

    Raises
    ------
    KneeposeError
        `meta` has values that a file cannot store.
    DependencyError
        pyarrow is not installed.
    """
    pyarrow = needed("pyarrow", "writing Parquet")
    parquet = needed("pyarrow.parquet", "writing Parquet")
    columns = tidy_columns(recording)
    shape = recording.coordinates.shape
    repairs = recording.repairs
    if repairs is not None:
        columns["repair"] = repairs.codes.ravel()
        columns["swapped"] = np.repeat(repairs.swapped_frames, shape[1])
    kept = ("frame", "time_s", "keypoint", "x", "y", "z", "confidence", "repair", "swapped")
    table = pyarrow.table({name: columns[name] for name in kept if name in columns})
    header = json.loads(npz.header_of(recording))
    header |= {"n_frames": shape[0], "n_keypoints": shape[1]}
    table = table.replace_schema_metadata({_KEY: json.dumps(header, allow_nan=False).encode()})
    # Texts repeat, so they are dictionary-encoded; doubles compress better with their bytes split
    # into streams.
    numbers = [
        name for name in table.column_names if name in ("time_s", "x", "y", "z", "confidence")
    ]
    return write_whole(
        path,
        lambda file: parquet.write_table(
            table, file, compression="zstd", use_dictionary=["keypoint"],
            column_encoding=dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
        ),
    )  # fmt: skip


def write_netcdf(recording: Recording, path: Any) -> Path:
    """Write a netCDF file in movement's format.

    Raises
    ------
    DependencyError
        xarray or h5netcdf is not installed.
    """
    for package in _NETCDF:
        needed(package, "writing netCDF")
    data = to_xarray(recording).to_netcdf(engine="h5netcdf")
    return write_whole(path, lambda file: file.write(bytes(data)))


def read_netcdf(file: BinaryIO, name: str, options: Options) -> Recording:
    """Read a dataset of movement from a netCDF file.

    Raises
    ------
    KneeposeError
        The file is damaged, too large, or has no keypoints.
    DependencyError
        xarray or h5netcdf is not installed.
    """
    xarray = needed("xarray", f"{name}: reading netCDF")
    for package in _NETCDF:
        needed(package, f"{name}: reading netCDF")
    with damage_is_told(name, "netCDF"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = xarray.open_dataset(file, engine="h5netcdf", decode_times=False)
        values = sum(variable.size for variable in opened.variables.values())
        if values > MOST_VALUES:
            raise FormatError(f"{name} has {values} values; at most {MOST_VALUES} are read.")
        if "position" not in opened.data_vars:
            raise FormatError(f"{name} has no variable position; needed a data set of movement.")
        data = opened.load()
    said = data.attrs
    in_seconds = said.get("time_unit") == "seconds"
    if not in_seconds and options.fps is None:
        raise TimeError(f"{name} has no times in seconds; pass fps=.")
    skeleton = options.skeleton or _stated_skeleton(data)
    size = options.resolution_wh
    if size is None and "width" in said and "height" in said:
        size = (int(said["width"]), int(said["height"]))
    try:
        stated = {
            "fps": None if in_seconds else options.fps,
            "skeleton": skeleton,
            "resolution_wh": size,
            "up": options.up or said.get("up"),
            "unit": options.unit or said.get("unit"),
        }
        return from_estimator(data, "movement", **options.of_results() | stated)
    except KneeposeError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(
            f"{name} has keypoints that cannot be read ({str(error)[:200]})."
        ) from None


def _stated_skeleton(data: Any) -> Any:
    """Return the built-in skeleton named in the file, if the file has all its keypoints."""
    from kneepose.recording.skeleton import find_skeleton

    said = data.attrs.get("skeleton")
    try:
        skeleton = find_skeleton(str(said)) if said else None
        dim = next(d for d in ("keypoint", "keypoints") if d in data["position"].dims)
        names = {str(name) for name in data["position"][dim].values.tolist()}
    except (KneeposeError, KeyError, StopIteration):
        return None
    return skeleton if skeleton is not None and set(skeleton.keypoints) <= names else None
