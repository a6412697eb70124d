"""``kneepose models``: the model files of MediaPipe Pose, and where they belong."""

from __future__ import annotations

import argparse
from typing import Any

from kneepose.cli.outcome import print_json
from kneepose.cli.output import OK, say
from kneepose.video.models import FOLDER_VARIABLE, model_rows

__all__ = ["add_models"]


def add_models(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "models", help="list the model files for clips, and where they belong"
    )
    parser.add_argument("--json", action="store_true", help="plain data instead of text")
    parser.set_defaults(run=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    rows = model_rows()
    if options.json:
        print_json(rows)
        return OK
    for row in rows:
        say(f"{row['name']}: {row['words']}, {row['megabytes']} MB, {row['license']}")
        if row["file"] is None:
            say("    not here")
        else:
            say(f"    {row['file']}\n    SHA-256 {row['sha256']}")
    say(
        f"\nThe first that is there is taken. They belong in {rows[0]['belongs_in']}, or in the "
        f"folder that {FOLDER_VARIABLE} names.\nOfficial page: {rows[0]['page']}\nkneepose "
        "downloads nothing."
    )
    return OK
