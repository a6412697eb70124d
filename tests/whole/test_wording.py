"""Tests of wording: public names are unique, and comments rarely begin with a question word."""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from typing import Any

import kneepose as kp
from tests.support.datasets import PROJECT

MODULES = ("arrays", "errors", "estimators", "evaluation", "live", "plots", "tables")
OPENING = re.compile(r'^\s*(?:#:?|//[/!]?|r?""")\s*(?:What|Where|How|Whether)\b')
AT_MOST = 30


def public() -> dict[str, dict[str, Any]]:
    """Return by public name the modules that export it, with the exported object."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for module in (kp, *(importlib.import_module(f"kneepose.{name}") for name in MODULES)):
        for name in module.__all__:
            found[name][module.__name__] = getattr(module, name)
    return found


def test_no_two_public_things_share_a_name() -> None:
    """Only a function of `kp.arrays` may share the name of the same operation on recordings."""
    shared = {}
    for name, where in public().items():
        plain = where.get("kneepose.arrays")
        verb = callable(plain) and not isinstance(plain, type)
        things = [x for module, x in where.items() if not (verb and module == "kneepose.arrays")]
        if any(x is not things[0] for x in things[1:]):
            shared[name] = sorted(where)
    assert not shared


def test_no_two_public_classes_share_a_name() -> None:
    classes: defaultdict[str, set[type]] = defaultdict(set)
    for where in public().values():
        for x in where.values():
            if isinstance(x, type):
                classes[x.__name__].add(x)
    assert not {name: found for name, found in classes.items() if len(found) > 1}


def test_comments_do_not_begin_with_question_words() -> None:
    sources = [
        path
        for kind in ("python/kneepose/**/*.py", "python/kneepose/**/*.pyi", "rust/**/*.rs")
        for path in sorted(PROJECT.glob(kind))
    ]
    assert len(sources) > 100
    lines = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OPENING.match(line)
    ]
    assert len(lines) <= AT_MOST, "\n".join([f"{len(lines)} lines:", *lines])
