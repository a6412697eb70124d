"""Writes docs/evidence/intervals.md: systematic errors by estimator, and what stated intervals hold.

Usage: python -m tools.pages.intervals            (needs ../shared/data or KNEEPOSE_DATA)
"""

from __future__ import annotations

from pathlib import Path

import kneepose as kp
from tests.support.sit_to_stand import coverage

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "intervals.md"
SOURCES = {
    "world": "MediaPipe, world points",
    "image": "MediaPipe, image points",
    "movenet": "MoveNet, image points",
}
HEAD = """\
<!-- Written by tools/pages/intervals.py (make intervals). Do not edit. -->

# Whether stated intervals hold

`joint_angles(recording, sd=True)` joins the noise of the keypoints with the systematic error of the
estimator, from the first table. The second table holds the stated 95 % intervals against markers:
**n = 1 person**, one phone at 25 to 33 degrees to the side. It can falsify the first table, and shows
nothing about other people. It had falsified two rows with estimated depth: `hip_flexion` now includes
the tilt of the pelvis (held 84 % before), and `knee_flexion_from_depth` is refused (72 %). For these
two it is no proof any more.

## Systematic errors

The first row that applies counts. The error of a value is its bias and its spread together; no bias is
subtracted. *No* under published: not validated, a wide default.

| family | coordinates | angles | bias | spread | published | source |
|---|---|---|---|---|---|---|
"""
HELD = """
## Against markers, n = 1 person

Share of the errors of values marked `ok` that the 95 % interval holds. Angles that are not listed are
refused there: of depth that was estimated, or of a body that is turned away from the camera.

| estimator | angle | held | values |
|---|---|---|---|
"""


def main() -> None:
    """Measure and write."""
    page = HEAD
    for row in kp.tables.accuracy():
        seen = ", ".join(row["seen"]).replace("_", " ") or "all"
        angles = ", ".join(f"`{name}`" for name in row["angles"]) or "all"
        known = "yes" if row["validated"] else "no"
        page += (
            f"| {row['family'] or 'all'} | {seen} | {angles} | {row['bias']:g} | {row['sd']:g} "
            f"| {known} | {row['source']} |\n"
        )
    page += HELD
    for source, title in SOURCES.items():
        for (name, side), (share, n) in coverage(source).items():
            angle = " ".join(filter(None, (side, name)))
            page += f"| {title} | `{angle}` | {100 * share:.1f} % | {n} |\n"
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
