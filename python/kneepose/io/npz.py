"""File format of kneepose: a NumPy ``.npz`` without pickled objects."""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, KneeposeError
from kneepose.io.damage import damage_is_told
from kneepose.recording.details import DETAILS, Details
from kneepose.recording.parse import warn_low_rate
from kneepose.recording.recording import Recording
from kneepose.recording.repairs import Repairs
from kneepose.recording.skeleton import MOST_KEYPOINTS, Skeleton
from kneepose.records import check_schema, read_any, same, write_any
from kneepose.writing import write_whole

__all__ = [
    "array_of_entry",
    "check_list",
    "header_of",
    "npy_header",
    "read",
    "recording_of_arrays",
    "text_of_entry",
    "write",
]

_NEEDED: Final = ("keypoints", "times", "header")
#: Name of an array in the file → its numbers of dimensions and kinds of dtype.
_ENTRIES: Final = {
    "header": (0, "U"),
    "times": (1, "fiu"),
    "keypoints": (3, "fiu"),
    "confidence": (2, "fiu"),
    "reflection": (3, "fiu"),
    "repair_codes": (2, "u"),
    "swapped_frames": (1, "b"),
}
_LARGEST_BYTES: Final = 256 * 1024 * 1024
#: Maximum size of the file in bytes: the data plus the overhead of zip.
_LARGEST_FILE: Final = _LARGEST_BYTES + 1024 * 1024
_LONGEST_HEADER: Final = 1024 * 1024
#: Maximum size in bytes of the list of entries in a zip file, about 300 entries.
_LONGEST_LIST: Final = 20_000
_SCHEMA: Final = 3
#: Bytes compressed at a time; signals such as Ctrl+C are handled in between.
_PIECE: Final = 1 << 19


def write(recording: Recording, path: str | Path) -> Path:
    """Write a recording and return the path; replace a file only after a complete write.

    Raises
    ------
    KneeposeError
        `meta` has values that a file cannot store, the recording is too large to be read again, or
        the path does not end in ``.npz`` or is not writable as a file.
    OSError
        The system refuses to write the file.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise KneeposeError(f"{path} must end in .npz, so that kneepose.read takes it.")
    header = header_of(recording)
    repairs = recording.repairs
    # Store the time series of each coordinate contiguously: neighboring samples differ little and
    # compress well.
    content = {
        "keypoints": np.asfortranarray(recording.coordinates),
        "confidence": np.asfortranarray(recording.confidence),
        "times": recording.times,
        "header": np.array(header),
    }
    if recording._reflection is not None:
        content["reflection"] = np.asfortranarray(recording._reflection)
    if repairs is not None:
        content["repair_codes"] = np.asfortranarray(repairs.codes)
        content["swapped_frames"] = repairs.swapped_frames
    size = sum(array.nbytes for array in content.values())
    if size > _LARGEST_BYTES - 10_000 or content["header"].nbytes > 4 * _LONGEST_HEADER:
        raise KneeposeError(
            f"the recording has {size / 1e6:.0f} MB, of it {len(header) / 1e6:.1f} MB of meta and "
            "names; files hold at most 256 MB, of it 1 MB of meta and names. Save parts of it: "
            "recording[:5000]."
        )
    return write_whole(path, lambda file: _write_arrays(file, content))


class _Pieces:
    """File wrapper that writes in pieces, so that signals are handled in between."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry

    def write(self, data: bytes) -> None:
        whole = memoryview(data)
        for start in range(0, len(whole), _PIECE):
            self._entry.write(whole[start : start + _PIECE])


def _write_arrays(file: BinaryIO, content: Mapping[str, Any]) -> None:
    """Write arrays in the format of `numpy.savez_compressed`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in content.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                pieces: Any = _Pieces(entry)
                np.lib.format.write_array(pieces, np.asanyarray(array), allow_pickle=False)


def header_of(recording: Recording) -> str:
    """Return everything in a recording except its arrays, as JSON.

    Raises
    ------
    KneeposeError
        `meta` has values that a file cannot store.
    """
    header = json.dumps(_header(recording), allow_nan=False)
    _check_meta(recording.meta, json.loads(header)["meta"])
    return header


def _header(recording: Recording) -> dict[str, Any]:
    repairs = recording.repairs
    return {
        "schema": _SCHEMA,
        "skeleton": recording.skeleton._plain(),
        "fps": recording._fps,
        "up": recording.up,
        "depth": recording.depth,
        "resolution_wh": recording.resolution_wh,
        "mirrored": recording.mirrored,
        "view": recording.view,
        "estimator": recording.estimator,
        "meta": write_any(recording.meta),
        "repairs": None
        if repairs is None
        else {
            "kinds": repairs.kinds,
            "resampled": repairs.resampled,
            "cutoff_hz": repairs.cutoff_hz,
            "long_swaps": repairs.long_swaps,
        },
        **{name: getattr(recording, name) for name in DETAILS},
    }


def _check_meta(meta: Any, written: Any) -> None:
    """Raise `KneeposeError` unless reading back gives equal values of the same types."""
    try:
        is_kept = _alike(dict(meta), read_any(written))
    except (TypeError, ValueError):
        is_kept = False
    if not is_kept:
        raise KneeposeError(
            "meta has values that would not be read as they are, such as NumPy scalars; use int(…), "
            "float(…), text, lists, tuples, arrays, and dicts with text as keys."
        )


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple) and type(a) is type(b):
        return len(a) == len(b) and all(map(_alike, a, b))
    return type(a) is type(b) and same(a, b)


def read(file: BinaryIO, name: str) -> Recording:
    """Read a recording from an open file written by `write`; `name` is for messages.

    Raises
    ------
    FormatError
        The file has another format, is damaged, or exceeds 256 MB when unpacked.
    """
    arrays = _arrays(file, name)
    missing = [entry for entry in _NEEDED if entry not in arrays]
    if missing:
        raise FormatError(
            f"{name} has no {', '.join(missing)}: it was not written by kneepose. Load your arrays "
            "and build a Recording from them."
        )
    try:
        return recording_of_arrays(arrays, name)
    except FormatError:
        raise
    except KneeposeError as error:
        raise FormatError(f"{name}: {error}") from None
    except (
        ValueError,
        RecursionError,
        AttributeError,
        TypeError,
        KeyError,
        OverflowError,
    ) as error:
        raise FormatError(f"{name}: the header cannot be read ({str(error)[:200]}).") from None


def recording_of_arrays(arrays: dict[str, Any], name: str) -> Recording:
    """Build a recording from the arrays and the header of a file."""
    header: dict[str, Any] = json.loads(arrays["header"])
    # The first file version stored its schema number under the key "kneepose".
    schema = header.get("schema", header.get("kneepose", 1))
    check_schema(schema, _SCHEMA, None, name)
    resolution, meta = header.get("resolution_wh"), header.get("meta")
    details = Details(**{key: header.get(key) for key in DETAILS})  # type: ignore[typeddict-item]
    fields: dict[str, Any] = {
        "skeleton": Skeleton._from_plain(header["skeleton"]),
        "up": header.get("up"),
        "depth": header.get("depth"),
        "resolution_wh": None if resolution is None else tuple(resolution),
        "view": header.get("view"),
        "estimator": header.get("estimator", ""),
    }
    if not isinstance(fields["estimator"], str):
        raise FormatError(f"{name}: estimator must be text.")
    if meta is not None and not isinstance(meta, dict):
        raise FormatError(f"{name}: meta must be an object with entries.")
    if schema < _SCHEMA:
        return Recording(
            arrays["keypoints"],
            times=arrays["times"],
            confidence=arrays.get("confidence"),
            meta=meta,
            **fields,
            **details,
        )
    keypoints = arrays["keypoints"]
    if (step := header.get("step")) is not None:
        keypoints = _of_steps(keypoints, step, name)
    recording = Recording._stored(
        keypoints,
        confidence=arrays["confidence"],
        times=arrays["times"],
        fps=header["fps"],
        mirrored=header["mirrored"],
        reflection=arrays.get("reflection"),
        repairs=_repairs(header["repairs"], arrays),
        meta=read_any(meta or {}),
        **fields,
        **details,
    )
    warn_low_rate(recording.fps)
    return recording


def _of_steps(second: npt.NDArray[Any], step: Any, name: str) -> npt.NDArray[np.float64]:
    """Return keypoints stored as second differences over time, in multiples of `step`.

    The shipped samples use this form: it takes a third of the bytes for smooth motion, without
    loss.
    """
    if not isinstance(step, float) or not 0.0 < step <= 1.0 or second.dtype.kind != "i":
        raise FormatError(
            f"{name}: keypoints in steps of {step!r} and dtype {second.dtype}; needed a step above 0, "
            "at most 1, and whole numbers with a sign."
        )
    whole = np.cumsum(np.cumsum(second, axis=0, dtype=np.int64), axis=0)
    return np.multiply(whole, step, dtype=np.float64)


def _repairs(said: dict[str, Any] | None, arrays: dict[str, Any]) -> Repairs | None:
    if said is None:
        return None
    return Repairs._from_plain(
        {**said, "codes": arrays["repair_codes"], "swapped_frames": arrays["swapped_frames"]}
    )


def _arrays(file: BinaryIO, name: str) -> dict[str, Any]:
    with damage_is_told(name, ".npz"):
        check_list(file, name)
        with zipfile.ZipFile(file) as archive:
            entries = {
                entry.filename.removesuffix(".npy"): entry
                for entry in archive.infolist()
                if entry.filename.endswith(".npy")
            }
            known = {key: entries[key] for key in _ENTRIES if key in entries}
            size = sum(entry.file_size for entry in known.values())
            if size > _LARGEST_BYTES:
                raise FormatError(
                    f"{name} unpacks to {size / 1e6:.0f} MB; at most 256 MB are read. Cut it into parts."
                )
            return _entries(archive, known, name)


def check_list(file: BinaryIO, name: str) -> None:
    """Raise `FormatError` for a file that is too large or whose list of entries is too long."""
    size = file.seek(0, os.SEEK_END)
    if size > _LARGEST_FILE:
        raise FormatError(
            f"{name} has {size / 1e6:.0f} MB; at most 256 MB are read. Cut it into parts."
        )
    file.seek(max(size - 65_600, 0))
    tail = file.read(65_600)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or b"PK\x06\x07" in tail[max(at - 20, 0) : at]:
        raise ValueError("no list of entries as numpy writes it")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if listed > _LONGEST_LIST:
        raise FormatError(
            f"{name} lists {int.from_bytes(tail[at + 10 : at + 12], 'little')} or more entries; a "
            f"recording has at most {len(_ENTRIES)}."
        )
    file.seek(0)


def _entries(
    archive: zipfile.ZipFile, known: dict[str, zipfile.ZipInfo], name: str
) -> dict[str, Any]:
    """Read all entries and check that their shapes match, each one before it is unpacked."""
    frames: int | None = None
    found: dict[str, Any] = {}
    for key, entry in known.items():
        dims, kinds = _ENTRIES[key]
        with archive.open(entry) as stream:
            shape, fortran, dtype = npy_header(stream)
            count = math.prod(shape)
            if (
                dtype.hasobject
                or min(shape, default=0) < 0
                or count * dtype.itemsize > entry.file_size
            ):
                raise ValueError(f"{key} holds no array of its size")
            if len(shape) != dims or dtype.kind not in kinds or (dtype.itemsize > 8 and dims):
                raise FormatError(
                    f"{name}: {key} has shape {shape} and dtype {dtype}; needed {dims} dimensions of "
                    f"{'text' if kinds == 'U' else 'numbers'}."
                )
            if dims and frames is None:
                frames = shape[0]
            if (
                shape[:1] not in ((), (frames,))
                or shape[1:2] > (MOST_KEYPOINTS,)
                or shape[2:] > (3,)
            ):
                raise FormatError(
                    f"{name}: {key} has shape {shape}; needed {frames} frames, up to {MOST_KEYPOINTS} "
                    "keypoints, and 2 or 3 coordinates."
                )
            if key == "header" and dtype.itemsize > 4 * _LONGEST_HEADER:
                raise FormatError(f"{name}: the header is longer than 1 MB.")
            data = stream.read(count * dtype.itemsize + 1)
        if len(data) != count * dtype.itemsize:
            raise ValueError(f"{key} holds no array of its size")
        found[key] = (
            text_of_entry(data, dtype)
            if key == "header"
            else array_of_entry(data, dtype, shape, fortran)
        )
    return found


def npy_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, Fortran order and dtype of an entry, whose content follows in the stream."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def text_of_entry(data: bytes, dtype: np.dtype[Any]) -> str:
    """Return the text of a zero-dimensional entry."""
    order = "utf-32-be" if dtype.str.startswith(">") else "utf-32-le"
    return data.decode(order).rstrip("\0")


def array_of_entry(
    data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], fortran: bool
) -> npt.NDArray[Any]:
    """Return the content of an entry as an array."""
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
