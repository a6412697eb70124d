"""Tests that results are recognized by their attributes."""

from __future__ import annotations

import sys

import pytest

from tests.support.estimator_results import BIG, from_mp, from_yolo, mp_person, mp_tasks, yolo


def test_no_estimator_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("mediapipe", "ultralytics", "torch", "cv2"):
        monkeypatch.setitem(sys.modules, package, None)
    assert from_mp([mp_tasks(mp_person())]).n_frames == 1
    assert from_yolo([yolo(BIG)]).n_frames == 1
