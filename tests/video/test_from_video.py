"""Tests of `from_video`: same counts as from arrays, and landmarks stored beside the clip."""

import json
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.video.models import MODELS, find_model
from tests.support import marked_clips
from tests.support.marked_clips import (
    SKELETON,
    WH,
    find_coco,
    find_discs,
    nobody,
    picture,
    squats,
    write_clip,
)

pytest.importorskip("av", reason="PyAV is not installed: pip install av")
POINTS, TIMES = squats(step=3)
IMAGES = [picture(points) for points in POINTS]
TRUTH = 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "squats.mp4", IMAGES, TIMES)


def read(path: Path, **options: Any) -> kp.Recording:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        return kp.from_video(path, find_discs, skeleton=SKELETON, **options)


def counts(rec: kp.Recording) -> list[int]:
    return [side.reps.count for side in kp.analyze_sides(rec, "squat")]


def test_landmarks_and_times_are_those_that_were_drawn(clip: Path) -> None:
    rec = read(clip, keep=False)
    assert rec.times == pytest.approx(TIMES, abs=1e-4)
    assert rec.resolution_wh == WH
    assert np.nanmax(np.abs(rec.coordinates - POINTS)) < 1.0
    assert counts(rec) == [TRUTH] * 2
    assert rec.estimator == "find_discs"


@pytest.mark.parametrize("change", ["90", "180", "270", "uneven", "ten bits", "gif"])
def test_copies_of_a_clip_give_the_same_count(tmp_path: Path, change: str) -> None:
    av = pytest.importorskip("av")
    images, times, options, name = IMAGES, TIMES, {}, "a.mp4"
    if change.isdigit():
        if not hasattr(av.video.stream.VideoStream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write a display matrix")
        options = {"turned": int(change)}
    elif change == "uneven":
        kept = np.flatnonzero(np.random.default_rng(0).uniform(size=len(TIMES)) > 0.25)
        images, times = [IMAGES[i] for i in kept], TIMES[kept] - TIMES[kept[0]]
    elif change == "ten bits":
        if "libx265" not in av.codecs_available:
            pytest.skip("this PyAV has no libx265")
        options = {"codec": "libx265", "pixels": "yuv420p10le"}
    else:
        options, name = {"codec": "gif", "pixels": "rgb8"}, "a.gif"
    rec = read(write_clip(tmp_path / name, images, times, **options), keep=False)
    assert rec.resolution_wh == WH
    assert counts(rec) == [TRUTH] * 2


def test_a_truncated_clip_gives_the_repetitions_that_are_left_and_says_so(
    tmp_path: Path, clip: Path
) -> None:
    data = clip.read_bytes()
    part = tmp_path / "part.mp4"
    part.write_bytes(data[: len(data) * 7 // 10])
    with pytest.warns(kp.errors.RecordingWarning, match="damaged"):
        rec = kp.from_video(part, find_discs, skeleton=SKELETON)
    until = rec.times[-1]
    whole = kp.analyze(read(clip, keep=False), "squat", side="left")
    done = sum(rep.end_s < until - 0.3 for rep in whole.reps.full)
    assert 2 <= done <= counts(rec)[0] <= done + 1
    # the warning is repeated from the stored landmarks
    with pytest.warns(kp.errors.RecordingWarning, match="damaged"):
        kp.from_video(part, find_discs, skeleton=SKELETON)


def test_landmarks_are_kept_and_need_no_estimator_again(tmp_path: Path, clip: Path) -> None:
    copy = tmp_path / "squats.mp4"
    copy.write_bytes(clip.read_bytes())
    first = read(copy)
    assert (tmp_path / "squats.mp4.keypoints.npz").exists()

    def find_discs(image: np.ndarray, t: float) -> Any:
        raise AssertionError("the estimator ran again")

    assert kp.from_video(copy, find_discs, skeleton=SKELETON) == first
    assert first.file_hash is not None
    assert json.loads(first.meta["video"]["asked"])["clip"] == first.file_hash
    with pytest.raises(AssertionError, match="ran again"):
        kp.from_video(copy, find_discs, skeleton=SKELETON, end_s=2.0)
    copy.write_bytes(clip.read_bytes() + b"\0")  # another clip with the same name
    with pytest.raises(AssertionError, match="ran again"):
        kp.from_video(copy, find_discs, skeleton=SKELETON)


def test_damaged_keypoints_are_estimated_again(tmp_path: Path, clip: Path) -> None:
    kept = tmp_path / "kept.npz"
    kept.write_bytes(b"damaged")
    first = read(clip, keep=kept)
    assert kp.read(kept).n_frames == first.n_frames


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("kneepose.io.npz.write_whole", full)
    with pytest.warns(kp.errors.RecordingWarning, match=r"were not kept .*read-only file system"):
        rec = kp.from_video(clip, find_discs, skeleton=SKELETON, end_s=1.0)
    assert rec.n_frames > 10
    with pytest.raises(kp.KneeposeError, match="does not exist"):  # raised before any frame is read
        kp.from_video(clip, find_discs, skeleton=SKELETON, keep=clip.parent / "no" / "a.npz")


def test_progress_is_told_of_all_frames(clip: Path) -> None:
    told: list[tuple[int, int, str]] = []
    read(clip, keep=False, progress=lambda *step: told.append(step))
    assert [step[0] for step in told] == list(range(len(TIMES)))
    assert {step[1] for step in told} == {len(TIMES)}
    assert told[0][2] == clip.name


def test_a_clip_without_anybody_is_refused(clip: Path) -> None:
    with pytest.raises(kp.errors.FormatError, match=r"finds nobody in .*\(frames: 134\)"):
        kp.from_video(clip, nobody, skeleton=SKELETON, keep=False)


def test_a_start_after_the_end_is_told_the_end(clip: Path) -> None:
    end = kp.Video(clip).duration_s
    assert end == pytest.approx(TIMES[-1], abs=0.2)
    with pytest.raises(kp.errors.FormatError, match=rf"ends at {end:.2f} s\. Give a start"):
        kp.from_video(clip, find_discs, skeleton=SKELETON, keep=False, start_s=900.0)


def test_a_function_is_found_by_its_name(clip: Path) -> None:
    name = f"{marked_clips.__name__}:find_discs"
    rec = kp.from_video(clip, name, skeleton=SKELETON, keep=False, end_s=1.0)
    assert rec.estimator == name


def test_estimators_that_are_absent_say_what_to_get(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="did you mean 'mediapipe'"):
        kp.from_video(clip, "mediapip", keep=False)
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(kp.errors.DependencyError, match="pip install mediapipe"):
        kp.from_video(clip, keep=False)
    # the default models of these estimators would be downloaded
    for name in ("ultralytics", "rtmlib"):
        with pytest.raises(kp.errors.DependencyError, match="pass model="):
            kp.from_video(clip, name, keep=False)
    with pytest.raises(FileNotFoundError):
        kp.from_video(clip, model="absent.task", keep=False)


def test_a_missing_model_is_one_message_with_name_size_license_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("KNEEPOSE_MODELS", str(tmp_path))
    with pytest.raises(kp.errors.DependencyError) as told:
        find_model()
    for word in ("pose_landmarker_full.task", "9 MB", "Apache-2.0", "KNEEPOSE_MODELS", "models"):
        assert word in str(told.value)
    for model in reversed(MODELS):  # the first existing model of the list is used
        (tmp_path / model.name).write_bytes(b"model")
        assert find_model() == tmp_path / model.name


class _FakeYolo:
    """Stand-in for ultralytics that finds the discs in a BGR frame."""

    __version__ = "8.4"

    def __init__(self, model: str) -> None:
        self.model = model

    def track(self, image: np.ndarray, **options: Any) -> Any:
        assert options["persist"]
        (person,) = find_coco(image[..., ::-1], 0.0)
        points = np.column_stack((np.nan_to_num(person.points), person.confidence))[None]
        boxes = SimpleNamespace(xyxy=np.array([[0.0, 0.0, *WH]]), id=np.array([1]))
        keypoints = SimpleNamespace(data=points)
        return [SimpleNamespace(orig_shape=WH[::-1], keypoints=keypoints, boxes=boxes)]


def test_ultralytics_gets_bgr_frames_and_its_model_is_hashed(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = ModuleType("ultralytics")
    fake.YOLO = _FakeYolo  # type: ignore[attr-defined]
    model = tmp_path / "yolo.pt"
    model.write_bytes(b"weights")
    monkeypatch.setitem(sys.modules, "ultralytics", fake)
    monkeypatch.setitem(sys.modules, "lap", None)
    with pytest.raises(kp.errors.DependencyError, match="pip install lap"):
        kp.from_video(clip, "ultralytics", model=model, keep=False)
    monkeypatch.setitem(sys.modules, "lap", ModuleType("lap"))
    rec = kp.from_video(clip, "ultralytics", model=model, keep=False, view="front")
    assert counts(rec) == [TRUTH] * 2
    assert rec.model_hash is not None
    assert len(rec.model_hash) == 64
