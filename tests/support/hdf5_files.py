"""HDF5 files of DeepLabCut and SLEAP as written by their own libraries, and their expected content.

The files in tests/data/hdf5 were written by ``python -m tests.support.hdf5_files`` with pandas
3.0.6, PyTables 3.11.1 and sleap-io 0.9.5. tests/estimators/test_installed.py writes them again
where these packages are installed.
"""

from __future__ import annotations

import importlib
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp

STORED = Path(__file__).parent.parent / "data" / "hdf5"
NAMES = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
FRAMES = 12
#: A frame without any individual, and a frame in which the left knee is missing.
NOBODY, HALF = 5, 3
#: Frames of the SLEAP file with manual labels.
PLACED = (4, 7)


def values(animals: int) -> np.ndarray:
    """Return x, y, likelihood, shape (T, animals, K, 3), NaN if missing; animals are far apart."""
    t, animal, part = np.ogrid[:FRAMES, :animals, : len(NAMES)]
    x = 100.25 + 300 * animal + 40 * (part % 2) + t
    y = 80.5 + 60 * (part // 2) + 0.5 * t
    table = np.stack(np.broadcast_arrays(x, y, 0.5 + 0.04 * t), axis=-1)
    table[NOBODY] = np.nan
    table[HALF, :, NAMES.index("left_knee")] = np.nan
    return table


def deeplabcut(path: Path, animals: int, layout: str) -> Path:
    """Write a file as DeepLabCut does: ``"table"`` for videos, ``"fixed"`` for labeled images."""
    pandas: Any = importlib.import_module("pandas")
    people = [["ann", "bob"]] if animals > 1 else []
    columns = pandas.MultiIndex.from_product(
        [["DLC_resnet50"], *people, NAMES, ["x", "y", "likelihood"]],
        names=["scorer", *(["individuals"] if people else []), "bodyparts", "coords"],
    )
    table = pandas.DataFrame(values(animals).reshape(FRAMES, -1), columns=columns)
    table.to_hdf(path, key="df_with_missing", format=layout, mode="w")
    return path


def labels(animals: int, tracked: bool, placed: tuple[int, ...] = ()) -> Any:
    """Return `sleap_io.Labels`; frames in `placed` are labeled manually, all others predicted."""
    sleap_io: Any = importlib.import_module("sleap_io")
    skeleton = sleap_io.Skeleton(list(NAMES))
    video = sleap_io.Video(filename="clip.mp4", open_backend=False)
    tracks = [sleap_io.Track(name) for name in "ab"[:animals]]
    frames = []
    for n, persons in enumerate(values(animals)):
        if n == NOBODY:
            continue
        made = []
        for person, track in zip(persons, tracks, strict=True):
            options = {"skeleton": skeleton, "track": track if tracked else None}
            predicted = sleap_io.PredictedInstance.from_numpy(
                person[:, :2], point_scores=person[:, 2], score=0.9, **options
            )
            if n in placed:
                moved = person[:, :2] + 1.0
                made.append(
                    sleap_io.Instance.from_numpy(moved, from_predicted=predicted, **options)
                )
            made.append(predicted)
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=n, instances=made))
    return sleap_io.Labels(frames)


def sleap(path: Path, animals: int, placed: tuple[int, ...] = ()) -> Path:
    labels(animals, animals > 1, placed).save(str(path))
    return path


def analysis(path: Path, animals: int, preset: str) -> Path:
    sleap_io: Any = importlib.import_module("sleap_io")
    sleap_io.save_analysis_h5(labels(animals, animals > 1), str(path), preset=preset)
    return path


def expected(kind: str, animals: int, person: int = 0) -> np.ndarray:
    """Return x, y, confidence of one animal, shape (T, K, 3), as `kneepose.read` must."""
    table = values(animals)[:, person]
    if kind == "placed":
        table[list(PLACED), :, :2] += 1.0
        table[list(PLACED), :, 2] = 1.0
    table[..., 2] = np.nan_to_num(table[..., 2])
    return table


#: Stored file → function that writes it, kind, and number of animals.
FILES: dict[str, tuple[Any, str, int]] = {
    "deeplabcut_table.h5": (lambda p: deeplabcut(p, 1, "table"), "", 1),
    "deeplabcut_fixed.h5": (lambda p: deeplabcut(p, 1, "fixed"), "", 1),
    "deeplabcut_two_table.h5": (lambda p: deeplabcut(p, 2, "table"), "", 2),
    "deeplabcut_two_fixed.h5": (lambda p: deeplabcut(p, 2, "fixed"), "", 2),
    "sleap.slp": (lambda p: sleap(p, 1), "", 1),
    "sleap_two.slp": (lambda p: sleap(p, 2), "", 2),
    "sleap_placed.slp": (lambda p: sleap(p, 2, PLACED), "placed", 2),
    "sleap_analysis.h5": (lambda p: analysis(p, 1, "matlab"), "", 1),
    "sleap_two_analysis.h5": (lambda p: analysis(p, 2, "matlab"), "", 2),
    "sleap_two_standard.h5": (lambda p: analysis(p, 2, "standard"), "", 2),
}


def check(path: Path, kind: str, animals: int) -> None:
    """Check that each animal in a file is read as it was written."""
    for person in range(animals) if animals > 1 else ["main"]:
        rec = kp.read(path, fps=30, person=person)
        want = expected(kind, animals, int(person) if animals > 1 else 0)
        np.testing.assert_array_equal(rec.coordinates, want[..., :2])
        np.testing.assert_allclose(rec.confidence, want[..., 2], atol=1e-7)
        assert rec.estimator == path.name.partition("_")[0].removesuffix(".slp")
        assert (rec.skeleton.keypoints, set(rec.skeleton.landmarks)) == (NAMES, set(NAMES))


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(STORED / f"{name}.zip") as archive:
        return Path(archive.extract(name, folder))


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else STORED)
    target.mkdir(parents=True, exist_ok=True)
    for name, (write, _, _) in FILES.items():
        path = write(target / name)
        with zipfile.ZipFile(target / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, name)
        path.unlink()
