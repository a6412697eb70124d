"""A simulated person for the guided test: stands on both feet, then does single-leg squats.

The standing person is measured, the single-leg squats are simulated; a pinhole camera sees both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kneepose as kp
from tests.support.cameras import Camera, floor_below

WH = (540, 960)


class Person:
    """An estimator that returns the keypoints of the person in the current step of a session.

    Attributes
    ----------
    session
        The session; assigned after creation.
    """

    def __init__(self, stands_s: float = 2.0, **camera: Any) -> None:
        self._stands_s = stands_s
        usual: dict[str, Any] = {"size_wh": WH, "focal_px": 750.0}
        self._camera = Camera(**usual | camera)
        self._seen = {
            name: self._film(name)
            for name in ("squat", "single_leg_squat_left", "single_leg_squat_right")
        }
        self.session: Any = None
        self._begun: float | None = None

    def _film(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        rec = kp.sample(name)
        aim = floor_below(rec.coordinates, "left_ankle", "right_ankle")
        return self._camera.see(rec.coordinates, aim), rec.times - rec.times[0]

    def __call__(self, image: np.ndarray, t: float) -> list[kp.estimators.Person]:
        name, at = "squat", 0.0
        if self.session is not None and self.session._streams:
            self._begun = t if self._begun is None else self._begun
            name, at = (
                f"single_leg_squat_{self.session.sides[0]}",
                max(0.0, t - self._begun - self._stands_s),
            )
        else:
            self._begun = None
        points, times = self._seen[name]
        found = points[min(int(np.searchsorted(times, at)), len(times) - 1)]
        noise = np.random.default_rng(round(1000 * t)).normal(0, 0.15, found.shape)
        return [kp.estimators.Person(found + noise, np.ones(len(found)))]
