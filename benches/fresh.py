"""Measurements that need a separate process: imports, memory, instructions.

Run as `python fresh.py import|memory|calls …`; prints one line of JSON. `rows_process` calls it.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

FRAMES, MEMORY_FRAMES = 2000, 1_000_000
KEYPOINTS = 33
IMPORTS = ("kneepose", "scipy.signal")


def status_bytes(name: str) -> int:
    """Return a memory size in bytes from /proc/self/status."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def import_times(what: str) -> dict[str, float]:
    """Return the seconds to import a module after NumPy; for kneepose also those of first calls."""
    import numpy as np

    start = perf_counter()
    importlib.import_module(what)
    found = {"import": perf_counter() - start}
    if what == "kneepose":
        import kneepose as kp

        xyz = np.random.default_rng(1).normal(size=(30, 26, 3))
        xy = 1000.0 * xyz[..., :2]
        steps: dict[str, Any] = {
            "kp.arrays.joint_angles": lambda: kp.arrays.joint_angles(
                xyz, skeleton="halpe26", up="y"
            ),
            "kp.Recording": lambda: kp.Recording(xy, skeleton="halpe26", fps=30.0),
            "kp.analyze": lambda: kp.analyze(kp.sample("squat"), "squat", side="left"),
        }
        for name, step in steps.items():
            start = perf_counter()
            step()
            found[name] = perf_counter() - start
    return found


def memory(how: str) -> dict[str, float]:
    """Return the peak memory beyond input and result, and the size of the input."""
    import numpy as np

    rng = np.random.default_rng(2)
    shape = (MEMORY_FRAMES, KEYPOINTS, 3)
    run = angles(how)
    run(rng.normal(size=(10, KEYPOINTS, 3)))
    points = rng.standard_normal(shape)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = status_bytes("VmRSS")
    result = run(points)
    extra = status_bytes("VmHWM") - before - result.nbytes
    return {"extra": extra, "input": points.nbytes, "result": result.nbytes}


def calls(count: str) -> dict[str, float]:
    """Make `count` calls, so that callgrind can count their instructions from outside."""
    import numpy as np

    points = np.random.default_rng(3).normal(size=(FRAMES, KEYPOINTS, 3))
    run = angles("kneepose")
    for _ in range(int(count)):
        run(points)
    return {"frames": FRAMES}


def angles(how: str) -> Any:
    """Compute the 14 three-point angles by kneepose, or by typical NumPy code."""
    triplets = json.loads(sys.argv[3])
    if how == "numpy":
        from benches.vectorized import plain_three_point

        return lambda points: plain_three_point(points, triplets)
    import kneepose as kp

    (keypoints,) = (r["keypoints"] for r in kp.tables.skeletons() if r["name"] == "mediapipe33")
    specs = [
        kp.AngleSpec(f"angle_{i}", tuple(keypoints[k] for k in row), "included", sided="midline")
        for i, row in enumerate(triplets)
    ]
    return lambda points: kp.arrays.joint_angles(
        points, skeleton="mediapipe33", names=specs, up="y"
    )


if __name__ == "__main__":
    WAYS = {"import": import_times, "memory": memory, "calls": calls}
    print(json.dumps(WAYS[sys.argv[1]](sys.argv[2])))
