"""Adapter for Detectron2: the output of a predictor with keypoints. Detectron2 is never imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kneepose.estimators.adapter import COCO, Adapter, Frame, array_of, persons_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _instances(result: Any) -> Any:
    return result.get("instances") if isinstance(result, Mapping) else result


def _is_result(result: Any) -> bool:
    return hasattr(_instances(result), "pred_keypoints")


def _read(result: Any, frame: Frame) -> list[Person]:
    if not _is_result(result):
        raise ADAPTER.refuse(result, frame)
    instances = _instances(result)
    values = array_of(instances.pred_keypoints, "pred_keypoints", frame)
    if not values.size:
        return []
    boxes = getattr(getattr(instances, "pred_boxes", None), "tensor", None)
    corners = None if boxes is None else array_of(boxes, "pred_boxes", frame)
    return persons_of(values[..., :2], values[..., 2], frame, boxes=corners)


def _size(result: Any) -> tuple[int, int] | None:
    shape = getattr(_instances(result), "image_size", None)
    return None if shape is None else (int(shape[1]), int(shape[0]))


ADAPTER: Final = Adapter(
    name="detectron2",
    version="0.6",
    needed="the output of a Detectron2 predictor with pred_keypoints",
    read=_read,
    fits=_is_result,
    skeletons=COCO,
    size=_size,
)
