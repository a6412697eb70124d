"""Write docs/evidence/intervals.md: systematic errors by estimator, coverage of stated intervals.

Usage: python -m tools.pages.intervals            (needs ../shared/data or KNEEPOSE_DATA)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import kneepose as kp
from tests.support.sit_to_stand import coverage, knee_errors

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
subtracted. *No* under published: not validated, a wide default. *Keypoints*: where it is given, the
error of each frame is that of keypoints which are off by so much of the leg along each axis, by exact
derivatives, and of *rest*, which posture does not change; the spread is then that of a leg and a trunk
seen at full length. A segment that points at the camera turns more. In images of a body seen from the
front the camera's part is added, which grows with the bend of the knee.

| family | coordinates | angles | bias | spread | keypoints | rest | published | source |
|---|---|---|---|---|---|---|---|---|
"""
KNEE = """
## Knee flexion of the sit-to-stand, n = 1 person

Root mean square of all errors, degrees, left and right, against the angle of three joint centers and
against that of a musculoskeletal model that was fitted to the markers. The mean of both legs is of use
where both do the same: what is guessed of depth turns one knee too far and the other too little.

| estimator | angle | three points | model | mean of both legs, three points | model |
|---|---|---|---|---|---|
"""
HELD = """
## Against markers, n = 1 person

Share of the errors of values marked `ok` that the 95 % interval holds. Angles that are not listed are
refused there: of depth that was estimated, or of a body that is turned away from the camera.

| estimator | angle | held | values |
|---|---|---|---|
"""


def rms(errors: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(errors**2)))


def main() -> None:
    """Measure, and write the page."""
    page = HEAD
    for row in kp.tables.accuracy():
        seen = ", ".join(row["seen"]).replace("_", " ") or "all"
        angles = ", ".join(f"`{name}`" for name in row["angles"]) or "all"
        known = "yes" if row["validated"] else "no"
        parts = [row[part] for part in ("keypoints", "rest")]
        shown = " | ".join("–" if part is None else f"{part:g}" for part in parts)
        page += (
            f"| {row['family'] or 'all'} | {seen} | {angles} | {row['bias']:g} | {row['sd']:g} "
            f"| {shown} | {known} | {row['source']} |\n"
        )
    page += HELD
    for source, title in SOURCES.items():
        for (name, side), (share, n) in coverage(source).items():
            angle = " ".join(filter(None, (side, name)))
            page += f"| {title} | `{angle}` | {100 * share:.1f} % | {n} |\n"
    page += KNEE
    for source, title in SOURCES.items():
        name = "knee_flexion" if source == "world" else "knee_flexion_from_depth"
        off = [knee_errors(source, name, truth) for truth in ("knee_flexion_3pt", "knee_angle")]
        each = [" / ".join(f"{rms(legs[:, i]):.1f}" for i in (0, 1)) for legs in off]
        both = [f"{rms(legs.mean(axis=1)):.1f}" for legs in off]
        page += f"| {title} | `{name}` | {' | '.join(each + both)} |\n"
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
