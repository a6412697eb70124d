"""``kneepose app``: serves the local page with the rooms Mirror, Clip, Compare and Weeks."""

from __future__ import annotations

import argparse
import contextlib
import webbrowser
from pathlib import Path
from typing import Any

from kneepose.analysis.analysis import Analysis
from kneepose.app.recipes import ROOMS
from kneepose.cli.history_file import FILE_VARIABLE, history_path
from kneepose.cli.output import OK, say
from kneepose.words.catalogue import tr

__all__ = ["add_app", "serve", "serve_page"]


def add_app(commands: Any) -> argparse.ArgumentParser:
    """Add ``kneepose app`` to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "app",
        help=tr("a page in the browser: mirror with a guided test, clip, comparison, weeks"),
        description=tr(
            "Open a page of this computer with four rooms: Mirror (live, with a guided test of two "
            "minutes), Clip, Compare and Weeks (sessions, trend, sets, pain). Pictures and clips do "
            "not leave this computer."
        ),
    )
    parser.add_argument(
        "--room", choices=ROOMS, help=tr("room with which the page begins; default: mirror")
    )
    parser.add_argument(
        "--save", type=Path, metavar="FOLDER",
        help=tr("keep landmarks, reports and films of the mirror there; default: removed at the end"),
    )  # fmt: skip
    parser.add_argument(
        "--history", type=Path, metavar="FILE",
        help=tr(
            "history of the room Weeks (default: ${variable}, else one among your data)",
            variable=FILE_VARIABLE,
        ),
    )  # fmt: skip
    parser.add_argument(
        "--estimator", default="mediapipe", metavar="NAME", help=tr("as in analyze")
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help=tr("as in analyze"))
    parser.add_argument("--skeleton", metavar="NAME", help=tr("as in analyze"))
    parser.add_argument(
        "--port", type=int, default=0, help=tr("port of the page; default: a free one")
    )
    parser.add_argument(
        "--no-browser", action="store_true", help=tr("print the address only, and open no browser")
    )
    parser.set_defaults(run=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    asked = {
        "estimator": options.estimator, "model": options.model, "skeleton": options.skeleton,
        "save": options.save, "port": options.port, "history": options.history or history_path(),
    }  # fmt: skip
    serve(tr("The page"), asked, room=options.room, browser=not options.no_browser)
    return OK


def serve(
    what: str, asked: dict[str, Any], *, room: str | None = None, browser: bool = False
) -> list[tuple[Analysis, ...]]:
    """Serve the page of `AppServer` until Ctrl+C, print its address; return the finished sets."""
    # imported here because only this command needs an HTTP server
    from kneepose.app.server import AppServer

    server = AppServer(**asked)
    serve_page(server, what, server.url + (f"#{room}" if room else ""), browser=browser)
    return server.session.sets


def serve_page(server: Any, what: str, url: str, *, browser: bool) -> None:
    """Print the address of a page, serve it until Ctrl+C, and close it."""
    try:
        say(f"{what}: {url}\n{tr('Ctrl+C ends it. Pictures do not leave this computer.')}")
        if browser:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(url)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve()
    finally:
        server.close()
