"""Write docs/evidence/exercises.md: sit-to-stands, split squats, step-downs and other movements.

Usage: python -m tools.pages.exercises     (needs ../shared/data, or KNEEPOSE_DATA)
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import kneepose as kp
from tests.support import sit_to_stand
from tests.support.datasets import clip
from tests.support.real_people import clips, filmed, labeled, people
from tests.support.strength_opensim import PLANTED, made
from tools.pages.repetitions import people_section

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "exercises.md"
NAMES = ("sit_to_stand", "split_squat", "step_down")
SQUATS = ("squat", "single_leg_squat")
YAWS = (0, 90)
EVERY = 4
"""Interval between the 3-D recordings that are also seen by simulated cameras."""
GIFS = (
    "fitness-squat-counter", "fitness-squats", "fitness-sumo-squats", "fitness-side-lunges",
    "fitness-hip-abduction-standing", "health-knee-rom", "health-hip-rom", "health-back-rom",
)  # fmt: skip
HEAD = """\
<!-- Written by tools/pages/exercises.py (make exercises). Do not edit. -->

# Sit-to-stands, split squats and step-downs

Three exercises whose movement is told by a few conditions on the body (`posture/patterns.rs`), not by
the evidence that is fitted to squats. Their limits were set while looking at these recordings, so the
figures favor the method. Recordings of people must not be copied and are not in this repository.

**Step-downs are not tested on people**: no public recording has them.

"""
REAL = """\
## Real people

*Counted*: recorded, then live. A lunge, in which the front foot steps out and back, counts as a split
squat. The depth camera of `nuitrack-archive` names the legs the other way round, which its check says;
the leg in front is the one counted. *Named squat*: what the same recording counts as `squat` and
`single_leg_squat`, both sides added.

| recording | seen by | side | true | counted | named squat |
|---|---|---|---|---|---|
"""
FALSE = """\
## Other movements under these names

Recordings of other movements, with both sides under analysis: how many count something, and false
repetitions in parentheses. *Filmed*: people in space as a simulated camera sees them, from the front
(0°) and from the side (90°), where the view is often not found. A camera in front does not show a seat,
and squats named `sit_to_stand` count there: the name is taken at its word. Lunges are repetitions of
`split_squat`, so that column has none for them.

| movement | recordings | sit_to_stand | split_squat | step_down |
|---|---|---|---|---|
"""
FORM = """\
## Faults, in recordings made with OpenSim

Motions from the forward kinematics of OpenSim (`tests/support/strength_opensim.py`), with a planted
fault or none. *Found*: faults that are seen, borderline ones in parentheses.

| recording | side | true | counted | planted | found |
|---|---|---|---|---|---|
"""
LIMITS = """\
## Limits of these figures

- One person rises from a seat, five times, before one phone and markers. Lunges are those of three
  people.
- Nobody labeled faults of these exercises in people. Their limits are those of squats and single-leg
  squats.
- Split squats named `single_leg_squat` are counted in part: the rear foot is often taken for a free one.
- Deadlifts from the side and falls of dancers are sometimes counted as split squats.
"""


class Real(NamedTuple):
    """A recording of a person doing one of these exercises, with the true count."""

    name: str
    seen_by: str
    exercise: str
    recording: kp.Recording
    side: str
    true: int


def real() -> Iterator[Real]:
    """Yield the recordings of real people with a known count."""
    seen = {"world": "MediaPipe, world", "image": "MediaPipe, image", "movenet": "MoveNet"}
    for source, words in seen.items():
        yield Real("opencap-sts", words, "sit_to_stand", sit_to_stand.filmed(source), "left", 5)
    for given in people(plain=False):
        if given.exercise == "sit_to_stand":
            markers = given.recording()
            yield Real("opencap-sts", "markers", "sit_to_stand", markers, "left", 5)
            for yaw in (0, 35, 90, 135):
                rec = filmed(markers, yaw)
                if rec is not None:
                    yield Real(
                        "opencap-sts",
                        f"markers, filmed from {yaw}°",
                        "sit_to_stand",
                        rec,
                        "left",
                        5,
                    )
    for space in ("image", "world"):
        rec = clip("quickpose-gifs", "fitness-left-leg-lunges", space=space)
        for side, true in (("right", 3), ("left", 0)):
            yield Real("left-leg lunges", f"MediaPipe, {space}", "split_squat", rec, side, true)
    for given in clips():
        if given.name == "veng_lunges":
            for side, true in (("left", 3), ("right", 2)):
                yield Real(
                    "veng_lunges", given.source, "split_squat", given.recording(), side, true
                )


def counted(recording: kp.Recording, exercise: Any, side: Any) -> int:
    """Return the number of repetitions of one side, or 0 if the recording cannot be analyzed."""
    try:
        return kp.analyze(recording, exercise, side=side).reps.count
    except kp.errors.KneeposeError:
        return 0


def both(recording: kp.Recording, exercise: str) -> int:
    """Return the number of repetitions of both sides; a two-legged exercise is counted once."""
    sides = ("left",) if exercise in ("squat", "sit_to_stand") else ("left", "right")
    return sum(counted(recording, exercise, side) for side in sides)


def live(recording: kp.Recording, exercise: Any, side: Any) -> int:
    """Return the number of repetitions that a stream counts."""
    stream = kp.Stream(
        exercise, side=side, skeleton=recording.skeleton, resolution_wh=recording.resolution_wh,
        up=recording.up, view=recording.view,
    )  # fmt: skip
    stream.push_all(recording.coordinates, recording.times, confidence=recording.confidence)
    return stream.finish().reps.count


def real_lines() -> list[str]:
    """Return the table rows of real people; depth-camera lunges share one row per side."""
    lines = []
    for one in real():
        squats = ", ".join(str(both(one.recording, name)) for name in SQUATS)
        got = (
            counted(one.recording, one.exercise, one.side),
            live(one.recording, one.exercise, one.side),
        )
        lines.append(
            f"| {one.name} | {one.seen_by} | {one.side} | {one.true} | {got[0]}, {got[1]} | {squats} |"
        )
    for name in ("lunge_left", "lunge_right"):
        files = [g for g in people(plain=False) if g.exercise == name]
        side = "right" if name == "lunge_left" else "left"
        recordings = [given.recording() for given in files]
        offline = sum(counted(rec, "split_squat", side) == 1 for rec in recordings)
        online = sum(live(rec, "split_squat", side) == 1 for rec in recordings)
        squats = ", ".join(str(sum(both(rec, s) for rec in recordings)) for s in SQUATS)
        lines.append(
            f"| {len(files)} × {name} | Nuitrack | {side} | 1 each | exact in {offline}, {online} | "
            f"{squats} |"
        )
    return lines


def others() -> Iterator[tuple[str, kp.Recording]]:
    """Yield the group and the recording of each other movement."""
    for number, case in enumerate(labeled()):
        group = f"{case.data_set}: {case.movement.replace('_', ' ')}"
        yield group, case.recording
        if case.recording.up == "y" and number % EVERY == 0:
            for yaw in YAWS:
                rec = filmed(case.recording, yaw)
                if rec is not None:
                    yield f"{group}, filmed from {yaw}°", rec
    for name in GIFS:
        for space in ("image", "world"):
            yield f"gifs: {name}", clip("quickpose-gifs", name, space=space)


def false_lines() -> list[str]:
    """Return the table rows of false counts; movements without false counts share one row."""
    found: dict[str, list[list[int]]] = defaultdict(list)
    for group, recording in others():
        found[group].append([both(recording, name) for name in NAMES])
    lines, clean, files = [], [], 0
    for group, rows in found.items():
        is_lunge = "lunge" in group and "side" not in group
        cells = []
        for place, name in enumerate(NAMES):
            counts = [row[place] for row in rows]
            wrong = sum(n > 0 for n in counts)
            cell = f"{wrong} ({sum(counts)})" if wrong else "0"
            cells.append("–" if is_lunge and name == "split_squat" else cell)
        if all(cell in ("0", "–") for cell in cells):
            clean.append(group)
            files += len(rows)
        else:
            lines.append(f"| {group} | {len(rows)} | {' | '.join(cells)} |")
    total = [
        (sum(row[i] > 0 for rows in found.values() for row in rows)) for i in range(len(NAMES))
    ]
    lines.append(f"| {len(clean)} other groups | {files} | 0 | 0 | 0 |")
    everything = sum(map(len, found.values()))
    split = sum(
        row[1] > 0
        for group, rows in found.items()
        if not ("lunge" in group and "side" not in group)
        for row in rows
    )
    return [
        f"| **all** | {everything} | {total[0]} | {split} | {total[2]} |",
        *lines,
    ]


def form_lines() -> list[str]:
    """Return the table rows of the planted faults."""
    lines = []
    for name, (exercise, planted) in PLANTED.items():
        one = made(name)
        found = kp.analyze(one.recording, exercise, side=one.side)
        seen = [n for n, fault in found.faults.items() if fault.seen and not fault.borderline]
        maybe = [n for n, fault in found.faults.items() if fault.borderline]
        words = ", ".join([*seen, *(f"({n})" for n in maybe)]) or "–"
        lines.append(
            f"| {name} | {one.side} | {one.count} | {found.reps.count} | {planted or '–'} | {words} |"
        )
    return lines


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")
    simulated = people_section(lambda name: name.split(":")[0] in NAMES)
    parts = [
        HEAD + REAL + "\n".join(real_lines()),
        FALSE + "\n".join(false_lines()),
        "## Simulated people\n\n" + "\n".join(simulated).rstrip(),
        FORM + "\n".join(form_lines()),
        LIMITS,
    ]
    PAGE.write_text("\n\n".join(part.rstrip("\n") for part in parts) + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
