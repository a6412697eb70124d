"""Data rights of the person: export of all data, and deletion."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kneepose.errors import KneeposeError
from kneepose.writing import csv_text, write_whole

__all__ = ["remove_file", "remove_page", "write_export"]

Rows = Sequence[Mapping[str, Any]]


def write_export(
    folder: Path,
    tables: Mapping[str, Rows],
    analyses: Rows,
    keypoints: Sequence[Path],
    name: Mapping[str, Any],
) -> list[Path]:
    """Write tables, analyses, keypoints and the name to an empty folder, and return the paths.

    All files are readable by their owner only.

    Raises
    ------
    KneeposeError
        The folder is not empty.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if any(folder.iterdir()):
        raise KneeposeError(f"{folder} holds something; give a new or an empty folder.")
    plain = [
        {key: value for key, value in row.items() if key not in ("result", "body")}
        for row in analyses
    ]
    written = [
        path
        for table, rows in {**tables, "analysis": plain, "measure": _measures(analyses)}.items()
        for path in _table(folder / table, rows)
    ]
    texts = {"analyses.json": list(analyses), "name.json": dict(name)}
    for file, data in texts.items():
        written.append(_private(folder / file, json.dumps(data, indent=1, ensure_ascii=False)))
    for path in keypoints:
        copy = folder / f"keypoints-{path.name}"
        shutil.copy2(path, copy)
        written.append(copy)
    return written


def _measures(analyses: Rows) -> list[dict[str, Any]]:
    """Return one row per measure of each analysis."""
    return [
        {
            "analysis": row["id"],
            "date": row["date"],
            "exercise": row["exercise"],
            "side": row["side"],
            "measure": measure["name"],
            "unit": measure["unit"],
            "n": measure["n"],
            "mean": measure["mean"],
            "sd": measure["sd"],
        }
        for row in analyses
        for measure in row["result"]["measures"]
    ]


def _table(stem: Path, rows: Rows) -> list[Path]:
    names = list(rows[0]) if rows else []
    written = [
        _private(
            stem.with_suffix(".csv"), csv_text([names, *([row[n] for n in names] for row in rows)])
        )
    ]
    if rows and importlib.util.find_spec("pyarrow") is not None:
        pyarrow, parquet = map(importlib.import_module, ("pyarrow", "pyarrow.parquet"))
        path = stem.with_suffix(".parquet")
        table = pyarrow.Table.from_pylist([dict(row) for row in rows])
        written.append(
            write_whole(path, lambda file: parquet.write_table(table, file), private=True)
        )
    return written


def _private(path: Path, text: str) -> Path:
    return write_whole(path, lambda file: file.write(text.encode("utf-8")), private=True)


def remove_file(path: Path) -> None:
    """Overwrite a file with zeros and remove it; a missing file is no error.

    On an SSD, overwriting may leave the old blocks intact; use disk encryption.
    """
    with contextlib.suppress(FileNotFoundError):
        if path.is_file() and not path.is_symlink():
            with path.open("r+b") as file:
                file.write(b"\0" * path.stat().st_size)
        path.unlink()


def remove_page(path: Path, sha256: str, marks: Sequence[str]) -> None:
    """Remove a file written about a person, if it is still that file.

    A file with another SHA-256 is removed only if it contains one of the `marks`; otherwise another
    program has replaced it.
    """
    if not path.is_file():
        return
    data = path.read_bytes()
    same = hashlib.sha256(data).hexdigest() == sha256
    if same or any(mark.encode() in data for mark in marks):
        remove_file(path)
