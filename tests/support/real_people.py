"""Recordings of real people in `../shared/data`, with labels and virtual cameras."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

import kneepose as kp
from tests.support.cameras import Camera
from tests.support.datasets import FULL

PEOPLE, CLIPS = FULL / "real-people", FULL / "real-clips"
THERE = PEOPLE.exists() and CLIPS.exists()
_PARTS = {"Shoulder": "shoulder", "Elbow": "elbow", "Wrist": "wrist", "Hip": "hip", "Knee": "knee",
          "Ankle": "ankle", "Heel": "heel", "Toe": "big_toe"}  # fmt: skip


class Given(NamedTuple):
    """An original recording: arguments of `kneepose.Recording`, and its source."""

    source: str
    name: str
    exercise: str
    points: np.ndarray
    options: dict[str, object]
    row: dict[str, str]
    """Row of the index file; empty for clips."""

    def recording(self, points: np.ndarray | None = None, **options: object) -> kp.Recording:
        given = self.points if points is None else points
        return kp.Recording(given, **(self.options | options))  # type: ignore[arg-type]


def people(plain: bool = True) -> Iterator[Given]:
    """Yield the recordings of real people; with `plain`, only those without a flag in the index."""
    with open(PEOPLE / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not (plain and row["flags"])]
    for row in rows:
        z = np.load(PEOPLE / row["file"])
        points = z["coordinates"].astype(float)
        times = z["times"] if "times" in z else np.arange(len(points)) / float(z["fps"])
        options: dict[str, object] = {"skeleton": _skeleton(z), "times": times}
        if points.shape[2] == 2:
            size = tuple(int(v) for v in z["resolution_wh"])
            options |= {"confidence": z["confidence"], "resolution_wh": size}
        else:
            options["up"] = "y"
        yield Given(row["file"].split("/")[0], row["file"], row["exercise"], points, options, row)


def clips() -> Iterator[Given]:
    """Yield the clips with image points, and with world points if available."""
    for path in sorted(CLIPS.glob("*.npz")):
        z = np.load(path)
        options: dict[str, object] = {"skeleton": "mediapipe33"}
        if "xy" not in z:
            options |= {"times": z["times"], "confidence": z["conf"]}
            yield Given("clips, image", path.stem, "", z["xy_px"], options, {})
            continue
        options |= {"fps": float(z["fps"]), "confidence": z["visibility"]}
        size = (int(z["width"]), int(z["height"]))
        pixels = z["xy"][..., :2] * np.array(size, dtype=float)
        yield Given("clips, image", path.stem, "", pixels, options | {"resolution_wh": size}, {})
        yield Given("clips, world", path.stem, "", z["xyz_world"], options | {"up": "-y"}, {})


def pixels_of(points: np.ndarray, landmarks: Mapping[str, int], camera: Camera) -> np.ndarray:
    """Project a person in 3-D, y up, facing the camera at yaw 0, with the feet on the floor."""
    left, right = (
        np.nanmedian(points[:, landmarks[f"{s}_hip"]], axis=0) for s in ("left", "right")
    )
    forward = np.cross([0.0, 1.0, 0.0], right - left)[[0, 2]]
    cos, sin = forward / np.hypot(*forward)
    x, y, z = np.moveaxis(points, -1, 0)
    feet = [landmarks[f"{s}_ankle"] for s in ("left", "right")]
    floor = np.nanquantile(y[:, feet], 0.1) - ANKLE_M
    turned = np.stack([x * cos + z * sin, y - floor, z * cos - x * sin], axis=-1)
    below = np.nanmedian(turned[:, feet], axis=(0, 1))
    return camera.see(turned, np.array([below[0], 0.0, below[2]]))


def squat_clips() -> set[str]:
    """Return the names of clips of two-leg squats; empty if the clips are missing."""
    if not CLIPS.exists():
        return set()
    truth = json.loads((CLIPS / "truth.json").read_text(encoding="utf-8"))
    return {name for name, told in truth.items() if told.get("n")}


def seen(given: Given, camera: Camera) -> Given:
    """Project a 3-D recording (y up) to a camera image; yaw 0 is straight in front."""
    options = {k: v for k, v in given.options.items() if k != "up"}
    pixels = pixels_of(given.points, given.recording().skeleton.landmarks, camera)
    options["resolution_wh"] = camera.size_wh
    return Given(
        f"{given.source}, yaw {camera.yaw_deg:.0f}", given.name, given.exercise, pixels, options,
        given.row,
    )  # fmt: skip


ANKLE_M = 0.08
"""Height of the ankle above the floor in meters."""


class Labeled(NamedTuple):
    """A recording with its label."""

    data_set: str
    file: str
    person: str
    movement: str
    recording: kp.Recording
    low: int
    """Smallest and largest count of two-leg squats that the label allows."""
    high: int
    bottoms_s: tuple[float, ...] | None
    """Times of the lowest points since the first frame; None if not labeled."""


def labeled() -> Iterator[Labeled]:
    """Yield all unambiguous labeled recordings, except pistol squats, which have their own test."""
    for given in people(plain=False):
        row = given.row
        if row["ambiguous"] != "0":
            continue
        recording = given.recording()
        bottoms = tuple(float(frame) / recording.fps for frame in row["bottoms"].split())
        low, high = int(row["reps_low"]), int(row["reps_high"])
        known = bottoms if bottoms or not high else None
        yield Labeled(
            given.source, given.name, row["person"], given.exercise, recording, low, high, known
        )
    truth = json.loads((CLIPS / "truth.json").read_text(encoding="utf-8"))
    for given in clips():
        told = truth[given.name]
        if "n" in told:
            n, movement = told["n"], told.get("other", "squat")
            bottoms_s = None if n else ()
            recording = given.recording()
            yield Labeled(
                given.source, given.name, given.name, movement, recording, n, n, bottoms_s
            )


def person(file: str) -> kp.Recording:
    """Return a recording from the folder real-people."""
    return next(given for given in people(plain=False) if given.name == file).recording()


def clip(name: str) -> Iterator[tuple[str, kp.Recording]]:
    """Yield the clip with this name from the folder real-clips, in each available space."""
    return ((given.source, given.recording()) for given in clips() if given.name == name)


def filmed(
    recording: kp.Recording, yaw_deg: float, height_m: float = 1.0, distance_m: float = 3.0
) -> kp.Recording | None:
    """Project a 3-D recording (y up) to a level camera at azimuth `yaw_deg`, 0 in front.

    None if the person is in front of the camera in less than half of the frames.
    """
    camera = Camera(yaw_deg, distance_m, height_m, focal_px=900.0, size_wh=(1920, 1080))
    pixels = pixels_of(recording.coordinates, recording.skeleton.landmarks, camera)
    hips = pixels[:, [recording.skeleton.landmarks[f"{s}_hip"] for s in ("left", "right")]]
    if np.isfinite(hips).mean() < 0.5:
        return None
    return kp.Recording(
        pixels,
        skeleton=recording.skeleton,
        times=recording.times,
        resolution_wh=camera.size_wh,
    )


def _skeleton(z: np.lib.npyio.NpzFile) -> str | kp.Skeleton:
    name, points = str(z["skeleton"]), [str(p) for p in z["keypoints"]]
    if name in ("kinect25", "mediapipe33"):
        return name
    sides = [(side, part) for side in ("Left", "Right") for part in _PARTS]
    marks = {f"{s.lower()}_{_PARTS[p]}": s + p for s, p in sides if s + p in points}
    return kp.Skeleton(name, points, marks)
