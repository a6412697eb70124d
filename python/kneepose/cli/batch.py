"""``kneepose batch``: turns a folder of recordings or an archive into tidy tables, in parallel."""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

from kneepose import tables
from kneepose.archive.layout import arrow
from kneepose.archive.parts import PART_BYTES, names_of, parts_of, remove, write
from kneepose.archive.run import Done, analyze, are_tables
from kneepose.archive.statistics import reliability, sides, trends
from kneepose.archive.work import TABLES
from kneepose.cli.exercise import add_exercise_options
from kneepose.cli.output import BAD_INPUT, NOT_MEASURABLE, OK, say, say_error
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.sources import add_video_options, recording_at, recordings_of
from kneepose.errors import FormatError, KneeposeError
from kneepose.io.objects import needed
from kneepose.recording.recording import Recording
from kneepose.validity import Validity
from kneepose.words.catalogue import tr, trn
from kneepose.words.units import number
from kneepose.writing import write_text

__all__ = ["add_batch"]

_ARCHIVE = "archive"
_SOURCES = "sources.json"
_STATISTICS = "statistics"
#: Table of statistics → what each of its rows describes.
_OF = {
    "reliability": "{n} measures that were repeated",
    "sides": "{n} measures of both legs on one occasion",
    "trends": "{n} measures of a leg on a later day",
}
_SHOWN = 8
#: Minimum number of recordings in a part of the archive. An engineering default.
_LEAST = 10
#: Number of process pools tried before a run is given up.
_TRIES = 3


def add_batch(commands: Any) -> argparse.ArgumentParser:
    """Add ``kneepose batch`` to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "batch",
        help=tr("analyze thousands of recordings into tables"),
        description=tr(
            "Analyze a folder of clips and files of keypoints, folders in it too, or an archive "
            "of kneepose.archive, and write Parquet tables of recordings, repetitions, measures and "
            "faults. Run again, only what is new is done."
        ),
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=tr("recordings, or an archive"))
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=tr("the tables"))
    add_exercise_options(parser, of_each=True)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N",
        help=tr("processes (default: one per core)"),
    )  # fmt: skip
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help=tr("of a Dask cluster, such as tcp://10.0.0.7:8786")
    )
    parser.add_argument(
        "--statistics", action="store_true",
        help=tr("of subjects: tables of reliability, left against right, and change over days"),
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help=tr("plain data instead of text"))
    add_video_options(parser)
    parser.set_defaults(run=_run, usage_error=parser.error)
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.workers < 1:
        options.usage_error("--workers must be 1 or more")
    if not options.folder.is_dir():
        raise FormatError(f"{options.folder} is no folder.")
    problems: dict[str, str] = {}
    folder = options.folder
    if not parts_of(folder):
        folder = options.out / _ARCHIVE
        problems = _pack(options, folder)
    done = _analyzed(options, folder)
    problems |= done.unreadable
    statistics = _statistics(options.out) if options.statistics else {}
    if options.json:
        counts = {f"{name}_rows": rows for name, rows in statistics.items()}
        say(json.dumps(done._asdict() | {"unreadable": problems} | counts))
    else:
        say(_text(done, problems, options.out))
        for name, rows in statistics.items():
            say(f"{options.out / _STATISTICS / name}.parquet: {tr(_OF[name], n=rows)}")
    if problems:
        return BAD_INPUT
    return OK if done.measured else NOT_MEASURABLE


def _analyzed(options: argparse.Namespace, folder: Path) -> Done:
    """Analyze the archive; if the system kills a worker process, continue with a new pool."""
    for _ in range(_TRIES):
        with _client(options) as client, contextlib.suppress(BrokenExecutor):
            try:
                return analyze(
                    folder, options.out, exercise=options.exercise, side=options.side, client=client,
                    progress=_Rate(folder),
                )  # fmt: skip
            finally:
                progress_end()
    raise KneeposeError(
        f"the system ended a worker process {_TRIES} times, which happens where memory is short. Give "
        "fewer --workers; what is done stays done."
    )


def _statistics(out: Path) -> dict[str, int]:
    """Write the tables of statistics over subjects, and return the number of rows of each."""
    own = reliability(out)
    found = {"reliability": own, "sides": sides(out), "trends": trends(out, own=_of_days(own))}
    (out / _STATISTICS).mkdir(exist_ok=True)
    for name, columns in found.items():
        tables.write(columns, out / _STATISTICS / f"{name}.parquet")
    return {name: len(columns["measure"]) for name, columns in found.items()}


def _of_days(own: dict[str, Any]) -> dict[str, Any]:
    """Return the rows with errors between days, which apply to changes over time."""
    rows = own["between"] == "day"
    return {name: column[rows] for name, column in own.items()}


class _Rate:
    """Progress bar that also shows the rate and the remaining time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begin = perf_counter()
        self._recordings = 0

    def __call__(self, done: int, total: int, name: str) -> None:
        pa, parquet = arrow(), arrow("pyarrow.parquet")
        with contextlib.suppress(pa.ArrowException, OSError):
            self._recordings += parquet.read_metadata(self._folder / name).num_rows
        spent = perf_counter() - self._begin
        left = spent / done * (total - done)
        rate = self._recordings / spent
        said = tr(
            "parts, {rate} recordings a second, {left} s left",
            rate=f"{rate:.0f}",
            left=f"{left:.0f}",
        )
        progress(done, total, said)


@contextlib.contextmanager
def _client(options: argparse.Namespace) -> Iterator[Any]:
    """Provide the workers: a Dask cluster, a pool of processes, or None for this process."""
    if options.scheduler:
        distributed = needed("distributed", "--scheduler", "archive")
        with distributed.Client(options.scheduler) as client:
            yield client
    elif options.workers > 1:
        # Forked workers would inherit the thread pools of pyarrow without running threads.
        spawn = multiprocessing.get_context("spawn")
        others = multiprocessing.active_children()
        pool = ProcessPoolExecutor(options.workers, mp_context=spawn)
        try:
            yield pool
        except BaseException:
            # What was begun is not waited for: a part is written whole or not at all.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                if worker not in others:
                    worker.terminate()
            raise
        pool.shutdown()
    else:
        yield None


def _pack(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """Pack the recordings that the archive does not contain yet; return those that cannot be read.

    Raises
    ------
    KneeposeError
        The archive was made by another program.
    """
    arrow()
    files = _files(options.folder, options)
    stamps = {name: _stamp(path) for name, path in files.items()}
    folder.mkdir(parents=True, exist_ok=True)
    if parts_of(folder) and not (folder / _SOURCES).exists():
        raise KneeposeError(
            f"{folder} holds an archive that this command did not make, and would be changed; give "
            "--out another folder."
        )
    earlier, held = _earlier(folder), names_of(folder)
    for part in parts_of(folder):
        if part not in held:
            part.unlink()
    known = {name for names in held.values() for name in names}
    other = {name for name in known if stamps.get(name) != earlier.get(name)}
    remove(folder, other)
    # The file stamps are written before the parts, so that an interrupted run never leaves a part
    # without them.
    write_text(folder / _SOURCES, json.dumps(stamps))
    known -= other
    problems: dict[str, str] = {}
    new = [name for name in files if name not in known]

    def recordings(start: int, stop: int) -> Iterator[tuple[str, Recording]]:
        for place, name in enumerate(new[start:stop], start=start):
            progress(place, len(new), tr("reading {name}", name=name))
            try:
                yield name, recording_at(files[name], options)
            except (KneeposeError, OSError) as error:
                progress_end()
                say_error(f"kneepose: {name}: {error}")
                problems[name] = str(error)

    # Use several parts per worker even for few recordings, so that all workers are busy.
    together = max(_LEAST, -(-len(new) // (4 * options.workers)))
    try:
        for start in range(0, len(new), together):
            write(recordings(start, start + together), folder, part_bytes=PART_BYTES)
    finally:
        progress_end()
    return problems


def _files(folder: Path, options: argparse.Namespace) -> dict[str, Path]:
    """Return the recordings in a folder tree by relative path, without tables of earlier runs."""
    found: dict[str, Path] = {}
    out = options.out.resolve()
    for place, inside, _ in os.walk(folder):
        here = Path(place)
        inside[:] = sorted(
            name
            for name in inside
            if (here / name).resolve() != out and not are_tables(here / name)
        )
        try:
            paths = recordings_of(here, options)
        except FormatError:
            continue
        found |= {path.relative_to(folder).as_posix(): path for path in paths}
    if not found:
        raise FormatError(
            f"{folder} holds no recordings, and the folders in it neither; it must hold files of "
            "keypoints such as .npz or .csv, clips such as .mp4, or parts of an archive."
        )
    return found


def _stamp(path: Path) -> list[int]:
    at = path.stat()
    return [at.st_size, at.st_mtime_ns]


def _earlier(folder: Path) -> dict[str, list[int]]:
    """Return the file stamps stored when the recordings were packed."""
    try:
        earlier: dict[str, list[int]] = json.loads((folder / _SOURCES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return earlier


def _text(done: Done, problems: dict[str, str], out: Path) -> str:
    """Return the summary of a run: results, failures with reasons, and the output folder."""
    none = done.refused + done.failed
    lines = [
        trn(
            "{n} recording: repetitions counted in {counted}, none in {none}.",
            "{n} recordings: repetitions counted in {counted}, none in {none}.",
            done.recordings, counted=done.measured, none=none,
        )
    ]  # fmt: skip
    codes = {str(reason): reason for reason in Validity}
    shown = list(done.reasons.items())[:_SHOWN]
    for why, count in shown:
        known = codes.get(why)
        lines.append(f"  {count} × {why if known is None else tr(known.sentence)}")
    rest = sum(done.reasons.values()) - sum(count for _, count in shown)
    if rest:
        other = tr("other reasons: column why of {table}", table=out / "recordings")
        lines.append(f"  {rest} × {other}")
    if problems:
        count = len(problems)
        lines.append(trn("{n} could not be read:", "{n} could not be read:", count))
        lines += [f"  {name}: {why}" for name, why in list(problems.items())[:_SHOWN]]
        if count > _SHOWN:
            lines.append(f"  {tr('and {n} more', n=count - _SHOWN)}")
    lines.append(
        tr(
            "{analyzed} of {parts} parts analyzed in {seconds} s, the others were done before. Tables: "
            "{tables}",
            analyzed=done.analyzed, parts=done.parts, seconds=number(done.seconds, "", digits=1),
            tables=", ".join(f"{out / table}/*.parquet" for table in TABLES),
        )
    )  # fmt: skip
    return "\n".join(lines)
