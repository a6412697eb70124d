"""Stage the pages beside FOLDER and build the website in FOLDER; warnings are errors."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from tools.site.gallery import run_blocks
from tools.site.pages import ROOT, navigation, site_pages, turn_links
from tools.site.reference import write_commands, write_exercises, write_names

TITLE = re.compile("^# (.+)$", re.MULTILINE)


def stage(staged: Path, extra: Path) -> None:
    """Write all sources of the website to `staged`, and files to be copied unchanged to `extra`."""
    for folder in (staged, extra):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", staged, ignore=shutil.ignore_patterns("*.md"))
    pages = site_pages()
    sources = {source: (ROOT / source).read_text("utf-8") for source in pages}
    titles = {pages[source]: TITLE.findall(text)[0] for source, text in sources.items()}
    texts = {
        pages[source]: turn_links(text, source, pages, titles) for source, text in sources.items()
    }
    for page in texts:
        if page.endswith("index.md"):
            below = navigation(texts[page], page)
            listed = [os.path.relpath(name, os.path.dirname(page) or ".") for name in below]
            texts[page] += "\n" + "\n".join(["```{toctree}", ":hidden:", "", *listed, "```"]) + "\n"
    texts["gallery/index.md"] = run_blocks(
        texts["gallery/index.md"], staged / "gallery", extra / "gallery"
    )
    for page, text in texts.items():
        (staged / page).parent.mkdir(parents=True, exist_ok=True)
        (staged / page).write_text(text, "utf-8")
    write_names(staged / "reference" / "names")
    write_commands(staged / "reference" / "commands.md")
    write_exercises(staged / "reference" / "exercises.md")


def build(out: Path) -> int:
    """Build the website and return Sphinx's exit code."""
    from sphinx.cmd.build import build_main

    work = out.parent / f"{out.name}-sources"
    stage(work / "pages", work / "extra")
    return build_main(
        ["-W", "--keep-going", "-q", "-E", "-b", "html", "-c", str(Path(__file__).parent),
         "-D", f"html_extra_path={work / 'extra'}", "-d", str(work / "read"),
         str(work / "pages"), str(out)]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]).resolve()))
