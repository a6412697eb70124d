"""Writes docs/reference/angles.md and docs/reference/figures/*.svg from the rows of the tables.

Usage: python -m tools.pages.angles

This module contains nothing specific to an angle. Names, points, signs and zeros come from
`kp.tables.angles()`, definitions and figures from `angle_scenes.py`, refusals from calls of
kneepose, and errors from docs/evidence/accuracy.md. Regenerate the page after adding a row.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp
from tools.pages.accuracy import PAGE as ACCURACY
from tools.pages.accuracy import group, parse, show, worst
from tools.pages.accuracy_rows import Row
from tools.pages.angle_figures import draw
from tools.pages.angle_scenes import ELSE, POSES, scene_of
from tools.pages.stick_body import landmarks

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGE = DOCS / "angles.md"
FIGURES = DOCS / "figures"
HEAD = """\
<!-- Written by tools/pages/angles.py (make docs). Do not edit. -->

# Angles

All angles are in degrees and positive in the clinical direction, on both sides of the body: flexion,
adduction, internal rotation, knee inward, drop, lean toward the stance side. Every figure shows a
positive value, which kneepose measured on the figure's own pose; the right leg is the measured one.

Missing is NaN with a reason (`kneepose.validity.Validity`), never a number. Whatever the angle, a
keypoint that was not seen gives `missing_keypoint`, and directions that coincide give `singular`.

Errors are those of the geometry on joint centers that are right, from
[accuracy.md](../evidence/accuracy.md):
largest magnitude / root mean square / bias / spread, each of the recording where it is
worst; front camera, and the leg that stands or works. Pose estimators add their own errors.
"""
SIDED = {
    "leg": "one value for each leg",
    "stance": "one value, signed toward the stance side, which must be given",
    "stance_or_right": "one value, signed toward the stance side; to the right where none is given",
    "midline": "one value, without a side",
}
SHOWN_CONDITIONS = {0: "clean, raw", 5: "10 mm, conditioned"}
"""Columns of accuracy.md repeated on this page."""
LEFT_OUT = {"camera", "swing", "other"}
"""Roles of rows that are omitted: turned cameras, and legs not performing the exercise."""
FRAMES, FPS, PIXELS_PER_M = 30, 30.0, 500.0


def words(name: str) -> str:
    """Return a name as readable text."""
    return name.replace("_", " ")


def skeletons_with(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the built-in skeletons that have the row's points, and those that lack one."""
    having: list[str] = []
    lacking: list[str] = []
    side = "right" if row["sided"] != "midline" else None
    for skeleton in kp.tables.skeletons():
        _, codes = kp.arrays.joint_angles(
            np.zeros((1, len(skeleton["keypoints"]), 3)),
            skeleton=skeleton["name"],
            names=[(row["name"], side)],
            up="y",
            with_validity=True,
        )
        (having, lacking)[int(codes[0, 0]) == NOT_IN_SKELETON].append(skeleton["name"])
    return having, lacking


VALIDITIES = list(kp.validity.Validity)
NOT_IN_SKELETON = [str(validity) for validity in VALIDITIES].index("not_in_skeleton")


def seen_from(
    row: dict[str, Any], view: str | None, heading: list[float] | None = None
) -> tuple[kp.validity.Validity, bool]:
    """Return an angle's validity in a view, or in 3-D for None, and True if it has a value."""
    points = landmarks(POSES.get(row["name"], ELSE))
    skeleton = kp.Skeleton("figure", [name for name in points if name != "head"])
    array = np.array([[points[name] for name in skeleton.keypoints]] * FRAMES)
    if view is not None:
        across = {"front": -array[..., 2], "right": array[..., 0]}[view]
        array = PIXELS_PER_M * np.stack([1 + across, 2 - array[..., 1]], axis=-1)
    recording = kp.Recording(
        array, skeleton=skeleton, fps=FPS, up="y" if view is None else None, view=view
    )
    side = "right" if row["sided"] != "midline" else None
    angles = kp.joint_angles(recording, [(row["name"], side)], stance_side="right", heading=heading)
    angle = angles[row["name"], side]
    return angle.validity[0], bool(np.isfinite(angle.values[0]))


def availability(row: dict[str, Any]) -> list[str]:
    """Return lines on views in which the angle is measured or refused, and the reason."""
    lines = []
    cases: list[tuple[str, str | None, list[float] | None]] = [
        ("In 3-D", None, None),
        ("In an image from the front", "front", None),
        ("In an image from the side", "right", None),
    ]
    if str(seen_from(row, None)[0]) == "needs_heading":
        cases[:1] = [
            ("In 3-D with `heading=`", None, [1.0, 0.0, 0.0]),
            ("In 3-D without", None, None),
        ]
    for title, view, heading in cases:
        try:
            found, is_number = seen_from(row, view, heading)
        except kp.errors.KneeposeError as error:
            lines.append(f"- {title}: refused. {error}")
            continue
        if is_number:
            note = "" if str(found) == "ok" else f", `{found}`. {found.sentence}".rstrip(".")
            lines.append(f"- {title}: measured{note}.")
        else:
            lines.append(f"- {title}: refused, `{found}`. {found.sentence} {found.remedy}".rstrip())
    if row["refused_below_flexion"] is not None:
        gate = VALIDITIES[[str(v) for v in VALIDITIES].index("below_flexion_gate")]
        low = VALIDITIES[[str(v) for v in VALIDITIES].index("low")]
        lines += [
            f"- Below {row['refused_below_flexion']:g}° of knee flexion: refused, `{gate}`. "
            f"{gate.sentence}",
            f"- Below {row['low_below_flexion']:g}°: `{low}`. {low.sentence} {low.remedy}",
        ]
    return lines


@cache
def measured_rows() -> list[Row]:
    """Return all rows of accuracy.md."""
    return parse(ACCURACY.read_text(encoding="utf-8"))[0]


def errors(row: dict[str, Any]) -> list[str]:
    """Return lines on the measured errors, as the worst over recordings; details are in
    accuracy.md.
    """
    rows = measured_rows()
    titles = [
        title
        for title in dict.fromkeys(r.title for r in rows)
        if title.replace(":", ",").split(",")[0] == row["name"]
    ]
    if not titles:
        return ["Measured error: none known; no recording at hand has a truth for this angle."]
    lines = [f"| measured error: compared with | {' | '.join(SHOWN_CONDITIONS.values())} |"]
    lines.append("|---|" + "---|" * len(SHOWN_CONDITIONS))
    for title in titles:
        what = title.removeprefix(row["name"]).lstrip(", ")
        members = [r for r in rows if r.title == title and "noise" not in r.recording]
        members = [r for r in members if not LEFT_OUT & {*group(r).replace(" ", ",").split(",")}]
        cells = (show(worst(r.cells[i] for r in members)) for i in SHOWN_CONDITIONS)
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return lines


def section(row: dict[str, Any]) -> list[str]:
    """Return the section on one angle."""
    having, lacking = skeletons_with(row)
    unit = "degrees" if row["unit"] == "deg" else f"share of the {row['unit']}'s length"
    names = [words(point) for point in row["points"]]
    alt = f"{words(row['name'])}: {row['positive']} is positive"
    needs = ", ".join(dict.fromkeys(names))
    lacks = f"; not {', '.join(f'`{name}`' for name in lacking)}" if lacking else ""
    gives = ", ".join(f"`{name}`" for name in having) or "none of the built-in ones"
    return [
        f"## `{row['name']}`",
        "",
        f'<img src="figures/{row["name"]}.svg" width="320" alt="{alt}">',
        "",
        scene_of(row).words.format(*names),
        "",
        f"- Positive: {row['positive']}. Zero: {row['zero']}. Unit: {unit}.",
        f"- Value: {SIDED.get(row['sided'], words(row['sided']))}.",
        f"- Needs: {needs}. Skeletons that give it: {gives}{lacks}.",
        *availability(row),
        f"- Source: {row['source']}.",
        "",
        *errors(row),
        "",
    ]


def render() -> tuple[str, dict[str, str]]:
    """Return the page, and the figures by name."""
    table = kp.tables.angles()
    contents = ["| angle | plane | positive | zero |", "|---|---|---|---|"]
    contents += [
        f"| [`{row['name']}`](#{row['name']}) | {row['plane']} | {row['positive']} | {row['zero']} |"
        for row in table
    ]
    lines = [HEAD, *contents, "", *(line for row in table for line in section(row))]
    return "\n".join(lines), {row["name"]: draw(row) for row in table}


def main() -> None:
    """Write page and figures, and remove figures of angles that no longer exist."""
    page, figures = render()
    FIGURES.mkdir(parents=True, exist_ok=True)
    for old in FIGURES.glob("*.svg"):
        if old.stem not in figures:
            old.unlink()
    for name, svg in figures.items():
        (FIGURES / f"{name}.svg").write_text(svg, encoding="utf-8")
    PAGE.write_text(page, encoding="utf-8")
    print(f"{PAGE}: {len(figures)} angles")


if __name__ == "__main__":
    main()
