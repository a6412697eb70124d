"""Tests that the page of thresholds matches the Rust sources and contains every constant."""

from __future__ import annotations

import pytest

from tools.pages import thresholds


def test_the_page_is_what_its_tool_writes() -> None:
    assert thresholds.PAGE.read_text("utf-8") == thresholds.render(), "run make thresholds"


def test_every_constant_says_what_it_means() -> None:
    silent = [f"{one.path}: {one.name}" for one in thresholds.constants() if not one.meaning]
    assert not silent
    assert len(thresholds.constants()) > 200


def test_every_constant_has_a_source_that_is_there() -> None:
    assert not thresholds.problems()


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("", "no source"),
        ("engineering default.", "neither"),
        ("chosen: it is round.", "held by test <path>"),
        ("chosen: held by test tests/pages/test_thresholds.py.", "held by test <path>"),
        ("chosen: a; held by test tests/pages/test_nothing.py.", "test_nothing.py is not there"),
        ("chosen: a; measured by docs/evidence/nothing.md.", "nothing.md is not there"),
        ("docs/evidence/nothing.md.", "nothing.md is not there"),
        ("decision 9999.", "decision 9999 is not there"),
        ("chosen: a; held by test tests/pages/test_thresholds.py.", ""),
        ("chosen: a (decision 0004); measured by docs/evidence/guards.md.", ""),
        ("chosen: a; no test shows its effect.", ""),
        ("derived: 1 / 2.", ""),
        ("science.md 1.4.", ""),
        ("science.md 8.", ""),
        ("Doe 2001.", ""),
    ],
)
def test_a_source_is_of_a_known_kind_and_exists(source: str, wrong: str) -> None:
    assert wrong in thresholds.problem(source)
    assert bool(thresholds.problem(source)) == bool(wrong)


@pytest.mark.parametrize(
    ("comment", "code", "expected"),
    [
        ("Longest gap.", "const GAP_S: f64 = 0.2;", ("s", "Longest gap.", "")),
        (
            "Gap.\n/// Unit: min. Source: Doe 2001.",
            "const GAP: f64 = 0.2;",
            ("min", "Gap.", "Doe 2001."),
        ),
        (
            "Degrees of freedom.",
            "pub(crate) const A: usize = 5;",
            ("count", "Degrees of freedom.", ""),
        ),
        (
            "Share (Doe 2001).",
            "const A: f64 =\n    0.5;",
            ("share", "Share (Doe 2001).", "see meaning"),
        ),
        ("High.", "fn high() {\n    const A: f64 = 0.5;", ("–", "Inside `high`.", "")),
    ],
)
def test_a_constant_is_read(comment: str, code: str, expected: tuple[str, str, str]) -> None:
    (one,) = thresholds.parse(f"/// {comment}\n{code}", "reps/offline.rs")
    assert (one.unit, one.meaning, one.source) == expected


def test_constants_without_a_comment_follow_the_one_above() -> None:
    code = "/// Doe 2001.\nconst TALL: f64 = 0.75;\nconst LOW: f64 = 0.1;\nconst FLAT: f64 = 0.5;"
    others = list(thresholds.parse(code, "a.rs"))[1:]
    assert [(one.meaning, one.source) for one in others] == [("See `TALL`.", "see meaning")] * 2


def test_texts_and_tests_are_no_thresholds() -> None:
    names = '/// Names.\nconst NAMES: [&str; 1] = ["a"];\n'
    inside = "#[cfg(test)]\nmod tests {\n    const LEAST: u64 = 1;\n}\n"
    assert not list(thresholds.parse(names + inside, "a.rs"))


def test_sources_are_linked() -> None:
    assert "(../decisions/0004-" in thresholds.linked("decision 0004.")
    assert "[guards.md](../evidence/guards.md)" in thresholds.linked("docs/evidence/guards.md")
    assert "(../../tests/live/test_cues.py)" in thresholds.linked("tests/live/test_cues.py")
    assert thresholds.linked("science.md 1.4.") == "[science.md 1.4](../explanation/science.md)."
