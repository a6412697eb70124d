"""Tests that pages fit a sheet and a phone screen (Chromium)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kneepose as kp
from tests.report.test_report import CASES, comparison_of, one_leg
from tests.report.test_weeks import WEEKS, filled
from tests.support.chromium import Page
from tests.support.live_bodies import live
from tests.support.weeks import day, squats, stored_course

pytestmark = pytest.mark.slow
PHONE = (390, 844)
A4 = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
LANGUAGES = ("en", "de")


def two_dates() -> kp.comparison.Comparison:
    def filmed(seed: int, date: str, inward: float) -> kp.analysis.Analysis:
        rec = squats("right", inward=inward, seed=seed).labeled(date=date, subject="K1")
        return kp.analyze(rec, "single_leg_squat", side="right")

    own = kp.reliability([filmed(n, f"2026-01-0{n}", 1.0) for n in range(1, 7)])
    return kp.compare(filmed(20, "2026-01-10", 1.0), filmed(21, "2026-03-01", 0.0), mdc=own)


OTHERS = {
    "one leg": lambda: one_leg("left"),
    "two dates": two_dates,
    "live": lambda: live("sls_right_healthy", "image").stream.finish(),
}
NAMES = (*CASES, *OTHERS)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    page = Page(tmp_path_factory.mktemp("chromium"), wh=PHONE)
    yield page
    page.close()


def sheets(page: Page) -> int:
    pdf = base64.b64decode(page.call("Page.printToPDF", printBackground=True, **A4)["data"])
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_page_one_fits_a_sheet_and_a_phone(
    browser: Page, name: str, language: str, tmp_path: Path
) -> None:
    result = OTHERS[name]() if name in OTHERS else comparison_of(name)
    path = result.to_html(tmp_path / "page.html", language=language)
    assert path.stat().st_size < 400_000
    for wh in ((1280, 800), PHONE):
        browser.size(*wh)
        browser.open(path.as_uri())
        assert browser.run("document.documentElement.scrollWidth") <= wh[0]
    bottom = browser.run("document.querySelector('.sheet').getBoundingClientRect().bottom")
    assert bottom <= PHONE[1], "page one does not fit the screen of a phone"
    browser.size(1280, 800)
    browser.run("for (const one of document.querySelectorAll('.appendix, footer')) one.remove()")
    assert sheets(browser) <= 2, "without its appendix"
    browser.run("document.querySelector('.behind').remove()")
    assert sheets(browser) == 1, "page one"


YEAR = (-2.0, -1.6, -1.2, -0.8, -0.4, 0.0, 3.0, 6.0, 8.0, 12.0, 26.0, 52.0)
INWARD = (14.5, 13.2, 15.0, 14.0, 13.6, 14.2, 12.0, 9.0, 6.0, 5.0, 5.0, 4.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_fits_two_sheets_and_the_page_of_the_patient_one(
    browser: Page, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = stored_course(YEAR, {"right": INWARD, "left": [5.0] * len(YEAR)})
    monkeypatch.setattr(kp.History, "analyses", lambda self, name: rows)
    with filled(tmp_path / "weeks.sqlite") as history:
        for n, week in enumerate(YEAR):
            if week not in WEEKS:
                history.add_session("K1", kind="test_day", camera="lab", date=day(week))
            history.log_score("K1", "akps", 60 + 2 * n, date=day(week))
            history.log_score("K1", "koos_pf", 50 + 2 * n, date=day(week))
        for audience, most in (("clinician", 2), ("patient", 1)):
            path = history.to_html(
                "K1", tmp_path / "page.html", audience=audience, on=day(52.5), language=language
            )
            browser.size(*PHONE)
            browser.open(path.as_uri())
            assert browser.run("document.documentElement.scrollWidth") <= PHONE[0]
            assert sheets(browser) <= most, audience
