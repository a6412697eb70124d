"""Time and memory of reading files, each in a process of its own: run as a script.

``python -m tests.support.file_reads PATH …`` prints one line a file: seconds of a processor, megabytes
above those of a process that reads nothing, and the outcome, which begins with WRONG for anything but a
result or an error of kneepose.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import kneepose as kp


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
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.process_time()
        said = outcome(path)
        seconds = time.process_time() - begin
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(sender, f"{seconds:.3f} {grown:.0f} {said}".encode(errors="replace")[:400])
        os._exit(0)
    os.close(sender)
    with open(receiver, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return text if status == 0 else f"9 9 WRONG end of the process with status {status}"


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
        print(measured(Path(name)).replace("\n", " "), flush=True)
