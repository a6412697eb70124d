"""Random valid and invalid recordings, rows and options, and checks of error messages."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.random_bodies import ANY_BODY, EVERY_ANGLE, LANDMARKS, SIDES, bodies

SKELETONS = [
    "coco17",
    "halpe26",
    "mediapipe33",
    ANY_BODY,
    kp.Skeleton("one", ["left_knee"]),
    kp.Skeleton("leg", ["right_hip", "right_knee", "right_ankle"], min_confidence=0.0),
    kp.Skeleton("legs", [f"{s}_{j}" for s in SIDES for j in ("hip", "knee", "ankle")]),
    kp.Skeleton("unknown", ["a", "", "left_", "左膝", "x" * 300]),
]
POISON = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 5e-324, 1e-310, 9e6, 1.0, 1e16]
DTYPES = ["f8", "f4", "f2", ">f8", ">f4", "i4", "u1", "i8", "?", "c16", "O", "U5", "M8[s]", "f16"]
COMMON_DTYPES = ["f8"] * 8 + ["f4"] * 3
RATES = [30, 30.0, 29.97, 60, 10, 9.5, 9.4, 2000, 2001, 0, -1, np.nan, np.inf, 1e-300, None]


def person(rng: np.random.Generator, skeleton: kp.Skeleton, n: int) -> np.ndarray:
    """Return random squats in meters, y up, (n, K, 3); unknown keypoints are random."""
    out = rng.uniform(-0.3, 1.6, (n, len(skeleton.keypoints), 3))
    base = bodies(rng, 1, "y", spread=0.01)[0]
    depth = 0.25 * (1 - np.cos(np.arange(n) * rng.uniform(0.05, 0.3)))
    for name, k in skeleton.landmarks.items():
        if name in LANDMARKS:
            out[:, k] = base[LANDMARKS.index(name)] + rng.normal(0, 0.003, (n, 3))
            if name.endswith(("hip", "shoulder")):
                out[:, k, 1] -= depth
            elif name.endswith("knee"):
                out[:, k, 1] -= depth / 2
                out[:, k, 0] += depth
    return out


def must_speak(error: kp.errors.KneeposeError) -> None:
    """Fail on an error without a message, and on a Rust panic."""
    if len(str(error)) < 10 or "internal error" in str(error):
        pytest.fail(f"{type(error).__name__}: {str(error)!r}")


def read_or_reason(path: Path) -> kp.Recording | None:
    """Return the recording, or None if an error gives a reason; fail if either takes more than a
    second.
    """
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        try:
            return kp.read(path)
        except kp.KneeposeError as error:
            # Arrays of other programs may need an argument, which the error names.
            needs_argument = isinstance(error, kp.errors.SkeletonError) and "pass " in str(error)
            assert isinstance(error, kp.errors.FormatError) or needs_argument  # noqa: PT017
            must_speak(error)
            return None
        finally:
            assert time.process_time() - start < 1.0


def poisoned(rng: np.random.Generator, array: np.ndarray, poison: list[float]) -> np.ndarray:
    share = rng.choice([0.0, 0.0, 0.02, 0.3, 1.0], p=[0.3, 0.2, 0.3, 0.15, 0.05])
    where = rng.uniform(size=array.shape) < share
    array = np.where(where, rng.choice(poison, array.shape), array)
    if array.ndim > 1 and rng.uniform() < 0.2:
        array[int(rng.integers(max(len(array), 1))) :] = rng.choice(poison)
    return array


def cast(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    dtype = str(rng.choice(COMMON_DTYPES if rng.uniform() < 0.85 else DTYPES))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = np.nan_to_num(array).astype(dtype) if dtype == "M8[s]" else array.astype(dtype)
    layout = rng.integers(5)
    if layout == 1:
        return np.asfortranarray(array)
    if layout == 2 and array.ndim:
        return array[::-1].copy()[::-1]
    return array


MEASURES = sorted({row["measure"] for row in kp.tables.angles()} | {"included", "bendd"})
POINTS = [
    *("hip", "knee", "ankle", "other_hip", "mid_hip", "mid_shoulder", "second_toe", "left_hip"),
    *("nose", "heel", "big_toe", "mid_", "other_", "", "hipp", "左膝"),
]


def row_of_ones_own(rng: np.random.Generator) -> kp.AngleSpec:
    gates = [None, (30.0, 45.0), (np.nan, np.nan), (np.inf, -np.inf)]
    sided: Any = str(rng.choice(["leg", "leg", "midline", "stance", "stance_or_right"]))
    plane: Any = str(rng.choice(["sagittal", "frontal", "spatial"]))
    return kp.AngleSpec(
        f"mine_{rng.integers(3)}",
        tuple(POINTS[i] for i in rng.integers(0, len(POINTS), rng.choice([2, 3, 3, 4, 5, 0]))),
        measure=str(rng.choice(MEASURES)),
        sided=sided,
        sign=float(rng.choice([1.0, -1.0, 0.0, np.nan])),
        mirrored=bool(rng.integers(2)),
        plane=plane,
        gate=gates[int(rng.integers(len(gates)))],
    )


def options_for(rng: np.random.Generator) -> dict[str, Any]:
    """Return random valid and invalid options of `joint_angles`."""
    options: dict[str, Any] = {}
    if rng.uniform() < 0.7:
        pool = [*EVERY_ANGLE, *EVERY_ANGLE, "knee", "", "\x00", "кнее", 5, None]
        sides = ["left", "right", None, "up"]
        names: list[Any] = [pool[i] for i in rng.integers(0, len(pool) - 6, rng.integers(0, 8))]
        if rng.uniform() < 0.1:
            names.append(pool[-int(rng.integers(1, 7))])
        if rng.uniform() < 0.3:
            names.append(row_of_ones_own(rng))
        if rng.uniform() < 0.5:
            names = [
                (name, sides[int(rng.integers(2 + 2 * (rng.uniform() < 0.1)))]) for name in names
            ]
        options["names"] = names
    if rng.uniform() < 0.5:
        options["stance_side"] = [None, "left", "right", "both"][
            int(rng.choice(4, p=[0.2, 0.4, 0.35, 0.05]))
        ]
    if rng.uniform() < 0.5:
        options["pelvis_reference"] = ["up", "trunk", "down"][
            int(rng.choice(3, p=[0.4, 0.55, 0.05]))
        ]
    if rng.uniform() < 0.3:
        options["heading"] = [float(v) for v in poisoned(rng, rng.normal(size=3), POISON)]
    if rng.uniform() < 0.2:
        options["gates"] = False
    return options
