"""Scenes with an athlete and another person, as a detector without track ids returns them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import kneepose as kp
from kneepose.estimators import Person

FPS = 30.0
WIDTH, HEIGHT = 1920, 1080
SECONDS = 16.0


@dataclass(frozen=True)
class Scene:
    """Persons in each frame, and the index of the athlete among them (None if not detected)."""

    name: str
    frames: list[list[Person]]
    athlete: list[int | None]

    def __str__(self) -> str:
        return self.name


def _body(height: float) -> np.ndarray:
    """Return the sample squats, about `height` pixels tall around (0, 0), shape (T, 17, 2)."""
    rec = kp.sample("squat_video")
    names = kp.Skeleton._built_in("coco17").keypoints
    xy = rec.coordinates[:, [rec.skeleton.keypoints.index(name) for name in names]]
    times = np.arange(0, SECONDS, 1 / FPS)
    place = times % (rec.times[-1] - rec.times[0])
    body = np.empty((len(times), 17, 2))
    for k in range(17):
        for axis in range(2):
            good = np.isfinite(xy[:, k, axis])
            body[:, k, axis] = np.interp(place, rec.times[good] - rec.times[0], xy[good, k, axis])
    body -= np.median(body, axis=(0, 1))
    return body * height / np.ptp(body[0, :, 1])


def scene(kind: str, seed: int) -> Scene:
    """Return a scene of a kind: crossing, leaving, coach, mirror or ghost."""
    rng = np.random.default_rng([seed, sum(map(ord, kind))])
    height = rng.uniform(400, 600)
    squats = _body(height)
    times = np.arange(len(squats)) / FPS
    middle = np.array([rng.uniform(800, 1100), 560])
    athlete = squats + middle
    still = squats[0] * rng.uniform(0.9, 1.1)
    seen = np.ones(len(times), dtype=bool)
    other_seen = np.ones(len(times), dtype=bool)
    x, y = np.full(len(times), middle[0]), np.full(len(times), middle[1])
    if kind == "crossing":  # crosses behind the athlete from side to side
        still = still * 0.85
        speed, start = rng.uniform(250, 500), rng.uniform(2, 6)
        x = 100 + speed * (times - start)
        other_seen = (x > 100) & (x < WIDTH - 100)
        other_seen &= np.abs(x - middle[0]) > 0.12 * height  # hidden behind the athlete
    elif kind == "coach":  # a larger person steps in front of the athlete, stays a while and leaves
        still = still * 1.3
        arrive, stay = rng.uniform(3, 6), rng.uniform(0.5, 2)
        x = np.interp(
            times, [arrive, arrive + 2, arrive + 2 + stay, arrive + 4 + stay],
            [100, middle[0] + 60, middle[0] + 60, WIDTH - 100],
        )  # fmt: skip
        other_seen = (times > arrive) & (times < arrive + 4 + stay)
        seen = ~(other_seen & (np.abs(x - middle[0]) < 0.2 * height))
    elif kind == "leaving":  # the athlete leaves the image for a while, and the other person stays
        x = np.full(len(times), middle[0] + rng.uniform(1.0, 1.5) * height)
        x = np.minimum(x, WIDTH - 100)
        start = rng.uniform(4, 8)
        away = np.interp(times, [start, start + 1.5, start + 3, start + 4.5], [0, 1, 1, 0])
        athlete = athlete - away[:, None, None] * np.array([middle[0] + 200, 0])
        seen = athlete[..., 0].mean(axis=1) > 60
        still = still * 0.9
    elif kind == "mirror":  # a smaller mirror image makes the same movements
        still = squats * [-0.75, 0.75]
        x = np.full(len(times), middle[0] + rng.uniform(0.7, 1.1) * height)
        y = y - 60
    elif kind == "ghost":  # false detections of any size and position
        other_seen = rng.random(len(times)) < 0.1
        other_seen[0] = True
        x, y = rng.uniform(0, WIDTH, len(times)), rng.uniform(0, HEIGHT, len(times))
        still = np.array([still * size for size in rng.uniform(0.05, 1.2, len(times))])
    other = still + np.stack([x, y], axis=-1)[:, None]
    frames: list[list[Person]] = []
    truth: list[int | None] = []
    for i in range(len(times)):
        both = []
        for xy, here, mine in ((athlete[i], seen[i], True), (other[i], other_seen[i], False)):
            if here and rng.random() > 0.02:
                points = xy + rng.normal(0, 0.006 * height, (17, 2))
                points[rng.random(17) < 0.03] = np.nan
                both.append((Person(points, np.where(np.isnan(points[:, 0]), 0, 0.9)), mine))
        order = rng.permutation(len(both))
        frames.append([both[k][0] for k in order])
        mine = [n for n, k in enumerate(order) if both[k][1]]
        truth.append(mine[0] if mine else None)
    return Scene(f"{kind} {seed}", frames, truth)


KINDS = ("crossing", "leaving", "coach", "mirror", "ghost")
SCENES = [(kind, seed) for kind in KINDS for seed in range(6)]
