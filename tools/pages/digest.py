"""Write docs/evidence/README.md: a summary of the generated pages, real people first.

`python -m tools.pages.digest`. The figures are read from the pages, so the summary always agrees
with them.
"""

from __future__ import annotations

import re
from pathlib import Path

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence"
PAGE = EVIDENCE / "README.md"

TEXT = Path(__file__).with_name("digest.md.in")


def table_row(page: str, heading: str, name: str) -> list[str]:
    """Return the cells of a table row, found by the start of heading and row."""
    text = (EVIDENCE / page).read_text("utf-8")
    _, found, section = text.partition(f"\n## {heading}")
    for line in section.partition("\n## ")[0].splitlines():
        cells = [cell.strip().strip("*") for cell in line.strip("|").split("|")]
        if cells[0] == name:
            return cells[1:]
    raise LookupError(
        f"{page}: no row {name!r} below {heading!r}" if found else f"{page}: no {heading!r}"
    )


def share(cell: str) -> tuple[int, int]:
    """Return both numbers of a cell such as "144 of 148 (93–99 %)" or "34/38"."""
    found = re.match(r"(\d+)(?: of |/)(\d+)", cell)
    if found is None:
        raise ValueError(f"no share in {cell!r}")
    return int(found[1]), int(found[2])


def fitted_without(data: str, name: str) -> list[tuple[int, int]]:
    """Return four shares of a line of counting.md: squats and others, recorded and live."""
    text = (EVIDENCE / "counting.md").read_text("utf-8")
    block = text.partition(f"\nFitted without {data}\n")[2].partition("\n\n")[0]
    line = next(line for line in block.splitlines() if re.match(rf"{re.escape(name)}  ", line))
    return [(int(a), int(b)) for a, b in re.findall(r"(\d+)/(\d+)", line)]


def largest_clean(angle: str) -> float:
    """Return the largest error of a 3-D angle over all exercises, without noise and unfiltered."""
    text = (EVIDENCE / "accuracy.md").read_text("utf-8")
    rows = text.partition(f"\n**{angle}, 3-D: against the model")[2].partition("\n\n**")[0]
    cells = [line.split("|")[2] for line in rows.splitlines() if line.startswith("|")][2:]
    return max(float(cell.split("/")[0]) for cell in cells)


def first(page: str, pattern: str) -> str:
    """Return the first group that the pattern matches in a page."""
    found = re.search(pattern, (EVIDENCE / page).read_text("utf-8"))
    if found is None:
        raise LookupError(f"{page}: nothing like {pattern!r}")
    return found[1]


def render() -> str:
    """Return the text of the page."""
    real = "real-people.md"
    squats = [share(cell) for cell in table_row(real, "Recordings of squats", "all")[:3]]
    others = [share(cell) for cell in table_row(real, "Recordings of other", "all")[:3]]
    times = table_row(real, "Lowest points", "all")
    two_legs = [share(cell) for cell in table_row(real, "Two legs", "all")]
    kimore = fitted_without("kimore", "kimore")
    front = fitted_without("kimore", "kimore, filmed from 0°")
    false = [total - right for right, total in others]
    return TEXT.read_text("utf-8").format(
        squats=squats[0][1], recorded=squats[0][0], live=squats[1][0],
        height="all of them" if squats[2][0] == squats[2][1] else squats[2][0],
        others=others[0][1], false=false[0], false_live=false[1], height_false=false[2],
        kimore=kimore[0][0], kimore_all=kimore[0][1], kimore_live=kimore[1][0],
        kimore_front=front[2][1] - front[2][0], kimore_front_all=front[2][1],
        bottom=times[2], told=times[4], told_99=times[5],
        two_legs=sum(one for one, _ in two_legs), two_legs_all=sum(total for _, total in two_legs),
        calibration=first("calibration.md", r"calibration error \(target ≤ 0\.10\) \| (\S+)"),
        auc=first("calibration.md", r"AUC of best \(target ≥ 0\.90\) \| (\S+)"),
        flags=first("guards.md", r"all real recordings \| (\d+ of \d+)"),
        rendered=first("rendered.md", r"In (rendered single-leg squats .*)\n").rstrip("."),
        trust=first("reliability.md", r"\d+ checks: (.*)\.\n"),
        knee=f"{largest_clean('knee_flexion'):.1f}",
        adduction=f"{largest_clean('hip_adduction'):.1f}",
        rotation=f"{largest_clean('hip_internal_rotation'):.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(PAGE)
