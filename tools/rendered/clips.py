"""Read and write the landmarks of rendered people with their truth, and build recordings of them.

Values are stored as integer differences between frames, which halves the file size. The units are
1/8192 of the longer image side for image landmarks, 1/8 mm for the truth, mm for world landmarks,
and 1/100 for visibility. Landmarks of face and hands that no measure needs are not stored, and are
missing after reading.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

import kneepose as kp

F64 = npt.NDArray[np.float64]
FOLDER = Path(__file__).parents[2] / "tests" / "data" / "rendered"
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
SIDES = ("left", "right")
TRUE_POINTS = (
    "nose", *(f"{s}_{p}" for p in ("eye", "ear", *LIMBS, "heel", "big_toe", "small_toe") for s in SIDES),
)  # fmt: skip
IMAGE_POINTS = (0, 2, 5, 7, 8, *range(11, 17), *range(23, 33))
WORLD_POINTS = (0, 11, 12, *range(23, 33))
IMAGE_STEP, TRUE_STEP_M, WORLD_STEP_M, SURE_STEP = 1 / 8192, 0.000_125, 0.001, 0.01
MEDIAPIPE = {
    "nose": 0, "left_eye": 2, "right_eye": 5, "left_ear": 7, "right_ear": 8,
    **{f"{s}_{p}": 11 + 2 * k + (s == "right") for k, p in enumerate(LIMBS[:3]) for s in SIDES},
    **{f"{s}_{p}": 23 + 2 * k + (s == "right")
       for k, p in enumerate((*LIMBS[3:], "heel", "big_toe")) for s in SIDES},
}  # fmt: skip
"""Keypoint → index of the MediaPipe landmark; its "foot index" is used as the big toe."""


def steps(values: F64, step: float) -> npt.NDArray[np.int16]:
    """Quantize finite values to integer steps, and return their differences over time."""
    whole = np.round(values / step).astype(np.int64)
    made = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1]))
    return made.astype(np.int16)


def unsteps(differences: npt.NDArray[np.int16], step: float) -> F64:
    """Return the values from quantized differences; int16 overflow cancels in the sum."""
    made: F64 = np.cumsum(differences, axis=0, dtype=np.int16) * step
    return made


def packed(about: dict[str, Any], reps: F64, truth: F64, landmarks: F64) -> dict[str, Any]:
    """Return the arrays to store; frames without a detection repeat the frame before."""
    seen = np.isfinite(landmarks[:, 0, 0])
    index = np.maximum.accumulate(np.where(seen, np.arange(len(seen)), 0))
    filled = np.nan_to_num(landmarks[index])
    about = {**about, "frames": len(seen)}
    wide, high = about["camera"]["width_px"], about["camera"]["height_px"]
    image = filled[:, list(IMAGE_POINTS), :2] * [wide, high] / max(wide, high)
    return {
        "about": np.array(json.dumps(about)),
        "reps": reps,
        "detected": seen,
        "image": steps(image, IMAGE_STEP),
        "sure": steps(filled[:, list(IMAGE_POINTS), 2], SURE_STEP).astype(np.int8),
        "world": steps(filled[:, list(WORLD_POINTS), 3:], WORLD_STEP_M),
        "truth": steps(truth, TRUE_STEP_M),
    }


def write(file: BinaryIO, arrays: dict[str, Any]) -> None:
    """Write an `.npz` with the strongest compression that `numpy.load` reads."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            # Store time as the last axis, because neighboring frames are similar and compress well.
            with archive.open(f"{name}.npy", "w") as out:
                np.lib.format.write_array(out, np.asarray(array, order="F"), allow_pickle=False)


@dataclass
class Filmed:
    """One stored clip of a rendered person."""

    name: str
    about: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]

    @property
    def exercise(self) -> str:
        """Return the movement that is shown."""
        return str(self.about["exercise"])

    @property
    def side(self) -> str:
        """Return the working side."""
        return str(self.about["side"])

    @property
    def reps(self) -> F64:
        """Return start, bottom and end of each repetition, shape (R, 3), seconds."""
        return self.arrays["reps"]

    @cached_property
    def times(self) -> F64:
        """Return the time of each frame, seconds."""
        made: F64 = np.arange(self.about["frames"]) / self.about["fps"]
        return made

    @property
    def detected(self) -> npt.NDArray[np.bool_]:
        """Return a mask of the frames with a detected person."""
        return self.arrays["detected"]

    @property
    def size(self) -> tuple[int, int]:
        """Return the width and height of the image, pixels."""
        camera = self.about["camera"]
        return camera["width_px"], camera["height_px"]

    @cached_property
    def truth(self) -> dict[str, F64]:
        """Return the true keypoints by name, each of shape (T, 3), meters, y up."""
        xyz = unsteps(self.arrays["truth"], TRUE_STEP_M)
        return {name: xyz[:, k] for k, name in enumerate(TRUE_POINTS)}

    def project(self, points: F64) -> F64:
        """Return pixel coordinates and depth, shape (…, 3), of points in the room."""
        camera = self.about["camera"]
        q = (points - camera["position_m"]) @ np.array(camera["axes"]).T
        xy = q[..., :2] / q[..., 2:] * camera["focal_px"] + np.array(self.size) / 2
        return np.concatenate([xy, q[..., 2:]], -1)

    @cached_property
    def pixels(self) -> F64:
        """Return landmarks in pixels, shape (T, 33, 2); NaN if not detected or not stored."""
        made = np.full((len(self.times), 33, 2), np.nan)
        made[:, list(IMAGE_POINTS)] = unsteps(self.arrays["image"], IMAGE_STEP) * max(self.size)
        made[~self.detected] = np.nan
        return made

    @cached_property
    def visibility(self) -> F64:
        """Return the visibility, shape (T, 33); 0 if not detected or not stored."""
        made = np.zeros((len(self.times), 33))
        made[:, list(IMAGE_POINTS)] = np.cumsum(self.arrays["sure"], 0, dtype=np.int16) * SURE_STEP
        made[~self.detected] = 0
        return made

    @cached_property
    def world(self) -> F64:
        """Return world landmarks, shape (T, 33, 3), meters, y down; NaN if not stored."""
        made = np.full((len(self.times), 33, 3), np.nan)
        made[:, list(WORLD_POINTS)] = unsteps(self.arrays["world"], WORLD_STEP_M)
        made[~self.detected] = np.nan
        return made

    def estimated(self, space: str = "image") -> kp.Recording:
        """Return a recording of the estimated landmarks, as a user would make it."""
        options: dict[str, Any] = {
            "skeleton": "mediapipe33",
            "times": self.times,
            "confidence": self.visibility,
            "estimator": self.about["estimator"],
        }
        if space == "world":
            return kp.Recording(self.world, up="-y", **options)
        return kp.Recording(self.pixels, resolution_wh=self.size, **options)

    def exact(self, space: str = "image") -> kp.Recording:
        """Return a recording of the true joint centers, in 3-D or projected into the image."""
        names = halpe_names()
        xyz = np.full((len(self.times), len(names), 3), np.nan)
        for name, points in self.truth.items():
            xyz[:, names.index(name)] = points
        xyz[:, names.index("mid_hip")] = (self.truth["left_hip"] + self.truth["right_hip"]) / 2
        if space == "world":
            return kp.Recording(xyz, skeleton="halpe26", times=self.times, up="y")
        return kp.Recording(
            self.project(xyz)[..., :2],
            skeleton="halpe26",
            times=self.times,
            resolution_wh=self.size,
        )


@cache
def halpe_names() -> list[str]:
    """Return the keypoint names of Halpe-26 in their order."""
    rows = {row["name"]: row for row in kp.tables.skeletons()}
    return list(rows["halpe26"]["keypoints"])


def load(path: Path) -> Filmed:
    """Read a stored clip."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return Filmed(path.stem, json.loads(arrays.pop("about").reshape(-1)[0].item()), arrays)


def stored(folder: Path = FOLDER) -> list[Filmed]:
    """Return all stored clips, sorted by name."""
    return [load(path) for path in sorted(folder.glob("*.npz"))]
