"""Generate pages from the package: names with their docstrings, commands, and exercises."""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import kneepose as kp
from kneepose.cli.commands import _parser
from kneepose.records import Record

#: Packages with public names, in the order of processing of a recording.
PACKAGES = (
    "recording", "estimators", "io", "quality", "angles", "exercises", "analysis", "comparison",
    "live", "history", "study", "guides", "video", "drawing", "plots", "words", "tables", "arrays",
    "archive", "evaluation", "validity", "typing", "errors",
)  # fmt: skip


def public_names() -> dict[str, list[str]]:
    """Return the documented names of public objects, by package."""
    at_root = {name: getattr(kp, name) for name in kp.__all__}
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(f"kneepose.{package}")
        found[package] = [
            f"kneepose.{name}"
            if at_root.get(name) is getattr(module, name)
            else f"kneepose.{package}.{name}"
            for name in module.__all__
        ]
        listed = {name.rpartition(".")[2] for name in found[package]}
        # This adds names such as KneeposeError that only the root package lists.
        found[package] += [
            f"kneepose.{name}" for name in kp._NAMES.get(package, ()) if name not in listed
        ]
    return found


def targets() -> dict[str, str]:
    """Map names in docstrings to full names: `analyze`, `Recording.save`, `kneepose.errors`."""
    found: dict[str, list[str]] = {}
    for package, names in public_names().items():
        found.setdefault(f"kneepose.{package}", []).append(f"kneepose.{package}")
        for full in names:
            short = full.removeprefix("kneepose.")
            for called in {full, short, short.rpartition(".")[2]}:
                found.setdefault(called, []).append(full)
            value = _object(full)
            for member in dir(value) if isinstance(value, type) and ".typing." not in full else ():
                if not member.startswith("_") and callable(getattr(value, member)):
                    called = f"{short.rpartition('.')[2]}.{member}"
                    found.setdefault(called, []).append(f"{full}.{member}")
    return {called: full[0] for called, full in found.items() if len(set(full)) == 1}


def _object(name: str) -> object:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _directive(name: str) -> list[str]:
    value = _object(name)
    if ".typing." in name:
        return _type(name.rpartition(".")[2], value)
    if isinstance(value, type):
        left_out = ", ".join([*_attributes(value), "kind"])
        options = [":members:", f":exclude-members: {left_out}"]
        options += [":inherited-members: object"] if issubclass(value, Record) else []
        return [f".. autoclass:: {name}", *(f"   {option}" for option in options), ""]
    if inspect.isroutine(value):
        return [f".. autofunction:: {name}", ""]
    return [f".. autodata:: {name}", "   :no-value:", ""]


def _attributes(value: type) -> list[str]:
    """Return the names under Attributes in a docstring, which must not be documented twice."""
    _, found, section = (inspect.getdoc(value) or "").partition("\nAttributes\n----------\n")
    section = re.split(r"\n[A-Z]\w+\n-+\n", section)[0] if found else ""
    rows = re.findall(r"^(\w[\w, ]*)", section, re.MULTILINE)
    return [name.strip() for row in rows for name in row.split(",")]


def _type(name: str, value: Any) -> list[str]:
    """Return the code of a type alias, or the fields of a typed dictionary."""
    if isinstance(value, type):
        fields = [
            f"* ``{field}``: ``{_shown(kind)}``" for field, kind in get_type_hints(value).items()
        ]
        body = [summary_of(value), "", *fields]
        return [f".. py:class:: {name}", "", *(f"   {line}" for line in body), ""]
    return [f".. py:data:: {name}", "", f"   ``{_shown(value)}``", ""]


def _shown(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(map(repr, get_args(kind)))
    return (
        kind.__name__
        if isinstance(kind, type) and not get_args(kind)
        else str(kind).replace("typing.", "")
    )


def write_names(folder: Path) -> None:
    """Write one page for each package, and their start page with all names of the root."""
    folder.mkdir(parents=True)
    names = public_names()
    for package, listed in names.items():
        title = f"kneepose.{package}"
        lines = [title, "=" * len(title), "", f".. automodule:: {title}", "   :no-members:", ""]
        for name in listed:
            lines += _directive(name)
        (folder / f"{package}.rst").write_text("\n".join(lines), "utf-8")
    rows = [
        f"* - :py:obj:`kneepose.{name}`\n  - {summary_of(getattr(kp, name))}"
        for name in kp.__all__
        if any(f"kneepose.{name}" in listed for listed in names.values())
    ]
    lines = ["Names of the package", "====================", "", ".. currentmodule:: kneepose", ""]
    lines += ["Of ``import kneepose as kp``:", "", ".. list-table::", "   :widths: 30 70", ""]
    lines += ["   " + line for row in rows for line in row.splitlines()]
    lines += [
        "",
        "Packages, with the classes of results:",
        "",
        ".. toctree::",
        "   :maxdepth: 1",
        "",
    ]
    lines += [f"   {package}" for package in PACKAGES]
    (folder / "index.rst").write_text("\n".join(lines) + "\n", "utf-8")


def summary_of(value: object) -> str:
    """Return the first sentence of a docstring."""
    return " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())


def commands(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each runnable command with its parser."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, f"{name} {word}")
    if not groups:
        yield name, parser


def _help(parser: argparse.ArgumentParser) -> str:
    """Return the text of --help without ANSI colors, which Python 3.14 adds on a terminal."""
    return re.sub(r"\x1b\[[\d;]*m", "", parser.format_help()).rstrip()


def write_commands(path: Path) -> None:
    """Write the page with the --help text of each command."""
    parser = _parser()
    lines = ["# Commands", "", "Each command says this with `--help`.", ""]
    lines += ["```text", _help(parser), "```", ""]
    for name, command in commands(parser, "kneepose"):
        lines += [f"## {name}", "", "```text", _help(command), "```", ""]
    path.write_text("\n".join(lines), "utf-8")


def write_exercises(path: Path) -> None:
    """Write the page with the output of `kneepose guide` for each exercise."""
    lines = [
        "# Exercises",
        "",
        "What `kneepose guide` prints: set-up, camera, measures, faults, safety.",
        "",
    ]
    for row in kp.tables.exercises():
        title, _, rest = repr(kp.guide(row["name"])).partition("\n")
        lines += [
            f"## {title.split('  (')[0]}",
            "",
            "```text",
            rest.partition("\n\n")[2].rstrip(),
            "```",
            "",
        ]
    path.write_text("\n".join(lines), "utf-8")
