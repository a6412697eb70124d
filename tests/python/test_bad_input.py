"""What cannot be measured is refused in words: names, sides, series, options, and hostile files.

What a `Recording` refuses is in test_recording; that nothing whatever crashes in test_properties.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from kneepose.formats import npz

SQUAT = kp.sample("squat")
XYZ = SQUAT.coordinates
WAVE = 30 - 30 * np.cos(np.arange(0, 12, 1 / 30) * np.pi / 2)


def measure(**options: Any) -> Any:
    return arrays.joint_angles(XYZ, **{"skeleton": "halpe26", "up": "y"} | options)


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kp.joint_angles(SQUAT, ["knee_flexoin"]), "'knee_flexion'"),
        (lambda: kp.joint_angles(SQUAT, "Hip Adduction"), "'hip_adduction'"),
        (lambda: kp.joint_angles(SQUAT, [("hip_abduction", "left")]), "'hip_adduction'"),
        (lambda: kp.joint_angles(SQUAT)["knee_flexo"], "'knee_flexion'"),
        (lambda: kp.joint_angles(SQUAT)["trunk_lean", "left"], "trunk_lateral_lean"),
        (lambda: measure(names=["shank-inclination"]), "'shank_inclination'"),
        (lambda: measure(names=[("knee_flexion", "Left")]), "'left'"),
        (lambda: measure(stance_side="Right"), "'right'"),
        (lambda: measure(pelvis_reference="trunks"), "'trunk'"),
        (lambda: measure(up="Y"), "'y'"),
        (lambda: measure(skeleton="Halpe 26"), "'halpe26'"),
        (lambda: kp.analyze(SQUAT, "single leg squat", side="left"), "'single_leg_squat'"),
        (lambda: kp.analyze(SQUAT, "squat", side="rigth"), "'right'"),
        (lambda: kp.analyze_sides(SQUAT, "sqaut"), "'squat'"),
        (lambda: kp.segment_reps(SQUAT, "squats"), "'squat'"),
        (lambda: kp.segment_reps(SQUAT, "squat", side="both"), "'left', 'right'"),
        (lambda: kp.sample("squad"), "'squat'"),
        (lambda: arrays.asymmetry(1.0, 2.0, kind="log-ratio"), "'log_ratio'"),
        (lambda: kp.Skeleton("x", ["LHip"], {"lefthip": "LHip"}), "'left_hip'"),
        (lambda: kp.Skeleton("x", ["LHip"], {"left_hip": "Lhip"}), "'LHip'"),
    ],
)
def test_unknown_names_list_the_near_ones(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(kp.UnknownNameError, match="unknown") as caught:
        call()
    assert words in str(caught.value)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, kp.KneeposeError)


def test_a_compared_measure_that_is_not_there_lists_those_that_are() -> None:
    both = kp.compare(*kp.analyze_sides(SQUAT, "squat"))
    with pytest.raises(kp.UnknownNameError, match="'fppa_at_60'"):
        both["fppa_at_06"]


# --- sides --------------------------------------------------------------------------------------


def test_angles_of_legs_need_their_side() -> None:
    angles = kp.joint_angles(SQUAT, ["knee_flexion", "trunk_forward_lean"])
    with pytest.raises(kp.UnknownNameError, match=r"\('knee_flexion', 'left'\) and .*'right'"):
        angles["knee_flexion"]
    with pytest.raises(kp.UnknownNameError, match="trunk_forward_lean"):
        angles["trunk_forward_lean", "left"]
    assert angles["trunk_forward_lean"].side is None
    (only,) = kp.joint_angles(SQUAT, [("knee_flexion", "left")]).values()
    assert only.side == "left"


@pytest.mark.parametrize("name", ["pelvic_drop", "pelvic_rotation"])
def test_measures_toward_the_stance_leg_need_it(name: str) -> None:
    with pytest.raises(kp.KneeposeError, match="stance_side"):
        kp.joint_angles(SQUAT, [name])
    with pytest.raises(kp.KneeposeError, match="stance_side"):
        measure(names=name)
    given = kp.joint_angles(SQUAT, [name], stance_side="left", heading=[1, 0, 0])
    asked = kp.joint_angles(SQUAT, [(name, "left")], heading=[1, 0, 0])
    np.testing.assert_array_equal(given[name].degrees, asked[name, "left"].degrees)


@pytest.mark.parametrize("name", ["trunk_forward_lean", "pelvic_obliquity"])
def test_midline_angles_have_no_side(name: str) -> None:
    with pytest.raises(kp.KneeposeError, match="midline"):
        kp.joint_angles(SQUAT, [(name, "right")])


def test_a_built_in_name_is_taken() -> None:
    with pytest.raises(kp.KneeposeError, match="'knee_flexion' is a built-in angle"):
        kp.AngleSpec("knee_flexion", ("hip", "knee", "ankle"))


# --- shapes and options of plain arrays ---------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: arrays.joint_angles(XYZ, skeleton="halpe26"), "say which axis points up"),
        (lambda: arrays.joint_angles(XYZ[..., :2], skeleton="halpe26", up="y"), "Leave it out"),
        (lambda: measure(skeleton="coco17"), "17"),
        (lambda: arrays.joint_angles(XYZ[0, 0], skeleton="halpe26", up="y"), "26, 3"),
        (lambda: arrays.joint_angles([["a"]], skeleton="halpe26"), "dtype"),
        (lambda: arrays.joint_angles(XYZ + 1j, skeleton="halpe26", up="y"), "dtype complex128"),
        (lambda: arrays.angle([1, 2], [1, 2, 3], [1, 2]), "shapes"),
        (lambda: arrays.angle([1], [2], [3]), "shapes"),
        (lambda: arrays.angle(np.ones((2, 3)), np.ones((3, 3)), [1, 2, 3]), "broadcast"),
        (lambda: arrays.asymmetry(np.ones(2), np.ones(3)), "broadcast"),
        (lambda: arrays.asymmetry(1, 2, kind="normalized_symmetry_index"), "trials"),
        (lambda: arrays.segment_reps(XYZ, fs=30), "one series"),
        (lambda: arrays.segment_reps(WAVE, fs=30, allowed=np.ones((2, 2))), "must be"),
        (lambda: arrays.segment_reps(WAVE, fs=30, allowed=[True]), "1 samples"),
        (lambda: arrays.segment_reps("squat", fs=30), "dtype"),
        (lambda: arrays.count_score([], []), "at least one"),
        (lambda: arrays.count_score([1, 2], [1]), "2 predicted and 1 true"),
    ],
)
def test_arrays_that_do_not_fit(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(kp.CoordinateError, match=words):
        call()


@pytest.mark.parametrize("value", [0, -30, np.nan, np.inf, -0.0])
def test_rates_and_ranges_are_positive(value: float) -> None:
    with pytest.raises(kp.KneeposeError, match=r"fs is .*positive"):
        arrays.segment_reps(WAVE, fs=value)
    with pytest.raises(kp.KneeposeError, match=r"min_range is .*positive"):
        arrays.segment_reps(WAVE, fs=30, min_range=value)


def test_a_rate_beyond_all_cameras() -> None:
    with pytest.raises(kp.KneeposeError, match="100000"):
        arrays.segment_reps(WAVE, fs=1e9)


@pytest.mark.parametrize("value", [np.nan, 0.0, -1.0, np.inf])
def test_cutoffs_and_gaps_make_sense(value: float) -> None:
    with pytest.raises(kp.KneeposeError, match="cutoff_hz"):
        SQUAT.conditioned(cutoff_hz=value)
    with pytest.raises(kp.KneeposeError, match="cutoff_hz"):
        kp.analyze(SQUAT, "squat", side="left", cutoff_hz=value)
    if value != 0.0:
        with pytest.raises(kp.KneeposeError, match="max_gap_s"):
            SQUAT.conditioned(max_gap_s=value)
        with pytest.raises(kp.KneeposeError, match="max_gap_s"):
            kp.analyze(SQUAT, "squat", side="left", max_gap_s=value)


def test_headings_have_three_components() -> None:
    with pytest.raises(kp.KneeposeError, match="heading has 2 components"):
        kp.joint_angles(SQUAT, heading=[1.0, 0.0])
    upright = kp.joint_angles(SQUAT, ["fppa"], heading=[0.0, 1.0, 0.0])
    assert set(upright["fppa", "left"].reasons()) == {kp.Validity.SINGULAR}


# --- recordings and analyses that do not go together --------------------------------------------


def test_one_frame_has_no_repetitions() -> None:
    with pytest.raises(kp.KneeposeError, match=r"1 frame.*over time"):
        kp.segment_reps(SQUAT[:1], "squat")
    with pytest.raises(kp.KneeposeError):
        kp.analyze(SQUAT[:1], "squat", side="left")


def test_finding_nothing_is_an_answer() -> None:
    still = kp.Recording(np.repeat(XYZ[:1], 200, axis=0), skeleton="halpe26", fps=30, up="y")
    found = kp.analyze(still, "squat", side="left")
    assert found.reps.count == len(found.reps) == 0
    assert {refusal.reason for refusal in found.refused} == {kp.Validity.NO_REPS}
    assert not found.measures
    nobody = kp.Recording(np.full((60, 26, 3), np.nan), skeleton="halpe26", fps=30, up="y")
    assert not kp.analyze(nobody, "single_leg_squat", side="right").reps
    assert np.isnan(kp.joint_angles(nobody).values_deg).all()


def test_conditioning_is_done_once() -> None:
    smooth = SQUAT.conditioned()
    with pytest.raises(kp.KneeposeError, match="conditioned already"):
        kp.analyze(smooth, "squat", side="left")
    with pytest.raises(kp.KneeposeError, match="conditioned already"):
        kp.analyze_sides(smooth, "squat")


@pytest.mark.xfail(strict=True, reason="conditioned() takes a conditioned recording without a word")
def test_conditioning_twice_is_refused() -> None:
    with pytest.raises(kp.KneeposeError, match="conditioned already"):
        SQUAT.conditioned().conditioned()


def test_a_one_leg_exercise_has_no_two_sides() -> None:
    with pytest.raises(kp.KneeposeError, match="one leg at a time"):
        kp.analyze_sides(SQUAT, "single_leg_squat")


def test_only_like_is_compared_with_like() -> None:
    left = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    squat = kp.analyze(SQUAT, "squat", side="left")
    with pytest.raises(kp.KneeposeError, match="same analysis"):
        kp.compare(left, left)
    with pytest.raises(kp.KneeposeError, match="exercise differs"):
        kp.compare(left, squat)
    front = kp.Recording(
        SQUAT.coordinates[..., [2, 1]] * [-500.0, -500.0] + 900.0,
        skeleton="halpe26",
        times=SQUAT.times,
    )
    with pytest.raises(kp.KneeposeError, match=r"(space|estimator|signal) differs"):
        kp.compare(squat, kp.analyze(front, "squat", side="left"))


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return npz.write(SQUAT[:20], tmp_path / "squat.npz")


def rewrite(path: Path, **changes: Any) -> Path:
    """The file with some arrays changed, or left out where None."""
    with np.load(path) as file:
        content = {name: file[name] for name in file.files} | changes
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    return path


def test_what_was_written_is_read(path: Path) -> None:
    rec = kp.read(path)
    np.testing.assert_array_equal(rec.coordinates, SQUAT.coordinates[:20])
    assert (rec.up, rec.skeleton.name, rec.n_frames) == ("y", "halpe26", 20)


def test_a_file_that_is_not_there() -> None:
    for name in ("nothing.npz", "nothing.xyz"):
        with pytest.raises(FileNotFoundError):
            kp.read(name)


def test_a_format_that_is_not_read(tmp_path: Path) -> None:
    other = tmp_path / "movie.mp4"
    other.write_bytes(b"\x00\x00\x00 ftyp")
    with pytest.raises(kp.FormatError, match=r"movie\.mp4.*'\.mp4'"):
        kp.read(other)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"no zip at all" * 40, b"\x93NUMPY\x01\x00"]
)
def test_something_else_in_an_npz(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other.npz"
    other.write_bytes(content)
    with pytest.raises(kp.FormatError, match=r"other\.npz is not a readable"):
        kp.read(other)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(kp.FormatError, match="not a readable"):
        kp.read(path)


@pytest.mark.xfail(strict=True, reason="zlib.error escapes from formats.npz._arrays")
def test_damaged_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(bytes(data))
    with pytest.raises(kp.FormatError):
        kp.read(path)


@pytest.mark.xfail(strict=True, reason="RuntimeError (encrypted) escapes from formats.npz._arrays")
def test_encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(kp.FormatError):
        kp.read(path)


@pytest.mark.parametrize("name", ["keypoints", "times", "header"])
def test_missing_arrays_are_named(path: Path, name: str) -> None:
    with pytest.raises(kp.FormatError, match=rf"has no {name}.*not written by kneepose"):
        kp.read(rewrite(path, **{name: None}))


def test_another_programs_npz(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, xy=np.ones((3, 17, 2)))
    with pytest.raises(kp.FormatError, match="has no keypoints, times, header"):
        kp.read(other)


def test_pickles_are_not_opened(path: Path, tmp_path: Path) -> None:
    trace = tmp_path / "opened"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (trace,)

    for name in ("keypoints", "header", "extra"):
        rewrite(path, **{name: np.array([Trap()], dtype=object)})
        with pytest.raises(kp.FormatError, match="not a readable"):
            kp.read(path)
        assert not trace.exists()
        npz.write(SQUAT[:20], path)


@pytest.mark.parametrize("header", ["", "{", "[]", "5", "null", "[" * 100_000, '{"up": "y"}'])
def test_headers_that_say_nothing(path: Path, header: str) -> None:
    with pytest.raises(kp.FormatError, match="header"):
        kp.read(rewrite(path, header=np.array(header)))


@pytest.mark.parametrize(
    "change",
    [
        {"skeleton": "coc17"},
        {"skeleton": 5},
        {"up": "w"},
        {"resolution_wh": 5},
        {"resolution_wh": [1]},
        {"view": "top"},
        {"meta": 5},
    ],
)
def test_headers_that_lie(path: Path, change: dict[str, Any]) -> None:
    header = {"skeleton": "halpe26", "up": "y"} | change
    with pytest.raises(kp.KneeposeError):
        kp.read(rewrite(path, header=np.array(json.dumps(header))))


@pytest.mark.parametrize(
    "changes",
    [
        {"keypoints": np.ones((20, 17, 3))},
        {"keypoints": np.ones(20)},
        {"times": np.arange(19) / 30},
        {"times": np.zeros(20)},
        {"confidence": np.ones((20, 25))},
        {"confidence": np.full((20, 26), -1.0)},
    ],
)
def test_arrays_that_do_not_go_together(path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(kp.KneeposeError):
        kp.read(rewrite(path, **changes))


def member(shape: str, data: bytes = b"") -> bytes:
    """A .npy file that claims a shape."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii") + data


def refused_quickly(path: Path) -> str:
    begin = time.perf_counter()
    with pytest.raises(kp.FormatError) as caught:
        kp.read(path)
    assert time.perf_counter() - begin < 1.0
    return str(caught.value)


def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.npz"
    zeros = bytes(1 << 20)
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("keypoints.npy", "w") as file,
    ):
        file.write(member("(40000000,)"))
        for _ in range(300):
            file.write(zeros)
    assert bomb.stat().st_size < 2e6
    assert "256 MB" in refused_quickly(bomb)


def test_a_zip_bomb_whose_directory_lies(tmp_path: Path) -> None:
    """The directory says 100 bytes; no more than that is unpacked."""
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("keypoints.npy", member("(5000000,)", bytes(40_000_000)))
    data = bytearray(bomb.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    bomb.write_bytes(bytes(data))
    refused_quickly(bomb)


@pytest.mark.parametrize("shape", ["(10**12,)", "(1000000000000,)", "(1 << 62, 2)", "(-1,)", "()"])
def test_arrays_that_claim_more_than_they_hold(tmp_path: Path, shape: str) -> None:
    liar = tmp_path / "liar.npz"
    with zipfile.ZipFile(liar, "w") as archive:
        archive.writestr("keypoints.npy", member(shape))
    refused_quickly(liar)


# --- one family ---------------------------------------------------------------------------------

MY_ANGLE = ("hip", "knee", "ankle")
ESCAPES = pytest.mark.xfail(strict=True, reason="not an error of the family, or none")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", MY_ANGLE, measure="bendd")]),
            id="unknown measure in a row",
        ),
        pytest.param(lambda: measure(names=[kp.AngleSpec("mine", ("hip",))]), id="too few points"),
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", ("hipp", "knee", "ankle"))]),
            id="unknown landmark in a row",
            marks=ESCAPES,
        ),
        pytest.param(lambda: measure(heading=[1, 2]), id="heading of two", marks=ESCAPES),
        pytest.param(lambda: measure(standing=[1.0]), id="standing of one", marks=ESCAPES),
        pytest.param(
            lambda: measure(names=[("knee_flexion", "left", 1)]), id="name of three", marks=ESCAPES
        ),
        pytest.param(lambda: measure(names=[()]), id="name of none", marks=ESCAPES),
        pytest.param(
            lambda: kp.joint_angles(SQUAT)["a", "b", "c"], id="angles[a, b, c]", marks=ESCAPES
        ),
        pytest.param(
            lambda: kp.joint_angles(SQUAT, heading="abc"), id="heading of text", marks=ESCAPES
        ),
        pytest.param(
            lambda: arrays.joint_angles([[1, 2], [3]], skeleton="coco17"),
            id="ragged points",
            marks=ESCAPES,
        ),
        pytest.param(
            lambda: arrays.segment_reps(WAVE, fs=30, allowed=[[1], [2, 3]]),
            id="ragged allowed",
            marks=ESCAPES,
        ),
        pytest.param(lambda: arrays.asymmetry([[1, 2], [3]], 1.0), id="ragged left", marks=ESCAPES),
        pytest.param(lambda: arrays.count_score([-1], [0]), id="negative count", marks=ESCAPES),
        pytest.param(lambda: arrays.count_score([2**40], [0]), id="huge count", marks=ESCAPES),
        pytest.param(lambda: arrays.count_score([np.nan], [0]), id="count NaN", marks=ESCAPES),
        pytest.param(lambda: kp.Skeleton("x", ["\ud800"]), id="half a character", marks=ESCAPES),
        pytest.param(
            lambda: kp.Skeleton("x", ["a"], min_confidence="a"),
            id="confidence of text",
            marks=ESCAPES,
        ),
        pytest.param(
            lambda: kp.Recording(np.ones((9, 17, 2)), skeleton="coco17", fps=5e-324),
            id="no fps",
            marks=ESCAPES,
        ),
        pytest.param(lambda: kp.read(Path(__file__).parent), id="folder", marks=ESCAPES),
    ],
)
def test_every_error_is_of_the_family(call: Callable[[], Any]) -> None:
    with pytest.raises(kp.KneeposeError):
        call()


@pytest.mark.xfail(strict=True, reason='arrays.joint_angles reads up="image" and up="" as an image')
@pytest.mark.parametrize("up", ["", "image"])
def test_the_up_axis_is_an_axis(up: str) -> None:
    with pytest.raises(kp.UnknownNameError, match="'-z'"):
        measure(up=up)


@pytest.mark.xfail(strict=True, reason="three_point::angle does not ask whether a point is finite")
def test_an_infinite_point_has_no_angle() -> None:
    """As documented: NaN where a point is missing; the plain norms give atan2(inf, inf) = 45."""
    assert np.isnan(arrays.angle([np.inf, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 2.0]))


@pytest.mark.xfail(strict=True, reason="products of products over- and underflow and read as ok")
@pytest.mark.parametrize("size", [1e-100, 1e100])
def test_no_number_where_the_products_overflow(size: float) -> None:
    """Right or refused; a knee at 90 (or 0) degrees with validity ok is neither."""
    options: dict[str, Any] = {"names": "knee_flexion", "with_validity": True}
    want, _ = measure(**options)
    got, codes = arrays.joint_angles(size * XYZ, skeleton="halpe26", up="y", **options)
    measured = codes <= 1
    np.testing.assert_allclose(got[measured], want[measured], rtol=0, atol=1e-6)


@pytest.mark.xfail(strict=True, reason="Skeleton.swap pairs by landmark and by name at once")
def test_sides_are_exchanged_one_to_one() -> None:
    """A finer left hip beside the plain pair: the mirror then loses one keypoint."""
    keypoints = ["left_hip", "right_hip", "refined"]
    skeleton = kp.Skeleton("mine", keypoints, {"left_hip": "refined"})
    np.testing.assert_array_equal(skeleton.swap[skeleton.swap], np.arange(3))


@pytest.mark.xfail(strict=True, reason="2 acos(h) goes on to 360 for a hip below the ankle")
def test_no_knee_bends_beyond_half_a_turn() -> None:
    upside_down = np.concatenate([XYZ[:100], XYZ[:5] * [1.0, -1.0, 1.0]])
    got = arrays.joint_angles(
        upside_down, skeleton="halpe26", names="knee_flexion_from_depth", up="y"
    )
    assert np.nanmax(got) <= 180.0
