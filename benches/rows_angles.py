"""Rows 1 to 8 and 14 of the speed table: angles of keypoint arrays.

Rows 1 to 7 and 14 time the 14 three-point angles of 33 keypoints.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kneepose as kp
from benches import cardan, loops, others, vectorized
from benches.clips import MEDIAPIPE_TRIPLETS, SKELETON, keypoints_of, people, squats
from benches.numba_angles import numba_loops
from benches.race import Side
from benches.speed import Case

Floats = NDArray[np.floating[Any]]
Contenders = Callable[[Floats], list[Side]]
F64, F32 = np.float64, np.float32
F32_DEG = 1e-4
"""Tolerance between two float32 computations of an angle, degrees."""
F32_ARC_COSINE_DEG = 5e-3
"""Tolerance in float32 where one side uses an arc cosine near a straight knee, degrees."""
KEYPOINTS = keypoints_of("mediapipe33")
TRIPLETS = [tuple(KEYPOINTS.index(name) for name in row) for row in MEDIAPIPE_TRIPLETS]
SPECS = [
    kp.AngleSpec(f"angle_{i}", row, measure="included", sided="midline")
    for i, row in enumerate(MEDIAPIPE_TRIPLETS)
]
HIP = ("hip_flexion", "hip_adduction", "hip_internal_rotation")
CHUNKS = (512, 1024)
"""Frames per chunk: the fastest power of two from 64 to 4096, for float64 and float32."""


@lru_cache(maxsize=1)
def points(frames: int, dtype: Any) -> Floats:
    """Return random points, shape (T, 33, 3)."""
    return people(frames).astype(dtype)


def kernel14(xyz: Floats, **options: Any) -> Callable[[], Any]:
    """Return a call that computes the 14 angles by kneepose with a plan made once beforehand."""
    up = {"up": "y"} if xyz.shape[-1] == 3 else {}
    plan = kp.arrays.AnglePlan("mediapipe33", names=SPECS, **up)
    return partial(plan, xyz, **options)


def sides_of(frames: int, dtype: Any, contenders: Contenders) -> list[Side]:
    """Return the contenders and kneepose on the same points."""
    xyz = points(frames, dtype)
    return [*contenders(xyz), Side("kneepose", kernel14(xyz))]


def near(xyz: Floats, f32: float = F32_DEG) -> dict[str, float]:
    """Return the tolerance for the dtype of the points."""
    return {"tolerance": f32} if xyz.dtype == F32 else {}


def tutorial(xyz: Floats) -> list[Side]:
    run = partial(loops.three_point, loops.NumPyVectors, xyz, TRIPLETS)
    return [Side("NumPy frame by frame (tutorials)", run, **near(xyz, F32_ARC_COSINE_DEG))]


def vectorised(xyz: Floats) -> list[Side]:
    run = partial(vectorized.plain_three_point, xyz, TRIPLETS)
    return [Side("NumPy vectorised (np.cross, arctan2)", run, **near(xyz))]


def vectorised_and_tuned(xyz: Floats) -> list[Side]:
    tuned = partial(vectorized.three_point, xyz, TRIPLETS)
    return [
        *vectorised(xyz),
        Side("NumPy tuned", tuned, contender=False, **near(xyz)),
    ]


def hand_chunked(xyz: Floats) -> list[Side]:
    run = vectorized.in_place_three_point
    return [
        Side(f"NumPy in place, chunks of {chunk}", partial(run, xyz, TRIPLETS, chunk), **near(xyz))
        for chunk in CHUNKS
    ]


def numba_plain(xyz: Floats) -> list[Side]:
    plain, _ = numba_loops(xyz.dtype, TRIPLETS)
    return [Side("Numba fastmath, a plain loop with math.atan2", partial(plain, xyz), **near(xyz))]


def numba_best(xyz: Floats) -> list[Side]:
    _, blocked = numba_loops(xyz.dtype, TRIPLETS)
    name = "Numba fastmath, hand-blocked with its own arc tangent"
    return [Side(name, partial(blocked, xyz), **near(xyz))]


def pose2sim(xyz: Floats) -> list[Side]:
    run = others.by_pose2sim(TRIPLETS)
    return [Side(f"points_to_angles of {others.POSE2SIM}", partial(run, xyz), **near(xyz))]


def copy(xyz: Floats) -> list[Side]:
    """Return a side that only copies the input: a lower bound of the time.

    It computes no angles. To pass the comparison it returns those of kneepose, computed outside of
    the timed part.
    """
    target, angles = np.empty_like(xyz), kernel14(xyz)()

    def run() -> Floats:
        np.copyto(target, xyz)
        return angles

    return [Side("np.copyto(input)", run)]


def sports2d(frames: int) -> list[Side]:
    xy = np.ascontiguousarray(points(frames, F64)[..., :2])
    theirs = others.by_sports2d(TRIPLETS, KEYPOINTS)
    return [
        Side(
            f"compute_angles_for_person of {others.SPORTS2D}, frame by frame", partial(theirs, xy)
        ),
        Side("kneepose", kernel14(xy)),
    ]


def threads(frames: int, dtype: Any, count: int | None) -> list[Side]:
    """Return kneepose with `count` threads (None: the default) against one thread."""
    xyz = points(frames, dtype)
    more = {} if count is None else {"threads": count}
    return [
        Side("kneepose, one thread", kernel14(xyz, threads=1), tolerance=0.0),
        Side("kneepose", kernel14(xyz, **more)),
    ]


def hips(frames: int, contender: Callable[..., Floats], name: str) -> list[Side]:
    xyz = squats(frames)
    keypoints = keypoints_of(SKELETON)
    ours = partial(
        kp.arrays.joint_angles, xyz, skeleton=SKELETON, names=list(HIP), up="y", gates=False
    )
    return [
        Side(name, partial(contender, xyz, keypoints), tolerance=1e-7),
        Side("kneepose", ours),
    ]


def angle_case(
    row: int, frames: int, dtype: Any, contenders: Contenders, what: str = "14 angles", **limit: Any
) -> Case:
    """Return one case of the speed table on random points."""
    label = f"{what}, T={frames:,}, {'f64' if dtype is F64 else 'f32'}"
    return Case(row, label, partial(sides_of, frames, dtype, contenders), **limit)


BOTH = (F64, F32)
ANGLE_CASES = (
    angle_case(1, 1000, F64, tutorial, at_least=1000.0),
    angle_case(1, 1000, F32, tutorial, at_least=2000.0),
    *(
        angle_case(2, frames, dtype, vectorised, at_least=15.0)
        for frames in (1000, 100_000, 1_000_000)
        for dtype in BOTH
    ),
    angle_case(3, 100_000, F64, hand_chunked, at_least=4.0),
    angle_case(3, 100_000, F32, hand_chunked, at_least=5.0),
    angle_case(4, 1000, F64, pose2sim, at_least=15.0),
    angle_case(4, 100_000, F64, pose2sim, at_least=15.0),
    Case(4, "14 angles in 2-D, T=1,000, f64", partial(sports2d, 1000), at_least=600.0),
    *(
        angle_case(5, frames, dtype, contenders, at_least=least)
        for frames in (1000, 100_000)
        for dtype, plain_least in ((F64, 2.5), (F32, 5.0))
        for contenders, least in ((numba_plain, plain_least), (numba_best, 1.15))
    ),
    *(
        angle_case(6, frames, dtype, copy, at_most=1.5)
        for frames in (100_000, 1_000_000)
        for dtype in BOTH
    ),
    *(
        Case(7, f"14 angles, 2 threads, T=1,000,000, {name}", partial(threads, 1_000_000, dtype, 2))
        for dtype, name in ((F64, "f64"), (F32, "f32"))
    ),
    Case(7, "14 angles, default threads, T=10,000, f64", partial(threads, 10_000, F64, None)),
    *(
        Case(8, f"6 hip angles, T={frames:,}, f64", partial(hips, frames, of, name), at_least=least)
        for frames, of, name, least in (
            (1000, cardan.by_scipy, "NumPy and SciPy Rotation", 30.0),
            (1000, cardan.by_numpy, "NumPy, closed formulas", 15.0),
            (100_000, cardan.by_scipy, "NumPy and SciPy Rotation", 15.0),
        )
    ),
    angle_case(14, 1, F64, vectorised_and_tuned, at_least=20.0, within_s=1.5e-6),
    angle_case(14, 30, F64, vectorised_and_tuned, at_least=10.0),
    angle_case(14, 100, F64, vectorised_and_tuned, at_least=10.0),
)
