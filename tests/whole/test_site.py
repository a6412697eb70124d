"""Tests of the site: conversion of links, the gallery, and the build if Sphinx is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import kneepose as kp
from tools.pages import digest
from tools.site.gallery import run_blocks
from tools.site.pages import ROOT, navigation, site_pages, turn_links
from tools.site.reference import PACKAGES, public_names, targets

PAGES = site_pages()
#: Question of a new user → page with the answer.
SOUGHT = {
    "how to film": "how-to/film.html",
    "how to add an estimator": "how-to/estimators.html",
    "what one camera cannot know": "explanation/one-camera.html",
    "how well it counts real people": "evidence/real-people.html",
}


@pytest.mark.parametrize(
    ("target", "turned"),
    [
        ("live.md", "live.md"),
        ("live.md#cues", "live.md#cues"),
        ("../README.md", "../index.md"),
        ("../decisions/README.md#a", "../decisions/index.md#a"),
        ("../evidence", "../evidence/index.md"),
        ("../../ARCHITECTURE.md", "../explanation/architecture.md"),
        ("../../RELEASE.md", "https://github.com/kneepose/kneepose/blob/main/RELEASE.md"),
        ("../../rust", "https://github.com/kneepose/kneepose/tree/main/rust"),
        ("../images/report.png", "../images/report.png"),
        ("https://github.com/kneepose/kneepose/blob/main/docs/how-to/c.md", "c.md"),
        ("https://kneepose.github.io/kneepose/reference/names/", "../reference/names/index.rst"),
        ("https://kneepose.github.io/kneepose/reference/commands.html", "../reference/commands.md"),
        ("https://pypi.org/", "https://pypi.org/"),
        ("#delay", "#delay"),
    ],
)
def test_links_are_turned(target: str, turned: str) -> None:
    source = "docs/how-to/video.md"
    assert turn_links(f"a [b]({target}) c", source, PAGES, {}) == f"a [b]({turned}) c"
    block = f"```text\n[b]({target})\n```"
    assert turn_links(block, source, PAGES, {}) == block


def test_a_link_called_by_its_file_gets_the_title() -> None:
    text = turn_links(
        "[live.md](live.md#cues)", "docs/how-to/c.md", PAGES, {"how-to/live.md": "Live"}
    )
    assert text == "[Live](live.md#cues)"


def test_the_rows_of_a_start_page_are_the_navigation() -> None:
    rows = ("[a](a.md) | [y](y.md)", "[b](b/index.md) | ", "[c](../c.md) | ", "[d](b/d.md) | ")
    text = "[x](x.md)\n" + "".join(f"| {row} |\n" for row in rows)
    assert navigation(text, "how-to/index.md") == ["how-to/a", "how-to/b/index"]


def test_every_page_is_in_the_navigation() -> None:
    starts = [source for source, page in PAGES.items() if page.endswith("index.md")]
    listed = {"index"}
    for source in starts:
        text = turn_links((ROOT / source).read_text("utf-8"), source, PAGES, {})
        listed.update(navigation(text, PAGES[source]))
    assert {page.removesuffix(".md") for page in PAGES.values()} <= listed


def test_every_public_name_has_a_place() -> None:
    names = public_names()
    documented = {name for listed in names.values() for name in listed}
    documented |= {f"kneepose.{package}" for package in PACKAGES}
    assert {f"kneepose.{name}" for name in kp.__all__} <= documented
    errors = {f"kneepose.errors.{name}" for name in kp.errors.__all__} - {
        "kneepose.errors.KneeposeError"
    }
    assert errors <= documented
    assert targets()["Analysis.to_dict"] == "kneepose.analysis.Analysis.to_dict"


def test_the_digest_is_what_its_tool_writes() -> None:
    assert digest.PAGE.read_text("utf-8") == digest.render(), "run make digest"


def test_the_readme_says_what_the_digest_says() -> None:
    said = " ".join((ROOT / "README.md").read_text("utf-8").split())
    digested = " ".join(digest.render().split())
    counts = re.search(r"Of \*\*\d+ recordings with squats.*?peak finder in \d+\.", digested)
    assert counts
    assert counts[0] in said


def test_the_digest_reads_what_the_pages_say() -> None:
    assert digest.share("144 of 148 (93–99 %)") == (144, 148)
    with pytest.raises(LookupError, match="no row"):
        digest.table_row("real-people.md", "Recordings of squats", "nobody")
    with pytest.raises(ValueError, match="no share"):
        digest.share("–")


@pytest.mark.slow
def test_the_blocks_of_the_gallery_make_pictures_and_pages(tmp_path: Path) -> None:
    text = (ROOT / "docs/gallery/README.md").read_text("utf-8")
    shown = run_blocks(text, tmp_path / "pictures", tmp_path / "pages")
    files = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert len(files) + shown.count("```text") == text.count("```python") >= 10
    assert all(f"({name})" in shown or f'src="{name}"' in shown for name in files)


def test_a_block_that_shows_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to look at"):
        run_blocks("## A\n\n```python\nfigures = 1\n```\n", tmp_path, tmp_path)


class Links(HTMLParser):
    """Collects link targets and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.targets += [
            found[name] or "" for name in ("href", "src") if name in found and tag != "link"
        ]
        self.anchors.update(found[name] or "" for name in ("id", "name") if name in found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install --group docs")
    out = tmp_path_factory.mktemp("built") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "tools.site", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.mark.slow
def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {path: Links(path.read_text("utf-8")) for path in site.rglob("*.html")}
    assert len(pages) > len(PAGES)
    wrong = []
    for path, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            linked = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            missing = not linked.exists()
            if not missing and parts.fragment and linked in pages:
                missing = unquote(parts.fragment) not in pages[linked].anchors
            if missing:
                wrong.append(f"{path.relative_to(site)}: {target}")
    assert wrong == []


@pytest.mark.slow
def test_what_a_new_user_looks_for_is_three_clicks_away(site: Path) -> None:
    """The pages are reached by links in the text only, without the navigation."""
    reached, pages = {"index.html"}, [site / "index.html"]
    for _ in range(3):
        below = []
        for page in pages:
            article = re.search(r"<article.*</article>", page.read_text("utf-8"), re.DOTALL)
            assert article
            for target in Links(article[0]).targets:
                linked = (page.parent / target.partition("#")[0]).resolve()
                if linked.suffix == ".html" and linked.is_relative_to(site):
                    name = linked.relative_to(site).as_posix()
                    below += [linked] if name not in reached and ".page." not in name else []
                    reached.add(name)
        pages = below
    assert set(SOUGHT.values()) <= reached


@pytest.mark.slow
def test_the_reference_has_every_public_name(site: Path) -> None:
    text = "".join(path.read_text("utf-8") for path in (site / "reference/names").glob("*.html"))
    for listed in public_names().values():
        for name in listed:
            assert f'id="{name}"' in text, name
