"""Tests that the NumPy reference satisfies the golden vectors, which come from closed forms."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests import reference
from tests.support.datasets import PROJECT

Json = dict[str, Any]


def golden(name: str) -> Json:
    folder = PROJECT / "rust/kneepose-core/tests/golden"
    return json.loads((folder / f"{name}.json").read_text(encoding="ascii"))


def numbers(values: Any) -> np.ndarray:
    """Convert nested lists to an array, with null as NaN."""
    return np.array(values, dtype=np.float64)


def named(case: Json) -> str:
    return case["id"]


def landmarks(case: Json) -> dict[str, np.ndarray]:
    points = numbers(case["points"])
    assert points.shape[1:] == (len(case["keypoints"]), case["dims"])
    return {name: points[:, i] for i, name in enumerate(case["keypoints"])}


def measured(case: Json, name: str, side: str | None, **options: Any) -> np.ndarray:
    return reference.joint_angle(
        landmarks(case),
        name,
        side,
        up=case["up"] or "y",
        pelvis_reference=case["pelvis_reference"],
        heading=None if case["heading"] is None else numbers(case["heading"]),
        standing=case["standing"],
        **options,
    )


def assert_close(got: Any, want: Any, tolerance: float, what: str) -> None:
    np.testing.assert_allclose(got, want, rtol=0.0, atol=tolerance, equal_nan=True, err_msg=what)


ANGLES = golden("angles")["cases"]
FILTERS = golden("filters")
EXERCISES = golden("exercises")
ASYMMETRY = golden("asymmetry")


@pytest.mark.parametrize("case", ANGLES + EXERCISES["cases"], ids=named)
def test_angles(case: Json) -> None:
    for row in case["expect"]:
        got = measured(case, row["name"], row["side"])
        assert_close(got, numbers(row["values"]), row["tolerance"], f"{row['name']} {row['side']}")


def test_every_angle_has_a_golden_value() -> None:
    covered = {
        (case["dims"], row["name"])
        for case in ANGLES + EXERCISES["cases"]
        for row in case["expect"]
        if any(v is not None for v in row["values"])
    }
    assert {name for _, name in covered} == set(reference.ANGLE_NAMES)


def test_raw_rotation_lifts_the_flexion_gate() -> None:
    (case,) = (c for c in ANGLES if c["id"] == "3")
    for side in ("left", "right"):
        got = measured(case, "hip_internal_rotation", side, raw=True)
        assert_close(got[[0, 1, 2, 4]], 17.0, 1e-9, side)


def test_points_that_a_skeleton_lacks_are_not_measurable() -> None:
    (case,) = (c for c in ANGLES if c["id"] == "1")
    assert np.isnan(measured(case, "ankle_dorsiflexion", "left")).all()
    assert np.isnan(measured(case, "pelvic_rotation", "left")).all()


def test_keypoint_order_is_irrelevant() -> None:
    (case,) = (c for c in ANGLES if c["id"] == "22-unequal")
    backwards = {
        **case,
        "keypoints": case["keypoints"][::-1],
        "points": [frame[::-1] for frame in case["points"]],
    }
    for row in case["expect"]:
        ours = measured(case, row["name"], row["side"])
        np.testing.assert_array_equal(ours, measured(backwards, row["name"], row["side"]))


@pytest.mark.parametrize("row", FILTERS["designs"])
def test_filter_design(row: Json) -> None:
    assert_close(
        reference.design(row["fc"], row["fs"]), row["design_hz"], row["tolerance"], "design"
    )


@pytest.mark.parametrize("row", FILTERS["sines"])
def test_filter_gain_and_phase(row: Json) -> None:
    x = np.cos(2.0 * np.pi * row["hz"] * np.arange(row["n"]) / row["fs"])
    cut = int(row["ignore_s"] * row["fs"])
    got = reference.lowpass(x, row["fs"], row["fc"])[cut:-cut]
    assert_close(got, row["gain"] * x[cut:-cut], row["tolerance"], "zero-lag gain")


@pytest.mark.parametrize("row", FILTERS["responses"])
def test_filter_response(row: Json) -> None:
    got = reference.lowpass(numbers(row["input"]), row["fs"], row["fc"])
    assert_close(got, row["output"], row["tolerance"], row["kind"])


def test_filter_keeps_runs_apart() -> None:
    x = np.r_[np.nan, np.sin(np.arange(30.0)), np.nan, 7.0, np.nan, np.cos(np.arange(20.0))]
    y = reference.lowpass(x, 30.0, 6.0)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))
    np.testing.assert_array_equal(y[1:31], reference.lowpass(x[1:31], 30.0, 6.0))
    assert y[32] == 7.0


@pytest.mark.parametrize("row", FILTERS["hampel"])
def test_hampel(row: Json) -> None:
    mask = reference.hampel(numbers(row["x"]), floor=row["floor"])
    assert np.flatnonzero(mask).tolist() == row["outliers"]


@pytest.mark.parametrize("row", FILTERS["gaps"])
def test_gap_fill(row: Json) -> None:
    got = reference.pchip_fill(numbers(row["x"]), numbers(row["times"]), row["max_gap_s"])
    assert_close(got, numbers(row["filled"]), row["tolerance"], row["note"])


def generated(case: Json) -> tuple[np.ndarray, np.ndarray]:
    """Return the series and the gate of one repetition case."""
    t = np.arange(case["n"]) / case["fs"]
    x = np.full(case["n"], float(case["base"]))
    begin, level = 0.0, float(case["base"])
    for seconds, target in case["phases"]:
        u = np.clip((t - begin) / seconds, 0.0, 1.0)
        x += (target - level) * (10 * u**3 - 15 * u**4 + 6 * u**5)
        begin, level = begin + seconds, target
    x += case["drift"] * np.arange(case["n"]) / (case["n"] - 1)
    for i, add in case["spikes"]:
        x[i] += add
    for i, count, value in case["replaced"]:
        x[i : i + count] = value
    for i, count in case["missing"]:
        x[i : i + count] = np.nan
    allowed = np.ones(case["n"], bool)
    for i, count in case["not_allowed"]:
        allowed[i : i + count] = False
    return x, allowed


@pytest.mark.parametrize("case", golden("reps")["cases"], ids=named)
def test_reps(case: Json) -> None:
    x, allowed = generated(case)
    reps = reference.segment_reps(x, case["fs"], case["min_range"], allowed)
    assert [rep.status for rep in reps] == [want["status"] for want in case["reps"]]
    for rep, want in zip(reps, case["reps"], strict=True):
        for moment in ("start", "bottom_start", "bottom_end", "end"):
            if want[f"{moment}_s"] is not None:
                at = getattr(rep, moment) / case["fs"]
                assert_close(at, want[f"{moment}_s"], case["tolerance_s"], moment)
        if want["rom"] is not None:
            assert_close(rep.rom, want["rom"], case["tolerance_rom"], "rom")


@pytest.mark.parametrize("row", ASYMMETRY["indices"])
def test_asymmetry_index(row: Json) -> None:
    got = getattr(reference, row["index"])(row["left"], row["right"])
    assert_close(got, numbers(row["value"]), row["tolerance"], row["index"])


@pytest.mark.parametrize("row", ASYMMETRY["unstable"])
def test_symmetry_index_is_flagged(row: Json) -> None:
    assert reference.symmetry_index_is_unstable(row["left"], row["right"]) is row["unstable"]


@pytest.mark.parametrize("row", ASYMMETRY["nsi"])
def test_normalized_symmetry_index(row: Json) -> None:
    got = reference.normalized_symmetry_index(numbers(row["left"]), numbers(row["right"]))
    assert_close(got, numbers(row["value"]), row["tolerance"], "nsi")


@pytest.mark.parametrize("row", ASYMMETRY["intervals"])
def test_intervals(row: Json) -> None:
    interval = {"welch": reference.welch_interval, "paired": reference.paired_interval}
    got = interval[row["kind"]](numbers(row["left"]), numbers(row["right"]))
    want = numbers([row["difference"], row["low"], row["high"]])
    assert_close(got, want, row["tolerance"], row["kind"])


@pytest.mark.parametrize("row", golden("scores")["cases"])
def test_count_scores(row: Json) -> None:
    got = reference.count_scores(numbers(row["predicted"]), numbers(row["true"]))
    for name, value in got._asdict().items():
        assert_close(value, row[name], row["tolerance"], name)


def test_clamshell() -> None:
    row = EXERCISES["clamshell"]
    lever = reference.clamshell_lever(row["thigh"], row["shank"], row["knee_flexion"])
    assert_close(lever, row["lever"], row["tolerance"], "lever")
    for opening in row["openings"]:
        separation = reference.clamshell_separation(opening["gamma"], lever)
        assert_close(separation, opening["separation"], row["tolerance"], "separation")
        back = reference.clamshell_angle(separation, lever)
        assert_close(back, opening["gamma"], row["tolerance"], "inverse")
    (case,) = (c for c in EXERCISES["cases"] if c["id"] == "13-clamshell")
    (want,) = (e for e in case["expect"] if e["name"] == "clamshell_opening")
    got = reference.clamshell_opening(landmarks(case), want["side"], up=case["up"])
    assert_close(got, want["values"], want["tolerance"], "plane")


def test_hydrant() -> None:
    row = EXERCISES["hydrant"]
    rise = reference.hydrant_rise(row["elevation"], row["thigh"])
    lateral = reference.hydrant_lateral(row["elevation"], row["thigh"])
    assert_close([rise, lateral], [row["rise"], row["lateral"]], row["tolerance"], "hydrant")
