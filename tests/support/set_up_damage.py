"""Wrong set-ups planted in recordings of real people, as functions of the given points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import kneepose as kp
from kneepose.quality import Severity
from kneepose.validity import Validity
from tests.support.real_people import Given, squat_clips

V = Validity
CAMERA = {V.CAMERA_TURNED, V.CAMERA_TILTED, V.OFF_AXIS, V.LOW_CONFIDENCE, V.AT_IMAGE_BORDER}
"""Findings about camera position and visibility, which may be true and do not indicate planted
damage.
"""
STRETCHES = (1.2, 1.33, 1.6, 1.78, 1 / 1.33, 1 / 1.6, 1 / 1.78)
PROPORTIONS = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30)
FROZEN_S = (0.3, 0.6, 1.0, 2.0)
SQUAT_CLIPS = squat_clips()


CLOCKS = (1 / 8, 1 / 6, 1 / 4, 1 / 2, 2, 4, 6, 8)
OTHER_LEG = {"left": "right", "right": "left"}
LONG_ENOUGH_S = 17.0


class Planted(NamedTuple):
    """A kind and size of damage, and whether kneepose reports it; None if the recording cannot show
    it.
    """

    damage: str
    size: str
    named: bool | None


class Way(NamedTuple):
    """A way to obtain findings (recorded or live) for a recording with given options and
    exercise.
    """

    found: Callable[..., set[Validity] | None]
    is_live: bool


def found_recorded(
    given: Given, points: np.ndarray, exercise: str = "squat", side: str | None = None,
    **options: object,
) -> set[Validity] | None:  # fmt: skip
    """Return the reasons of findings above "info"; None if the recording is refused at creation."""
    try:
        recording = given.recording(points, **options).labeled(exercise=exercise)
        quality = kp.check(recording, side=side)  # type: ignore[arg-type]
    except kp.errors.KneeposeError:
        return None
    return {f.reason for f in quality.findings if f.severity is not Severity.INFO}


def found_live(
    given: Given, points: np.ndarray, exercise: str = "squat", side: str | None = None,
    **options: object,
) -> set[Validity]:  # fmt: skip
    """Return all quality codes that a stream reports."""
    of: dict[str, Any] = given.options | options
    times = of.get("times")
    if times is None:
        times = np.arange(len(points)) / float(of["fps"])
    known = {key: of[key] for key in ("skeleton", "up", "resolution_wh") if of.get(key)}
    live = kp.Stream(exercise, side=side or "left", **known)  # type: ignore[arg-type]
    points, sure = np.ascontiguousarray(points, dtype=float), of.get("confidence")
    qualities = set()
    for i, time in enumerate(times):
        confidence = None if sure is None else np.asarray(sure[i], dtype=float)
        qualities.add(live.push(points[i], float(time), confidence=confidence).quality)
    return qualities


RECORDED, LIVE = Way(found_recorded, False), Way(found_live, True)


def planted(given: Given, way: Way = RECORDED) -> Iterator[Planted]:
    """Yield every kind of damage that applies to this recording."""
    points = given.points

    def of(shown: np.ndarray, *reasons: Validity, **options: object) -> bool:
        found = way.found(given, shown, **options)
        return found is None or bool(found & set(reasons))

    for seconds in FROZEN_S:
        still = stuck(given, seconds)
        hit = None if still is None else of(still, V.PICTURE_STUCK)
        yield Planted("frozen picture", f"{seconds} s", hit)
    times = given.recording().times
    for by in CLOCKS:
        short = way.is_live and (times[-1] - times[0]) * by < LONG_ENOUGH_S
        hit = None if short else of(points, V.FRAME_RATE, times=times * by, fps=None)
        yield Planted("clock, slower or faster than it was", f"{by:.3g} ×", hit)
    legs, side = working_legs(given)
    if legs == 2:
        hit = all(
            of(points, V.OTHER_MOVEMENT, exercise="single_leg_squat", side=s) for s in OTHER_LEG
        )
        yield Planted("two legs named single_leg_squat", "", hit)
    elif legs == 1:
        yield Planted("one leg named squat", "", of(points, V.OTHER_MOVEMENT))
        wrong = {"exercise": "single_leg_squat", "side": OTHER_LEG[side]}
        hit = of(points, V.OTHER_LEG_WORKS, V.OTHER_MOVEMENT, **wrong)
        yield Planted("single_leg_squat of the other leg", "", hit)
    if points.shape[2] == 2:
        high = np.nanmax(points[..., 1])
        unknown = {"resolution_wh": None}
        yield Planted("y up", "", of(points * [1, -1] + [0, high], V.UPSIDE_DOWN, **unknown))
        turned = points[..., ::-1] * [1, -1] + [0, np.nanmax(points[..., 0])]
        yield Planted("picture turned by 90°", "", of(turned, V.AXES_TURNED, **unknown))
        yield Planted("x and y exchanged", "", of(points[..., ::-1], V.AXES_TURNED, **unknown))
        shown = np.isfinite(kp.check(given.recording()).evidence["picture_squeeze"])
        has_feet = "left_heel" in given.recording().skeleton.landmarks
        for by in STRETCHES:
            hit = of(points * [by, 1], V.PICTURE_STRETCHED, **unknown)
            if shown:
                yield Planted("picture stretched", f"{by:.2f} ×", hit)
            elif not has_feet:
                yield Planted("picture stretched, no feet seen", f"{by:.2f} ×", hit)
        return
    swapped = points[..., [1, 0, 2]] * [1, -1, 1]
    yield Planted("`up` wrong by 90°", "", of(swapped, V.AXES_TURNED))
    bends = np.isfinite(kp.check(given.recording()).evidence["backward"])
    # The Nuitrack archive is left-handed originally.
    flip = [1, 1, 1 if given.source == "nuitrack-archive" else -1]
    hit = of(points * flip, V.LEFT_HANDED_AXES) if bends else None
    yield Planted("left-handed axes, where knees bend or feet show", "", hit)
    for limb, change in [(limb, c) for limb in ("leg", "arm") for c in PROPORTIONS]:
        other = other_person(given, change, limb)
        hit = None if other is None else of(other, V.OTHER_PERSON)
        yield Planted(f"another person after a gap, {limb}s", f"{change:.0%}", hit)


def working_legs(given: Given) -> tuple[int, str]:
    """Return the number of legs that squat (0 if none) and, for one leg, its side."""
    if given.source.startswith("simulated"):
        return (1, given.row["side"]) if given.row["side"] else (2, "")
    if given.source.startswith("clips"):
        return (2 if given.name in SQUAT_CLIPS else 0), ""
    squats = given.exercise.endswith("squat") and int(given.row["reps_low"]) > 0
    return (2 if squats else 0), ""


def stuck(given: Given, seconds: float) -> np.ndarray | None:
    """Repeat a frame at one third of the recording for `seconds`; None if too short."""
    n = round(seconds * given.recording().fps)
    first = len(given.points) // 3
    if first + n >= len(given.points):
        return None
    still = given.points.copy()
    still[first : first + n + 1] = still[first]
    return still


def other_person(given: Given, change: float, limb: str = "leg") -> np.ndarray | None:
    """Remove a second in the middle, and lengthen legs or arms afterward.

    None if the recording is too short, or the limb is not visible for a second on both sides of the
    gap.
    """
    rec = given.recording()
    middle, gap = len(given.points) // 2, round(1.0 * rec.fps)
    if middle < 1.5 * gap + rec.fps:
        return None
    points, places = given.points.copy(), rec.skeleton.landmarks
    points[middle : middle + gap] = np.nan
    after = slice(middle + gap, None)
    joints = {"leg": ("hip", "knee", "ankle"), "arm": ("shoulder", "elbow", "wrist")}[limb]
    of_limb = [places[f"{side}_{joint}"] for side in ("left", "right") for joint in joints]
    seen = rec.confidence[:, of_limb] >= rec.skeleton.min_confidence
    all_seen = np.all(seen & np.isfinite(rec.coordinates[:, of_limb, 0]), axis=1)
    if min(all_seen[:middle].sum(), all_seen[after].sum()) < rec.fps:
        return None
    for side in ("left", "right"):
        upper, middle_joint, lower = (points[after, places[f"{side}_{j}"]].copy() for j in joints)
        bent = upper + (1 + change) * (middle_joint - upper)
        end = bent + (1 + change) * (lower - middle_joint)
        for name in ("heel", "big_toe", "small_toe") if limb == "leg" else ():
            if f"{side}_{name}" in places:
                points[after, places[f"{side}_{name}"]] += end - lower
        points[after, places[f"{side}_{joints[1]}"]] = bent
        points[after, places[f"{side}_{joints[2]}"]] = end
    return points
