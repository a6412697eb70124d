"""Race of angle computations on keypoint arrays: a loop over frames, vectorized NumPy, kneepose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from benches import loops, vectorized
from benches.clips import MEDIAPIPE_TRIPLETS, SKELETON, front_view, keypoints_of, people, squats
from benches.race import Side
from tests import reference

Race = Callable[..., None]
F32_DEG = 1e-4
"""Tolerance between two float32 computations of an angle, degrees."""
F32_ARC_COSINE_DEG = 5e-3
"""Tolerance in float32 where one side uses an arc cosine near a straight knee, degrees."""
LOOP_FRAMES = 1000
PART_FRAMES = 200
NUMPY_LOOP = "loop over frames and angles, NumPy vectors (as in tutorials)"
MATH_LOOP = "loop over frames and angles, tuples and the math module"
TWIN = "NumPy, readable: one function an angle (tests/reference)"
SHARED = "NumPy, tuned: shared directions, contiguous components"
CHUNKED = "NumPy, tuned, in chunks that fit the cache"


def part_for_loops(points: Any) -> tuple[Any, float]:
    """Return the frames for the loops, and their share of all frames."""
    frames = len(points)
    if frames <= LOOP_FRAMES:
        return points, 1.0
    return points[:PART_FRAMES], PART_FRAMES / frames


def tolerances(dtype: Any) -> dict[str, dict[str, float]]:
    """Return the tolerances for loops with an arc cosine, and for the others."""
    if dtype is np.float64:
        return {"loop": {}, "numpy": {}}
    return {"loop": {"tolerance": F32_ARC_COSINE_DEG}, "numpy": {"tolerance": F32_DEG}}


def twin_lower_body(xyz: Any, keypoints: tuple[str, ...]) -> np.ndarray:
    """Compute 17 lower-body angles with the NumPy reference, one call per angle: shape (T, 17)."""
    points = {name: xyz[:, k] for k, name in enumerate(keypoints)}
    columns = [
        reference.joint_angle(points, angle.__name__, side, up="y")
        for angle in loops.OF_A_LEG
        for side in ("left", "right")
    ]
    columns += [
        reference.joint_angle(points, angle.__name__, None, up="y")
        for angle in loops.OF_THE_MIDLINE
    ]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("frames", [1, 100, 1000, 100_000])
def test_lower_body_angles(race: Race, frames: int, dtype: Any) -> None:
    xyz = squats(frames).astype(dtype)
    keypoints = keypoints_of(SKELETON)
    few, share = part_for_loops(xyz)
    near = tolerances(dtype)
    tuned = partial(vectorized.lower_body, keypoints=keypoints)
    sides = [
        Side(name, partial(loops.lower_body, how, few, keypoints), share, **near["loop"])
        for name, how in ((NUMPY_LOOP, loops.NumPyVectors), (MATH_LOOP, loops.TupleVectors))
    ]
    if dtype is np.float64:
        sides.append(Side(TWIN, partial(twin_lower_body, xyz, keypoints)))
    sides.append(Side(SHARED, partial(tuned, xyz), **near["numpy"]))
    if frames > vectorized.CHUNK_FRAMES:
        sides.append(Side(CHUNKED, partial(vectorized.chunked, tuned, xyz, 17), **near["numpy"]))
    ours = partial(kp.arrays.joint_angles, xyz, skeleton=SKELETON, up="y")
    race(
        f"17 lower-body angles, {SKELETON} in 3-D, T={frames:,}, {np.dtype(dtype).name}",
        *sides,
        Side("kneepose", ours),
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("frames", [1, 1000, 100_000])
def test_three_point_angles(race: Race, frames: int, dtype: Any) -> None:
    xyz = people(frames).astype(dtype)
    keypoints = keypoints_of("mediapipe33")
    triplets = [tuple(keypoints.index(name) for name in row) for row in MEDIAPIPE_TRIPLETS]
    few, share = part_for_loops(xyz)
    near = tolerances(dtype)
    names = [
        kp.AngleSpec(f"angle_{i}", row, measure="included", sided="midline")
        for i, row in enumerate(MEDIAPIPE_TRIPLETS)
    ]
    tuned = partial(vectorized.three_point, triplets=triplets)
    plain = partial(vectorized.plain_three_point, xyz, triplets)
    sides = [
        Side(name, partial(loops.three_point, how, few, triplets), share, **near["loop"])
        for name, how in ((NUMPY_LOOP, loops.NumPyVectors), (MATH_LOOP, loops.TupleVectors))
    ]
    sides.append(Side("NumPy as most write it: np.cross, norm, arctan2", plain, **near["numpy"]))
    sides.append(Side(SHARED, partial(tuned, xyz), **near["numpy"]))
    if frames > vectorized.CHUNK_FRAMES:
        chunks = partial(vectorized.chunked, tuned, xyz, len(triplets))
        sides.append(Side(CHUNKED, chunks, **near["numpy"]))
    ours = partial(kp.arrays.joint_angles, xyz, skeleton="mediapipe33", names=names, up="y")
    race(
        f"14 three-point angles, 33 keypoints in 3-D, T={frames:,}, {np.dtype(dtype).name}",
        *sides,
        Side("kneepose", ours),
    )


def test_three_point_angles_of_gathered_points(race: Race) -> None:
    xyz = people(LOOP_FRAMES)
    keypoints = keypoints_of("mediapipe33")
    triplets = [tuple(keypoints.index(name) for name in row) for row in MEDIAPIPE_TRIPLETS]
    first, middle, last = np.array(triplets).T

    def ours() -> Any:
        return kp.arrays.angle(xyz[:, first], xyz[:, middle], xyz[:, last])

    race(
        f"14 three-point angles by arrays.angle, gathering included, T={LOOP_FRAMES:,}, float64",
        Side(NUMPY_LOOP, partial(loops.three_point, loops.NumPyVectors, xyz, triplets)),
        Side(SHARED, partial(vectorized.three_point, xyz, triplets)),
        Side("kneepose", ours),
    )


def test_image_fppa(race: Race) -> None:
    xy = front_view(LOOP_FRAMES)
    keypoints = keypoints_of(SKELETON)
    legs = [
        (side, *(keypoints.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")))
        for side in ("left", "right")
    ]
    ours = partial(kp.arrays.joint_angles, xy, skeleton=SKELETON, names=["fppa"])
    race(
        f"fppa of both legs in an image, T={LOOP_FRAMES:,}, float64",
        Side("loop over frames and legs, two math.atan2", partial(loops.image_fppa, xy, legs)),
        Side(SHARED, partial(vectorized.image_fppa, xy, legs)),
        Side("kneepose", ours),
    )
