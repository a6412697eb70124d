"""Tests of the guided test: set-up, both legs in random order, rest, report and film."""

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.app.guided import GuidedTest, set_up_checks
from kneepose.app.server import AppServer
from kneepose.cli import main
from kneepose.video.session import Session
from tests.support.cameras import Camera, floor_below
from tests.support.guided_people import WH, Person

pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")
RATE = 16.0


def standing(**camera: Any) -> kp.Recording:
    """Return three seconds of a measured person standing in front of a simulated camera."""
    rec = kp.sample("squat")
    points = Camera(**{"distance_m": 3.0, "height_m": 0.5} | camera).see(
        rec.coordinates, floor_below(rec.coordinates, "left_ankle", "right_ankle")
    )
    return kp.Recording(
        points[:90], skeleton=rec.skeleton, times=rec.times[:90], resolution_wh=(1080, 1920)
    )


def answers(rec: kp.Recording) -> dict[str, bool | None]:
    return {one.name: one.is_good for one in set_up_checks(rec)}


def test_a_good_place_is_good() -> None:
    assert answers(standing()) == {"body": True, "distance": True, "height": True, "foot": True}


@pytest.mark.parametrize(
    ("camera", "bad", "said"),
    [
        ({"distance_m": 7.0}, "distance", "Come closer"),
        ({"distance_m": 1.6}, "body", "Step back"),
        ({"height_m": 1.6}, "height", "Lower it"),
        ({"height_m": 0.05}, "height", "Raise it"),
        ({"yaw_deg": 12.0}, "foot", "to your right"),
        ({"yaw_deg": -12.0}, "foot", "to your left"),
        ({"yaw_deg": 90.0}, "foot", "Face the camera"),
        ({"yaw_deg": 180.0}, "foot", "Face the camera"),
    ],
)
def test_what_is_wrong_is_found_and_said(camera: dict[str, float], bad: str, said: str) -> None:
    found = {one.name: one for one in set_up_checks(standing(**camera))}
    assert found[bad].is_good is False
    assert said in found[bad].text


def test_nobody_is_said() -> None:
    rec = standing()
    nobody = kp.Recording(
        np.full(rec.coordinates.shape, np.nan), skeleton=rec.skeleton, times=rec.times,
        resolution_wh=rec.resolution_wh,
    )  # fmt: skip
    assert answers(nobody) == {"body": False, "distance": None, "height": None, "foot": None}


def test_the_order_of_the_legs_is_random(tmp_path: Path) -> None:
    session = Session(
        "squat", side=None, estimator="mediapipe", model=None, person="main", skeleton=None,
        countdown_s=0.0, save=None, view=None,
    )  # fmt: skip
    orders = {GuidedTest(session, tmp_path).order for _ in range(60)}
    assert orders == {("left", "right"), ("right", "left")}


def app(person: Person, save: Path) -> AppServer:
    server = AppServer(estimator=person, skeleton="halpe26", save=save)
    person.session = server.session
    server.mirror.allowance.per_s = server.mirror.allowance.left = 1e9
    return server


def picture(t: float) -> bytes:
    """Return a JPEG frame that is identified by its brightness."""
    data = io.BytesIO()
    pillow.new("RGB", WH, (int(60 + 10 * t) % 200,) * 3).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.slow
def test_the_whole_test_ends_with_report_and_film(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for needed in ("jinja2", "matplotlib", "av"):
        pytest.importorskip(needed)
    server = app(Person(), tmp_path / "kept")
    state = server.mirror.act({"action": "guide"})
    order = state["guided"]["order"]
    steps: list[tuple[str, str]] = []
    began: dict[str, float] = {}
    t = 0.0
    while "job" not in state:
        t += 0.5 if steps and steps[-1][0] == "rest" else 1 / RATE
        state = server.mirror.frame(picture(t), t)
        step, side = state["guided"]["step"], state["guided"]["side"]
        if (step, side) not in steps:
            steps.append((step, side))
            began[step] = t
        assert t < 200, state
    assert steps == [
        ("set_up", order[0]), ("first", order[0]), ("rest", order[1]), ("second", order[1]),
        ("finished", order[1]),
    ]  # fmt: skip
    assert 2.0 < began["first"] < 8.0  # the set-up is good, so the test starts by itself
    assert began["second"] - began["rest"] == pytest.approx(60, abs=0.6)
    assert 90 < t < 150  # the whole test takes about two minutes
    until = time.monotonic() + 200
    while (found := server.jobs.state(state["job"]["number"]))["state"] in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert found["error"] == ""
    result = found["result"]
    assert [one["count"] for one in result["counts"]] == [5, 5]
    place = Path(result["folder"])
    assert place.parent == tmp_path / "kept"
    film = server.store.given(result["film"]).path
    assert film == place / "film.mp4"
    assert len(list(kp.Video(film))) > 100
    # The stored landmarks match the frames of the stored clips, and give the same report.
    for side in ("left", "right"):
        rec = kp.read(place / f"{side}.mp4.keypoints.npz")
        frames = [frame.time for frame in kp.Video(place / f"{side}.mp4")]
        assert frames == pytest.approx(rec.times, abs=1e-6)
    clips = [str(place / f"{side}.mp4.keypoints.npz") for side in ("left", "right")]
    again = tmp_path / "again.html"
    command = ["compare", *clips, "--exercise", "single_leg_squat", "--report", str(again)]
    assert main(command) == 0
    assert again.read_bytes() == (place / "compare.html").read_bytes()
    capsys.readouterr()
    server.close()


def test_a_bad_place_is_waited_for_and_can_be_skipped(tmp_path: Path) -> None:
    server = app(Person(yaw_deg=15.0), tmp_path)
    server.mirror.act({"action": "guide"})
    for n in range(200):
        state = server.mirror.frame(picture(0), n / RATE)
    assert state["guided"]["step"] == "set_up"
    assert "Turn a little" in " ".join(one["text"] for one in state["guided"]["checks"])
    assert server.mirror.act({"action": "skip"})["guided"]["step"] == "first"
    assert server.mirror.act({"action": "leave"})["guided"] is None
    assert list(tmp_path.iterdir()) == []
    server.close()


def test_a_leg_that_was_not_seen_is_said(tmp_path: Path) -> None:
    server = app(Person(), tmp_path)
    server.mirror.act({"action": "guide"})
    for n in range(30):
        server.mirror.frame(picture(0), n / RATE)
    for _ in range(3):
        server.mirror.act({"action": "skip"})
    state = server.mirror.act({"action": "skip"})
    while (found := server.jobs.state(state["job"]["number"]))["state"] in ("waiting", "running"):
        time.sleep(0.05)
    assert found["state"] == "failed"
    assert "begin the test again" in found["error"]
    server.close()


def test_a_slow_computer_is_said(tmp_path: Path) -> None:
    server = app(Person(), tmp_path)
    server.mirror.act({"action": "guide"})
    for n in range(40):
        state = server.mirror.frame(picture(0), n / 7)
    (found,) = state["guided"]["checks"]
    assert found["name"] == "rate"
    assert found["is_good"] is False
    assert "7 pictures per second" in found["text"]
    server.close()
