"""Recordings (keypoints of one person over time), skeletons, and repairs made by conditioning."""

from kneepose.recording.recording import Recording
from kneepose.recording.repairs import Repairs
from kneepose.recording.skeleton import Skeleton

__all__ = [
    "Recording",
    "Repairs",
    "Skeleton",
]
