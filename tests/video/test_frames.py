"""Tests of `Video`: upright frames with their times, for all properties of phone videos."""

import itertools
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.video.clip import turned
from tests.support.marked_clips import write_clip

NEEDS_AV = "PyAV is not installed: pip install av"
#: Image whose quarters differ in brightness, so that each rotation and reflection is recognizable.
QUARTERS = np.kron(np.array([[60, 120], [180, 240]], np.uint8), np.ones((48, 32), np.uint8))


def quarters(count: int = 12) -> list[np.ndarray]:
    return [np.repeat(QUARTERS[..., None], 3, axis=2)] * count


def seen(image: np.ndarray) -> np.ndarray:
    """Return the mean brightness of the four quarters."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    parts = [image[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    return np.array([part.mean() for part in parts])


def test_without_pyav_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "a.mp4").write_bytes(b"x")
    with pytest.raises(kp.errors.DependencyError, match=r"kneepose\[video\]"):
        kp.Video(tmp_path / "a.mp4")


def test_without_opencv_a_camera_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(kp.errors.DependencyError, match=r"kneepose\[opencv\]"):
        kp.Video(0)


@pytest.mark.parametrize("signs", list(itertools.product((1, -1), repeat=2)))
@pytest.mark.parametrize("is_transposed", [False, True])
def test_each_display_matrix_of_right_angles(signs: tuple[int, int], is_transposed: bool) -> None:
    """A pixel at (x, y) moves to (a x + c y, b x + d y), shifted into the image."""
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    p, q = signs
    a, b, c, d = (0, q, p, 0) if is_transposed else (p, 0, 0, q)
    found = turned(image, (a, b, c, d))
    places = {(x, y): (a * x + c * y, b * x + d * y) for x in range(3) for y in range(2)}
    low = np.min(list(places.values()), axis=0)
    for (x, y), place in places.items():
        column, row = np.subtract(place, low)
        assert (found[row, column] == image[y, x]).all()
    assert found.flags.c_contiguous


def test_times_are_those_of_the_file_though_uneven(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    times = np.cumsum([0, 0.033, 0.04, 0.1, 0.02, 0.25, 0.033])
    video = kp.Video(write_clip(tmp_path / "a.mp4", quarters(7), times))
    assert [frame.time for frame in video] == pytest.approx(times, abs=1e-4)
    # each iteration starts from the beginning
    assert [frame.time for frame in video] == pytest.approx(times, abs=1e-4)
    assert not video.notes


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_lying_clips_are_turned_upright(tmp_path: Path, degrees: int) -> None:
    av = pytest.importorskip("av", reason=NEEDS_AV)
    if not hasattr(av.video.stream.VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV cannot write a display matrix")
    video = kp.Video(write_clip(tmp_path / "a.mp4", quarters(), np.arange(12) / 30, turned=degrees))
    assert video.resolution_wh == (64, 96)
    for image, _ in video:
        assert seen(image) == pytest.approx([60, 120, 180, 240], abs=6)


@pytest.mark.parametrize(
    ("codec", "pixels", "name"),
    [
        ("libx265", "yuv420p10le", "a.mp4"),
        ("libx265", "yuv420p", "a.mov"),
        ("gif", "rgb8", "a.gif"),
    ],
)
def test_kinds_of_clips(tmp_path: Path, codec: str, pixels: str, name: str) -> None:
    av = pytest.importorskip("av", reason=NEEDS_AV)
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no {codec}")
    times = np.arange(12) / 10
    video = kp.Video(write_clip(tmp_path / name, quarters(), times, codec=codec, pixels=pixels))
    frames = list(video)
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-4)
    for image, _ in frames:
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert seen(image) == pytest.approx([60, 120, 180, 240], abs=20)


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    path = write_clip(tmp_path / "a.mp4", quarters(), np.arange(12) / 30, aspect=Fraction(4, 3))
    assert kp.Video(path).resolution_wh == (85, 96)


def test_the_order_of_channels_is_as_asked(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 200
    path = write_clip(tmp_path / "a.mp4", [red] * 3, np.arange(3) / 30)
    assert next(iter(kp.Video(path))).image.mean((0, 1)).argmax() == 0
    assert next(iter(kp.Video(path, order="bgr"))).image.mean((0, 1)).argmax() == 2
    with pytest.raises(kp.errors.UnknownNameError, match="order of the channels"):
        kp.Video(path, order="rbg")  # type: ignore[arg-type]


def test_a_part_of_a_clip_and_slow_motion(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    path = write_clip(tmp_path / "a.mp4", quarters(30), np.arange(30) / 30)
    with kp.Video(path, start_s=0.2, end_s=0.5, slow_motion=8) as video:
        times = [frame.time for frame in video]
    assert times == pytest.approx(np.arange(6, 16) / 30 / 8, abs=1e-5)
    assert video.fps == pytest.approx(240)
    for wrong in ({"end_s": 0.0}, {"start_s": 0.5, "end_s": 0.4}, {"slow_motion": 0}, {"fps": 30}):
        with pytest.raises(kp.KneeposeError, match=next(iter(wrong)).replace("start_s", "end_s")):
            kp.Video(path, **wrong)


def test_a_fast_track_and_a_tag_of_slow_motion_are_noted(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    fast = write_clip(tmp_path / "a.mp4", quarters(48), np.arange(48) / 240)
    assert any("slow_motion" in note for note in kp.Video(fast).notes)
    assert not kp.Video(fast, slow_motion=8).notes
    tagged = write_clip(
        tmp_path / "b.mp4", quarters(), np.arange(12) / 30, tags={"com.android.capture.fps": "240"}
    )
    (note,) = kp.Video(tagged).notes
    assert "slow_motion=8" in note


def test_a_clip_that_is_cut_off_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (96, 64, 3), dtype=np.uint8) for _ in range(60)]
    whole = write_clip(tmp_path / "a.mp4", images, np.arange(60) / 30).read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) * 6 // 10])
    video = kp.Video(tmp_path / "b.mp4")
    times = [frame.time for frame in video]
    assert 20 <= len(times) < 50
    assert np.allclose(np.diff(times), 1 / 30, atol=1e-4)
    assert any("missing or damaged" in note or "damaged" in note for note in video.notes)


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("av", reason=NEEDS_AV)
    text = tmp_path / "a.mp4"
    text.write_bytes(b"not a video" * 100)
    with pytest.raises(kp.errors.FormatError, match=r"a\.mp4 cannot be read as a video"):
        kp.Video(text)
    without_index = write_clip(
        tmp_path / "b.mp4", quarters(30), np.arange(30) / 30, faststart=False
    ).read_bytes()
    (tmp_path / "c.mp4").write_bytes(without_index[: len(without_index) // 2])
    with pytest.raises(kp.errors.FormatError, match="index is missing"):
        kp.Video(tmp_path / "c.mp4")
    with pytest.raises(FileNotFoundError):
        kp.Video(tmp_path / "absent.mp4")
    with pytest.raises(kp.errors.FormatError, match="path of a clip"):
        kp.Video(None)  # type: ignore[arg-type]


def test_a_folder_of_pictures_goes_by_number(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")
    for number in (10, 9, 1, 2):
        pillow.fromarray(np.full((8, 12, 3), 20 * number, np.uint8)).save(
            tmp_path / f"frame {number}.png"
        )
    (tmp_path / "frame 3.png").write_bytes(b"damaged")
    video = kp.Video(tmp_path, fps=10)
    frames = list(video)
    assert [frame.image[0, 0, 0] // 20 for frame in frames] == [1, 2, 9, 10]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.3, 0.4])
    assert video.resolution_wh == (12, 8)
    assert "frame 3.png cannot be read" in video.notes[0]
    with pytest.raises(kp.KneeposeError, match="have no clock"):
        kp.Video(tmp_path)
