"""Fuzz tests: points, recordings, series and names are refused or measured, but never crash."""

from __future__ import annotations

import json
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kneepose as kp
from kneepose import arrays
from tests.support.random_bodies import SIDES, UPS
from tests.support.seeds import SEEDS, law
from tests.support.wild_input import (
    POISON,
    RATES,
    SKELETONS,
    cast,
    must_speak,
    options_for,
    person,
    poisoned,
)

pytestmark = pytest.mark.slow


def assert_told(values: np.ndarray, codes: np.ndarray) -> None:
    """Assert that values with validity ok or low are finite, and all others NaN with a reason."""
    measured = codes <= 1
    assert np.isfinite(values[measured]).all()
    assert np.isnan(values[~measured]).all()


def check_analysis(found: kp.analysis.Analysis) -> None:
    n = found.recording.n_frames
    for rep in found.reps:
        assert 0 <= rep.start <= rep.bottom_start <= rep.bottom <= rep.bottom_end <= rep.end < n
    assert_told(found.angles.data, found.angles.codes)
    for measure in found.measures.values():
        assert len(measure.values) == len(measure.validity) == len(found.reps)
        for value, state in zip(measure.values, measure.validity, strict=True):
            assert np.isfinite(value) == (
                state in (kp.validity.Validity.OK, kp.validity.Validity.LOW)
            )
    assert not found.measures.keys() & {refusal.measure for refusal in found.refused}
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.summary() in repr(found)
    assert found.methods()
    found.columns()


@law(4000)
@given(SEEDS)
def test_any_array_of_points_gives_numbers_or_a_reason(seed: int) -> None:
    rng = np.random.default_rng(seed)
    skeleton: Any = SKELETONS[int(rng.integers(len(SKELETONS)))]
    known = kp.Skeleton._built_in(skeleton) if isinstance(skeleton, str) else skeleton
    n = int(rng.choice([0, 1, 2, 3, 20]))
    points = person(rng, known, n) * float(rng.choice([1.0, 1.0, 500.0, 1e-3, 1e-200, 1e150]))
    dims = int(rng.choice([2, 3, 1, 4], p=[0.45, 0.45, 0.05, 0.05]))
    points = np.concatenate([points, points[..., :1]], axis=-1)[..., :dims]
    if rng.uniform() < 0.1:
        points = points[:, 1:]
    if n and rng.uniform() < 0.3:
        points = np.stack([points] * int(rng.integers(0, 3)) or [points[:0]])
    points = cast(rng, poisoned(rng, points, POISON))
    options = options_for(rng)
    if dims == 3 or rng.uniform() < 0.1:
        options["up"] = rng.choice([*UPS, "w", "y", "y"])
    if rng.uniform() < 0.2:
        options["standing"] = [float(v) for v in poisoned(rng, np.array([0.9, 0.8]), POISON)]
    before = points.copy()
    try:
        values, codes = arrays.joint_angles(
            points, skeleton=skeleton, with_validity=True, **options
        )
    except kp.errors.KneeposeError as error:
        must_speak(error)
        return
    assert values.shape == codes.shape
    assert values.shape[:-1] == points.shape[:-2]
    assert_told(values, codes)
    assert points.tobytes() == before.tobytes()


@law(2500)
@given(SEEDS)
def test_any_recording_is_refused_or_measured(seed: int) -> None:
    rng = np.random.default_rng(seed)
    skeleton: Any = SKELETONS[int(rng.integers(len(SKELETONS)))]
    known = kp.Skeleton._built_in(skeleton) if isinstance(skeleton, str) else skeleton
    n = int(rng.choice([0, 1, 2, 3, 15, 60, 150]))
    points = person(rng, known, n)
    options: dict[str, Any] = {}
    if rng.uniform() < 0.5:
        points = points[..., [2, 1]] * [400.0, -400.0] + [700.0, 900.0]
        if rng.uniform() < 0.3:
            options["resolution_wh"] = [(1400, 1000), (1000, 1400), (0, 5), (3,), 7][
                int(rng.choice(5, p=[0.6, 0.25, 0.05, 0.05, 0.05]))
            ]
        if rng.uniform() < 0.1:
            options["normalized"] = True
        if rng.uniform() < 0.2:
            options["mirrored"] = True
    elif rng.uniform() < 0.95:
        options["up"] = str(rng.choice([*UPS, "y", "y", "y", "up"]))
        if rng.uniform() < 0.1:
            options["unit"] = str(rng.choice(["m", "cm", "mm", "km"]))
    if rng.uniform() < 0.3:
        options["view"] = str(rng.choice(["front", "back", "left", "right", "top"]))
    mild = [np.nan, np.nan, np.inf, 0.0, 5e-324, 5.0]
    points = cast(rng, poisoned(rng, points, POISON if rng.uniform() < 0.1 else mild))
    if rng.uniform() < 0.5:
        options["fps"] = RATES[int(rng.choice(len(RATES))) if rng.uniform() < 0.3 else 0]
    else:
        steps = np.full(n, 1 / 30)
        if rng.uniform() < 0.5:
            steps = rng.uniform(0.02, 0.05, n)
        times = np.cumsum(steps) * float(rng.choice([1, 1, 1, 1, 1000, 1e-9]))
        options["times"] = poisoned(rng, times, POISON) if rng.uniform() < 0.1 else times
    if rng.uniform() < 0.5:
        scores = rng.uniform(0.1, 1.0, points.shape[:2])
        options["confidence"] = poisoned(
            rng, scores, [np.nan, 0.0, 1.0, 6.0] if rng.uniform() < 0.9 else POISON
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        try:
            rec = kp.Recording(points, skeleton=skeleton, **options)
        except kp.errors.KneeposeError as error:
            must_speak(error)
            return
        assert repr(rec)
        np.testing.assert_array_equal(
            np.array(rec.mirror().mirror().coordinates), np.array(rec.coordinates)
        )
        measure_everything(rng, rec)


def measure_everything(rng: np.random.Generator, rec: kp.Recording) -> None:
    """Call every public function that takes a recording."""
    try:
        angles = kp.joint_angles(rec, **options_for(rng))
    except kp.errors.KneeposeError as error:
        must_speak(error)
    else:
        assert_told(angles.data, angles.codes)
        assert repr(angles)
        angles.columns()
    cutoff = [6.0, 1.0, 1e-9, 1e9, 0.0, np.nan][
        int(rng.choice(6, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05]))
    ]
    gap = float(rng.choice([0.2, 0.0, 1e9, -1.0, np.nan], p=[0.5, 0.2, 0.2, 0.05, 0.05]))
    exercise = str(rng.choice(["squat", "single_leg_squat"]))
    side: Any = str(rng.choice(SIDES))
    try:
        smooth = rec.conditioned(cutoff_hz=cutoff, max_gap_s=gap)
        assert repr(smooth.repairs)
        reps = kp.segment_reps(smooth, exercise, side=side)
        assert reps.count == len(reps.full)
        reps.columns()
    except kp.errors.KneeposeError as error:
        must_speak(error)
    try:
        one = kp.analyze(rec, exercise, side=side, max_gap_s=gap)
        two = kp.analyze(rec, exercise, side="left", cutoff_hz=cutoff)
        check_analysis(one)
        check_analysis(two)
        both = kp.compare(one, two)
        json.dumps(both.to_dict(), allow_nan=False)
        assert repr(both)
        both.columns()
        if exercise == "squat":
            left, right = kp.analyze_sides(rec, exercise)
            for moment, values in left.reps.columns().items():
                if moment == "target_reached":  # depends on the peak of each leg
                    continue
                np.testing.assert_array_equal(values, right.reps.columns()[moment])
            kp.compare(left, right)
    except kp.errors.KneeposeError as error:
        must_speak(error)


@law(3000)
@given(SEEDS)
def test_any_series_is_refused_or_answered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([0, 1, 2, 3, 10, 100, 300]))
    x = (
        40
        * np.sin(np.arange(n) * rng.uniform(0.01, 1.5))
        * float(rng.choice([1, 1, 1e300, 1e-310]))
    )
    x = x + rng.normal(0, rng.choice([0.0, 1.0, 30.0]), n)
    x = cast(rng, poisoned(rng, x, POISON))
    fs = [30.0, 30, 15.0, 1e-9, 99999.0, 1e5, 1e300, 0.0, -1.0, np.nan, np.inf][
        int(rng.choice(11, p=[0.4, 0.1, 0.2, 0.05, 0.05, 0.05, 0.03, 0.03, 0.03, 0.03, 0.03]))
    ]
    least = float(rng.choice([20.0, 1e-300, 1e300, 0.0, np.nan], p=[0.8, 0.05, 0.05, 0.05, 0.05]))
    allowed = None
    if rng.uniform() < 0.4:
        allowed = rng.uniform(size=n + int(rng.uniform() < 0.1)) < 0.8
    despike = bool(rng.integers(2))
    try:
        reps = arrays.segment_reps(x, fs=fs, min_range=least, allowed=allowed, despike=despike)
    except kp.errors.KneeposeError as error:
        must_speak(error)
    else:
        ends = (reps.start, reps.bottom_start, reps.bottom, reps.bottom_end, reps.end)
        for early, late in pairwise(ends):
            assert (early <= late).all()
        if reps.start.size:
            assert reps.start.min() >= 0
            assert reps.end.max() < n
        pulse = reps.status == "incomplete_return"
        assert (np.isfinite(reps.range) | np.isnan(reps.range)).all()
        assert np.isfinite(reps.range[(reps.status == "full")]).all() or pulse.any()
    other = cast(rng, poisoned(rng, rng.normal(0, 10, int(rng.choice([n, n, 1, 2]))), POISON))
    kinds = ["difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle"]
    kind = str(rng.choice([*kinds, "normalized_symmetry_index", "ratio"]))
    try:
        index = arrays.asymmetry(x, other, kind=kind)
    except kp.errors.KneeposeError as error:
        must_speak(error)
    else:
        assert not np.isinf(index).any()
    counts = [rng.integers(0, 9, int(rng.choice([0, 1, 3, 3]))).tolist() for _ in range(2)]
    try:
        assert np.isfinite(arrays.count_score(*counts)).all()
    except kp.errors.KneeposeError as error:
        must_speak(error)


@law(1500)
@given(SEEDS)
def test_any_three_points_have_an_angle_or_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [(2,), (3,), (5, 3), (4, 2), (1, 3), (2, 5, 3), (0, 3), (3, 1), (), (5,)]
    dims = shapes[int(rng.integers(len(shapes)))]
    points = []
    for _ in range(3):
        shape = dims if rng.uniform() < 0.9 else shapes[int(rng.integers(len(shapes)))]
        points.append(cast(rng, poisoned(rng, rng.normal(size=shape), POISON)))
    try:
        got = np.asarray(arrays.angle(*points))
    except kp.errors.KneeposeError as error:
        must_speak(error)
        return
    assert not np.isinf(got).any()
    finite = got[np.isfinite(got)]
    assert ((finite >= 0) & (finite <= 180.00001)).all()


NAMES = st.text(max_size=8) | st.sampled_from(
    ["left_hip", "right_hip", "hip", "nose", "mid_hip", "left_", "K1", "second_toe", "coco17"]
)


@law(1000)
@given(
    st.lists(NAMES, max_size=6),
    st.dictionaries(NAMES, NAMES, max_size=3),
    NAMES,
    st.floats(),
)
def test_any_names_make_a_skeleton_or_a_reason(
    keypoints: list[str], landmarks: dict[str, str], name: str, threshold: float
) -> None:
    if any(
        "\ud800" <= c <= "\udfff"
        for word in (*keypoints, *landmarks, *landmarks.values(), name)
        for c in word
    ):
        return
    try:
        skeleton = kp.Skeleton(name, keypoints, landmarks, min_confidence=threshold)
    except kp.errors.KneeposeError as error:
        must_speak(error)
        return
    assert repr(skeleton)
    np.testing.assert_array_equal(np.sort(skeleton.swap), np.arange(len(keypoints)))
    np.testing.assert_array_equal(skeleton.swap[skeleton.swap], np.arange(len(keypoints)))
    points = np.ones((2, len(keypoints), 3))
    values, codes = arrays.joint_angles(points, skeleton=skeleton, up="y", with_validity=True)
    assert_told(values, codes)
    rec = kp.Recording(points, skeleton=skeleton, fps=30, up="y")
    assert rec.mirror().n_frames == 2
