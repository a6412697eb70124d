"""Run the code blocks of docs/gallery/README.md and insert their output below them.

If a block defines `figure` (matplotlib), `image` (an array) or `page` (the path of a web page), it
is shown. Printed output is shown as text.
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def run_blocks(text: str, pictures: Path, webpages: Path) -> str:
    """Return the page with images (written beside it) and web pages (copied unchanged)."""
    pictures.mkdir(parents=True, exist_ok=True)
    webpages.mkdir(parents=True, exist_ok=True)
    parts, end = [], 0
    for block in BLOCK.finditer(text):
        title = HEADING.findall(text[: block.start()])[-1]
        slug = re.sub(r"\W+", "-", title.lower()).strip("-")
        parts += [
            text[end : block.end()],
            *shown(run(block[1], title), title, slug, pictures, webpages),
        ]
        end = block.end()
    return "".join([*parts, text[end:]])


def run(code: str, title: str) -> dict[str, Any]:
    """Run a block in its own folder and return its names; `printed` holds the printed output."""
    scope: dict[str, Any] = {}
    said = io.StringIO()
    with TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(said):
        exec(compile(code, f"gallery: {title}", "exec"), scope)
        if "page" in scope:
            scope["page"] = Path(scope["page"]).read_bytes()
    return scope | {"printed": said.getvalue().rstrip()}


def shown(
    scope: dict[str, Any], title: str, slug: str, pictures: Path, webpages: Path
) -> list[str]:
    """Write the results of a block, and return the Markdown that shows them."""
    parts = []
    if figure := scope.get("figure"):
        figure.savefig(pictures / f"{slug}.svg")
        parts.append(f"\n![{title}]({slug}.svg)\n")
    if (image := scope.get("image")) is not None:
        from matplotlib.image import imsave

        imsave(pictures / f"{slug}.png", image)
        parts.append(f"\n![{title}]({slug}.png)\n")
    if page := scope.get("page"):
        (webpages / f"{slug}.page.html").write_bytes(page)
        parts.append(
            f'\n<p><a class="reference external" href="{slug}.page.html">Open the page</a></p>\n'
            f'<iframe class="webpage" src="{slug}.page.html" title="{title}" loading="lazy"></iframe>\n'
        )
    if scope["printed"]:
        parts.append(f"\n```text\n{scope['printed']}\n```\n")
    if not parts:
        raise ValueError(f"the block of {title!r} makes nothing to look at")
    return parts
