"""Measure the speed table of `make speed`: each test adds one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benches.rows_angles import ANGLE_CASES
from benches.rows_process import PROBES
from benches.rows_series import SERIES_CASES
from benches.rows_stream import STREAM_PROBES
from benches.rows_users import USER_CASES
from benches.speed import Absent, Case, Line, Probe, absent

Race = Callable[..., Any]
CASES = (*ANGLE_CASES, *SERIES_CASES, *USER_CASES)


def named(item: Case | Probe) -> str:
    return f"row{item.row}: {item.what}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_case(race: Race, lines: list[Line], case: Case) -> None:
    try:
        sides = case.make()
    except Absent as reason:
        lines.append(absent(case.row, case.what, case.target, str(reason)))
        pytest.skip(str(reason))
    try:
        clocks = race(named(case), *sides)
    except AssertionError:
        lines.append(absent(case.row, case.what, case.target, "the results disagree"))
        raise
    if clocks:
        lines.append(case.line(clocks))


@pytest.mark.parametrize("probe", [*PROBES, *STREAM_PROBES], ids=named)
def test_probe(lines: list[Line], probe: Probe) -> None:
    try:
        lines += probe.run()
    except Absent as reason:
        lines.append(absent(probe.row, probe.what, "", str(reason)))
        pytest.skip(str(reason))
