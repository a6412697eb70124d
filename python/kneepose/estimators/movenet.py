"""Adapter for MoveNet: the output tensors of SinglePose and MultiPose.

SinglePose gives (1, 1, 17, 3), MultiPose (1, 6, 56), both with (y, x, score) normalized by the
square input. The frames must have been padded to a square (`tf.image.resize_with_pad`, as in its
documentation); the adapter removes the padding.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import CoordinateError, FormatError
from kneepose.estimators.adapter import COCO, Adapter, Frame, Whole, array_of, persons_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]

_KEYPOINTS: Final = 17
# Minimum score of a person, from MoveNet's documentation. MultiPose always returns six rows; empty
# ones have a score near 0.
_LEAST_SCORE: Final = 0.11


def _is_result(result: Any) -> bool:
    shape = tuple(getattr(result, "shape", ()))
    return shape in ((1, 1, _KEYPOINTS, 3), (1, 6, 56))


def _whole(results: Any) -> Whole | None:
    """Return frames of outputs stacked to shape (T, …); None if the object has no such outputs."""
    shape = tuple(getattr(results, "shape", ()))
    stacked = shape[1:] in ((1, 1, _KEYPOINTS, 3), (1, _KEYPOINTS, 3), (_KEYPOINTS, 3), (1, 6, 56))
    return Whole(list(results)) if stacked and not _is_result(results) else None


def _read(result: Any, frame: Frame) -> list[Person]:
    if isinstance(result, dict) and "output_0" in result:
        result = result["output_0"]
    values = array_of(result, "output_0", frame)
    boxes = None
    if values.shape[-2:] == (_KEYPOINTS, 3):
        rows = values.reshape(-1, _KEYPOINTS, 3)
        if len(rows) > 1:
            raise FormatError(
                f"results[{frame.number}] has shape {values.shape}; needed (1, 1, 17, 3) of one frame."
            )
    elif values.ndim >= 2 and values.shape[-1] == 56:
        flat = values.reshape(-1, 56)
        flat = flat[flat[:, 55] >= _LEAST_SCORE]
        rows = flat[:, :51].reshape(-1, _KEYPOINTS, 3)
        boxes = flat[:, [52, 51, 54, 53]]
    else:
        raise FormatError(
            f"results[{frame.number}] has shape {values.shape}; needed {ADAPTER.needed}."
        )
    if frame.size is None:
        raise CoordinateError("resolution_wh is not given; needed (width, height) of the frames.")
    # Convert coordinates normalized by the square to ones normalized by the image; the reader
    # scales these.
    size = np.array(frame.size, dtype=np.float64)
    side = size.max()
    border = (side - size) / 2

    def undone(xy: np.ndarray) -> np.ndarray:
        return np.asarray((xy * side - border) / size)

    if boxes is not None:
        boxes = undone(boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    return persons_of(
        undone(rows[..., [1, 0]]), rows[..., 2], frame, boxes=boxes, zero_is_missing=False
    )


ADAPTER: Final = Adapter(
    name="movenet",
    version="4",
    needed="the output of MoveNet, shape (1, 1, 17, 3) or (1, 6, 56)",
    read=_read,
    fits=_is_result,
    skeletons=COCO,
    whole=_whole,
    divided_by_size=True,
)
