"""Tests of the server of ``kneepose app`` and ``live --web``: responses and refusals."""

import http.client
import io
import json
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
import pytest

import kneepose as kp
from kneepose.app.files import LARGEST_CLIP
from kneepose.app.mirror import LARGEST_FRAME, MOST_FRAMES_PER_S, Allowance
from kneepose.app.server import AppServer
from kneepose.cli import main
from tests.support.marked_clips import find_coco, picture, squats

pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")
POINTS, TIMES = squats(step=3)


def app(**options: Any) -> AppServer:
    usual: dict[str, Any] = {
        "estimator": find_coco, "skeleton": "coco17", "countdown_s": 0.0, "view": "front",
    }  # fmt: skip
    return AppServer(**usual | options)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AppServer]:
    found = app(save=tmp_path / "sets")
    found.start()
    yield found
    found.stop()
    found.close()


def jpeg(image: np.ndarray) -> bytes:
    data = io.BytesIO()
    pillow.fromarray(image).save(data, "JPEG", quality=95)
    return data.getvalue()


def ask(
    server: AppServer, method: str, path: str, body: bytes | None = None, **headers: str
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


def work(server: AppServer, number: str) -> Any:
    """Wait for a job and return its result."""
    while True:
        _, found = ask(server, "POST", "/work/state", json.dumps({"work": number}).encode())
        if found["state"] not in ("waiting", "running"):
            assert found["state"] == "done", found["error"]
            return found["result"]


def post(server: AppServer, path: str, **given: Any) -> tuple[int, Any]:
    return ask(server, "POST", path, json.dumps(given).encode())


@pytest.mark.slow
def test_frames_are_counted_and_the_set_is_saved_with_its_report(
    server: AppServer, tmp_path: Path
) -> None:
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    assert post(server, "/mirror", action="start")[1]["in_set"]
    for points, t in zip(POINTS, TIMES, strict=True):
        # disable the rate limit of the test's frames
        server.mirror.allowance.left = float(MOST_FRAMES_PER_S)
        status, found = ask(server, "POST", f"/frame?t={t}", jpeg(picture(points)))
        assert status == 200, found
    assert found["in_set"]
    assert found["points"]["left_knee"] == pytest.approx(list(POINTS[-1][4]), abs=2)
    _, done = post(server, "/mirror", action="stop")
    assert [one["count"] for one in done["last_set"]] == [5, 5]
    result = work(server, done["job"]["number"])
    assert result["count"] == 5
    status, page = ask(server, "GET", f"/file?id={result['report']}&token={server.token}")
    assert status == 200
    # The saved landmarks give the same report, byte for byte.
    saved = tmp_path / "sets" / "squat-set1-both.npz"
    again = tmp_path / "again.html"
    assert main(["analyze", str(saved), "--exercise", "squat", "--report", str(again)]) == 0
    assert again.read_text(encoding="utf-8") == page
    assert saved.with_suffix(".html").read_text(encoding="utf-8") == page


@pytest.mark.slow
def test_a_set_that_goes_on_is_saved_at_the_end(tmp_path: Path) -> None:
    server = app(save=tmp_path)
    server.mirror.act({"action": "start"})
    for points, t in zip(POINTS, TIMES, strict=True):
        server.session.push(picture(points), t)
    server.close()
    (saved,) = tmp_path.iterdir()
    assert kp.analyze(kp.read(saved), side="left").reps.count == 5


def test_what_is_not_saved_is_removed_at_the_end() -> None:
    server = app()
    root = server.store.root
    assert root.is_dir()
    server.close()
    assert not root.exists()


def test_a_set_that_cannot_be_measured_has_its_reason(server: AppServer) -> None:
    post(server, "/mirror", action="start")
    server.session.push(picture(POINTS[0]), 0.0)
    _, found = post(server, "/mirror", action="stop")
    assert found["last_set"] == []
    assert "frames" in found["problem"]


def test_exercise_and_side_are_chosen_and_changed(server: AppServer) -> None:
    _, found = post(server, "/mirror", action="choose", exercise="clamshell", side="right")
    assert (found["exercise"], found["sides"]) == ("clamshell", ["right"])
    assert post(server, "/mirror", action="side")[1]["sides"] == ["left"]
    status, said = post(server, "/mirror", action="choose", exercise="clamshell")
    assert (status, "choose the side" in said["error"]) == (400, True)
    assert post(server, "/mirror", action="choose", exercise="handstand")[0] == 400


def test_the_page_needs_its_token_and_runs_no_other_script(server: AppServer) -> None:
    status, page = ask(server, "GET", f"/?token={server.token}")
    assert status == 200
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page))
    assert nonce != "NONCE"
    for path in ("/", "/?token=wrong", "/app.js", "/file?id=1", "/frame"):
        status, said = ask(server, "GET", path)
        assert status == 403
        assert "token" in said["error"]
    for path in ("/mirror", "/clip", "/work", "/work/state", "/recipe", "/frame?t=0"):
        assert ask(server, "POST", path, b"{}", X_Kneepose_Token="")[0] == 403
    for path in ("/absent", "/file?id=9", "/../server.py", "/app.html"):
        mark = "&" if "?" in path else "?"
        assert ask(server, "GET", f"{path}{mark}token={server.token}")[0] == 404


def test_answers_forbid_other_pages_to_use_them(server: AppServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", f"/?token={server.token}")
    answer = connection.getresponse()
    answer.read()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Access-Control-Allow-Origin"] is None
    connection.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_pages_of_other_origins_are_refused(server: AppServer, origin: str) -> None:
    status, said = ask(server, "POST", "/frame?t=0", jpeg(picture(POINTS[0])), Origin=origin)
    assert status == 403
    assert "origins" in said["error"]


def test_another_name_for_this_computer_is_refused(server: AppServer) -> None:
    """A request with a foreign host name that resolves to 127.0.0.1 (DNS rebinding) is refused."""
    status, said = ask(server, "GET", f"/?token={server.token}", Host="evil.example")
    assert status == 403
    assert "127.0.0.1 only" in said["error"]


def test_frames_that_are_too_large_or_no_pictures_are_refused(server: AppServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", "/frame?t=0")
    connection.putheader("X-Kneepose-Token", server.token)
    connection.putheader("Content-Length", str(50_000_000))
    connection.endheaders()  # refused before any byte of the body is read
    answer = connection.getresponse()
    assert answer.status == 413
    assert str(LARGEST_FRAME) in json.loads(answer.read())["error"]
    connection.close()
    many_pixels = jpeg(np.zeros((1600, 1600, 3), np.uint8))
    assert ask(server, "POST", "/frame?t=0", many_pixels)[0] == 413
    assert ask(server, "POST", "/frame?t=0", b"no picture")[0] == 400
    assert ask(server, "POST", "/frame?t=never", jpeg(picture(POINTS[0])))[0] == 400
    assert post(server, "/mirror", action="fly")[0] == 400
    assert ask(server, "POST", "/mirror", b"[]")[0] == 400
    assert ask(server, "POST", "/mirror", b" " * 30_000)[0] == 413
    # The server still responds after the refused requests.
    assert ask(server, "POST", "/frame?t=0", jpeg(picture(POINTS[0])))[0] == 200


def test_more_frames_than_a_camera_gives_are_refused(server: AppServer) -> None:
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
    server.mirror.allowance.left = 0.0
    server.mirror.allowance.per_s = 1e-9
    status, said = ask(server, "POST", "/frame?t=9", body)
    assert status == 429
    assert "frames per second" in said["error"]


def test_one_frame_is_analyzed_at_a_time() -> None:
    waiting, go = threading.Event(), threading.Event()

    def slow(image: np.ndarray, t: float) -> Any:
        waiting.set()
        go.wait(20)
        return find_coco(image, t)

    server = app(estimator=slow)
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
    server.close()
    assert status == 503
    assert "one at a time" in said["error"]
    assert first[0][0] == 200


def test_a_thousand_frames_a_second_are_refused_and_take_no_memory(server: AppServer) -> None:
    body = jpeg(picture(POINTS[0]))
    ask(server, "POST", "/frame?t=0", body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = 0
    server.mirror.allowance = Allowance(MOST_FRAMES_PER_S, clock=lambda: sent / 1000)
    statuses = []
    for sent in range(1, 1001):
        status, said = ask(server, "POST", f"/frame?t={sent / 1000}", body)
        statuses.append(status)
    assert status == 429
    assert f"more than {MOST_FRAMES_PER_S} frames per second" in said["error"]
    assert set(statuses) == {200, 429}
    # one burst, and one second's allowance
    assert statuses.count(200) == pytest.approx(2 * MOST_FRAMES_PER_S, abs=1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # in kilobytes


def test_a_clip_that_is_too_large_is_refused_before_it_is_sent(server: AppServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", "/clip?name=long.mp4")
    connection.putheader("X-Kneepose-Token", server.token)
    connection.putheader("Content-Length", str(LARGEST_CLIP + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert "Cut it" in json.loads(answer.read())["error"]
    connection.close()
    assert ask(server, "POST", "/clip?name=empty.mp4", b"")[0] == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [("squat.mp4", "squat.mp4"), ("../../etc/pass wd", "pass wd"), ("C:\\a\\b.mov", "b.mov"),
     ("..", "clip"), ("a\n<b>.mp4", "a__b_.mp4"), ("Übung 1.mp4", "Übung 1.mp4")],
)  # fmt: skip
def test_clips_keep_a_plain_name_in_their_folder(server: AppServer, given: str, kept: str) -> None:
    found = server.store.take(given, 3, lambda size: b"abc"[:size])
    assert found["name"] == kept
    path = server.store.clip(found["clip"])
    assert path.read_bytes() == b"abc"
    assert path.parent.parent == server.store.root


def test_old_clips_make_room(server: AppServer) -> None:
    numbers = [server.store.take("a.mp4", 1, lambda size: b"a")["clip"] for _ in range(9)]
    kept = [number for number in numbers if (server.store.root / number).exists()]
    assert kept == numbers[-6:]
    assert post(server, "/work", kind="clip", clip=numbers[0], exercise="squat")[0] == 404


def test_parts_of_a_file_are_given(server: AppServer, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(range(100)))
    number = server.store.give(path)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for asked, status, first, length in (
        ("bytes=10-19", 206, 10, 10), ("bytes=90-", 206, 90, 10), ("bytes=200-", 200, 0, 100),
        ("bytes=5-900", 206, 5, 95), ("nonsense", 200, 0, 100),
    ):  # fmt: skip
        place = f"/file?id={number}&token={server.token}"
        connection.request("GET", place, headers={"Range": asked})
        answer = connection.getresponse()
        body = answer.read()
        assert (answer.status, body[0], len(body)) == (status, first, length)
    connection.close()


def test_a_port_in_use_is_an_error_in_words(server: AppServer) -> None:
    with pytest.raises(kp.KneeposeError, match="omit it for a free one"):
        app(port=server.port)


def test_the_mirror_alone_for_live(capsys: pytest.CaptureFixture[str]) -> None:
    server = app(rooms=["mirror"], exercise="single_leg_squat", side="left")
    page = server.page("x").decode()
    assert '"rooms": ["mirror"]' in page
    assert '"sides": ["left"]' in page
    server.close()
    with pytest.raises(kp.errors.UnknownNameError, match="room"):
        app(rooms=["cellar"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code"),
    [(["app", "--no-browser", "--room", "clip"], 0), (["live", "--exercise", "squat", "--web"], 4)],
)
def test_the_commands_serve_the_page_until_an_interrupt(command: list[str], code: int) -> None:
    """`live` exits with 4, because no set was measured."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kneepose", *command], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    address = urlsplit(re.search(r"http://\S+", said)[0])  # type: ignore[index]
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    connection.request("GET", f"/?{address.query}")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"kneepose" in answer.read()
    connection.close()
    assert address.fragment == ("clip" if "clip" in command else "")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err


def test_the_page_is_in_the_language_of_the_one_who_opens_it() -> None:
    """Server threads and jobs use the language in force when the server was created."""
    with kp.words.speak("de"):
        server = AppServer(estimator=find_coco, skeleton="coco17")
    try:
        server.start()
        with urlopen(server.url) as answer:
            page = answer.read().decode()
        assert '<html lang="de">' in page
        assert "Geführten Test beginnen" in page
        data = json.loads(page.split("const data = ")[1].split(";</script>")[0])
        assert data["words"]["Stop the set"] == "Satz beenden"
        assert data["exercises"][0]["title"] == "Kniebeuge"
        with pytest.raises(HTTPError) as refused:
            urlopen(server.url.replace("/?", "/file?id=9&"))
        assert "diese Datei ist nicht mehr da" in json.loads(refused.value.read())["error"]
        with kp.words.speak("de"):
            work = server.jobs.start("x", lambda _: kp.words.tr("measuring"))
        until = time.monotonic() + 10
        while (found := server.jobs.state(work["number"]))["state"] != "done":
            assert time.monotonic() < until
            time.sleep(0.01)
        assert found["result"] == "es wird gemessen"
    finally:
        server.stop()
        server.close()


@pytest.mark.parametrize("port", [-1, 65_536, 99_999_999])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(kp.KneeposeError, match=f"port {port} cannot be opened"):
        app(port=port)
