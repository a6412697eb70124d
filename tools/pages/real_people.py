"""Writes docs/evidence/real-people.md: squats counted on real people, beside two simple counters.

Usage: python -m tools.pages.real_people     (needs ../shared/data, or KNEEPOSE_DATA)
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.signal import find_peaks

import kneepose as kp
from tests.support.real_people import Labeled, labeled

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "real-people.md"
LAST_FRAME_S = 0.5
"""A clip that ends at a return is continued by its last frame for this long, live."""
Z = 1.96
HEAD = """\
<!-- Written by tools/pages/real_people.py (make real). Do not edit. -->

# Squats counted on real people

Recordings of real people from public sources. Their licenses do not allow copies, so they are not
in this repository. *Exact*: the count lies in the range that the label allows, with its 95 %
interval (Wilson). *Recorded* is `kp.analyze`, the larger count of both sides. *Live* is the last
`rep_count` of a `Stream` of the left side, after the last frame was repeated for half a second.
The labels are for two-leg squats: every recording of another movement must count 0, and one that
is refused counts as right there. Simulations are in [repetitions.md](repetitions.md); they are
easier.

Read the figures with three things in mind. The rows count files: some performances are in the
data twice (tracked twice, or in image and world space), so the intervals are narrower than they
should be. The labels were made by people and by simple counters of hip and trunk height, so they
favor the counter *height*. And it is data that kneepose is developed on.

Two simple counters stand beside. *Height* counts peaks of how far the hips have sunk: prominence
at least 0.4 of the largest and 5 % of the leg, half a second apart. *Knee* counts bends below 90°
that come back above 145°. Neither refuses anything. Their limits were set once, with the depth of
these squats known, and not changed after the first result.

**Result**: kneepose {version} counts the squats of nearly all of these people exactly and counts few
movements that are no squats. It loses people whose legs the sensor lost in every squat, and clips
that begin or end within the squat. What it still counts falsely: lunges in depth that an estimator
guessed, and single other movements. In simulated people, jumps one after the other and bending over
with bent knees count as squats, and squats of less than about 60° filmed from the front are not
counted. How the weights were found, and the counts with each data set and each fifth of the persons
left out of the fit: `make evidence` prints them; see
[decision 0013](../decisions/0013-count-the-descent-weigh-the-evidence.md).
"""


class Counts(NamedTuple):
    """Squats found by each method; None where the recording was refused."""

    recorded: int | None
    live: int | None
    height: int
    knee: int


def counts(recording: kp.Recording) -> Counts:
    """All methods on one recording."""
    return Counts(recorded(recording), live(recording), by_height(recording), by_knee(recording))


def recorded(recording: kp.Recording) -> int | None:
    """The better of both sides; None where the library raises or refuses both."""
    found = []
    for side in ("left", "right"):
        try:
            analysis = kp.analyze(recording, "squat", side=side)
        except kp.errors.KneeposeError:
            continue
        refused = any(finding.severity == "refuse" for finding in analysis.quality.findings)
        if analysis.reps.count or not refused:
            found.append(analysis.reps.count)
    return max(found, default=None)


def live(recording: kp.Recording) -> int | None:
    """The last count of a stream."""
    try:
        stream = kp.Stream(
            "squat",
            side="left",
            skeleton=recording.skeleton,
            up=recording.up,
            resolution_wh=recording.resolution_wh,
        )
    except kp.errors.KneeposeError:
        return None
    step = float(np.median(np.diff(recording.times)))
    still = np.arange(1, round(LAST_FRAME_S / step) + 1) * step
    times = np.concatenate([recording.times, recording.times[-1] + still])
    points, confidence = (
        np.concatenate([x, np.repeat(x[-1:], len(still), axis=0)])
        for x in (recording.coordinates, recording.confidence)
    )
    return stream.push_all(points, times, confidence=confidence).rep_count


def by_height(recording: kp.Recording) -> int:
    """Peaks of how far the hips have sunk."""
    up = -1.0 if recording.space == "image" or recording.up == "-y" else 1.0
    hips, ankles = (up * joint(recording, name)[..., 1] for name in ("hip", "ankle"))
    height = hips.mean(axis=1)
    over_feet = height - np.nanmean(ankles, axis=1)
    leg = np.nanquantile(over_feet, 0.9)
    if np.nanstd(height) < 0.2 * np.nanstd(over_feet):  # the estimator keeps the hips at the origin
        height = over_feet
    sunk = smooth(-height, recording.fps) / leg
    if not np.isfinite(sunk).any():
        return 0
    least = max(0.05, 0.4 * float(np.ptp(sunk)))
    return len(find_peaks(sunk, prominence=least, distance=max(1, round(0.5 * recording.fps)))[0])


def by_knee(recording: kp.Recording) -> int:
    """Bends of the knee below 90° that come back above 145°."""
    hips, knees, ankles = (joint(recording, name) for name in ("hip", "knee", "ankle"))
    angles = kp.arrays.angle(hips, knees, ankles)
    angle = smooth(np.nanmean(angles, axis=1), recording.fps)
    bent, count = False, 0
    for value in angle:
        if bent and value > 145:
            bent, count = False, count + 1
        elif value < 90:
            bent = True
    return count


def joint(recording: kp.Recording, name: str) -> np.ndarray:
    """Left and right joint, (frames, 2, dimensions)."""
    skeleton = recording.skeleton
    places = [skeleton.landmarks[f"{side}_{name}"] for side in ("left", "right")]
    return recording.coordinates[:, places]


def smooth(series: np.ndarray, fps: float) -> np.ndarray:
    """Gaps bridged, low-pass at 3 Hz."""
    seen = np.isfinite(series)
    if seen.sum() < 10:
        return np.full(len(series), np.nan)
    frames = np.arange(len(series))
    return kp.arrays.lowpass(np.interp(frames, frames[seen], series[seen]), fs=fps, cutoff_hz=3.0)


def share(right: int, of: int) -> str:
    """k of n with Wilson's interval."""
    p, z2 = right / of, Z * Z
    centre = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return f"{right} of {of} ({100 * (centre - half):.0f}–{100 * (centre + half):.0f} %)"


def table(done: list[tuple[Labeled, Counts]], squats: bool) -> list[str]:
    """Markdown rows, one a data set."""
    chosen = [(case, found) for case, found in done if (case.high > 0) == squats]
    sets = list(dict.fromkeys(case.data_set for case, _ in chosen))
    last = (
        "recorded, at most one off"
        if squats
        else "false repetitions: recorded / live / height / knee"
    )
    lines = [
        f"| data set | recorded | live | height | knee | {last} |",
        "|---|---|---|---|---|---|",
    ]
    for name in (*sets, "**all**"):
        of = [(case, found) for case, found in chosen if name in (case.data_set, "**all**")]
        cells = []
        for method in Counts._fields:
            numbers = [(case, getattr(found, method)) for case, found in of]
            right = sum(
                (n is not None and case.low <= n <= case.high) or (n is None and not squats)
                for case, n in numbers
            )
            cells.append(share(right, len(of)))
        if squats:
            near = sum(
                found.recorded is not None and case.low - 1 <= found.recorded <= case.high + 1
                for case, found in of
            )
            cells.append(share(near, len(of)))
        else:
            sums = [sum(getattr(found, m) or 0 for _, found in of) for m in Counts._fields]
            cells.append(" / ".join(map(str, sums)))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")
    done = [(case, counts(case.recording)) for case in labeled()]
    lines = [
        HEAD.format(version=kp.__version__),
        "## Recordings of squats: count exact", "", *table(done, True), "",
        "## Recordings of other movements: no squat counted", "", *table(done, False), "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"{PAGE}: {len(done)} recordings")


if __name__ == "__main__":
    main()
