"""Tests of the rooms *Clip* and *Compare*: counts, stills, report, film, cancel, errors."""

import ast
import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.app.files import Store
from kneepose.app.jobs import Jobs
from kneepose.app.recipes import recipe
from kneepose.app.refusal import Refused
from kneepose.app.server import AppServer
from kneepose.cli.commands import _parser
from tests.support.marked_clips import find_coco, nobody, picture, squats, write_clip

pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")
pytest.importorskip("av", reason="PyAV is not installed: pip install av")
POINTS, TIMES = squats(step=3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "squats.mp4"
    return write_clip(path, [picture(points) for points in POINTS], TIMES)


@pytest.fixture
def server() -> Iterator[AppServer]:
    found = AppServer(estimator=find_coco, skeleton="coco17")
    yield found
    found.close()


def handed(server: AppServer, path: Path) -> str:
    """Upload a clip and return its number."""
    with path.open("rb") as file:
        return str(server.store.take(path.name, path.stat().st_size, file.read)["clip"])


def done(server: AppServer, work: dict[str, Any], seconds: float = 120) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = server.jobs.state(work["number"])
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.02)
    raise AssertionError(f"not done: {found}")


@pytest.mark.slow
def test_a_clip_ends_with_count_stills_and_report(server: AppServer, clip: Path) -> None:
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    image = pytest.importorskip("PIL.Image")
    given = {"kind": "clip", "clip": handed(server, clip), "exercise": "squat"}
    found = done(server, server.clips.start(given))
    result = found["result"]
    assert found["error"] == ""
    assert (result["count"], result["sides"]) == (5, ["left", "right"])
    rec = kp.from_video(clip, find_coco, skeleton="coco17", keep=False)
    truth = kp.analyze(rec, "squat", side="left").reps
    assert [rep["at_s"] for rep in result["reps"]] == [round(rep.bottom_s, 2) for rep in truth]
    assert [rep["number"] for rep in result["reps"]] == [1, 2, 3, 4, 5]
    blue = np.array([0, 0x72, 0xB2])
    for rep in result["reps"]:
        still = np.asarray(image.open(server.store.given(rep["still"]).path)).astype(int)
        assert (np.abs(still - blue).max(-1) < 30).sum() > 50  # the left leg is drawn in blue
    page = server.store.given(result["report"]).path.read_text(encoding="utf-8")
    assert "5 repetitions" in page
    assert kp.read(server.store.given(result["keypoints"]).path).n_frames == len(TIMES)
    made = done(server, server.clips.start({"kind": "annotate", "result": result["result"]}))
    film = server.store.given(made["result"]["film"])
    assert (film.name, film.kind) == ("squats.annotated.mp4", "video/mp4")
    assert len(list(kp.Video(film.path))) == len(TIMES)


@pytest.mark.slow
def test_two_clips_end_with_report_and_film(server: AppServer, clip: Path) -> None:
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    given = {
        "kind": "compare", "exercise": "squat", "first": handed(server, clip),
        "second": handed(server, clip), "first_side": "left", "second_side": "right",
    }  # fmt: skip
    result = done(server, server.clips.start(given))["result"]
    assert result["counts"] == [{"side": "left", "count": 5}, {"side": "right", "count": 5}]
    assert result["no_film"] == ""
    assert len(list(kp.Video(server.store.given(result["film"]).path))) > 100
    assert server.store.given(result["report"]).kind.startswith("text/html")


@pytest.mark.slow
def test_a_leg_without_repetitions_has_a_report_and_no_film(
    server: AppServer, tmp_path: Path, clip: Path
) -> None:
    still = write_clip(tmp_path / "still.mp4", [picture(POINTS[0])] * len(TIMES), TIMES)
    given = {
        "kind": "compare", "exercise": "squat", "first": handed(server, still),
        "second": handed(server, clip), "first_side": "left", "second_side": "right",
    }  # fmt: skip
    result = done(server, server.clips.start(given))["result"]
    assert result["film"] is None
    assert "no full repetition" in result["no_film"]
    assert len(result["why"]) == 1


def test_reading_shows_progress_and_can_be_cancelled(clip: Path) -> None:
    waiting = threading.Event()

    def slow(image: np.ndarray, t: float) -> Any:
        waiting.wait(0.02)
        return find_coco(image, t)

    server = AppServer(estimator=slow, skeleton="coco17")
    work = server.clips.start({"kind": "clip", "clip": handed(server, clip), "exercise": "squat"})
    until = time.monotonic() + 30
    while (found := server.jobs.state(work["number"]))["done"] < 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert found["total"] >= len(TIMES) - 1
    assert found["what"] == "reading squats.mp4"
    begun = time.monotonic()
    server.jobs.cancel(work["number"])
    assert done(server, work)["state"] == "cancelled"
    assert time.monotonic() - begun < 2
    assert not list(server.store.root.glob("*/*.npz"))
    server.close()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("no.mp4", b"no video at all", "cannot be read as a video"), ("no.gif", b"GIF89a", "no.gif")],
)
def test_what_is_no_video_is_said(
    server: AppServer, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    given = {"kind": "clip", "clip": handed(server, path), "exercise": "squat"}
    found = done(server, server.clips.start(given))
    assert found["state"] == "failed"
    assert said in found["error"]
    assert "Traceback" not in found["error"]


def test_nobody_in_the_clip_is_said(clip: Path) -> None:
    server = AppServer(estimator=nobody, skeleton="coco17")
    given = {"kind": "clip", "clip": handed(server, clip), "exercise": "squat"}
    assert "finds nobody" in done(server, server.clips.start(given))["error"]
    server.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "dance"}, "kind must be"),
        ({"kind": "clip", "clip": "77"}, "choose it again"),
        ({"kind": "clip", "exercise": "handstand"}, "exercise must be"),
        ({"kind": "clip", "exercise": "clamshell"}, "choose the side"),
        ({"kind": "clip", "slow_motion": "eight"}, "no number"),
        ({"kind": "annotate", "result": "5"}, "count the clip again"),
        ({"kind": "compare", "first": "5"}, "choose it again"),
    ],
)
def test_what_cannot_be_done_is_said(server: AppServer, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        server.clips.start(given)


def test_work_waits_for_its_turn_and_too_much_is_refused() -> None:
    jobs, go = Jobs(), threading.Event()
    order: list[int] = []

    def work(number: int) -> Any:
        def run(progress: Any) -> int:
            order.append(number)
            go.wait(10)
            return number

        return run

    started = [jobs.start("x", work(n)) for n in range(5)]
    states = [jobs.state(one["number"])["state"] for one in started]
    assert states.count("waiting") >= 4
    assert len(order) <= 1
    with pytest.raises(Refused, match="wait for them"):
        jobs.start("x", work(9))
    go.set()
    until = time.monotonic() + 10
    while any(jobs.state(one["number"])["state"] != "done" for one in started):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert sorted(order) == [0, 1, 2, 3, 4]
    jobs.close()


def test_an_unknown_failure_is_told_and_the_next_work_runs() -> None:
    jobs = Jobs()

    def breaks(progress: Any) -> None:
        raise RuntimeError("the estimator fell over")

    started = jobs.start("x", breaks)
    after = jobs.start("x", lambda progress: 7)
    until = time.monotonic() + 10
    while jobs.state(after["number"])["state"] != "done" and time.monotonic() < until:
        time.sleep(0.01)
    assert "the estimator fell over" in jobs.state(started["number"])["error"]
    assert jobs.state(after["number"])["result"] == 7
    jobs.close()


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("U", (), {"free": 1000}))
    with pytest.raises(Refused, match="no room"):
        store.take("a.mp4", 900, lambda size: b"a" * size)
    store.close()


ROOMS: list[dict[str, Any]] = [
    {"room": "mirror", "exercise": "squat"},
    {"room": "mirror", "exercise": "fire_hydrant", "side": "right"},
    {"room": "guided"},
    {"room": "clip", "exercise": "squat", "clip": "my squat's.mp4"},
    {"room": "clip", "exercise": "clamshell", "side": "left", "clip": "-x \"y\".mov", "start_s": "1.5",
     "end_s": "9", "slow_motion": "8", "person": "largest", "mirrored": True},
    {"room": "compare", "exercise": "single_leg_squat", "first": "a.mp4", "second": "b.mp4"},
    {"room": "compare", "exercise": "squat", "first_side": "left", "second_side": "left"},
]  # fmt: skip


@pytest.mark.parametrize("given", ROOMS, ids=lambda given: f"{given['room']}")
def test_the_commands_and_the_python_that_are_shown_exist(given: dict[str, Any]) -> None:
    shown = recipe(given)
    for line in shown["command"].splitlines():
        program, *arguments = shlex.split(line)
        assert program == "kneepose"
        _parser().parse_args(arguments)  # exits and fails the test if an option does not exist
    tree = ast.parse(shown["python"])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.value.id != "kp" or hasattr(kp, node.attr)
    assert len(shown["python"].splitlines()) == 5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("room", ["clip", "compare"])
def test_the_python_that_is_shown_runs(
    room: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squats.mp4").write_bytes(clip.read_bytes())
    monkeypatch.setattr(kp, "from_video", lambda path: _with_discs(path))
    names = {"clip": "squats.mp4", "first": "squats.mp4", "second": "squats.mp4"}
    exec(recipe({"room": room, "exercise": "squat", **names})["python"], {})
    made = {
        "clip": {"squats.html", "squats.annotated.mp4"},
        "compare": {"compare.html", "film.mp4"},
    }
    assert made[room] <= {path.name for path in tmp_path.iterdir()}


def _with_discs(path: str) -> kp.Recording:
    from kneepose.video import from_video

    return from_video(path, find_coco, skeleton="coco17")
