"""Tests of every adapter with example objects of the estimators, recorded and live."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest

import kneepose as kp
from kneepose.estimators import Person
from kneepose.typing import EstimatorName
from tests.support.estimator_golden import (
    GOLDEN,
    WH,
    Golden,
    alphapose,
    apple_vision,
    mediapipe,
    mmpose,
    norfair,
    rtmlib,
    supervision,
    tracked,
)
from tests.support.live_bodies import of_state

#: Estimators whose results cover a whole recording, or whose models are user-defined; they have
#: separate tests.
WHOLE = (
    "deeplabcut", "sleap", "movement", "azure_kinect", "nuitrack", "norfair", "motionbert",
)  # fmt: skip
CASES = [
    pytest.param(name, golden, id=f"{name}-{golden.make.__name__}-{golden.count}")
    for name, rows in GOLDEN.items()
    for golden in rows
]


def rows_of(golden: Golden, frame: int = 0, missing: int | None = 4) -> np.ndarray:
    """Return keypoints with confidence, shape (K, 3): a person near the image center who moves; one
    is missing.
    """
    rng = np.random.default_rng(golden.count)
    rows = np.column_stack(
        [
            rng.uniform(500, 700, golden.count) + frame,
            rng.uniform(100, 600, golden.count),
            rng.uniform(0.5, 0.9, golden.count),
        ]
    )
    if missing is not None:
        rows[missing, 2] = 0.0
        if not golden.divided:
            rows[missing, :2] = 0.0
    return rows


def options_of(golden: Golden) -> dict[str, Any]:
    return {"resolution_wh": WH} if golden.divided else {}


def test_every_estimator_has_golden_objects() -> None:
    assert {*GOLDEN, *WHOLE} == set(get_args(EstimatorName))


@pytest.mark.parametrize(("name", "golden"), CASES)
def test_recorded(name: str, golden: Golden) -> None:
    people = [rows_of(golden, i) for i in range(4)]
    results = [golden.make([rows]) for rows in people]
    results[2:2] = [golden.empty, None]
    rec = kp.from_estimator(iter(results), name, fps=30, **options_of(golden))
    assert (rec.skeleton.name, rec.estimator, rec.space) == (golden.skeleton, name, "image")
    assert rec.n_frames == 6
    assert not np.isfinite(rec.coordinates[2:4]).any()
    for frame, rows in zip((0, 1, 4, 5), people, strict=True):
        good = rows[:, 2] > 0
        np.testing.assert_allclose(rec.coordinates[frame][good], rows[good, :2], atol=2e-3)
        np.testing.assert_allclose(rec.confidence[frame][good], rows[good, 2], atol=1e-5)
        assert np.isnan(rec.coordinates[frame][~good]).all()
    same = kp.from_estimator(results, fps=30, **options_of(golden))
    assert same == rec


@pytest.mark.parametrize(("name", "golden"), CASES)
def test_live(name: str, golden: Golden) -> None:
    """A live stream of results gives the same as a stream of their keypoints as arrays."""
    results = [golden.make([rows_of(golden, i)]) for i in range(40)]
    rec = kp.from_estimator(results, name, fps=30, **options_of(golden))
    options: dict[str, Any] = {"side": "left", "view": "left", "skeleton": rec.skeleton}
    live = kp.Stream("squat", estimator=name, **options, **options_of(golden))
    arrays = kp.Stream("squat", **options, resolution_wh=rec.resolution_wh)
    if rec.resolution_wh is not None and not golden.divided:
        arrays = kp.Stream("squat", **options)
    for i, result in enumerate(results):
        state = live.push(result, i / 30)
        other = arrays.push(rec.coordinates[i], i / 30, confidence=rec.confidence[i])
        assert of_state(state) == of_state(other)


@pytest.mark.parametrize(("name", "golden"), CASES)
def test_results_of_another_estimator_are_named(name: str, golden: Golden) -> None:
    wrong = golden.make([rows_of(golden)])
    for other in GOLDEN:
        if other != name:
            with pytest.raises(kp.errors.KneeposeError):
                kp.from_estimator([wrong], other, fps=30, resolution_wh=WH)
    for nothing in ("text", 3, b"", object(), {"a": 1}, [[[]]], np.zeros((2, 2))):
        with pytest.raises(kp.errors.KneeposeError):
            kp.from_estimator([nothing], name, fps=30, resolution_wh=WH)


def test_one_result_is_not_a_list_of_frames() -> None:
    """A single result with two persons is refused, and not read as two frames."""
    people = [rows_of(GOLDEN["supervision"][0])] * 2
    for name in ("supervision", "rtmlib", "ultralytics", "transformers", "detectron2", "mmpose"):
        one = GOLDEN[name][0].make(people)
        for options in ({}, {"estimator": name}):
            with pytest.raises(kp.errors.FormatError, match=r"pass \[result\]"):
                kp.from_estimator(one, fps=30, **options)


def test_arrays_are_sent_to_recording() -> None:
    for estimator in (None, "ultralytics"):
        with pytest.raises(kp.errors.FormatError, match=r"kneepose\.Recording\("):
            kp.from_estimator(np.zeros((30, 17, 2)), estimator, fps=30)


def test_the_image_size_is_needed_where_coordinates_are_shares_of_it() -> None:
    for name, rows in GOLDEN.items():
        result = rows[0].make([rows_of(rows[0])])
        if rows[0].divided:
            with pytest.raises(kp.errors.CoordinateError, match=r"Pass resolution_wh=\(width"):
                kp.from_estimator([result], name, fps=30)


# --- special cases of single estimators -----------------------------------------------------------


def test_supervision_spells_missing_in_three_ways() -> None:
    rows = rows_of(GOLDEN["supervision"][0], missing=None)
    result = supervision([rows])
    result.xy[0, 0] = 0
    result.xy[0, 1] = np.inf
    result.visible = np.ones((1, 17), dtype=bool)
    result.visible[0, 2] = False
    rec = kp.from_estimator([result], "supervision", fps=30)
    assert np.flatnonzero(np.isnan(rec.coordinates[0, :, 0])).tolist() == [0, 1, 2]
    result.keypoint_confidence = None
    rec = kp.from_estimator([result], "supervision", fps=30)
    np.testing.assert_array_equal(rec.confidence[0], [0, 0, 0, *[1] * 14])


def test_rtmlib_in_three_dimensions_gives_its_keypoints_in_the_image() -> None:
    golden = GOLDEN["rtmlib"][-1]
    rows = rows_of(golden, missing=None)
    keypoints, scores = rtmlib([rows])
    crop = np.concatenate([keypoints / 3, scores[..., None]], axis=2)
    rec = kp.from_estimator([(crop, scores, crop, keypoints)], "rtmlib", fps=30)
    np.testing.assert_array_equal(rec.coordinates[0], rows[:, :2])


def test_scores_above_one_are_kept() -> None:
    rows = rows_of(GOLDEN["alphapose"][0])
    rows[:, 2] *= 6
    rec = kp.from_estimator([alphapose([rows])], "alphapose", fps=30)
    np.testing.assert_allclose(rec.confidence[0], rows[:, 2])


def test_files_of_alphapose_keep_the_time_of_missing_frames() -> None:
    """The frames 3, 8 and 15 keep their time distances; they are sorted as numbers."""
    golden = GOLDEN["alphapose"][1]
    found = [one for n in (15, 3, 8) for one in alphapose([rows_of(golden, n)], n)]
    for estimator in (None, "alphapose"):
        rec = kp.from_estimator(found, estimator, fps=30)
        assert rec.n_frames == 13
        assert np.flatnonzero(np.isfinite(rec.coordinates[:, 0, 0])).tolist() == [0, 5, 12]
        np.testing.assert_allclose(rec.coordinates[5, 0], rows_of(golden, 8)[0, :2])


def test_halpe_136_begins_with_halpe_26() -> None:
    rows = np.random.default_rng(1).uniform(100, 600, (136, 3)) * [1, 1, 0.001]
    rec = kp.from_estimator([alphapose([rows])], "alphapose", fps=30)
    assert rec.skeleton.name == "halpe26"
    np.testing.assert_array_equal(rec.coordinates[0], rows[:26, :2])


def test_files_of_mmpose() -> None:
    golden = GOLDEN["mmpose"][0]
    frames = [
        {"frame_id": n, "instances": mmpose([rows_of(golden, n)])["predictions"][0]}
        for n in (1, 2, 5)
    ]
    for results in (frames, {"meta_info": {}, "instance_info": frames}):
        rec = kp.from_estimator(results, "mmpose", fps=30)
        assert np.flatnonzero(np.isfinite(rec.coordinates[:, 0, 0])).tolist() == [0, 1, 4]
    with pytest.raises(kp.errors.FormatError, match="frame number 1 occurs twice"):
        kp.from_estimator([frames[0], frames[0]], "mmpose", fps=30)


def test_mmpose_in_three_dimensions_is_refused() -> None:
    lifted = {"predictions": [[{"keypoints": np.ones((17, 3)).tolist()}]]}
    with pytest.raises(kp.errors.FormatError, match="needed those of a 2-D model"):
        kp.from_estimator([lifted], "mmpose", fps=30)
    two = {"predictions": [[{"keypoints": np.ones((17, 2)).tolist()}]] * 2}
    with pytest.raises(kp.errors.FormatError, match="batch_size=1"):
        kp.from_estimator([two], "mmpose", fps=30)


def test_stacked_outputs_of_movenet() -> None:
    golden = GOLDEN["movenet"][0]
    stacked = np.stack([golden.make([rows_of(golden, i)]) for i in range(5)])
    for shape in ((5, 1, 1, 17, 3), (5, 1, 17, 3), (5, 17, 3)):
        rec = kp.from_estimator(stacked.reshape(shape), "movenet", fps=30, resolution_wh=WH)
        np.testing.assert_allclose(rec.coordinates[3, 0], rows_of(golden, 3)[0, :2], atol=1e-3)


def test_a_live_stream_of_mediapipe_has_its_times() -> None:
    golden = GOLDEN["mediapipe"][0]
    got = [(mediapipe([rows_of(golden, i)]), object(), 40 * i + i % 2) for i in range(5)]
    rec = kp.from_estimator(got, "mediapipe", resolution_wh=WH)
    np.testing.assert_allclose(rec.times, [0, 0.041, 0.08, 0.121, 0.16])


def test_joints_of_apple_vision_by_both_names() -> None:
    golden = GOLDEN["apple_vision"][0]
    rows = rows_of(golden)
    raw = apple_vision([rows])
    swift = [
        {"leftKnee": [*raw[0]["joints"]["left_leg_joint"].values()], "neck": None, "root": [0, 1]}
    ]
    rec = kp.from_estimator([raw, swift], "apple_vision", fps=30, resolution_wh=WH)
    knee = rec.skeleton.landmarks["left_knee"]
    np.testing.assert_allclose(rec.coordinates[1, knee], rows[9, :2])
    np.testing.assert_allclose(rec.coordinates[1, rec.skeleton.landmarks["mid_hip"]], [0, 0])
    assert np.isfinite(rec.coordinates[1]).all(axis=1).sum() == 2


# --- trackers, and estimators that lift to 3-D ----------------------------------------------------


def test_norfair() -> None:
    """A tracked object gives the keypoints of its detection; predicted frames become gaps."""
    people = [rows_of(GOLDEN["rtmlib"][0], i) for i in range(6)]
    found = [norfair([rows]) for rows in people]
    detected = kp.from_estimator([*found, []], skeleton="coco17", fps=30)
    assert detected.estimator == "norfair"
    np.testing.assert_array_equal(detected.coordinates[3, :3], people[3][:3, :2])
    assert np.isnan(detected.coordinates[:, 4]).all()

    def update() -> Iterator[Any]:
        (one,) = tracked(found[0], 7)
        for frame in (found[0], found[1], None, *found[3:]):
            if frame is not None:
                one.last_detection = frame[0]
            yield [one]

    followed = kp.from_estimator(update(), "norfair", skeleton="coco17", fps=30, person=7)
    want = detected.coordinates[:6].copy()
    want[2] = np.nan
    np.testing.assert_array_equal(followed.coordinates, want)
    live = kp.Stream("squat", side="left", view="left", estimator="norfair", skeleton="coco17")
    states = [live.push(frame, i / 30) for i, frame in enumerate(update())]
    assert not np.isfinite(list(states[2].angles.values())).any()
    assert np.isfinite(list(states[3].angles.values())).any()
    with pytest.raises(kp.errors.FormatError, match="changes it in place"):
        kp.from_estimator(list(update()), "norfair", skeleton="coco17", fps=30)
    with pytest.raises(kp.errors.SkeletonError, match="does not say which body parts its 17"):
        kp.from_estimator(found, "norfair", fps=30)


def test_motionbert() -> None:
    sample = kp.sample("squat")
    order = ["mid_hip", *(f"{side}_{joint}" for side in ("right", "left") for joint in
             ("hip", "knee", "ankle"))]  # fmt: skip
    points = np.zeros((60, 17, 3))
    for row, name in enumerate(order):
        points[:, row] = sample.coordinates[:60, sample.skeleton.landmarks[name]]
    points[:, 7:] = points[:, :1] + [0, 0.4, 0]
    for row, name in ((11, "left_shoulder"), (14, "right_shoulder")):
        points[:, row] = sample.coordinates[:60, sample.skeleton.landmarks[name]]
    picture = (
        (points - points[:, :1] * [0, 0, 1]) * [1, -1, -1] / 0.9
    )  # MotionBERT's form: y down, no unit, root at z = 0
    rec = kp.from_estimator(picture.astype(np.float32), "motionbert", fps=50)
    assert (rec.skeleton.name, rec.up, rec.depth) == ("h36m17", "-y", "estimated")
    assert rec.meta["not_metric"] is True
    ours = kp.joint_angles(sample[:60], "knee_flexion")["knee_flexion", "left"].values
    theirs = kp.joint_angles(rec, "knee_flexion")["knee_flexion", "left"].values
    np.testing.assert_allclose(theirs, ours, atol=1e-3)
    for wrong in (picture[:, :16], picture[..., :2], [picture]):
        with pytest.raises(kp.errors.FormatError):
            kp.from_estimator(wrong, "motionbert", fps=50)
    with pytest.raises(kp.errors.FormatError, match=r"kneepose\.Recording"):
        kp.from_estimator(picture, fps=50)


# --- depth sensors ------------------------------------------------------------------------------------

BODY = {
    "neck": (0, 500, 0), "hip": (100, 0, 0), "knee": (110, -430, 60), "ankle": (100, -850, 0),
    "shoulder": (180, 480, 0),
}  # fmt: skip


def joint(name: str, flip: tuple[int, int, int]) -> list[float]:
    """Return a joint in mm of a person who faces the sensor: left side at positive x, z is
    distance.
    """
    side, _, bare = name.rpartition("_")
    x, y, z = BODY.get(bare, (0, 200, 0))
    x = x if side.endswith("left") else -x if side else 0
    return [flip[0] * x, flip[1] * y, flip[2] * (2000 - z)]


def test_azure_kinect() -> None:
    names = kp.estimators.reader.ADAPTERS["azure_kinect"].own_skeleton.keypoints
    frames = [
        {
            "frame_id": n,
            "num_bodies": 1,
            "timestamp_usec": 500_000 + 33_333 * n,
            "bodies": [{"body_id": 1, "joint_positions": [joint(k, (1, -1, 1)) for k in names]}],
        }
        for n in range(20)
    ]
    frames[3]["bodies"] = []
    for results, clock in (({"frames": frames}, {}), (frames, {"fps": 30})):
        rec = kp.from_estimator(results, **clock)
        assert (rec.estimator, rec.up, rec.depth) == ("azure_kinect", "-y", "measured")
        assert np.isnan(rec.coordinates[3]).all()
        knee = rec.coordinates[0, rec.skeleton.landmarks["left_knee"]]
        np.testing.assert_allclose(knee, [0.11, 0.43, 1.94])
    live = kp.Stream("squat", side="left", estimator="azure_kinect", view="front")
    for n, frame in enumerate(frames):
        state = live.push(frame, n / 30)
    found = live.finish().source.coordinates[-1, rec.skeleton.landmarks["left_knee"]]
    np.testing.assert_allclose(found, knee, atol=1e-6)
    assert np.isfinite(list(state.angles.values())).any()


def test_nuitrack_is_turned_right_handed() -> None:
    names = kp.estimators.reader.ADAPTERS["nuitrack"].own_skeleton.keypoints
    frame = {
        "skeletons": [
            {
                "id": 4,
                "joints": [
                    {"type": k, "real": joint(k, (1, 1, 1)), "confidence": 0.75} for k in names
                ],
            }
        ]
    }
    rec = kp.from_estimator([frame] * 20, fps=30)
    assert (rec.estimator, rec.up) == ("nuitrack", "y")
    knee = rec.coordinates[0, rec.skeleton.landmarks["left_knee"]]
    np.testing.assert_allclose(knee, [0.11, -0.43, -1.94])


# --- user-defined functions -----------------------------------------------------------------------


def read_pairs(result: Any) -> list[Person]:
    """A user-defined reader of results that are lists of (points, confidence)."""
    return [Person(points, sure) for points, sure in result]


def test_a_function_or_its_name() -> None:
    rows = rows_of(GOLDEN["rtmlib"][0], missing=None)
    results = [[(rows[:, :2].tolist(), rows[:, 2])]] * 3 + [[]]
    place = f"{__name__}:read_pairs"
    for estimator in (read_pairs, place):
        rec = kp.from_estimator(results, estimator, skeleton="coco17", fps=30)
        np.testing.assert_array_equal(rec.coordinates[1], rows[:, :2])
        assert np.isnan(rec.coordinates[3]).all()
        assert rec.estimator == (place if estimator is place else "read_pairs")
        live = kp.Stream("squat", side="left", estimator=estimator, skeleton="coco17", view="left")
        assert np.isfinite(list(live.push(results[0], 0.0).angles.values())).any()
    tracked = kp.StreamGroup(
        "squat", side="left", skeleton="coco17", view="left",
        estimator=lambda result: [p._replace(track=7) for p in read_pairs(result)],
    )  # fmt: skip
    assert list(tracked.push(results[0], 0.0)) == [7]


def test_three_dimensions_from_a_function() -> None:
    sample = kp.sample("squat")

    def read(frame: np.ndarray) -> list[Person]:
        return [Person(frame)]

    rec = kp.from_estimator(
        iter(sample.coordinates), read, skeleton=sample.skeleton, times=sample.times, up=sample.up
    )
    np.testing.assert_array_equal(rec.coordinates, sample.coordinates)
    with pytest.raises(kp.errors.CoordinateError, match="up="):
        kp.from_estimator(list(sample.coordinates), read, skeleton=sample.skeleton, fps=50)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda r: 3, "needed a list of kneepose.estimators.Person"),
        (lambda r: [np.zeros((17, 2))], "needed a list of kneepose.estimators.Person"),
        (lambda r: [Person(np.zeros((17, 4)))], r"points of shape \(17, 4\)"),
        (lambda r: [Person(np.zeros((17, 2)), np.ones(3))], r"confidence of shape \(3,\)"),
        (lambda r: [Person(np.ones((17, 2)), box=(1, 2))], r"box of shape \(2,\)"),
        (lambda r: [Person(np.ones((12, 2)))], "12 keypoints per person; needed the 17"),
    ],
)
def test_wrong_returns_of_functions(function: Any, words: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=words):
        kp.from_estimator([0], function, skeleton="coco17", fps=30)


@pytest.mark.parametrize("name", ["nothing", "nothing:here", "math:nothing", "math:pi", ":", 3])
def test_wrong_names_of_estimators(name: Any) -> None:
    with pytest.raises(kp.errors.UnknownNameError):
        kp.from_estimator([None], name, skeleton="coco17", fps=30)
    with pytest.raises(kp.errors.UnknownNameError):
        kp.Stream("squat", side="left", estimator=name, skeleton="coco17")


def test_skeletons_that_are_not_known() -> None:
    with pytest.raises(kp.errors.SkeletonError, match="skeleton is not given; your function"):
        kp.from_estimator([[]], read_pairs, fps=30)
    with pytest.raises(kp.errors.SkeletonError, match="rtmlib has several models"):
        kp.Stream("squat", side="left", estimator="rtmlib")
    with pytest.raises(kp.errors.SkeletonError, match=r"21 keypoints a person.*17 \(coco17\)"):
        kp.from_estimator([(np.ones((1, 21, 2)), np.ones((1, 21)))], "rtmlib", fps=30)


def test_a_generator_is_read_frame_by_frame() -> None:
    golden = GOLDEN["openpose"][0]
    alive: list[int] = []

    def stream() -> Iterator[Any]:
        for i in range(4):
            alive.append(i)
            yield golden.make([rows_of(golden, i)])

    assert kp.from_estimator(stream(), fps=30).n_frames == 4
    assert alive == [0, 1, 2, 3]


# --- invalid results ------------------------------------------------------------------------------

JUNK: list[Any] = [
    None, "", "x", b"\x00", -1, 0, 1e308, np.nan, True, [], {}, (), [[]], [None], object(), 10**400,
    np.zeros((0, 3)), np.zeros((2, 3, 4, 5)), np.array(["a"]), {"x": 1}, [1, "2", None], 1j,
]  # fmt: skip


def damaged(rng: np.random.Generator, value: Any, depth: int = 0) -> Any:
    """Replace one random part inside a result by something else."""
    inside: Any = None
    if isinstance(value, dict) and value:
        inside = list(value)
    elif isinstance(value, list | tuple) and value:
        inside = range(min(len(value), 40))
    elif isinstance(value, SimpleNamespace):
        inside = list(vars(value))
    if inside is None or (depth and rng.random() < 0.25):
        return JUNK[rng.integers(len(JUNK))]
    key = inside[rng.integers(len(inside))]
    if isinstance(value, SimpleNamespace):
        changed = vars(value) | {key: damaged(rng, getattr(value, key), depth + 1)}
        return SimpleNamespace(**changed)
    part = damaged(rng, value[key], depth + 1)
    if isinstance(value, dict):
        return value | {key: part}
    return type(value)([*value[:key], part, *value[key + 1 :]])


@pytest.mark.parametrize(("name", "golden"), CASES)
def test_damaged_results_are_read_or_refused(name: str, golden: Golden) -> None:
    """Damaged results raise only errors of kneepose, recorded and live."""
    rng = np.random.default_rng([golden.count, sum(map(ord, name))])
    good = golden.make([rows_of(golden)])
    for _ in range(150):
        wrong = damaged(rng, good)
        with contextlib.suppress(kp.errors.KneeposeError):
            kp.from_estimator([good, wrong], name, fps=30, **options_of(golden))
        with contextlib.suppress(kp.errors.KneeposeError):
            kp.from_estimator(wrong, fps=30, **options_of(golden))
    live = kp.Stream(
        "squat", side="left", estimator=name, view="left", **options_of(golden),
        skeleton=kp.from_estimator([good], name, fps=30, **options_of(golden)).skeleton,
    )  # fmt: skip
    for n in range(150):
        with contextlib.suppress(kp.errors.KneeposeError):
            live.push(damaged(rng, good), n / 30)
    assert live.push(good, 5.0).time == 5.0
