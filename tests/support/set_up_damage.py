"""Set-ups that are wrong, planted in recordings of real people: functions of the given points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

import kneepose as kp
from kneepose.quality import Severity
from kneepose.validity import Validity
from tests.support.real_people import Given

V = Validity
CAMERA = {V.CAMERA_TURNED, V.CAMERA_TILTED, V.OFF_AXIS, V.LOW_CONFIDENCE, V.AT_IMAGE_BORDER}
"""Findings that say from where and how much was filmed: true or not, they are no damage."""
STRETCHES = (1.2, 1.33, 1.6, 1.78, 1 / 1.33, 1 / 1.6, 1 / 1.78)
PROPORTIONS = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30)
FROZEN_S = (0.3, 0.6, 1.0, 2.0)


class Planted(NamedTuple):
    """A damage at a size, and whether it is named; None where the recording cannot show it."""

    damage: str
    size: str
    named: bool | None


def findings(make: Callable[[], kp.Recording]) -> set[Validity] | None:
    """Return the reasons of the findings beyond repairs; None if the recording is not even made."""
    try:
        quality = kp.check(make().labeled(exercise="squat"))
    except kp.errors.KneeposeError:
        return None
    return {f.reason for f in quality.findings if f.severity is not Severity.INFO}


def named(given: Given, points: np.ndarray, reason: Validity, **options: object) -> bool:
    found = findings(lambda: given.recording(points, **options))
    return found is None or reason in found


def planted(given: Given) -> Iterator[Planted]:
    """Yield every damage that applies to this recording."""
    points = given.points
    frozen = [(f"{s} s", stuck(given, s), s) for s in FROZEN_S]
    for size, still, _ in frozen:
        hit = None if still is None else named(given, still, V.PICTURE_STUCK)
        yield Planted("frozen picture", size, hit)
    of = partial(named, given)
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
    # The archive of one depth camera is left-handed as it is.
    flip = [1, 1, 1 if given.source == "nuitrack-archive" else -1]
    hit = of(points * flip, V.LEFT_HANDED_AXES) if bends else None
    yield Planted("left-handed axes, where knees bend or feet show", "", hit)
    for limb, change in [(limb, c) for limb in ("leg", "arm") for c in PROPORTIONS]:
        other = other_person(given, change, limb)
        hit = None if other is None else of(other, V.OTHER_PERSON)
        yield Planted(f"another person after a gap, {limb}s", f"{change:.0%}", hit)


def stuck(given: Given, seconds: float) -> np.ndarray | None:
    """Repeat the frame a third into the recording for some seconds; None if it is too short."""
    n = round(seconds * given.recording().fps)
    first = len(given.points) // 3
    if first + n >= len(given.points):
        return None
    still = given.points.copy()
    still[first : first + n + 1] = still[first]
    return still


def other_person(given: Given, change: float, limb: str = "leg") -> np.ndarray | None:
    """Leave a second out in the middle and lengthen legs or arms after it.

    None if the recording is too short, or the limb is not seen for a second on both sides of the gap.
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
    seen = (seen & np.isfinite(rec.coordinates[:, of_limb, 0])).all(axis=1)
    if min(seen[:middle].sum(), seen[after].sum()) < rec.fps:
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
