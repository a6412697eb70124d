"""Errors (measured minus true) of every angle in recordings with known truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import kneepose as kp
from kneepose import arrays
from tests.support.vicon import FILES, SIDES, Trial, shipped

F64 = npt.NDArray[np.float64]
Data = dict[str, np.ndarray]

SQUATS = ("single_leg_squat", "squat")
HIP_EXERCISES = ("clamshell", "fire_hydrant")
EVERY = (*SQUATS, *HIP_EXERCISES)
NOISE_MM = (0, 5, 10)
CONDITIONS = tuple((mm, conditioned) for mm in NOISE_MM for conditioned in (False, True))
NOISE_TIME_S = 0.6
FEWEST = 30
"""Minimum number of frames for an error."""


class Errors(NamedTuple):
    """Statistics of errors in degrees: largest, root mean square, mean, deviation."""

    largest: float
    rms: float
    bias: float
    spread: float

    @classmethod
    def of(cls, errors: F64) -> Errors:
        """Compute the statistics from single errors."""
        largest, rms = np.abs(errors).max(), np.sqrt(np.mean(errors**2))
        return cls(*(round(float(x), 2) for x in (largest, rms, errors.mean(), errors.std())))


Cell = Errors | str
"""Table cell: errors, or the most frequent validity if nothing was measured."""


@dataclass(frozen=True)
class Comparison:
    """An angle of kneepose and the true value it is compared with."""

    angle: str
    truth: Callable[[Data, str], F64 | None]
    against: str
    """Description of the true value."""
    exercises: tuple[str, ...] = EVERY
    image: bool = False
    less_mean: bool = False

    @property
    def title(self) -> str:
        """Heading of the table of this kind of comparison."""
        mean = ", less its mean" if self.less_mean else ""
        return f"{self.angle}{mean}, {'image' if self.image else '3-D'}: against {self.against}"


def stored(key: str) -> Callable[[Data, str], F64 | None]:
    """Return a function that reads a true value, or None; `{leg}` stands for the side."""

    def read(data: Data, leg: str) -> F64 | None:
        name = key.format(leg=leg)
        return data[name].astype(np.float64) if name in data else None

    return read


def flexion_against_gravity(data: Data, leg: str) -> F64:
    """Hip flexion with an upright pelvis, the definition for two hip centers."""
    both = data[f"truth_hip_flexion_{leg}"], data["truth_pelvis_anterior_tilt"]
    return both[0].astype(np.float64) - both[1]


ROTATION = stored("truth_hip_internal_rotation_{leg}")
DORSIFLEXION = stored("truth_ankle_dorsiflexion_{leg}")
COMPARISONS = (
    Comparison("knee_flexion", stored("truth_knee_flexion_{leg}"), "the model's knee angle"),
    Comparison(
        "hip_flexion",
        flexion_against_gravity,
        "the model's hip flexion less its anterior pelvic tilt (pelvis reference: gravity)",
        SQUATS,
    ),
    Comparison(
        "hip_flexion",
        stored("truth_hip_flexion_{leg}"),
        "the model's hip flexion with the true pelvis "
        "(reference: gravity in squats, trunk in hip exercises)",
    ),
    Comparison("hip_adduction", stored("truth_hip_adduction_{leg}"), "the model's hip adduction"),
    Comparison("hip_internal_rotation", ROTATION, "the model's hip rotation"),
    Comparison("hip_internal_rotation", ROTATION, "the model's hip rotation", less_mean=True),
    Comparison("ankle_dorsiflexion", DORSIFLEXION, "the model's ankle angle"),
    Comparison("ankle_dorsiflexion", DORSIFLEXION, "the model's ankle angle", less_mean=True),
    Comparison("pelvic_drop", stored("truth_pelvic_drop"), "the pelvis body's axis"),
    Comparison(
        "pelvic_rotation",
        stored("truth_pelvic_rotation"),
        "the pelvis body's axis",
        (*SQUATS, "fire_hydrant"),
    ),
    Comparison(
        "trunk_lateral_lean",
        stored("derived_trunk_line_lateral_lean"),
        "the hip-shoulder line of the undamaged joint centers",
        SQUATS,
    ),
    Comparison("trunk_lateral_lean", stored("truth_trunk_lateral_lean"), "the torso body", SQUATS),
    Comparison("trunk_forward_lean", stored("truth_trunk_forward_lean"), "the torso body", SQUATS),
    Comparison(
        "fppa",
        stored("derived_fppa_orthographic_{leg}"),
        "the plain projection of the undamaged joint centers",
        SQUATS,
    ),
    Comparison(
        "fppa",
        stored("derived_fppa_orthographic_{leg}"),
        "the 3-D projection without perspective",
        SQUATS,
        image=True,
    ),
    Comparison(
        "pelvic_drop",
        stored("truth_pelvic_drop"),
        "the pelvis body's axis",
        (*SQUATS, "fire_hydrant"),
        image=True,
    ),
    Comparison(
        "trunk_lateral_lean",
        stored("derived_trunk_line_lateral_lean"),
        "the 3-D hip-shoulder line",
        SQUATS,
        image=True,
    ),
    Comparison(
        "hip_adduction_2d",
        stored("truth_hip_adduction_{leg}"),
        "the model's hip adduction, which is another definition",
        (*SQUATS, "fire_hydrant"),
        image=True,
    ),
    Comparison(
        "knee_flexion_from_depth",
        stored("truth_knee_flexion_{leg}"),
        "the model's knee angle",
        SQUATS,
        image=True,
    ),
)


class Row(NamedTuple):
    """Errors of one recording and leg, one cell per condition; None where the file already contains
    noise.
    """

    title: str
    recording: str
    leg: str
    cells: tuple[Cell | None, ...]


def is_noisy(data: Data) -> bool:
    """Return True if the file contains noise."""
    return bool(json.loads(str(data["noise"])))


def noise(data: Data, shape: tuple[int, ...], sd: float) -> F64:
    """Return noise, half white and half slow (first order, 0.6 s), as in the noisy files.

    It depends only on the recording's seed and the shape, so 10 mm is 5 mm doubled.
    """
    draw = np.random.default_rng([int(data["seed"]), shape[-1]])
    white, kicks = draw.standard_normal((2, *shape))
    keep = np.exp(-np.diff(data["times"]) / NOISE_TIME_S)
    slow = np.empty(shape)
    slow[0] = kicks[0]
    for i, k in enumerate(keep, 1):
        slow[i] = k * slow[i - 1] + np.sqrt(1 - k**2) * kicks[i]
    return sd * np.sqrt(0.5) * (white + slow)


def pixels_per_mm(data: Data) -> float:
    """Return pixels per millimeter at the stance ankle, where the first camera aims."""
    camera = json.loads(str(data["cameras"]))[0]
    position = np.array(camera["position_m"])
    return float(camera["focal_px"] / (1000.0 * np.hypot(position[0], position[2])))


def cameras(data: Data) -> list[tuple[str, str]]:
    """Return the names of the arrays with image points, and their camera names on the page."""
    prefix = "keypoints_2d"
    return [
        (key, key.removeprefix(prefix + "_") if key != prefix else "")
        for key in data
        if key.startswith(prefix)
    ]


def rows_of(name: str, data: Data) -> Iterator[Row]:
    """Yield all rows of one recording."""
    yield from rows_of_points(name, data, "keypoints", image=False)
    for key, camera in cameras(data):
        label = f"{name} ({camera})" if camera else name
        yield from rows_of_points(label, data, key, image=True)


def rows_of_points(label: str, data: Data, key: str, *, image: bool) -> Iterator[Row]:
    """Yield all rows of one array of points."""
    wanted = [c for c in COMPARISONS if c.image == image and str(data["exercise"]) in c.exercises]
    measured = [
        None if mm and is_noisy(data) else angles_of(data, key, mm, conditioned, wanted)
        for mm, conditioned in CONDITIONS
    ]
    for comparison in wanted:
        first = next(found for found in measured if found is not None)
        for angle, side in first:
            if angle != comparison.angle:
                continue
            leg = side or ""
            truth = comparison.truth(data, leg)
            if truth is None:
                continue
            cells = tuple(
                None if found is None else compare(found[angle, side], data, truth, comparison)
                for found in measured
            )
            yield Row(comparison.title, label, role(data, leg), cells)


def role(data: Data, leg: str) -> str:
    """Return the name of a leg with its role in the exercise."""
    if not leg or str(data["side"]) == "both":
        return leg or "midline"
    does = ("working", "other") if data["exercise"] in HIP_EXERCISES else ("stance", "swing")
    return f"{leg}, {does[leg != str(data['side'])]}"


def angles_of(
    data: Data, key: str, mm: int, conditioned: bool, wanted: list[Comparison]
) -> kp.angles.Angles:
    """Compute the angles with the public API."""
    points = data[key].astype(np.float64)
    image = key != "keypoints"
    if mm:
        scale = pixels_per_mm(data) if image else 1e-3
        points = points + noise(data, points.shape, mm * scale)
    recording = kp.Recording(
        points,
        skeleton="halpe26",
        times=data["times"],
        confidence=data["confidence"],
        up=None if image else "y",
    )
    if conditioned:
        recording = recording.conditioned()
    side = str(data["side"])
    options: dict[str, Any] = {"stance_side": "right" if side == "both" else side}
    if not image:
        options["heading"] = [1.0, 0.0, 0.0]
        options["pelvis_reference"] = "trunk" if data["exercise"] in HIP_EXERCISES else "up"
    return kp.joint_angles(recording, list(dict.fromkeys(c.angle for c in wanted)), **options)


def compare(angle: kp.angles.Angle, data: Data, truth: F64, comparison: Comparison) -> Cell:
    """Return the errors over the frames with validity OK."""
    usable = np.isin(angle.codes, [code for code in range(256) if is_usable(code)])
    if usable.sum() < FEWEST:
        reasons = {why: n for why, n in angle.reasons().items() if why != kp.validity.Validity.OK}
        return str(max(reasons, key=lambda why: reasons[why]))
    errors = angle.values - np.interp(angle.times, data["times"], truth)
    errors = ((errors + 180.0) % 360.0 - 180.0)[usable]
    return Errors.of(errors - errors.mean() if comparison.less_mean else errors)


USABLE = ("ok", "assumed_level_camera")


def is_usable(code: int) -> bool:
    """Return True if a value with this code exists and is not of low quality."""
    names = [str(validity) for validity in kp.validity.Validity]
    return code < len(names) and names[code] in USABLE


def vicon_rows() -> Iterator[tuple[str, str, str, Cell]]:
    """Yield comparison, trial, leg and errors for the frames in tests/data."""
    for name in FILES:
        for side in SIDES:
            for what, errors in vicon_errors(shipped(name), side):
                yield what, name, side, errors


LEG = kp.Skeleton(
    "joint_centres", [f"{side}_{joint}" for side in SIDES for joint in ("hip", "knee", "ankle")]
)


def vicon_errors(trial: Trial, side: Any) -> Iterator[tuple[str, Cell]]:
    """Yield the errors for one leg of one trial."""
    hip, knee, pelvis = (trial.vendor(side, joint) for joint in ("Hip", "Knee", "Pelvis"))
    axes = arrays.cardan_angles(trial.frame("PEL"), trial.frame(side[0].upper() + "FE"), side=side)
    for i, name in enumerate(("flexion", "adduction", "rotation")):
        yield (
            f"`cardan_angles`, hip {name}, from the stored axes",
            Errors.of(axes[:, i] - hip[:, i]),
        )
    points = np.stack([centre for each in SIDES for centre in trial.centres(each)], axis=1)
    angles = kp.joint_angles(
        kp.Recording(points / 1000.0, skeleton=LEG, fps=100.0, up="z"),
        ["knee_flexion", "hip_flexion", "hip_adduction", "hip_internal_rotation"],
    )
    bend, flexion, varus = angles["knee_flexion", side].values, *np.radians(knee[:, :2].T)
    together = np.degrees(np.arccos(np.cos(flexion) * np.cos(varus)))
    hidden = np.degrees(np.arctan2(np.tan(varus), np.sin(flexion)))
    rotation = angles["hip_internal_rotation", side]
    yield "knee flexion", Errors.of(bend - knee[:, 0])
    yield (
        "knee flexion, against the vendor's flexion and varus together",
        Errors.of(bend - together),
    )
    thigh = angles["hip_flexion", side].values
    yield "hip flexion", Errors.of(thigh - hip[:, 0])
    yield (
        "hip flexion, against the vendor's less its pelvic tilt",
        Errors.of(thigh - (hip[:, 0] - pelvis[:, 0])),
    )
    yield "hip adduction", Errors.of(angles["hip_adduction", side].values - hip[:, 1])
    for label, truth in (
        ("hip rotation", hip[:, 2]),
        ("hip rotation, against the vendor's less the varus that a hinge turns into rotation",
         hip[:, 2] - hidden),
    ):  # fmt: skip
        errors = (rotation.values - truth)[[is_usable(code) for code in rotation.codes]]
        yield label, Errors.of(errors) if len(errors) else "below_flexion_gate"
