"""Tests that the reliability page reports no skipped test as passed, and names existing tests."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

import pytest

from tools.pages.reliability import (
    MET,
    MISSED,
    NOT_RUN,
    PAGE,
    PART,
    ROOT,
    SHORT,
    Case,
    Check,
    Outcome,
    belongs,
    outcome_of,
    read_results,
    render,
)
from tools.pages.reliability_rows import CHECKS

PASSED, FAILED = Case("a::b", "passed"), Case("a::b", "failed", "no")
SKIPPED, LONG = Case("a::c", "skipped", "no valgrind"), Case("a::c", "skipped", "long")


@pytest.mark.parametrize(
    ("cases", "short", "full", "state"),
    [
        ([PASSED], "", False, MET),
        ([PASSED, LONG], "more", False, SHORT),
        ([PASSED], "more", True, MET),
        ([PASSED, SKIPPED], "", True, PART),
        ([PASSED, SKIPPED, FAILED], "more", False, MISSED),
        ([SKIPPED], "", True, NOT_RUN),
        ([LONG], "more", False, NOT_RUN),
        ([], "", False, NOT_RUN),
    ],
)
def test_the_state_of_a_line(cases: list[Case], short: str, full: bool, state: str) -> None:
    found = outcome_of(cases, short, full)
    assert found.state == state
    assert ("no valgrind" in found.figure) == (SKIPPED in cases)


def test_a_rule_that_is_tested_in_part_is_not_met() -> None:
    found = outcome_of([PASSED], "", True, lacks="10⁴ series")
    assert found.state == PART
    assert "not checked: 10⁴ series" in found.figure


def test_results_of_pytest_are_read() -> None:
    statistics = b64encode(b"- during generate phase: - 98 passing, 0 failing").decode()
    name = "hypothesis-statistics-tests/a/test_b.py::test_law"
    (law, damaged, absent) = read_results(
        f'''<testsuites><testsuite><properties>
        <property name="{name}" value="{statistics}"/></properties>
        <testcase classname="tests.a.test_b" name="test_law"/>
        <testcase classname="tests.a.test_b" name="test_c[one]"><properties>
        <property name="growth_kb" value="12.5"/></properties><failure message="no&#10;more"/></testcase>
        <testcase classname="tests.a.test_b" name="test_d"><skipped message="no cc"/></testcase>
        </testsuite></testsuites>'''
    )
    assert law == Case("tests.a.test_b::test_law", "passed", "", {"cases": 98})
    assert damaged == Case("tests.a.test_b::test_c", "failed", "no", {"growth_kb": 12.5})
    assert absent == Case("tests.a.test_b::test_d", "skipped", "no cc")
    assert "98 random cases" in outcome_of([law], "").figure


def test_a_file_is_not_the_file_whose_name_begins_alike() -> None:
    assert belongs("tests.io.test_fuzz::test_a", "tests/io/test_fuzz.py")
    assert belongs("tests.io.test_fuzz::test_a", "tests/io/test_fuzz.py::test_a")
    assert not belongs("tests.io.test_fuzz::test_ab", "tests/io/test_fuzz.py::test_a")
    assert not belongs("tests.io.test_fuzz_more::test_a", "tests/io/test_fuzz.py")


def test_every_row_has_a_check_that_exists() -> None:
    rows = {check.row for check in CHECKS}
    assert rows == {*map(str, range(1, 21)), "14a", "14b"}
    for check in CHECKS:
        assert bool(check.tests) != bool(check.measure), check.check
        for test in check.tests:
            path, _, function = test.partition("::")
            assert f"def {function}" in (ROOT / path).read_text("utf-8"), test


def test_the_page_counts_its_lines() -> None:
    text = PAGE.read_text("utf-8")
    states = re.findall(r"\| ([^|]+) \|$", text, re.MULTILINE)
    found = re.search(r"(\d+) checks:", text)
    assert found is not None
    assert int(found[1]) == len(states) == len(CHECKS)
    assert set(states) <= {MET, SHORT, PART, MISSED, NOT_RUN}


def test_what_did_not_run_is_not_counted_as_met() -> None:
    lines = [(Check("1", "a", "b"), Outcome("c | d", state)) for state in (MET, NOT_RUN)]
    text = render(lines, "2026-01-01", full=False)
    assert "2 checks: 1 met, 1 not run." in text
    assert "| 1 | a | b | c \\| d | not run |" in text
    assert Path(ROOT / "Makefile").read_text("utf-8").count("\ntrust:") == 1
