"""Laws that hold for any body: motion, scale, mirror, slices, order; and nothing ever crashes."""

from __future__ import annotations

import io
import json
import tokenize
import warnings
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import opensim, recording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_parity import (
    LANDMARKS,
    SIDES,
    UPS,
    bodies,
    drop_some,
    random_rotations,
    standing,
    turn_onto,
)

import kneepose as kp
from kneepose import arrays
from kneepose.formats import npz

EVERY_ANGLE = [row["name"] for row in kp.angle_table()]
ANY_BODY = kp.Skeleton("any", LANDMARKS)

SEEDS = st.integers(0, 2**32 - 1)


def law(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def keys_for(names: list[str]) -> list[tuple[str, str | None]]:
    """Every column that can be asked for."""
    keys: list[tuple[str, str | None]] = []
    for row in kp.angle_table():
        name, sided = row["name"], row["sided"]
        if name not in names:
            continue
        if sided == "midline" or name == "trunk_lateral_lean":
            keys.append((name, None))
        if sided != "midline":
            keys += [(name, side) for side in SIDES]
    return keys


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of angles on the circle; 0 where both are missing."""
    np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
    return np.nan_to_num(np.abs((a - b + 180.0) % 360.0 - 180.0))


def yaw_about(up: str, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    onto = turn_onto(up)
    return onto @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ onto.T


# --- motion and scale ---------------------------------------------------------------------------


@law(500)
@given(SEEDS, st.sampled_from(UPS), st.sampled_from(["up", "trunk"]), st.booleans())
def test_place_heading_and_size_do_not_matter(
    seed: int, up: str, pelvis_reference: str, fixed: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, up, spread=0.1)
    heading = turn_onto(up) @ [rng.normal(), 0.1, rng.normal()] if fixed else None
    turn, size = yaw_about(up, rng.uniform(-np.pi, np.pi)), float(np.exp(rng.normal(0, 2)))
    keys = keys_for(EVERY_ANGLE)
    options: dict[str, Any] = {
        "skeleton": ANY_BODY,
        "names": keys,
        "up": up,
        "pelvis_reference": pelvis_reference,
    }
    moved = size * (points @ turn.T) + size * rng.normal(0, 3, 3)
    before = arrays.joint_angles(
        points, heading=None if heading is None else list(heading), **options
    )
    after = arrays.joint_angles(
        moved, heading=None if heading is None else list(turn @ heading), **options
    )
    assert apart(before, after).max() < 1e-7


@law(300)
@given(SEEDS)
def test_angles_between_segments_are_free_of_up(seed: int) -> None:
    """Any rotation whatever, where the pelvis is read against the trunk."""
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, "y", spread=0.1)
    turned = points @ random_rotations(rng, 1, 3.0)[0].T
    names = [
        "knee_flexion", "hip_flexion", "hip_adduction", "hip_internal_rotation",
        "tibial_rotation", "ankle_dorsiflexion", "knee_abduction",
    ]  # fmt: skip
    options: dict[str, Any] = {"skeleton": ANY_BODY, "names": names, "pelvis_reference": "trunk"}
    before = arrays.joint_angles(points, up="y", **options)
    for up in UPS:
        assert apart(before, arrays.joint_angles(turned, up=up, **options)).max() < 1e-7


@law(300)
@given(SEEDS)
def test_in_an_image_place_size_and_roll_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = bodies(rng, 4, "y", spread=0.03)[..., [2, 1]] * [300.0, -300.0] + 900.0
    keys = keys_for(EVERY_ANGLE)
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=keys)
    size = float(np.exp(rng.normal()))
    moved = points * size + rng.normal(0, 500, 2)
    after = arrays.joint_angles(moved, skeleton=ANY_BODY, names=keys)
    assert apart(before, after).max() < 1e-7
    roll = rng.uniform(-0.1, 0.1)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    free = ["fppa", "hip_adduction_2d", "knee_flexion", "ankle_dorsiflexion"]
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=free)
    after = arrays.joint_angles(points @ turn.T, skeleton=ANY_BODY, names=free)
    both = np.isfinite(before) & np.isfinite(after)
    assert np.isfinite(before).any()
    assert apart(np.where(both, before, 0), np.where(both, after, 0)).max() < 1e-7


# --- mirror -------------------------------------------------------------------------------------


def mirrored_key(key: tuple[str, str | None]) -> tuple[tuple[str, str | None], float]:
    """The column that must hold the same bits in the mirror, and with which sign."""
    name, side = key
    if side is not None:
        return (name, {"left": "right", "right": "left"}[side]), 1.0
    return key, -1.0 if name in ("pelvic_obliquity", "trunk_lateral_lean") else 1.0


@law(400)
@given(SEEDS, st.sampled_from([*UPS, None]), st.booleans(), st.booleans())
def test_the_mirror_exchanges_left_and_right_to_the_last_bit(
    seed: int, up: str | None, trunk: bool, fixed: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 6, up or "y", spread=0.05))
    heading = None
    reflected: Any = None
    if up is None:
        points = points[..., [2, 1]] * [300.0, -300.0]
    elif fixed:
        heading = turn_onto(up) @ rng.normal(size=3)
        reflected = heading.copy()
        reflected[1 if up in ("x", "-x") else 0] *= -1
    rec = kp.Recording(points, skeleton=ANY_BODY, fps=30, up=up)
    keys = keys_for(EVERY_ANGLE)
    reference = "trunk" if trunk else "up"
    angles = kp.joint_angles(rec, keys, pelvis_reference=reference, heading=heading)
    mirror = kp.joint_angles(rec.mirror(), keys, pelvis_reference=reference, heading=reflected)
    assert angles.view == mirror.view or {angles.view, mirror.view} == {"left", "right"}
    for key in keys:
        partner, sign = mirrored_key(key)
        np.testing.assert_array_equal(
            angles[key].degrees, sign * mirror[partner].degrees, err_msg=str(key)
        )
        np.testing.assert_array_equal(angles[key].codes, mirror[partner].codes, err_msg=str(key))


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize(
    "name", ["sls_right_healthy", "sls_left_fast_vfr", "sls_right_noise10", "opencap_squat"]
)
def test_the_mirrored_analysis_is_that_of_the_other_leg(name: str, space: str) -> None:
    data = opensim(name)
    rec = recording(data, space)
    exercise = str(data["exercise"])
    for side, other in (("left", "right"), ("right", "left")):
        if exercise == "single_leg_squat" and side != str(data["side"]):
            continue
        a = kp.analyze(rec, exercise, side=side)
        b = kp.analyze(rec.mirror(), exercise, side=other)
        assert list(a.reps) == list(b.reps)
        assert a.reps.count >= 5
        np.testing.assert_array_equal(a.reps.signal, b.reps.signal)
        assert a.measures.keys() == b.measures.keys()
        for key, measure in a.measures.items():
            midline = exercise == "squat" and measure.angle in (
                "pelvic_obliquity",
                "trunk_lateral_lean",
            )
            sign = -1.0 if midline else 1.0
            np.testing.assert_array_equal(
                measure.values, sign * b.measures[key].values, err_msg=key
            )
            assert measure.validity == b.measures[key].validity
        assert a.refused == b.refused


@law(300)
@given(SEEDS)
def test_fppa_is_the_same_from_the_front_from_behind_and_in_a_mirror(seed: int) -> None:
    rng = np.random.default_rng(seed)
    upright = standing() + rng.normal(0.0, 0.02, (4, len(LANDMARKS), 3))
    points = upright @ yaw_about("y", rng.uniform(-1.2, 1.2)).T
    front = points[..., [2, 1]] * [-512.0, -512.0]
    behind = points[..., [2, 1]] * [512.0, -512.0]
    names = ["fppa", "hip_adduction_2d", "thigh_medial_lean", "shank_medial_lean"]
    first = arrays.joint_angles(front, skeleton=ANY_BODY, names=names)
    np.testing.assert_array_equal(
        first, arrays.joint_angles(behind, skeleton=ANY_BODY, names=names)
    )
    # A mirrored picture whose estimator names the legs by how they look.
    relabelled = behind[:, ANY_BODY.swap]
    third = arrays.joint_angles(relabelled, skeleton=ANY_BODY, names=names)
    np.testing.assert_array_equal(first, third.reshape(4, -1, 2)[..., ::-1].reshape(4, -1))
    for view, picture in (("front", front), ("back", behind)):
        rec = kp.Recording(picture, skeleton=ANY_BODY, fps=30)
        assert kp.joint_angles(rec, ["fppa"]).view in (view, "left", "right")


# --- slices and order ---------------------------------------------------------------------------


@law(300)
@given(SEEDS, st.sampled_from([*UPS, None]), st.integers(0, 11), st.integers(1, 12))
def test_a_frame_does_not_know_its_neighbours(
    seed: int, up: str | None, first: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 12, up or "y", spread=0.1))
    if up is None:
        points = points[..., :2] * 300.0
    names = keys_for([name for name in EVERY_ANGLE if name != "knee_flexion_from_depth"])
    options: dict[str, Any] = {"skeleton": ANY_BODY, "names": names, "up": up}
    part = slice(first, first + count)
    whole, codes = arrays.joint_angles(points, with_validity=True, **options)
    cut, cut_codes = arrays.joint_angles(points[part], with_validity=True, **options)
    np.testing.assert_array_equal(cut, whole[part])
    np.testing.assert_array_equal(cut_codes, codes[part])
    if up is not None:
        rec = kp.Recording(points, skeleton=ANY_BODY, fps=30, up=up)
        got = kp.joint_angles(rec[part], names).values_deg
        np.testing.assert_array_equal(got, whole[part])


@law(300)
@given(SEEDS, st.sampled_from([*UPS, None]))
def test_the_order_of_keypoints_and_of_names_is_irrelevant(seed: int, up: str | None) -> None:
    rng = np.random.default_rng(seed)
    points = drop_some(rng, bodies(rng, 4, up or "y", spread=0.1))
    if up is None:
        points = points[..., :2] * 300.0
    order, columns = rng.permutation(len(LANDMARKS)), rng.permutation(len(keys_for(EVERY_ANGLE)))
    keys = keys_for(EVERY_ANGLE)
    shuffled = kp.Skeleton(
        "mine",
        [f"K{i}" for i in order],
        {LANDMARKS[i]: f"K{i}" for i in rng.permutation(order)},
    )
    before = arrays.joint_angles(points, skeleton=ANY_BODY, names=keys, up=up)
    after = arrays.joint_angles(
        points[:, order], skeleton=shuffled, names=[keys[c] for c in columns], up=up
    )
    np.testing.assert_array_equal(before[:, columns], after)


def test_a_row_of_ones_own_measures_what_the_built_in_row_does() -> None:
    mine = kp.AngleSpec("my_knee", ("hip", "knee", "ankle"))
    other = kp.AngleSpec("my_included_knee", ("hip", "knee", "ankle"), measure="included")
    rec = kp.sample("squat")
    angles = kp.joint_angles(rec, [mine, "knee_flexion", (other, "left")])
    for side in SIDES:
        np.testing.assert_array_equal(
            angles["my_knee", side].degrees, angles["knee_flexion", side].degrees
        )
    np.testing.assert_allclose(
        angles["my_included_knee", "left"].degrees,
        180.0 - angles["knee_flexion", "left"].degrees,
        rtol=0,
        atol=1e-9,
    )


# --- nothing crashes ----------------------------------------------------------------------------

SKELETONS = [
    "coco17",
    "halpe26",
    "mediapipe33",
    ANY_BODY,
    kp.Skeleton("one", ["left_knee"]),
    kp.Skeleton("leg", ["right_hip", "right_knee", "right_ankle"], min_confidence=0.0),
    kp.Skeleton("legs", [f"{s}_{j}" for s in SIDES for j in ("hip", "knee", "ankle")]),
    kp.Skeleton("unknown", ["a", "", "left_", "左膝", "x" * 300]),
]
POISON = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 5e-324, 1e-310, 9e6, 1.0, 1e16]
DTYPES = ["f8", "f4", "f2", ">f8", ">f4", "i4", "u1", "i8", "?", "c16", "O", "U5", "M8[s]", "f16"]
COMMON_DTYPES = ["f8"] * 8 + ["f4"] * 3
RATES = [30, 30.0, 29.97, 60, 10, 9.5, 9.4, 2000, 2001, 0, -1, np.nan, np.inf, 1e-300, None]


def person(rng: np.random.Generator, skeleton: kp.Skeleton, n: int) -> np.ndarray:
    """(n, K, 3): someone who squats a few times, in metres, y up; unknown keypoints anywhere."""
    out = rng.uniform(-0.3, 1.6, (n, len(skeleton.keypoints), 3))
    base = bodies(rng, 1, "y", spread=0.01)[0]
    depth = 0.25 * (1 - np.cos(np.arange(n) * rng.uniform(0.05, 0.3)))
    for name, k in skeleton.landmarks.items():
        if name in LANDMARKS:
            out[:, k] = base[LANDMARKS.index(name)] + rng.normal(0, 0.003, (n, 3))
            if name.endswith(("hip", "shoulder")):
                out[:, k, 1] -= depth
            elif name.endswith("knee"):
                out[:, k, 1] -= depth / 2
                out[:, k, 0] += depth
    return out


def must_speak(error: kp.KneeposeError) -> None:
    """Fails on a refusal without words, and on a panic that was caught at the border."""
    if len(str(error)) < 10 or "internal error" in str(error):
        pytest.fail(f"{type(error).__name__}: {str(error)!r}")


def poisoned(rng: np.random.Generator, array: np.ndarray, poison: list[float]) -> np.ndarray:
    share = rng.choice([0.0, 0.0, 0.02, 0.3, 1.0], p=[0.3, 0.2, 0.3, 0.15, 0.05])
    where = rng.uniform(size=array.shape) < share
    array = np.where(where, rng.choice(poison, array.shape), array)
    if array.ndim > 1 and rng.uniform() < 0.2:
        array[int(rng.integers(max(len(array), 1))) :] = rng.choice(poison)
    return array


def cast(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    dtype = str(rng.choice(COMMON_DTYPES if rng.uniform() < 0.85 else DTYPES))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = np.nan_to_num(array).astype(dtype) if dtype == "M8[s]" else array.astype(dtype)
    layout = rng.integers(5)
    if layout == 1:
        return np.asfortranarray(array)
    if layout == 2 and array.ndim:
        return array[::-1].copy()[::-1]
    return array


def assert_told(values: np.ndarray, codes: np.ndarray) -> None:
    """A number has a validity of ok or low; everything else is NaN with a reason."""
    measured = codes <= 1
    assert np.isfinite(values[measured]).all()
    assert np.isnan(values[~measured]).all()


def check_analysis(found: kp.Analysis) -> None:
    n = found.recording.n_frames
    for rep in found.reps:
        assert 0 <= rep.start <= rep.bottom_start <= rep.bottom <= rep.bottom_end <= rep.end < n
    assert_told(found.angles.values_deg, found.angles.codes)
    for measure in found.measures.values():
        assert len(measure.values) == len(measure.validity) == len(found.reps)
        for value, state in zip(measure.values, measure.validity, strict=True):
            assert np.isfinite(value) == (state in (kp.Validity.OK, kp.Validity.LOW))
    assert not found.measures.keys() & {refusal.measure for refusal in found.refused}
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.summary() in repr(found)
    assert found.methods()
    found.columns()


MEASURES = sorted({row["measure"] for row in kp.angle_table()} | {"included", "bendd"})
POINTS = [
    *("hip", "knee", "ankle", "other_hip", "mid_hip", "mid_shoulder", "second_toe", "left_hip"),
    *("nose", "heel", "big_toe", "mid_", "other_", "", "hipp", "左膝"),
]


def row_of_ones_own(rng: np.random.Generator) -> kp.AngleSpec:
    gates = [None, (30.0, 45.0), (np.nan, np.nan), (np.inf, -np.inf)]
    sided: Any = str(rng.choice(["leg", "leg", "midline", "stance", "stance_or_right"]))
    plane: Any = str(rng.choice(["sagittal", "frontal", "spatial"]))
    return kp.AngleSpec(
        f"mine_{rng.integers(3)}",
        tuple(POINTS[i] for i in rng.integers(0, len(POINTS), rng.choice([2, 3, 3, 4, 5, 0]))),
        measure=str(rng.choice(MEASURES)),
        sided=sided,
        sign=float(rng.choice([1.0, -1.0, 0.0, np.nan])),
        mirrored=bool(rng.integers(2)),
        plane=plane,
        gate=gates[int(rng.integers(len(gates)))],
    )


def options_for(rng: np.random.Generator) -> dict[str, Any]:
    """Options of `joint_angles`, sensible and not."""
    options: dict[str, Any] = {}
    if rng.uniform() < 0.7:
        pool = [*EVERY_ANGLE, *EVERY_ANGLE, "knee", "", "\x00", "кнее", 5, None]
        sides = ["left", "right", None, "up"]
        names: list[Any] = [pool[i] for i in rng.integers(0, len(pool) - 6, rng.integers(0, 8))]
        if rng.uniform() < 0.1:
            names.append(pool[-int(rng.integers(1, 7))])
        if rng.uniform() < 0.3:
            names.append(row_of_ones_own(rng))
        if rng.uniform() < 0.5:
            names = [
                (name, sides[int(rng.integers(2 + 2 * (rng.uniform() < 0.1)))]) for name in names
            ]
        options["names"] = names
    if rng.uniform() < 0.5:
        options["stance_side"] = [None, "left", "right", "both"][
            int(rng.choice(4, p=[0.2, 0.4, 0.35, 0.05]))
        ]
    if rng.uniform() < 0.5:
        options["pelvis_reference"] = ["up", "trunk", "down"][
            int(rng.choice(3, p=[0.4, 0.55, 0.05]))
        ]
    if rng.uniform() < 0.3:
        options["heading"] = [float(v) for v in poisoned(rng, rng.normal(size=3), POISON)]
    if rng.uniform() < 0.2:
        options["gates"] = False
    return options


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
    except kp.KneeposeError as error:
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
        warnings.simplefilter("ignore", kp.RecordingWarning)
        try:
            rec = kp.Recording(points, skeleton=skeleton, **options)
        except kp.KneeposeError as error:
            must_speak(error)
            return
        assert repr(rec)
        np.testing.assert_array_equal(
            np.array(rec.mirror().mirror().coordinates), np.array(rec.coordinates)
        )
        measure_everything(rng, rec)


def measure_everything(rng: np.random.Generator, rec: kp.Recording) -> None:
    """Every public entry that takes a recording."""
    try:
        angles = kp.joint_angles(rec, **options_for(rng))
    except kp.KneeposeError as error:
        must_speak(error)
    else:
        assert_told(angles.values_deg, angles.codes)
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
    except kp.KneeposeError as error:
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
                np.testing.assert_array_equal(values, right.reps.columns()[moment])
            kp.compare(left, right)
    except kp.KneeposeError as error:
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
    except kp.KneeposeError as error:
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
    except kp.KneeposeError as error:
        must_speak(error)
    else:
        assert not np.isinf(index).any()
    counts = [rng.integers(0, 9, int(rng.choice([0, 1, 3, 3]))).tolist() for _ in range(2)]
    try:
        assert np.isfinite(arrays.count_score(*counts)).all()
    except kp.KneeposeError as error:
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
    except kp.KneeposeError as error:
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
    except kp.KneeposeError as error:
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


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    folder = tmp_path_factory.mktemp("bytes")
    path = npz.write(kp.sample("squat")[:12], folder / "whole.npz")
    return path.read_bytes(), folder / "damaged.npz"


@pytest.mark.xfail(
    strict=True,
    raises=(zlib.error, tokenize.TokenError, RuntimeError),
    reason="read: zlib.error (damaged data), tokenize.TokenError (damaged .npy header) and "
    "RuntimeError (encryption flag set) escape from formats.npz._arrays",
)
@law(1500)
@given(SEEDS)
def test_any_bytes_are_a_recording_or_a_reason(whole_file: tuple[bytes, Path], seed: int) -> None:
    whole, path = whole_file
    rng = np.random.default_rng(seed)
    kind = rng.integers(5)
    if kind == 0:
        data = rng.bytes(int(rng.integers(0, 400)))
    elif kind == 1:
        data = whole[: int(rng.integers(0, len(whole)))]
    elif kind == 2:
        start = int(rng.integers(0, len(whole)))
        data = whole[:start] + rng.bytes(int(rng.integers(1, 40))) + whole[start:]
    elif kind == 3:
        broken = bytearray(whole)
        for i in rng.integers(0, len(whole), int(rng.integers(1, 12))):
            broken[i] = int(rng.integers(256))
        data = bytes(broken)
    else:
        data = other_arrays(rng)
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.RecordingWarning)
        try:
            rec = kp.read(path)
        except kp.KneeposeError as error:
            must_speak(error)
            return
    assert rec.n_frames > 0


def other_arrays(rng: np.random.Generator) -> bytes:
    """A sound .npz with the right names and anything in them."""
    header: Any = {"skeleton": "coco17", "up": None, "resolution_wh": None, "view": None}
    for key in list(header):
        if rng.uniform() < 0.15:
            header[key] = [5, [1], {}, "x", None, [1, 2, 3], 1e400][int(rng.integers(7))]
    if rng.uniform() < 0.1:
        header = [[], 5, "text", None][int(rng.integers(4))]
    text: Any = json.dumps(header)
    if rng.uniform() < 0.1:
        text = text[: int(rng.integers(len(text)))] + "\x00{"
    n = int(rng.integers(0, 4))
    content: dict[str, Any] = {
        "keypoints": poisoned(rng, rng.uniform(100, 900, (n, 17, 2)), POISON),
        "times": np.arange(n) / 30,
        "confidence": np.ones((n, 17)),
        "header": np.array(text),
    }
    for key in list(content):
        change = rng.uniform()
        if change < 0.05:
            del content[key]
        elif change < 0.1:
            content[key] = rng.normal(size=(2, 3))
        elif change < 0.13:
            content[key] = np.array("text")
    stream = io.BytesIO()
    np.savez(stream, **content)
    return stream.getvalue()
