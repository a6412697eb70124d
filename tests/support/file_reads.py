"""Time and memory of reading files, each in a process of its own: run as a script.

``python -m tests.support.file_reads PATH …`` prints one line a file: seconds of a processor, megabytes
above those of a process that reads nothing, and the outcome, which begins with WRONG for anything but a
result or an error of kneepose.
"""

from __future__ import annotations

import functools
import importlib
import resource
import sys
import time
import warnings
from pathlib import Path

import kneepose as kp
from tests.support.forked import forked


def outcome(path: Path) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            kp.read(path)
    except kp.KneeposeError as error:
        return f"{type(error).__name__}: {error}"
    except BaseException as error:
        return f"WRONG {type(error).__name__}: {error}"
    return "result"


def measured(path: Path) -> str:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    said = outcome(path)
    seconds = time.process_time() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{seconds:.3f} {grown:.0f} {said}"


if __name__ == "__main__":
    for module in (
        "pyarrow.parquet",
        "xarray",
        "h5py",
        "h5netcdf",
    ):  # imports are no part of reading
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)
    import kneepose.io

    for name in sys.argv[1:]:
        said = forked(functools.partial(measured, Path(name)))
        line = f"9 9 {said}" if said.startswith("WRONG") else said
        print(line.replace("\n", " "), flush=True)
