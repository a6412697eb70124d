"""`Body`: points and axes of one recording per frame (science.md 1.2 and 2.1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .vectors import UP_AXES, Array, cross, dot, norm, unit

PARALLEL_GATE = 0.2
"""Sine limit: an axis from two directions closer than asin(0.2) to parallel is refused."""
SIDE_VIEW_GATE = 0.15
"""Ratio of hip width to trunk length in an image, below which it counts as a side view."""
SIGMA = {"right": 1.0, "left": -1.0}
OTHER = {"right": "left", "left": "right"}


class Body:
    """Landmarks and directions for the angle formulas.

    `points` maps canonical landmark names to (T, D) arrays; D = 3 is a right-handed world with the
    stated `up`, D = 2 an image with y down. A missing landmark is NaN. x is anterior, y is up along
    the body, z is to the person's right, for both legs.
    """

    def __init__(
        self,
        points: Mapping[str, Array],
        *,
        up: str,
        pelvis_reference: str,
        heading: Array | float | None,
    ) -> None:
        if pelvis_reference not in ("up", "trunk"):
            raise ValueError(f"pelvis_reference is 'up' or 'trunk', not {pelvis_reference!r}")
        self.points = {name: np.asarray(p, dtype=np.float64) for name, p in points.items()}
        self.frames, self.dims = next(iter(self.points.values())).shape
        self.pelvis_reference = pelvis_reference
        self.heading = heading
        self.g = np.array([0.0, -1.0]) if self.dims == 2 else UP_AXES[up]

    def point(self, name: str) -> Array:
        """Landmark over time; all NaN if the skeleton lacks it."""
        absent = np.full((self.frames, self.dims), np.nan)
        return self.points.get(name, absent)

    def mid(self, landmark: str) -> Array:
        """Midpoint of the left and the right landmark."""
        return 0.5 * (self.point(f"left_{landmark}") + self.point(f"right_{landmark}"))

    def thigh_up(self, side: str) -> Array:
        """Unit vector of the thigh, from knee to hip (y_t in science.md)."""
        return unit(self.point(f"{side}_hip") - self.point(f"{side}_knee"))

    def shank_up(self, side: str) -> Array:
        """Unit vector of the shank, from ankle to knee (y_s in science.md)."""
        return unit(self.point(f"{side}_knee") - self.point(f"{side}_ankle"))

    def foot(self, side: str) -> Array:
        """Unit vector f of the foot, from heel to big toe."""
        return unit(self.point(f"{side}_big_toe") - self.point(f"{side}_heel"))

    def trunk_up(self) -> Array:
        """Unit vector t of the trunk, from mid-hip to mid-shoulder."""
        return unit(self.mid("shoulder") - self.mid("hip"))

    def hinge(self, side: str) -> Array:
        """Axis z_t = u(y_t × s) of a hinge knee, pointing right for both legs."""
        return unit(cross(self.thigh_up(side), -self.shank_up(side)))

    def pelvis_right(self) -> Array:
        """Pelvic axis z_p, from the left to the right hip center."""
        return unit(self.point("right_hip") - self.point("left_hip"))

    def pelvis_forward(self) -> Array:
        """Forward axis of the pelvis x_p = u(r × z_p), with r = up or trunk (3-D only).

        NaN where |r × z_p| < 0.2 |r|.
        """
        r = self.g if self.pelvis_reference == "up" else self.trunk_up()
        return gated_unit(cross(np.broadcast_to(r, (self.frames, 3)), self.pelvis_right()))

    def forward(self) -> Array:
        """Horizontal forward direction a_h.

        In 3-D it is the horizontal component of the fixed heading, else of x_p in the same frame.
        In 2-D it is image left or right, from the given ±1, else from the toes.
        """
        if self.dims == 3:
            if self.heading is None:
                return self.horizontal(self.pelvis_forward())
            fixed = np.broadcast_to(np.asarray(self.heading, dtype=np.float64), (self.frames, 3))
            return self.horizontal(unit(fixed))
        if self.heading is not None:
            way = np.full(self.frames, float(np.sign(np.asarray(self.heading, dtype=np.float64))))
        else:
            reach = np.stack(
                [
                    self.point(f"{side}_big_toe")[:, 0] - self.point(f"{side}_heel")[:, 0]
                    for side in SIGMA
                ]
            )
            way = np.sign(np.nansum(reach, axis=0))
        return image_axis(way)

    def right(self) -> Array:
        """Horizontal direction r_h to the person's right.

        In 3-D it is a_h × g. In 2-D it follows from the order of the hips in the image, so that
        front, back and mirrored views need no flag; NaN in a side view. Without shoulders the view
        cannot be judged, and the side-view gate is skipped.
        """
        if self.dims == 3:
            return cross(self.forward(), np.broadcast_to(self.g, (self.frames, 3)))
        width = (self.point("right_hip") - self.point("left_hip"))[:, 0]
        trunk = norm(self.mid("shoulder") - self.mid("hip"))
        from_the_side = np.abs(width) < SIDE_VIEW_GATE * trunk
        return image_axis(np.where(from_the_side, np.nan, np.sign(width)))

    def horizontal(self, v: Array) -> Array:
        """Unit horizontal component of unit rows; NaN for nearly vertical rows."""
        return gated_unit(v - dot(v, self.g)[..., None] * self.g)


def gated_unit(v: Array) -> Array:
    """`unit`, but with NaN for rows shorter than `PARALLEL_GATE`."""
    return np.where((norm(v) >= PARALLEL_GATE)[..., None], unit(v), np.nan)


def image_axis(way: Array) -> Array:
    """Direction (way, 0) per frame; NaN where `way` is 0 or NaN."""
    known = np.where(way == 0.0, np.nan, way)
    return np.stack([known, np.where(np.isnan(known), np.nan, 0.0)], axis=-1)
