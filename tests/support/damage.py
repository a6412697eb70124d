"""Functions that damage recordings: (xy, rng, …) → xy, for halpe26 in pixels."""

from __future__ import annotations

import numpy as np

from tests.support.cameras import PLACE

LEGS = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
LEG_PLACES = [PLACE[f"{side}_{joint}"] for joint in LEGS for side in ("left", "right")]
OTHER_LEG = [PLACE[f"{side}_{joint}"] for joint in LEGS for side in ("right", "left")]
H36M = (
    "root", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "spine", "thorax", "nose", "head", "left_shoulder", "left_elbow", "left_wrist",
    "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
BODY25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee",
    "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe",
    "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
COCO25 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "neck", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip", "mid_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_big_toe",
    "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
WHOLEBODY_FEET = (
    "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip


def in_order(xy: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Reorder the keypoints into the order of another estimator."""

    def middle(*of: str) -> np.ndarray:
        both: np.ndarray = xy[:, [PLACE[name] for name in of]].mean(axis=1)
        return both

    made = {
        "root": middle("left_hip", "right_hip"),
        "thorax": middle("left_shoulder", "right_shoulder"),
        "spine": middle("left_hip", "right_hip", "left_shoulder", "right_shoulder"),
    }
    return np.stack([made[n] if n in made else xy[:, PLACE[n]] for n in names], axis=1)


def shuffled(xy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return xy[rng.permutation(len(xy))]


def blocks(xy: np.ndarray, rng: np.random.Generator, fps: float) -> np.ndarray:
    """Shuffle eight or more blocks of at most two seconds."""
    parts = np.array_split(xy, max(8, int(len(xy) / (fps * rng.uniform(0.5, 2.0)))))
    return np.concatenate([parts[i] for i in rng.permutation(len(parts))])


def shuffled_inside(xy: np.ndarray, rng: np.random.Generator, fps: float) -> np.ndarray:
    """Shuffle the frames within blocks of half a second."""
    parts = np.array_split(np.arange(len(xy)), max(1, int(len(xy) / (0.5 * fps))))
    return xy[np.concatenate([rng.permutation(part) for part in parts])]


def exchanged(xy: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Exchange left and right legs in these frames."""
    out = xy.copy()
    out[np.ix_(frames, LEG_PLACES)] = xy[np.ix_(frames, OTHER_LEG)]
    return out


def runs(rng: np.random.Generator, n: int, fps: float, share: float, seconds: float) -> np.ndarray:
    """Return frames in random runs of about `seconds` that cover about `share` of the recording."""
    hit = np.zeros(n, dtype=bool)
    while hit.mean() < share:
        start = rng.integers(n)
        hit[start : start + max(1, int(rng.uniform(0.7, 1.3) * seconds * fps))] = True
    return np.flatnonzero(hit)


def clipped(xy: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
    """Crop the image above the ankles or beside the leg; points outside are moved to the border."""
    ankles = xy[:, [PLACE["left_ankle"], PLACE["right_ankle"]], 1]
    height = int(np.median(ankles.max(axis=1)) - rng.uniform(5, 60))
    size = (1080, height)
    return np.clip(xy, 0, [size[0], size[1]]), size


def other_legs(xy: np.ndarray, rng: np.random.Generator, frames: np.ndarray) -> np.ndarray:
    """Replace the legs in these frames by those of a second person standing beside the first."""
    out = xy.copy()
    reach = np.ptp(xy[0, :, 1])
    aside = rng.choice([-1, 1]) * rng.uniform(0.35, 0.6) * reach
    rest = xy[0, LEG_PLACES] + [aside, rng.uniform(-0.05, 0.05) * reach]
    out[np.ix_(frames, LEG_PLACES)] = rest + rng.normal(0, 2, (len(frames), len(LEG_PLACES), 2))
    return out


def garbage_limbs(xy: np.ndarray, rng: np.random.Generator, fps: float) -> np.ndarray:
    """Let points of legs and arms drift and jump, as estimators do for lying people."""
    out = xy.copy()
    size = np.ptp(xy, axis=(0, 1)).max()
    for k in (*LEG_PLACES, PLACE["left_wrist"], PLACE["right_wrist"]):
        keep = np.exp(-1 / (rng.uniform(0.1, 0.6) * fps))
        x = np.zeros(2)
        for t in range(len(xy)):
            x = keep * x + np.sqrt(1 - keep**2) * rng.normal(0, 0.15 * size, 2)
            out[t, k] += x
    return out
