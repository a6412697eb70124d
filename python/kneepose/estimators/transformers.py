"""Adapter for ViTPose of Hugging Face transformers: `post_process_pose_estimation`.

Written for transformers 5.23. Neither transformers nor torch is ever imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import COCO, Adapter, Frame, array_of, persons_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]

_KEYPOINTS: Final = 17


def _is_person(one: Any) -> bool:
    return isinstance(one, Mapping) and {"keypoints", "scores", "labels"} <= set(one)


def _is_result(result: Any) -> bool:
    return isinstance(result, list) and bool(result) and all(map(_is_person, result))


def _read(result: Any, frame: Frame) -> list[Person]:
    if isinstance(result, list) and len(result) == 1 and isinstance(result[0], list):
        result = result[0]  # the processor returns a list with one item per image
    if not isinstance(result, list | tuple):
        raise ADAPTER.refuse(result, frame)
    persons: list[Person] = []
    for one in result:
        if not _is_person(one):
            raise ADAPTER.refuse(one, frame)
        labels = array_of(one["labels"], "labels", frame).ravel()
        known = np.isin(labels, np.arange(_KEYPOINTS))
        if not known.all():
            raise FormatError(
                f"results[{frame.number}] has the label {labels[~known][0]:g}; needed those of the "
                f"{_KEYPOINTS} keypoints of COCO."
            )
        labels = labels.astype(np.intp)
        # With threshold=, only some keypoints are returned, identified by their labels.
        points, confidence = np.full((1, _KEYPOINTS, 2), np.nan), np.zeros((1, _KEYPOINTS))
        points[0, labels] = array_of(one["keypoints"], "keypoints", frame).reshape(-1, 2)
        confidence[0, labels] = array_of(one["scores"], "scores", frame).ravel()
        persons += persons_of(points, confidence, frame)
    return persons


ADAPTER: Final = Adapter(
    name="transformers",
    version="5.23",
    needed="the list of persons of one image of post_process_pose_estimation",
    read=_read,
    fits=_is_result,
    skeletons=COCO,
)
