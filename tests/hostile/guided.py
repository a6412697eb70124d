"""Coverage-guided fuzzing of the Python interface: files, arrays and words. Needs atheris.

``python -m tests.hostile.guided FOLDER -max_total_time=60`` runs libFuzzer, with its options,
starting from the inputs in the folder. It stops at the first input that is neither accepted nor
refused with a typed error and a message. tests/hostile/test_guided.py runs the inputs in the
repository.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

#: File extensions selected by the first byte of an input; the remaining bytes are the file.
ENDINGS = ("csv", "json", "trc", "mot", "npz", "tsv", "zip")
KINDS = (*ENDINGS, "array", "words")
DTYPES = ("f8", "f4", "f2", ">f8", "i4", "u1", "?", "c16", "O", "U3", "M8[s]")
INPUTS = Path(__file__).parent / "inputs"


def array_of(data: bytes) -> np.ndarray:
    """Return an array whose type, shape and values are derived from the bytes."""
    head = [*data[:4], 0, 0, 0, 0][:4]
    dtype = np.dtype(DTYPES[head[0] % len(DTYPES)])
    shape = [(0, 1, 3, 12)[size % 4] for size in head[1:2]] + [
        (17, 26, 5)[head[2] % 3],
        head[3] % 5,
    ]
    if dtype.kind in "OU":
        return np.full(shape, data[4:8].decode("latin-1"), dtype)
    need = int(np.prod(shape)) * dtype.itemsize
    body = (data[4:] or b"\0") * (need // max(len(data) - 4, 1) + 1)
    return np.frombuffer(body[:need], dtype).reshape(shape)


def tried(data: bytes) -> str:
    """Run one input and return its kind with the name of a typed error, or with `taken`."""
    import kneepose as kp
    from tests.support.quick_folder import quick_folder
    from tests.support.wild_input import must_speak

    kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
    rest = data[1:]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            if kind == "array":
                read(kp, array_of(rest))
            elif kind == "words":
                words = rest.decode("utf-8", "replace").split("|")
                kp.Skeleton(words[0], words[1:])
                side: Any = words[0]
                kp.analyze(kp.sample("squat")[:40], words[-1], side=side)
            else:
                with quick_folder() as folder:
                    path = folder / f"a.{kind}"
                    path.write_bytes(rest)
                    kp.read(path, **({"fps": 30} if kind == "json" else {}))
        except kp.KneeposeError as error:
            must_speak(error)
            return f"{kind} {type(error).__name__}"
    return f"{kind} taken"


def read(kp: Any, array: np.ndarray) -> None:
    """Use an array as recording with and without confidence, for angles and for a stream."""
    before = array.tobytes() if array.dtype.kind != "O" else b""
    for options in ({"skeleton": "coco17"}, {"skeleton": "halpe26", "up": "y"}):
        try:
            kp.analyze(kp.Recording(array, fps=30, **options), "squat", side="left")
        except kp.KneeposeError:
            continue
        finally:
            assert before == (array.tobytes() if array.dtype.kind != "O" else b""), "input changed"
    stream = kp.Stream("squat", side="left", skeleton="coco17")
    for number, frame in enumerate(array[:3]):
        stream.push(frame, number / 30)


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["kneepose"]):
        import kneepose.io.files
        import kneepose.io.formats  # noqa: F401

    def one(data: bytes) -> None:
        tried(data)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
