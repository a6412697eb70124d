"""Rows 15 to 18 of the speed table: import, memory, accuracy, instructions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benches import exactness
from benches.fresh import IMPORTS, KEYPOINTS, MEMORY_FRAMES
from benches.race import ROUNDS
from benches.rows_angles import TRIPLETS
from benches.speed import Absent, Line, Probe, duration

ROOT = Path(__file__).parents[1]
IMPORT_S, IMPORT_SHARE = 5e-3, 0.03
EXTRA_SHARE, EXTRA_BYTES, NUMPY_SHARE = 0.01, 1e6, 1.80
ROOM_BYTES = 4e9
"""Free memory in bytes that the memory measurement needs."""
MORE_CALLS = 200
INSTRUCTIONS_A_FRAME = 600
VALGRIND_S = 900.0
KINDS = ((exactness.F64, 1e-12), (exactness.F32, 1e-4))


def fresh(*arguments: str, before: Sequence[str] = ()) -> dict[str, Any]:
    """Run `fresh.py` in a new interpreter with a fixed hash seed."""
    command = [*before, sys.executable, "-m", "benches.fresh", *arguments, json.dumps(TRIPLETS)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=VALGRIND_S,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command[:4])} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def imports() -> list[Line]:
    """Measure import times: the fastest of several rounds, each in a new interpreter."""
    best: dict[str, dict[str, float]] = {name: {} for name in IMPORTS}
    for _ in range(ROUNDS):
        for name, fastest in best.items():
            for step, seconds in fresh("import", name).items():
                fastest[step] = min(seconds, fastest.get(step, seconds))
    ours, scipys = (best[name]["import"] for name in IMPORTS)
    first = "; ".join(
        f"first {step}: {duration(seconds)}"
        for step, seconds in best["kneepose"].items()
        if step != "import"
    )
    what = "import kneepose after NumPy"
    return [
        Line(
            15,
            what,
            "",
            f"≤ {duration(IMPORT_S)}",
            duration(ours),
            ours <= IMPORT_S,
            note=first,
        ),
        Line(
            15,
            what,
            "import scipy.signal after NumPy",
            f"≤ {IMPORT_SHARE:.0%} of its time",
            f"{ours / scipys:.1%}",
            ours <= IMPORT_SHARE * scipys,
            f"{duration(ours)} : {duration(scipys)}",
        ),
    ]


def memory() -> list[Line]:
    """Measure the peak memory of two processes that compute the same angles: kneepose and NumPy."""
    if not Path("/proc/self/clear_refs").exists():
        raise Absent("needs /proc/self/clear_refs (Linux)")
    if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < ROOM_BYTES:
        raise Absent(f"needs {ROOM_BYTES / 1e9:g} GB of free memory")
    ours, theirs = (fresh("memory", how) for how in ("kneepose", "numpy"))
    share, numpys = (float(found["extra"] / found["input"]) for found in (ours, theirs))
    what = f"peak memory beyond input and result, T={MEMORY_FRAMES:,} × {KEYPOINTS} × 3, f64"
    allowed = EXTRA_SHARE * ours["input"] + EXTRA_BYTES
    return [
        Line(
            16,
            what,
            "",
            f"≤ {EXTRA_SHARE:.0%} of the input + {EXTRA_BYTES / 1e6:g} MB",
            f"{share:.1%} ({ours['extra'] / 1e6:.1f} MB)",
            ours["extra"] <= allowed,
        ),
        Line(
            16,
            f"{what}: what NumPy takes",
            "NumPy vectorised (np.cross, arctan2)",
            f"≥ {NUMPY_SHARE:.0%}",
            f"{numpys:.0%}",
            numpys >= NUMPY_SHARE,
        ),
    ]


def accuracy() -> list[Line]:
    """Measure the error against mpmath; check that equal frames give equal bits however passed."""
    lines = []
    for dtype, most in KINDS:
        for name, error in exactness.errors_deg(dtype).items():
            what = f"error of included angles, {name}, {dtype.__name__}"
            lines.append(
                Line(17, what, "mpmath, 50 digits", f"≤ {most:g}°", f"{error:.2g}°", error <= most)
            )
        for name, same in exactness.same_bits(dtype).items():
            found = "yes" if same else "NO"
            what = f"same bits: {name}, {dtype.__name__}"
            lines.append(Line(17, what, "", "all bits", found, same))
    reason = "not here: a Rust test of angle/evaluate.rs compares the two"
    lines.append(Line(17, "same bits: without AVX2", "", "all bits", reason, None))
    return lines


def instructions() -> list[Line]:
    """Count instructions per call: many calls minus one, which excludes start-up and first use."""
    if shutil.which("valgrind") is None:
        raise Absent("needs valgrind")
    counts = {}
    fresh("calls", "1")  # compiles what has changed
    with TemporaryDirectory() as folder:
        for count in (1, 1 + MORE_CALLS):
            file = Path(folder) / f"calls{count}"
            tool = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={file}")
            found = fresh("calls", str(count), before=tool)
            counts[count] = total(file)
    frames = int(found["frames"])
    each = (counts[1 + MORE_CALLS] - counts[1]) / (MORE_CALLS * frames)
    return [
        Line(
            18,
            f"instructions a frame, 14 angles, T={frames:,}, f64, the call from Python included",
            "",
            f"≤ {INSTRUCTIONS_A_FRAME}",
            f"{each:,.0f}",
            0 < each <= INSTRUCTIONS_A_FRAME,
        )
    ]


def total(file: Path) -> int:
    """Return the total number of instructions in a callgrind profile."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(("summary:", "totals:")):
            return int(line.split()[1])
    raise AssertionError(f"{file} has no totals")


PROBES = (
    Probe(15, "import", imports),
    Probe(16, "memory", memory),
    Probe(17, "accuracy", accuracy),
    Probe(18, "instructions", instructions),
)
