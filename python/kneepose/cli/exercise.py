"""The options ``--exercise`` and ``--side``, shared by all commands that analyze."""

from __future__ import annotations

import argparse
from typing import Final

from kneepose import tables
from kneepose.exercises.spec import built_in
from kneepose.words.catalogue import tr
from kneepose.words.exercises import wording_of

__all__ = ["EXERCISES", "add_exercise_options", "check_side_given"]

EXERCISES: Final = tuple(row["name"] for row in tables.exercises())


def add_exercise_options(parser: argparse.ArgumentParser, *, of_each: bool = False) -> None:
    """Add ``--exercise`` and ``--side``; with `of_each`, a recording may state its own values."""
    own = tr("default: what each recording says of itself")
    side = tr(
        "the standing leg of a single-leg squat, the upper leg of a clamshell, the lifted leg of a fire "
        "hydrant; not needed for a squat"
    )
    parser.add_argument(
        "--exercise", required=not of_each, choices=EXERCISES, help=own if of_each else None
    )
    parser.add_argument(
        "--side", choices=("left", "right"), help=f"{side}; {own}" if of_each else side
    )


def check_side_given(options: argparse.Namespace) -> None:
    """Exit with a usage error if a one-sided exercise is given without a side."""
    row = built_in(options.exercise)
    if not options.side and not row["two_legs"]:
        options.usage_error(
            f"{row['name']} is done on one side: give --side left or --side right, the "
            f"{wording_of(row).leg}"
        )
