"""Tests that each test of estimators' own classes runs in one environment, also in the workflow."""

from __future__ import annotations

import ast
import re

import pytest

from tools.installed import ESTIMATORS, ROOT, TESTS, python_of


def test_every_test_runs_in_an_environment() -> None:
    functions = [
        one.name
        for one in ast.parse((ROOT / TESTS).read_text("utf-8")).body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    ]
    for name, row in ESTIMATORS.items():
        assert [one for one in functions if row.tests in one], name
    alone = [one for one in functions if not any(row.tests in one for row in ESTIMATORS.values())]
    assert alone == []


def test_the_workflow_runs_every_environment() -> None:
    text = (ROOT / ".github" / "workflows" / "full.yml").read_text("utf-8")
    listed = text.partition("        estimator:\n")[2].partition("    steps:")[0]
    assert re.findall(r"- (\S+)", listed) == list(ESTIMATORS)


def test_a_python_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"python9\.9 is not here"):
        python_of("9.9")
