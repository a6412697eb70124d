"""Tests of stream input: bad values are reported in the state, wrong calls raise typed errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import opensim, recording
from tests.support.live_bodies import of_analysis, of_state, stream_for, watch

OK, NOT_RISING = kp.validity.Validity.OK, kp.validity.Validity.TIME_NOT_RISING
NAME = "sls_right_trunk_lean"


def body(space: str = "world") -> kp.Recording:
    return recording(opensim(NAME), space)


def stream(rec: kp.Recording, **options: Any) -> kp.Stream:
    return stream_for(rec, "single_leg_squat", "right", **options)


# --- empty frames, wrong times, extreme values --------------------------------------------------

EMPTY: dict[str, Callable[[np.ndarray], Any]] = {
    "none": lambda x: None,
    "no rows": lambda x: np.empty((0, x.shape[1])),
    "empty list": lambda x: [],
    "all nan": lambda x: np.full_like(x, np.nan),
    "all inf": lambda x: np.full_like(x, np.inf),
    "masked": lambda x: np.ma.masked_array(x, mask=True),
    "wild": lambda x: np.full_like(x, 1e300),
    "far away": lambda x: np.full_like(x, -2e7),
}


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("empty", EMPTY)
def test_an_empty_frame_is_a_frame_without_a_person(empty: str, space: str) -> None:
    """Every form of an empty frame gives bits identical to None and does not affect the count."""
    rec = body(space)
    gone = set(range(60, 64)) | {150, 151, 300}
    streams = stream(rec), stream(rec)
    for i, (x, t) in enumerate(zip(rec.coordinates, rec.times, strict=True)):
        a = streams[0].push(EMPTY[empty](x) if i in gone else x, t)
        b = streams[1].push(None if i in gone else x, t)
        assert of_state(a) == of_state(b)
        if i in gone:
            assert all(np.isnan(v) for v in a.angles.values())
            assert np.isnan(a.depth)
    assert a.rep_count == 6
    assert of_analysis(streams[0].finish()) == of_analysis(streams[1].finish())


def test_zero_zero_is_how_estimators_spell_a_missing_keypoint() -> None:
    rec = body("image")
    a, b = stream(rec), stream(rec)
    for i, (x, t) in enumerate(zip(rec.coordinates, rec.times, strict=True)):
        zero, nan = x.copy(), x.copy()
        if i % 7 == 0:
            zero[i % 26], nan[i % 26] = 0.0, np.nan
        assert of_state(a.push(zero, t)) == of_state(b.push(nan, t))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e60, 1e9, 5e-324])
@pytest.mark.parametrize("space", ["world", "image"])
def test_wild_values_pass_and_the_count_stays(value: float, space: str) -> None:
    """Extreme values in one frame and in single coordinates leave no trace in the filters."""
    rec = body(space)
    xyz = rec.coordinates.copy()
    rng = np.random.default_rng(8)
    xyz[100] = value
    xyz[rng.random(xyz.shape) < 0.002] = value if abs(value) > 1 else np.nan
    one = stream(rec)
    seen = watch(
        one, kp.Recording(rec.coordinates, skeleton=rec.skeleton, times=rec.times, up=rec.up)
    )
    again = stream(rec)
    states = [again.push(x, t) for x, t in zip(xyz, rec.times, strict=True)]
    assert states[-1].rep_count == seen.states[-1].rep_count == 6
    assert states[-1].quality is OK
    assert again.finish().reps.count == 6
    for state in states:
        for key, number in state.angles.items():
            assert np.isfinite(number) or state.validity[key] is not OK


@pytest.mark.parametrize("space", ["world", "image"])
def test_times_that_do_not_rise_are_left_out_and_said(space: str) -> None:
    rec = body(space)
    clean, hit = stream(rec), stream(rec)
    wrong = [np.nan, np.inf, -np.inf, 0.0, -5.0]
    rng = np.random.default_rng(4)
    for i, (x, t) in enumerate(zip(rec.coordinates, rec.times, strict=True)):
        expected = clean.push(x, t)
        said = hit.push(x, t)
        assert of_state(said) == of_state(expected)
        for late in (t, np.nextafter(t, -1), *wrong) if i % 50 == 3 else ():
            state = hit.push(rng.normal(size=x.shape), late)
            assert state.quality is NOT_RISING
            assert state.events == ()
            assert state.time == said.time
            assert (state.rep_count, state.phase) == (said.rep_count, said.phase)
            assert state.cue == said.cue
    assert of_analysis(hit.finish()) == of_analysis(clean.finish())


def test_a_wrong_time_comes_first() -> None:
    rec = body()
    one = stream(rec)
    assert one.push(rec.coordinates[0], np.nan).quality is NOT_RISING
    assert watch(one, rec).states[-1].rep_count == 6


@pytest.mark.parametrize("t", [-100.0, 0, np.float32(0.5), np.int64(3), True, 1.8e9])
def test_times_of_any_kind_and_origin(t: Any) -> None:
    rec = body()
    one = stream(rec)
    one.push(rec.coordinates[0], t)
    assert watch(one, rec, start=float(t) + 1.0).states[-1].rep_count == 6


# --- all types of arrays ------------------------------------------------------------------------


def read_only(x: np.ndarray) -> np.ndarray:
    out = x.copy()
    out.flags.writeable = False
    return out


def unaligned(x: np.ndarray) -> np.ndarray:
    out = np.frombuffer(bytearray(x.nbytes + 1), dtype=np.uint8)[1:].view(np.float64)
    out = out.reshape(x.shape)
    out[...] = x
    assert not out.flags.aligned
    return out


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "read-only": read_only,
    "fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=0), 3, axis=1)[::2, ::3],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda x: x.astype(">f8"),
    "unaligned": unaligned,
    "list": lambda x: x.tolist(),
    "subclass": lambda x: np.ma.masked_array(x),
    "longdouble": lambda x: x.astype(np.longdouble),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_gives_the_same_bits(layout: str) -> None:
    rec = body()
    plain, other = stream(rec), stream(rec)
    for x, c, t in zip(rec.coordinates, rec.confidence, rec.times, strict=True):
        given, sure = LAYOUTS[layout](x), LAYOUTS[layout](c[:, None].repeat(2, 1))
        before = np.array(given, dtype=np.float64)
        state = other.push(given, t, confidence=np.asarray(sure)[:, 0])
        assert of_state(state) == of_state(plain.push(x, t, confidence=c))
        assert np.array_equal(np.array(given, dtype=np.float64), before, equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32])
def test_other_numbers_are_read_as_they_are(dtype: Any) -> None:
    rec = body("image")
    plain, other = stream(rec), stream(rec)
    for x, t in zip(rec.coordinates[:300], rec.times, strict=False):
        rough = x.astype(dtype)
        state = other.push(rough, t)
        assert of_state(state) == of_state(plain.push(rough.astype(np.float64), t))
    assert state.rep_count >= 1


@pytest.mark.parametrize("view", [None, "front"])
def test_mirrored_frames_are_put_right(view: str | None) -> None:
    """A mirrored frame is reflected, and the estimator names the legs as it sees them."""
    rec = body("image")
    width, height = 4096, 4096
    swap = rec.mirror().coordinates  # reflected in x, with left and right exchanged
    shift = width - np.nanmax(swap[..., 0] + rec.coordinates[..., 0])
    shifted = swap + np.array([shift, 0.0])
    options: dict[str, Any] = {"resolution_wh": (width, height), "view": view}
    plain, selfie = stream(rec, **options), stream(rec, mirrored=True, **options)
    for x, m, t in zip(rec.coordinates, shifted, rec.times, strict=True):
        a, b = plain.push(x, t), selfie.push(m, t)
        assert a.validity == b.validity
        for key in a.angles:
            assert np.allclose(a.angles[key], b.angles[key], rtol=0, atol=1e-9, equal_nan=True), key
    assert a.rep_count == b.rep_count == 6
    assert [str(r.status) for r in plain.finish().reps] == [
        str(r.status) for r in selfie.finish().reps
    ]


# --- wrong calls --------------------------------------------------------------------------------

FRAME = np.random.default_rng(1).uniform(0, 500, (17, 2))
WRONG_FRAMES: list[tuple[str, Any, dict[str, Any], type[kp.errors.KneeposeError], str]] = [
    ("flat", FRAME.ravel(), {}, kp.errors.CoordinateError, r"\(34,\); needed \(17, 2\)"),
    ("a batch", FRAME[None], {}, kp.errors.CoordinateError, "push_all"),
    ("with confidence in it", np.ones((17, 3)), {}, kp.errors.CoordinateError, "confidence="),
    ("of another skeleton", np.ones((33, 2)), {}, kp.errors.CoordinateError, "coco17"),
    ("text", "frame", {}, kp.errors.CoordinateError, "needed"),
    ("words", [["a", "b"]] * 17, {}, kp.errors.CoordinateError, "real numbers"),
    ("complex", FRAME.astype(complex), {}, kp.errors.CoordinateError, "complex128"),
    ("bool", FRAME > 250, {}, kp.errors.CoordinateError, "bool"),
    ("objects", FRAME.astype(object), {}, kp.errors.CoordinateError, "object"),
    ("a result", object(), {}, kp.errors.CoordinateError, "estimator="),
    ("ragged", [[1.0, 2.0], [3.0]], {}, kp.errors.CoordinateError, "array"),
    ("sure of few", FRAME, {"confidence": np.ones(3)}, kp.errors.CoordinateError, r"\(3,\)"),
    ("sure twice", FRAME, {"confidence": np.ones((17, 1))}, kp.errors.CoordinateError, r"\(17, 1\)"),
    ("sure in words", FRAME, {"confidence": ["a"] * 17}, kp.errors.CoordinateError, "confidence"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "options", "error", "words"), [row[1:] for row in WRONG_FRAMES],
    ids=[row[0] for row in WRONG_FRAMES],
)  # fmt: skip
def test_wrong_frames_are_errors_that_say_what_is_needed(
    frame: Any, options: dict[str, Any], error: type[kp.errors.KneeposeError], words: str
) -> None:
    one = kp.Stream("squat", side="left", skeleton="coco17")
    with pytest.raises(error, match=words):
        one.push(frame, 0.0, **options)
    assert one.push(FRAME, 0.0).time == 0.0  # the refused frames were not processed


@pytest.mark.parametrize("t", [None, "1", "now", 1 + 0j, [1.0], 10**400, object()])
def test_a_time_that_is_no_number(t: Any) -> None:
    one = kp.Stream("squat", side="left", skeleton="coco17")
    with pytest.raises(kp.errors.TimeError, match="seconds"):
        one.push(FRAME, t)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ((np.ones((3, 17, 2)), [0, 1]), kp.errors.TimeError, r"\(2,\); needed \(3,\)"),
        ((np.ones((3, 17, 2)), ["a", "b", "c"]), kp.errors.TimeError, "real numbers"),
        ((np.ones((17, 2)), [0]), kp.errors.CoordinateError, r"\(17, 2\)"),
        ((np.ones((3, 17, 3)), [0, 1, 2]), kp.errors.CoordinateError, "coco17"),
        ((None, []), kp.errors.CoordinateError, "coordinates"),
        (("abc", [0]), kp.errors.CoordinateError, "coordinates"),
        ((np.ones((2, 17, 2)), [0, 1], np.ones((2, 3))), kp.errors.CoordinateError, "confidence"),
    ],
)
def test_wrong_pieces(given: Any, error: type[kp.errors.KneeposeError], words: str) -> None:
    one = kp.Stream("squat", side="left", skeleton="coco17")
    with pytest.raises(error, match=words):
        one.push_all(*given[:2], confidence=given[2] if len(given) > 2 else None)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"skeleton": None}, kp.errors.KneeposeError, "estimator nor skeleton"),
        ({"skeleton": "coco71"}, kp.errors.KneeposeError, "coco17"),
        ({"exercise": "squad"}, kp.errors.UnknownNameError, "'squat'"),
        ({"side": "lift"}, kp.errors.UnknownNameError, "'left'"),
        ({"up": "w"}, kp.errors.UnknownNameError, "'y'"),
        ({"view": "above"}, kp.errors.UnknownNameError, "'front'"),
        ({"mirrored": "yes"}, kp.errors.KneeposeError, "True or False"),
        ({"mirrored": True, "up": "y"}, kp.errors.CoordinateError, "image space"),
        ({"estimator": "blazepose"}, kp.errors.UnknownNameError, "'mediapipe'"),
        ({"estimator": "mediapipe"}, kp.errors.CoordinateError, "resolution_wh"),
        ({"resolution_wh": (0, 1)}, kp.errors.CoordinateError, "resolution_wh"),
        ({"cues": {"knee_inwards": "x"}}, kp.errors.UnknownNameError, "'knee_inward'"),
        ({"cues": {"knee_inward": 3}}, kp.errors.KneeposeError, "needed a str"),
        ({"cues": "Knie!"}, kp.errors.KneeposeError, "needed code"),
    ],
)
def test_wrong_options(options: Any, error: type[kp.errors.KneeposeError], words: str) -> None:
    given: dict[str, Any] = {"exercise": "squat", "side": "left", "skeleton": "coco17"}
    given |= options
    with pytest.raises(error, match=words):
        kp.Stream(given.pop("exercise"), **given)


def test_finish_before_anything() -> None:
    one = kp.Stream("squat", side="left", skeleton="coco17")
    with pytest.raises(kp.errors.KneeposeError, match="not enough data"):
        one.finish()
    one.push(FRAME, 0.0)
    with pytest.raises(kp.errors.KneeposeError, match="view="):
        one.finish()


def test_numbers_that_lie_askew_in_memory() -> None:
    """Fields of packed records may be unaligned, so the frame is copied before reading."""
    packed = np.zeros(26, dtype=np.dtype([("flag", "u1"), ("xyz", "f8", (3,))]))
    packed["xyz"] = np.random.default_rng(3).normal(size=(26, 3))
    assert not packed["xyz"].flags.aligned
    askew, straight = (
        kp.Stream("squat", side="left", skeleton="halpe26", up="y").push(frame, 0.0)
        for frame in (packed["xyz"], packed["xyz"].copy())
    )
    np.testing.assert_array_equal(list(askew.angles.values()), list(straight.angles.values()))
