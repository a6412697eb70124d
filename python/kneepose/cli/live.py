"""``kneepose live``: the live mirror, in an OpenCV window or as a local web page."""

from __future__ import annotations

import argparse
import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from kneepose.analysis.analysis import Analysis
from kneepose.cli.app import serve
from kneepose.cli.exercise import add_exercise_options, check_side_given
from kneepose.cli.outcome import outcome
from kneepose.cli.output import NOT_MEASURABLE, say, say_error
from kneepose.cli.sources import add_wording_options
from kneepose.errors import DependencyError
from kneepose.video.camera import import_cv2
from kneepose.video.mirror import Mirror
from kneepose.words.catalogue import tr

__all__ = ["add_live"]

_WINDOW: Final = "kneepose"
_KEYS: Final = "space: start and stop a set, n: new set, s: other side, q: end"


def add_live(commands: Any) -> argparse.ArgumentParser:
    """Add ``kneepose live`` to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "live",
        help=tr("the mirror: a window with camera, count and cues"),
        epilog=tr("Keys: {keys}.", keys=tr(_KEYS)),
    )
    add_exercise_options(parser)
    parser.add_argument(
        "--camera", default="0", metavar="N", help=tr("number of the camera, or a clip; default 0")
    )
    parser.add_argument(
        "--save", type=Path, metavar="FOLDER", help=tr("save the keypoints of each set there")
    )
    parser.add_argument("--countdown", type=float, default=3.0, metavar="S", help=tr("default 3 s"))
    parser.add_argument(
        "--estimator", default="mediapipe", metavar="NAME", help=tr("as in analyze")
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help=tr("as in analyze"))
    parser.add_argument("--skeleton", metavar="NAME", help=tr("as in analyze"))
    parser.add_argument(
        "--web", action="store_true", help=tr("a page on 127.0.0.1 instead of a window of OpenCV")
    )
    parser.add_argument(
        "--port", type=int, default=0, help=tr("port of the page; default: a free one")
    )
    add_wording_options(parser)
    parser.set_defaults(run=_run, usage_error=parser.error)
    return parser


def _run(options: argparse.Namespace) -> int:
    check_side_given(options)
    if options.web:
        return _serve(options)
    cv2 = import_cv2("the window needs")
    is_number = re.fullmatch("[0-9]{1,9}", options.camera)
    source = int(options.camera) if is_number else options.camera
    mirror = Mirror(
        options.exercise, side=options.side, source=source, estimator=options.estimator,
        model=options.model, skeleton=options.skeleton, order="bgr", save=options.save,
        countdown_s=options.countdown,
    )  # fmt: skip
    say_error(tr("Keys in the window: {keys}.", keys=tr(_KEYS)))
    with _window(cv2), mirror:
        mirror.start_set()
        for frame in mirror:
            cv2.imshow(_WINDOW, frame.image)
            if not _obeyed(mirror, cv2.waitKey(1) & 0xFF):
                break
    return _said(mirror.sets, options)


def _serve(options: argparse.Namespace) -> int:
    asked = {
        "exercise": options.exercise, "side": options.side, "estimator": options.estimator,
        "model": options.model, "skeleton": options.skeleton, "countdown_s": options.countdown,
        "save": options.save, "rooms": ["mirror"], "port": options.port,
    }  # fmt: skip
    return _said(serve(tr("The mirror"), asked), options)


def _said(sets: Sequence[tuple[Analysis, ...]], options: argparse.Namespace) -> int:
    """Print the finished sets and return the exit code."""
    for number, analyses in enumerate(sets, start=1):
        for analysis in analyses:
            say(tr("Set {number}: {summary}", number=number, summary=analysis.summary()))
    if options.save and sets:
        say(tr("Saved in {folder}: kneepose analyze reads it.", folder=options.save))
    found = [analysis for analyses in sets for analysis in analyses]
    return outcome(*found) if found else NOT_MEASURABLE


@contextlib.contextmanager
def _window(cv2: Any) -> Iterator[None]:
    """Close the windows at the end, and say what to do where OpenCV has none."""
    try:
        yield
    except cv2.error as error:
        raise DependencyError(
            "this OpenCV has no windows (it is the headless one, or there is no display): "
            "pip install opencv-python in its place, or use --web."
        ) from error
    finally:
        with contextlib.suppress(cv2.error):
            cv2.destroyAllWindows()


def _obeyed(mirror: Mirror, key: int) -> bool:
    """Perform the action of a key; return False for the keys that quit."""
    if key in (ord("q"), 27):
        return False
    if key == ord(" "):
        if mirror.in_set:
            mirror.stop_set()
        else:
            mirror.start_set()
    elif key == ord("n"):
        mirror.start_set()
    elif key == ord("s"):
        mirror.change_side()
    return True
