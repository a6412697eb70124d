"""Results of the estimators' own classes are read like the stand-ins of the other tests.

`make test` installs no estimator, so these are skipped there; the weekly workflow has an environment for
each. No model runs: the classes are filled with the numbers of the stand-ins.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.estimator_results import (
    BIG,
    SMALL,
    WH,
    from_mp,
    from_yolo,
    mp_legacy,
    mp_person,
    mp_tasks,
    mp_world,
    yolo,
)

# What an estimator warns about on import is its own affair.
pytestmark = pytest.mark.filterwarnings("default")


def installed(module: str) -> Any:
    reason = f"{module} is not installed here; .github/workflows/full.yml has an environment for it"
    return pytest.importorskip(module, reason=reason, exc_type=ImportError)


def fields(landmark: SimpleNamespace) -> dict[str, float]:
    return {name: getattr(landmark, name) for name in ("x", "y", "z", "visibility")}


def live_state(result: Any, estimator: Any) -> dict[str, Any]:
    """State after one frame."""
    live = kp.Stream("squat", side="left", estimator=estimator, resolution_wh=WH, view="front")
    return live.push(result, 0.0).to_dict()


def test_mediapipe_tasks() -> None:
    vision = installed("mediapipe.tasks.python.vision")
    containers = installed("mediapipe.tasks.python.components.containers.landmark")
    people, worlds = [mp_person(), mp_person(0.3)], [mp_world(), mp_world()]
    real = vision.PoseLandmarkerResult(
        pose_landmarks=[
            [containers.NormalizedLandmark(**fields(p)) for p in one] for one in people
        ],
        pose_world_landmarks=[[containers.Landmark(**fields(p)) for p in one] for one in worlds],
    )
    like = mp_tasks(*people, world=worlds)
    for options in ({}, {"space": "world"}, {"person": 1}):
        assert from_mp([real, real], **options) == from_mp([like, like], **options)
    assert live_state(real, "mediapipe") == live_state(like, "mediapipe")


def test_mediapipe_solutions() -> None:
    """The legacy API, whose last release is 0.10.21."""
    formats = installed("mediapipe.framework.formats.landmark_pb2")
    real = SimpleNamespace(
        pose_landmarks=formats.NormalizedLandmarkList(
            landmark=[formats.NormalizedLandmark(**fields(p)) for p in mp_person()]
        ),
        pose_world_landmarks=formats.LandmarkList(
            landmark=[formats.Landmark(**fields(p)) for p in mp_world()]
        ),
    )
    like = mp_legacy(mp_person(), mp_world())
    for options in ({}, {"space": "world"}):
        found, want = (from_mp([one, one], **options) for one in (real, like))
        # Its messages hold single precision.
        np.testing.assert_allclose(found.coordinates, want.coordinates, rtol=1e-6)
        np.testing.assert_allclose(found.confidence, want.confidence, rtol=1e-6)
    assert live_state(real, "mediapipe")["rep_count"] == 0


@pytest.mark.parametrize("ids", [None, [7, 3]], ids=["detected", "tracked"])
def test_ultralytics(ids: list[int] | None) -> None:
    results, torch = installed("ultralytics.engine.results"), installed("torch")
    people = np.array([BIG, SMALL], dtype=np.float32)
    like = yolo(*people, ids=ids)
    track = np.zeros((2, 0)) if ids is None else np.array(ids)[:, None]
    boxes = np.hstack([like.boxes.xyxy.values, track, [[0.9, 0.0], [0.8, 0.0]]])
    real = results.Results(
        orig_img=np.zeros((WH[1], WH[0], 3), dtype=np.uint8),
        path="",
        names={0: "person"},
        boxes=torch.tensor(boxes, dtype=torch.float32),
        keypoints=torch.tensor(people),
    )
    assert from_yolo([real, real]) == from_yolo([like, like])
    assert live_state(real, "ultralytics") == live_state(like, "ultralytics")
