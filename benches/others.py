"""Angle functions of Pose2Sim and Sports2D (both BSD-3), loaded from their wheels for benchmarks.

pip fetches the wheels, pinned by version and hash, into a cache outside the repository. Only the
needed functions are compiled from the source files, because importing the packages would need
OpenCV, a window system and a pose estimator. No code of them is stored in this repository.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benches.speed import Absent

Floats = NDArray[np.floating[Any]]
POSE2SIM = "pose2sim==0.10.49"
SPORTS2D = "sports2d==0.8.34"
SHA256 = {
    POSE2SIM: "403e0dc4065898ba6a595e72a8970950310979253d60e24c2e00b16b36bf21e1",
    SPORTS2D: "733b6db70742636ae9c35d870c22bd416582f579abd5881bee93a14bb0e2655d",
}
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kneepose-bench"
PIP_S = 300.0


def wheel(requirement: str) -> Path:
    """Return the wheel file of a pinned requirement; it is downloaded once."""
    name, version = requirement.split("==")
    path = CACHE / f"{name}-{version}-py3-none-any.whl"
    if path.is_file():
        return path
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "pinned.txt"
        pinned.write_text(f"{requirement} --hash=sha256:{SHA256[requirement]}\n", encoding="utf-8")
        call = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes")
        where = ("--only-binary=:all:", "--dest", str(CACHE), "--requirement", str(pinned))
        try:
            done = subprocess.run([*call, *where], capture_output=True, timeout=PIP_S, check=False)
        except subprocess.TimeoutExpired:
            raise Absent(f"pip did not fetch {requirement} within {PIP_S:g} s") from None
    if done.returncode != 0 or not path.is_file():
        raise Absent(f"pip could not fetch {requirement} (offline?)")
    return path


def functions(requirement: str, file: str, names: Sequence[str], **known: Any) -> dict[str, Any]:
    """Compile the named functions of one file in a namespace with each other and with `known`."""
    with zipfile.ZipFile(wheel(requirement)) as archive:
        tree = ast.parse(archive.read(file), file)
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    if {node.name for node in found} != set(names):
        raise Absent(f"{requirement}: {file} does not have all of {', '.join(names)}")
    space: dict[str, Any] = {"np": np, **known}
    exec(compile(ast.Module(body=list(found), type_ignores=[]), file, "exec"), space)
    return space


@cache
def pose2sim() -> dict[str, Any]:
    """Return `points_to_angles` of Pose2Sim and `fixed_angles`, which calls it."""
    names = ("points_to_angles", "fixed_angles")
    return functions(POSE2SIM, "Pose2Sim/common.py", names, angle_dict={})


def by_pose2sim(triplets: Sequence[tuple[int, int, int]]) -> Callable[[Floats], Floats]:
    """Return a function from (T, K, 3) to (T, n): each angle for all frames, as in Pose2Sim."""
    points_to_angles = pose2sim()["points_to_angles"]

    def angles(points: Floats) -> Floats:
        columns = [points_to_angles([points[:, k] for k in row]) for row in triplets]
        return np.stack(columns, axis=-1)

    return angles


def by_sports2d(
    triplets: Sequence[tuple[int, int, int]], keypoints: Sequence[str]
) -> Callable[[Floats], Floats]:
    """Return a function from (T, K, 2) to (T, n): one call per frame and person, as Sports2D does.

    The sign that Sports2D gives an angle is dropped.
    """
    rows = {
        f"angle_{i}": [[keypoints[k] for k in row], "flexion", 0, 1]
        for i, row in enumerate(triplets)
    }
    common = pose2sim()
    common["angle_dict"].update(rows)
    space = functions(
        SPORTS2D,
        "Sports2D/process.py",
        ("compute_angle", "compute_angles_for_person"),
        fixed_angles=common["fixed_angles"],
    )
    of_a_frame = space["compute_angles_for_person"]
    names, ids = list(keypoints), list(range(len(keypoints)))

    def angles(points: Floats) -> Floats:
        frames = [
            of_a_frame(frame[:, 0], frame[:, 1], "none", False, ids, names, list(rows), rows)[1]
            for frame in points
        ]
        return np.abs(frames)

    return angles
