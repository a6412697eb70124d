"""Rows of docs/evidence/rendered.md: what the product says about rendered people, against the truth."""

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
"""Sources of the analyses: landmarks of the estimator, or the true joints, in the image or in space."""
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
"""Other movement → exercises that it must not be counted as."""
SQUARE_DEG, TURNED_DEG, OBLIQUE_DEG = 10.0, 20.0, 60.0
PLACES = ("square", "turned", "oblique", "side")
PLANTED_AS = {"knee_inward", "trunk_lean", "pelvic_drop", "pelvis_rolls_back", "hip_hike"}
JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "big_toe")


def off_axis(clip: Filmed) -> float:
    """Degrees between the camera and the direction that the exercise asks for."""
    yaw = abs(float(clip.about["yaw_deg"]))
    return min(yaw, 180 - yaw) if clip.exercise in ("fire_hydrant", "kick_back") else yaw


def place(clip: Filmed) -> str:
    """Class of the camera: square to 10°, turned to 20°, oblique to 60°, or from the side."""
    off = off_axis(clip)
    bounds = (SQUARE_DEG, TURNED_DEG, OBLIQUE_DEG)
    return PLACES[sum(off > bound for bound in bounds)]


@cache
def all_clips() -> tuple[Filmed, ...]:
    """The stored clips."""
    return tuple(clips.stored())


def side_of(clip: Filmed) -> Any:
    """Side to analyze; of a squat on two legs the right one."""
    return "right" if clip.side == "both" else clip.side


_ANALYSES: dict[tuple[str, str, str], kp.analysis.Analysis] = {}


def analysis(clip: Filmed, source: str, exercise: str | None = None) -> kp.analysis.Analysis:
    """Analysis of a clip, as a user would do it."""
    key = clip.name, source, exercise or clip.exercise
    if key not in _ANALYSES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            _ANALYSES[key] = kp.analyze(SOURCES[source](clip), key[2], side=side_of(clip))
    return _ANALYSES[key]


def chosen(exercise: str | Iterable[str], places: Iterable[str] = PLACES) -> list[Filmed]:
    """Clips of exercises and camera classes."""
    names = {exercise} if isinstance(exercise, str) else set(exercise)
    wanted = set(places)
    return [clip for clip in all_clips() if clip.exercise in names and place(clip) in wanted]


# Keypoints


def errors(clip: Filmed, joint: str, side: str) -> F64:
    """(T, 2) error of a landmark in % of the body's height: outward from the midline, and down."""
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
    """Error in % of height, whatever its direction."""
    made: F64 = np.linalg.norm(errors(clip, joint, side), axis=1)
    return made


def seen_share(given: Sequence[Filmed]) -> float:
    """Share of frames with a detection."""
    return float(np.concatenate([clip.detected for clip in given]).mean())


def joint_row(given: Sequence[Filmed], joint: str, leg: str) -> dict[str, float]:
    """Bias, spread within and between clips of a joint of the working or the other leg; visibility."""
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
    """The other side."""
    return "left" if side == "right" else "right"


# Counts


class Counted(NamedTuple):
    """Clips, exact counts, repetitions made and found."""

    clips: int
    exact: int
    made: int
    found: int


def counted(given: Sequence[Filmed], source: str) -> Counted:
    """Counts of clips."""
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
    """Reasons of clips in which no repetition was counted."""
    reasons: dict[str, int] = {}
    for clip in given:
        done = analysis(clip, source)
        if not done.reps.count:
            reason = str(done.why_no_reps) if done.why_no_reps else "none found"
            reasons[reason] = reasons.get(reason, 0) + 1
    return reasons


# Measures


MEASURES = ("fppa_at_60", "pelvic_drop_at_60", "trunk_lateral_lean_at_60")


def true_measure(clip: Filmed, measure: str) -> float:
    """Mean over the repetitions of the truth."""
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
    """Errors of a measure over clips, and in how many it has no value."""

    errors: F64
    held: list[bool]
    reach: list[float]
    """Half widths of the stated intervals."""
    refused: int

    @property
    def cells(self) -> str:
        """Bias, spread, largest, stated half width, held by it, refused."""
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
    """Errors of the means of clips."""
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
    """Mean of the finite values; NaN without one."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; a true minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


# Angles frame by frame


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
"""Angles of one camera → what they stand for in 3-D."""


def frames(clip: Filmed, space: str, source: str) -> dict[str, tuple[F64, F64]]:
    """Angle → errors of values stated as `ok`, and their standard deviations."""
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
    """Angle → number of values, half width, share held by it, bias and spread."""
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


# Faults


STATES = ("seen", "borderline", "not seen", "not assessed")


def word(clip: Filmed, source: str, fault: str) -> str:
    """Finding about a fault, in words."""
    found = analysis(clip, source).faults.get(fault)
    return "not assessed" if found is None or found.seen is None else found.words


def inward_by_the_estimator(given: Sequence[Filmed]) -> dict[str, str]:
    """How much farther inward landmarks put the knee than true joints do, shares of the shank."""
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
    """True if the true joints in 3-D are beyond the limit, whatever the error; None: not known."""
    found = analysis(clip, "exact 3-D").faults.get(fault)
    if found is None or found.seen is None or not np.isfinite(found.amount):
        return None
    amount = abs(found.amount) if found.way == "either" else found.amount
    return bool(amount < found.threshold if found.way == "below" else amount > found.threshold)


def fault_names(exercise: str) -> list[str]:
    """Faults of an exercise in the order of its table."""
    row = next(row for row in kp.tables.exercises() if row["name"] == exercise)
    return [fault["name"] for fault in row["faults"]]


def shares(words: Sequence[str]) -> str:
    """Numbers of seen / borderline / not seen / not assessed."""
    return " / ".join(str(list(words).count(state)) for state in STATES) if words else "–"


SET_ON = ("f150", "m170", "m195", "f162", "f172", "m180")
"""Bodies whose square clips the offset of MediaPipe's foot was set on (quality/accuracy.rs)."""


def left_out(given: Iterable[Filmed]) -> list[Filmed]:
    """Clips of the other bodies."""
    return [clip for clip in given if clip.about["body"] not in SET_ON]


def planted_deg(clip: Filmed) -> float:
    """Planted excess of the projection angle at 60° over that of the same leg when healthy."""
    healthy = [
        true_measure(c, "fppa_at_60")
        for c in chosen("single_leg_squat")
        if c.side == clip.side and not c.about["planted"]
    ]
    return true_measure(clip, "fppa_at_60") - float(np.nanmean(healthy))


def sent_inward(given: Iterable[Filmed]) -> dict[str, list[Filmed]]:
    """Movement → clips whose knee is sent inward and bends to 60°, the least inward first."""
    found: dict[str, list[Filmed]] = {}
    for clip in given:
        if "knee_inward" in clip.about["planted"] and np.isfinite(planted_deg(clip)):
            found.setdefault(clip.about["movement"].split("_", 2)[2], []).append(clip)
    return dict(sorted(found.items(), key=lambda row: planted_deg(row[1][0])))


# Pairs of legs

DETECTABLE_DEG = 9.0


class Pair(NamedTuple):
    """Both legs of a body in front of one camera."""

    kind: str
    left: Filmed
    right: Filmed

    @property
    def true_difference(self) -> float:
        """Right − left of the projection angle at 60°, degrees."""
        return true_measure(self.right, "fppa_at_60") - true_measure(self.left, "fppa_at_60")


KINDS = {"deficit": "deficit", "healthy": "healthy", "inward": "healthy", "far_inward": "healthy"}
"""Movement of the right leg → that of the left one."""


def pairs() -> list[Pair]:
    """Pairs of legs filmed from one place (size and blur alike)."""
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
    """Verdict of a comparison on its leading measure, and its part of the camera."""

    verdict: str
    reason: str
    difference: float
    ci: tuple[float, float]
    camera_error: float
    """Turn of the camera as the feet show it, less the true one, degrees."""
    camera_part: float = 0.0
    """Part of the difference that comes from the camera, taken off it."""
    detectable: float = float("nan")


def is_wrong(said: Said, true: float) -> bool:
    """True if a verdict contradicts the true difference, degrees."""
    if said.verdict == "different":
        return abs(true) < DETECTABLE_DEG or true * said.difference < 0
    return said.verdict == "no_detectable_difference" and abs(true) > said.detectable


def verdict(pair: Pair, source: str) -> Said:
    """Compare the legs of a pair, with the borrowed detectable change as if it were one's own."""
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
