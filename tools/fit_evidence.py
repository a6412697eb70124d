"""Fits the evidence that a movement is a squat, and writes its table for the core.

Usage: python -m tools.fit_evidence [--check] [--cache FILE]     (needs ../shared/data, or KNEEPOSE_DATA)

Movements are found as `analyze` and `Stream` find them, in recordings of real people, in the same
people as simulated cameras see them, and in simulated people. A movement that holds a labeled lowest
point is a squat; every movement in a recording without squats is none. For each space and view, a
logistic regression weighs the cues; each weight has the sign that its cue means. It prints how many
recordings are counted exactly, fitted on all data and with each data set left out. `--check` compares
the table with the one in the core.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

import kneepose as kp
from kneepose import _core
from kneepose.recording.recording import core_recording
from tests.support import rep_scenarios
from tests.support.datasets import clip as read_clip
from tests.support.film import VIEWS as FILM_VIEWS
from tests.support.real_people import clip, filmed, labeled

PAGE = Path(__file__).parents[1] / "docs/evidence/counting.md"
HEAD = """\
<!-- Written by tools/fit_evidence.py (make evidence). Do not edit. -->

# Evidence that a movement is a squat: the fit

How many recordings are counted exactly, and in how many recordings of other movements nothing is
counted (in parentheses: false repetitions). Each pair is recorded, then live. The first block is
fitted on all data and tells little; in the others the named data, or each fifth of the persons in
turn, was left out of the fit. The ends of the cues and the weights of the data sets were chosen while
looking at all of it, so the figures favor the method. Real people come first; *filmed* are the same
people as simulated cameras see them. See
[decision 0013](../decisions/0013-count-the-descent-weigh-the-evidence.md).

The live columns are not independent: a live movement that the shipped table rejects is left out of the
fit and of these counts, so they favor the method more, and a new fit gives another table than the
shipped one. The recorded columns do not have this fault.

"""
TABLE = Path(__file__).parents[1] / "rust/kneepose-core/src/posture/evidence_table.rs"
VIEWS = ("world", "front", "elsewhere")


class Cue(NamedTuple):
    """No evidence at `start`, full evidence from `full` on; +1 speaks for a squat, -1 against."""

    name: str
    start: float
    full: float
    sign: int
    meaning: str


# The ends lie between what squats and other movements show; they are rounded, and shared by all views.
CUES = (
    Cue("hips_sink", 0.04, 0.2, 1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("shoulders_sink", 0.05, 0.3, 1, "shoulders lower at the bottom than at rest, leg lengths"),
    Cue("knees_bend", 8, 40, 1, "bend of the knees, mean of the legs, degrees"),
    Cue("knees_differ", 15, 45, -1, "difference between the knees, degrees"),
    Cue("thighs_tip", 0.0, 0.12, 1, "hips nearer to the height of the knees, leg lengths"),
    Cue("thighs_differ", 0.08, 0.22, -1, "difference between the legs in that, leg lengths"),
    Cue("feet_move", 0.2, 0.5, -1, "median distance of a foot from its place at rest, leg lengths"),
    Cue("leans", 2.4, 4.0, -1, "degrees of trunk lean for each percent of sinking"),
    Cue("lasts", 0.5, 0.9, 1, "seconds from start to end"),
    Cue("no_return", 0.1, 0.6, -1, "hip height after against before, share of the sinking"),
    Cue("unlike", 0.2, 1.0, -1, "logarithm of the range against that of the other repetitions"),
    Cue("stands", 0.6, 0.9, 1, "hips over feet at rest, leg lengths"),
    Cue(
        "leaves_ground", 0.05, 0.2, -1, "hips higher around the movement than at rest, leg lengths"
    ),
    Cue("sinks_too_far", 0.7, 1.0, -1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("sinks_deep", 0.2, 0.4, 1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("one_foot_up", 0.3, 0.8, 1, "share of a one-leg repetition with the other foot in the air"),
    Cue("feet_fall", 0.06, 0.2, -1, "lower foot lower at the bottom than at rest, leg lengths"),
)
SIGNS = np.array([cue.sign for cue in CUES])
SHIPPED_CLIPS = (
    ("quickpose-gifs", "fitness-squat-counter", 4),
    ("quickpose-gifs", "fitness-squats", 4),
    ("quickpose-gifs", "fitness-sumo-squats", 4),
    *(
        ("quickpose-gifs", name, 0)
        for name in (
            "fitness-side-lunges",
            "fitness-left-leg-lunges",
            "fitness-hip-abduction-standing",
            "health-knee-rom",
            "health-hip-rom",
            "health-back-rom",
        )
    ),
    ("sports2d-demo", "demo", 0),
    *(("pose2sim-balance", f"cam{k:02}", 0) for k in range(1, 5)),
)
YAWS = (0, 35, 90, 135)
"""Cameras around real people, degrees."""
WEIGHTS = {
    "filmed": (0.2, 10.0),
    "simulated": (0.3, 0.7),
    "clips": (5.0, 50.0),
    "gifs": (5.0, 50.0),
    "pistol": (5.0, 50.0),
    "swing": (5.0, 50.0),
    "measured": (5.0, 50.0),
}
"""By data set: weight of a recording, and the largest of a group. Few are from a real camera."""
OTHER_WEIGHTS = (1.0, 40.0)
FALSE_COUNTS_WEIGH = 0.2
"""Weight of false counts against lost squats."""
SHRINK = 1e-4
"""Penalty on squared weights."""
MOST = 12.0
"""Largest weight."""
FOLDS = 5
"""Parts into which the persons are divided, each left out once."""


class Movements(NamedTuple):
    """Movements that were found in one recording."""

    data_set: str
    file: str
    person: str
    movement: str
    view: int
    live: bool
    low: int
    high: int
    is_squat: np.ndarray
    """1 a squat, 0 another movement, -1 not known or not judged."""
    full: np.ndarray
    cues: np.ndarray


def found(
    data_set: str,
    file: str,
    person: str,
    movement: str,
    recording: kp.Recording,
    low: int,
    high: int,
    bottoms_s: tuple[float, ...] | None,
    exercise: str = "squat",
    side: str = "left",
) -> Iterator[Movements]:
    """Movements of one recording, recorded and live."""
    for live in (False, True):
        try:
            got = _core.evidence_cues(
                core_recording(recording), exercise, side, recording.view, not live
            )
        except kp.errors.KneeposeError:
            continue
        label = []
        for start, _, end in got["frames"]:
            if high == 0:
                label.append(0)
            elif bottoms_s is None:
                label.append(1)
            else:
                span = [start / recording.fps - 0.1, end / recording.fps + 0.1]
                holds = any(span[0] <= b <= span[1] for b in bottoms_s)
                # Labels of real recordings may lack a shallow squat; simulated ones are complete.
                label.append(1 if holds else 0 if data_set.startswith("simulated") else -1)
        full = np.array([status == "full" for status in got["status"]], dtype=bool)
        yield Movements(
            data_set,
            file,
            person,
            movement,
            VIEWS.index(got["view"]),
            live,
            low,
            high,
            np.array(label, dtype=int),
            full,
            np.array(got["cues"], dtype=float).reshape(-1, len(CUES)),
        )


def gather() -> list[Movements]:
    """Movements of all recordings."""
    everything: list[Movements] = []
    for case in labeled():
        name, rest = case.data_set, (case.low, case.high, case.bottoms_s)
        everything += found(name, case.file, case.person, case.movement, case.recording, *rest)
        if case.recording.up == "y":
            for yaw in YAWS:
                seen = filmed(case.recording, yaw)
                if seen is not None:
                    label = f"{name}, filmed from {yaw}°"
                    everything += found(label, case.file, case.person, case.movement, seen, *rest)
    for folder, name, count in SHIPPED_CLIPS:
        for space in ("image", "world"):
            recording = read_clip(folder, name, space=space)
            everything += found(
                f"gifs, {space}", name, name, name, recording, count, count, None if count else ()
            )
    measured = kp.sample("squat")
    for yaw in (None, *YAWS):
        seen = measured if yaw is None else filmed(measured, yaw)
        if seen is not None:
            everything += found(
                "measured squats", f"yaw {yaw}", "measured", "squat", seen, 5, 5, None
            )
    for _, recording in clip("pistol"):
        for side in ("left", "right"):
            everything += found(
                "pistol squats", side, "pistol", "pistol", recording, 1, 5,
                (6.4, 11.0, 15.1, 19.9, 27.5), "single_leg_squat", side,
            )  # fmt: skip
    for name in rep_scenarios.listed():
        if not name.startswith(("squat", "single_leg_squat")):
            continue
        for seed in range(500, 503):
            for film in rep_scenarios.films(name, seed, FILM_VIEWS, full=False):
                made = rep_scenarios.scenario(name, seed, film)
                if made.scored:
                    space = "3-D" if made.recording.space == "world" else "image"
                    file = f"{name}/{seed}/{film.view}"
                    everything += found(
                        f"simulated, {space}", file, str(seed), name, made.recording, made.count,
                        made.count, tuple(made.bottoms), made.exercise, made.side,
                    )  # fmt: skip
    return everything


def shares(cues: np.ndarray) -> np.ndarray:
    """Share of full evidence of each cue, as the core computes it."""
    start, full = (np.array([getattr(cue, end) for cue in CUES]) for end in ("start", "full"))
    share = np.clip((cues - start) / (full - start), 0, 1)
    return np.where(np.isfinite(share), share, np.where(SIGNS > 0, 0.5, 0.0))


Weights = np.ndarray
"""(views, 1 + cues): log odds without evidence, then of full evidence."""


def fit(everything: list[Movements]) -> Weights:
    """Weights, rounded to one decimal place."""
    return np.array([fit_view([m for m in everything if m.view == v]) for v in range(len(VIEWS))])


def group(m: Movements) -> tuple[Any, ...]:
    """Recordings that are weighed together."""
    return m.data_set, m.live, m.movement, m.high > 0


def weights_of(data_set: str) -> tuple[float, float]:
    """Weight of a recording of this data set, and of a group."""
    return next((both for name, both in WEIGHTS.items() if name in data_set), OTHER_WEIGHTS)


def fit_view(chosen: list[Movements]) -> np.ndarray:
    x, y, w = [], [], []
    for m in chosen:
        judged = m.full & (m.is_squat >= 0)
        x.append(shares(m.cues[judged]))
        y.append(m.is_squat[judged])
        w.append(np.full(judged.sum(), 1 / max(1, judged.sum())))
    recordings = Counter(group(m) for m in chosen if (m.full & (m.is_squat >= 0)).any())
    for m, weight in zip(chosen, w, strict=True):
        if len(weight):
            each, most = weights_of(m.data_set)
            weight *= min(each, most / recordings[group(m)])
    cues, is_squat, weight = np.concatenate(x), np.concatenate(y), np.concatenate(w)
    for squat, part in ((0, FALSE_COUNTS_WEIGH), (1, 1 - FALSE_COUNTS_WEIGH)):
        weight[is_squat == squat] *= part / weight[is_squat == squat].sum()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        z = p[0] + cues @ (p[1:] * SIGNS)
        cost = weight @ np.logaddexp(0, np.where(is_squat == 1, -z, z)) + SHRINK / 2 * p[1:] @ p[1:]
        residual = weight * (1 / (1 + np.exp(-z)) - is_squat)
        return cost, np.r_[residual.sum(), SIGNS * (cues.T @ residual) + SHRINK * p[1:]]

    bounds = [(None, None)] + [(0, MOST)] * len(CUES)
    start = np.r_[0.0, np.ones(len(CUES))]
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", tol=1e-10)
    return np.round(np.r_[best.x[0], best.x[1:] * SIGNS], 1) + 0.0


def probability(m: Movements, weights: Weights) -> np.ndarray:
    """Probability of each movement."""
    row = weights[m.view]
    return 1 / (1 + np.exp(-(row[0] + shares(m.cues) @ row[1:])))


def is_real(m: Movements) -> bool:
    """True for recordings of real people, filmed by simulated cameras or not."""
    return not m.data_set.startswith("simulated")


def report(title: str, judged: list[tuple[Movements, Weights]]) -> str:
    """Recordings that are counted exactly, and false repetitions."""
    text = [f"\n{title}\n{'':44}{'squats exact':>24}{'others: none counted':>30}"]
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    for m, weights in judged:
        n = int(((probability(m, weights) >= 0.5) & m.full).sum())
        kind = ("live" if m.live else "rec") + ("squat" if m.high else "other")
        lines[m.data_set].update({kind + "n": 1, kind: int(m.low <= n <= m.high)})
        lines[m.data_set][kind + "false"] += max(0, n - m.high)
    for name, c in lines.items():
        cells = [
            f"{c[way + kind]:4}/{c[way + kind + 'n']:<4}"
            + (f"({c[way + kind + 'false']})" if kind == "other" else "")
            for kind in ("squat", "other")
            for way in ("rec", "live")
        ]
        text.append(f"{name:44}" + "".join(f"{cell:>15}" for cell in cells))
    return "\n".join(text)


def family(data_set: str) -> str:
    """Sets that share people or an estimator are left out together."""
    return (
        data_set.split(",")[0]
        .split("-")[0]
        .replace("pistol squats", "clips")
        .replace("swing", "clips")
    )


def table(weights: Weights) -> str:
    """Text of the table of the core."""
    rows = []
    for i, cue in enumerate(CUES):
        each = ", ".join(f"{value:.1f}" for value in weights[:, 1 + i])
        rows.append(
            f"    CueRow {{\n        name: {cue.name!r},\n        from: {float(cue.start)},\n"
            f"        to: {float(cue.full)},\n        weights: [{each}],\n"
            f"        meaning: {cue.meaning!r},\n    }},\n".replace("'", '"')
        )
    bias = ", ".join(f"{value:.1f}" for value in weights[:, 0])
    return (
        "//! Cues and weights of the evidence for exercises done standing. Written by `make evidence`\n"
        "//! (tools/fit_evidence.py). Do not edit.\n\n"
        "use super::evidence::{CUE_COUNT, CueRow, VIEW_COUNT};\n\n"
        "/// Log odds without any evidence: in 3-D, in an image from the front, in one from elsewhere.\n"
        f"pub(super) const BIAS: [f64; VIEW_COUNT] = [{bias}];\n\n"
        "/// The cues, in the order in which they are computed.\n"
        f"pub const CUES: [CueRow; CUE_COUNT] = [\n{''.join(rows)}];\n"
    )


def shipped() -> Weights:
    """Weights in the table of the core."""
    text = TABLE.read_text(encoding="utf-8")
    rows = re.findall(r"(?:weights: |VIEW_COUNT\] = )\[([^\]]*)\]", text)
    return np.array([[float(value) for value in row.split(",")] for row in rows]).T


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.cache and asked.cache.exists():
        everything = pickle.loads(asked.cache.read_bytes())
    else:
        everything = gather()
        if asked.cache:
            asked.cache.write_bytes(pickle.dumps(everything))
    weights = fit(everything)
    if asked.check:
        same = table(weights) == TABLE.read_text(encoding="utf-8")
        sys.exit(0 if same else f"{TABLE} is not what the fit gives: run make evidence")
    text = [report("Fitted on all data", [(m, weights) for m in everything])]
    for name in sorted({family(m.data_set) for m in everything}):
        rest = [m for m in everything if family(m.data_set) != name]
        without = fit(rest)
        held = [(m, without) for m in everything if family(m.data_set) == name]
        text.append(report(f"Fitted without {name}", held))
    people = sorted({m.person for m in everything if is_real(m)})
    held = []
    for fold in range(FOLDS):
        out = set(people[fold::FOLDS])
        fold_weights = fit([m for m in everything if not is_real(m) or m.person not in out])
        held += [(m, fold_weights) for m in everything if is_real(m) and m.person in out]
    text.append(report(f"Real people, fitted without a {FOLDS}th of the persons", held))
    text.append(f"\nWeights (log odds)      {'world':>7} {'front':>7} {'else':>7}")
    for i, cue in enumerate(("bias", *(cue.name for cue in CUES))):
        text.append(f"{cue:24}" + " ".join(f"{value:7.1f}" for value in weights[:, i]))
    print("\n".join(text))
    PAGE.write_text(HEAD + "```text" + "\n".join(text) + "\n```\n", encoding="utf-8")
    TABLE.write_text(table(weights), encoding="utf-8")


if __name__ == "__main__":
    main()
