"""Tests of the app in a real browser: a file as camera, three rooms, keyboard, bad input."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.app.server import AppServer
from kneepose.cli import main
from kneepose.recording.skeleton import find_skeleton
from tests.support.chromium import Page
from tests.support.datasets import FULL
from tests.support.guided_people import Person
from tests.support.marked_clips import find_coco, picture, squats, write_clip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning"),
]
pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")
av = pytest.importorskip("av", reason="PyAV is not installed: pip install av")
for needed in ("jinja2", "matplotlib"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install {needed}")
POINTS, TIMES = squats(step=3)
RATE = round(1 / float(np.median(np.diff(TIMES))))


def camera_file(path: Path, images: list[np.ndarray], rate: int) -> Path:
    """Write a video file that Chromium accepts as a camera."""
    with av.open(str(path), "w", format="yuv4mpegpipe") as out:
        track = out.add_stream("rawvideo", rate=rate)
        track.height, track.width = images[0].shape[:2]
        track.pix_fmt = "yuv420p"
        for image in images:
            out.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(track.encode())
    return path


def started(save: Path, **options: Any) -> AppServer:
    usual: dict[str, Any] = {
        "estimator": find_coco, "skeleton": "coco17", "countdown_s": 0.0, "save": save,
    }  # fmt: skip
    server = AppServer(**usual | options)
    server.start()
    return server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AppServer]:
    found = started(tmp_path / "kept")
    yield found
    found.stop()
    found.close()


def test_one_pass_of_the_camera_counts_what_the_file_has(tmp_path: Path) -> None:
    server = started(tmp_path / "sets", view="front")
    camera = camera_file(tmp_path / "camera.y4m", [picture(p) for p in POINTS], RATE)
    with Page(tmp_path, camera=camera) as page:
        page.open(f"{server.url}&seconds={len(TIMES) / RATE:.2f}#mirror")
        page.wait("document.body.dataset.landmarks === '8'", 60)
        page.wait("document.body.dataset.state === 'done'", 90)
        page.wait("document.body.dataset.result === 'done'", 60)
        shown = page.run("at('mirror-result').innerText")
        report = page.run("document.querySelector('#mirror-result iframe').src")
        text = page.run(f"fetch({json.dumps(report)}).then(answer => answer.text())")
        assert page.errors == []
    server.stop()
    server.close()
    (done,) = server.session.sets
    assert {analysis.reps.count for analysis in done} == {5}
    assert shown.startswith("5")
    # The report computed from the saved recording is identical to the displayed one.
    (saved,) = (tmp_path / "sets").glob("*.npz")
    again = tmp_path / "again.html"
    assert main(["analyze", str(saved), "--exercise", "squat", "--report", str(again)]) == 0
    assert again.read_text(encoding="utf-8") == text
    assert kp.analyze(kp.read(saved), side="left").reps.count == 5


def with_knees_inward(image: np.ndarray, t: float) -> list[kp.estimators.Person]:
    """Return the person drawn by discs, with each knee moved 25 pixels toward the other."""
    found = find_coco(image, t)
    marks = find_skeleton("coco17").landmarks
    for person in found:
        person.points[marks["left_knee"], 0] -= 25
        person.points[marks["right_knee"], 0] += 25
    return found


def test_cues_are_shown_and_spoken(tmp_path: Path) -> None:
    cue = "Let the knee point over the toes."
    camera = camera_file(tmp_path / "camera.y4m", [picture(p) for p in POINTS], RATE)
    server = started(tmp_path / "sets", view="front", estimator=with_knees_inward)
    with Page(tmp_path, camera=camera) as page:
        page.open(f"{server.url}#mirror")
        page.run("window.spoken = []; speechSynthesis.speak = one => spoken.push(one.text)")
        page.run("at('speak').checked = true; at('open').click()")
        page.wait("!at('stage').hidden && Number(document.body.dataset.frames) > 5", 60)
        page.run("at('set').click()")
        page.wait(f"document.body.dataset.cue === {json.dumps(cue)}", 60)
        page.wait(f"spoken.includes({json.dumps(cue)})", 10)
        page.run("at('set').click()")
        page.wait("document.body.dataset.result === 'done'", 60)
        page.run("at('close').click()")
        page.wait("at('stage').hidden")
    server.stop()
    server.close()


def test_the_guided_test_in_the_browser(tmp_path: Path) -> None:
    person = Person()
    server = started(tmp_path / "kept", estimator=person, skeleton="halpe26")
    person.session = server.session
    images = [np.full((960, 540, 3), 30 + 2 * n, np.uint8) for n in range(40)]
    camera = camera_file(tmp_path / "camera.y4m", images, 20)
    with Page(tmp_path, camera=camera) as page:
        page.open(f"{server.url}#mirror")
        page.run("at('guide').click()")
        page.wait("document.querySelectorAll('#checks li.good').length === 4", 60)
        steps = page.run("at('steps').innerText").split("\n")
        assert steps[0] == "Camera"
        assert set(steps[1::2]) == {"Left leg", "Right leg"}
        # The shown commands are in the order of the legs.
        sides = [leg.partition(" ")[0].lower() for leg in steps[1::2]]
        shown = "document.querySelector('.recipe[data-room=mirror] pre').innerText"
        first, second = (f"{shown}.indexOf('--side {side}')" for side in sides)
        page.wait(f"{first} >= 0 && {first} < {second}", 10)
        page.wait("document.querySelector('#steps [aria-current]').innerText.endsWith('leg')", 60)
        page.wait("document.querySelector('#steps [aria-current]').innerText === 'Rest'", 120)
        assert page.run("at('skip').innerText") == "End the rest"
        page.run("at('skip').click()")
        page.wait("document.body.dataset.result", 240)
        shown = page.run("at('mirror-result').innerText")
        assert "Left leg: 5 counted, right leg: 5 counted." in shown
        page.wait("document.querySelector('#mirror-result video').readyState >= 2", 60)
        assert page.errors == []
    server.stop()
    server.close()


def test_a_clip_is_counted_and_its_film_plays(server: AppServer, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "squats.mp4", [picture(p) for p in POINTS], TIMES)
    with Page(tmp_path) as page:
        page.open(f"{server.url}#clip")
        page.run("at('clip-form').requestSubmit()")
        page.wait("document.querySelector('#clip-work [role=alert]')")
        assert "Choose a video first" in page.run("at('clip-work').innerText")
        page.give("#clip-file", clip)
        page.wait(
            "document.querySelector('.recipe[data-room=clip] pre').innerText.includes('squats.mp4')"
        )
        page.run("at('clip-form').requestSubmit()")
        page.wait("document.querySelector('#clip-result .result')", 120)
        assert page.run("document.querySelector('#clip-result .big').innerText") == "5"
        still = "[...document.querySelectorAll('#clip-result .stills img')]"
        page.run(f"{still}.forEach(one => {{ one.loading = 'eager'; }})")
        page.wait(f"{still}.length === 5 && {still}.every(one => one.naturalWidth > 0)")
        page.run("document.querySelector('#clip-result .links button').click()")
        page.wait("document.querySelector('#clip-result video')?.readyState >= 2", 120)
        page.run(
            "new Promise(done => { const film = document.querySelector('#clip-result video'); "
            "film.onseeked = () => done(true); film.currentTime = film.duration / 2; })"
        )
        assert page.errors == []


def test_two_clips_are_compared_and_their_film_plays(server: AppServer, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "squats.mp4", [picture(p) for p in POINTS], TIMES)
    with Page(tmp_path) as page:
        page.open(f"{server.url}#compare")
        for name in ("first", "second"):
            page.give(f"#{name}-file", clip)
        page.run("at('compare-exercise').value = 'squat'")
        page.run("at('compare-form').requestSubmit()")
        page.wait("document.querySelector('#compare-result video')?.readyState >= 2", 240)
        assert "Left leg: 5 counted" in page.run("at('compare-result').innerText")
        assert page.errors == []


def test_the_command_is_that_of_the_last_choice(server: AppServer, tmp_path: Path) -> None:
    """The page shows the command of the latest choice, even if an earlier response comes later."""
    slow_first = """
        const right = window.fetch; let number = 0;
        window.fetch = (...given) => number++ ? right(...given)
            : new Promise(done => setTimeout(done, 400)).then(() => right(...given));
        Promise.all(["squat", "single_leg_squat"].map(
            exercise => showRecipe("compare", {...compareChoices(), exercise})))
    """
    with Page(tmp_path) as page:
        page.open(f"{server.url}#compare")
        page.wait("document.querySelector('.recipe[data-room=compare] pre')")
        page.run(slow_first)
        shown = page.run("document.querySelector('.recipe[data-room=compare] pre').innerText")
    assert "--exercise single_leg_squat" in shown


def test_the_keyboard_reaches_all_and_nothing_is_wider_than_a_phone(
    server: AppServer, tmp_path: Path
) -> None:
    with Page(tmp_path) as page:
        for room in ("mirror", "clip", "compare"):
            page.open(f"{server.url}#{room}")
            page.run("location.reload()")
            time.sleep(0.5)
            page.wait("document.body.dataset.state === 'ready'")
            for width in (1280, 390, 320):
                page.size(width, 800)
                assert page.run("document.documentElement.scrollWidth") <= width
            wanted = page.run(
                "[...document.querySelectorAll('a, button, select, input, summary')]"
                ".filter(one => one.checkVisibility()).length"
            )
            reached = set()
            for _ in range(wanted + 5):
                page.press("Tab")
                reached.add(
                    page.run(
                        "[...document.querySelectorAll('a, button, select, input, summary')]"
                        ".indexOf(document.activeElement)"
                    )
                )
            assert len(reached - {-1}) == wanted
        # Every control has a name for screen readers.
        unnamed = page.run(
            "[...document.querySelectorAll('button, select, input, iframe, video, progress, canvas')]"
            ".filter(one => !(one.labels?.length || one.innerText || one.title || "
            "one.getAttribute('aria-label'))).map(one => one.outerHTML)"
        )
        assert unnamed == []


def test_a_wrong_file_keeps_its_name_and_a_command_its_words(
    server: AppServer, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("no film")
    with Page(tmp_path, wh=(390, 800)) as page:
        page.open(f"{server.url}#clip")
        page.wait("document.querySelector('.recipe[data-room=clip] pre span') !== null")
        pre = "document.querySelector('.recipe[data-room=clip] pre')"
        assert page.run(f"{pre}.innerText").split()[:2] == ["kneepose", "analyze"]
        lines = f"[...{pre}.children].map(word => word.getClientRects().length)"
        assert set(page.run(lines)) == {1}
        page.give("#clip input[type=file]", wrong)
        page.run("document.querySelector('#clip button[type=submit], #clip form button').click()")
        page.wait("document.querySelector('#clip').innerText.includes('cannot be read')")
        assert "notes.mp4 cannot be read" in page.run("document.querySelector('#clip').innerText")


def test_without_a_camera_the_page_says_what_to_do(server: AppServer, tmp_path: Path) -> None:
    with Page(tmp_path) as page:
        page.open(f"{server.url}#mirror")
        page.run("at('open').click()")
        page.wait("document.querySelector('#mirror-work [role=alert]')", 30)
        assert "camera" in page.run("at('mirror-work').innerText")
        assert page.run("!at('mirror-start').hidden")


def test_an_estimator_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    server = started(tmp_path / "sets", estimator="rtmlib", skeleton=None)
    camera = camera_file(tmp_path / "camera.y4m", [picture(POINTS[0])] * 20, 20)
    with Page(tmp_path, camera=camera) as page:
        page.open(f"{server.url}#mirror")
        page.run("at('open').click()")
        page.wait("document.querySelector('#mirror-work [role=alert]')", 30)
        assert "Rtmlib needs a one-stage model" in page.run("at('mirror-work').innerText")
    server.stop()
    server.close()


def test_a_page_of_another_origin_gets_nothing(server: AppServer, tmp_path: Path) -> None:
    other = started(tmp_path / "other")
    with Page(tmp_path) as page:
        page.open(other.url)
        for script in (
            f"fetch('http://127.0.0.1:{server.port}/?token={server.token}')",
            f"fetch('http://127.0.0.1:{server.port}/mirror', {{method: 'POST', body: '{{}}', "
            f"headers: {{'X-Kneepose-Token': '{server.token}'}}}})",
        ):
            assert page.run(f"{script}.then(() => 'read', () => 'refused')") == "refused"
        blank = f"http://127.0.0.1:{server.port}/"
        page.open(blank)
        assert "the token is missing or wrong" in page.run("document.body.innerText")
    other.stop()
    other.close()


@pytest.mark.data
def test_a_real_clip_as_camera_is_counted_by_a_real_model(tmp_path: Path) -> None:
    """MediaPipe counts four squats in a shared clip, as the counter visible in the clip does."""
    pytest.importorskip("mediapipe", reason="mediapipe is not installed", exc_type=ImportError)
    path = FULL / "quickpose-gifs" / "fitness-squats.gif"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    server = started(tmp_path / "sets", estimator="mediapipe", skeleton=None)
    frames = list(kp.Video(path))
    times = np.array([frame.time for frame in frames])
    rate, stands_s = 20, 5
    shown = [int(np.argmin(np.abs(times - n / rate))) for n in range(int(times[-1] * rate))]
    numbers = [0] * rate * stands_s + shown + [shown[-1]] * rate
    images = [np.kron(frames[n].image[:272, :152], np.ones((2, 2, 1), np.uint8)) for n in numbers]
    camera = camera_file(tmp_path / "camera.y4m", images, rate)
    with Page(tmp_path, camera=camera) as page:
        page.open(f"{server.url}&seconds={len(images) / rate:.2f}#mirror")
        page.wait("Number(document.body.dataset.landmarks) >= 12", 60)
        page.wait("document.body.dataset.result === 'done'", 120)
        shown_count = page.run("document.querySelector('#mirror-result .big').innerText")
        assert page.errors == []
    server.stop()
    server.close()
    (done,) = server.session.sets
    assert [analysis.reps.count for analysis in done] == [4, 4]
    assert shown_count == "4"
