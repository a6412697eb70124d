"""Select the repository files that become pages of the website, and convert their links.

The sources are plain Markdown that a repository website can show too. The README.md of a folder
becomes its start page. The links of that page, in order, become the navigation.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/kneepose/kneepose"
ADDRESS = "https://kneepose.github.io/kneepose/"
#: Pages outside docs/.
ELSEWHERE = {
    "ARCHITECTURE.md": "explanation/architecture.md",
    "CONTRIBUTING.md": "explanation/contributing.md",
    "CHANGELOG.md": "reference/changes.md",
}
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[([^\[\]]*)\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| \[[^\]]*\]\(([^)\s#]+)\)", re.MULTILINE)
IN_REPOSITORY = re.compile(
    re.escape(REPOSITORY)
    + r"/(?:blob|tree)/main/|https://raw\.githubusercontent\.com/kneepose/kneepose/main/"
)


def site_pages(root: Path = ROOT) -> dict[str, str]:
    """Return a map from repository path to website path, of every page in the repository."""
    docs = root / "docs"
    found = {
        path.relative_to(root).as_posix(): path.relative_to(docs).as_posix()
        for path in sorted(docs.rglob("*.md"))
    }
    return {
        source: re.sub(r"(^|/)README\.md$", r"\1index.md", page)
        for source, page in (found | ELSEWHERE).items()
    }


def turn_links(text: str, source: str, pages: dict[str, str], titles: dict[str, str]) -> str:
    """Return the text of a page with its links converted for the website.

    Links lead to pages of the website, to files beside them, or to the repository.

    If the text of a link is a file name, such as [live.md](live.md), it becomes the title of the
    page.
    """

    def turned(link: re.Match[str]) -> str:
        target = _target(link[2], source, pages)
        title = titles.get(posixpath.normpath(posixpath.join(here, target.partition("#")[0])))
        return f"[{title if title and link[1].endswith('.md') else link[1]}]({target})"

    here = posixpath.dirname(pages[source])
    parts, end = [], 0
    for block in FENCED.finditer(text):
        parts += [LINK.sub(turned, text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, LINK.sub(turned, text[end:])])


def _target(target: str, source: str, pages: dict[str, str]) -> str:
    here = posixpath.dirname(pages[source])
    if target.startswith(ADDRESS):
        # A page that exists only on the website is linked by its web address.
        name = re.sub(r"(^|/)$", r"\1index", target.removeprefix(ADDRESS)).removesuffix(".html")
        kind = "rst" if name.startswith("reference/names/") else "md"
        return posixpath.relpath(f"{name}.{kind}", here or ".")
    known = IN_REPOSITORY.match(target)
    if target.startswith("#") or (re.match(r"[a-z]+:", target) and not known):
        return target
    path, _, anchor = target[known.end() if known else 0 :].partition("#")
    path = posixpath.normpath(path if known else posixpath.join(posixpath.dirname(source), path))
    page = pages.get(path) or pages.get(f"{path}/README.md")
    if page is not None:
        return posixpath.relpath(page, here or ".") + (f"#{anchor}" if anchor else "")
    if path.startswith("docs/") and (ROOT / path).is_file():
        return posixpath.relpath(path.removeprefix("docs/"), here or ".")
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{path}" + (f"#{anchor}" if anchor else "")


def navigation(text: str, page: str) -> list[str]:
    """Return the pages below a start page: the first link of each row of its tables."""
    folder = posixpath.dirname(page)
    found: list[str] = []
    for target in ROW.findall(FENCED.sub("", text)):
        path = posixpath.normpath(posixpath.join(folder, target))
        own = posixpath.dirname(path) == folder or posixpath.basename(path).startswith("index.")
        if path.endswith((".md", ".rst")) and own and not target.startswith(".."):
            found.append(path.rpartition(".")[0])
    return found
