"""Tests of the room *Weeks*: what it records, shows and refuses."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.app.server import AppServer
from tests.app.test_server import ask, post
from tests.support.chromium import Page
from tests.support.marked_clips import find_coco
from tests.support.seeds import FULL

pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "weeks.sqlite"


@pytest.fixture
def server(file: Path) -> Iterator[AppServer]:
    found = AppServer(estimator=find_coco, skeleton="coco17", history=file)
    found.start()
    yield found
    found.stop()
    found.close()


def act(server: AppServer, **given: Any) -> Any:
    status, found = post(server, "/weeks", **given)
    assert status == 200, found
    return found


def test_looking_makes_no_file(server: AppServer, file: Path) -> None:
    assert act(server, action="show")["subjects"] == []
    assert not file.exists()


def test_entries_are_in_the_history_and_on_the_page(server: AppServer, file: Path) -> None:
    act(server, action="subject", pseudonym="K1", involved="right")
    done = act(
        server, action="log", subject="K1", exercise="clamshell", side="right", sets="3", reps="15",
        load="band", rpe="6,5", date="2026-01-07",
    )  # fmt: skip
    assert done["said"].startswith("Clamshell, 3 × 15, is recorded.")
    assert done["sets"] == [{"date": "2026-01-07", "text": "Clamshell, right, 3 × 15, band"}]
    act(server, action="pain", subject="K1", worst="6", usual="", date="2026-01-05")
    told = act(server, action="pain", subject="K1", worst="3", date="2026-02-02")["trend"]
    assert any(line.startswith("Worst pain of the week, right: better") for line in told["found"])
    act(server, action="log", subject="K1", exercise="clamshell", not_done=True, reason="travel")
    with kp.History(file) as history:
        (row,) = history.rows("logged_set", "K1")
        assert (row["reps"], row["rpe"], row["load"]) == (15, 6.5, "band")
        assert [row["usual"] for row in history.rows("pain", "K1")] == [None, None]
        assert history.rows("adherence", "K1")[0]["state"] == "not_done"


def test_several_subjects_are_chosen(server: AppServer) -> None:
    for name in ("K1", "K2"):
        act(server, action="subject", pseudonym=name)
    assert act(server, action="show")["subject"] is None
    assert act(server, action="show", subject="K2")["subject"] == "K2"


def test_a_page_is_handed_out_and_removed_by_purge(server: AppServer, file: Path) -> None:
    pytest.importorskip("jinja2")
    act(server, action="subject", pseudonym="K1")
    act(server, action="pain", subject="K1", worst="6")
    found = act(server, action="page", subject="K1", audience="patient")
    path = f"/file?id={found['page']}&token={server.token}"
    status, page = ask(server, "GET", path)
    assert status == 200
    assert "Your pain" in page
    with kp.History(file) as history:
        history.purge("K1")
    assert ask(server, "GET", path)[0] == 404


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"action": "dance"}, 400, "action must be one of"),
        ({"action": "pain", "subject": "K1"}, 400, "no pain is given"),
        ({"action": "pain", "subject": "K1", "worst": "11"}, 400, "from 0 to 10"),
        ({"action": "pain", "subject": "K1", "worst": "bad"}, 400, "give a number"),
        ({"action": "pain", "subject": "K9", "worst": "1"}, 400, "unknown subject"),
        ({"action": "pain", "worst": "1"}, 400, "subject is missing"),
        (
            {"action": "log", "subject": "K1", "exercise": "clamshel", "sets": 1, "reps": 5},
            400,
            "did",
        ),
        (
            {"action": "log", "subject": "K1", "exercise": "x", "sets": 1, "reps": "1.5"},
            400,
            "whole",
        ),
        ({"action": "log", "subject": "K1", "exercise": "x", "sets": 1}, 400, "give the sets"),
        ({"action": "subject", "pseudonym": "K1"}, 400, "is a subject"),
        ({"action": "show", "subject": "K9"}, 404, "there is no subject"),
        ({"action": "page", "subject": "K1", "audience": "all"}, 400, "clinician or patient"),
    ],
)
def test_what_cannot_be_is_refused(
    server: AppServer, file: Path, given: dict[str, Any], status: int, words: str
) -> None:
    act(server, action="subject", pseudonym="K1")
    code, found = post(server, "/weeks", **given)
    assert (code, words in found["error"]) == (status, True), found
    with kp.History(file) as history:
        assert not history.rows("pain", "K1") + history.rows("logged_set", "K1")


ODD = (
    None, True, 0, -1, 1.5, 1e300, 10**30, "", "x" * 5000, "\ud800", "a\0b", "\u202ex", "<b>", "../../x",
    "9999-12-31", "1e400", "nan", "1e300", "٣", "left", "both", "K1", "squat", [], [1], {}, {"a": [1]},
)  # fmt: skip
FIELDS = (
    "action", "subject", "pseudonym", "involved", "exercise", "side", "reps", "sets", "load", "rpe",
    "date", "not_done", "reason", "worst", "usual", "audience", "room", "kind", "clip", "person",
    "start_s", "first", "order", "work", "file",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/weeks", "/recipe", "/mirror", "/work", "/work/state"])
def test_any_json_is_answered_or_refused_with_a_reason(server: AppServer, path: str) -> None:
    rng = random.Random(path)
    act(server, action="subject", pseudonym="K1")
    usual = {
        "subject": "K1", "pseudonym": "K2", "exercise": "clamshell", "side": "left", "sets": 3,
        "reps": 5, "worst": 4, "room": "weeks", "kind": "clip",
    }  # fmt: skip
    actions = {"/weeks": ("show", "subject", "log", "pain"), "/mirror": ("choose", "state")}
    statuses = Counter[int]()
    for _ in range(6_000 if FULL else 250):
        given: dict[str, Any] = {**usual, "action": rng.choice(actions.get(path, ("show",)))}
        given |= {field: rng.choice(ODD) for field in FIELDS if rng.random() < 0.15}
        status, found = post(server, path, **given)
        assert status < 500, (given, found)
        assert status == 200 or len(found["error"]) > 10, (given, found)
        statuses[status] += 1
    assert set(statuses) & {400, 404}


def test_others_are_refused_and_nothing_is_recorded(server: AppServer, file: Path) -> None:
    act(server, action="subject", pseudonym="K1")
    body = json.dumps({"action": "pain", "subject": "K1", "worst": 9}).encode()
    for headers in (
        {"X_Kneepose_Token": "guess"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://[::1"},
        {"Origin": "null"},
        {"Host": "evil.example"},
    ):
        assert ask(server, "POST", "/weeks", body, **headers)[0] == 403
    with kp.History(file) as history:
        assert history.rows("pain", "K1") == []


def test_a_damaged_file_is_said_and_left(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 100)
    server = AppServer(estimator=find_coco, skeleton="coco17", history=file)
    server.start()
    try:
        status, found = post(server, "/weeks", action="show")
        assert (status, "weeks.sqlite" in found["error"]) == (400, True)
        assert file.read_bytes().startswith(b"not a database")
    finally:
        server.stop()
        server.close()


def test_without_a_history_there_is_no_room() -> None:
    server = AppServer(estimator=find_coco, skeleton="coco17")
    server.start()
    try:
        assert "weeks" not in server.rooms
        assert post(server, "/weeks", action="show")[0] == 404
    finally:
        server.stop()
        server.close()


@pytest.mark.slow
@pytest.mark.alone
def test_the_room_in_the_browser(server: AppServer, file: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    with Page(tmp_path) as page:
        page.open(f"{server.url}#weeks")
        page.wait("document.body.dataset.weeks === '1'")
        page.run("at('subject-name').value = 'K1'; at('subject-form').requestSubmit()")
        page.wait("document.body.dataset.weeks === '2' && !at('weeks-all').hidden")
        page.run("at('log-exercise').value = 'clamshell'; at('log-reps').value = '15'")
        page.run("at('log-form').requestSubmit()")
        page.wait("at('weeks-sets').innerText.includes('3 × 15')")
        page.run("at('pain-worst').value = '12'; at('pain-form').requestSubmit()")
        page.wait("document.querySelector('#weeks-said [role=alert]')")
        assert page.run("at('pain-worst').value") == "12", "what was typed is not lost"
        page.run("at('pain-worst').value = '4,5'; at('pain-form').requestSubmit()")
        page.wait("at('weeks-trend').innerText.includes('4.5 of 10')")
        page.run("document.querySelectorAll('#weeks-trend .links button')[1].click()")
        page.wait("document.querySelector('#weeks-page iframe')")
        url = page.run("document.querySelector('#weeks-page iframe').src")
        assert "Your pain" in page.run(f"fetch({json.dumps(url)}).then(one => one.text())")
        for width in (1280, 390):
            page.size(width, 800)
            assert page.run("document.documentElement.scrollWidth <= innerWidth")
        assert [one for one in page.errors if "400" not in one] == []
    with kp.History(file) as history:
        assert [row["worst"] for row in history.rows("pain", "K1")] == [4.5]
