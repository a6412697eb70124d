"""Parser and implementation of the commands of ``kneepose``; `_parser` lists them.

Results go to stdout, progress and warnings to stderr. Exit codes: 0 success, 2 usage error, 3 bad
input or unwritable output, 4 nothing could be measured, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kneepose import _core, tables
from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.cli.analyze import add_analyze
from kneepose.cli.app import add_app
from kneepose.cli.batch import add_batch
from kneepose.cli.exercise import EXERCISES
from kneepose.cli.files import add_file_commands
from kneepose.cli.live import add_live
from kneepose.cli.models import add_models
from kneepose.cli.outcome import outcome, print_json
from kneepose.cli.output import (
    BAD_INPUT,
    INTERRUPTED,
    NOT_MEASURABLE,
    OK,
    prepare_output,
    say,
    say_error,
    say_interrupted,
    turn_off,
)
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.sources import (
    LANGUAGE_VARIABLE,
    add_video_options,
    add_wording_options,
    clip_of,
    read_by_command,
    recording_at,
    recordings_of,
)
from kneepose.cli.study import add_study
from kneepose.cli.table import table_text
from kneepose.cli.weeks import add_weeks_commands
from kneepose.comparison.comparison import Comparison, compare
from kneepose.errors import DependencyError, KneeposeError
from kneepose.evaluation.evaluation import evaluate
from kneepose.guides import guide
from kneepose.io.absent import reason_of
from kneepose.io.files import sample
from kneepose.records import without_frames
from kneepose.typing import ExerciseName
from kneepose.video.film import film
from kneepose.words.catalogue import LANGUAGES, WordingName, speak, tr
from kneepose.writing import check_outputs, write_text

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments
        Command-line arguments without the program name. None uses ``sys.argv``.
    """
    prepare_output()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        code = _run(arguments)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        say_error(f"note: {message}")
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with speak(_language_of_help(sys.argv[1:] if arguments is None else arguments)):
            options = _parser().parse_args(arguments)
            wording: WordingName = "plain" if options.plain else "clinical"
            with speak(options.language, wording):
                code: int = options.run(options)
    except BrokenPipeError:
        turn_off(sys.stdout)
        return OK
    except KneeposeError as error:
        return _refuse(str(error))
    except OSError as error:
        if error.filename is None:
            turn_off(sys.stdout)
        return _refuse(reason_of(error))
    except MemoryError as error:
        what = f" ({error})" if str(error) else ""
        return _refuse(
            f"there is not enough memory{what}. Close other programs, or give fewer or shorter "
            "recordings at once."
        )
    except KeyboardInterrupt:
        say_interrupted()
        return INTERRUPTED
    return code


def _language_of_help(arguments: Sequence[str]) -> str:
    """Return the language for help texts: from the arguments before parsing, else the user's.

    Raises
    ------
    KneeposeError
        The user's language setting names no known language.
    """
    for given, then in zip(arguments, (*arguments[1:], ""), strict=False):
        name, _, value = given.partition("=")
        if name == "--language" and (value or then) in LANGUAGES:
            return value or then
    own = os.environ.get(LANGUAGE_VARIABLE) or "en"
    if own not in LANGUAGES:
        raise KneeposeError(
            f"{LANGUAGE_VARIABLE} is {own!r}; it must be one of {', '.join(LANGUAGES)}."
        )
    return own


def _refuse(message: str) -> int:
    say_error(f"kneepose: {message}")
    return BAD_INPUT


class _Formatter(argparse.HelpFormatter):
    """Help formatter with the word "usage" in the current language."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, f"{tr('usage')}: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """Argument parser with translated headings, and messages that any terminal can show."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **({"formatter_class": _Formatter} | named))
        self._positionals.title = tr("arguments")
        self._optionals.title = tr("options")
        for action in self._actions:
            if action.dest == "help":
                action.help = tr("show this help and exit")

    def _print_message(self, message: str, file: Any = None) -> None:
        if not message:
            return
        if file is None or file is sys.stderr:
            say_error(message, end="")
        else:
            say(message.rstrip("\n"))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="kneepose",
        description=tr("Joint angles, repetitions and left/right differences from pose keypoints."),
        epilog=tr(
            "Exit codes: 0 ok, 2 usage, 3 bad input or output that cannot be written (such as a full "
            "disk), 4 nothing could be measured, 130 interrupted."
        ),
    )
    parser.add_argument(
        "--version", action="version", version=f"kneepose {_core.version()}",
        help=tr("show the version and exit"),
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help=tr("analyze the shipped recordings and write a report"))
    demo.add_argument("--out", type=Path, default=Path("report.html"), help=tr("the report page"))
    add_wording_options(demo)
    demo.set_defaults(run=_demo)

    how = commands.add_parser(
        "guide",
        help=tr("print set-up, camera, dose, measures, faults of form and safety of an exercise"),
    )
    how.add_argument("exercise", choices=EXERCISES, metavar="EXERCISE", help=", ".join(EXERCISES))
    how.add_argument(
        "--html", type=Path, metavar="FILE", help=tr("write it as a page with the drawing")
    )
    add_wording_options(how)
    how.set_defaults(run=_guide)

    add_analyze(commands)
    add_batch(commands)

    two = commands.add_parser("compare", help=tr("compare two recordings (second − first)"))
    two.add_argument(
        "first", type=Path,
        help=tr("clip, recording, or folder of trials, of the left leg (--sides changes the side)"),
    )  # fmt: skip
    two.add_argument(
        "second", type=Path, help=tr("clip, recording, or folder of trials, of the right leg")
    )
    two.add_argument("--exercise", required=True, choices=EXERCISES)
    two.add_argument(
        "--sides", nargs=2, choices=("left", "right"), default=("left", "right"), metavar="SIDE",
        help=tr("side of the first and of the second recording (default: left right)"),
    )  # fmt: skip
    two.add_argument(
        "--involved", choices=("left", "right"),
        help=tr("the symptomatic side: adds the limb symmetry index of ranges and times"),
    )  # fmt: skip
    two.add_argument(
        "--mdc", type=Path, metavar="STUDY.json",
        help=tr("detectable changes of your own set-up: the file of `kneepose study report`"),
    )  # fmt: skip
    two.add_argument(
        "--csv", type=Path, metavar="PAIRS.csv", help=tr("also write all values as pairs")
    )
    two.add_argument("--report", type=Path, metavar="PAGE.html", help=tr("also write a report"))
    two.add_argument(
        "--film", type=Path, metavar="OUT.mp4",
        help=tr("also write a film of both side by side, at equal knee bend; for two clips"),
    )  # fmt: skip
    add_wording_options(two)
    add_video_options(two)
    two.set_defaults(run=_compare, usage_error=two.error)

    many = commands.add_parser(
        "evaluate", help=tr("score repetition counting against annotated recordings")
    )
    many.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help=tr("recordings with annotations beside them (squat.npz, squat.labels.json), or folders"),
    )  # fmt: skip
    many.add_argument("--out", type=Path, metavar="TABLE.md", help=tr("also write the table"))
    many.set_defaults(run=_evaluate)

    table = commands.add_parser(
        "tables", help=tr("list angles, exercises, skeletons, validity reasons and the programme")
    )
    table.add_argument(
        "table", nargs="?", choices=tuple(_TABLES), help=tr("one table; default: all")
    )
    table.set_defaults(run=_tables)

    files = add_file_commands(commands)
    add_app(commands)
    add_live(commands)
    add_models(commands)
    weeks = add_weeks_commands(commands)
    studies = add_study(commands)

    for command in (demo, how, two, many, table, *files, *weeks, *studies):
        command.add_argument("--json", action="store_true", help=tr("plain data instead of text"))
    for command in leaves(parser):
        if "--language" not in command._option_string_actions:
            add_wording_options(command)
    return parser


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of all commands that have no subcommands."""
    inside = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not inside:
        yield parser
    for action in inside:
        for command in action.choices.values():
            yield from leaves(command)


def _demo(options: argparse.Namespace) -> int:
    check_outputs([options.out])
    comparisons: list[Comparison] = []
    steps: list[tuple[str, Callable[[], tuple[Analysis, Analysis]]]] = [
        (tr("squats, motion capture"), lambda: analyze_sides(sample("squat"), "squat")),
        (tr("squats, video"), lambda: analyze_sides(sample("squat_video"), "squat")),
        (tr("single-leg squats, simulated"), _single_leg_squats),
    ]
    for done, (what, run) in enumerate(steps):
        progress(done, len(steps), what)
        comparisons.append(compare(*run()))
    progress(len(steps), len(steps), tr("report"))
    sources = [comparison.first.source for comparison in comparisons]
    page: Path | None
    try:
        page = comparisons[0].to_html(options.out, also=comparisons[1:])
    except DependencyError as error:
        page = None
        say_error(f"note: {error}")
    progress_end()
    if options.json:
        print_json([without_frames(comparison.to_dict()) for comparison in comparisons])
    else:
        for source, comparison in zip(sources, comparisons, strict=True):
            title = source.meta["title"].split(", left leg")[0]
            note = f" ({tr('simulated, not a person')})" if source.meta["simulated"] else ""
            say(f"{title}{note}\n{comparison.summary()}\n")
        if page is not None:
            say(tr("Report: {path}", path=page))
    return OK


def _single_leg_squats() -> tuple[Analysis, Analysis]:
    exercise: ExerciseName = "single_leg_squat"
    left = analyze(sample("single_leg_squat_left"), exercise, side="left")
    return left, analyze(sample("single_leg_squat_right"), exercise, side="right")


def _guide(options: argparse.Namespace) -> int:
    found = guide(options.exercise)
    if options.html:
        say(tr("Page: {path}", path=found.to_html(options.html)))
    elif options.json:
        print_json(found.to_dict())
    else:
        say(repr(found))
    return OK


def _compare(options: argparse.Namespace) -> int:
    sides = [recordings_of(path, options) for path in (options.first, options.second)]
    clips = [clip_of(path) for paths in sides for path in paths]
    if options.film and (len(clips) != 2 or None in clips):
        options.usage_error(
            "--film needs two clips, or their keypoints beside them: one of each leg"
        )
    used = read_by_command([path for paths in sides for path in paths])
    check_outputs([options.report, options.csv, options.film], used)
    count, done = sum(len(paths) for paths in sides), 0
    found: list[list[Analysis]] = []
    try:
        for paths, side in zip(sides, options.sides, strict=True):
            trials: list[Analysis] = []
            for path in paths:
                progress(done, count, str(path))
                recording = recording_at(path, options, progress)
                trials.append(analyze(recording, options.exercise, side=side))
                done += 1
            found.append(trials)
    finally:
        progress_end()
    comparison = compare(*found, involved=options.involved, mdc=options.mdc)
    if options.report:
        comparison.to_html(options.report)
    if options.csv:
        comparison.to_csv(options.csv)
    if options.film:
        try:
            film(comparison, [clip for clip in clips if clip], options.film, progress=progress)
        finally:
            progress_end()
    if options.json:
        print_json(without_frames(comparison.to_dict()))
    else:
        say(str(comparison))
    return outcome(comparison.first, comparison.second)


def _evaluate(options: argparse.Namespace) -> int:
    check_outputs([options.out], _beside(options.paths))
    try:
        found = evaluate(options.paths, progress=progress)
    finally:
        progress_end()
    if options.out:
        write_text(options.out, found.to_markdown() + "\n")
    if options.json:
        print_json(found.to_dict())
    else:
        say(str(found))
    wanted = sum(one.true_count for one in found.recordings)
    counted = sum(one.count for one in found.recordings)
    return NOT_MEASURABLE if wanted and not counted else OK


def _beside(paths: Sequence[Path]) -> list[Path]:
    """Return the given recordings and all label files beside them."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    return [*paths, *(file for folder in folders for file in folder.glob("*.labels.json"))]


_TABLES: dict[str, Callable[[], Sequence[Mapping[str, Any]]]] = {
    "angles": tables.angles,
    "exercises": tables.exercises,
    "skeletons": tables.skeletons,
    "reasons": tables.reasons,
    "programme": tables.programme,
}


def _tables(options: argparse.Namespace) -> int:
    names = [options.table] if options.table else list(_TABLES)
    if options.json:
        print_json({name: _TABLES[name]() for name in names})
        return OK
    for name in names:
        say(f"{name}\n{'=' * len(name)}")
        say(table_text(_TABLES[name]()))
        say("")
    return OK
