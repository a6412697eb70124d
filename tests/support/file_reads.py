"""Time and memory of reading files, each in a separate process; run as a script, or call `reads`.

``python -m tests.support.file_reads keypoints PATH …`` prints one line per file: processor seconds,
megabytes above an idle process, and the outcome, which begins with WRONG unless it is a result or
an error of kneepose. ``clips`` takes clips and folders of images.
"""

from __future__ import annotations

import functools
import importlib
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import kneepose as kp
from tests.support.forked import forked


def frames(path: Path) -> None:
    with kp.Video(path, fps=30 if path.is_dir() else None) as video:
        for _ in video:
            pass


KINDS: dict[str, Callable[[Path], Any]] = {"keypoints": kp.read, "clips": frames}
#: Modules imported beforehand, because imports do not count as reading.
IMPORTS = {
    "keypoints": ("pyarrow.parquet", "xarray", "h5py", "h5netcdf", "kneepose.io"),
    "clips": ("av", "PIL.Image", "PIL.ImageOps", "kneepose.video"),
}


def reads(kind: str, paths: Iterable[Path]) -> list[tuple[float, float, str]]:
    """Return seconds, megabytes above an idle process, and outcome of reading each file."""
    names = [str(path) for path in paths]
    command = [sys.executable, "-m", "tests.support.file_reads", kind, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    told = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(told) == len(names), done.stderr
    return [(float(seconds), float(megabytes), said) for seconds, megabytes, said in told]


def outcome(read: Callable[[Path], Any], path: Path) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            read(path)
    except kp.KneeposeError as error:
        return f"{type(error).__name__}: {error}"
    except BaseException as error:
        return f"WRONG {type(error).__name__}: {error}"
    return "result"


def measured(read: Callable[[Path], Any], path: Path) -> str:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    said = outcome(read, path)
    seconds = time.process_time() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{seconds:.3f} {grown:.0f} {said}"


if __name__ == "__main__":
    for module in IMPORTS[sys.argv[1]]:
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)
    for name in sys.argv[2:]:
        said = forked(functools.partial(measured, KINDS[sys.argv[1]], Path(name)))
        line = f"9 9 {said}" if said.startswith("WRONG") else said
        print(line.replace("\n", " "), flush=True)
