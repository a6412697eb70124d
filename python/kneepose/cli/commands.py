"""Commands: ``kneepose demo | guide | analyze | compare | evaluate | tables``.

Results go to stdout, progress and warnings to stderr. Exit codes: 0 ok, 2 usage, 3 bad input,
4 nothing could be measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kneepose import _core, tables
from kneepose.analysis.analysis import Analysis, analyze, analyze_sides
from kneepose.cli.guide import guide, guide_text
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.table import table_text
from kneepose.comparison.comparison import Comparison, compare
from kneepose.errors import DependencyError, FormatError, KneeposeError
from kneepose.evaluation.evaluation import evaluate
from kneepose.exercises.spec import built_in
from kneepose.io.files import read, sample
from kneepose.records import without_frames
from kneepose.typing import ExerciseName
from kneepose.words.exercises import wording_of

__all__ = ["main"]

OK, USAGE, BAD_INPUT, NOT_MEASURABLE = 0, 2, 3, 4
_EXERCISES = tuple(row["name"] for row in tables.exercises())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments
        Command-line arguments without the program name. None uses ``sys.argv``.
    """
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            code: int = options.run(options)
        except KneeposeError as error:
            code = _refuse(str(error))
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            code = _refuse(f"{error.filename}: {(error.strerror or str(error)).lower()}")
        except BrokenPipeError:
            code = OK
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"note: {message}", file=sys.stderr)
    return code


def _refuse(message: str) -> int:
    print(f"kneepose: {message}", file=sys.stderr)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kneepose",
        description="Joint angles, repetitions and left/right differences from pose keypoints.",
        epilog="Exit codes: 0 ok, 2 usage, 3 bad input, 4 nothing could be measured.",
    )
    parser.add_argument("--version", action="version", version=f"kneepose {_core.version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="analyze the shipped recordings and write a report")
    demo.add_argument("--out", type=Path, default=Path("report.html"), help="the report page")
    demo.set_defaults(run=_demo)

    how = commands.add_parser(
        "guide", help="print set-up, camera, measures, faults of form and safety of an exercise"
    )
    how.add_argument("exercise", choices=_EXERCISES, metavar="EXERCISE", help=", ".join(_EXERCISES))
    how.set_defaults(run=_guide)

    one = commands.add_parser("analyze", help="analyze one recording")
    one.add_argument("path", type=Path, help="a .npz file written by Recording.save")
    one.add_argument("--exercise", required=True, choices=_EXERCISES)
    one.add_argument(
        "--side", choices=("left", "right"),
        help="the standing leg of a single-leg squat, the upper leg of a clamshell, the lifted leg of a "
        "fire hydrant; not needed for a squat",
    )  # fmt: skip
    one.set_defaults(run=_analyze, usage_error=one.error)

    two = commands.add_parser("compare", help="compare two recordings (second − first)")
    two.add_argument(
        "first", type=Path,
        help="recording, or folder of trials, of the left leg (--sides changes the side)",
    )  # fmt: skip
    two.add_argument("second", type=Path, help="recording, or folder of trials, of the right leg")
    two.add_argument("--exercise", required=True, choices=_EXERCISES)
    two.add_argument(
        "--sides", nargs=2, choices=("left", "right"), default=("left", "right"), metavar="SIDE",
        help="side of the first and of the second recording (default: left right)",
    )  # fmt: skip
    two.add_argument(
        "--involved", choices=("left", "right"),
        help="the symptomatic side: adds the limb symmetry index of ranges and times",
    )  # fmt: skip
    two.add_argument("--csv", type=Path, metavar="PAIRS.csv", help="also write all values as pairs")
    two.set_defaults(run=_compare)

    many = commands.add_parser(
        "evaluate", help="score repetition counting against annotated recordings"
    )
    many.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help="recordings with annotations beside them (squat.npz, squat.labels.json), or folders",
    )  # fmt: skip
    many.add_argument("--out", type=Path, metavar="TABLE.md", help="also write the table")
    many.set_defaults(run=_evaluate)

    table = commands.add_parser(
        "tables", help="list angles, exercises, skeletons and validity reasons"
    )
    table.add_argument("table", nargs="?", choices=tuple(_TABLES), help="one table; default: all")
    table.set_defaults(run=_tables)

    for command in (demo, how, one, two, many, table):
        command.add_argument("--json", action="store_true", help="plain data instead of text")
    for command in (one, two):
        command.add_argument("--report", type=Path, metavar="PAGE.html", help="also write a report")
    return parser


def _demo(options: argparse.Namespace) -> int:
    comparisons: list[Comparison] = []
    steps: list[tuple[str, Callable[[], tuple[Analysis, Analysis]]]] = [
        ("squats, motion capture", lambda: analyze_sides(sample("squat"), "squat")),
        ("squats, video", lambda: analyze_sides(sample("squat_video"), "squat")),
        ("single-leg squats, simulated", _single_leg_squats),
    ]
    for done, (what, run) in enumerate(steps):
        progress(done, len(steps), what)
        comparisons.append(compare(*run()))
    progress(len(steps), len(steps), "report")
    sources = [comparison.first.source for comparison in comparisons]
    page: Path | None
    try:
        page = _write_report(comparisons, options.out)
    except DependencyError as error:
        page = None
        print(f"note: {error}", file=sys.stderr)
    progress_end()
    if options.json:
        _print_json([without_frames(comparison.to_dict()) for comparison in comparisons])
    else:
        for source, comparison in zip(sources, comparisons, strict=True):
            title = source.meta["title"].split(", left leg")[0]
            note = " (simulated, not a person)" if source.meta["simulated"] else ""
            print(f"{title}{note}\n{comparison.summary()}\n")
        if page is not None:
            print(f"Report: {page}")
    return OK


def _single_leg_squats() -> tuple[Analysis, Analysis]:
    exercise: ExerciseName = "single_leg_squat"
    left = analyze(sample("single_leg_squat_left"), exercise, side="left")
    return left, analyze(sample("single_leg_squat_right"), exercise, side="right")


def _guide(options: argparse.Namespace) -> int:
    found = guide(options.exercise)
    if options.json:
        _print_json(found)
    else:
        print(guide_text(found))
    return OK


def _analyze(options: argparse.Namespace) -> int:
    row = built_in(options.exercise)
    if not options.side and not row["two_legs"]:
        options.usage_error(
            f"{row['name']} is analyzed for one side: give --side left or --side right, the "
            f"{wording_of(row).leg}"
        )
    recording = read(options.path)
    if options.side:
        found = [analyze(recording, options.exercise, side=options.side)]
    else:
        found = list(analyze_sides(recording, options.exercise))
    comparison = compare(*found) if len(found) == 2 else None
    if options.report:
        if comparison is None:
            raise KneeposeError(
                "a report needs two sides; use kneepose compare with a recording of each leg."
            )
        _write_report([comparison], options.report)
    if options.json:
        _print_json([without_frames(analysis.to_dict()) for analysis in found])
    else:
        print("\n\n".join(repr(analysis) for analysis in found))
    return _outcome(*found)


def _compare(options: argparse.Namespace) -> int:
    sides = [_trials(path) for path in (options.first, options.second)]
    count, done = sum(len(paths) for paths in sides), 0
    found: list[list[Analysis]] = []
    try:
        for paths, side in zip(sides, options.sides, strict=True):
            trials: list[Analysis] = []
            for path in paths:
                progress(done, count, str(path))
                trials.append(analyze(read(path), options.exercise, side=side))
                done += 1
            found.append(trials)
    finally:
        progress_end()
    comparison = compare(*found, involved=options.involved)
    if options.report:
        _write_report([comparison], options.report)
    if options.csv:
        comparison.to_csv(options.csv)
    if options.json:
        _print_json(without_frames(comparison.to_dict()))
    else:
        print(comparison)
    return _outcome(comparison.first, comparison.second)


def _trials(path: Path) -> list[Path]:
    """Return the paths of one leg's recordings: the file itself, or all recordings of a folder."""
    if not path.is_dir():
        return [path]
    trials = sorted(path.glob("*.npz"))
    if not trials:
        raise FormatError(f"{path} is a folder without recordings; it must hold .npz files.")
    return trials


def _evaluate(options: argparse.Namespace) -> int:
    try:
        found = evaluate(options.paths, progress=progress)
    finally:
        progress_end()
    if options.out:
        options.out.write_text(found.to_markdown() + "\n", encoding="utf-8")
    if options.json:
        _print_json(found.to_dict())
    else:
        print(found)
    wanted = sum(one.true_count for one in found.recordings)
    counted = sum(one.count for one in found.recordings)
    return NOT_MEASURABLE if wanted and not counted else OK


_TABLES: dict[str, Callable[[], Sequence[Mapping[str, Any]]]] = {
    "angles": tables.angles,
    "exercises": tables.exercises,
    "skeletons": tables.skeletons,
    "reasons": tables.reasons,
}


def _tables(options: argparse.Namespace) -> int:
    names = [options.table] if options.table else list(_TABLES)
    if options.json:
        _print_json({name: _TABLES[name]() for name in names})
        return OK
    for name in names:
        print(f"{name}\n{'=' * len(name)}")
        print(table_text(_TABLES[name]()))
        print()
    return OK


def _outcome(*analyses: Analysis) -> int:
    return OK if all(analysis.reps.count for analysis in analyses) else NOT_MEASURABLE


def _write_report(comparisons: Sequence[Comparison], path: Path) -> Path:
    from kneepose.report.page import write_report

    return write_report(comparisons, path)


def _print_json(data: Any) -> None:
    json.dump(data, sys.stdout, indent=2, allow_nan=False)
    print()
