"""Names that users may rely on, kept at each release: python -m tools.public_names

Writes docs/reference/public-names.txt. Every later version must have each name of it,
unless the release had marked it as going and its time has come (docs/reference/compatibility.md).
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
    except (TypeError, ValueError):  # of the compiled part, which gives no signature
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
    # kneepose makes the results, so their constructors may change; users call those of `__all__`.
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
    """Every public name of Python and of the command line, with its parameters."""
    return {*_of_python(), *_of_commands(_parser())}


def page(names: Iterable[str]) -> str:
    """One name a line; a name that goes is followed by the version that no longer has it."""
    lines = (f"{name}  until {RETIRED[name].until}" if name in RETIRED else name for name in names)
    return "\n".join(sorted(lines)) + "\n"


def ordered(version: str) -> tuple[int, ...]:
    """A version such as 1.10.0 as numbers, for comparison."""
    return tuple(int(part) for part in version.split("."))


def gone_too_early(released: str, names: set[str], version: str) -> list[str]:
    """Names of a release that `version` must still have and lacks.

    released: the page of the release.
    names: the public names of `version`.
    """
    rows = (line.partition("  until ") for line in released.splitlines())
    return [
        name
        for name, _, until in rows
        if name not in names and not (until and ordered(version) >= ordered(until))
    ]


def overdue(version: str) -> list[str]:
    """Names that go and should be gone by `version`."""
    return [name for name, row in RETIRED.items() if ordered(version) >= ordered(row.until)]


if __name__ == "__main__":
    PAGE.write_text(page(public_names()), encoding="utf-8")
