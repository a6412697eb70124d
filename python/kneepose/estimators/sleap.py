"""Adapter for SLEAP: `sleap_io.Labels`. Written for sleap-io 0.9.5, which is never imported."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, people_of

__all__ = ["ADAPTER"]


def _is_labels(results: Any) -> bool:
    return hasattr(results, "labeled_frames") and hasattr(results, "skeletons")


def _whole(results: Any) -> Whole | None:
    if not _is_labels(results):
        return None
    skeletons = list(results.skeletons)
    if len(skeletons) != 1:
        raise FormatError(f"the labels have {len(skeletons)} skeletons; needed one.")
    # The array is (frames, tracks, nodes, x/y/score); frames without labels are NaN.
    values = array_of(results.numpy(return_confidence=True), "numpy()", Frame(0, None))
    if values.ndim != 4 or values.shape[3] != 3:
        raise FormatError(
            f"the labels are of shape {values.shape}; needed (frames, tracks, nodes, x, y and score)."
        )
    tracked = len(list(results.tracks)) == values.shape[1]
    tracks: Any = list(range(values.shape[1])) if tracked else [None] * values.shape[1]
    # A manually placed point has no score and counts as certain.
    scores = np.where(np.isnan(values[..., 2]), 1.0, values[..., 2])
    people = people_of(
        values[..., :2], scores, tracks=tracks, single=tracked and values.shape[1] == 1
    )
    return Whole(people=people, names=tuple(str(name) for name in skeletons[0].node_names))


ADAPTER: Final = Adapter(
    name="sleap",
    version="0.9.5",
    needed="sleap_io.Labels of a whole recording",
    read=None,
    fits=_is_labels,
    whole=_whole,
)
