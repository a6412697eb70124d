"""Agreement of detected and true repetitions, with the metrics of science.md 5."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .vectors import Array


class RepScores(NamedTuple):
    """Return F1, mean absolute errors of starts and ends in seconds, and matched (found, true)."""

    f1: float
    start_mae: float
    end_mae: float
    matched: list[tuple[int, int]]


def temporal_iou(found: Array, true: Array) -> Array:
    """Return intersection over union of found and true intervals, shape (F, T)."""
    common = np.minimum(found[:, None, 1], true[None, :, 1]) - np.maximum(
        found[:, None, 0], true[None, :, 0]
    )
    common = np.maximum(common, 0.0)
    joint = np.diff(found)[:, :1] + np.diff(true)[:, 0][None] - common
    return np.divide(common, joint, out=np.zeros_like(common), where=joint > 0)


def rep_scores(found: Array, true: Array, threshold: float = 0.5) -> RepScores:
    """Match (F, 2) and (T, 2) intervals one to one, in descending order of tIoU."""
    found, true = (np.asarray(x, dtype=np.float64).reshape(-1, 2) for x in (found, true))
    by_time = [np.lexsort((x[:, 1], x[:, 0])) for x in (found, true)]
    iou = temporal_iou(found[by_time[0]], true[by_time[1]])
    matched = []
    while iou.size and iou.max() >= threshold:
        t, f = np.unravel_index(np.argmax(iou.T), iou.T.shape)
        matched.append((int(by_time[0][f]), int(by_time[1][t])))
        iou[f, :] = iou[:, t] = -1.0
    total = len(found) + len(true)
    errors = np.array([found[f] - true[t] for f, t in matched]).reshape(-1, 2)
    mae = np.abs(errors).mean(axis=0) if matched else np.full(2, np.nan)
    return RepScores(
        f1=2 * len(matched) / total if total else 1.0,
        start_mae=float(mae[0]),
        end_mae=float(mae[1]),
        matched=sorted(matched, key=lambda pair: pair[1]),
    )
