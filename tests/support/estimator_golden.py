"""Example results of each estimator in their real shapes, filled with given keypoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.support.estimator_results import Tensor, landmark, mp_tasks, yolo

WH = (1280, 720)
Rows = list[np.ndarray]
"""x and y in pixels and confidence of each person, as arrays of shape (K, 3)."""


@dataclass(frozen=True)
class Golden:
    """Rule to build an estimator's result for the persons of a frame."""

    make: Callable[[Rows], Any]
    skeleton: str
    count: int
    empty: Any
    divided: bool = False
    tolerance: float = 1e-4


def supervision(rows: Rows) -> Any:
    """Return a stand-in for `supervision.KeyPoints` 0.31.2."""
    data = np.array(rows, dtype=np.float32).reshape(-1, 17, 3)
    return SimpleNamespace(
        xy=data[..., :2],
        class_id=np.zeros(len(data), dtype=int),
        keypoint_confidence=data[..., 2],
        detection_confidence=None,
        visible=None,
        data={},
    )


def rtmlib(rows: Rows) -> Any:
    data = np.array(rows)
    return data[..., :2], data[..., 2]


def mmpose(rows: Rows) -> Any:
    """Return a stand-in for an item of `MMPoseInferencer`; its box is a tuple of one list."""
    persons = [
        {
            "keypoints": row[:, :2].tolist(),
            "keypoint_scores": row[:, 2].tolist(),
            "bbox": ([*row[:, :2].min(0), *row[:, :2].max(0)],),
            "bbox_score": 0.9,
        }
        for row in rows
    ]
    return {"visualization": [], "predictions": [persons]}


def openpose(rows: Rows) -> Any:
    people = [
        {"person_id": [-1], "pose_keypoints_2d": row.ravel().tolist(), "face_keypoints_2d": []}
        for row in rows
    ]
    return {"version": 1.3, "people": people}


def alphapose(rows: Rows, number: int = 0) -> Any:
    return [
        {
            "image_id": f"{number}.jpg",
            "category_id": 1,
            "keypoints": row.ravel().tolist(),
            "score": 2.9,
            "box": [*row[:, :2].min(0), *np.ptp(row[:, :2], axis=0)],
            "idx": [0.0],
        }
        for row in rows
    ]


def padded(xy: np.ndarray) -> np.ndarray:
    """Convert pixels to coordinates normalized by the square of `tf.image.resize_with_pad`."""
    side = max(WH)
    return (xy + (side - np.array(WH)) / 2) / side


def movenet(rows: Rows) -> Any:
    (row,) = rows or [np.zeros((17, 3))]
    yx = padded(row[:, :2])[:, ::-1]
    return np.column_stack([yx, row[:, 2]]).astype(np.float32)[None, None]


def multipose(rows: Rows) -> Any:
    found = np.zeros((1, 6, 56), dtype=np.float32)
    for i, row in enumerate(rows):
        yx = padded(row[:, :2])[:, ::-1]
        found[0, i] = [*np.column_stack([yx, row[:, 2]]).ravel(), *yx.min(0), *yx.max(0), 0.8]
    return found


def transformers(rows: Rows) -> Any:
    """Return a stand-in for ViTPose with `threshold=`, which omits keypoints of low score."""
    persons = []
    for row in rows:
        labels = np.flatnonzero(row[:, 2] > 0)
        persons.append(
            {
                "keypoints": Tensor(row[labels, :2]),
                "scores": Tensor(row[labels, 2]),
                "labels": Tensor(labels),
                "bbox": Tensor([0, 0, 1, 1]),
            }
        )
    return persons


def detectron2(rows: Rows) -> Any:
    data = np.array(rows).reshape(-1, 17, 3)
    boxes = [[*row[:, :2].min(0), *row[:, :2].max(0)] for row in rows]
    return {
        "instances": SimpleNamespace(
            pred_keypoints=Tensor(data),
            pred_boxes=SimpleNamespace(tensor=Tensor(np.reshape(boxes, (-1, 4)))),
            image_size=WH[::-1],
        )
    }


def norfair(rows: Rows) -> Any:
    """Return stand-ins for the `norfair.Detection`s of one frame."""
    return [
        SimpleNamespace(points=row[:, :2], scores=row[:, 2], absolute_points=row[:, :2], age=None)
        for row in rows
    ]


def tracked(detections: Any, number: int = 1) -> Any:
    """Return stand-ins for `norfair.TrackedObject`s after `Tracker.update`; their estimate lags."""
    return [
        SimpleNamespace(
            id=number + i, estimate=one.points - 5, live_points=one.scores > 0, last_detection=one
        )
        for i, one in enumerate(detections)
    ]


def mediapipe(rows: Rows) -> Any:
    return mp_tasks(
        *[[landmark(x / WH[0], y / WH[1], 0.0, c) for x, y, c in row] for row in rows],
        world=[[landmark(x / 1000, y / 1000, 0.0, c) for x, y, c in row] for row in rows],
    )


def holistic(rows: Rows) -> Any:
    """Return a stand-in for `HolisticLandmarkerResult`: one flat list of landmarks, besides face
    and hands.
    """
    (row,) = rows or [np.zeros((0, 3))]
    return SimpleNamespace(
        face_landmarks=[],
        pose_landmarks=[landmark(x / WH[0], y / WH[1], 0.0, c) for x, y, c in row],
        pose_world_landmarks=[landmark(x / 1000, y / 1000, 0.0, c) for x, y, c in row],
    )


def ultralytics(rows: Rows) -> Any:
    return yolo(*rows, shape=WH[::-1])


APPLE_PARTS = ("eye", "ear", "shoulder_1", "forearm", "hand", "upLeg", "leg", "foot")
APPLE = [
    "head_joint", "neck_1_joint", "root",
    *(f"{side}_{part}_joint" for side in ("left", "right") for part in APPLE_PARTS),
]  # fmt: skip


def apple_vision(rows: Rows) -> Any:
    return [
        {
            "joints": {
                name: {"x": x / WH[0], "y": 1 - y / WH[1], "confidence": c}
                for name, (x, y, c) in zip(APPLE, row, strict=True)
            }
        }
        for row in rows
    ]


GOLDEN: dict[str, list[Golden]] = {
    "mediapipe": [
        Golden(mediapipe, "mediapipe33", 33, mediapipe([]), divided=True),
        Golden(holistic, "mediapipe33", 33, holistic([]), divided=True),
    ],
    "ultralytics": [Golden(ultralytics, "coco17", 17, ultralytics([]))],
    "supervision": [Golden(supervision, "coco17", 17, supervision([]))],
    "rtmlib": [
        Golden(rtmlib, name, count, ([], []))
        for name, count in (
            ("coco17", 17), ("coco18", 18), ("coco25", 25), ("halpe26", 26), ("wholebody133", 133),
        )
    ],
    "mmpose": [
        Golden(mmpose, name, count, mmpose([]))
        for name, count in (("coco17", 17), ("halpe26", 26), ("wholebody133", 133))
    ],
    "openpose": [
        Golden(openpose, name, count, openpose([])) for name, count in (("body25", 25), ("coco18", 18))
    ],
    "alphapose": [
        Golden(alphapose, name, count, []) for name, count in (("coco17", 17), ("halpe26", 26))
    ],
    "movenet": [
        Golden(movenet, "coco17", 17, movenet([]), divided=True),
        Golden(multipose, "coco17", 17, multipose([]), divided=True),
    ],
    "transformers": [Golden(transformers, "coco17", 17, [])],
    "detectron2": [Golden(detectron2, "coco17", 17, detectron2([]))],
    "apple_vision": [Golden(apple_vision, "apple_vision", 19, [], divided=True)],
}  # fmt: skip
