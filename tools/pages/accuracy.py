"""Writes docs/evidence/accuracy.md: measured minus true, for every angle and recording.

Usage: python -m tools.pages.accuracy        (needs all recordings: ../shared/data or KNEEPOSE_DATA)

The page serves as data: `parse` reads its rows, for the tests and `tools.pages.angles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.datasets import FULL, opensim
from tools.pages.accuracy_rows import (
    COMPARISONS,
    CONDITIONS,
    Cell,
    Errors,
    Row,
    rows_of,
    vicon_rows,
)

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "accuracy.md"
EXERCISES = {
    "sls": "single-leg squat",
    "opencap": "squat, two legs",
    "clamshell": "clamshell",
    "hydrant": "fire hydrant",
}
"""Exercise by the first part of a recording's name."""

HEAD = """\
<!-- Written by tools/pages/accuracy.py (make accuracy). Do not edit. -->

# Measured errors

Every number is *measured minus true* in degrees, over all frames that are measured without
reservation (validity `ok` or `assumed_level_camera`). Each cell reads

> largest magnitude / root mean square / bias (mean) / spread (standard deviation)

or names the validity where the angle is refused. Bias is what a definition or a model does; it is
alike in both legs and in every repetition, so most of it leaves left-right differences and changes.
Spread is what changes from frame to frame.

**These are errors of geometry, not of pose estimators.** The joint centers are those of a model or of
a marker system. Pose estimators add their own errors: hip and knee centers that are systematically off
by 30 to 50 mm (Needham et al. 2021) weigh more than all that stands here.

## Conditions

- *raw*: `joint_angles(recording)`. *conditioned*: `joint_angles(recording.conditioned())`, as a user
  would: outliers, gaps, even times, 6 Hz low-pass.
- *5 mm*, *10 mm*: standard deviation of the noise added to each axis of each keypoint, independent
  between keypoints; half of the variance white, half slowly varying (first-order, 0.6 s). A low-pass
  takes the white half only. In images the same, in pixels at the stance ankle. One draw a recording.
- Hip exercises: `pelvis_reference="trunk"`. Directions in the world: `heading=[1, 0, 0]`.
- *as recorded*: files that come with noise of their own (`…noise…`), one of them with gaps and with
  legs that exchange sides. Their columns *5 mm* and *10 mm* are empty, and the summary leaves them out.

## Sources of error

- **Knee flexion** is 0.1° to 0.7° too large: the model's knee is not a pin, and the hip-knee line
  is not the femur's own axis. The second also makes **hip adduction** 0.3° to 0.4° too large.
- **Hip rotation** is 1.6° to 3° too small, since it reads the knee as a hinge and the model's knee
  axis is tilted by 4°. Less its mean it is right to half a degree. With noise the pelvic axis
  dominates: 10 mm on two hips 17 cm apart turn their line by almost 5°.
- **Hip flexion** against the true pelvis is off by the pelvic tilt, which two hip points do not
  show; with the tilt added back it is right to 0.6°. In the hip exercises the trunk stands in for
  the pelvis.
- **Ankle dorsiflexion** reads the heel-toe line. Its zero is a sole line at right angles to the
  shank, not the zero of a model or of a standing foot: an offset of −2° to −3° in squats and the
  clamshell, +3.5° in the fire hydrant (pointed feet: the model's ankle axis is oblique, and its
  subtalar joint turns the sole line as well). Less its mean it is right to 1.8°. Use changes.
- **Trunk leans** read the line from mid-hip to mid-shoulder, which is not the axis of the torso:
  exact against that line, up to 20° off the torso body.
- **FPPA, pelvic drop, pelvic rotation** are exact in 3-D, as plain geometry must be. In images
  perspective adds 1° to 2° to FPPA, a camera turned by 3° up to 5°, by 6° up to 9°, by 10° up to
  15°. A camera rolled by 5° adds 5° to drop and lean and nothing to FPPA.
- **`hip_adduction_2d`** is a projection: near hip adduction where the thigh is seen at full length
  (fire hydrant: 0.5°, single-leg squat: 2.5°), not where it points at the camera (deep squat: 18°).
- **`knee_flexion_from_depth`** takes thigh and shank to incline alike. In the leg that stands it is
  4° off (root mean square), up to 21°; noise raises what it takes for the standing height, which
  adds 3° at 5 mm. Of the leg that does not stand it says nothing, and the table shows what using it
  there would do.
- **Conditioning** rounds fast turns: the low-pass takes the largest error of knee flexion in the real
  squats from 0.7° to 1.0°. Of the noise it takes about a sixth: the slow half passes.
"""

VICON_HEAD = """\
## Against Vicon's own angles

40 evenly spread frames of three Plug-in Gait trials of two laboratories: `stairs` (down a staircase),
`standing`, `walk`. Joint centers only, unless the row says axes; all of the trials' frames are in the
tests where the files are at hand.

- **Conventions agree**: the axes that Vicon stores give Vicon's hip angles to the last digit
  stored, all three components, both legs.
- **Knee flexion**: three joint centers see flexion *and* varus in one: acos(cos flexion · cos
  varus) is met to 0.01° everywhere. Where the knee axis is well placed (`walk`) that is the
  flexion, to 0.31°. In `stairs` and `standing` it is not: markers set askew make Vicon's varus up
  to 58° and its flexion negative in standing, and the two numbers are up to 19° apart. That is
  cross-talk of the vendor's axis, not an error of the joint centers, and no accuracy of either.
- **Hip flexion** is short by the vendor's pelvic tilt (11°, 25°, 31°), which takes the four pelvic
  markers; less that tilt it agrees to 0.7°. **Hip adduction** agrees to 0.3°.
- **Hip rotation** from joint centers takes the knee for a hinge, so the vendor's varus v at flexion
  f is read as a rotation of atan(tan v / sin f): 4° to 8° in `walk`, up to 62° in `stairs`. Less
  that it agrees to 0.4°.
"""

COLUMNS = " | ".join(
    f"{f'{mm} mm' if mm else 'clean'}, {'conditioned' if done else 'raw'}"
    for mm, done in CONDITIONS
)


def show(cell: Cell | None) -> str:
    """Format one table cell."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return f"`{cell}`"
    bias = f"{cell.bias:+.2f}".replace("-0.00", "+0.00")
    return f"{cell.largest:.2f} / {cell.rms:.2f} / {bias} / {cell.spread:.2f}"


def read(text: str) -> Cell | None:
    """Parse one table cell."""
    if text == "–":
        return None
    if text.startswith("`"):
        return text.strip("`")
    return Errors(*(float(number) for number in text.split(" / ")))


def worst(cells: Iterable[Cell | None]) -> Cell | None:
    """Return the largest of each error, bias by magnitude, or a validity if all are refused."""
    kept = [cell for cell in cells if cell is not None]
    errors = [cell for cell in kept if isinstance(cell, Errors)]
    if not errors:
        return kept[0] if kept else None
    largest, rms, _, spread = (max(column) for column in zip(*errors, strict=True))
    return Errors(largest, rms, max((e.bias for e in errors), key=abs), spread)


def group(row: Row) -> str:
    """Return the group of the summary: exercise, camera and role of the leg."""
    exercise = EXERCISES[row.recording.split("_")[0]]
    camera = re.search(r"\((\w+)\)", row.recording)
    parts = [exercise, row.leg.split(", ")[-1] if ", " in row.leg else "", ""]
    if camera:
        parts[2] = f"camera {camera.group(1)}"
    return ", ".join(filter(None, parts))


def summary(rows: list[Row]) -> dict[str, list[Cell | None]]:
    """Return by group the worst cells over recordings without added noise."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if "noise" not in row.recording:
            groups.setdefault(group(row), []).append(row)
    return {
        name: [worst(cells) for cells in zip(*(row.cells for row in members), strict=True)]
        for name, members in sorted(groups.items())
    }


def table(head: str, lines: Iterable[tuple[str, Iterable[Cell | None]]]) -> Iterator[str]:
    """Yield a Markdown table whose last columns are error cells."""
    yield f"| {head} |"
    yield "|" + "---|" * (head.count("|") + 1)
    for label, cells in lines:
        yield f"| {label} | " + " | ".join(show(cell) for cell in cells) + " |"


def render(rows: list[Row], vicon: list[tuple[str, str, str, Cell]]) -> str:
    """Return the whole page."""
    by_title = {
        c.title: sorted((r for r in rows if r.title == c.title), key=lambda r: r[1:3])
        for c in COMPARISONS
    }
    out = [HEAD, "## Summary: the worst recording of each exercise", ""]
    for title, members in by_title.items():
        out += [f"**{title}**", ""]
        out += table(f"exercise | {COLUMNS}", summary(members).items())
        out.append("")
    out += [VICON_HEAD]
    out += table(
        "compared | trial | leg | errors",
        ((f"{what} | {trial} | {leg}", [cell]) for what, trial, leg, cell in vicon),
    )
    out += ["", "## Every recording", ""]
    for title, members in by_title.items():
        out += [f"### {title}", ""]
        out += table(
            f"recording | leg | {COLUMNS}", ((f"{r.recording} | {r.leg}", r.cells) for r in members)
        )
        out.append("")
    return "\n".join(out)


def parse(page: str) -> tuple[list[Row], list[tuple[str, str, str, Cell]]]:
    """Return the rows of a page written by `render`."""
    rows: list[Row] = []
    vicon: list[tuple[str, str, str, Cell]] = []
    title, section = "", ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = line
        elif line.startswith("### "):
            title = line.removeprefix("### ")
        elif line.startswith("| ") and not line.startswith(("| recording |", "| compared |")):
            first, *rest = line.strip("| ").split(" | ")
            if "Vicon" in section:
                cell = read(rest[2])
                vicon.append((first, rest[0], rest[1], cell if cell is not None else ""))
            elif "Every" in section:
                rows.append(Row(title, first, rest[0], tuple(read(cell) for cell in rest[1:])))
    return rows, vicon


def main() -> None:
    """Write the page."""
    names = sorted(path.stem for path in (FULL / "opensim").glob("*.npz"))
    if len(names) < 24:
        raise SystemExit(f"{FULL / 'opensim'} holds {len(names)} recordings; set KNEEPOSE_DATA")
    rows = [row for name in names for row in rows_of(name, opensim(name))]
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(rows, list(vicon_rows())), encoding="utf-8")
    print(f"{PAGE}: {len(rows)} rows")


if __name__ == "__main__":
    main()
