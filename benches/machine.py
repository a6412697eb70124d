"""Description of the machine and the software that a benchmark ran on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
import scipy

import kneepose as kp

FEATURES = ("sse4_2", "avx2", "fma", "avx512f", "avx512vl", "asimd", "sve")
ENVIRONMENT = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
)
"""Environment variables that change how NumPy and SciPy compute; the page lists the set ones."""


def cpu() -> tuple[str, list[str]]:
    """Return the processor model, and the members of `FEATURES` that it supports."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine(), []
    rows = dict(
        [part.strip() for part in line.split(":", 1)] for line in text.splitlines() if ":" in line
    )
    flags = rows.get("flags", rows.get("Features", "")).split()
    model = rows.get("model name", platform.machine())
    numbers = [f"{key} {rows[key]}" for key in ("cpu family", "model") if key in rows]
    return ", ".join([model, *numbers]), [name for name in FEATURES if name in flags]


def description() -> list[str]:
    """Return lines of text on the processor and the library versions."""
    model, features = cpu()
    absent = [name for name in ("avx2", "avx512f") if name not in features]
    dispatch = np.show_config(mode="dicts").get("SIMD Extensions", {})
    simd = "; ".join(f"{key}: {' '.join(value) or 'none'}" for key, value in dispatch.items())
    lines = [
        f"CPU      {model}; {os.cpu_count()} cores; has {' '.join(features) or 'unknown'}"
        + (f"; lacks {' '.join(absent)}" if features and absent else ""),
        f"NumPy    {np.__version__}, SIMD dispatch: {simd or 'unknown'}; SciPy {scipy.__version__}",
        f"Python   {platform.python_version()}, kneepose {kp.__version__}, one thread each",
    ]
    lines += [f"set      {name}={os.environ[name]}" for name in ENVIRONMENT if name in os.environ]
    return lines
