"""Compute the figures of docs/evidence/rendered.md: rendered people against the truth."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import kneepose as kp
from tools.rendered import clips, truth
from tools.rendered.clips import Filmed

F64 = npt.NDArray[np.float64]
SOURCES: dict[str, Callable[[Filmed], kp.Recording]] = {
    "image": lambda clip: clip.estimated("image"),
    "world": lambda clip: clip.estimated("world"),
    "exact image": lambda clip: clip.exact("image"),
    "exact 3-D": lambda clip: clip.exact("world"),
}
"""Input of an analysis: estimated landmarks or true joints, in the image or in 3-D."""
TITLES = {
    "image": "landmarks", "world": "world points", "exact image": "true joints",
    "exact 3-D": "true joints, 3-D",
}  # fmt: skip
EXERCISES = {
    "single_leg_squat": "single-leg squat", "squat": "squat", "clamshell": "clamshell",
    "fire_hydrant": "fire hydrant",
}  # fmt: skip
OTHERS = {
    "lunge": ("squat", "single_leg_squat"), "step_up": ("squat", "single_leg_squat"),
    "leg_raise": ("clamshell",), "kick_back": ("fire_hydrant",),
}  # fmt: skip
"""Other movement → exercises as which it must not be counted."""
SQUARE_DEG, TURNED_DEG, OBLIQUE_DEG = 10.0, 20.0, 60.0
PLACES = ("square", "turned", "oblique", "side")
PLANTED_AS = {"knee_inward", "trunk_lean", "pelvic_drop", "pelvis_rolls_back", "hip_hike"}
JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "big_toe")


def off_axis(clip: Filmed) -> float:
    """Return the angle between the camera and the view that the exercise needs, degrees."""
    yaw = abs(float(clip.about["yaw_deg"]))
    return min(yaw, 180 - yaw) if clip.exercise in ("fire_hydrant", "kick_back") else yaw


def place(clip: Filmed) -> str:
    """Return the camera class by yaw: square to 10°, turned to 20°, oblique to 60°, else side."""
    off = off_axis(clip)
    bounds = (SQUARE_DEG, TURNED_DEG, OBLIQUE_DEG)
    return PLACES[sum(off > bound for bound in bounds)]


@cache
def all_clips() -> tuple[Filmed, ...]:
    """Return all stored clips."""
    return tuple(clips.stored())


def side_of(clip: Filmed) -> Any:
    """Return the side to analyze, which is the right one for two-legged squats."""
    return "right" if clip.side == "both" else clip.side


_ANALYSES: dict[tuple[str, str, str], kp.analysis.Analysis] = {}


def analysis(clip: Filmed, source: str, exercise: str | None = None) -> kp.analysis.Analysis:
    """Return the analysis of a clip with default options, from a cache."""
    key = clip.name, source, exercise or clip.exercise
    if key not in _ANALYSES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            _ANALYSES[key] = kp.analyze(SOURCES[source](clip), key[2], side=side_of(clip))
    return _ANALYSES[key]


def chosen(exercise: str | Iterable[str], places: Iterable[str] = PLACES) -> list[Filmed]:
    """Return the clips of these exercises and camera classes."""
    names = {exercise} if isinstance(exercise, str) else set(exercise)
    wanted = set(places)
    return [clip for clip in all_clips() if clip.exercise in names and place(clip) in wanted]


# Errors of keypoints


def errors(clip: Filmed, joint: str, side: str) -> F64:
    """Return the error of a landmark, shape (T, 2), in % of body height: lateral and downward."""
    name = f"{side}_{joint}"
    true = clip.project(clip.truth[name])
    found = clip.pixels[:, clips.MEDIAPIPE[name]]
    camera = clip.about["camera"]
    per_pixel = 100 * true[:, 2] / camera["focal_px"] / clip.about["height_m"]
    off = (found - true[:, :2]) * per_pixel[:, None]
    hips = [clip.project(clip.truth[f"{s}_hip"])[:, 0] for s in ("left", "right")]
    outward = np.sign(np.median(hips[0] - hips[1])) * (1 if side == "left" else -1)
    return off * [outward, 1]


def distance(clip: Filmed, joint: str, side: str) -> F64:
    """Return the distance between landmark and true joint, in % of body height."""
    made: F64 = np.linalg.norm(errors(clip, joint, side), axis=1)
    return made


def seen_share(given: Sequence[Filmed]) -> float:
    """Return the share of frames with a detected person."""
    return float(np.concatenate([clip.detected for clip in given]).mean())


def joint_row(given: Sequence[Filmed], joint: str, leg: str) -> dict[str, float]:
    """Return bias, spread in and between clips, and visibility of a joint of one leg."""
    per_clip, spreads, sure, far = [], [], [], []
    for clip in given:
        side = side_of(clip) if leg == "working" else other_side(side_of(clip))
        off = errors(clip, joint, side)
        per_clip.append(np.nanmean(off, axis=0))
        spreads.append(np.nanvar(off, axis=0))
        sure.append(np.nanmean(clip.visibility[:, clips.MEDIAPIPE[f"{side}_{joint}"]]))
        far.append(np.nanmean(np.linalg.norm(off, axis=1) > 5))
    means = np.array(per_clip)
    return {
        "outward": means[:, 0].mean(), "down": means[:, 1].mean(),
        "between": float(np.hypot(*means.std(0, ddof=1))) if len(means) > 1 else np.nan,
        "within": float(np.sqrt(np.mean(spreads, axis=0).sum())),
        "visibility": float(np.mean(sure)), "far": float(np.mean(far)),
    }  # fmt: skip


def other_side(side: str) -> str:
    """Return the opposite side."""
    return "left" if side == "right" else "right"


# Counts of repetitions


class Counted(NamedTuple):
    """Numbers of clips, of exact counts, and of true and found repetitions."""

    clips: int
    exact: int
    made: int
    found: int


def counted(given: Sequence[Filmed], source: str) -> Counted:
    """Compare the counts of the clips with the truth."""
    pairs = [(len(clip.reps), analysis(clip, source).reps.count) for clip in given]
    return Counted(
        len(pairs),
        sum(a == b for a, b in pairs),
        sum(a for a, _ in pairs),
        sum(b for _, b in pairs),
    )


def said_of_count(clip: Filmed, source: str) -> str:
    """Return "exact", "wrong", or the reason why nothing was counted."""
    done = analysis(clip, source)
    if done.reps.count == len(clip.reps):
        return "exact"
    return "wrong" if done.reps.count else str(done.why_no_reps or "no_reps")


def why_none(given: Sequence[Filmed], source: str) -> dict[str, int]:
    """Return how often each reason occurs in the clips without a counted repetition."""
    reasons: dict[str, int] = {}
    for clip in given:
        done = analysis(clip, source)
        if not done.reps.count:
            reason = str(done.why_no_reps) if done.why_no_reps else "none found"
            reasons[reason] = reasons.get(reason, 0) + 1
    return reasons


# Errors of measures


MEASURES = ("fppa_at_60", "pelvic_drop_at_60", "trunk_lateral_lean_at_60")


def true_measure(clip: Filmed, measure: str) -> float:
    """Return the true value of a measure, averaged over the repetitions."""
    if measure == "peak_knee_flexion":
        bend = truth.knee_flexion(clip, side_of(clip))
        return float(
            np.mean([bend[(clip.times >= a) & (clip.times <= c)].max() for a, _, c in clip.reps])
        )
    if measure in MEASURES:
        series = truth.frontal(clip, side_of(clip))[measure.removesuffix("_at_60")]
        return mean(truth.at_depth(clip, side_of(clip), series))
    found = analysis(clip, "exact 3-D").measures.get(measure)
    return float("nan") if found is None else found.mean


@dataclass
class Agreement:
    """Errors of a measure over clips, with the number of clips without a value."""

    errors: F64
    held: list[bool]
    reach: list[float]
    """Half widths of the stated intervals."""
    refused: int

    @property
    def cells(self) -> str:
        """Return table cells: bias, spread, maximum, half width, interval coverage, refusals."""
        n = len(self.errors)
        if not n:
            return f"0 | – | – | – | – | – | {self.refused}"
        spread = f"{np.std(self.errors, ddof=1):.1f}" if n > 1 else "–"
        held = f"{sum(self.held)} of {len(self.held)}" if self.held else "–"
        reach = f"{np.median(self.reach):.0f}" if self.reach else "–"
        return (
            f"{n} | {signed(float(np.mean(self.errors)))} | {spread} | {np.abs(self.errors).max():.1f} "
            f"| {reach} | {held} | {self.refused}"
        )


def agreement(given: Sequence[Filmed], source: str, measure: str) -> Agreement:
    """Compare the mean of a measure in each clip with the truth."""
    off, held, reach, refused = [], [], [], 0
    for clip in given:
        true = true_measure(clip, measure)
        found = analysis(clip, source).measures.get(measure)
        if not np.isfinite(true):
            continue
        if found is None or not np.isfinite(found.mean):
            refused += 1
            continue
        off.append(found.mean - true)
        if np.isfinite(found.error_sd):
            reach.append(1.96 * found.error_sd)
            held.append(abs(off[-1]) <= reach[-1])
    return Agreement(np.array(off), held, reach, refused)


def mean(values: F64) -> float:
    """Return the mean of the finite values, or NaN if there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign; a minus is the Unicode minus sign."""
    return f"{value:+.{digits}f}".replace("-", "−")


# Errors of angles in single frames


ANGLES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "image": (
        ("knee_flexion", "side"), ("knee_flexion_from_depth", "side"), ("fppa", "side"),
        ("hip_adduction_2d", "side"), ("pelvic_drop", "side"), ("trunk_lateral_lean", "side"),
        ("trunk_forward_lean", None), ("shank_inclination", "side"),
    ),
    "world": (
        ("knee_flexion", "side"), ("hip_flexion", "side"), ("trunk_forward_lean", None),
        ("pelvic_drop", "side"), ("shank_inclination", "side"),
    ),
}  # fmt: skip
SAME_AS = {"knee_flexion_from_depth": "knee_flexion", "hip_adduction_2d": "hip_adduction"}
"""Angle of one camera → the 3-D angle with which it is compared."""


def frames(clip: Filmed, space: str, source: str) -> dict[str, tuple[F64, F64]]:
    """Return the errors and stated standard deviations of the values with status `ok`, by angle."""
    side = side_of(clip)
    names = [(name, side if given else None) for name, given in ANGLES[space]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        found = kp.joint_angles(
            SOURCES[source](clip).conditioned(), list(names), sd=True, stance_side=side
        )  # fmt: skip
        wanted = [(SAME_AS.get(name, name), s) for name, s in names]
        exact = kp.joint_angles(
            clip.exact("world"), list(dict.fromkeys(wanted)), stance_side=side, heading=[1, 0, 0]
        )
    result = {}
    for key, true in zip(names, wanted, strict=True):
        angle = found[key]
        assert angle.sd is not None
        truths = np.interp(angle.times, exact[true].times, exact[true].values)
        stated = (angle.codes == 0) & np.isfinite(angle.sd) & np.isfinite(truths)
        result[key[0]] = (angle.values - truths)[stated], angle.sd[stated]
    return result


def covered(
    given: Sequence[Filmed], space: str, source: str
) -> dict[str, tuple[int, float, float, float, float]]:
    """Return per angle: number of values, half width, interval coverage, bias, spread."""
    joined: dict[str, list[tuple[F64, F64]]] = {}
    for clip in given:
        for name, pair in frames(clip, space, source).items():
            joined.setdefault(name, []).append(pair)
    rows = {}
    for name, pairs in joined.items():
        error = np.concatenate([e for e, _ in pairs])
        sd = np.concatenate([s for _, s in pairs])
        if len(error):
            held = float(np.mean(np.abs(error) <= 1.96 * sd))
            reach = 1.96 * float(np.median(sd))
            rows[name] = len(error), reach, held, float(error.mean()), float(error.std())
    return rows


# Findings about faults


STATES = ("seen", "borderline", "not seen", "not assessed")


def word(clip: Filmed, source: str, fault: str) -> str:
    """Return the finding about a fault, in words."""
    found = analysis(clip, source).faults.get(fault)
    return "not assessed" if found is None or found.seen is None else found.words


def inward_by_the_estimator(given: Sequence[Filmed]) -> dict[str, str]:
    """Return how much farther inward landmarks put the knee, in shank lengths."""
    off, missed = [], []
    for clip in given:
        found, true = (
            analysis(clip, source).faults["knee_inward"] for source in ("image", "exact image")
        )
        if found.seen is not None and true.seen is not None:
            off.append(found.amount - true.amount)
            missed += [off[-1]] * (not found.seen)
    numbers = {"bias": np.mean(off), "spread": np.std(off, ddof=1), "missed": np.mean(missed)}
    return {name: f"{number:.2f}".replace("-", "−") for name, number in numbers.items()}


def is_true(clip: Filmed, fault: str) -> bool | None:
    """Return True if the true 3-D joints exceed the limit; None if unknown."""
    found = analysis(clip, "exact 3-D").faults.get(fault)
    if found is None or found.seen is None or not np.isfinite(found.amount):
        return None
    amount = abs(found.amount) if found.way == "either" else found.amount
    return bool(amount < found.threshold if found.way == "below" else amount > found.threshold)


def fault_names(exercise: str) -> list[str]:
    """Return the faults of an exercise, in the order of its table."""
    row = next(row for row in kp.tables.exercises() if row["name"] == exercise)
    return [fault["name"] for fault in row["faults"]]


def shares(words: Sequence[str]) -> str:
    """Return the numbers of seen / borderline / not seen / not assessed."""
    return " / ".join(str(list(words).count(state)) for state in STATES) if words else "–"


SET_ON = ("f150", "m170", "m195", "f162", "f172", "m180")
"""Bodies whose square clips were used to set MediaPipe's foot offset (quality/accuracy.rs)."""


def left_out(given: Iterable[Filmed]) -> list[Filmed]:
    """Return the clips of the bodies that were not used to set constants."""
    return [clip for clip in given if clip.about["body"] not in SET_ON]


def planted_deg(clip: Filmed) -> float:
    """Return the projection angle at 60° less the mean of that side's healthy legs, degrees."""
    healthy = [
        true_measure(c, "fppa_at_60")
        for c in chosen("single_leg_squat")
        if c.side == clip.side and not c.about["planted"]
    ]
    return true_measure(clip, "fppa_at_60") - float(np.nanmean(healthy))


def sent_inward(given: Iterable[Filmed]) -> dict[str, list[Filmed]]:
    """Return clips with a knee moved inward that reaches 60°, by movement, smallest first."""
    found: dict[str, list[Filmed]] = {}
    for clip in given:
        if "knee_inward" in clip.about["planted"] and np.isfinite(planted_deg(clip)):
            found.setdefault(clip.about["movement"].split("_", 2)[2], []).append(clip)
    return dict(sorted(found.items(), key=lambda row: planted_deg(row[1][0])))


# Comparisons of both legs

DETECTABLE_DEG = 9.0


class Pair(NamedTuple):
    """Clips of both legs of a body, filmed by the same camera."""

    kind: str
    left: Filmed
    right: Filmed

    @property
    def true_difference(self) -> float:
        """Return the projection angle at 60° of the right leg less the left one's, degrees."""
        return true_measure(self.right, "fppa_at_60") - true_measure(self.left, "fppa_at_60")


KINDS = {"deficit": "deficit", "healthy": "healthy", "inward": "healthy", "far_inward": "healthy"}
"""Movement of the right leg → movement of the left leg of the pair."""


def pairs() -> list[Pair]:
    """Return the pairs of clips of both legs with the same camera, size and blur."""
    clips_of = {clip.name: clip for clip in chosen("single_leg_squat")}
    made = []
    for name, clip in clips_of.items():
        for kind, other in KINDS.items():
            start = f"sls_right_{kind}_{clip.about['body']}"
            left = name.replace(f"sls_right_{kind}", f"sls_left_{other}")
            if name.startswith(start) and left in clips_of:
                made.append(Pair(kind, clips_of[left], clip))
    return made


class Said(NamedTuple):
    """Verdict of a comparison on its primary measure, and the part that the camera contributes."""

    verdict: str
    reason: str
    difference: float
    ci: tuple[float, float]
    camera_error: float
    """Error of the camera yaw that is estimated from the feet, degrees."""
    camera_part: float = 0.0
    """The part of the difference that is due to camera yaw, which the comparison subtracts."""
    detectable: float = float("nan")


def is_wrong(said: Said, true: float) -> bool:
    """Return True if the verdict contradicts the true difference in degrees."""
    if said.verdict == "different":
        return abs(true) < DETECTABLE_DEG or true * said.difference < 0
    return said.verdict == "no_detectable_difference" and abs(true) > said.detectable


def verdict(pair: Pair, source: str) -> Said:
    """Compare the legs of a pair, with the published detectable change as the user's own."""
    left, right = analysis(pair.left, source), analysis(pair.right, source)
    (borrowed,) = kp.tables.borrowed()
    lead = [name for name in left.definition["lead"] if name in {*left.measures, *right.measures}]
    own = {name: borrowed["change"] for name in lead if name.startswith(borrowed["angle"])}
    done = kp.compare(left, right, same_camera=True, mdc=own)
    turn = float("nan") if done.camera is None else done.camera.yaw_deg
    turn -= pair.right.about["yaw_deg"]
    lead = done.primary
    if lead is None:
        reason = str(done.refused[0].reason) if done.refused else "no measure"
        return Said("no verdict", reason, float("nan"), (float("nan"), float("nan")), turn)
    known = float("nan") if lead.detectable is None else lead.detectable
    return Said(
        str(lead.verdict),
        str(lead.reason),
        lead.difference,
        lead.whole_ci,
        turn,
        lead.camera_part,
        known,
    )
