"""Simulated pose estimator for a moving body: cameras, skeletons and estimator errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import kneepose as kp
from tests.support.cameras import NAMES, PLACE, Camera
from tests.support.motion_course import wander

Points = Callable[[np.ndarray], np.ndarray]
"""Function from increasing times, shape (T,), to keypoints in meters, shape (T, 26, 3)."""

YAW = {"front": 0.0, "right": 90.0, "back": 180.0, "left": 270.0}
VIEWS = ("world", "mediapipe_world", *YAW)
LEG = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
SWAP = [
    PLACE[{"l": "right", "r": "left"}[n[0]] + n[n.index("_") :]] if "_" in n and n[0] in "lr" else i
    for i, n in enumerate(NAMES)
]
MEDIAPIPE = next(r["keypoints"] for r in kp.tables.skeletons() if r["name"] == "mediapipe33")


@dataclass(frozen=True)
class Noise:
    """Errors of an estimator: standard deviations as shares of body height, and rates per second.

    The rates are those of jumps, swaps and runs of lost keypoints.
    """

    white: float = 0.0
    wander: float = 0.0
    confidence: float = 0.92
    drops: float = 0.0
    lost_runs: float = 0.0
    far_jumps: float = 0.0
    swaps: float = 0.0


NOISES = {
    "none": Noise(),
    "low": Noise(0.0012, 0.0015, 0.90, 0.001, 0.01, 0.02, 0.0),
    "usual": Noise(0.0025, 0.0030, 0.82, 0.004, 0.03, 0.06, 0.01),
    "poor": Noise(0.0035, 0.0055, 0.70, 0.02, 0.10, 0.25, 0.03),
}


@dataclass(frozen=True)
class Film:
    """Camera and estimator of a recording. None for azimuth, height or distance means random."""

    view: str = "world"
    skeleton: str = "halpe26"
    noise: str = "usual"
    fps: float = 30.0
    varying: bool = False
    size_wh: tuple[int, int] = (1080, 1920)
    distance_m: float | None = None
    height_m: float | None = None
    azimuth_deg: float | None = None
    drift: float = 0.0
    says_view: bool = False

    @property
    def yaw_deg(self) -> float:
        """Azimuth of the camera around the person in degrees: 0 in front, 90 to the right."""
        return YAW.get(self.view, 0.0) + (self.azimuth_deg or 0.0)

    @property
    def toward(self) -> float:
        """Heading in degrees with which a person faces the camera."""
        return -self.yaw_deg

    def drawn(self, rng: np.random.Generator) -> Film:
        """Return a copy with None for distance, height and azimuth replaced by random values."""
        return replace(
            self,
            distance_m=self.distance_m or rng.uniform(3.0, 4.2),
            height_m=self.height_m or rng.uniform(0.5, 1.2),
            azimuth_deg=rng.uniform(-8, 8) if self.azimuth_deg is None else self.azimuth_deg,
        )


def frame_times(rng: np.random.Generator, film: Film, begin: float, end: float) -> np.ndarray:
    n = max(int((end - begin) * film.fps), 12)
    if not film.varying:
        return begin + np.arange(n) / film.fps
    gaps = rng.uniform(0.8, 1.2, n) / film.fps
    gaps[rng.random(n) < 0.03] *= 2
    return np.asarray(begin + np.cumsum(gaps * (end - begin) / gaps.sum()) - gaps[0])


def shoot(
    rng: np.random.Generator, points: Points, film: Film, begin: float, end: float, *,
    aim: tuple[float, float] = (0.0, 0.0), body_m: float = 1.7,
) -> kp.Recording:  # fmt: skip
    """Return the recording of a body as a user would pass it, starting at 0 s."""
    times = frame_times(rng, film, begin, end)
    clean = points(times)
    noise = NOISES[film.noise]
    n = len(times)
    options: dict[str, object] = {}
    camera = Camera(
        film.yaw_deg, film.distance_m or 3.5, height_m=film.height_m or 0.9,
        focal_px=1.35 * min(film.size_wh), size_wh=film.size_wh,
    )  # fmt: skip
    place = np.array([aim[0], 0.0, aim[1]])
    axis = -np.array([np.cos(np.radians(film.yaw_deg)), 0.0, np.sin(np.radians(film.yaw_deg))])
    depth = (clean - place) @ axis + camera.distance_m
    in_space = film.view in ("world", "mediapipe_world")
    if in_space:
        seen, scale, hidden = clean.copy(), np.full(n, body_m), np.zeros((n, 2))
    else:
        near = np.maximum(depth, 0.35)
        seen = camera.see(clean + (near - depth)[..., None] * axis, place)
        scale = body_m * camera.focal_px / np.median(near, axis=1)
        hidden = hidden_legs(depth)
    shown, confidence = spoiled(rng, seen, times, film.fps, noise, scale, hidden)

    if film.view == "mediapipe_world":
        right = np.array([-axis[2], 0.0, axis[0]])
        shown = np.stack([shown @ right, -shown[..., 1], shown @ axis], axis=-1)
        # The error is largest along the depth, which a single camera does not measure.
        lost = wander(rng, times, 2.0 * noise.wander * body_m, 0.5, len(NAMES))
        shown[..., 2] += lost
        # The origin of MediaPipe's world space is the estimated hip center, including its error.
        hips = [PLACE["left_hip"], PLACE["right_hip"]]
        true = clean[:, hips].mean(axis=1, keepdims=True)
        shown -= np.stack([true @ right, -true[..., 1], true @ axis], axis=-1)
        shown[:, hips] -= shown[:, hips].mean(axis=1, keepdims=True)
        shown[:, PLACE["mid_hip"]] = 0
        options = {"up": "-y", "meta": {"assumed_level_camera": True, "hip_centered": True}}
    elif film.view == "world":
        options = {"up": "y"}
    else:
        shown = drifted(rng, shown, times, film)
        shown, confidence = bordered(rng, shown, confidence, depth, film.size_wh)
        options = {"resolution_wh": film.size_wh}
        if film.says_view:
            options["view"] = film.view
    name = "mediapipe33" if film.view == "mediapipe_world" else film.skeleton
    shown, confidence = in_skeleton(name, shown, confidence)
    clock: dict[str, object] = {"times": times - begin} if film.varying else {"fps": film.fps}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        return kp.Recording(shown, skeleton=name, confidence=confidence, **clock, **options)  # type: ignore[arg-type]


def hidden_legs(depth: np.ndarray) -> np.ndarray:
    """Return the occlusion of the left and the right leg by the other, 0 to 1, shape (T, 2)."""
    hips = depth[:, [PLACE["left_hip"], PLACE["right_hip"]]]
    behind = (hips - hips[:, ::-1]) / 0.17
    return np.asarray(np.clip(behind, 0, 1) ** 2)


def spoiled(
    rng: np.random.Generator, seen: np.ndarray, times: np.ndarray, fps: float, noise: Noise,
    scale: np.ndarray, hidden: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return (points, confidence) with all simulated estimator errors."""
    n, k, d = seen.shape
    far = np.zeros((n, k))
    for j, side in enumerate(("left", "right")):
        for joint in (*LEG, "shoulder", "elbow", "wrist"):
            far[:, PLACE[f"{side}_{joint}"]] = hidden[:, j]
    own = rng.uniform(0.7, 1.4, k)
    sd = (own * (1 + far))[..., None] * scale[:, None, None]
    out = seen.copy()
    confidence = noise.confidence - 0.4 * far + wander(rng, times, 0.05, 0.5, k)
    confidence = np.clip(confidence + rng.normal(0, 0.02, (n, k)), 0.32, 0.99)
    if noise.white == 0:
        return out, confidence
    slow = wander(rng, times, noise.wander, 0.4, k * d).reshape(n, k, d)
    shake = sd * (noise.white * rng.normal(size=(n, k, d)) + slow)

    for j, side in enumerate(("left", "right")):
        other = "right" if side == "left" else "left"
        for first, last in spans(rng, n, fps, noise.far_jumps, 0.1, 0.4):
            if hidden[first, j] < 0.4:
                continue
            joints = LEG if rng.random() < 0.2 else LEG[1:]
            to = [PLACE[f"{other}_{joint}"] for joint in joints]
            out[first:last, [PLACE[f"{side}_{joint}"] for joint in joints]] = seen[first:last, to]
    legs = [PLACE[f"{s}_{joint}"] for s in ("left", "right") for joint in LEG]
    for first, last in spans(rng, n, fps, noise.swaps, 1.5 / fps, 0.25):
        out[first:last, legs] = out[first:last, [SWAP[i] for i in legs]]
    out = out + shake

    lost = rng.random((n, k)) < noise.drops * (1 + 4 * far)
    for first, last in spans(rng, n, fps, noise.lost_runs, 0.15, 0.45):
        lost[first:last, rng.choice(k, rng.integers(1, 5), replace=False)] = True
    out[lost] += rng.normal(0, 0.05, (int(lost.sum()), d)) * scale[np.nonzero(lost)[0], None]
    confidence[lost] = rng.uniform(0.03, 0.25, int(lost.sum()))
    return out, confidence


def spans(
    rng: np.random.Generator, n: int, fps: float, a_second: float, least_s: float, most_s: float
) -> list[tuple[int, int]]:
    """Return random runs of frames as (start, end)."""
    count = rng.poisson(a_second * n / fps)
    firsts = rng.integers(0, n, count)
    lengths = np.maximum(1, (rng.uniform(least_s, max(most_s, least_s), count) * fps)).astype(int)
    return [(int(a), int(min(n, a + b))) for a, b in zip(firsts, lengths, strict=True)]


def drifted(rng: np.random.Generator, xy: np.ndarray, times: np.ndarray, film: Film) -> np.ndarray:
    """Move and zoom the camera slowly, by the share `drift` of the image per minute."""
    if film.drift == 0:
        return xy
    middle = np.array(film.size_wh) / 2
    minutes = (times - times[0]) / 60
    aside = film.drift * np.outer(minutes, rng.uniform(-1, 1, 2)) * middle
    aside += wander(rng, times, 0.1 * film.drift * middle[0], 8.0, 2)
    zoom = 1 + film.drift * rng.choice([-1, 1]) * minutes
    moved: np.ndarray = middle + zoom[:, None, None] * (xy - middle) + aside[:, None]
    return moved


def bordered(
    rng: np.random.Generator, xy: np.ndarray, confidence: np.ndarray, depth: np.ndarray,
    size_wh: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Clip keypoints to the image border with low confidence; drop all if nobody is in the image."""
    size = np.array(size_wh, dtype=float)
    outside = ((xy < 0) | (xy > size)).any(axis=2)
    gone = (outside.mean(axis=1) > 0.7) | (np.median(depth, axis=1) < 0.4)
    out = np.clip(xy, 0, size)
    sure = np.where(outside, rng.uniform(0.05, 0.45, confidence.shape), confidence)
    out[gone] = np.nan
    sure[gone] = 0
    return out, sure


def in_skeleton(
    name: str, points: np.ndarray, confidence: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Convert the keypoints to the skeleton of another estimator."""
    if name == "halpe26":
        return points, confidence
    if name == "coco17":
        return points[:, :17], confidence[:, :17]
    near = {"mouth": "nose", "pinky": "wrist", "index": "wrist", "thumb": "wrist", "foot": "big_toe",
            "eye": "eye"}  # fmt: skip
    rows = []
    for keypoint in MEDIAPIPE:
        side, _, rest = keypoint.partition("_")
        known = near.get(rest.split("_")[0], rest)
        rows.append(PLACE[known if known in PLACE else f"{side}_{known}"] if rest else PLACE[side])
    shown = points[:, rows].copy()
    sure = np.clip(confidence[:, rows] + 0.12, 0.0, 1.0)
    sure[confidence[:, rows] < 0.3] = confidence[:, rows][confidence[:, rows] < 0.3]
    # Mouth, fingers and eye corners are placed beside the nearest known keypoint.
    for i, keypoint in enumerate(MEDIAPIPE):
        if keypoint not in PLACE and "foot" not in keypoint:
            place, _, wrist = keypoint.partition("_")
            if wrist in ("pinky", "index", "thumb"):
                fore = points[:, PLACE[f"{place}_wrist"]] - points[:, PLACE[f"{place}_elbow"]]
                shown[:, i] += {"pinky": 0.28, "index": 0.32, "thumb": 0.2}[wrist] * fore
    return shown, sure
