"""Tests that the asymmetry page is current, and its numbers keep the required limits."""

from __future__ import annotations

import pytest

from tests.support.datasets import FULL
from tools.pages import asymmetry as tool
from tools.pages import asymmetry_trials as trials

pytestmark = [pytest.mark.data, pytest.mark.slow]

TEXT = tool.PAGE.read_text(encoding="utf-8")
LINES = TEXT.splitlines()
NORMAL_COLUMNS = (0, 1, 2, 3, 6)


class Now(dict[tool.Job, trials.Shares]):
    """Results of trials, computed on first access."""

    def __missing__(self, job: tool.Job) -> trials.Shares:
        self[job] = trials.run(job)
        return self[job]


@pytest.fixture(scope="module")
def now() -> Now:
    return Now()


def number(cell: str) -> float:
    return float(cell.strip().lstrip("<>").rstrip("°"))


def tables() -> dict[str, list[list[str]]]:
    """Return the tables of the page as rows of cells, by the header line of each table."""
    found: dict[str, list[list[str]]] = {}
    head = ""
    for before, line in zip(["", *LINES], LINES, strict=False):
        if not line.startswith("|"):
            continue
        if not before.startswith("|"):
            head = line if line not in found else line + " again"
            found[head] = []
        elif not line.startswith("|--"):
            found[head].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


TABLES = tables()


def table(start: str) -> list[list[str]]:
    (head,) = (head for head in TABLES if head.startswith(start) and not head.endswith("again"))
    return TABLES[head]


def test_the_page_begins_with_what_was_found_and_ends_with_what_was_not() -> None:
    assert LINES[4].startswith("The 95 % interval holds the true difference in")
    assert "## Limits of these figures" in LINES
    assert len(TABLES) == 10


@pytest.mark.parametrize("n", [5, 6])
def test_coverage_is_that_measured_now(n: int, now: Now) -> None:
    assert tool.coverage_line(n, now) in LINES, "run make asymmetry"
    assert tool.shifted_line(n, now) in LINES, "run make asymmetry"


def test_other_intervals_are_those_measured_now(now: Now) -> None:
    assert tool.method_line(5, "SD 3°", now) in LINES, "run make asymmetry"


@pytest.mark.parametrize("session", [False, True])
@pytest.mark.parametrize(("sd", "n"), [(3.0, 5), (5.0, 4), (1.5, 6)])
def test_verdicts_are_those_measured_now(sd: float, n: int, session: bool, now: Now) -> None:
    assert tool.verdict_line(sd, n, session, now) in LINES, "run make asymmetry"


def test_turned_cameras_are_those_measured_now(now: Now) -> None:
    for sd in (0.0, 0.7, 2.0):
        assert tool.any_yaw_line(sd, now) in LINES, "run make asymmetry"


@pytest.mark.skipif(not (FULL / "opensim").exists(), reason="needs all recordings")
def test_the_gate_sees_turned_cameras_as_it_does_now(now: Now) -> None:
    for toes in tool.TOES:
        assert tool.gate_yaw_line(toes, now) in LINES, "run make asymmetry"
    assert tool.one_yaw_line(4, now) in LINES, "run make asymmetry"


def test_p_values_are_those_measured_now(now: Now) -> None:
    assert tool.family_line(5, 0.0, now) in LINES, "run make asymmetry"
    assert tool.null_line(5, now) in LINES, "run make asymmetry"
    for n in tool.LEAST_COUNTS:
        assert tool.least_line(n, now) in LINES, "run make asymmetry"


def test_intervals_of_the_page_hold_the_truth_as_often_as_they_say() -> None:
    rows = table("| n | SD 1.5°")
    assert [int(row[0]) for row in rows] == list(trials.COUNTS)
    for row in rows:
        shares = [number(cell) for cell in row[1:]]
        assert all(94 <= shares[i] <= 96 for i in NORMAL_COLUMNS), row
        # There is no required limit for skewed repetitions; these are the measured bounds.
        assert all(93.5 <= share <= 96.5 for share in shares), row
    for row in table("| n | 0°"):
        # 42 cells of 4000 draws each: the bounds are 3.5 standard errors around 95 %.
        assert all(93.8 <= number(cell) <= 96.2 for cell in row[1:]), row


def test_a_plain_bootstrap_would_not_do() -> None:
    for row in table("| n | repetitions"):
        n, percentile, bca = int(row[0]), number(row[2]), number(row[3])
        assert max(percentile, bca) < (94 if n > 10 else 93)


def test_verdicts_of_the_page_are_as_good_as_was_asked() -> None:
    rows = table("| SD | n |")
    assert len(rows) == len(trials.cells())
    over = []
    for row in rows:
        sd, n = number(row[0]), int(row[1])
        different = [number(cell.split("/")[0]) for cell in row[2:]]
        if different[0] > 0.5:
            over.append((sd, n))
        if sd <= 3 and n >= 5:
            assert different[trials.DIFFERENCES.index(12)] >= 90, row
    # With four repetitions and a standard deviation of 5° the limit of 0.5 % is missed, as the page
    # says.
    assert over == [(5.0, 4)]
    (line,) = (line for line in LINES if line.startswith("Asked: `different` in at most 0.5 %"))
    assert "**Missed**: " in line
    assert "at SD 5° and n = 4; everywhere else at most" in line


def test_turned_cameras_of_the_page_feign_no_more_than_was_asked() -> None:
    rows = table("| turn known by")
    shares = {row[0]: number(row[1]) for row in rows}
    for sd in tool.ESTIMATE_SDS:
        assert sd > tool.HELD_SD or shares[f"SD {sd:.1f}°"] <= 2.0
    # With the camera angle estimated by the quality check, the page reports whether the limit of 2
    # % holds.
    gate = [share for words, share in shares.items() if words.startswith("the gate")]
    assert len(gate) == 2
    verdict = "held" if max(gate) <= 2.0 else "missed"
    by_turn = {number(row[0]): row for row in table("| turn | feigned")}
    assert max(number(by_turn[turn][column]) for turn in (0, 1, 2) for column in (2, 5, 6, 7)) <= 1
    assert f"The limit of 2 % is {verdict} there: {gate[0]} and {gate[1]} %." in TEXT


def test_families_of_the_page_err_in_five_of_a_hundred_at_most() -> None:
    for row in table("| n | r |"):
        plain, holm, nine, one = (number(cell) for cell in row[2:6])
        assert plain > 10
        # 4000 draws with at most 5 %: the bound adds three standard errors.
        assert max(holm, one) <= 6.0
        assert nine == 0.0


def test_p_values_of_the_page_are_small_as_often_as_they_may_be() -> None:
    for row in table("| n | attainable"):
        attainable, alike = number(row[1]), number(row[2])
        # 16 000 draws with at most 5 %: the bound adds three standard errors.
        assert alike <= attainable + 0.5
    least = {row[0]: row[1] for row in table("| n | two groups")}
    assert [least[n] for n in ("3", "4", "5")] == ["0.1", "0.029", "0.0079"]
