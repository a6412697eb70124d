"""Fits the evidence model for squats, and writes its table for the core.

Usage: python -m tools.fit_evidence [--check] [--cache FILE]     (needs ../shared/data, or KNEEPOSE_DATA)

Movements are detected as in `analyze` and `Stream`: in recordings of real people, in these
recordings projected to simulated cameras, and in simulated people. None is rejected, so that the
result does not depend on the current table. *Is it a squat?* A movement with a labeled lowest point
is a squat; a movement in a recording without squats is not. This is fitted for two-leg exercises,
and separately for one-leg exercises with cues of that leg. *Does one leg alone do it?* Yes in
single-leg squats, no in movements on two legs analyzed under that name. For each question, space
and view, a logistic regression weights the cues; each weight has the sign of its cue. The output
shows how many recordings are counted exactly, fitted on all data and with each data set left out.
`--check` compares the table with the one in the core.
"""

from __future__ import annotations

import argparse
import itertools
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
from tests.support.datasets import FULL, opensim
from tests.support.datasets import clip as read_clip
from tests.support.film import VIEWS as FILM_VIEWS
from tests.support.real_people import clip, filmed, labeled
from tools.pages.accuracy_rows import is_noisy
from tools.pages.repetition_rows import NOISE_MM, by_name, in_runs, noises, points_of, side_of

PAGE = Path(__file__).parents[1] / "docs/evidence/counting.md"
HEAD = """\
<!-- Written by tools/fit_evidence.py (make evidence). Do not edit. -->

# Evidence that a movement is a squat: the fit

How many recordings are counted exactly, and in how many recordings of other movements nothing is
counted (in parentheses: false repetitions). Each pair is recorded, then live. The first block is
fitted on all data and tells little; in the others the named data, or each fifth of the persons in
turn, was left out of the fit. The ends of the cues and the weights of the data sets were chosen while
looking at all of it, so the figures favor the method. Real people come first; *filmed* are the same
people as simulated cameras see them. *Two legs named one*: squats and other movements on two legs that
were analyzed as `single_leg_squat`; nothing may count there. See
[decision 0013](../decisions/0013-count-the-descent-weigh-the-evidence.md).

The counts are those of the weighed evidence alone, of movements that nothing has rejected before. The
product counts a little otherwise, because a rejected movement also leaves the comparison with the other
repetitions; [its counts](real-people.md) are measured apart.

"""
TABLE = Path(__file__).parents[1] / "rust/kneepose-core/src/posture/evidence_table.rs"
VIEWS = ("world", "front", "elsewhere")


class Cue(NamedTuple):
    """A cue with no evidence at `start` and full evidence from `full` on; sign +1 supports a squat,
    −1 not.
    """

    name: str
    start: float
    full: float
    sign: int
    meaning: str


# The limits lie between typical values of squats and of other movements. They are rounded, and
# equal for all views.
CUES = (
    Cue("hips_sink", 0.04, 0.2, 1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("shoulders_sink", 0.05, 0.3, 1, "shoulders lower at the bottom than at rest, leg lengths"),
    Cue("knees_bend", 8, 40, 1, "bend of the knees, mean of the legs, degrees"),
    Cue("knees_differ", 15, 45, -1, "difference between the knees, degrees"),
    Cue("thighs_tip", 0.0, 0.12, 1, "hips nearer to the height of the knees, leg lengths"),
    Cue("thighs_differ", 0.08, 0.22, -1, "difference between the legs in that, leg lengths"),
    Cue("feet_move", 0.2, 0.5, -1, "median distance of a foot from its place at rest, leg lengths"),
    Cue("leans", 2.4, 3.6, -1, "degrees of trunk lean for each percent of sinking"),
    Cue("lasts", 0.5, 0.9, 1, "seconds from start to end"),
    Cue("no_return", 0.1, 0.6, -1, "hip height after against before, share of the sinking"),
    Cue("unlike", 0.2, 1.0, -1, "logarithm of the range against that of the other repetitions"),
    Cue("stands", 0.6, 0.9, 1, "hips over feet at rest, leg lengths"),
    Cue(
        "leaves_ground", 0.05, 0.2, -1, "hips higher around the movement than at rest, leg lengths"
    ),
    Cue("sinks_too_far", 0.7, 1.0, -1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("sinks_deep", 0.2, 0.4, 1, "hips lower at the bottom than at rest, leg lengths"),
    Cue("stays", 0.35, 0.6, 1, "seconds near the height of rest, at the start or at the end"),
    Cue("knees_sink", 0.01, 0.05, 1, "knees nearer to the height of the ankles, leg lengths"),
    Cue("knees_sink_far", 0.22, 0.4, -1, "knees nearer to the height of the ankles, leg lengths"),
    Cue("tilts", 0.3, 0.8, -1, "degrees of sideways lean for each percent of sinking"),
    Cue(
        "arms_move",
        0.7,
        1.1,
        -1,
        "change of the height of the wrists over the shoulders, leg lengths",
    ),
    Cue(
        "arms_drop",
        0.15,
        0.5,
        -1,
        "wrists lower against the shoulders at the bottom than at rest, leg lengths",
    ),
)
STANCE_CUES = (
    Cue("one_foot_up", 0.3, 0.8, 1, "share of the repetition with the other foot in the air"),
    Cue("knees_alike", 0.8, 0.3, -1, "difference of the bends, share of the larger one"),
    Cue(
        "other_foot_height",
        0.02,
        0.12,
        1,
        "median height of it over the foot that stands, leg lengths",
    ),
    Cue(
        "legs_alike",
        0.8,
        0.3,
        -1,
        "the larger of the differences of bends, of thighs, and of the feet against rest",
    ),
    Cue(
        "weight_over_foot",
        0.0,
        0.15,
        1,
        "weight nearer to the foot that stands than to the other, level, leg lengths",
    ),
    Cue(
        "other_foot_high",
        0.3,
        0.4,
        1,
        "median height of it over the foot that stands, leg lengths",
    ),
)


class Question(NamedTuple):
    """One question, answered by a logistic regression on its cues."""

    name: str
    meaning: str
    cues: tuple[Cue, ...]

    def shares(self, values: np.ndarray) -> np.ndarray:
        """Return the evidence of each cue as a share of full evidence, as the core computes it."""
        start, full, sign = (np.array([cue[i] for cue in self.cues]) for i in (1, 2, 3))
        share = np.clip((values - start) / (full - start), 0, 1)
        return np.where(np.isfinite(share), share, np.where(sign > 0, 0.5, 0.0))

    def probability(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the probability of each movement, with the weights of one view."""
        return 1 / (1 + np.exp(-(weights[0] + self.shares(values) @ weights[1:])))


QUESTIONS = (
    Question("IS_SQUAT", "Exercises of two legs: is the movement a squat?", CUES),
    Question("LEG_SQUATS", "Exercises of one leg: does the leg move as in a squat?", CUES),
    Question(
        "LEG_IS_ALONE", "Exercises of one leg: does the other leg stay out of it?", STANCE_CUES
    ),
)
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
NO_SQUATS = ("split_squat: plain", "step_down: plain")
"""Simulated scenarios of other exercises that contain no two-leg squats."""
OPENSIM_SEED, OPENSIM_YAWS = 7, (-20, -10, 0, 10, 20)
YAWS = (0, 35, 90, 135)
"""Azimuths in degrees of the cameras around real people."""
HEIGHTS_M = (0.5, 1.0, 1.5)
"""Camera heights in meters: all for measured squats, one for each person and azimuth."""
ON_TWO = ", two legs named one"
WEIGHTS = {
    f"°{ON_TWO}": (0.1, 5.0),
    "filmed": (0.4, 20.0),
    "clips": (5.0, 50.0),
    "gifs": (5.0, 50.0),
    "pistol": (5.0, 50.0),
    "swing": (5.0, 50.0),
    "measured": (5.0, 50.0),
}
"""Data set → (weight of a recording, maximum of a group); real cameras weigh more."""
OTHER_WEIGHTS = (1.0, 40.0)
SIMULATED_WEIGH = ((0.7, 6.0), (1.0, 40.0), (1.0, 40.0))
"""Weights of simulated people per question, high as few real single-leg squats exist."""
FALSE_COUNTS_WEIGH = (0.44, 0.2, 0.38)
"""Weight of false counts relative to missed squats, for each question."""
MAY_SQUAT = 0.3
"""Probability from which a leg is considered to move as in a squat."""
SHRINK = (1e-3, 1e-4, 1e-4)
"""Penalty on squared weights, for each question.

A tenth of the first penalty fits these data as well, but omitted data sets worse. Ten times the
others would count legs that are hardly visible.
"""
MOST = 12.0
"""Maximum absolute value of a weight."""
LEAST = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Thresholds of the probability for the curve of false refusals against false counts."""
FOLDS = 5
"""Number of parts of the persons for cross-validation."""


PISTOL = "pistol squats"


class Movements(NamedTuple):
    """Movements detected in one recording."""

    data_set: str
    file: str
    person: str
    movement: str
    view: int
    live: bool
    two_legs: bool
    """True for a two-leg exercise, to which only the first question applies."""
    low: int
    high: int
    is_squat: np.ndarray
    """For each movement: 1 squat on one or two legs, 0 other movement, -1 unknown or not judged."""
    full: np.ndarray
    cues: np.ndarray

    @property
    def both_legs(self) -> bool:
        """True if two-leg movements are analyzed under the name of a one-leg exercise."""
        return self.data_set.endswith(ON_TWO)

    def label(self, number: int) -> np.ndarray:
        """Return the correct answers to a question: 1 yes, 0 no, -1 unknown or not applicable."""
        if number == 2:
            # For other movements than squats on one leg, the answer is not known.
            if self.both_legs:
                return np.zeros_like(self.is_squat)
            if self.data_set == PISTOL:  # these keypoints do not show which leg it was
                return np.full_like(self.is_squat, -1)
            return np.where((self.is_squat == 1) & (not self.two_legs), 1, -1)
        return self.is_squat if self.two_legs == (number == 0) else np.full_like(self.is_squat, -1)

    def values(self, number: int) -> np.ndarray:
        """Return the values of the cues of a question."""
        return self.cues[:, len(CUES) :] if number == 2 else self.cues[:, : len(CUES)]


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
    view: str | None = None,
) -> Iterator[Movements]:
    """Yield the movements of one recording, recorded and live, in its own or a stated view."""
    for live in (False, True):
        try:
            got = _core.evidence_cues(
                core_recording(recording), exercise, side, view or recording.view, not live
            )
        except kp.errors.KneeposeError:
            continue
        label: list[int] = []
        for start, _, end in got["frames"]:
            if high == 0:
                label.append(0)
            elif bottoms_s is None:
                label.append(1)
            else:
                span = [start / recording.fps - 0.1, end / recording.fps + 0.1]
                holds = any(span[0] <= b <= span[1] for b in bottoms_s)
                # Labels of real recordings may omit shallow squats; those of simulated ones are
                # complete.
                label.append(1 if holds else 0 if data_set.startswith("simulated") else -1)
        full = np.array([status == "full" for status in got["status"]], dtype=bool)
        yield Movements(
            data_set,
            file,
            person,
            movement,
            VIEWS.index(got["view"]),
            live,
            exercise == "squat",
            0 if data_set.endswith(ON_TWO) else low,
            0 if data_set.endswith(ON_TWO) else high,
            np.array(label, dtype=int),
            full,
            np.array(got["cues"], dtype=float).reshape(-1, len(CUES) + len(STANCE_CUES)),
        )


def gather() -> list[Movements]:
    """Return the movements of all recordings."""
    everything: list[Movements] = []
    for number, case in enumerate(labeled()):
        name, rest = case.data_set, (case.low, case.high, case.bottoms_s)
        everything += found(name, case.file, case.person, case.movement, case.recording, *rest)
        if case.recording.up == "y":
            for turn, yaw in enumerate(YAWS):
                seen = filmed(case.recording, yaw, HEIGHTS_M[(number + turn) % len(HEIGHTS_M)])
                if seen is not None:
                    label = f"{name}, filmed from {yaw}°"
                    everything += found(label, case.file, case.person, case.movement, seen, *rest)
    for folder, name, count in SHIPPED_CLIPS:
        for space in ("image", "world"):
            recording = read_clip(folder, name, space=space)
            # A stream decides the view early and may decide differently, so the view "front" is
            # also used.
            for view in (None, "front") if space == "image" else (None,):
                rest = (name, name, name, recording, count, count, None if count else ())
                everything += found(f"gifs, {space}", *rest, view=view)
                for side in ("left", "right"):
                    everything += found(
                        f"gifs, {space}{ON_TWO}", *rest, "single_leg_squat", side, view
                    )
    measured = kp.sample("squat")
    poses = [(None, None), *itertools.product(YAWS, HEIGHTS_M)]
    for yaw, height in poses:
        seen = measured if yaw is None else filmed(measured, yaw, height)
        if seen is not None:
            pose = f"yaw {yaw}, height {height}"
            everything += found("measured squats", pose, "measured", "squat", seen, 5, 5, None)
    for number, case in enumerate(labeled()):
        rest = (case.low, case.high, case.bottoms_s)
        for turn, yaw in enumerate((None, *YAWS) if case.recording.up == "y" else (None,)):
            height = HEIGHTS_M[(number + turn) % len(HEIGHTS_M)]
            seen = case.recording if yaw is None else filmed(case.recording, yaw, height)
            filming = "" if yaw is None else f", filmed from {yaw}°"
            for side in ("left", "right"):
                if seen is not None:
                    everything += found(
                        f"{case.data_set}{filming}{ON_TWO}", case.file, case.person,
                        case.movement + side, seen, *rest, "single_leg_squat", side,
                    )  # fmt: skip
    for _, recording in clip("pistol"):
        for side in ("left", "right"):
            everything += found(
                PISTOL, side, "pistol", "pistol", recording, 1, 5,
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
    for name in NO_SQUATS:
        for seed in range(500, 503):
            for film in rep_scenarios.films(name, seed, FILM_VIEWS, full=False):
                made = rep_scenarios.scenario(name, seed, film)
                space = "3-D" if made.recording.space == "world" else "image"
                file = f"{name}/{seed}/{film.view}"
                everything += found(
                    f"simulated, {space}", file, str(seed), name, made.recording, 0, 0, ()
                )
    for name in unbalanced():
        for draw, recording in enumerate(damaged(name)):
            rest = (f"{name}/{draw}", name, name, recording, *2 * (full_reps(name),), None)
            everything += found(
                "simulated, OpenSim", *rest, "single_leg_squat", side_of(opensim(name))
            )
    return everything


def unbalanced() -> list[str]:
    """Return the OpenSim single-leg squats, whose body does not keep its balance as people must."""
    names = (path.stem for path in sorted((FULL / "opensim").glob("sls_*.npz")))
    return [name for name in names if not is_noisy(opensim(name))]


def full_reps(name: str) -> int:
    """Return the number of full repetitions of a simulated recording."""
    return int(np.sum(~opensim(name)["rep_partial"]))


def damaged(name: str) -> Iterator[kp.Recording]:
    """Yield a simulated recording with noise and losses, in 3-D and from front cameras."""
    data = opensim(name)
    points, times = points_of(data, "world"), data["times"]
    rng = np.random.default_rng([OPENSIM_SEED, by_name(name)])
    drawn = noises(rng, times, points.shape, len(OPENSIM_YAWS))
    for yaw, noise in zip(OPENSIM_YAWS, drawn, strict=True):
        seen = points + 1e-3 * NOISE_MM * noise
        seen[in_runs(rng, times, points.shape[1])] = np.nan
        recording = kp.Recording(
            seen, skeleton="halpe26", times=times, confidence=data["confidence"], up="y"
        )
        yield recording
        view = filmed(recording, yaw)
        if view is not None:
            yield view


Weights = tuple[np.ndarray, ...]
"""For each question an array (views, 1 + cues): log odds, then weights of full evidence."""


def fit(everything: list[Movements]) -> Weights:
    """Fit the weights and round them to one decimal place."""
    weights: list[np.ndarray] = []
    for number in range(len(QUESTIONS)):
        asked = [m.full & (m.label(number) >= 0) for m in everything]
        if number == 2:
            # The last question is used only for movements in which the leg may move as in a squat.
            leg_squats = (answer(m, 1, weights[1]) for m in everything)
            asked = [a & (p >= MAY_SQUAT) for a, p in zip(asked, leg_squats, strict=True)]
        weights.append(
            np.array([fit_view(everything, asked, number, v) for v in range(len(VIEWS))])
        )
    return tuple(weights)


def answer(m: Movements, number: int, weights: np.ndarray) -> np.ndarray:
    """Return the probability that a question is answered with yes."""
    return QUESTIONS[number].probability(m.values(number), weights[m.view])


def group(m: Movements) -> tuple[Any, ...]:
    """Return the key of the group of recordings that are weighted together."""
    return m.data_set, m.live, m.movement, m.high > 0


def weights_of(data_set: str, number: int) -> tuple[float, float]:
    """Return the weight of a recording of this data set and the maximum of a group, for a
    question.
    """
    if data_set.startswith("simulated"):
        return SIMULATED_WEIGH[number]
    return next((both for name, both in WEIGHTS.items() if name in data_set), OTHER_WEIGHTS)


def fit_view(
    everything: list[Movements], asked: list[np.ndarray], number: int, view: int
) -> np.ndarray:
    """Fit the weights of one question in one view, from the movements to which it applies."""
    question = QUESTIONS[number]
    x, y, w, chosen = [], [], [], []
    for m, judged in zip(everything, asked, strict=True):
        if m.view == view and judged.any():
            chosen.append(m)
            x.append(question.shares(m.values(number)[judged]))
            y.append(m.label(number)[judged])
            w.append(np.full(judged.sum(), 1 / judged.sum()))
    recordings = Counter(group(m) for m in chosen)
    for m, weight in zip(chosen, w, strict=True):
        each, most = weights_of(m.data_set, number)
        weight *= min(each, most / recordings[group(m)])
    cues, label, weight = np.concatenate(x), np.concatenate(y), np.concatenate(w)
    false, shrink = FALSE_COUNTS_WEIGH[number], SHRINK[number]
    for yes, part in ((0, false), (1, 1 - false)):
        weight[label == yes] *= part / weight[label == yes].sum()
    signs = np.array([cue.sign for cue in question.cues])

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        z = p[0] + cues @ (p[1:] * signs)
        cost = weight @ np.logaddexp(0, np.where(label == 1, -z, z)) + shrink / 2 * p[1:] @ p[1:]
        residual = weight * (1 / (1 + np.exp(-z)) - label)
        return cost, np.r_[residual.sum(), signs * (cues.T @ residual) + shrink * p[1:]]

    bounds = [(None, None)] + [(0, MOST)] * len(signs)
    start = np.r_[0.0, np.ones(len(signs))]
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", tol=1e-10)
    return np.round(np.r_[best.x[0], best.x[1:] * signs], 1) + 0.0


def probability(m: Movements, weights: Weights) -> np.ndarray:
    """Return the probability of each movement as in the core: the minimum over its questions."""
    return np.min([answer(m, k, weights[k]) for k in ((0,) if m.two_legs else (1, 2))], axis=0)


def is_real(m: Movements) -> bool:
    """True for recordings of real people, with real or simulated cameras."""
    return not m.data_set.startswith("simulated")


def report(title: str, judged: list[tuple[Movements, Weights]]) -> str:
    """Return shares of exactly counted recordings and numbers of false repetitions as text."""
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


def judged_on_two(
    judged: list[tuple[Movements, Weights]],
) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Return by data set the probability and truth of movements with known labels.

    Two-leg movements analyzed as one-leg ones are omitted.
    """
    of: dict[str, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
    for m, weights in judged:
        known = m.full & (m.is_squat >= 0)
        if not m.both_legs and known.any():
            name = m.data_set + (", live" if m.live else "")
            of[name].append((probability(m, weights)[known], m.is_squat[known]))
    return of


def curve(judged: list[tuple[Movements, Weights]]) -> str:
    """Return the false refusals and false counts for each threshold of the probability as text."""
    text = [
        "\nThe same persons: squats refused of those found / other movements counted, by the least"
        f"\nprobability that counts\n{'':44}" + "".join(f"{least:>13}" for least in LEAST)
    ]
    for name, pairs in judged_on_two(judged).items():
        p, truth = (np.concatenate(values) for values in zip(*pairs, strict=True))
        squats, others = p[truth == 1], p[truth == 0]
        cells = [
            f"{(squats < least).sum()}/{len(squats)} {(others >= least).sum():4}" for least in LEAST
        ]
        text.append(f"{name:44}" + "".join(f"{cell:>13}" for cell in cells))
    return "\n".join(text)


def sureness(judged: list[tuple[Movements, Weights]]) -> str:
    """Return the share of squats among movements, by stated probability, as text."""
    bounds = (0.0, 0.1, 0.5, 0.9, 1.0)
    ranges = list(itertools.pairwise(bounds))
    text = [
        f"\nThe same persons: squats among the movements of a stated probability\n{'':44}"
        + "".join(f"{f'{low} to {high}':>14}" for low, high in ranges)
    ]
    for name, pairs in judged_on_two(judged).items():
        p, truth = (np.concatenate(values) for values in zip(*pairs, strict=True))
        cells = []
        for low, high in ranges:
            inside = truth[(p >= low) & ((p < high) | (high == 1.0))]
            cells.append(f"{inside.sum()}/{len(inside)}")
        text.append(f"{name:44}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(text)


def family(data_set: str) -> str:
    """Return the family of a data set: sets sharing people or an estimator are left out
    together.
    """
    return (
        data_set.split(",")[0]
        .split("-")[0]
        .replace("pistol squats", "clips")
        .replace("swing", "clips")
    )


def table(weights: Weights) -> str:
    """Return the source text of the core's table."""
    text = (
        "//! Cues and weights of the evidence for exercises done standing. Written by `make evidence`\n"
        "//! (tools/fit_evidence.py). Do not edit.\n\n"
        "use super::evidence::{CueRow, Question};\n\n"
        "// In each list: in 3-D, in an image from the front or the back, in one from elsewhere.\n"
    )
    for question, of_question in zip(QUESTIONS, weights, strict=True):
        bias = ", ".join(f"{value:.1f}" for value in of_question[:, 0])
        rows = []
        for i, cue in enumerate(question.cues):
            each = ", ".join(f"{value:.1f}" for value in of_question[:, 1 + i])
            rows.append(
                f"        CueRow {{\n            name: {cue.name!r},\n"
                f"            from: {float(cue.start)},\n            to: {float(cue.full)},\n"
                f"            weights: [{each}],\n"
                f"            meaning: {cue.meaning!r},\n        }},\n".replace("'", '"')
            )
        text += (
            f"\n/// {question.meaning}\npub const {question.name}: Question = Question {{\n"
            f"    bias: [{bias}],\n    cues: &[\n{''.join(rows)}    ],\n}};\n"
        )
    return text


def shipped() -> Weights:
    """Return the weights in the table of the core."""
    text = TABLE.read_text(encoding="utf-8")
    rows = re.findall(r"(?:weights|bias): \[([^\]]*)\]", text)
    every = np.array([[float(value) for value in row.split(",")] for row in rows]).T
    ends = np.cumsum([1 + len(question.cues) for question in QUESTIONS])
    return tuple(np.split(every, ends[:-1], axis=1))


def main() -> None:
    """Fit the weights, print the report and write the table."""
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
    text.append(curve(held))
    text.append(sureness(held))
    for question, of_question in zip(QUESTIONS, weights, strict=True):
        text.append(f"\n{question.meaning:44}{'world':>8}{'front':>8}{'elsewhere':>11}")
        for i, cue in enumerate(("log odds without evidence", *(c.name for c in question.cues))):
            each = of_question[:, i]
            text.append(f"{cue:44}{each[0]:8.1f}{each[1]:8.1f}{each[2]:11.1f}")
    print("\n".join(text))
    PAGE.write_text(HEAD + "```text" + "\n".join(text) + "\n```\n", encoding="utf-8")
    TABLE.write_text(table(weights), encoding="utf-8")


if __name__ == "__main__":
    main()
