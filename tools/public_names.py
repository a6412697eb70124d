"""Write the public names of a release: python -m tools.public_names

The file is docs/reference/public-names.txt. Each later version must still have every name in it,
except names that were deprecated and whose removal date has come (docs/reference/compatibility.md).
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import kneepose as kp
from kneepose.cli.commands import _parser
from kneepose.retired import RETIRED

PAGE = Path(__file__).parents[1] / "docs/reference/public-names.txt"


def _parameters(path: str, function: Any) -> Iterator[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # Some objects of the compiled extension have no signature.
        return
    for row in parameters:
        if row.kind not in (row.VAR_POSITIONAL, row.VAR_KEYWORD) and row.name not in (
            "self",
            "cls",
        ):
            yield f"{path}({row.name})"


def _members(path: str, thing: type) -> Iterator[str]:
    own = [base for base in thing.__mro__ if base.__module__.startswith("kneepose")]
    names = {name for base in own for name in vars(base)}
    if dataclasses.is_dataclass(thing):
        names |= {field.name for field in dataclasses.fields(thing)}
    for name in names:
        if not name.startswith("_"):
            yield f"{path}.{name}"
            if inspect.isroutine(member := getattr(thing, name, None)):
                yield from _parameters(f"{path}.{name}", member)


def _of_python() -> Iterator[str]:
    # Only the constructors in `__all__` are public; result classes are constructed by kneepose
    # itself.
    for name in kp.__all__:
        yield name
        if callable(thing := getattr(kp, name)):
            yield from _parameters(name, thing)
    for module in sorted({*kp._MODULES, *kp._PACKAGES}):
        found = importlib.import_module(f"kneepose.{module}")
        for name in found.__all__:
            path, thing = f"{module}.{name}", getattr(found, name)
            yield path
            if inspect.isclass(thing):
                yield from _members(path, thing)
            elif inspect.isroutine(thing):
                yield from _parameters(path, thing)


def _of_commands(parser: argparse.ArgumentParser, path: str = "$ kneepose") -> Iterator[str]:
    for action in parser._actions:
        yield from (f"{path} {option}" for option in action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield f"{path} {name}"
                yield from _of_commands(below, f"{path} {name}")


def public_names() -> set[str]:
    """Return every public name of the Python API and the command line, with its parameters."""
    return {*_of_python(), *_of_commands(_parser())}


def page(names: Iterable[str]) -> str:
    """Return one line per name, with the removal version if the name is deprecated."""
    lines = (f"{name}  until {RETIRED[name].until}" if name in RETIRED else name for name in names)
    return "\n".join(sorted(lines)) + "\n"


def ordered(version: str) -> tuple[int, ...]:
    """Return a version such as 1.10.0 as a tuple of integers, for comparison."""
    return tuple(int(part) for part in version.split("."))


def gone_too_early(released: str, names: set[str], version: str) -> list[str]:
    """Return the names of a release that `version` must still have and lacks.

    `released` is the text of the file of the release. `names` are the public names of `version`.
    """
    rows = (line.partition("  until ") for line in released.splitlines())
    return [
        name
        for name, _, until in rows
        if name not in names and not (until and ordered(version) >= ordered(until))
    ]


def overdue(version: str) -> list[str]:
    """Return the deprecated names that `version` should no longer have."""
    return [name for name, row in RETIRED.items() if ordered(version) >= ordered(row.until)]


if __name__ == "__main__":
    PAGE.write_text(page(public_names()), encoding="utf-8")
