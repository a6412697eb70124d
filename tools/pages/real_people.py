"""Write docs/evidence/real-people.md: counts of squats of real people, beside two simple counters.

Usage: python -m tools.pages.real_people     (needs ../shared/data, or KNEEPOSE_DATA)
"""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.pool
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.signal import find_peaks

import kneepose as kp
from tests.support.real_people import Labeled, filmed, labeled
from tests.support.worse import WORSE, walks

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "real-people.md"
SAME_S = 1.0
"""Maximum time between a counted and a labeled repetition that are taken as the same one."""
LAST_FRAME_S = 0.5
"""Time by which live runs repeat the last frame, as some clips end with a repetition."""
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

**Result**: kneepose {version} counts the squats of nearly all of these people exactly and counts
few movements that are no squats. It loses people whose legs the sensor lost in every squat, and
clips that begin or end within the squat. What it still counts falsely: single jumps, lunges and
kettlebell swings. In simulated people, jumps one after the other and bending over with bent knees
count as squats, and squats of less than about 60° filmed from the front are not counted. How the
weights were found, and the counts with each data set and each fifth of the persons left out of
the fit: `make evidence` prints them; see [decision
0013](../decisions/0013-count-the-descent-weigh-the-evidence.md).
"""

TIMES = """\
## Lowest points, and how soon a stream tells a repetition

Lowest points of counted squats against the labels. *Told live*: the time of the event
`RepCompleted` after the end of the same repetition in the whole recording. It is less than zero
where a stream tells a slow squat before its very end.
"""
NAMES = """\
## Two legs under the name `single_leg_squat`

Recordings, each analyzed for the left and the right leg, in which a repetition counted. None should.
From behind and aside (135°), without a face or feet that show the view, the far foot looks lifted, and
hips that move back look like weight over the near foot: some squats and tilts of the trunk count.
"""

WORSE_TITLE = """\
## The same recordings, made worse

What cameras and estimators do to the keypoints, each planted in all recordings above with a seed.
*Refused*: recordings of squats that raise an error, all for fewer than 9.5 frames a second. *None
counted* is of the other movements.
"""


FILMED_TITLE = """\
## The same people, seen by one camera

The 3-D recordings above as simulated cameras see them, 0.5, 1.0 or 1.4 m high in turn, 3 m away; 0° is
in front. The world points of clips are left out: their origin moves with the hips, so they have no place
in a room. *Walks to the camera*: a second after the last frame the body grows two to three times in two
seconds, as of someone who stops the camera; *from and to*: before the first frame as well. Then a set of
a single squat is between two walks, and is lost in the recording. Of the other movements every fourth.
*Refused*: the person stands so near that much of the legs is below the picture.
"""
YAWS = (0, 35, 90, 135, 180)
CAMERA_HEIGHTS_M = (0.5, 1.0, 1.4)
FILMED: dict[str, tuple[float, dict[str, bool] | None]] = {
    **{f"{yaw}°": (yaw, None) for yaw in YAWS},
    "0°, walks to the camera": (0, {}),
    "0°, walks from and to the camera": (0, {"before": True}),
    "90°, walks to the camera": (90, {}),
    "90°, walks from and to the camera": (90, {"before": True}),
}
"""Row title → camera yaw, and the options of `walks` if the person walks before or after the
set.
"""


class Counts(NamedTuple):
    """Number of squats by each method; None if the recording is refused."""

    recorded: int | None
    live: int | None
    height: int
    knee: int


class Outcome(NamedTuple):
    """Counts of one recording, their times, and counts when analyzed as a single-leg squat."""

    counts: Counts
    bottoms_off_s: list[float]
    """Times of the counted lowest points less those of the labels."""
    frames_off: list[float]
    told_after_s: list[float]
    """Delay of each live `RepCompleted` after the end of that repetition offline."""
    as_one_leg: list[int]
    """Repetitions of `single_leg_squat` for each side; a refused side has no entry."""


def outcome(case: Labeled) -> Outcome:
    """Return all results of one recording that the page shows."""
    recording = case.recording
    whole, (count, told) = recorded(recording), live(recording)
    full = [] if whole is None else whole.reps.full
    found = Counts(
        None if whole is None else whole.reps.count,
        count,
        by_height(recording),
        by_knee(recording),
    )
    start = float(recording.times[0])
    off = [
        min((rep.bottom_s - start - bottom for rep in full), key=abs)
        for bottom in case.bottoms_s or ()
        if full and case.high
    ]
    off = [value for value in off if abs(value) < SAME_S]
    late = []
    for rep in full if case.high else []:
        after = [time - rep.end_s for time, begin in told if abs(begin - rep.start_s) < SAME_S]
        late += after[:1]
    return Outcome(
        found, off, [abs(value) * recording.fps for value in off], late, one_leg(recording)
    )


def recorded(recording: kp.Recording) -> kp.Analysis | None:
    """Return the analysis of the side with more repetitions; None if both sides are refused."""
    found = []
    for side in ("left", "right"):
        try:
            analysis = kp.analyze(recording, "squat", side=side)
        except kp.errors.KneeposeError:
            continue
        refused = any(finding.severity == "refuse" for finding in analysis.quality.findings)
        if analysis.reps.count or not refused:
            found.append(analysis)
    return max(found, key=lambda analysis: analysis.reps.count, default=None)


def one_leg(recording: kp.Recording) -> list[int]:
    """Return the number of repetitions of each side when analyzed as single-leg squats."""
    found = []
    for side in ("left", "right"):
        try:
            found.append(kp.analyze(recording, "single_leg_squat", side=side).reps.count)
        except kp.errors.KneeposeError:
            continue
    return found


def live(recording: kp.Recording) -> tuple[int | None, list[tuple[float, float]]]:
    """Return the final count of a stream, and the report time and start time of each repetition."""
    try:
        stream = kp.Stream(
            "squat",
            side="left",
            skeleton=recording.skeleton,
            up=recording.up,
            resolution_wh=recording.resolution_wh,
        )
    except kp.errors.KneeposeError:
        return None, []
    step = float(np.median(np.diff(recording.times)))
    still = np.arange(1, round(LAST_FRAME_S / step) + 1) * step
    times = np.concatenate([recording.times, recording.times[-1] + still])
    points, confidence = (
        np.concatenate([x, np.repeat(x[-1:], len(still), axis=0)])
        for x in (recording.coordinates, recording.confidence)
    )
    told, state = [], None
    for frame, time, sure in zip(points, times, confidence, strict=True):
        state = stream.push(frame, time, confidence=sure)
        for event in state.events:
            if isinstance(event, kp.live.RepCompleted) and event.status == "full":
                told.append((float(time), event.start_s))
    return None if state is None else state.rep_count, told


def by_height(recording: kp.Recording) -> int:
    """Return the number of times that the hips move down and up: peaks of their height."""
    up = -1.0 if recording.space == "image" or recording.up == "-y" else 1.0
    hips, ankles = (up * joint(recording, name)[..., 1] for name in ("hip", "ankle"))
    height = hips.mean(axis=1)
    over_feet = height - np.nanmean(ankles, axis=1)
    leg = np.nanquantile(over_feet, 0.9)
    # The estimator places the origin at the hips, so their height is measured above the ankles.
    if np.nanstd(height) < 0.2 * np.nanstd(over_feet):
        height = over_feet
    sunk = smooth(-height, recording.fps) / leg
    if not np.isfinite(sunk).any():
        return 0
    least = max(0.05, 0.4 * float(np.ptp(sunk)))
    return len(find_peaks(sunk, prominence=least, distance=max(1, round(0.5 * recording.fps)))[0])


def by_knee(recording: kp.Recording) -> int:
    """Return how often the knee angle falls below 90° and returns above 145°."""
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
    """Return the left and the right joint, shape (T, 2, D)."""
    skeleton = recording.skeleton
    places = [skeleton.landmarks[f"{side}_{name}"] for side in ("left", "right")]
    return recording.coordinates[:, places]


def smooth(series: np.ndarray, fps: float) -> np.ndarray:
    """Return the series with gaps interpolated, low-pass filtered at 3 Hz."""
    seen = np.isfinite(series)
    if seen.sum() < 10:
        return np.full(len(series), np.nan)
    frames = np.arange(len(series))
    return kp.arrays.lowpass(np.interp(frames, frames[seen], series[seen]), fs=fps, cutoff_hz=3.0)


def share(right: int, of: int) -> str:
    """Return "k of n" with Wilson's 95 % interval."""
    p, z2 = right / of, Z * Z
    centre = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low, high = 100 * max(0.0, centre - half), 100 * (centre + half)
    return f"{right} of {of} ({low:.0f}–{high:.0f} %)"


def table(done: list[tuple[Labeled, Counts]], squats: bool) -> list[str]:
    """Return a Markdown table with one row for each data set."""
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


def times_table(done: list[tuple[Labeled, Outcome]]) -> list[str]:
    """Return the table of timing: lowest points against the labels, and delays of live reports."""
    lines = [
        "| data set | lowest points | off, median | 95 % within | told live | median | 99 % within |",
        "|---|---|---|---|---|---|---|",
    ]
    sets = list(dict.fromkeys(case.data_set for case, _ in done if case.high))
    for name in (*sets, "**all**"):
        of = [found for case, found in done if name in (case.data_set, "**all**")]
        frames, off, late = (
            np.array([value for found in of for value in getattr(found, field)])
            for field in ("frames_off", "bottoms_off_s", "told_after_s")
        )
        cells = [str(len(off)), "–", "–", str(len(late)), "–", "–"]
        if len(off):
            cells[1:3] = (
                f"{np.median(frames):.1f} frames", f"{np.quantile(abs(off), 0.95):.2f} s"
            )  # fmt: skip
        if len(late):
            cells[4:6] = (
                f"{1000 * np.median(late):.0f} ms",
                f"{1000 * np.quantile(late, 0.99):.0f} ms",
            )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def names_table(done: list[tuple[Labeled, Outcome]]) -> list[str]:
    """Return the table of two-legged movements that are analyzed as single-leg squats."""
    with workers() as pool:
        filmed = pool.map(one_leg_by_camera, YAWS, chunksize=1)
    sets = list(dict.fromkeys(case.data_set for case, _ in done))
    groups = {
        name: [(c.high > 0, f.as_one_leg) for c, f in done if name in (c.data_set, "**all**")]
        for name in (*sets, "**all**")
    } | {f"3-D sets, seen by a camera at {yaw}°": of for yaw, of in zip(YAWS, filmed, strict=True)}
    lines = ["| data set | squats on two legs | other movements |", "|---|---|---|"]
    for name, group in groups.items():
        cells = []
        for squats in (True, False):
            sides = [count for is_squat, counts in group if is_squat == squats for count in counts]
            cells.append(share(sum(n > 0 for n in sides), len(sides)) if sides else "–")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def one_leg_by_camera(yaw: float) -> list[tuple[bool, list[int]]]:
    """Return, for each 3-D recording seen by one camera, whether it is of squats, and `one_leg`."""
    found = []
    for seed, case in enumerate(labeled()):
        seen = seen_from(yaw, seed, case)
        if seen is not None:
            found.append((case.high > 0, one_leg(seen)))
    return found


def made_worse(name: str, seed: int, case: Labeled) -> kp.Recording:
    """Return the recording with one kind of defect added."""
    return WORSE[name](case.recording, np.random.default_rng(seed))


def seen_from(yaw: float, seed: int, case: Labeled) -> kp.Recording | None:
    """Return a 3-D recording as one camera sees it; None if it has no place in a room."""
    if case.recording.space == "image" or case.data_set.startswith("clips"):
        return None
    return filmed(case.recording, yaw, CAMERA_HEIGHTS_M[seed % len(CAMERA_HEIGHTS_M)])


def seen_by_camera(name: str, seed: int, case: Labeled) -> kp.Recording | None:
    """Return a 3-D recording as one camera sees it, with walks before or after it."""
    yaw, walk = FILMED[name]
    if case.high == 0 and seed % 4:
        return None
    seen = seen_from(yaw, seed, case)
    if seen is None or walk is None:
        return seen
    return walks(seen, np.random.default_rng(seed), **walk)


def changed_row(
    change: Callable[..., kp.Recording | None], refusal: type[kp.errors.KneeposeError], name: str
) -> str:
    """Return the table row of all recordings with one change, of which some may raise `refusal`."""
    squats: list[tuple[bool, ...]] = []
    others: list[tuple[bool, ...]] = []
    refused = 0
    for seed, case in enumerate(labeled()):
        try:
            recording = change(name, seed, case)
        except refusal:
            refused += case.high > 0
            continue
        if recording is None:
            continue
        whole = recorded(recording)
        counts = (
            0 if whole is None else whole.reps.count, live(recording)[0] or 0, by_height(recording)
        )  # fmt: skip
        right = tuple(case.low <= count <= case.high for count in counts)
        (squats if case.high else others).append(right)
    cells = [
        f"{sum(of)} of {len(of)}"
        for group in (squats, others)
        for of in zip(*group, strict=True)
    ]  # fmt: skip
    return f"| {name} | {' | '.join(cells[:3])} | {refused} | {' | '.join(cells[3:])} |"


def workers() -> multiprocessing.pool.Pool:
    """Return a pool of processes that hide warnings."""
    context = multiprocessing.get_context("spawn")
    return context.Pool(initializer=warnings.simplefilter, initargs=("ignore",))


def changed_table(
    title: str,
    change: Callable[..., kp.Recording | None],
    refusal: type[kp.errors.KneeposeError],
    names: Iterable[str],
) -> list[str]:
    """Return the table of all recordings with each change, one row for each change."""
    with workers() as pool:
        rows = pool.map(partial(changed_row, change, refusal), names, chunksize=1)
    return [
        f"| {title} | squats exact: recorded | live | height | refused "
        "| none counted: recorded | live | height |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *rows,
    ]


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")
    outcomes = [(case, outcome(case)) for case in labeled()]
    done = [(case, found.counts) for case, found in outcomes]
    lines = [
        HEAD.format(version=kp.__version__),
        "## Recordings of squats: count exact", "", *table(done, True), "",
        "## Recordings of other movements: no squat counted", "", *table(done, False), "",
        WORSE_TITLE, *changed_table("made worse", made_worse, kp.errors.TimeError, WORSE), "",
        FILMED_TITLE,
        *changed_table("camera", seen_by_camera, kp.errors.CoordinateError, FILMED), "",
        TIMES, *times_table(outcomes), "", NAMES, *names_table(outcomes), "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"{PAGE}: {len(done)} recordings")


if __name__ == "__main__":
    main()
