"""Clips of a person drawn as colored discs, and an estimator that finds the discs.

With these a clip can be generated, rotated, cut and damaged, and processed from file to film
without a model. The movement is that of a real person in a front view.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp
from kneepose.recording.skeleton import find_skeleton

WH = (320, 400)
#: Landmark → color of its disc.
DISCS = {
    "left_shoulder": (255, 0, 0), "right_shoulder": (0, 255, 0), "left_hip": (0, 0, 255),
    "right_hip": (255, 255, 0), "left_knee": (255, 0, 255), "right_knee": (0, 255, 255),
    "left_ankle": (255, 255, 255), "right_ankle": (255, 128, 0),
}  # fmt: skip
SKELETON = kp.Skeleton("discs", list(DISCS))
_RADIUS = 9
_APART = 70


def squats(step: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels of the discs of five real squats, shape (T, 8, 2), and the times."""
    rec = kp.sample("squat")
    across = "xz"[int(_is_wide(rec, 2))]
    axes = ["xyz".index(across), 1]
    at = [rec.skeleton.landmarks[name] for name in DISCS]
    plane = rec.coordinates[::step][:, at][..., axes]
    middle = np.nanmedian(plane[:, :, 0])
    low, high = np.nanmin(plane[..., 1]), np.nanmax(plane[..., 1])
    scale = 0.8 * WH[1] / (high - low)
    x = WH[0] / 2 - scale * (plane[..., 0] - middle)
    y = WH[1] * 0.92 - scale * (plane[..., 1] - low)
    left, right = list(DISCS).index("left_hip"), list(DISCS).index("right_hip")
    # in a front view the left side appears on the right
    if np.nanmedian(x[:, left] - x[:, right]) < 0:
        x = WH[0] - x
    return np.stack([x, y], -1), rec.times[::step] - rec.times[0]


def _is_wide(rec: kp.Recording, axis: int) -> bool:
    left, right = (rec.skeleton.landmarks[f"{side}_hip"] for side in ("left", "right"))
    apart = np.nanmedian(np.abs(rec.coordinates[:, left] - rec.coordinates[:, right]), axis=0)
    return bool(apart[axis] > apart[0])


def picture(points: np.ndarray, wh: tuple[int, int] = WH) -> np.ndarray:
    """Return an RGB frame with a disc at each point."""
    image = np.full((wh[1], wh[0], 3), 40, np.uint8)
    rows, columns = np.ogrid[: wh[1], : wh[0]]
    for (x, y), color in zip(points, DISCS.values(), strict=True):
        image[(columns - x) ** 2 + (rows - y) ** 2 <= _RADIUS**2] = color
    return image


def find_discs(image: np.ndarray, t: float) -> list[kp.estimators.Person]:
    """Estimate a person: each landmark is the center of the pixels of its color."""
    bright = np.argwhere(image.max(2) > 140)
    if not len(bright):
        return []
    colors = image[bright[:, 0], bright[:, 1]].astype(int)
    points = np.full((len(DISCS), 2), np.nan)
    for row, color in enumerate(DISCS.values()):
        mine = bright[np.abs(colors - color).max(1) < _APART]
        if len(mine) > 20:
            points[row] = mine[:, ::-1].mean(0)
    return [kp.estimators.Person(points, np.isfinite(points[:, 0]).astype(float))]


def find_coco(image: np.ndarray, t: float) -> list[kp.estimators.Person]:
    """Estimate like `find_discs`, as 17 COCO keypoints of which most are missing."""
    coco = find_skeleton("coco17")
    points = np.full((len(coco.keypoints), 2), np.nan)
    found = find_discs(image, t)
    for person in found:
        for name, xy in zip(DISCS, person.points, strict=True):
            points[coco.landmarks[name]] = xy
    sure = np.isfinite(points[:, 0]).astype(float)
    return [kp.estimators.Person(points, sure)] if found else []


def nobody(image: np.ndarray, t: float) -> list[kp.estimators.Person]:
    """An estimator that never finds a person."""
    return []


def write_clip(
    path: Path,
    images: list[np.ndarray],
    times: np.ndarray,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    turned: int = 0,
    aspect: Fraction | None = None,
    tags: dict[str, str] | None = None,
    faststart: bool = True,
) -> Path:
    """Write frames with their times; `turned` ones are stored rotated, as by phones."""
    import av

    options = {"movflags": "+use_metadata_tags" + ("+faststart" if faststart else "")}
    with av.open(str(path), "w", options=options if path.suffix in (".mp4", ".mov") else {}) as out:
        out.metadata.update(tags or {})
        track: Any = out.add_stream(codec, rate=30)
        lying = [np.ascontiguousarray(np.rot90(image, -turned // 90)) for image in images]
        track.height, track.width = lying[0].shape[:2]
        track.pix_fmt = pixels
        track.options = {"crf": "14", "preset": "ultrafast"}
        if codec == "libx265":
            track.options["x265-params"] = "log-level=none"
        track.codec_context.time_base = Fraction(1, 90_000)
        if aspect is not None:
            track.sample_aspect_ratio = aspect
        if turned:
            track.set_display_rotation(turned)
        for image, t in zip(lying, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = round(t * 90_000), Fraction(1, 90_000)
            out.mux(track.encode(frame))
        out.mux(track.encode())
    return path
