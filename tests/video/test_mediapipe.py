"""Tests of real videos with a real model: from the file to report, annotated clip and count.

They need MediaPipe 0.10.21, whose wheel contains a model, or a newer version and a model file in
$KNEEPOSE_MODELS, and the clips of the shared data.
"""

import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.video.models import find_model
from tests.support.datasets import FULL
from tests.support.marked_clips import write_clip

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.filterwarnings("default")]
av = pytest.importorskip("av", reason="PyAV is not installed: pip install av")
mp = pytest.importorskip(
    "mediapipe",
    reason="mediapipe is not installed: .github/workflows/full.yml",
    exc_type=ImportError,
)
try:
    MODEL = find_model(mp)
except kp.errors.DependencyError as absent:
    pytest.skip(str(absent), allow_module_level=True)
#: Number of squats in each clip, from its on-screen counter.
TRUTH = {"fitness-squats": 4, "fitness-squat-counter": 4, "fitness-sumo-squats": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips")
    for name in TRUTH:
        path = FULL / "quickpose-gifs" / f"{name}.gif"
        if not path.exists():
            pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
        shutil.copy(path, place)
    return place


def read(path: Path, **options: Any) -> kp.Recording:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        return kp.from_video(path, **options)


def counts(rec: kp.Recording) -> list[int]:
    return [side.reps.count for side in kp.analyze_sides(rec, "squat")]


def run_of_the_package(frames: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Return landmarks in pixels from MediaPipe's own API without kneepose, shape (T, 33, 2)."""
    vision = mp.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=str(MODEL)),
        running_mode=vision.RunningMode.VIDEO,
    )
    rows = []
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for image, t in frames:
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
            found = landmarker.detect_for_video(picture, round(1000 * t)).pose_landmarks
            height, width = image.shape[:2]
            rows.append(
                [[p.x * width, p.y * height] for p in found[0]]
                if found
                else np.full((33, 2), np.nan)
            )
    return np.array(rows)


@pytest.mark.parametrize("name", TRUTH)
def test_one_command_ends_with_report_and_annotated_clip(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, page, out = (folder / f"{name}{ending}" for ending in (".gif", ".html", ".out.mp4"))
    command = ["analyze", str(clip), "--exercise", "squat"]
    assert main([*command, "--report", str(page), "--annotate", str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"Left leg: {TRUTH[name]} squats")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    before, after = ([frame.time for frame in kp.Video(path)] for path in (clip, out))
    assert after == pytest.approx(before, abs=1e-4)
    rec = read(clip)
    assert rec.estimator == "mediapipe"
    assert rec.model_hash == kp.video.hash_of(MODEL)


@pytest.mark.parametrize("name", TRUTH)
def test_landmarks_are_those_of_a_fresh_run(folder: Path, name: str) -> None:
    clip = folder / f"{name}.gif"
    rec = read(clip)
    same = run_of_the_package(list(kp.Video(clip)))
    seen = np.isfinite(rec.coordinates)
    assert (seen == np.isfinite(same)).all()
    np.testing.assert_allclose(rec.coordinates[seen], same[seen], rtol=1e-6)
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    capture, frames = cv2.VideoCapture(str(clip)), []
    while (found := capture.read())[0]:
        frames.append((found[1][..., ::-1], rec.times[len(frames)]))
    other = run_of_the_package(frames)
    height = np.nanmedian(rec.coordinates[:, 27:29, 1].mean(1) - rec.coordinates[:, 0, 1])
    apart = np.linalg.norm(rec.coordinates - other, axis=2) / height
    assert np.nanmedian(apart) < 0.01


@pytest.mark.parametrize("change", ["90", "180", "270", "uneven", "ten bits", "truncated"])
def test_copies_give_the_same_count(folder: Path, tmp_path: Path, change: str) -> None:
    clip = folder / "fitness-squats.gif"
    frames = [(image[:272, :152], t) for image, t in kp.Video(clip)]
    path, options = tmp_path / "a.mp4", {}
    if change.isdigit():
        options["turned"] = int(change)
    elif change == "uneven":
        frames = [frame for n, frame in enumerate(frames) if n % 7 != 3]
    elif change == "ten bits":
        options |= {"codec": "libx265", "pixels": "yuv420p10le"}
    write_clip(path, [image for image, _ in frames], np.array([t for _, t in frames]), **options)
    wanted = TRUTH["fitness-squats"]
    if change == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
        with pytest.warns(kp.errors.RecordingWarning, match="damaged"):
            rec = kp.from_video(path)
        whole = kp.analyze(read(clip), "squat", side="left")
        wanted = sum(rep.end_s <= rec.times[-1] for rep in whole.reps.full)
        assert 0 < wanted < TRUTH["fitness-squats"]
        assert wanted <= counts(rec)[0] <= wanted + 1
    else:
        assert counts(read(path)) == [wanted] * 2


def test_two_people_who_jump_and_walk_do_no_squats(tmp_path: Path) -> None:
    path = FULL / "sports2d-demo" / "demo.mp4"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    for person in ("main", "largest"):
        assert counts(read(path, person=person, keep=tmp_path / f"{person}.npz")) == [0, 0]


@pytest.mark.alone
def test_kneepose_and_drawing_take_a_tenth_of_the_estimators_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 1080p, in one run, in processor time, which a busy machine does not change as wall time."""
    path = FULL / "sports2d-demo" / "demo.mp4"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    from kneepose.video.running import start

    running = start("mediapipe", None, (1920, 1080), None, persons=1)
    live = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=(1920, 1080))
    estimating, ours = [], []
    for image, t in kp.Video(path, end_s=3.0):
        frame = np.zeros((1080, 1920, 3), np.uint8)
        frame[: image.shape[0], : image.shape[1]] = image
        # The estimator works in threads of its own, which are those of the process.
        before = time.process_time()
        result = running.detect(frame, t)
        between, own = time.process_time(), time.thread_time()
        kp.draw(frame, live.push(result, t), order="rgb")
        ours.append(time.thread_time() - own)
        estimating.append(between - before)
    running.close()
    usual = np.median(ours) / np.median(estimating)
    # The first frame loads Pillow and finds the font.
    total = sum(ours[1:]) / sum(estimating[1:])
    with capsys.disabled():
        print(
            f"\nestimator {1e3 * np.median(estimating):.2f} ms, kneepose and drawing "
            f"{1e3 * np.median(ours):.2f} ms of processor time a frame: {usual:.1%}, in sum {total:.1%}"
        )
    assert usual <= 0.10
    assert total <= 0.10
