"""Tests of the report's sections on form and on uncounted repetitions, for every exercise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.comparison.form import form_line
from kneepose.comparison.headline import sides_of
from kneepose.report.form import form
from kneepose.report.page import write_report
from kneepose.report.reps import REJECTION_REASONS, repetitions
from kneepose.report.sheet import sheet
from kneepose.report.subject import subject_of
from tests.report.test_report import Page, one_leg, two_legs
from tests.support.datasets import opensim, recording
from tests.support.lifts import lifted

SIDES = ("left", "right")


def page(comparison: kp.comparison.Comparison, folder: Path) -> Page:
    return Page(write_report([comparison], folder / "r.html").read_text(encoding="utf-8"))


def row_of(comparison: kp.comparison.Comparison, fault: str) -> dict[str, object]:
    title = comparison.first.faults[fault].title
    found = form(subject_of(comparison))
    assert found is not None
    return next(row for row in found["rows"] if row["title"] == title)


CASES: dict[str, tuple[Callable[[], kp.comparison.Comparison], str, list[str]]] = {
    "clamshell": (
        lambda: kp.compare(
            lifted("clamshell", "left"), lifted("clamshell", "right", fault=16.0)
        ),
        "pelvis_rolls_back",
        ["clear", "seen"],
    ),
    "clamshell, one camera": (
        lambda: kp.compare(
            lifted("clamshell", "left", space="image"),
            lifted("clamshell", "right", space="image", fault=16.0),
        ),
        "pelvis_rolls_back",
        ["unknown", "unknown"],
    ),
    "fire hydrant": (
        lambda: kp.compare(
            lifted("fire_hydrant", "left", fault=14.0), lifted("fire_hydrant", "right")
        ),
        "hip_hike",
        ["seen", "clear"],
    ),
    "fire hydrant, one camera": (
        lambda: kp.compare(
            lifted("fire_hydrant", "left", space="image", fault=14.0),
            lifted("fire_hydrant", "right", space="image"),
        ),
        "hip_hike",
        ["seen", "clear"],
    ),
    "single-leg squat": (
        lambda: kp.compare(one_leg("left"), one_leg("right")),
        "knee_inward",
        ["clear", "seen"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_a_fault_is_seen_on_its_side(case: str) -> None:
    make, fault, states = CASES[case]
    comparison = make()
    cells = row_of(comparison, fault)["cells"]
    assert [cell["state"] for cell in cells] == states  # type: ignore[attr-defined, index]
    for cell, analysis in zip(cells, (comparison.first, comparison.second), strict=True):  # type: ignore[call-overload]
        if cell["state"] == "unknown":
            assert cell["strip"] is None
            continue
        strip = cell["strip"]
        assert len(strip["marks"]) == analysis.reps.count
        inside = [
            any(b["x"] < x < b["x"] + b["width"] for b in strip["beyond"]) for x in strip["marks"]
        ]
        # The median is judged, so if it is beyond the limit, most marks are too.
        assert (sum(inside) > len(inside) / 2) == (cell["state"] == "seen")
        assert 0 <= min(strip["marks"]) <= max(strip["marks"]) <= strip["width"]


@pytest.mark.slow
@pytest.mark.parametrize("case", list(CASES))
def test_the_page_says_it_in_words(case: str, tmp_path: Path) -> None:
    make, fault, states = CASES[case]
    comparison = make()
    text = page(comparison, tmp_path).text
    for block in sheet(subject_of(comparison))["blocks"]:
        for line in block["lines"]:
            assert line in text
    words = {"seen": "Seen", "clear": "Not seen", "unknown": "Not assessed"}
    for state in states:
        assert words[state] in text
    one = comparison.first.faults[fault]
    assert one.title in text
    assert f"counts if {one.limit}" in text
    for analysis in (comparison.first, comparison.second):
        for other in analysis.faults.values():
            if other.seen is None:
                assert other.reason.sentence in text
                assert other.remedy in text
    if "seen" in states:
        assert f"Cue: {one.cue}" in text


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ["clamshell", "fire_hydrant"])
@pytest.mark.parametrize("space", ["world", "image"])
def test_lifts_lead_with_how_far_they_go(exercise: str, space: str, tmp_path: Path) -> None:
    comparison = kp.compare(*(lifted(exercise, side, space=space) for side in SIDES))  # type: ignore[arg-type]
    peak = {"clamshell": "peak_opening", "fire_hydrant": "peak_hip_abduction"}[exercise]
    assert comparison.primary is not None
    assert comparison.primary.name == comparison.measures[0].name == peak
    assert comparison.primary.verdict is kp.comparison.Verdict.INCONCLUSIVE
    text = page(comparison, tmp_path).text
    for absent in (
        "squat",
        "lowest point",
        "knee bends to",
        "of knee bend",
        "camera turned",
        "descent",
    ):
        assert absent not in text.lower().replace("knee bend (knee flexion)", ""), absent
    assert "highest point" in text
    if exercise == "clamshell" and space == "image":
        assert "of the thigh" in text
        assert "of the thigh" in comparison.first.summary()
        assert "One camera shows the distance of the knees, and no degrees." in text
    else:
        assert "°" in comparison.summary()


def test_legs_that_share_an_answer_share_a_cell() -> None:
    squat = two_legs("squat")
    assert row_of(squat, "too_fast")["together"]
    assert not row_of(squat, "knee_inward")["together"]
    assert "both legs together" not in form_line(sides_of(squat), paired=squat.paired)


@pytest.mark.slow
def test_one_leg_twice_is_marked_as_in_the_figures(tmp_path: Path) -> None:
    sample = kp.sample("single_leg_squat_left")
    twice = kp.compare(one_leg("left", sample[:800]), one_leg("left", sample[500:]))
    found = form(subject_of(twice))
    assert found is not None
    assert [cell["marker"] for cell in found["rows"][0]["cells"]] == ["left-first", "left"]
    assert [cell["name"] for cell in found["rows"][0]["cells"]] == ["first", "second"]
    assert "Second" in page(twice, tmp_path).text


@pytest.mark.slow
def test_repetitions_that_do_not_count_say_when_and_why(tmp_path: Path) -> None:
    shallow = lifted("clamshell", "right", peaks=(1.0, 1.0, 0.4, 1.0, 1.0, 1.0))
    assert [str(rep.status) for rep in shallow.reps] == ["full"] * 2 + ["partial"] + ["full"] * 3
    comparison = kp.compare(lifted("clamshell", "left"), shallow)
    found = repetitions(subject_of(comparison).by_reps)
    assert found["aims"] == [
        "Left: 6 of 6 reach the aim of 30° (largest opening).",
        "Right: 5 of 5 reach the aim of 30° (largest opening).",
    ]
    (rejected,) = found["rejected"]
    assert (rejected["side"], rejected["status"], rejected["range"]) == (
        "Right",
        "Too shallow",
        "15°",
    )
    text = page(comparison, tmp_path).text
    assert rejected["when"] in text
    assert rejected["why"] in text


def test_every_status_says_why() -> None:
    assert set(REJECTION_REASONS) == set(kp.analysis.RepStatus) - {kp.analysis.RepStatus.FULL}


def test_no_repetition_no_form() -> None:
    still = kp.Recording(
        np.repeat(kp.sample("squat").coordinates[:1], 200, axis=0),
        skeleton="halpe26",
        fps=50,
        up="y",
    )
    comparison = kp.compare(*kp.analyze_sides(still, "squat"))
    assert form(subject_of(comparison)) is None
    assert form_line(sides_of(comparison), paired=comparison.paired) == ""


OPENSIM = {
    "clamshell": (
        "clamshell_left",
        "clamshell_right_roll_back",
        "pelvis_rolls_back",
        [False, True],
    ),
    "fire_hydrant": ("hydrant_left_hip_hike", "hydrant_right", "hip_hike", [True, False]),
    "single_leg_squat": ("sls_left_deficit", "sls_right_deficit", "knee_inward", [False, True]),
}


@pytest.mark.slow
@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("exercise", list(OPENSIM))
def test_opensim_faults_are_on_their_page(exercise: str, space: str, tmp_path: Path) -> None:
    first, second, fault, planted = OPENSIM[exercise]
    analyses = [
        kp.analyze(recording(opensim(name), space), exercise, side=str(opensim(name)["side"]))  # type: ignore[arg-type]
        for name in (first, second)
    ]
    comparison = kp.compare(*analyses)
    text = page(comparison, tmp_path).text
    assert sheet(subject_of(comparison))["blocks"][0]["lines"][0] in text
    seen = [analysis.faults[fault].seen for analysis in analyses]
    assert seen == (planted if (exercise, space) != ("clamshell", "image") else [None, None])
