"""Parts of an archive: Parquet files of about fifty recordings each."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kneepose.archive.layout import ARRAYS, arrow, recording_of, recording_schema, row_of, rows_of
from kneepose.errors import FormatError, KneeposeError
from kneepose.recording.recording import Recording, check_recording
from kneepose.writing import as_path, write_whole

__all__ = ["PART_BYTES", "batches", "names_of", "parts_of", "read", "remove", "write"]

#: Uncompressed size in bytes of the arrays in one part.
PART_BYTES: Final = 64_000_000
#: Number of recordings held in memory at the same time while a part is analyzed.
ROWS_TOGETHER: Final = 50
_PART: Final = re.compile(r"part-(\d{6})\.parquet").fullmatch


def write(
    recordings: Mapping[str, Recording] | Iterable[tuple[str, Recording]],
    folder: str | Path,
    *,
    part_bytes: int = PART_BYTES,
) -> list[Path]:
    """Write recordings into a folder as Parquet parts, and return the paths of the parts.

    A part is written completely or not at all. Existing parts are kept, and new ones are numbered
    after them, so writing again extends the archive.

    Parameters
    ----------
    recordings
        Mapping from name to recording, or (name, recording) pairs. A generator is consumed one by
        one, so that memory holds one part. Names must be unique in the archive.
    folder
        Folder of the archive; created if missing.
    part_bytes
        Uncompressed size in bytes of the arrays in a part. A larger recording gets its own part.

    Returns
    -------
    list of Path
        The parts written.

    Raises
    ------
    KneeposeError
        An item is no recording, a name is duplicated or already in the archive, or `meta` cannot be
        stored in a file.
    DependencyError
        pyarrow is not installed.

    Examples
    --------
    >>> import kneepose as kp
    >>> write({"monday": kp.sample("squat")}, "archive")  # doctest: +SKIP
    [PosixPath('archive/part-000000.parquet')]
    """
    arrow()
    if isinstance(part_bytes, bool) or not isinstance(part_bytes, int) or part_bytes < 1:
        raise KneeposeError(
            f"part_bytes={part_bytes!r} must be a number of bytes, such as 64_000_000."
        )
    folder = as_path(folder, "folder")
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(_PART(p.name)[1]) for p in parts_of(folder)), default=-1)  # type: ignore[index]
    written: list[Path] = []
    seen = {name for names in names_of(folder).values() for name in names}
    rows: list[dict[str, Any]] = []
    size = 0
    pairs = recordings.items() if isinstance(recordings, Mapping) else recordings
    for pair in pairs:
        name, recording = _pair(pair)
        if name in seen:
            raise KneeposeError(
                f"the name {name!r} is given twice, or is in {folder} already; every recording needs "
                "its own."
            )
        seen.add(name)
        row = row_of(name, recording)
        own = sum(row[key].nbytes for key in ARRAYS if row[key] is not None)
        if rows and size + own > part_bytes:
            written.append(_write_part(rows, folder, number + len(written)))
            rows, size = [], 0
        rows.append(row)
        size += own
    if rows:
        written.append(_write_part(rows, folder, number + len(written)))
    return written


def _pair(pair: Any) -> tuple[str, Recording]:
    if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
        raise KneeposeError(
            f"recordings must give pairs of a name and a Recording, got {type(pair).__name__}. Write "
            '{"name": recording, …}.'
        )
    check_recording(pair[1], "archive.write")
    return pair


def _write_part(rows: list[dict[str, Any]], folder: Path, number: int) -> Path:
    pa, schema = arrow(), recording_schema()
    columns = []
    for field in schema:
        cells = [row[field.name] for row in rows]
        if field.name in ARRAYS:
            cells = [None if cell is None else cell.ravel() for cell in cells]
        columns.append(pa.array(cells, type=field.type))
    table = pa.Table.from_arrays(columns, schema=schema)
    return _write_table(table, folder / f"part-{number:06d}.parquet")


def _write_table(table: Any, part: Path) -> Path:
    pa, parquet, schema = arrow(), arrow("pyarrow.parquet"), recording_schema()
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    # Neighboring samples differ little, so storing their bytes separately (sign and exponent bytes
    # together) compresses well.
    floats = [
        f"{field.name}.list.element" for field in schema if field.type == pa.list_(pa.float64())
    ]

    def written(file: Any) -> None:
        parquet.write_table(
            table, file, compression="zstd", row_group_size=ROWS_TOGETHER, use_dictionary=texts,
            use_byte_stream_split=floats,
        )  # fmt: skip

    return write_whole(part, written)


def names_of(folder: Path) -> dict[Path, list[str]]:
    """Return the names of the recordings in each readable part."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    found = {}
    for part in parts_of(folder):
        with contextlib.suppress(pa.ArrowException, OSError, UnicodeDecodeError):
            found[part] = parquet.read_table(part, columns=["recording"])["recording"].to_pylist()
    return found


def remove(folder: Path, names: set[str]) -> None:
    """Remove recordings by name; only their parts are rewritten, each completely or not at all."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    for part, held in names_of(folder).items():
        stays = [name not in names for name in held]
        if not any(stays):
            part.unlink()
        elif not all(stays):
            _write_table(parquet.read_table(part).filter(pa.array(stays)), part)


def is_part_name(name: str) -> bool:
    """Return whether a file name is that of a part."""
    return _PART(name) is not None


def holds_recordings(part: Path) -> bool:
    """Return whether a file contains recordings rather than a table of results."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    try:
        names = parquet.read_schema(part).names
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return False
    return set(ARRAYS) <= set(names)


def parts_of(folder: Path) -> list[Path]:
    """Return the parts of an archive in order."""
    return sorted(path for path in folder.iterdir() if _PART(path.name))


def batches(part: Path) -> Iterator[Any]:
    """Return the record batches of a part.

    Raises
    ------
    FormatError
        The part is damaged, or was not written by kneepose.
    """
    pa, parquet, schema = arrow(), arrow("pyarrow.parquet"), recording_schema()
    try:
        file = parquet.ParquetFile(part)
        missing = [name for name in schema.names if name not in file.schema_arrow.names]
        if missing:
            raise FormatError(
                f"{part} has no {', '.join(missing[:3])}: it is no part of an archive."
            )
        yield from file.iter_batches(batch_size=ROWS_TOGETHER, columns=schema.names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, MemoryError):
            raise
        raise FormatError(f"{part} cannot be read ({str(error)[:200]}).") from None


def read(folder: str | Path) -> Iterator[tuple[str, Recording]]:
    """Yield the name and the recording of each row of an archive, one by one.

    Raises
    ------
    FormatError
        A part or a row is damaged.
    DependencyError
        pyarrow is not installed.

    Examples
    --------
    >>> for name, recording in read("archive"):  # doctest: +SKIP
    ...     print(name, recording.n_frames)
    """
    for part in parts_of(existing(folder)):
        for batch in batches(part):
            for row in rows_of(batch):
                yield row["recording"], recording_of(row, f"{part.name}, {row['recording']}")


def existing(folder: str | Path) -> Path:
    """Return the folder of an archive as a path, after checking that it exists.

    Raises
    ------
    KneeposeError
        The folder does not exist or has no part.
    """
    folder = as_path(folder, "folder")
    if not folder.is_dir() or not parts_of(folder):
        raise KneeposeError(
            f"{folder} holds no archive: no part-000000.parquet is in it. Write one with "
            "kneepose.archive.write(recordings, folder)."
        )
    return folder
