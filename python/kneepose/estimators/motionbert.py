"""Adapter for MotionBERT: ``X3D.npy``, all frames in the order of Human3.6M, without a unit."""

from __future__ import annotations

from typing import Any, Final

from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, people_of

__all__ = ["ADAPTER"]


def _whole(results: Any) -> Whole | None:
    if getattr(results, "ndim", None) != 3 or tuple(results.shape[1:]) != (17, 3):
        return None
    points = array_of(results, "X3D", Frame(0, None))
    return Whole(people=people_of(points[:, None], None, single=True))


ADAPTER: Final = Adapter(
    name="motionbert",
    version="2024",
    needed="X3D of MotionBERT, shape (frames, 17, 3)",
    read=None,
    fits=lambda result: False,  # a bare array does not identify its estimator
    skeletons={17: "h36m17"},
    whole=_whole,
    unit="m",
    up="-y",
    depth="estimated",
    notes={"assumed_level_camera": True, "hip_centered": True, "not_metric": True},
)
