"""``kneepose models``: lists the model files of MediaPipe Pose and where to store them."""

from __future__ import annotations

import argparse
from typing import Any

from kneepose.cli.outcome import print_json
from kneepose.cli.output import OK, say
from kneepose.video.models import FOLDER_VARIABLE, model_rows
from kneepose.words.catalogue import tr

__all__ = ["add_models"]


def add_models(commands: Any) -> argparse.ArgumentParser:
    """Add ``kneepose models`` to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "models", help=tr("list the model files for clips, and where they belong")
    )
    parser.add_argument("--json", action="store_true", help=tr("plain data instead of text"))
    parser.set_defaults(run=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    rows = model_rows()
    if options.json:
        print_json(rows)
        return OK
    for row in rows:
        words = tr(str(row["words"]))
        say(f"{row['name']}: {words}, {row['megabytes']} MB, {tr(str(row['license']))}")
        if row["file"] is None:
            say(f"    {tr('not here')}")
        else:
            say(f"    {row['file']}\n    SHA-256 {row['sha256']}")
    said = tr(
        "The first that is there is taken. They belong in {folder}, or in the folder that {variable} "
        "names.\nOfficial page: {page}\nkneepose downloads nothing.",
        folder=rows[0]["belongs_in"], variable=FOLDER_VARIABLE, page=rows[0]["page"],
    )  # fmt: skip
    say(f"\n{said}")
    return OK
