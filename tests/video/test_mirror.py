"""Tests of `Mirror` and ``kneepose live``: newest frames only, sets, sides, and saved files."""

import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from tests.support import marked_clips
from tests.support.marked_clips import WH, find_coco, picture, squats

pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")
POINTS, TIMES = squats(step=3)
IMAGES = [picture(points) for points in POINTS]
OPTIONS: dict[str, Any] = {"estimator": find_coco, "skeleton": "coco17", "countdown_s": 0.0}


def frames() -> list[tuple[np.ndarray, float]]:
    return list(zip(IMAGES, TIMES, strict=True))


def test_a_set_on_both_legs_is_counted_and_saved(tmp_path: Path) -> None:
    with kp.Mirror(
        "squat", source=frames(), save=tmp_path / "sets", view="front", **OPTIONS
    ) as mirror:
        mirror.start_set()
        shown = list(mirror)
    assert len(shown) == len(IMAGES)
    assert [len(frame.states) for frame in shown] == [2] * len(IMAGES)
    ((left, right),) = mirror.sets
    assert (left.side, right.side) == ("left", "right")
    assert left.reps.count == right.reps.count == 5
    assert left.causal
    assert all(frame.image.shape == IMAGES[0].shape for frame in shown)
    assert (shown[60].image != IMAGES[60]).any()
    assert (IMAGES[60] == picture(POINTS[60])).all()  # the given frame is not changed
    (saved,) = (tmp_path / "sets").iterdir()
    assert kp.analyze(kp.read(saved), side="left").reps.count == 5


def test_before_and_after_a_set_nothing_is_counted() -> None:
    given = frames()
    with kp.Mirror("squat", source=given, view="front", **OPTIONS | {"countdown_s": 1.0}) as mirror:
        states = []
        for number, frame in enumerate(mirror):
            states.append(len(frame.states))
            if number == 4:
                mirror.start_set()
            elif number == 90:
                done = mirror.stop_set()
    begin = next(n for n in range(5, 134) if TIMES[n] >= TIMES[5] + 1.0)
    assert states == [0] * begin + [2] * (91 - begin) + [0] * (134 - 91)
    assert 1 <= done[0].reps.count < 5
    assert mirror.sets == [done]


def test_the_side_is_changed_between_sets() -> None:
    with pytest.raises(kp.KneeposeError, match="done on one side"):
        kp.Mirror("single_leg_squat", source=frames(), **OPTIONS)
    with kp.Mirror(
        "single_leg_squat", side="left", source=frames(), view="front", **OPTIONS
    ) as mirror:
        mirror.start_set()
        for number, _ in enumerate(mirror):
            if number == 60:
                mirror.change_side()
                mirror.start_set()
    assert [one.side for (one,) in mirror.sets] == ["left", "right"]


def test_a_mirror_image_is_flipped_and_left_stays_left() -> None:
    plain, flipped = (
        list(kp.Mirror("squat", source=frames()[:40], flip=flip, view="front", **OPTIONS))
        for flip in (False, True)
    )
    blue = np.array([0, 0x72, 0xB2])
    for frame, is_flipped in ((plain[39], False), (flipped[39], True)):
        at = np.argwhere(np.abs(frame.image.astype(int) - blue).max(-1) <= 2)
        on_right = at[:, 1].mean() > WH[0] / 2
        assert on_right != is_flipped


def camera(rate: float, until: threading.Event) -> Iterator[tuple[np.ndarray, float]]:
    """Yield numbered images at a camera's rate, even if they are not consumed."""
    for number in range(1000):
        if until.is_set():
            return
        image = IMAGES[0].copy()
        image[0, 0] = number % 256
        yield image, time.monotonic()
        time.sleep(1 / rate)


@pytest.mark.alone
@pytest.mark.slow
def test_only_the_newest_frame_is_taken_and_slowness_is_said() -> None:
    done, ages = threading.Event(), []

    def slow(image: np.ndarray, t: float) -> Any:
        ages.append(time.monotonic() - t)
        time.sleep(0.1)
        return find_coco(image, t)

    options = OPTIONS | {"estimator": slow}
    plain, texts = [], []
    with kp.Mirror(
        "squat", source=camera(100, done), newest_only=True, view="front", **options
    ) as mirror:
        mirror.start_set()
        for frame in mirror:
            plain.append(frame)
            texts.append(frame.image[:60, 80:].copy())
            if len(plain) == 25:
                break
        done.set()
    assert plain[-1].skipped > 100
    assert np.median(ages) < 0.1  # with a queue the frames would be seconds old
    assert 4 < plain[-1].fps < 12
    assert (texts[-1] != texts[8]).any()  # the warning about the frame rate is drawn
    assert np.diff([frame.time for frame in plain]).min() > 0


def test_errors_of_the_source_come_through() -> None:
    def broken() -> Iterator[tuple[np.ndarray, float]]:
        yield IMAGES[0], 0.0
        raise OSError("unplugged")

    mirror = kp.Mirror("squat", source=broken(), newest_only=True, view="front", **OPTIONS)
    with pytest.raises(OSError, match="unplugged"), mirror:
        for _ in mirror:
            pass


class Window:
    """Stand-in for OpenCV windows, in which keys are pressed at given frames."""

    error = RuntimeError

    def __init__(self, keys: dict[int, str]) -> None:
        self.keys, self.shown = keys, []

    def imshow(self, name: str, image: np.ndarray) -> None:
        self.shown.append(image)

    def waitKey(self, ms: int) -> int:
        key = self.keys.get(len(self.shown))
        return ord(key) if key else 255

    def destroyAllWindows(self) -> None:
        self.closed = True


class NoWindow(Window):
    """The headless OpenCV, whose windows raise at each call."""

    def imshow(self, name: str, image: np.ndarray) -> None:
        raise self.error("The function is not implemented.")

    def destroyAllWindows(self) -> None:
        raise self.error("The function is not implemented.")


def test_an_opencv_without_windows_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    monkeypatch.setattr("kneepose.cli.live.import_cv2", lambda what: NoWindow({}))
    clip = str(marked_clips.write_clip(tmp_path / "a.mp4", [IMAGES[0]] * 3, [0.0, 0.1, 0.2]))
    finder = ["--estimator", f"{marked_clips.__name__}:find_coco", "--skeleton", "coco17"]
    assert main(["live", "--exercise", "squat", "--camera", clip, *finder]) == 3
    assert "this OpenCV has no windows" in capsys.readouterr().err


@pytest.mark.parametrize("number", [-1, 100, 10**30])
def test_a_camera_that_cannot_be_is_refused(number: int) -> None:
    """OpenCV ends the process at a negative number."""
    for opened in (kp.Video, lambda source: kp.Mirror("squat", source=source, **OPTIONS)):
        with pytest.raises(kp.KneeposeError, match="0 is the first camera"):
            opened(number)


@pytest.mark.parametrize("camera", ["9" * 5000, "²", "-1", "100"])
def test_the_command_says_that_of_any_camera(
    camera: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cv2", reason="OpenCV is not installed")
    finder = ["--estimator", f"{marked_clips.__name__}:find_coco", "--skeleton", "coco17"]
    assert main(["live", "--exercise", "squat", f"--camera={camera}", *finder]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_the_window_obeys_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    window = Window({60: " ", 62: "n", 120: "q"})
    monkeypatch.setattr("kneepose.cli.live.import_cv2", lambda what: window)
    video = SimpleNamespace(close=lambda: None, __iter__=None)

    class Clip:
        def __init__(self, source: Any, order: str) -> None:
            assert (source, order) == ("clip.mp4", "bgr")

        def __iter__(self) -> Iterator[tuple[np.ndarray, float]]:
            return iter([(image[..., ::-1], t) for image, t in frames()])

        def close(self) -> None:
            video.closed = True

    monkeypatch.setattr("kneepose.video.mirror.Video", Clip)
    command = ["live", "--exercise", "squat", "--camera", "clip.mp4", "--countdown", "0"]
    finder = ["--estimator", f"{marked_clips.__name__}:find_coco", "--skeleton", "coco17"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = main([*command, *finder, "--save", str(tmp_path)])
    out = capsys.readouterr().out
    assert code == 0
    assert len(window.shown) == 120
    assert "Set 1: Left leg: 2 squats" in out
    assert "Set 2: Right leg: 2 squats" in out or "Set 2: Right leg: 1 squat" in out
    assert len(list(tmp_path.glob("*.npz"))) == 2
    assert window.closed
    assert video.closed
