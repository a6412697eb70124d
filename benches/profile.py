"""Instruction counts of the main calls by function: `python -m benches.profile` writes the page.

Each call runs under callgrind in its own process, once a few times and once more often. The
difference gives the instructions of one call, without imports and first use. Instruction counts
repeat from run to run; times do not. callgrind counts each byte of a long copy as an instruction,
so copies weigh more here than in time.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import kneepose as kp
from benches.clips import FPS, SKELETON, front_view, keypoints_of, squats

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evidence" / "profile.md"
FRAMES, FEW, MANY = 900, 2, 4
SHOWN, LEAST_SHARE = 6, 0.02
"""Maximum number of functions listed per call, and the minimum share of its instructions."""
LIVE_FRAMES = 2 * FRAMES

Call = Callable[[], object]


def image() -> kp.Recording:
    """Return front-view image keypoints, shape (900, 17, 2), as a recording."""
    keypoints = keypoints_of(SKELETON)
    places = [keypoints.index(name) for name in keypoints_of("coco17")]
    xy = np.ascontiguousarray(front_view(FRAMES)[:, places])
    return kp.Recording(xy, skeleton="coco17", fps=FPS)


def world() -> kp.Recording:
    """Return world-space keypoints, shape (900, 26, 3) in meters, as a recording."""
    return kp.Recording(squats(FRAMES), skeleton=SKELETON, fps=FPS, up="y")


def constructor(rec: kp.Recording) -> Call:
    """Return a call that constructs a `Recording` from the arrays of `rec`."""
    given = {"skeleton": rec.skeleton, "fps": rec.fps, "up": rec.up}
    return lambda: kp.Recording(rec.coordinates, **given)


def comparison() -> Call:
    """Return a call that compares both legs of the shipped single-leg squats."""
    sides = ("left", "right")
    pair = [
        kp.analyze(kp.sample(f"single_leg_squat_{side}"), "single_leg_squat", side=side)
        for side in sides
    ]
    return lambda: kp.compare(*pair)


def pushes() -> Call:
    """Return a call that pushes one frame of the shipped single-leg squats, in an endless loop."""
    rec = kp.sample("single_leg_squat_right")
    live = kp.Stream("single_leg_squat", side="right", skeleton=rec.skeleton, up="y")
    there = [np.ascontiguousarray(frame) for frame in rec.coordinates]
    frames, number, fps = cycle([*there, *reversed(there)]), count(1), rec.fps

    def push() -> None:
        for _ in range(LIVE_FRAMES):
            live.push(next(frames), next(number) / fps)

    return push


def analysis(rec: kp.Recording) -> Call:
    """Return a call that analyzes one side of a squat."""
    return lambda: kp.analyze(rec, "squat", side="left")


CALLS: dict[str, Callable[[], Call]] = {
    "`Recording`, 900 × 17 × 2": lambda: constructor(image()),
    "`Recording`, 900 × 26 × 3": lambda: constructor(world()),
    "`conditioned`, 900 × 17 × 2": lambda: image().conditioned,
    "`conditioned`, 900 × 26 × 3": lambda: world().conditioned,
    "`analyze`, 900 × 17 × 2": lambda: analysis(image()),
    "`analyze`, 900 × 26 × 3": lambda: analysis(world()),
    "`compare`, two legs": comparison,
    f"`Stream.push`, {LIVE_FRAMES} frames": pushes,
}


def own_instructions(file: Path) -> Counter[str]:
    """Return the instructions spent in each function itself by short name, from callgrind."""
    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    function, is_call = "", False
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line):
            names.setdefault(match[1], match[2] or "")
            function = function if line.startswith("c") else names[match[1]]
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            found[function] += 0 if is_call else int(line.split()[1])
            is_call = False
    return found


def profile(name: str, times: int) -> Counter[str]:
    """Return the instructions by function of `times` calls in a new interpreter."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "calls"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}", sys.executable]
        subprocess.run(
            [*command, "-m", "benches.profile", name, str(times)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            check=True,
        )
        return own_instructions(file)


def short(function: str) -> str:
    """Return a function name without crate and type parameters."""
    plain = re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", function))
    return plain.removeprefix("kneepose_core::").strip(":") or "?"


def row(name: str) -> str:
    """Return the table row of one call."""
    few, many = profile(name, FEW), profile(name, MANY)
    each = Counter({k: (many[k] - few[k]) / (MANY - FEW) for k in many})
    whole = sum(each.values())
    most = [(k, n) for k, n in each.most_common(SHOWN) if n >= LEAST_SHARE * whole]
    listed = ", ".join(f"`{short(k)}` {n / whole:.0%}" for k, n in most)
    return f"| {name} | {whole / 1e6:.2f} million | {listed} |"


def main() -> None:
    """Write the page, or, in a child process, make the calls of one row."""
    if len(sys.argv) > 1:
        call = CALLS[sys.argv[1]]()
        for _ in range(int(sys.argv[2])):
            call()
        return
    head = [
        "# Instructions by function",
        "",
        f"Written by `python -m benches.profile` on {datetime.date.today()}; do not edit.",
        "",
        *(__doc__ or "").split("\n\n", 1)[1].strip().splitlines(),
        "",
        "| call | instructions | functions with the most of their own |",
        "|---|--:|---|",
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(row, CALLS))
    PAGE.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
