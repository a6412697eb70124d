"""Tests of the golden vectors through the Python API, which Rust and the NumPy reference meet
too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core, arrays
from tests.whole.test_reference_golden import (
    ANGLES,
    ASYMMETRY,
    EXERCISES,
    FILTERS,
    assert_close,
    generated,
    golden,
    named,
    numbers,
)

Json = dict[str, Any]
CASES = ANGLES + EXERCISES["cases"]


def measured(
    case: Json, name: str, side: str | None, *, dtype: type = np.float64, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return degrees and validity codes of one angle in one case."""
    heading = case["heading"]
    if isinstance(heading, int):
        heading = [float(heading), 0.0, 0.0]
    values, codes = arrays.joint_angles(
        numbers(case["points"]).astype(dtype),
        skeleton=kp.Skeleton("golden", case["keypoints"]),
        names=[(name, side)],
        up=case["up"],
        pelvis_reference=case["pelvis_reference"],
        heading=heading,
        standing=None if case["standing"] is None else [case["standing"]] * 2,
        with_validity=True,
        **options,
    )
    assert values.dtype == dtype
    assert values.shape == codes.shape == (len(case["points"]), 1)
    return values[:, 0], codes[:, 0]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_angles(case: Json, record_property: Any) -> None:
    worst = 0.0
    for row in case["expect"]:
        values, codes = measured(case, row["name"], row["side"])
        apart = np.abs((values - numbers(row["values"]) + 180) % 360 - 180)
        worst = max(worst, float(np.max(np.nan_to_num(apart), initial=0.0)))
        what = f"{row['name']} {row['side']}"
        assert_close(values, numbers(row["values"]), row["tolerance"], what)
        np.testing.assert_array_equal(np.isfinite(values), codes <= 1, err_msg=what)
    record_property("error_deg", worst)


def test_a_recording_gives_the_same_numbers() -> None:
    """The golden angles are reproduced via `Recording` and `joint_angles`, for bodies of human
    size.

    The vectors keep the hips in place; they are shifted so that the ankles stay, because a moving
    foot would have another standing height.
    """
    tried = 0
    for case in CASES:
        points = numbers(case["points"])
        if case["dims"] != 3 or case["standing"] is not None or np.nanmax(np.abs(points)) > 10:
            continue
        ankles = [k for k, name in enumerate(case["keypoints"]) if name.endswith("_ankle")]
        points = points - points[:, ankles].mean(axis=1, keepdims=True)
        skeleton = kp.Skeleton("golden", case["keypoints"])
        rec = kp.Recording(points, skeleton=skeleton, fps=30, up=case["up"])
        for row in case["expect"]:
            angles = kp.joint_angles(
                rec,
                [(row["name"], row["side"])],
                pelvis_reference=case["pelvis_reference"],
                heading=case["heading"],
            )
            got = angles[row["name"], row["side"]].values
            assert_close(got, numbers(row["values"]), row["tolerance"], case["id"])
            tried += 1
    assert tried > 100


def test_raw_rotation_lifts_the_flexion_gate() -> None:
    (case,) = (c for c in ANGLES if c["id"] == "3")
    for side in ("left", "right"):
        values, codes = measured(case, "hip_internal_rotation", side, gates=False)
        assert_close(values[[0, 1, 2, 4]], 17.0, 1e-9, side)
        assert np.isnan(values[3])
        assert (codes[[0, 1, 2, 4]] == 0).all()


def test_what_a_skeleton_lacks_is_said() -> None:
    (case,) = (c for c in ANGLES if c["id"] == "1")
    names = [name for _, name, _, _ in _core.validity_table()]
    for name, why in (
        ("ankle_dorsiflexion", "not_in_skeleton"),
        ("pelvic_rotation", "needs_heading"),
    ):
        values, codes = measured(case, name, "left")
        assert np.isnan(values).all()
        assert {names[code] for code in codes} == {why}


@pytest.mark.parametrize("row", FILTERS["designs"])
def test_filter_design(row: Json) -> None:
    got = _core.single_pass_cutoff(row["fc"], row["fs"])
    assert_close(got, row["design_hz"], row["tolerance"], "design")


@pytest.mark.parametrize("row", FILTERS["sines"])
def test_filter_gain_and_phase(row: Json) -> None:
    x = np.cos(2.0 * np.pi * row["hz"] * np.arange(row["n"]) / row["fs"])
    cut = int(row["ignore_s"] * row["fs"])
    got = _core.lowpass(x, row["fc"], row["fs"], 4)[cut:-cut]
    assert_close(got, row["gain"] * x[cut:-cut], row["tolerance"], "zero-lag gain")


@pytest.mark.parametrize("row", FILTERS["responses"])
def test_filter_response(row: Json) -> None:
    got = _core.lowpass(numbers(row["input"]), row["fc"], row["fs"], 4)
    assert_close(got, row["output"], row["tolerance"], row["kind"])


@pytest.mark.parametrize("row", FILTERS["hampel"])
def test_hampel(row: Json) -> None:
    mask = _core.hampel(numbers(row["x"]), row["floor"])
    assert np.flatnonzero(mask).tolist() == row["outliers"]


@pytest.mark.parametrize("case", golden("reps")["cases"], ids=named)
def test_reps(case: Json) -> None:
    x, allowed = generated(case)
    reps = arrays.segment_reps(x, fs=case["fs"], min_range=case["min_range"], allowed=allowed)
    assert reps.status.tolist() == [want["status"] for want in case["reps"]]
    assert reps.count == case["full"]
    assert np.sum(reps.status == "partial") == case["partial"]
    for i, want in enumerate(case["reps"]):
        for moment in ("start", "bottom_start", "bottom_end", "end"):
            if want[f"{moment}_s"] is not None:
                at = getattr(reps, moment)[i] / case["fs"]
                assert_close(at, want[f"{moment}_s"], case["tolerance_s"], moment)
        if want["rom"] is not None:
            assert_close(reps.range[i], want["rom"], case["tolerance_rom"], "range")


@pytest.mark.parametrize("row", ASYMMETRY["indices"])
def test_asymmetry_index(row: Json) -> None:
    left, right = row["left"], row["right"]
    if row["index"] == "lsi":
        # The file gives (involved, uninvolved), but here the left side is the reference.
        left, right = right, left
    got = arrays.asymmetry(left, right, kind=row["index"])
    assert_close(got, numbers(row["value"]), row["tolerance"], row["index"])


@pytest.mark.parametrize("row", ASYMMETRY["nsi"])
def test_normalized_symmetry_index(row: Json) -> None:
    got = arrays.asymmetry(row["left"], row["right"], kind="normalized_symmetry_index")
    assert_close(got, numbers(row["value"]), row["tolerance"], "nsi")


@pytest.mark.parametrize("row", ASYMMETRY["intervals"])
def test_intervals(row: Json) -> None:
    left, right = numbers(row["left"]), numbers(row["right"])
    measure = (left, right, "fppa", True, None)
    (got,) = _core.compare([measure], row["kind"] == "paired", None)
    want = numbers([row["difference"], row["low"], row["high"]])
    assert_close([got["difference"], *got["ci"]], want, row["tolerance"], row["kind"])


@pytest.mark.parametrize("row", golden("scores")["cases"])
def test_count_scores(row: Json) -> None:
    got = arrays.count_score(row["predicted"], row["true"])
    for name, value in got._asdict().items():
        assert_close(value, row[name], row["tolerance"], name)
