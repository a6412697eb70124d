"""Prints random comments and docstrings without their code, to read them as a newcomer does.

Usage: python -m tools.draw_comments [--number 30] [--seed 1]

A comment that cannot be understood alone should be rewritten in plainer words. The end of the
output counts the comment lines that begin with a question word.
"""

from __future__ import annotations

import argparse
import ast
import io
import random
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDERS = ("rust", "python", "tests", "tools", "benches")
QUESTION_WORD = re.compile(r"(What|Where|How|Whether)\b")
_RUST_COMMENT = re.compile(r"^\s*//[/!]?(?: (.*))?$")
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Comment(NamedTuple):
    """A comment or docstring with the position of its first line."""

    path: Path
    line: int
    text: str


def of_rust(path: Path) -> Iterator[Comment]:
    """Yield blocks of adjacent comment lines; comments after code are skipped."""
    first, lines = 0, list[str]()
    for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], start=1):
        if found := _RUST_COMMENT.match(line):
            first = first if lines else number
            lines.append(found[1] or "")
        elif lines:
            yield Comment(path, first, "\n".join(lines))
            lines = []


def of_python(path: Path) -> Iterator[Comment]:
    """Yield docstrings, texts below constants, and blocks of comment lines."""
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        for child in getattr(node, "body", []) if isinstance(node, _WITH_DOCSTRING) else []:
            value = getattr(child, "value", None)
            text_of = value.value if isinstance(value, ast.Constant) else None
            if isinstance(child, ast.Expr) and isinstance(text_of, str):
                yield Comment(path, child.lineno, re.sub(r"(?m)^ +", "", text_of.strip()))
    first, last, lines = 0, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or token.string.startswith(("# noqa", "# type", "# fmt")):
            continue
        if lines and token.start[0] != last + 1:
            yield Comment(path, first, "\n".join(lines))
            lines = []
        first = first if lines else token.start[0]
        last = token.start[0]
        lines.append(token.string.removeprefix("#").strip())
    if lines:
        yield Comment(path, first, "\n".join(lines))


def comments() -> list[Comment]:
    """Return the comments of all sources, in the order of their paths."""
    found: list[Comment] = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.rs")):
            found += of_rust(path)
        for path in sorted((ROOT / folder).rglob("*.py")):
            found += of_python(path)
    return found


def main() -> None:
    """Print the drawn comments and the number of lines that begin with a question word."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--number", type=int, default=30, help="number of comments")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw")
    given = parser.parse_args()
    found = comments()
    for comment in random.Random(given.seed).sample(found, min(given.number, len(found))):
        print(f"{comment.path.relative_to(ROOT)}:{comment.line}\n{comment.text}\n")
    lines = [line for comment in found for line in comment.text.split("\n")]
    asking = sum(bool(QUESTION_WORD.match(line)) for line in lines)
    print(f"{len(found)} comments; {asking} lines begin with What, Where, How or Whether")


if __name__ == "__main__":
    main()
