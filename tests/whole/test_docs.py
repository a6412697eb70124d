"""Tests that code blocks of the listed pages and docstring examples run, and links are valid."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import kneepose
from tools.pages import angles as angle_docs
from tools.pages.angle_figures import draw, value_of
from tools.pages.angle_scenes import SCENES

ROOT = Path(__file__).parents[2]
ROWS = kneepose.tables.angles()
PAGES = (
    "README.md",
    "docs/how-to/archive.md",
    "docs/tutorial/first-comparison.md",
    "docs/how-to/angles.md",
    "docs/how-to/compare.md",
    "docs/how-to/estimators.md",
    "docs/how-to/exercises.md",
    "docs/how-to/files.md",
    "docs/how-to/film.md",
    "docs/how-to/live.md",
    "docs/how-to/report.md",
    "docs/how-to/study.md",
    "docs/how-to/video.md",
    "docs/how-to/weeks.md",
)
BLOCKS = [
    pytest.param(page, block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
    )
]
#: Pages whose code blocks are run by other tests: test_recipes.py, test_site.py.
OTHERS = {"docs/how-to/recipes.md", "docs/gallery/README.md"}
# Absolute links into the repository, as in the README, which is also shown by the package index.
REPOSITORY = r"https://(github\.com/kneepose/kneepose/blob|raw\.githubusercontent\.com/kneepose/kneepose)/main/"
LINKED = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rust").glob("*/*.md")]
)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(kneepose.__path__, "kneepose.")
    if not module.name.endswith(("__main__", "_core"))
)


def test_every_page_has_code() -> None:
    assert {str(block.values[0]) for block in BLOCKS} == set(PAGES)
    with_code = {
        page.relative_to(ROOT).as_posix()
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        if "```python\n" in page.read_text("utf-8")
    }
    assert with_code == {*PAGES, *OTHERS}
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize(("page", "block"), BLOCKS)
# one sample has only 10 fps and warns
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_blocks_of_code(
    page: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "archive" in page:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install pyarrow")
    (tmp_path / "tests").symlink_to(
        ROOT / "tests"
    )  # files written by a block stay outside the repository
    monkeypatch.chdir(tmp_path)
    exec(compile(block, page, "exec"), {})


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        in_repository = re.match(REPOSITORY, target)
        if re.match(r"[a-z]+:", target) and not in_repository:
            continue
        path, _, anchor = target[in_repository.end() if in_repository else 0 :].partition("#")
        linked = (ROOT if in_repository else page.parent) / path if path else page
        assert linked.exists(), f"{target} leads nowhere"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{target}: no such heading"


def test_citations_of_the_science_page_name_a_section() -> None:
    science = (ROOT / "docs" / "explanation" / "science.md").read_text("utf-8")
    sections = set(re.findall(r"^##+ (\d+(?:\.\d+)?)", science, flags=re.MULTILINE))
    cases = set(re.findall(r"^(\d+)\. ", science, flags=re.MULTILINE))
    folders = ("tests", "tools", "benches", "rust", "python")
    sources = [p for f in folders for kind in ("py", "rs") for p in (ROOT / f).rglob(f"*.{kind}")]
    cited = [
        (path.name, *found)
        for path in sources
        for found in re.findall(
            r"science\.md (\d+(?:\.\d+)?)(?: and (\d+(?:\.\d+)?))?(?:, case (\d+))?",
            path.read_text("utf-8"),
        )
    ]
    assert len(cited) > 20
    for name, section, other, case in cited:
        assert {section, other} - {""} <= sections, name
        assert not case or case in cases, name


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    module = importlib.import_module(name)
    outcome = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.failed == 0


def test_examples_are_found_at_all() -> None:
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    examples = [test for module in modules for test in finder.find(module) if test.examples]
    assert len(examples) >= 8


def test_public_names_are_documented() -> None:
    for name in kneepose.__all__:
        assert (getattr(kneepose, name).__doc__ or "").strip(), name


def test_the_page_of_angles_is_what_its_tool_writes() -> None:
    page, figures = angle_docs.render()
    assert angle_docs.PAGE.read_text(encoding="utf-8") == page, "run make docs"
    drawn = {path.stem for path in angle_docs.FIGURES.glob("*.svg")}
    assert drawn == set(figures) == {row["name"] for row in ROWS}, "run make docs"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_the_figure_of_an_angle_shows_a_positive_value(row: dict[str, Any]) -> None:
    """The value is measured on the pose in the figure, so that figure and sign agree."""
    assert row["measure"] in SCENES, (
        f"say in tools/pages/angle_scenes.py how {row['measure']} is drawn"
    )
    value = value_of(row)
    assert value > 0, (
        f"give {row['name']} a pose in tools/pages/angle_scenes.py with a positive value"
    )
    shown = f"{value:+.0f}°" if row["unit"] == "deg" else f"{value:+.2f}"
    figure = ElementTree.parse(angle_docs.FIGURES / f"{row['name']}.svg").getroot()
    words = [text.text for text in figure.iter("{http://www.w3.org/2000/svg}text")]
    assert shown in words
    for point in row["points"]:
        assert point.replace("_", " ") in words


def test_an_angle_that_the_tool_does_not_know_is_still_documented() -> None:
    row = {**ROWS[0], "measure": "new_measure", "points": ["hip", "tail"], "sided": "new_kind"}
    section = "\n".join(angle_docs.section(row))
    assert "Measure `new_measure` of hip, tail." in section
    figure = ElementTree.fromstring(draw(row))
    assert "hip" in [text.text for text in figure.iter("{http://www.w3.org/2000/svg}text")]
