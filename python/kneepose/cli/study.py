"""``kneepose study``: a test-retest and rater study of the user's own set-up."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Final

from kneepose import tables
from kneepose.app.recipes import SIDES
from kneepose.cli.app import serve_page
from kneepose.cli.outcome import print_json
from kneepose.cli.output import BAD_INPUT, OK, say, say_error
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.sources import add_video_options, add_wording_options, clip_of, recording_at
from kneepose.comparison.study_result import StudyResult
from kneepose.errors import DependencyError, KneeposeError
from kneepose.study.folder import Entry
from kneepose.study.pooling import pool
from kneepose.study.protocol import file_name, write_protocol
from kneepose.study.study import Study
from kneepose.words.catalogue import tr
from kneepose.writing import check_outputs

__all__ = ["add_study"]

_EXERCISES: Final = tuple(row["name"] for row in tables.exercises())
#: Pattern of clip names on the protocol sheet, such as P1-day2-left.mp4.
_NAMED: Final = re.compile(r"([A-Za-z]{0,8}[0-9]{1,4})-day([0-9]+)(?:-(left|right))?(?:\..+)?")


def add_study(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """Add the commands of ``kneepose study`` to the command line, and return their parsers."""
    study = commands.add_parser(
        "study",
        help=tr("measure the error of your own set-up: people on two days, and raters"),
        description=tr(
            "A test-retest and rater study in a folder: `new` writes the protocol sheet, `add` "
            "takes clips or keypoints, `rate` opens a page for a physiotherapist, `report` gives "
            "SEM, ICC, MDC and weighted kappa, and a small file for `--mdc`, `pool` joins such "
            "files."
        ),
    )
    actions = study.add_subparsers(required=True, metavar="ACTION")
    return (_new(actions), _add(actions), _rate(actions), _report(actions), _pool(actions))


def _parser(
    actions: Any,
    name: str,
    help: str,
    run: Callable[[argparse.Namespace], int],
    *,
    folder: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help)
    if folder:
        parser.add_argument("folder", type=Path, help=tr("folder of the study"))
    parser.set_defaults(run=run, usage_error=parser.error)
    return parser


def _new(actions: Any) -> argparse.ArgumentParser:
    parser = _parser(actions, "new", tr("begin a study, and write its protocol sheet"), _run_new)
    parser.add_argument("--exercise", required=True, choices=_EXERCISES)
    parser.add_argument(
        "--camera", required=True, metavar="TEXT",
        help=tr('set-up, in the words of your sessions: "phone, front, 3 m, 50 cm"'),
    )  # fmt: skip
    parser.add_argument("--people", type=int, default=10, help=tr("people (default: 10)"))
    parser.add_argument("--days", type=int, default=2, help=tr("days of each (default: 2)"))
    parser.add_argument(
        "--reps", type=int, default=5, help=tr("repetitions of a recording (default: 5)")
    )
    add_wording_options(parser)
    return parser


def _run_new(options: argparse.Namespace) -> int:
    study = Study.new(
        options.folder, options.exercise, camera=options.camera, people=options.people,
        days=options.days, reps=options.reps,
    )  # fmt: skip
    sheet: Path | None = options.folder / "protocol.html"
    try:
        write_protocol(study, options.folder / "protocol.html")
    except DependencyError as error:
        sheet = None
        say_error(f"note: {error}")
    named = file_name("P1", 1, study.legs[0])
    if options.json:
        print_json(
            {"folder": str(options.folder), "protocol": None if sheet is None else str(sheet)}
        )
        return OK
    say(
        f"{study!r}\n"
        + (tr("Protocol sheet, to print: {path}", path=sheet) + "\n" if sheet else "")
        + tr(
            "Next: film, name the clips {name}.mp4 …, and run: {command}",
            name=named,
            command=f"kneepose study add {options.folder} *.mp4",
        )
    )
    return OK


def _add(actions: Any) -> argparse.ArgumentParser:
    parser = _parser(actions, "add", tr("add clips or files of keypoints"), _run_add)
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help=tr("clips or keypoints; P1-day2-left.mp4 says person, day and leg by itself"),
    )  # fmt: skip
    parser.add_argument("--person", dest="of", metavar="CODE", help=tr("such as P1, for one path"))
    parser.add_argument("--day", type=int, help=tr("number of the day, from 1"))
    parser.add_argument("--leg", choices=SIDES)
    parser.add_argument("--replace", action="store_true", help=tr("replace what is there already"))
    add_video_options(parser, whom="--whom")
    return parser


def _run_add(options: argparse.Namespace) -> int:
    study = Study(options.folder)
    if len(options.paths) > 1 and (options.of or options.day or options.leg):
        options.usage_error(
            "--person, --day and --leg are for one path; several say it by their names"
        )
    wanted = [_place(path, options) for path in options.paths]
    earlier = set(study.entries())
    added: list[Entry] = []
    refused: dict[str, str] = {}
    try:
        for path, (person, day, leg) in zip(options.paths, wanted, strict=True):
            try:
                recording = recording_at(path, options, progress)
                clip = clip_of(path)
                added.append(
                    study.add(
                        recording, person=person, day=day, leg=leg, replace=options.replace,
                        clip=clip if clip is not None and clip.is_file() else None,
                    )
                )  # fmt: skip
            except (DependencyError, MemoryError):
                raise
            except KneeposeError as error:
                refused[str(path)] = str(error)
            except OSError as error:
                refused[str(path)] = (error.strerror or str(error)).lower()
    finally:
        progress_end()
    for path, why in refused.items():
        say_error(f"kneepose: {path}: {why}" if path not in why else f"kneepose: {why}")
    code = BAD_INPUT if refused else OK
    if options.json:
        print_json([{"person": one.person, "day": one.day, "leg": one.leg} for one in added])
        return code
    lines = [
        tr(
            "{person}, day {day}, {leg}: there already."
            if one in earlier
            else "{person}, day {day}, {leg}: added.",
            person=one.person,
            day=one.day,
            leg=tr(_LEG_WORDS[one.leg]),
        )
        for one in added
    ]
    if not all(one.clip for one in added):
        lines.append(tr("Keypoints without a clip are measured, but nobody can rate them."))
    then = tr("Next: kneepose study rate, then kneepose study report.")
    say("\n".join([*lines, repr(study), then]))
    return code


_LEG_WORDS: Final = {"left": "left", "right": "right", "both": "both legs together"}


def _place(path: Path, options: argparse.Namespace) -> tuple[str, int, str | None]:
    """Return person, day and leg of a clip, from the options or from its file name."""
    named = _NAMED.fullmatch(path.name.split(".")[0])
    by_name = (named[1], int(named[2]), named[3]) if named else (None, None, None)
    for what, said, given in zip(
        ("--person", "--day", "--leg"), by_name, (options.of, options.day, options.leg), strict=True
    ):
        if None not in (said, given) and said != given:
            raise KneeposeError(
                f"{path.name} says {said}, and {what} {given}; correct the one that is wrong."
            )
    person, day, leg = (
        options.of or by_name[0],
        options.day or by_name[1],
        options.leg or by_name[2],
    )
    if not person or not day:
        raise KneeposeError(
            f"{path.name} does not say whose clip it is; name it P1-day1-left{path.suffix}, or give "
            "--person, --day and --leg."
        )
    return str(person), int(day), leg


def _rate(actions: Any) -> argparse.ArgumentParser:
    parser = _parser(
        actions, "rate", tr("open the page on which one rater grades the clips"), _run_rate
    )
    parser.add_argument("--rater", required=True, metavar="CODE", help=tr("such as R1"))
    parser.add_argument(
        "--port", type=int, default=0, help=tr("port of the page; default: a free one")
    )
    parser.add_argument("--no-browser", action="store_true", help=tr("print the address only"))
    return parser


def _run_rate(options: argparse.Namespace) -> int:
    # imported here because only this command needs an HTTP server
    from kneepose.app.rating import RatingServer

    server = RatingServer(Study(options.folder), options.rater, port=options.port)
    serve_page(server, tr("Rating"), server.url, browser=not options.no_browser)
    return OK


def _report(actions: Any) -> argparse.ArgumentParser:
    parser = _parser(
        actions, "report", tr("SEM, ICC and MDC with intervals, weighted kappa, and the file for --mdc"),
        _run_report,
    )  # fmt: skip
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.json",
        help=tr("write the result: no keypoints, no persons"),
    )
    return parser


def _run_report(options: argparse.Namespace) -> int:
    check_outputs([options.out])
    try:
        found = Study(options.folder).report(progress=progress)
    finally:
        progress_end()
    return _told(found, options)


def _pool(actions: Any) -> argparse.ArgumentParser:
    parser = _parser(
        actions,
        "pool",
        tr("join results of several studies by random effects"),
        _run_pool,
        folder=False,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help=tr("write the pooled result"))
    return parser


def _run_pool(options: argparse.Namespace) -> int:
    check_outputs([options.out], options.files)
    return _told(pool(options.files), options)


def _told(found: StudyResult, options: argparse.Namespace) -> int:
    if options.out is not None:
        found.save(options.out)
    if options.json:
        print_json(found.to_dict())
        return OK
    say(str(found))
    if not any(isfinite(measure.mdc) for measure in found.measures.values()):
        say(tr("Next: add people or days; there is no detectable change for --mdc yet."))
    elif options.out is not None:
        say(
            tr(
                "Next: kneepose compare … --mdc {file}, or kneepose trend --mdc {file}.",
                file=options.out,
            )
        )
    return OK
