"""Tests of saving: complete files, and an unchanged file if saving fails."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.writing import check_outputs, csv_text, visible, write_text, write_whole
from tests.support.squat_sample import SQUAT

SHORT = SQUAT[:60]
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")


def video() -> kp.Recording:
    return kp.sample("squat_video")[:60]


def exchanged() -> list[str]:
    return [
        name.replace("left_", "#").replace("right_", "left_").replace("#", "right_")
        for name in video().skeleton.keypoints
    ]


def of(recording: kp.Recording, **changes: Any) -> kp.Recording:
    options: dict[str, Any] = {
        "skeleton": recording.skeleton,
        "times": recording.times,
        "confidence": recording.confidence,
        "up": recording.up,
    }
    return kp.Recording(recording.coordinates, **options | changes)


def joined() -> kp.Recording:
    parts = SQUAT[:200], SQUAT[200:]
    left = [kp.analyze(part, "squat", side="left") for part in parts]
    return kp.compare(left, kp.analyze(SQUAT, "squat", side="right")).first.recording


RECORDINGS: dict[str, Callable[[], kp.Recording]] = {
    "as it came": lambda: SHORT,
    "conditioned": lambda: SQUAT.conditioned(cutoff_hz=None),
    "uneven and conditioned": lambda: of(
        SHORT, times=SHORT.times + 0.01 * np.sin(np.arange(60))
    ).conditioned(),
    "mirror image": lambda: video().mirror(),
    "mirrored twice": lambda: video().mirror().mirror(),
    "part of a conditioned one": lambda: SQUAT.conditioned()[50:90:2],
    "nominal rate": lambda: of(SHORT, times=None, fps=29.97),
    "one frame": lambda: SHORT[:1],
    "own skeleton": lambda: of(video(), skeleton=kp.Skeleton("mine", exchanged(), min_confidence=0.5)),
    "own skeleton of a known name": lambda: of(
        video(), skeleton=kp.Skeleton(video().skeleton.name, exchanged())
    ),
    "own landmarks": lambda: of(
        SHORT[:5],
        skeleton=kp.Skeleton("k", [f"k{i}" for i in range(26)], {"left_hip": "k3", "left_knee": "k7"}),
    ),
    "meta of all kinds": lambda: of(
        SHORT,
        meta={"a": [1, 2.5, None, True], "b": (1, ("x",)), "c": np.arange(6).reshape(2, 3),
              "d": {"é": "\u202e"},              "e": float("nan"), "f": -0.0, "g": ""},
    ),
    "labels": lambda: SHORT.labeled(subject="P 07", session="2", date="2026-03-01", side="left",
                                    exercise="squat", model_hash="x", file_hash="y"),
    "joined trials": joined,
    "live": lambda: live().finish().recording,
}  # fmt: skip


def live() -> kp.Stream:
    stream = kp.Stream("squat", side="left", skeleton=SQUAT.skeleton, up=SQUAT.up)
    stream.push_all(SQUAT.coordinates[::6], SQUAT.times[::6])
    return stream


@pytest.mark.parametrize("name", RECORDINGS)
def test_all_of_a_recording_is_saved(tmp_path: Path, name: str) -> None:
    recording = RECORDINGS[name]()
    again = kp.read(recording.save(tmp_path / "a.npz"))
    again = again._replace(file_hash=recording.file_hash)
    assert again == recording
    assert again.skeleton == recording.skeleton
    assert again.skeleton.keypoints == recording.skeleton.keypoints
    assert again.mirror() == recording.mirror()
    assert (
        again.mirror().mirror().coordinates.tobytes()
        == recording.mirror().mirror().coordinates.tobytes()
    )
    assert {key: type(value) for key, value in again.meta.items()} == {
        key: type(value) for key, value in recording.meta.items()
    }


@pytest.mark.parametrize(
    "value", [np.int64(1), np.float32(1), {1: 2}, {1, 2}, object(), b"x", 1j, {"$float": "nan"}]
)
def test_meta_that_a_file_cannot_hold_is_refused_before_writing(tmp_path: Path, value: Any) -> None:
    path = SHORT.save(tmp_path / "a.npz")
    old = path.read_bytes()
    for meta in ({"trial": value}, {"trial": [value]}):
        with pytest.raises(kp.errors.KneeposeError, match=r"meta|JSON"):
            of(SHORT, meta=meta).save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["a.npz"]


def test_a_name_that_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"must end in one of \.npz, .*\.csv"):
        SHORT.save(tmp_path / "a")
    with pytest.raises(kp.errors.KneeposeError, match="does not exist"):
        SHORT.save(tmp_path / "none" / "a.npz")
    os.mkdir(tmp_path / "b.npz")
    with pytest.raises(kp.errors.KneeposeError, match="folder"):
        SHORT.save(tmp_path / "b.npz")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), ValueError()]
)
def test_a_write_that_fails_leaves_the_earlier_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(file: Any) -> None:
        file.write(b"new")
        raise error

    with pytest.raises(type(error)):
        write_whole(path, write)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_the_file_keeps_its_mode_and_the_link_its_target(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text(link, "new")
    assert (path.read_text(), link.is_symlink(), path.stat().st_mode & 0o777) == (
        "new",
        True,
        0o640,
    )


def test_pipes_and_devices_are_not_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/null")):
        with pytest.raises(kp.errors.KneeposeError, match="no regular file"):
            write_text(place, "x")


def test_no_recording_is_replaced_by_text(tmp_path: Path) -> None:
    path = SQUAT.save(tmp_path / "a.npz")
    old = path.read_bytes()
    both = kp.compare(*kp.analyze_sides(SQUAT, "squat"))
    for write in (both.to_csv, both.to_html):
        with pytest.raises(kp.errors.KneeposeError, match="recording"):
            write(path)
    assert path.read_bytes() == old


def test_outputs_are_neither_inputs_nor_each_other(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("")
    two.symlink_to(one)
    os.link(one, tmp_path / "three")
    for outputs, inputs in (
        ([two], [one]),
        ([tmp_path / "three"], [one]),
        ([tmp_path / "new", tmp_path / "sub" / ".." / "new"], []),
        ([None, one, two], []),
        ([tmp_path / "none" / "x"], []),
        ([tmp_path], []),
    ):
        (tmp_path / "sub").mkdir(exist_ok=True)
        with pytest.raises(kp.errors.KneeposeError):
            check_outputs(outputs, inputs)
    check_outputs([tmp_path / "new", None, tmp_path / "newer"], [one, two])


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """A limit on the file size interrupts a write like a full disk."""
    path = SQUAT.save(tmp_path / "a.npz")
    old = path.read_bytes()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    code = f"import kneepose as kp; kp.sample('squat').save({str(path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], preexec_fn=limit, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["a.npz"]


def test_cells_are_text_and_text_is_seen() -> None:
    rows = [["=1+1", "+x", "@y", "-z", "\t1"], [-1.5, "-1.5", "a\u202eb", "c\x1b[2J", None]]
    assert csv_text(rows) == "'=1+1,'+x,'@y,'-z,'\t1\r\n-1.5,-1.5,a\\u202eb,c\\x1b[2J,\r\n"
    assert visible("a\n\tb−°") == "a\n\tb−°"


@pytest.mark.parametrize("ending", ["npz", "parquet", "nc"])
def test_no_text_takes_the_place_of_a_recording(tmp_path: Path, ending: str) -> None:
    pytest.importorskip({"npz": "numpy", "parquet": "pyarrow", "nc": "h5netcdf"}[ending])
    path = SHORT.save(tmp_path / f"a.{ending}")
    before = path.read_bytes()
    with pytest.raises(kp.KneeposeError, match="would be lost"):
        write_text(path, "a page")
    assert path.read_bytes() == before
