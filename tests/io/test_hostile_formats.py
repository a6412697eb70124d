"""Tests that hostile files of every format give an error within a second and in little memory."""

from __future__ import annotations

import gzip
import json
import os
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.io.test_formats import alphapose, mmpose
from tests.support.file_reads import reads
from tests.support.hdf5_files import unpacked
from tests.support.keypoint_files import deeplabcut_csv, openpose_folder, walker, wide_csv
from tests.support.squat_sample import SQUAT
from tests.support.wild_input import must_speak

SMALL = SQUAT[:12]
#: Duration of the test per format in seconds; the weekly run uses a minute.
SECONDS = float(os.environ.get("KNEEPOSE_FUZZ_SECONDS", "0"))
ROUNDS = 60
NEED_FPS = (".json", ".h5", ".slp")
#: Time limit of one read in seconds; h5py cannot be interrupted while it reads damaged text.
LIMITS = dict.fromkeys(("nc", "deeplabcut h5", "sleap slp", "sleap h5"), 10.0)
NEEDS = {"parquet": "pyarrow"} | dict.fromkeys(LIMITS, "h5py")


def saved(suffix: str) -> Callable[[Path], Path]:
    return lambda folder: SMALL.save(folder / f"a.{suffix}")


def motion(folder: Path) -> Path:
    return kp.joint_angles(SMALL).save(folder / "a.mot")


def wide(folder: Path) -> Path:
    xy, score = walker(12, 17)
    names = SQUAT.skeleton.keypoints[:17]
    axes = {"x": xy[..., 0], "y": xy[..., 1], "confidence": score}
    return wide_csv(folder / "a.csv", names, axes, {"time": (np.arange(12) / 30).tolist()})


def deeplabcut(folder: Path) -> Path:
    xy, score = walker(12, 4)
    table = np.concatenate([xy, score[..., None]], axis=2)[:, None]
    names = ["left_hip", "left_knee", "right_hip", "right_knee"]
    return deeplabcut_csv(folder / "a.csv", names, np.repeat(table, 2, axis=1), ("a", "b"))


def frame(folder: Path) -> Path:
    xy, score = walker(2)
    (path,) = openpose_folder(folder / "one", [0], xy, score, full=True).iterdir()
    return path.rename(folder / "a.json")


def persons(folder: Path) -> Path:
    xy, score = walker(8, 17)
    made = alphapose(xy, score) if folder.name.endswith("0") else mmpose(xy, score)
    path = folder / "a.json"
    path.write_text(json.dumps(made))
    return path


def landmarks(folder: Path) -> Path:
    """Write MediaPipe landmarks to JSON, as a user's program does."""
    xy, score = walker(6, 33)
    frames = [
        {
            "timestamp_ms": 40 * t,
            "landmarks": [
                {"x": x, "y": y, "visibility": v} for (x, y), v in zip(*one, strict=True)
            ],
        }
        for t, one in enumerate(zip(xy.tolist(), score.tolist(), strict=True))
    ]
    path = folder / "a.json"
    path.write_text(json.dumps(frames), encoding="utf-8")
    return path


def other_npz(folder: Path) -> Path:
    path = folder / "a.npz"
    xy, score = walker(12, 17)
    np.savez(path, xy=xy, visibility=score, fps=30, width=1000, height=900, model="ultralytics 8")
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    **{suffix: saved(suffix) for suffix in ("parquet", "csv", "trc", "c3d", "nc")},
    "mot": motion,
    "wide csv": wide,
    "deeplabcut": deeplabcut,
    "openpose": frame,
    "persons": persons,
    "landmarks": landmarks,
    "other npz": other_npz,
    "deeplabcut h5": lambda folder: unpacked("deeplabcut_two_table.h5", folder),
    "sleap slp": lambda folder: unpacked("sleap_placed.slp", folder),
    "sleap h5": lambda folder: unpacked("sleap_two_analysis.h5", folder),
}


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    kind = rng.integers(7)
    at = int(rng.integers(0, len(data)))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + rng.bytes(int(rng.integers(1, 30))) + data[at:]
    if kind == 2:
        return data[:at] + data[at + int(rng.integers(1, 200)) :]
    if kind == 3:
        end = at + int(rng.integers(1, 300))
        return data[:end] + data[at:end] * int(rng.integers(1, 5)) + data[end:]
    if kind == 4:  # overwrite a part with extreme or invalid numbers
        words = [b"nan", b"inf", b"-1e308", b"1e400", b"9" * 20, b"", b"-", b"null", b'""']
        word = words[int(rng.integers(len(words)))]
        return data[:at] + word + data[at + len(word) :]
    broken = bytearray(data)
    first = 0 if kind == 5 else max(0, len(data) - 600)
    reach = min(len(data), 600) if kind == 5 or rng.uniform() < 0.5 else len(data)
    for i in rng.integers(first, first + reach, int(rng.integers(1, 9))):
        broken[i % len(data)] = int(rng.integers(256))
    return bytes(broken)


# h5netcdf warns when it closes a file that it could not open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_damage_gives_a_result_or_a_reason(tmp_path: Path, name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    path = MAKERS[name](tmp_path)
    whole = path.read_bytes()
    options: dict[str, Any] = {"fps": 30} if path.suffix in NEED_FPS else {}
    if name == "deeplabcut":
        options["fps"] = 30
    if name == "landmarks":
        options = {"resolution_wh": (1000, 1000)}
    kp.read(path, **options)
    rng = np.random.default_rng(sum(name.encode()))
    end = time.perf_counter() + SECONDS
    rounds, refused = 0, 0
    while rounds < ROUNDS or time.perf_counter() < end:
        rounds += 1
        path.write_bytes(damaged(whole, rng))
        begin = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            try:
                found = kp.read(path, **options)
                assert isinstance(found, kp.Recording | kp.angles.Angles)
            except kp.KneeposeError as error:
                must_speak(error)
                refused += 1
        assert time.process_time() - begin < LIMITS.get(name, 1.0)
    print(f"{name}: {rounds} inputs, {refused} refused")
    assert refused > 0


def test_a_signaling_nan_of_a_c3d_is_missing(tmp_path: Path) -> None:
    path = SMALL.save(tmp_path / "a.c3d")
    first = np.float32(SMALL.coordinates[0, 0, 0]).tobytes()
    path.write_bytes(path.read_bytes().replace(first, b"\x01\x00\x80\x7f", 1))
    assert np.isnan(kp.read(path).coordinates[0, 0]).all()


@pytest.mark.parametrize("value", [1e160, -1.7e308])
def test_huge_markers_are_refused_without_a_warning(tmp_path: Path, value: float) -> None:
    """Huge coordinates have no finite body length, so unit and axis are not guessed."""
    xyz = SMALL.coordinates.copy()
    xyz[:, SMALL.skeleton.landmarks["left_ankle"]] = value
    axes = {axis: xyz[..., i] for i, axis in enumerate("xyz")}
    lead = {"time": (np.arange(12) / 30).tolist()}
    path = wide_csv(tmp_path / "a.csv", SMALL.skeleton.keypoints, axes, lead)
    for options in ({}, {"unit": "m"}, {"unit": "m", "up": "y"}):
        with pytest.raises(kp.KneeposeError, match=r"unit|axis|reach"):
            kp.read(path, **options)


def test_coordinates_beyond_all_pictures_are_refused(tmp_path: Path) -> None:
    xy, score = walker(6)
    folder = openpose_folder(tmp_path / "one", range(6), xy * 1e300, score)
    with pytest.raises(kp.KneeposeError):
        kp.read(folder, fps=30)


#: Size in bytes of long files; in the weekly run the maximum size of text files.
LONG = 60_000_000 if SECONDS else 15_000_000


def text(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def repeated(name: str, head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[Path], Path]:
    return lambda folder: text(name, head + piece * (LONG // len(piece)) + tail)(folder)


def sparse(name: str, head: bytes = b"") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        with path.open("wb") as file:
            file.write(head)
            file.truncate(2 << 30)
        return path

    return make


def bomb(name: str, inside: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open(inside, "w", force_zip64=True) as file,
        ):
            for _ in range(300):
                file.write(bytes(1 << 20))
        return path

    return make


def loop(folder: Path) -> Path:
    (folder / "loop").mkdir()
    (folder / "loop" / "a_000000000001_keypoints.json").symlink_to(folder / "loop")
    (folder / "loop" / "a_000000000002_keypoints.json").symlink_to("a_000000000002_keypoints.json")
    os.mkfifo(folder / "loop" / "a_000000000003_keypoints.json")
    return folder / "loop"


def numbers_apart(folder: Path) -> Path:
    (folder / "apart").mkdir()
    for name in ("0", "999999999", "9" * 100):
        (folder / "apart" / f"a{name}.json").write_text('{"people": []}')
    return folder / "apart"


def many_files(folder: Path) -> Path:
    (folder / "many").mkdir()
    for n in range(3000):
        (folder / "many" / f"a{n}.json").write_bytes(b"{")
    return folder / "many"


def c3d_of(points: int, frames: int, analog: int = 0) -> bytes:
    data = bytearray(SMALL_C3D)
    struct.pack_into("<HH", data, 2, points, analog)
    struct.pack_into("<HH", data, 6, 1, frames)
    at = data.index(b"ACTUAL_END_FIELD") + len(b"ACTUAL_END_FIELD") + 5
    struct.pack_into("<HH", data, at, frames % 65536, 65535)
    return bytes(data)


SMALL_C3D = b""


def lying_c3d(folder: Path) -> Path:
    global SMALL_C3D
    SMALL_C3D = SMALL.save(folder / "b.c3d").read_bytes()
    return text("a.c3d", c3d_of(65535, 65535, 65535))(folder)


def sparse_netcdf(folder: Path) -> Path:
    h5py: Any = pytest.importorskip("h5py")
    path = folder / "a.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("position", (10**7, 10**4), "f8", chunks=(1, 10**4), fillvalue=1.0)
    return path


def lying_sleap(folder: Path) -> Path:
    """Write a SLEAP file whose frames claim an excessive number of persons."""
    h5py: Any = pytest.importorskip("h5py")
    path = unpacked("sleap_two.slp", folder)
    with h5py.File(path, "r+") as file:
        frames = file["frames"][()]
        frames["frame_idx"][-1], frames["instance_id_end"] = 2**62, 2**62
        file["frames"][()] = frames
    return path


TRC = b"PathFileType\t4\t(X/Y/Z)\ta.trc\nDataRate\tUnits\n30\tm\nFrame#\tTime\t"
HOSTILE: dict[str, Callable[[Path], Path]] = {
    "json of depth 100 000": text("a.json", b"[" * 100_000),
    "json of depth 60 000 000": repeated("a.json", b"", b"["),
    "json of empty objects": repeated("a.json", b"[", b"{},", b"{}]"),
    "json of small objects": repeated("a.json", b"[", b'{"a":0},', b"{}]"),
    "json of numbers": repeated("a.json", b"[", b"1,", b"x"),
    "json of lists of numbers": repeated("a.json", b"[", b"[1],", b"x"),
    "json of strings": repeated("a.json", b"[", b'"",', b"x"),
    "json with a long key": repeated("a.json", b'{"', b"k", b'": 1}'),
    "json with one key again and again": repeated("a.json", b"{", b'"people":[],', b'"people":[]}'),
    "json with 1e400": text("a.json", b'{"people": [{"pose_keypoints_2d": [1e400, NaN, 1e999]}]}'),
    "json in utf-16": text("a.json", '{"people": []}'.encode("utf-16")),
    "json with ../ names": text("a.json", b'[{"image_id": "../../etc", "keypoints": [1, 2, 3]}]'),
    "json of frames far apart": text(
        "a.json",
        b'[{"image_id": 1, "keypoints": [1,2,3]}, {"image_id": 99999999, "keypoints": [1,2,3]}]',
    ),
    "folder of links, loops and pipes": loop,
    "folder of numbers far apart": numbers_apart,
    "folder of damaged files": many_files,
    "csv of one line": repeated("a.csv", b"", b"left_knee_x,left_knee_y,"),
    "csv of one cell": repeated("a.csv", b"left_knee_x,left_knee_y\n", b"1"),
    "csv of one quote": repeated("a.csv", b'left_knee_x,left_knee_y\n"', b"1,2\n"),
    "csv that ends in a word": repeated("a.csv", b"left_knee_x,left_knee_y\n", b"1,2\n", b"x,y\n"),
    "csv of empty lines": repeated("a.csv", b"left_knee_x,left_knee_y\n", b"\n", b"x,y\n"),
    "csv of titles that end in nothing": text("a.csv", (b"_" * 490 + b",") * 8000 + b"a\n1,2\n"),
    "csv of long titles": text("a.csv", b"_" * 3_000_000 + b",x\n1,2\n"),
    "csv of many keypoints": text(
        "a.csv",
        b"frame,keypoint,x,y\n" + b"".join(b"%d,k%d,1,2\n" % (n, n) for n in range(200_000)),
    ),
    "csv of frames without keypoints": text(
        "a.csv",
        b"frame,keypoint,x,y\n" + b"".join(b"%d,k%d,1,2\n" % (n, n % 900) for n in range(90_000)),
    ),
    "csv in utf-16": text("a.csv", "left_knee_x,left_knee_y\n1,2\n".encode("utf-16")),
    "gzip": text("a.csv", gzip.compress(b"left_knee_x,left_knee_y\n" + b"1,2\n" * 5_000_000)),
    "trc of many markers": repeated("a.trc", TRC, b"a\t\t\t", b"\n\t\tX1\n1\t0\n"),
    "trc that ends early": text("a.trc", TRC + b"a\t\t\n\t\tX1\tY1\tZ1\n1\t0\t1\t2"),
    "mot without an end": repeated("a.mot", b"a\nversion=1\n", b"b=c\n"),
    "mot with few rows": text("a.mot", b"a\nnRows=99\nendheader\ntime\tknee_angle_r\n0\t1\n"),
    "c3d with 65535 points": lying_c3d,
    "c3d of zeros": text("a.c3d", b"\x02\x50" + bytes(5000)),
    "sparse c3d": sparse("a.c3d", b"\x02\x50"),
    "sparse csv": sparse("a.csv", b"left_knee_x,left_knee_y\n"),
    "sparse json": sparse("a.json", b"["),
    "sparse trc": sparse("a.trc", TRC),
    "sparse parquet": sparse("a.parquet", b"PAR1"),
    "sparse netcdf": sparse("a.nc", b"\x89HDF\r\n\x1a\n"),
    "netcdf that claims a terabyte": sparse_netcdf,
    "sleap of frames without end": lying_sleap,
    "zip bomb of a table": bomb("a.zip", "a.csv"),
    "zip bomb of arrays": bomb("a.npz", "xy.npy"),
    "zip of zips": text("a.zip", b"PK\x05\x06" + bytes(18)),
}


@pytest.mark.slow
def test_hostile_files_are_refused_in_a_second_and_little_memory(tmp_path: Path) -> None:
    paths = []
    for number, (name, make) in enumerate(HOSTILE.items()):
        (tmp_path / str(number)).mkdir()
        paths.append((name, make(tmp_path / str(number))))
    wrong = []
    told = reads("keypoints", [path for _, path in paths])
    for (name, path), (seconds, megabytes, said) in zip(paths, told, strict=True):
        if "FormatError" not in said and path.suffix in (".parquet", ".nc", ".slp"):
            is_fine = said.startswith("DependencyError")
        else:
            is_fine = said.partition(":")[0].endswith("Error") and not said.startswith("WRONG")
        if not is_fine or seconds > 1.0 or megabytes > 256:
            wrong.append(f"{name}: {seconds} s, {megabytes} MB, {said}")
    assert not wrong, "\n".join(wrong)
