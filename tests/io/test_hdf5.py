"""Tests of HDF5 files of DeepLabCut and SLEAP from their own libraries, and of hostile content."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.hdf5_files import FILES, STORED, check, expected, unpacked

h5py: Any = pytest.importorskip("h5py")
FPS = 30
pytestmark = pytest.mark.filterwarnings("ignore:somebody else may have taken")


@pytest.mark.parametrize("name", FILES)
def test_files_of_their_own_libraries(tmp_path: Path, name: str) -> None:
    check(unpacked(name, tmp_path), *FILES[name][1:])


def test_the_options_of_read(tmp_path: Path) -> None:
    for name in ("deeplabcut_table.h5", "sleap.slp", "sleap_analysis.h5"):
        path = unpacked(name, tmp_path)
        with pytest.raises(kp.errors.TimeError, match="fps="):
            kp.read(path)
        rec = kp.read(path, fps=FPS, names={"left_hip": "left_knee", "right_ankle": "left_ankle"})
        assert set(rec.skeleton.landmarks) == {"left_knee", "left_ankle"}
        assert kp.read(STORED / f"{name}.zip", fps=FPS).n_frames == rec.n_frames == 12
        with pytest.raises(kp.errors.UnknownNameError, match="track id"):
            kp.read(path, fps=FPS, person=7)


def test_frame_numbers_keep_their_time(tmp_path: Path) -> None:
    path = unpacked("deeplabcut_table.h5", tmp_path)
    with h5py.File(path, "r+") as file:
        table = file["df_with_missing/table"]
        rows = table[()]
        rows["index"][6:] += 4
        table[()] = rows
    rec = kp.read(path, fps=FPS)
    want = expected("", 1)[..., :2]
    np.testing.assert_array_equal(rec.coordinates[:6], want[:6])
    assert np.isnan(rec.coordinates[6:10]).all()
    np.testing.assert_array_equal(rec.coordinates[10:], want[6:])


class Trap:
    def __reduce__(self) -> Any:
        return warnings.warn, ("a pickle was run",)


@pytest.mark.parametrize(
    "titles",
    [
        pickle.dumps([Trap()], 0),
        pickle.dumps([("a", "left_knee", Trap())]),
        b"cos\nsystem\n(S'exit 3'\ntR.",
        b"(lp0\n.",
        b"(lp99999999999\n.",
        b"",
        b"t.",
        b"(I1\nl" + b"2" * 5000 + b".",
    ],
)
def test_titles_are_never_run(tmp_path: Path, titles: bytes) -> None:
    path = unpacked("deeplabcut_table.h5", tmp_path)
    with h5py.File(path, "r+") as file:
        file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(titles)
    with pytest.raises(kp.errors.FormatError):
        kp.read(path, fps=FPS)


def test_other_hdf5_is_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["something"] = np.zeros(3)
    with pytest.raises(kp.errors.FormatError, match=r"\['something'\]; needed one of DeepLabCut"):
        kp.read(tmp_path / "a.h5", fps=FPS)
    for key, shape in (("tracks", (10**4, 2, 3, 10**7)), ("node_names", (10**9,))):
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file["node_names"], file["tracks"] = np.array([b"a"] * 3), np.zeros((1, 2, 3, 4))
            del file[key]
            file.create_dataset(key, shape, "f8" if key == "tracks" else "S3", chunks=True)
        with pytest.raises(kp.errors.FormatError, match=r"at most|shape"):
            kp.read(tmp_path / "b.h5", fps=FPS)


def test_labels_of_frames_far_apart_are_refused(tmp_path: Path) -> None:
    path = unpacked("sleap.slp", tmp_path)
    with h5py.File(path, "r+") as file:
        frames = file["frames"][()]
        frames["frame_idx"][-1] = 1_441_792
        file["frames"][()] = frames
    with pytest.raises(kp.errors.FormatError, match="1441793 frames; needed the labels"):
        kp.read(path, fps=FPS)
