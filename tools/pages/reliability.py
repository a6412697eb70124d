"""Write docs/evidence/reliability.md: robustness checks with their results and targets.

`python -m tools.pages.reliability` runs the short form of each check, KNEEPOSE_FULL=1 the long one.
If a file of pytest results (`-o junit_family=xunit1 --junitxml=…`) is given, no test is run. The
checks are listed in reliability_rows.py. A check that did not run does not count as passed; the
page shows the reason. The command fails if a check of this page fails. It does not fail because of
a missed target of another page.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence" / "reliability.md"
FULL = os.environ.get("KNEEPOSE_FULL") == "1"
MET, SHORT, PART, MISSED, NOT_RUN = (
    "met",
    "passed in short form",
    "in part",
    "**missed**",
    "not run",
)

#: Properties that tests record: name → text, and True to report the maximum instead of the sum.
PROPERTIES: dict[str, tuple[str, bool]] = {
    "error_deg": ("largest error {:.1e}°", True),
    "calls": ("{:,.0f} calls", False),
    "inputs": ("{:,.0f} inputs", False),
    "forks": ("{:,.0f} forks", False),
    "pushes": ("{:,.0f} pushes", False),
    "analyses": ("{:,.0f} analyses", False),
    "growth_kb": ("at most {:+,.0f} kB", True),
}


class Outcome(NamedTuple):
    """Result of one check: the measured figure and its state."""

    figure: str
    state: str


class Case(NamedTuple):
    """One test of a pytest run, also if it was skipped."""

    name: str
    """Module and function, such as `tests.c.test_c::test_the_header_compiles`."""
    state: str
    """`passed`, `failed` or `skipped`."""
    reason: str = ""
    properties: Mapping[str, float] = {}


class Check(NamedTuple):
    """One check, which is one row of the page."""

    row: str
    check: str
    bar: str
    tests: tuple[str, ...] = ()
    """Files or functions in tests/; without them, `measure` returns the outcome."""
    measure: Callable[[], Outcome] | None = None
    short: str = ""
    """The cases that only the long form runs; empty if there are none."""
    lacks: str = ""
    """The part of the rule that neither form checks."""
    of_page: bool = False
    """True if the figure is read from another page."""


def target_of(test: str) -> str:
    """Return a test file or function by its name in the results."""
    path, _, function = test.partition("::")
    module = path.removesuffix(".py").replace("/", ".")
    return f"{module}::{function}" if function else module


def belongs(name: str, test: str) -> bool:
    target = target_of(test)
    return name == target or name.startswith((f"{target}::", f"{target}."))


def read_results(xml: str) -> list[Case]:
    """Return the tests of a JUnit file; `cases` is the number of Hypothesis examples."""
    root = ElementTree.fromstring(xml)
    examples: Counter[str] = Counter()
    for one in root.iter("property"):
        name = one.get("name", "")
        if name.startswith("hypothesis-statistics-"):
            text = base64.b64decode(one.get("value", "")).decode()
            found = re.findall(r"(\d+) passing", text)
            examples[target_of(name.removeprefix("hypothesis-statistics-"))] += sum(map(int, found))
    cases = []
    for case in root.iter("testcase"):
        function = case.get("name", "")
        name = f"{case.get('classname')}::{function.partition('[')[0]}"
        said = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        properties = {key: float(said[key]) for key in PROPERTIES if key in said}
        tried = examples.get(f"{case.get('classname')}::{function}", 0)
        state, reason = "passed", ""
        for tag in ("failure", "error", "skipped"):
            if (found_tag := case.find(tag)) is not None:
                state = "skipped" if tag == "skipped" else "failed"
                reason = found_tag.get("message", "").strip().partition("\n")[0]
        cases.append(
            Case(name, state, reason, {**properties, "cases": tried} if tried else properties)
        )
    return cases


def outcome_of(cases: Iterable[Case], short: str, full: bool = FULL, lacks: str = "") -> Outcome:
    """Return the outcome of the tests of one check, which never passes if no test passed."""
    cases = list(cases)
    counts = Counter(case.state for case in cases)
    # A test that belongs only to the long form is not counted as missing in the short form.
    gaps = [case for case in cases if case.state == "skipped" and case.reason != "long"]
    several = sorted({case.reason for case in gaps})
    more = [f"and {len(several) - 2} more"] if len(several) > 2 else []
    reasons = "; ".join([*several[:2], *more])
    if not counts["passed"] and not counts["failed"]:
        return Outcome(reasons or "no such test", NOT_RUN)
    ran = counts["passed"] + counts["failed"]
    parts = [f"{counts['passed']} of {ran} tests passed"]
    for key, (text, takes_largest) in {
        "cases": ("{:,.0f} random cases", False),
        **PROPERTIES,
    }.items():
        values = [case.properties[key] for case in cases if key in case.properties]
        if values:
            parts.append(text.format(max(values) if takes_largest else sum(values)))
    if gaps:
        parts.append(f"{len(gaps)} not run ({reasons})")
    if lacks:
        parts.append(f"not checked: {lacks}")
    if counts["failed"]:
        state = MISSED
    elif gaps or lacks:
        state = PART
    else:
        state = SHORT if short and not full else MET
    if short and not full:
        parts.append(f"long form: {short}")
    return Outcome("; ".join(parts), state)


def run_tests(checks: Iterable[Check], results: Path) -> None:
    """Run the tests of all checks in one pytest run, sequentially."""
    targets = list(dict.fromkeys(test for check in checks for test in check.tests))
    command = [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1"]
    subprocess.run([*command, f"--junitxml={results}", *targets], cwd=ROOT, check=False)


HEAD = """\
# Reliability, measured

Written by `make trust`{form} on {date}; do not edit. {total} checks: {counts}.

Each row is a rule that was set before it was measured; its number is that of the rules. *Passed in
short form* means that fewer cases ran than the rule asks for, as in every `make trust`; the long form is
`KNEEPOSE_FULL=1 KNEEPOSE_FUZZ_SECONDS=60 KNEEPOSE_STREAM_SERIES=1000 make trust`. *In part*: some tests
had nothing to run with, or a part of the rule has no test. *Not run* is no pass: the reason stands
beside it. Figures of other pages are read from there.

| row | check | bar | measured | |
|--:|---|---|---|---|
"""


def render(lines: list[tuple[Check, Outcome]], date: str, full: bool = FULL) -> str:
    """Return the text of the page."""
    states = Counter(outcome.state.strip("*") for _, outcome in lines)
    order = [state.strip("*") for state in (MET, SHORT, PART, MISSED, NOT_RUN)]
    counts = ", ".join(f"{states[state]} {state}" for state in order if states[state])
    form = ", long form," if full else ", short form,"
    rows = [
        " | ".join(cell.replace("|", "\\|") for cell in (c.row, c.check, c.bar, o.figure, o.state))
        for c, o in lines
    ]
    head = HEAD.format(form=form, date=date, total=len(lines), counts=counts)
    return head + "".join(f"| {row} |\n" for row in rows)


def main() -> int:
    from tools.pages.reliability_rows import CHECKS

    with tempfile.TemporaryDirectory() as folder:
        results = Path(sys.argv[1]) if sys.argv[1:] else Path(folder) / "results.xml"
        if not results.exists():
            run_tests(CHECKS, results)
        cases = read_results(results.read_text("utf-8"))
    lines = []
    for check in CHECKS:
        if check.measure is None:
            mine = [case for case in cases if any(belongs(case.name, t) for t in check.tests)]
            outcome = outcome_of(mine, check.short, lacks=check.lacks)
        else:
            outcome = check.measure()
        lines.append((check, outcome))
        print(
            f"{check.row:>3}  {outcome.state:<20}  {check.check}: {outcome.figure} (bar: {check.bar})"
        )
    PAGE.write_text(render(lines, f"{datetime.now(UTC):%Y-%m-%d}"), encoding="utf-8")
    print(PAGE)
    return int(any(o.state == MISSED and not check.of_page for check, o in lines))


if __name__ == "__main__":
    sys.exit(main())
