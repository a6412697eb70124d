"""Labeled recordings of real people from ../shared/data, also as simulated cameras see them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import kneepose as kp
from tests.support.datasets import FULL

PEOPLE, CLIPS = FULL / "real-people", FULL / "real-clips"
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel")
FOCAL_PX = 900.0
PICTURE_WH = (1920, 1080)


class Labeled(NamedTuple):
    """One recording with its label."""

    data_set: str
    file: str
    person: str
    movement: str
    recording: kp.Recording
    low: int
    """Smallest and largest count of two-leg squats that the label allows."""
    high: int
    bottoms_s: tuple[float, ...] | None
    """Times of the lowest points from the first frame; None where no label tells them."""


def labeled() -> Iterator[Labeled]:
    """All labeled recordings that are not ambiguous; the clip of pistol squats has its own test."""
    with open(PEOPLE / "index.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["ambiguous"] == "0"]
    for row in rows:
        recording = person(row["file"])
        bottoms = tuple(float(frame) / recording.fps for frame in row["bottoms"].split())
        low, high = int(row["reps_low"]), int(row["reps_high"])
        yield Labeled(
            row["file"].split("/")[0],
            row["file"],
            row["person"],
            row["exercise"],
            recording,
            low,
            high,
            bottoms if bottoms or not high else None,
        )
    truth = json.loads((CLIPS / "truth.json").read_text(encoding="utf-8"))
    for name, told in truth.items():
        for space, recording in clip(name) if "n" in told else ():
            n = told["n"]
            movement = told.get("other", "squat")
            bottoms_s = None if n else ()
            yield Labeled(f"clips, {space}", name, name, movement, recording, n, n, bottoms_s)


def person(file: str) -> kp.Recording:
    """A recording of the folder real-people."""
    with np.load(PEOPLE / file) as data:
        given = {key: data[key] for key in data.files}
    skeleton: Any = str(given["skeleton"])
    points = [str(point) for point in given["keypoints"]]
    if skeleton not in ("kinect25", "mediapipe33"):
        marks = {
            f"{side.lower()}_{joint}": f"{side}{joint.title()}"
            for side in ("Left", "Right")
            for joint in JOINTS
            if f"{side}{joint.title()}" in points
        }
        skeleton = kp.Skeleton(skeleton, points, marks)
    points_xyz = given["coordinates"].astype(float)
    clock = "times" in given
    times = given["times"] if clock else np.arange(len(points_xyz)) / float(given["fps"])
    if points_xyz.shape[2] == 3:
        return kp.Recording(points_xyz, skeleton=skeleton, times=times, up="y")
    width, height = (int(v) for v in given["resolution_wh"])
    return kp.Recording(
        points_xyz,
        skeleton=skeleton,
        times=times,
        confidence=given["confidence"],
        resolution_wh=(width, height),
    )


def clip(name: str) -> Iterator[tuple[str, kp.Recording]]:
    """A clip of the folder real-clips, in each space that it has."""
    with np.load(CLIPS / f"{name}.npz") as data:
        given = {key: data[key] for key in data.files}
    if "xy" not in given:
        yield (
            "image",
            kp.Recording(
                given["xy_px"].astype(float),
                skeleton="mediapipe33",
                times=given["times"],
                confidence=given["conf"],
            ),
        )
        return
    seen = {
        "skeleton": "mediapipe33",
        "fps": float(given["fps"]),
        "confidence": given["visibility"],
    }
    size = (int(given["width"]), int(given["height"]))
    yield (
        "image",
        kp.Recording(given["xy"].astype(float), normalized=True, resolution_wh=size, **seen),
    )
    yield "world", kp.Recording(given["xyz_world"].astype(float), up="-y", **seen)


def filmed(
    recording: kp.Recording, yaw_deg: float, height_m: float = 1.0, distance_m: float = 3.0
) -> kp.Recording | None:
    """A 3-D recording with y up as a level camera sees it, `yaw_deg` around the person, 0 in front.

    None where the person is not seen from the hips to the shoulders in half of the frames, or is at no
    time in front of the camera.
    """
    points = recording.coordinates
    places = recording.skeleton.landmarks
    hips = points[:, [places["left_hip"], places["right_hip"]]]
    center = np.nanmedian(hips.reshape(-1, 3), axis=0)
    across = np.nanmedian(hips[:, 0] - hips[:, 1], axis=0)
    forward = np.cross(across, [0.0, 1.0, 0.0])
    forward /= np.linalg.norm(forward)
    ankles = points[:, [places["left_ankle"], places["right_ankle"]], 1]
    floor = np.nanquantile(ankles, 0.1)
    yaw = np.radians(yaw_deg)
    left = np.cross([0.0, 1.0, 0.0], forward)
    to_camera = np.cos(yaw) * forward + np.sin(yaw) * left
    right = np.cross([0.0, 1.0, 0.0], to_camera)
    around = points - center
    depth = distance_m - around @ to_camera
    if not np.nanmedian(depth) > 0.5:
        return None
    depth = np.where(depth > 0.3, depth, np.nan)
    camera_y = floor + height_m
    x = PICTURE_WH[0] / 2 + FOCAL_PX * (around @ right) / depth
    y = PICTURE_WH[1] / 2 - FOCAL_PX * (points[..., 1] - camera_y) / depth
    return kp.Recording(
        np.stack([x, y], axis=-1),
        skeleton=recording.skeleton,
        times=recording.times,
        resolution_wh=PICTURE_WH,
    )
