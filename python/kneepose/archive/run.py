"""Analyze a whole archive part by part, in one or several processes; skip finished parts."""

from __future__ import annotations

import hashlib
import importlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from kneepose import _core
from kneepose.archive.layout import SCHEMA, arrow
from kneepose.archive.parts import batches, existing, holds_recordings, is_part_name, parts_of
from kneepose.archive.work import TABLES, analyze_batch, check_task, tidy
from kneepose.errors import FormatError, KneeposeError
from kneepose.exercises.spec import ExerciseSpec
from kneepose.typing import ExerciseName, Side
from kneepose.writing import as_path, is_unfinished, remove_unfinished, write_text, write_whole

__all__ = ["Done", "analyze", "are_tables"]

_MANIFEST: Final = "parts"
#: Age in seconds from which a temporary file counts as abandoned. An engineering default.
_UNFINISHED_S: Final = 3600.0


class Done(NamedTuple):
    """Result of `analyze`: totals over the archive, and the work of this run."""

    recordings: int
    """Rows of the table ``recordings``."""
    measured: int
    """Recordings in which at least one repetition counted."""
    refused: int
    """Recordings that do not allow an analysis of the exercise, each with its reason in ``why``."""
    failed: int
    """Recordings whose row is damaged, each with the error in ``why``."""
    reasons: dict[str, int]
    """Reason of refusals and failures → number of recordings, most frequent first."""
    parts: int
    """Number of parts in the archive."""
    analyzed: int
    """Parts that this run analyzed; earlier runs with the same task completed the others."""
    unreadable: dict[str, str]
    """Unreadable part → reason. The next run tries it again."""
    seconds: float
    """Duration of this run in seconds."""


def are_tables(folder: Path) -> bool:
    """Return whether a folder contains tables that `analyze` wrote."""
    return any((folder / _MANIFEST).glob("part-*.parquet.json"))


def analyze(
    folder: str | Path,
    out: str | Path,
    *,
    exercise: ExerciseName | ExerciseSpec | None = None,
    side: Side | None = None,
    client: Any = None,
    progress: Callable[[int, int, str], object] | None = None,
) -> Done:
    """Analyze all recordings of an archive and write tidy tables.

    ``out`` gets one folder of Parquet files for each of `TABLES`: ``recordings`` has one row for
    every recording, refused ones too, ``reps``, ``measures`` and ``faults`` the rows of
    `kneepose.tables`, and ``refusals`` one row for each measure, leg or recording without a value,
    with reason and remedy. A part is written completely or not at all, and recorded in
    ``out/parts``. A repeated or resumed run processes only parts that are missing or that another
    version or task produced.

    Parameters
    ----------
    folder
        Archive written by `write`.
    out
        Folder of the tables; created if missing. It must not be the archive.
    exercise, side
        As in `analyze_batch`.
    client
        None runs in this process. A `dask.distributed.Client`, a `concurrent.futures` executor, or
        any object with the same ``submit``, runs the work in its workers, which must see both
        folders.
    progress
        Called as ``progress(done, total, name of the part)``.

    Raises
    ------
    KneeposeError
        `folder` has no archive, `out` is or contains an archive or foreign files, or the exercise
        or side is not known.
    DependencyError
        pyarrow is not installed.

    Examples
    --------
    >>> from concurrent.futures import ProcessPoolExecutor
    >>> with ProcessPoolExecutor() as pool:  # doctest: +SKIP
    ...     done = analyze("archive", "tables", exercise="squat", client=pool)
    >>> import duckdb  # doctest: +SKIP
    >>> duckdb.sql("FROM 'tables/reps/*.parquet' WHERE counted")  # doctest: +SKIP
    """
    begin = time.perf_counter()
    arrow()
    folder, out = existing(folder), as_path(out, "out")
    task = check_task(exercise, side)
    _check_out(folder, out)
    for name in (*TABLES, _MANIFEST):
        (out / name).mkdir(parents=True, exist_ok=True)
    parts = parts_of(folder)
    todo = [part for part in parts if not _is_done(part, out, task)]
    _remove_other(out, {part.name for part in parts} - {part.name for part in todo})
    unreadable: dict[str, str] = {}
    jobs = [(str(part), str(out), exercise, side, task) for part in todo]
    for number, (part, problem) in enumerate(_run(jobs, client), start=1):
        if problem:
            unreadable[Path(part).name] = problem
        if progress is not None:
            progress(number, len(todo), Path(part).name)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for note in (out / _MANIFEST).glob("*.json"):
        told = json.loads(note.read_text(encoding="utf-8"))
        counts.update(told["states"])
        reasons.update(told["reasons"])
    return Done(
        recordings=counts.total(),
        measured=counts["measured"],
        refused=counts["refused"],
        failed=counts["failed"],
        reasons=dict(reasons.most_common()),
        parts=len(parts),
        analyzed=len(todo) - len(unreadable),
        unreadable=unreadable,
        seconds=time.perf_counter() - begin,
    )


def _check_out(folder: Path, out: Path) -> None:
    """Raise if a table folder is an archive or contains foreign files.

    The analysis removes results of other tasks there, so nothing else may be in these folders.

    Raises
    ------
    KneeposeError
        A table folder is an archive or contains foreign files.
    """
    for place in (out, *(out / name for name in (*TABLES, _MANIFEST))):
        if place.resolve() == folder.resolve():
            raise KneeposeError(
                f"the tables would be written over the archive {folder}; give them another folder."
            )
        if place == out or not place.is_dir():
            continue
        for file in place.iterdir():
            is_part = is_part_name(file.name.removesuffix(".json"))
            if not file.is_file() or not (is_part or is_unfinished(file.name)):
                raise KneeposeError(
                    f"{file} is there, which no analysis wrote; give the tables a folder of their own."
                )
        if any(holds_recordings(part) for part in parts_of(place)):
            raise KneeposeError(
                f"{place} holds an archive of recordings; give the tables a folder of their own."
            )


def _remove_other(out: Path, done: set[str]) -> None:
    """Remove all results except those of finished parts, so that no table mixes two tasks.

    Temporary files of a killed worker are removed too, once they are too old to be in use.
    """
    for folder in (_MANIFEST, *TABLES):
        remove_unfinished(out / folder, older_s=_UNFINISHED_S)
        for file in (out / folder).iterdir():
            if not is_unfinished(file.name) and file.name.removesuffix(".json") not in done:
                file.unlink()


def _is_done(part: Path, out: Path, task: str) -> bool:
    try:
        told = json.loads((out / _MANIFEST / f"{part.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    there = all((out / table / part.name).exists() for table in TABLES)
    return bool(there and told.get("made") == _made(part, task))


def _made(part: Path, task: str) -> str:
    """Return a hash of everything the results depend on: part file, task, version and layout."""
    at = part.stat()
    depends = [task, _core.version(), SCHEMA, at.st_size, at.st_mtime_ns]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()


_Job = tuple[str, str, Any, Any, str]


def _run(jobs: list[_Job], client: Any) -> Iterator[tuple[str, str]]:
    """Yield the part and its error text (empty if none) of each job as it ends."""
    if client is None:
        yield from map(analyze_part, jobs)
        return
    if not callable(getattr(client, "submit", None)):
        raise KneeposeError(
            f"client must have submit(function, argument), as a dask.distributed.Client or a "
            f"concurrent.futures executor has; got {type(client).__name__}."
        )
    if type(client).__module__.startswith("distributed"):
        yield from _run_in_cluster(jobs, client)
        return
    as_completed = importlib.import_module("concurrent.futures").as_completed
    futures = [client.submit(analyze_part, job) for job in jobs]
    for future in as_completed(futures):
        yield future.result()


def _run_in_cluster(jobs: list[_Job], client: Any) -> Iterator[tuple[str, str]]:
    distributed = importlib.import_module("distributed")
    futures = client.map(analyze_part, jobs, pure=False, retries=3)
    of_key = {future.key: job for future, job in zip(futures, jobs, strict=True)}
    completed = distributed.as_completed(futures)
    # Each result is released at once; otherwise Dask would recompute finished parts when their
    # worker dies.
    del futures
    suspected = []
    for future in completed:
        try:
            yield future.result()
        except distributed.KilledWorker:
            suspected.append(of_key[future.key])
        future.release()
    # When a worker dies, Dask also blames parts that only waited there. Each one is retried alone.
    for job in suspected:
        future = client.submit(analyze_part, job, pure=False)
        try:
            yield future.result()
        except distributed.KilledWorker:
            yield job[0], "every worker ended that worked on it; is its memory too small?"


def analyze_part(job: _Job) -> tuple[str, str]:
    """Analyze a part, write its tables and completion note; return the part and any read error."""
    part, out, exercise, side, task = Path(job[0]), Path(job[1]), *job[2:]
    if _is_done(part, out, task):
        # An engine repeats a task whose worker died before it could report completion.
        return str(part), ""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    made = _made(part, task)
    found: dict[str, list[Any]] = {table: [] for table in TABLES}
    try:
        for batch in batches(part):
            for name, table in tidy(analyze_batch(batch, exercise=exercise, side=side)).items():
                found[name].append(table)
    except FormatError as error:
        return str(part), str(error)
    tables = {name: pa.concat_tables(pieces) for name, pieces in found.items()}
    for name, table in tables.items():
        write_whole(
            out / name / part.name,
            lambda file, table=table: parquet.write_table(table, file, compression="zstd"),  # type: ignore[misc]
        )
    rows = tables["recordings"].select(["state", "why"]).to_pylist()
    told = {
        "made": made,
        "states": Counter(row["state"] for row in rows),
        "reasons": Counter(row["why"] for row in rows if row["why"] is not None),
    }
    write_text(out / _MANIFEST / f"{part.name}.json", json.dumps(told))
    return str(part), ""
