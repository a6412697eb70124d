"""``kneepose analyze``: analyzes keypoint files, clips, and folders of both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kneepose import tables
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.cli.exercise import add_exercise_options, check_side_given
from kneepose.cli.outcome import outcome, print_json
from kneepose.cli.output import BAD_INPUT, OK, say, say_error
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.sources import (
    ANNOTATED,
    add_video_options,
    add_wording_options,
    clip_of,
    read_by_command,
    recording_at,
    recordings_of,
)
from kneepose.comparison.comparison import compare
from kneepose.errors import DependencyError, KneeposeError
from kneepose.io.absent import reason_of
from kneepose.records import without_frames
from kneepose.video.annotate import annotate
from kneepose.words.catalogue import tr
from kneepose.writing import check_outputs

__all__ = ["add_analyze"]


_TABLES = {
    "reps": tables.reps,
    "measures": tables.measures,
    "faults": tables.faults,
    "frames": tables.frames,
}


def add_analyze(commands: Any) -> argparse.ArgumentParser:
    """Add ``kneepose analyze`` to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "analyze", help=tr("analyze clips or recordings"),
        description=tr("Analyze one exercise in clips, files of keypoints, or folders of them."),
    )  # fmt: skip
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help=tr("clip, file of keypoints (see kneepose info), folder of these, or folder of pictures"),
    )  # fmt: skip
    add_exercise_options(parser)
    parser.add_argument(
        "--report", type=Path, metavar="PAGE.html",
        help=tr("also write a report; a folder for several recordings"),
    )  # fmt: skip
    parser.add_argument(
        "--annotate", type=Path, metavar="OUT.mp4",
        help=tr("also write the clip with the results drawn in; a folder for several clips"),
    )  # fmt: skip
    parser.add_argument(
        "--keypoints", type=Path, metavar="FILE.npz",
        help=tr("keep the landmarks there instead of beside the clip"),
    )  # fmt: skip
    parser.add_argument(
        "--table", type=Path, metavar="ROWS.csv",
        help=tr("also write a long table of all recordings (.csv, .tsv or .parquet)"),
    )  # fmt: skip
    parser.add_argument(
        "--rows",
        choices=tuple(_TABLES),
        default="measures",
        help=tr(
            "a row of it is a repetition, a measure in a repetition (default), a fault, or an angle in "
            "a frame"
        ),
    )
    parser.add_argument("--json", action="store_true", help=tr("plain data instead of text"))
    add_wording_options(parser)
    add_video_options(parser)
    parser.set_defaults(run=_run, usage_error=parser.error)
    return parser


class _Outputs(NamedTuple):
    report: Path | None
    annotated: Path | None


def _run(options: argparse.Namespace) -> int:
    check_side_given(options)
    paths = [one for path in options.paths for one in recordings_of(path, options)]
    many = len(options.paths) > 1 or paths != options.paths
    if many and options.keypoints:
        options.usage_error("--keypoints is for one clip; several keep theirs beside them")
    outputs = [_outputs(path, options, many=many) for path in paths]
    check_outputs(
        [options.table, options.keypoints, *(file for one in outputs for file in one)],
        read_by_command(paths),
    )
    problems: list[tuple[Path, str]] = []
    done: list[tuple[Path, list[Analysis]]] = []
    failed = 0
    for number, (path, output) in enumerate(zip(paths, outputs, strict=True)):
        name = f"{number + 1}/{len(paths)}: {path.name}" if many else path.name
        try:
            found = _one(path, output, options, name)
        except (KneeposeError, OSError) as error:
            if not many or isinstance(error, DependencyError):
                raise
            progress_end()
            failed += 1
            why = reason_of(error) if isinstance(error, OSError) else f"{path}: {error}"
            say_error(f"kneepose: {why}")
            problems.append((path, why.removeprefix(f"{path}: ")))
            continue
        finally:
            progress_end()
        done.append((path, found))
        if many and not options.json:
            for analysis in found:
                say(f"{path}: {analysis.summary()}")
    if options.table:
        _write_table(done, problems, options)
    if options.json:
        extra = [{"path": str(path)} if many else {} for path, _ in done]
        print_json(
            [
                without_frames(analysis.to_dict()) | more
                for (_, found), more in zip(done, extra, strict=True)
                for analysis in found
            ]
        )
    elif not many:
        say("\n\n".join(repr(analysis) for analysis in done[0][1]))
    if failed:
        return BAD_INPUT
    return outcome(*(analysis for _, found in done for analysis in found)) if done else OK


def _outputs(path: Path, options: argparse.Namespace, *, many: bool) -> _Outputs:
    """Return the output paths of one recording; for several recordings, create the folders."""
    if not many:
        return _Outputs(options.report, options.annotate)
    for folder in (options.report, options.annotate):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    report = options.report and options.report / f"{path.name}.html"
    has_clip = options.annotate and clip_of(path) is not None
    return _Outputs(report, options.annotate / f"{path.name}{ANNOTATED}" if has_clip else None)


def _one(path: Path, output: _Outputs, options: argparse.Namespace, name: str) -> list[Analysis]:
    def step(now: int, total: int, what: str) -> None:
        progress(now, total, f"{name}, {what}")

    recording = recording_at(
        path, options, lambda now, total, _: step(now, total, tr("landmarks")), options.keypoints
    )
    if options.side:
        found = [analyze(recording, options.exercise, side=options.side)]
    else:
        found = list(analyze_sides(recording, options.exercise))
    if output.report is not None:
        if len(found) == 1:
            found[0].to_html(output.report)
        else:
            compare(*found).to_html(output.report)
    if output.annotated is not None:
        clip = clip_of(path)
        if clip is None:
            raise KneeposeError(
                f"{path}: these keypoints have no clip beside them to draw into; give the clip itself."
            )
        annotate(
            clip, found, output.annotated,
            progress=lambda now, total, _: step(now, total, output.annotated.name),  # type: ignore[union-attr]
        )  # fmt: skip
    return found


def _write_table(
    done: Sequence[tuple[Path, list[Analysis]]],
    problems: Sequence[tuple[Path, str]],
    options: argparse.Namespace,
) -> None:
    """Write the table in long format; without values, a row has the reason in ``problem``."""
    analyses = [analysis for _, found in done for analysis in found]
    names = [str(path) for path, found in done for _ in found]
    columns: dict[str, Any] = {}
    if analyses:
        columns = _TABLES[options.rows](analyses, names=names)
        without = {
            name: analysis.why_no_reps.sentence
            for name, analysis in zip(names, analyses, strict=True)
            if analysis.why_no_reps is not None
        }
        said = [without.get(name, "") for name in columns["recording"]]
        columns["problem"] = np.array(said, dtype=object)
    failed = {
        "recording": [str(path) for path, _ in problems],
        "exercise": [options.exercise] * len(problems),
        "problem": [problem for _, problem in problems],
    }
    if problems:
        columns = {
            name: np.concatenate([columns.get(name, _EMPTY), _filled(name, failed, columns)])
            for name in columns or failed
        }
    tables.write(columns, options.table)


_EMPTY = np.array([], dtype=object)


def _filled(name: str, rows: dict[str, list[str]], columns: dict[str, Any]) -> Any:
    """Return the cells of a column for unreadable recordings: given texts, else empty values."""
    if name in rows:
        return np.array(rows[name], dtype=object)
    count = len(rows["recording"])
    kind = columns[name].dtype.kind
    empty = {"f": np.nan, "i": 0, "b": False}.get(kind, "")
    return np.full(count, empty, dtype=columns[name].dtype)
