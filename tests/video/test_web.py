"""``kneepose live --web``: what the page gets, what is refused, and a whole session in a browser."""

import http.client
import io
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.video.session import Session
from kneepose.video.web import LARGEST_FRAME, MOST_FRAMES_PER_S, MirrorServer
from tests.support.marked_clips import find_coco, picture, squats

pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")
POINTS, TIMES = squats(step=3)


def session(**options: Any) -> Session:
    usual: dict[str, Any] = {
        "side": None, "estimator": find_coco, "model": None, "person": "main", "skeleton": "coco17",
        "countdown_s": 0.0, "save": None, "view": "front",
    }  # fmt: skip
    return Session("squat", **usual | options)


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    found = MirrorServer(session())
    found.start()
    yield found
    found.stop()


def jpeg(image: np.ndarray) -> bytes:
    data = io.BytesIO()
    pillow.fromarray(image).save(data, "JPEG", quality=95)
    return data.getvalue()


def ask(
    server: MirrorServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    sent = {"X-Kneepose-Token": server.token} | {k.replace("_", "-"): v for k, v in headers.items()}
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return answer.status, json.loads(text) if is_json else text
    finally:
        connection.close()


@pytest.mark.slow
def test_frames_are_counted_and_the_set_has_a_report(server: MirrorServer) -> None:
    assert ask(server, "POST", "/set", b'{"action": "start"}')[1]["in_set"]
    for points, t in zip(POINTS, TIMES, strict=True):
        server._allowance._left = float(MOST_FRAMES_PER_S)  # frames come as fast as they can
        status, found = ask(server, "POST", f"/frame?t={t}", jpeg(picture(points)))
        assert status == 200, found
    assert found["in_set"]
    assert found["points"]["left_knee"] == pytest.approx(list(POINTS[-1][4]), abs=2)
    _, done = ask(server, "POST", "/set", b'{"action": "stop"}')
    assert [one["count"] for one in done["last_set"]] == [5, 5]
    status, page = ask(server, "GET", f"/report?token={server.token}")
    assert status == 200
    assert "5 repetitions" in page


def test_the_page_needs_its_token_and_runs_no_other_script(server: MirrorServer) -> None:
    status, page = ask(server, "GET", f"/?token={server.token}")
    assert status == 200
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page))
    assert nonce != "NONCE"
    for path in ("/", "/?token=wrong", "/report", "/frame"):
        status, said = ask(server, "GET", path)
        assert status == 403
        assert "token" in said["error"]
    assert ask(server, "POST", "/set", b"{}", X_Kneepose_Token="")[0] == 403
    assert ask(server, "GET", f"/absent?token={server.token}")[0] == 404
    assert ask(server, "GET", f"/report?token={server.token}")[0] == 404  # no set yet


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_pages_of_other_origins_are_refused(server: MirrorServer, origin: str) -> None:
    status, said = ask(server, "POST", "/frame?t=0", jpeg(picture(POINTS[0])), Origin=origin)
    assert status == 403
    assert "origins" in said["error"]


def test_another_name_for_this_computer_is_refused(server: MirrorServer) -> None:
    """A foreign name that leads to 127.0.0.1, as in an attack by DNS."""
    status, said = ask(server, "GET", f"/?token={server.token}", Host="evil.example")
    assert status == 403
    assert "127.0.0.1 only" in said["error"]


def test_frames_that_are_too_large_or_no_pictures_are_refused(server: MirrorServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", "/frame?t=0")
    connection.putheader("X-Kneepose-Token", server.token)
    connection.putheader("Content-Length", str(50_000_000))
    connection.endheaders()  # refused before a byte of it is read
    answer = connection.getresponse()
    assert answer.status == 413
    assert str(LARGEST_FRAME) in json.loads(answer.read())["error"]
    connection.close()
    many_pixels = jpeg(np.zeros((1600, 1600, 3), np.uint8))
    assert ask(server, "POST", "/frame?t=0", many_pixels)[0] == 413
    assert ask(server, "POST", "/frame?t=0", b"no picture")[0] == 400
    assert ask(server, "POST", "/frame?t=never", jpeg(picture(POINTS[0])))[0] == 400
    assert ask(server, "POST", "/set", b'{"action": "fly"}')[0] == 400
    assert ask(server, "POST", "/frame?t=0", jpeg(picture(POINTS[0])))[0] == 200  # it goes on


def test_more_frames_than_a_camera_gives_are_refused(server: MirrorServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    statuses = []
    body = jpeg(np.zeros((16, 16, 3), np.uint8))
    for number in range(4 * MOST_FRAMES_PER_S):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request(
            "POST", f"/frame?t={number / 1000}", body, {"X-Kneepose-Token": server.token}
        )
        statuses.append(connection.getresponse().status)
        connection.close()
    assert set(statuses) <= {200, 429}
    server._allowance._left = 0.0
    server._allowance._per_s = 1e-9
    status, said = ask(server, "POST", "/frame?t=9", body)
    assert status == 429
    assert "frames per second" in said["error"]


def test_one_frame_is_analyzed_at_a_time() -> None:
    waiting, go = threading.Event(), threading.Event()

    def slow(image: np.ndarray, t: float) -> Any:
        waiting.set()
        go.wait(20)
        return find_coco(image, t)

    server = MirrorServer(session(estimator=slow))
    server.start()
    first: list[Any] = []
    body = jpeg(picture(POINTS[0]))
    thread = threading.Thread(target=lambda: first.append(ask(server, "POST", "/frame?t=0", body)))
    thread.start()
    assert waiting.wait(20)
    status, said = ask(server, "POST", "/frame?t=0.1", body)
    go.set()
    thread.join()
    server.stop()
    assert status == 503
    assert "one at a time" in said["error"]
    assert first[0][0] == 200


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the frame rate is")
def test_a_session_in_a_browser_with_a_file_as_camera(tmp_path: Path) -> None:
    """One pass of the file, by the page itself: its count is that of the file, and of what was saved."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    av = pytest.importorskip("av", reason="PyAV is not installed: pip install av")
    images = [picture(points) for points in POINTS]
    rate = round(1 / np.median(np.diff(TIMES)))
    camera = tmp_path / "camera.y4m"  # a kind of file that states its rate
    with av.open(str(camera), "w", format="yuv4mpegpipe") as out:
        track = out.add_stream("rawvideo", rate=rate)
        track.width, track.height, track.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
        for image in images:
            out.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(track.encode())
    live = session(save=tmp_path / "sets")
    server = MirrorServer(live)
    server.start()
    browser = subprocess.Popen(
        [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio",
            "--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'profile'}",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
            f"{server.url}&seconds={len(TIMES) / rate:.2f}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while not live.sets and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
    server.stop()
    live.close()
    assert live.sets, "the page did not finish its set"
    (counted,) = {analysis.reps.count for analysis in live.sets[0]}
    assert counted == 5
    (saved,) = (tmp_path / "sets").iterdir()
    assert kp.analyze(kp.read(saved), side="left").reps.count == counted
