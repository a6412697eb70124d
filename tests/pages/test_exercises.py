"""Tests that docs/evidence/exercises.md is current, by measuring some of its rows again."""

from __future__ import annotations

import pytest

from tests.support.datasets import FULL
from tools.pages import exercises

LINES = exercises.PAGE.read_text(encoding="utf-8").splitlines()


def test_faults_are_those_found_now() -> None:
    for line in exercises.form_lines():
        assert line in LINES, "run make exercises"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not (FULL / "real-people").exists(), reason="needs the recordings of people")
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_real_people_are_counted_as_the_page_says() -> None:
    for line in exercises.real_lines():
        assert line in LINES, "run make exercises"


def test_the_page_says_what_was_not_tested() -> None:
    assert any("Step-downs are not tested on people" in line for line in LINES)
