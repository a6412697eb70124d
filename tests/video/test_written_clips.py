"""Tests of written clips: frame times, H.264 for browsers, drawn results, and synchronized legs."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from kneepose.video.film import _chosen_reps, _steps, _Track
from tests.support.marked_clips import (
    DISCS,
    SKELETON,
    WH,
    find_discs,
    picture,
    squats,
    write_clip,
)

av = pytest.importorskip("av", reason="PyAV is not installed: pip install av")
pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")
POINTS, TIMES = squats(step=3)
Sides = tuple[kp.analysis.Analysis, kp.analysis.Analysis]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = [picture(points) for points in POINTS]
    return write_clip(tmp_path_factory.mktemp("clips") / "squats.mp4", images, TIMES)


@pytest.fixture(scope="module")
def sides(clip: Path) -> Sides:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        rec = kp.from_video(clip, find_discs, skeleton=SKELETON)
    return kp.analyze_sides(rec, "squat")


def check_plays_everywhere(path: Path) -> None:
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as container:
        (track,) = container.streams
        assert track.codec_context.name == "h264"
        assert track.codec_context.pix_fmt == "yuv420p"


@pytest.mark.slow
def test_an_annotated_clip_has_the_times_of_the_clip_and_the_results_in_it(
    tmp_path: Path, clip: Path, sides: Sides
) -> None:
    told: list[int] = []
    out = kp.annotate(
        clip, sides, tmp_path / "out.mp4", progress=lambda now, total, name: told.append(now)
    )
    check_plays_everywhere(out)
    before, after = list(kp.Video(clip)), list(kp.Video(out))
    assert [f.time for f in after] == pytest.approx([f.time for f in before], abs=1e-4)
    assert told == list(range(len(before)))
    assert after[0].image.shape[:2] == (2 * WH[1], 2 * WH[0])  # enlarged, so that text is legible
    blue = np.abs(after[60].image.astype(int) - (0, 0x72, 0xB2)).max(-1) < 30
    assert blue.sum() > 300
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
def test_a_browser_plays_it(tmp_path: Path, clip: Path, sides: Sides) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    data = kp.annotate(clip, sides, tmp_path / "out.mp4").read_bytes()
    said: list[str] = []
    heard = threading.Event()
    page = b"""<video muted src="/out.mp4"></video><script>
        const clip = document.querySelector("video"), say = text => fetch("/said?" + text);
        clip.onerror = () => say("error"); clip.onloadeddata = () => say("loaded" + clip.videoWidth);
        </script>"""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = (data, "video/mp4") if self.path == "/out.mp4" else (page, "text/html")
            if self.path.startswith("/said?"):
                said.append(self.path.removeprefix("/said?"))
                heard.set()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Suppress the request log of `BaseHTTPRequestHandler`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = subprocess.Popen(
        [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
            f"--user-data-dir={tmp_path / 'profile'}", f"http://127.0.0.1:{server.server_address[1]}/",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    heard.wait(60)
    os.killpg(browser.pid, signal.SIGKILL)
    browser.wait()
    server.shutdown()
    server.server_close()
    assert said[:1] == [f"loaded{2 * WH[0]}"]


def test_odd_sizes_lose_their_last_line(tmp_path: Path) -> None:
    image = picture(POINTS[0], (611, 501))
    path = write_clip(tmp_path / "a.mkv", [image] * 30, np.arange(30) / 30, pixels="yuv444p")
    rec = kp.from_video(path, find_discs, skeleton=SKELETON, keep=False)
    out = kp.annotate(path, kp.analyze(rec, "squat", side="left"), tmp_path / "out.mp4")
    assert kp.Video(out).resolution_wh == (610, 500)


def test_slow_motion_stays_slow_in_the_annotated_clip(tmp_path: Path, clip: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        rec = kp.from_video(
            clip, find_discs, skeleton=SKELETON, slow_motion=2, end_s=1.0, keep=False
        )
    assert rec.times[-1] == pytest.approx(0.48, abs=0.05)
    out = kp.annotate(clip, kp.analyze(rec, "squat", side="left"), tmp_path / "out.mp4")
    assert [f.time for f in kp.Video(out)][-1] == pytest.approx(2 * rec.times[-1], abs=1e-3)


def test_outputs_that_cannot_be_are_refused_and_leave_nothing(
    tmp_path: Path, clip: Path, sides: Sides
) -> None:
    other = write_clip(tmp_path / "b.mp4", [np.zeros((96, 64, 3), np.uint8)] * 3, np.arange(3) / 30)
    with pytest.raises(kp.KneeposeError, match=r"320×400, the clip has 64×96"):
        kp.annotate(other, sides, tmp_path / "out.mp4")
    with pytest.raises(kp.KneeposeError, match=r"must end in \.mp4"):
        kp.annotate(clip, sides, tmp_path / "out.avi")
    with pytest.raises(kp.KneeposeError, match="is read by this command"):
        kp.annotate(clip, sides, clip)
    with pytest.raises(kp.KneeposeError, match="3-D keypoints"):
        kp.annotate(clip, kp.analyze_sides(kp.sample("squat"), "squat"), tmp_path / "out.mp4")
    with pytest.raises(KeyboardInterrupt):
        kp.annotate(clip, sides, tmp_path / "out.mp4", progress=_interrupt)
    assert list(tmp_path.iterdir()) == [other]


def _interrupt(now: int, total: int, name: str) -> None:
    if now == 5:
        raise KeyboardInterrupt


def test_both_legs_of_a_film_are_bent_equally_far_in_each_frame(sides: Sides) -> None:
    """The knee flexion is read from both signals at the two times, during descent and ascent."""
    comparison = kp.compare(*sides)
    reps = _chosen_reps(comparison)
    # in a squat on two legs both panels show the same repetition
    assert reps[0].number == reps[1].number
    tracks = [_Track.of(a, rep) for a, rep in zip(sides, reps, strict=True)]
    steps = _steps(tracks, 60.0)
    assert sum(step.is_halt for step in steps) == 75  # three seconds at 25 frames per second
    for step in steps[30:-30]:
        for side, track in zip(sides, tracks, strict=True):
            t = track.time(step.share, is_down=step.is_down)
            bend = np.interp(t, side.recording.times, side.reps.signal)
            assert bend == pytest.approx(step.share, abs=1.0)


@pytest.mark.slow
def test_a_film_shows_the_first_leg_mirrored_and_halts_at_sixty_degrees(
    tmp_path: Path, clip: Path, sides: Sides
) -> None:
    comparison = kp.compare(*sides)
    out = kp.video.film(comparison, (clip, clip), tmp_path / "film.mp4")
    check_plays_everywhere(out)
    frames = list(kp.Video(out))
    assert np.diff([f.time for f in frames]) == pytest.approx(0.04, abs=1e-3)
    still = [
        n
        for n in range(1, len(frames))
        if np.abs(frames[n].image.astype(int) - frames[n - 1].image).mean() < 0.3
    ]
    assert len(still) >= 75
    panels = frames[len(frames) // 2].image[170:970]
    left, right = panels[:, :540], panels[:, 540:]
    # Both panels come from one clip with both legs, so the mirrored one is a reflection, as the
    # shoulders show.
    for landmark in ("left_shoulder", "right_shoulder"):
        color = DISCS[landmark]
        places = [
            np.argwhere(np.abs(panel.astype(int) - color).max(-1) < 60).mean(0)
            for panel in (left, right)
        ]
        assert places[0][0] == pytest.approx(places[1][0], abs=30)
        assert places[0][1] == pytest.approx(540 - places[1][1], abs=30)


def test_a_film_without_repetitions_is_refused(tmp_path: Path, clip: Path, sides: Sides) -> None:
    none = kp.analyze(sides[0].source[:20], "squat", side="left")
    with pytest.raises(kp.KneeposeError, match="no full repetition"):
        kp.video.film(kp.compare(none, sides[1]), (clip, clip), tmp_path / "film.mp4")
    with pytest.raises(kp.KneeposeError, match="clips has 1 entries"):
        kp.video.film(kp.compare(*sides), (clip,), tmp_path / "film.mp4")
