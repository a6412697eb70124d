"""`FORMATS`: table of file formats, with functions to recognize, read and write each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from kneepose.angles.angles import Angles
from kneepose.errors import FormatError, KneeposeError
from kneepose.io import arrays, c3d, hdf5, keypoint_json, motion, npz, packages, text, trc
from kneepose.io.options import Options
from kneepose.recording.recording import Recording

__all__ = ["FORMATS", "HEAD_BYTES", "READ_ONLY", "Format", "format_of", "writer_of"]

#: Number of leading bytes used to recognize a format.
HEAD_BYTES: Final = 65_536
_END_OF_HEADER: Final = re.compile(rb"^[ \t]*endheader[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
_LARGEST_TEXT: Final = 64_000_000
_LARGEST_FILE: Final = 256_000_000


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes
    ----------
    name
        Name, as shown by `kneepose info`.
    suffixes
        File extensions, the most common one first.
    fits
        Function that returns whether the first bytes of a file have this format.
    read
        Function that reads an open file; `name` is for messages.
    write
        Function that writes a recording to a path, or None.
    largest
        Maximum file size in bytes.
    """

    name: str
    suffixes: tuple[str, ...]
    fits: Callable[[bytes], bool]
    read: Callable[[BinaryIO, str, Options], Recording | Angles]
    write: Callable[[Recording, Any], Path] | None = None
    largest: int = _LARGEST_TEXT


def _whole(
    read: Callable[[bytes, str, Options], Recording],
) -> Callable[[BinaryIO, str, Options], Recording]:
    return lambda file, name, options: read(file.read(), name, options)


def _read_npz(file: BinaryIO, name: str, options: Options) -> Recording:
    entries = set(arrays.entries_of(file, name))
    file.seek(0)
    if "header" in entries or not entries:
        return npz.read(file, name)
    return arrays.read(file, name, options)


def _read_hdf5(file: BinaryIO, name: str, options: Options) -> Recording:
    found = hdf5.read(file, name, options)
    if found is not None:
        return found
    file.seek(0)
    return packages.read_netcdf(file, name, options)


def _read_motion(file: BinaryIO, name: str, options: Options) -> Angles:
    if options != Options():
        raise KneeposeError(f"{name} has angles, for which no option of read counts; omit them.")
    return motion.read(file.read(), name)


def _begins(signature: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signature)


def _is_text(head: bytes) -> bool:
    return bool(head.strip()) and b"\0" not in head


def _is_c3d(head: bytes) -> bool:
    return len(head) >= 512 and head[1] == 0x50 and head[0] > 0 and b"\0" in head[:512]


def _is_trc(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t").lower().startswith(b"pathfiletype")


def _is_motion(head: bytes) -> bool:
    return _is_text(head) and _END_OF_HEADER.search(head) is not None


#: Extensions of formats that kneepose reads but does not write.
READ_ONLY: Final = (".h5", ".hdf5", ".slp")

#: Formats in the order in which they are tried. Text tables come last, because they have no
#: signature.
FORMATS: Final = (
    Format("npz", (".npz",), _begins(b"PK\x03\x04"), _read_npz, npz.write, 2**31),
    Format(
        "Parquet", (".parquet", ".pq"), _begins(b"PAR1"), packages.read_parquet,
        packages.write_parquet, _LARGEST_FILE,
    ),
    Format(
        "HDF5", (".nc", ".netcdf", ".h5", ".hdf5", ".slp"), _begins(b"\x89HDF\r\n\x1a\n"),
        _read_hdf5, packages.write_netcdf, _LARGEST_FILE,
    ),
    Format("C3D", (".c3d",), _is_c3d, _whole(c3d.read), c3d.write, _LARGEST_FILE),
    Format("TRC", (".trc",), _is_trc, _whole(trc.read), trc.write),
    Format(
        "OpenSim motion", (".mot", ".sto"),
        _is_motion,
        _read_motion,
    ),
    Format(
        "JSON", (".json",), lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["),
        keypoint_json.read_file,
    ),
    Format("table", (".csv", ".tsv", ".txt"), _is_text, _whole(text.read), text.write),
)  # fmt: skip


_VIDEO: Final = (
    "is a video; keypoints come from a pose estimator: kneepose.from_video(path), or the command "
    "kneepose analyze"
)
_PICTURE: Final = "is a picture; needed the keypoints that a pose estimator found in a video"
_WORKBOOK: Final = "is a workbook of a spreadsheet; save its sheet as CSV"
#: Extension of common files that cannot be read → description and remedy.
_OTHERS: Final = {
    **dict.fromkeys((".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".wmv"), _VIDEO),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".heic", ".gif", ".bmp", ".tif", ".webp"), _PICTURE),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".numbers"), _WORKBOOK),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".pt"),
        "is a pickle, which can run any program when it is opened; where it was made, save a table as "
        "CSV or Parquet, and an array as .npz",
    ),
    ".npy": "is an array without names; load it: "
    "kneepose.Recording(numpy.load(path), skeleton=…, fps=…)",
    ".mat": "is of MATLAB; write a table there: writetable(t, 'keypoints.csv')",
    ".jsonl": "has a JSON value in each line; write all of them as one list",
    ".pdf": "is a document; needed a file of keypoints",
}


def format_of(head: bytes, suffix: str, name: str) -> Format:
    """Return the format of a file from its first bytes, else from its extension.

    Raises
    ------
    FormatError
        Neither identifies a known format.
    """
    by_suffix = next((one for one in FORMATS if suffix.lower() in one.suffixes), None)
    table, other = FORMATS[-1], _OTHERS.get(suffix.lower())
    # skip .npz for known foreign extensions, because workbooks are zip archives too
    for one in FORMATS[1 if other else 0 : -1]:
        if one.fits(head) and not (other and one.name == "JSON" and suffix.lower() == ".jsonl"):
            return one
    if other is not None:
        raise FormatError(f"{name} {other}.")
    if by_suffix is not None:
        return by_suffix
    if table.fits(head):
        return table
    known = ", ".join(one.suffixes[0] for one in FORMATS)
    raise FormatError(
        f"{name}: files ending in {suffix or 'nothing'!r} cannot be read; needed one of {known}, or a "
        "folder of JSON files. From arrays build a Recording and save it."
    )


def writer_of(path: Path) -> Callable[[Recording, Any], Path]:
    """Return the function that writes recordings with this file extension.

    Raises
    ------
    KneeposeError
        No format with this extension can be written.
    """
    suffix = path.suffix.lower()
    for one in FORMATS:
        if one.write is not None and suffix in one.suffixes and suffix not in READ_ONLY:
            return one.write
    known = ", ".join(s for one in FORMATS if one.write for s in one.suffixes[:1])
    more = "; .mot is for angles: kneepose.joint_angles(recording).save(path)"
    raise KneeposeError(
        f"{path} must end in one of {known}, so that kneepose.read takes it"
        f"{more if suffix in ('.mot', '.sto') else ''}."
    )
