"""Stand-ins for MediaPipe and Ultralytics results, and readers for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

import kneepose as kp

WH = (1080, 1920)


def landmark(x: Any, y: Any, z: Any = 0.1, visibility: Any = 0.9) -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, z=z, visibility=visibility, presence=None, name=None)


def mp_person(shift: float = 0.0, count: int = 33) -> list[SimpleNamespace]:
    """Return landmarks in the area of a body: x around 0.3, y from 0.2 to 0.9."""
    return [
        landmark(0.25 + 0.1 * (i % 2) + shift, 0.2 + 0.7 * i / 32, -0.1 * i, 0.5 + i / 100)
        for i in range(count)
    ]


def mp_world(count: int = 33) -> list[SimpleNamespace]:
    return [landmark(0.1 * (i % 2), -0.7 + 1.5 * i / 32, 0.01 * i, 0.6) for i in range(count)]


def mp_tasks(*persons: Any, world: Any = None) -> SimpleNamespace:
    """Return a stand-in for `PoseLandmarkerResult` of MediaPipe Tasks 1.2.2."""
    return SimpleNamespace(
        pose_landmarks=list(persons),
        pose_world_landmarks=[mp_world() for _ in persons] if world is None else world,
        segmentation_masks=None,
    )


def mp_legacy(person: Any, world: Any = None) -> SimpleNamespace:
    """Return a stand-in for the result of `mediapipe.solutions.pose` 0.10.21."""
    return SimpleNamespace(
        pose_landmarks=None if person is None else SimpleNamespace(landmark=person),
        pose_world_landmarks=None if world is None else SimpleNamespace(landmark=world),
        segmentation_mask=None,
    )


def pixel_xy(person: list[SimpleNamespace]) -> np.ndarray:
    return np.array([(p.x * WH[0], p.y * WH[1]) for p in person])


def from_mp(results: Any, **options: Any) -> kp.Recording:
    return kp.from_mediapipe(results, **({"fps": 30, "resolution_wh": WH} | options))


def assert_gaps(rec: kp.Recording, frames: list[int]) -> None:
    expected = np.zeros(rec.n_frames, dtype=bool)
    expected[frames] = True
    np.testing.assert_array_equal(np.isnan(rec.coordinates).all(axis=(1, 2)), expected)
    np.testing.assert_array_equal(np.isnan(rec.coordinates).any(axis=(1, 2)), expected)
    np.testing.assert_array_equal((rec.confidence == 0).all(axis=1), expected)


class Tensor:
    """Stand-in for a torch tensor on a device, which NumPy cannot read before `.cpu().numpy()`."""

    def __init__(self, values: Any, device: str = "cuda:0") -> None:
        self.values = np.asarray(values, dtype=np.float32)
        self.device = device

    def cpu(self) -> Tensor:
        return Tensor(self.values, "cpu")

    def numpy(self) -> np.ndarray:
        if self.device != "cpu":
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        return self.values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


def yolo_person(x: float = 400, height: float = 1000, score: float = 0.9) -> np.ndarray:
    """Return a person, shape (17, 3): x, y, confidence."""
    i = np.arange(17)
    return np.stack(
        [x + height / 10 * (i % 2), 300 + height * i / 16, score - i / 100], axis=1
    ).round(3)


def yolo(
    *persons: np.ndarray,
    ids: list[int] | None = None,
    boxes: Any = "around",
    wrap: Any = Tensor,
    shape: Any = (1920, 1080),
) -> SimpleNamespace:
    """Return a stand-in for `Results` of Ultralytics 8.4.190; `orig_shape` is (height, width)."""
    data = np.array(persons) if persons else np.zeros((0, 17, 3))
    if isinstance(boxes, str):
        xyxy = [(*p[:, :2].min(0), *p[:, :2].max(0)) for p in persons]
        boxes = SimpleNamespace(
            xyxy=wrap(np.array(xyxy).reshape(-1, 4)), id=None if ids is None else wrap(ids)
        )
    return SimpleNamespace(
        keypoints=SimpleNamespace(data=wrap(data)), boxes=boxes, orig_shape=shape
    )


def from_yolo(results: Any, **options: Any) -> kp.Recording:
    return kp.from_ultralytics(results, **({"fps": 30} | options))


BIG, SMALL = yolo_person(300, 1000), yolo_person(900, 300)
