"""Tests of the pages about weeks: content in two languages, and file permissions."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kneepose as kp
from kneepose.cli import main
from tests.support.weeks import day, stored_course
from tests.words.spoken import PSEUDO

pytest.importorskip("jinja2", reason="jinja2 is not installed: pip install jinja2")
WEEKS = (-1.0, 0.0, 3.0, 6.0, 8.0)
COURSE = {"right": (14.0, 14.0, 12.0, 6.0, 5.0), "left": (5.0, 5.0, 5.5, 4.8, 5.2)}


def filled(path: Path, *, video: bool = True, name: str = "Anna Meier") -> kp.History:
    """Return a history of eight weeks: knee less inward, less pain, a gap of two weeks."""
    history = kp.History(path)
    history.add_subject("K1", involved="right", name=name, date=day(-1))
    history.set_goal("K1", "stairs <without> holding on", date=day(-1))
    history.answer_red_flags("K1", dict.fromkeys(kp.history.RED_FLAGS, False), date=day(-1))
    history.set_reliability("K1", "single_leg_squat", {"fppa_at_60": (1.5, 10)}, date=day(0))
    if video:
        for week in WEEKS:
            history.add_session("K1", kind="test_day", camera="lab", date=day(week))
    history.prescribe("K1", "clamshell", side="right", sets=3, reps=15, per_week=3, date=day(0))
    for week in (0, 1, 2, 3, 6, 7, 8):
        history.log_set("K1", "clamshell", side="right", sets=3, reps=15, date=day(week))
    for week, worst in zip(WEEKS, (7, 6, 5, 4, 3), strict=True):
        history.log_pain("K1", worst=worst, usual=worst - 1, date=day(week))
    return history


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[kp.History]:
    rows = stored_course(WEEKS, COURSE)
    monkeypatch.setattr(kp.History, "analyses", lambda self, name: rows)
    with filled(tmp_path / "weeks.sqlite") as found:
        yield found


def page_of(history: kp.History, audience: Any, **options: Any) -> str:
    path = history.path.with_name("page.html")
    return history.to_html("K1", path, audience=audience, on=day(8.3), **options).read_text("utf-8")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S))


def test_the_page_of_the_clinician(history: kp.History) -> None:
    page = page_of(history, "clinician")
    text = text_of(page)
    assert page.count("<svg") == 3, "two legs and the pain beside them"
    assert "The movement changed and pain fell." in text
    assert "Changed, for the better" in text
    assert "By your own error of 1.5°" in text or "Your own error of 1.5°" in text
    assert "It was reached on the last two test days." in text
    assert "Next appointment" in text
    assert "week 12" in text
    assert "Signature" in text
    assert "weeks 5, 6" in text
    assert all(day(week) in text for week in WEEKS)
    # The table has one line per day: session, angle of each leg, and each scale.
    assert f"{day(0)} test day 14.0° (start) 5.0° (start) 6 5" in text
    assert f"{day(8)} test day 5.0° 5.2° 3 2" in text
    assert text.index("Signature") < text.index("Dates")
    # The error band around the baseline appears in the chart of each leg.
    assert page.count('fill="#9aa1a8" opacity="0.28"') == 2


def test_the_page_of_the_patient(history: kp.History) -> None:
    page = page_of(history, "patient")
    text = text_of(page)
    assert page.count("<section><h2>") == 3, "three figures"
    assert "14.0° → 5.0°" in text
    assert "7 → 3 of 10" in text
    assert "stairs &lt;without&gt; holding on" in page
    assert "3 × 15" in text
    assert "3 days a week" in text
    assert "1 of 3 days this week" in text
    assert "Stop if pain rises above 5 of 10" in text
    assert len(re.findall(r'class="cue"', page)) == 1
    for word in ("SEM", "degrees of freedom", "95 %", "normal"):
        assert word not in text


@pytest.mark.parametrize("audience", ["clinician", "patient"])
def test_pages_name_nobody_and_are_private(history: kp.History, audience: Any) -> None:
    page = page_of(history, audience)
    assert "Anna" not in page
    assert "Meier" not in page
    path = history.path.with_name("page.html")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "http" not in re.sub(r"http-equiv", "", page)
    history.purge("K1")
    assert not path.exists()


@pytest.mark.parametrize("audience", ["clinician", "patient"])
def test_all_texts_come_from_the_catalogue(history: kp.History, audience: Any) -> None:
    from kneepose.words.catalogue import LANGUAGES, add_language

    add_language(PSEUDO)
    try:
        text = text_of(page_of(history, audience, language="x-marked"))
    finally:
        del LANGUAGES["x-marked"]
    while "⟦" in text:
        text = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    left = re.findall(r"[A-Za-z]{4,}", text.replace("stairs &lt;without&gt; holding on", ""))
    # Untranslated words left over are only the pseudonym and cited sources.
    assert [word for word in left if word not in _CITED] == []


_CITED = set(
    [
        "whole",
        "points",
        "person",
        "Farrar",
        "Pain",
        "checked",
        "mean",
        "group",
        "needs",
        "Piva",
        "Rehabil",
    ]
)


def test_german(history: kp.History) -> None:
    assert "Verändert, zum Besseren" in text_of(page_of(history, "clinician", language="de"))
    text = text_of(page_of(history, "patient", language="de"))
    assert "14,0° → 5,0°" in text
    assert "Ihr Ziel" in text


def test_a_session_without_a_recording_is_no_test_day(history: kp.History) -> None:
    """A session whose recording was refused does not change the page."""
    before = page_of(history, "clinician")
    history.add_session("K1", kind="test_day", camera="lab", date=day(7))
    assert page_of(history, "clinician") == before


def test_without_video_there_is_still_a_page(tmp_path: Path) -> None:
    with filled(tmp_path / "weeks.sqlite", video=False) as history:
        assert "no test day is recorded" in text_of(page_of(history, "clinician"))
        assert "No film of a test day yet." in text_of(page_of(history, "patient"))
        history.add_subject("K2", date=day(0))
        for audience in ("clinician", "patient"):
            path = tmp_path / f"{audience}.html"
            history.to_html("K2", path, audience=audience, on=day(1))  # type: ignore[arg-type]
            assert "nan" not in text_of(path.read_text("utf-8")).lower().split()
        with pytest.raises(kp.errors.UnknownNameError, match="audience"):
            history.to_html("K2", path, audience="press")  # type: ignore[arg-type]


def test_the_command_writes_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weeks.sqlite"
    filled(file, video=False).close()
    page = tmp_path / "page.html"
    asked = ["trend", "--history", str(file), "--date", day(8.3), "--report", str(page)]
    assert main([*asked, "--language", "de"]) == 0
    assert f"Seite: {page}" in capsys.readouterr().out
    assert "Verlauf über Wochen" in page.read_text("utf-8")
    assert "Ihre Wochen" in (tmp_path / "page.patient.html").read_text("utf-8")
    assert main([*asked[:-1], str(tmp_path / "one.html"), "--audience", "patient"]) == 0
    assert "Your weeks" in (tmp_path / "one.html").read_text("utf-8")
    assert not (tmp_path / "one.patient.html").exists()
    assert main(["goal", "hike", "--history", str(file)]) == 0


MARK = "<b id=mark>&\"'</script><script>mark()</script>{{ 7 * 191_191 }}\u202e"


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_of_a_history_is_markup(tmp_path: Path, audience: Any, language: str) -> None:
    """Each free-text field of each table is escaped, in a page of its own subject."""
    name = f"K {MARK}"
    with kp.History(tmp_path / "weeks.sqlite") as history:
        history.add_subject(name, involved="left", symptoms_since=day(-9))
        history.consent(name, MARK, date=day(-1))
        history.set_goal(name, MARK, date=day(-1))
        history.set_reliability(name, MARK, {MARK: (1.5, 10)}, source=MARK, date=day(0))
        for week in (0, 6):
            session = history.add_session(
                name, kind="test_day", camera=MARK, shoes=MARK, tape=MARK, note=MARK, date=day(week)
            )
            squats = kp.sample("single_leg_squat_left")[week:]._replace(estimator=MARK)
            found = kp.analyze(squats, "single_leg_squat", side="left")
            history.add_analysis(session, found)
            history.log_pain(name, worst=7 - week, usual=1, note=MARK, date=day(week))
        history.prescribe(
            name, MARK, side="left", sets=3, reps=5, per_week=3, load=MARK, source=MARK, date=day(0)
        )
        history.log_set(name, MARK, side="left", reps=5, load=MARK, note=MARK, date=day(6))
        history.log_adherence(name, MARK, "not_done", reason=MARK, date=day(6))
        history.log_strength(name, MARK, 1.0, "Nm/kg", side="left", note=MARK, date=day(6))
        page = history.to_html(
            name, tmp_path / "page.html", audience=audience, on=day(6), language=language
        ).read_text("utf-8")
    assert "id=mark" in page
    for raw in ("<b id", "<script", "1338337", "\u202e", "&\"'"):
        assert raw not in page
