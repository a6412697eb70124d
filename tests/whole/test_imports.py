"""Tests of the import contract in pyproject.toml, and of the depth of the package."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

grimp = pytest.importorskip("grimp", reason="comes with import-linter, of the group lint")

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
CONVENIENCES = {line for one in CONTRACTS for line in one.get("ignore_imports", [])}


def built() -> Any:
    """Return the import graph, including imports for type checkers, without the listed
    conveniences.
    """
    graph = grimp.build_graph("kneepose", exclude_type_checking_imports=False, cache_dir=None)
    for line in CONVENIENCES:
        importer, imported = line.split(" -> ")
        graph.remove_import(importer=importer, imported=imported)
    return graph


def test_conveniences_are_few_lazy_and_one_line_each() -> None:
    graph = grimp.build_graph("kneepose", exclude_type_checking_imports=False, cache_dir=None)
    assert len(CONVENIENCES) <= 10
    for line in CONVENIENCES:
        importer, imported = line.split(" -> ")
        found = graph.get_import_details(importer=importer, imported=imported)
        assert len(found) == 1, line
        text = (ROOT / "python" / (importer.replace(".", "/") + ".py")).read_text().splitlines()
        inside = text[found[0]["line_number"] - 1]
        assert inside.startswith("    "), line
        assert inside.lstrip().startswith("from "), line


def test_at_most_fourteen_floors_and_no_circle() -> None:
    graph = built()
    above: list[str] = []

    @cache
    def floors(module: str) -> int:
        assert module not in above, f"a circle: {above} -> {module}"
        above.append(module)
        below = [floors(one) for one in graph.find_modules_directly_imported_by(module)]
        above.pop()
        return 1 + max(below, default=0)

    deepest = max(graph.modules, key=floors)
    assert floors(deepest) <= 14, deepest


def test_nobody_imports_the_package_root() -> None:
    """Source lines are searched, because grimp counts the compiled `_core` as part of the root."""
    for path in sorted((ROOT / "python" / "kneepose").rglob("*.py")):
        for line in path.read_text().splitlines():
            if line.strip().startswith("from kneepose import "):
                names = {name.strip() for name in line.split(" import ")[1].split(",")}
                assert names <= {"_core", "tables"}, f"{path}: {line}"
