"""Tests of the rating page: blinding, random order, access, and saving before confirmation."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.app.rating import RatingServer
from kneepose.study import Study
from kneepose.study.raters import clips_of
from tests.app.test_server import ask as asked_of_app
from tests.support.chromium import Page
from tests.support.marked_clips import picture, squats, write_clip

POINTS, TIMES = squats(step=6)


def ask(server: RatingServer, *given: Any, **headers: str) -> tuple[int, Any]:
    return asked_of_app(server, *given, **headers)  # type: ignore[arg-type]


def post(server: RatingServer, path: str, **given: Any) -> tuple[int, Any]:
    return ask(server, "POST", path, json.dumps(given).encode())


@pytest.fixture
def study(tmp_path: Path) -> Study:
    found = Study.new(tmp_path / "study", "single_leg_squat", camera="phone, front", people=4)
    source, number = kp.sample("single_leg_squat_left"), 0
    for person in ("P1", "P2", "P3", "P4"):
        for day in (1, 2):
            for leg in ("left", "right"):
                clip = tmp_path / f"{person}-day{day}-{leg}.mp4"
                clip.write_bytes(f"film of {person} on {day}, {leg}".encode())
                number += 1
                part = source[number : number + 60]
                found.add(part, person=person, day=day, leg=leg, clip=clip)
    return found


@pytest.fixture
def server(study: Study) -> Iterator[RatingServer]:
    found = RatingServer(study, "R1")
    found.start()
    yield found
    found.stop()
    found.close()


def test_the_page_tells_nothing_about_the_clips(server: RatingServer) -> None:
    _, page = ask(server, "GET", f"/?token={server.token}")
    _, state = post(server, "/state")
    # The random token may contain any of these words.
    page = page.replace(server.token, "")
    for word in ("P1", "day1", "day 1", ".mp4", *(e.clip for e in server.study.entries())):
        assert word not in page + json.dumps(state), word
    connection_status, clip = ask(server, "GET", f"/file?id=1&token={server.token}&save=1")
    assert connection_status == 200
    assert clip.startswith("film of P")
    assert state == {"answers": {}, "next": 1, "done": 0}


def test_the_order_is_random_for_each_rater_and_stays(study: Study) -> None:
    entries = study.entries()
    orders = [tuple(clips_of(entries, rater, 7)) for rater in ("R1", "R2", "R3")]
    assert len(set(orders)) == 3
    assert orders[0] == tuple(clips_of(entries, "R1", 7))
    assert {one.clip for one in orders[0]} == {one.clip for one in entries}
    for order in orders:
        near = sum(a.person == b.person for a, b in itertools.pairwise(order))
        assert near <= 3, "clips of one person follow each other only where it cannot be avoided"


def test_a_rating_is_kept_and_the_page_goes_on_after_it(study: Study, server: RatingServer) -> None:
    status, state = post(
        server, "/rate", clip=1, answers={"grade": 2, "knee_inward": 1, "trunk_lean": None}
    )
    assert (status, state["next"], state["done"]) == (200, 2, 1)
    again = RatingServer(Study(study.folder), "R1")
    assert again._state() == state
    again.close()
    other = RatingServer(study, "R2")
    assert other._state()["done"] == 0, "a rater sees nobody else's answers"
    other.close()
    assert post(server, "/rate", clip=1, answers={"grade": 0})[1]["answers"]["1"] == {"grade": 0}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"clip": 1, "answers": {"knee_inward": 1}}, 400),
        ({"clip": 1, "answers": {"grade": 3}}, 400),
        ({"clip": 1, "answers": {"grade": True}}, 400),
        ({"clip": 1, "answers": {"grade": 1, "mood": 1}}, 400),
        ({"clip": 17, "answers": {"grade": 1}}, 404),
        ({"clip": "../1", "answers": {"grade": 1}}, 404),
        ({"clip": "000001999", "answers": {"grade": 1}}, 404),
        ({"clip": "000001" + "9" * 5000, "answers": {"grade": 1}}, 404),
        ({"clip": 1, "answers": [1]}, 400),
    ],
)
def test_what_cannot_be_is_refused(
    study: Study, server: RatingServer, given: dict[str, Any], status: int
) -> None:
    assert post(server, "/rate", **given)[0] == status
    assert study.ratings() == []


def test_others_are_refused(study: Study, server: RatingServer) -> None:
    body = json.dumps({"clip": 1, "answers": {"grade": 1}}).encode()
    assert ask(server, "POST", "/rate", body, X_Kneepose_Token="guess")[0] == 403
    assert ask(server, "POST", "/rate", body, Origin="http://evil.example")[0] == 403
    assert ask(server, "POST", "/rate", body, Host="evil.example")[0] == 403
    assert ask(server, "GET", "/file?id=1&token=guess")[0] == 403
    assert study.ratings() == []


def test_a_study_without_clips_and_a_name_for_a_code(study: Study, tmp_path: Path) -> None:
    empty = Study.new(tmp_path / "empty", "squat", camera="x")
    with pytest.raises(kp.KneeposeError, match="has no clips to rate"):
        RatingServer(empty, "R1")
    with pytest.raises(kp.KneeposeError, match="and no name"):
        RatingServer(study, "Anna Meier")


@pytest.mark.slow
@pytest.mark.alone
def test_a_rater_in_the_browser(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV is not installed: pip install av")
    study = Study.new(tmp_path / "study", "single_leg_squat", camera="phone, front", people=2)
    clip = write_clip(tmp_path / "squats.mp4", [picture(p) for p in POINTS], TIMES)
    source = kp.sample("single_leg_squat_left")
    for number, person in enumerate(("P1", "P2")):
        part = source[number : number + 60]
        study.add(part, person=person, day=1, leg="left", clip=clip)
    server = RatingServer(study, "R1")
    server.start()
    with Page(tmp_path) as page:
        page.open(server.url)
        page.wait("document.body.dataset.state === 'ready'")
        page.run("at('sheet').requestSubmit()")
        assert study.ratings() == [], "an empty sheet is not sent"
        for place in ("1", "2"):
            page.wait(f"document.body.dataset.clip === '{place}'")
            page.run(
                "for (const box of document.querySelectorAll('fieldset'))"
                " box.querySelectorAll('input')[box.className === 'whole' ? 1 : 2].checked = true;"
                " at('sheet').requestSubmit()"
            )
        page.wait("document.body.dataset.state === 'finished'")
        for width in (1280, 390):
            page.size(width, 800)
            assert page.run("document.documentElement.scrollWidth <= innerWidth")
        assert page.errors == []
    server.stop()
    server.close()
    assert [row["answers"]["grade"] for row in study.ratings()] == [1, 1]
    assert study.ratings()[0]["answers"]["knee_inward"] is None
