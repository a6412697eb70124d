"""Tests that damaged, foreign and hostile files are refused quickly, with a message."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.io import npz
from tests.support.own_time import own_time
from tests.support.squat_sample import SQUAT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return npz.write(SQUAT[:20], tmp_path / "squat.npz")


def rewrite(path: Path, **changes: Any) -> Path:
    """Rewrite the file with some arrays replaced, or removed if None."""
    with np.load(path) as file:
        content = {name: file[name] for name in file.files} | changes
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    return path


def test_what_was_written_is_read(path: Path) -> None:
    rec = kp.read(path)
    np.testing.assert_array_equal(rec.coordinates, SQUAT.coordinates[:20])
    assert (rec.up, rec.skeleton.name, rec.n_frames) == ("y", "halpe26", 20)


def test_a_file_that_is_not_there() -> None:
    for name in ("nothing.npz", "nothing.xyz"):
        with pytest.raises(FileNotFoundError):
            kp.read(name)


def test_a_format_that_is_not_read(tmp_path: Path) -> None:
    other = tmp_path / "movie.xyz"
    other.write_bytes(b"\x00\x00\x00 ftyp")
    with pytest.raises(kp.errors.FormatError, match=r"movie\.xyz.*'\.xyz'"):
        kp.read(other)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"no zip at all" * 40, b"\x93NUMPY\x01\x00"]
)
def test_something_else_in_an_npz(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other.npz"
    other.write_bytes(content)
    with pytest.raises(kp.errors.FormatError, match=r"other\.npz is not a readable"):
        kp.read(other)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(kp.errors.FormatError, match="not a readable"):
        kp.read(path)


def test_damaged_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(bytes(data))
    with pytest.raises(kp.errors.FormatError):
        kp.read(path)


def test_encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(kp.errors.FormatError):
        kp.read(path)


@pytest.mark.parametrize("name", ["keypoints", "times"])
def test_missing_arrays_are_named(path: Path, name: str) -> None:
    with pytest.raises(kp.errors.FormatError, match=rf"has no {name}.*not written by kneepose"):
        kp.read(rewrite(path, **{name: None}))


def test_another_programs_npz(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, xy=np.ones((3, 17, 2)))
    with pytest.raises(kp.errors.SkeletonError, match=r"does not name its 17 keypoints.*'coco17'"):
        kp.read(other)
    np.savez(other, more=9 * np.ones((3, 17, 2)))
    with pytest.raises(kp.errors.FormatError, match="no array of keypoints; pass array="):
        kp.read(other)
    assert kp.read(other, array="more", skeleton="coco17", fps=30, space="image").n_frames == 3


@pytest.mark.parametrize("key", ["times", "fps", "confidence", "xy"])
def test_text_in_the_place_of_numbers(tmp_path: Path, key: str) -> None:
    other = tmp_path / "other.npz"
    arrays: dict[str, Any] = {"xy": np.ones((3, 17, 2))} | {key: np.full((3, 17, 2), "text")}
    np.savez(other, **arrays)
    with pytest.raises(kp.errors.FormatError, match=f"{key} holds text|no array of keypoints"):
        kp.read(other, skeleton="coco17")


def test_pickles_are_not_opened(path: Path, tmp_path: Path) -> None:
    trace = tmp_path / "opened"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (trace,)

    for name in ("keypoints", "header"):
        rewrite(path, **{name: np.array([Trap()], dtype=object)})
        with pytest.raises(kp.errors.FormatError, match="not a readable"):
            kp.read(path)
        assert not trace.exists()
        npz.write(SQUAT[:20], path)
    assert kp.read(rewrite(path, extra=np.array([Trap()], dtype=object))).n_frames == 20
    assert not trace.exists()


@pytest.mark.parametrize("header", ["", "{", "[]", "5", "null", "[" * 100_000, '{"up": "y"}'])
def test_headers_that_say_nothing(path: Path, header: str) -> None:
    with pytest.raises(kp.errors.FormatError, match="header"):
        kp.read(rewrite(path, header=np.array(header)))


@pytest.mark.parametrize(
    "change",
    [
        {"skeleton": "coc17"},
        {"skeleton": 5},
        {"up": "w"},
        {"resolution_wh": 5},
        {"resolution_wh": [1]},
        {"view": "top"},
        {"meta": 5},
    ],
)
def test_headers_that_lie(path: Path, change: dict[str, Any]) -> None:
    header = {"skeleton": "halpe26", "up": "y"} | change
    with pytest.raises(kp.errors.KneeposeError):
        kp.read(rewrite(path, header=np.array(json.dumps(header))))


@pytest.mark.parametrize(
    "changes",
    [
        {"keypoints": np.ones((20, 17, 3))},
        {"keypoints": np.ones(20)},
        {"times": np.arange(19) / 30},
        {"times": np.zeros(20)},
        {"confidence": np.ones((20, 25))},
        {"confidence": np.full((20, 26), -1.0)},
    ],
)
def test_arrays_that_do_not_go_together(path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(kp.errors.KneeposeError):
        kp.read(rewrite(path, **changes))


def member(shape: str, data: bytes = b"") -> bytes:
    """Return a .npy file whose header states an arbitrary shape."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii") + data


def refused_quickly(path: Path) -> str:
    begin = own_time()
    with pytest.raises(kp.errors.FormatError) as caught:
        kp.read(path)
    assert own_time() - begin < 1.0
    return str(caught.value)


LONG = "1" * 5000
MANY = json.dumps(list(map(str, range(80_000))))


@pytest.mark.parametrize(
    "header",
    [
        f'{{"skeleton": {LONG}}}',
        '{"skeleton": "halpe26", "up": "y", "meta": "ab"}',
        '{"skeleton": "halpe26", "up": "y", "meta": [[1]]}',
        f'{{"skeleton": "halpe26", "up": "y", "resolution_wh": [1{LONG[:400]}, 1{LONG[:400]}]}}',
        '{"skeleton": "halpe26", "up": "y", "resolution_wh": [1e300, 1e300]}',
        '{"skeleton": "halpe26", "up": "y", "estimator": 5}',
        f'{{"skeleton": "{LONG * 180}", "up": "y"}}',
        f'{{"skeleton": {{"name": "a", "keypoints": {MANY}, "landmarks": {{}}, "min_confidence": 0}}}}',
        '{"schema": 3, "skeleton": "halpe26", "up": "y"}',
        '{"schema": 3, "skeleton": "halpe26", "up": "y", "fps": 1e9, "mirrored": 0, "repairs": null}',
        '{"schema": 3, "skeleton": "halpe26", "fps": null, "mirrored": false, "repairs": null}',
        '{"schema": 3, "skeleton": "halpe26", "up": "y", "fps": null, "mirrored": 0, "repairs": 5}',
        '{"schema": 3, "skeleton": "halpe26", "up": "y", "fps": null, "mirrored": 0, "repairs": null, '
        '"meta": {"a": {"$array": [1], "dtype": "U1000000000", "shape": [1]}}}',
        '{"schema": 99, "skeleton": "halpe26"}',
    ],
)  # fmt: skip
def test_hostile_headers_are_refused_quickly(path: Path, header: str) -> None:
    assert "squat.npz" in refused_quickly(rewrite(path, header=np.array(header)))


def test_headers_that_are_no_text(path: Path) -> None:
    """Arrays of text use four bytes per character, and most values are no valid character."""
    for order in "<>":
        header = np.frombuffer(b"\xff" * 40, f"{order}U10")[0:1].reshape(())
        refused_quickly(rewrite(path, header=header))
    refused_quickly(rewrite(path, header=np.array("x" * 2_000_000)))


@pytest.mark.parametrize(
    "changes",
    [
        {"times": np.append(np.arange(19) / 30, 1e9)},
        {"times": np.append(np.arange(19) / 30, 1000.0)},
        {"keypoints": np.full((20, 26, 3), 1e300)},
        {"keypoints": np.ones((20, 2000, 3))},
        {"keypoints": np.ones((20, 26, 3), dtype=complex)},
        {"keypoints": np.ones((20, 26, 3), dtype=np.longdouble)},
        {"confidence": np.ones((21, 26))},
        {"repair_codes": np.full((20, 26), 200, dtype=np.uint8)},
    ],
)
def test_hostile_arrays_are_refused_quickly(path: Path, changes: dict[str, Any]) -> None:
    if "repair_codes" in changes:
        npz.write(SQUAT[:20].conditioned(), path)
    assert "squat.npz" in refused_quickly(rewrite(path, **changes))


def test_many_entries(tmp_path: Path) -> None:
    many = tmp_path / "many.npz"
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(70_000):
            archive.writestr(f"{i}", b"")
    assert "entries" in refused_quickly(many) or "list" in refused_quickly(many)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.npz"
    link = tmp_path / "zero.npz"
    os.mkfifo(pipe)
    link.symlink_to("/dev/zero")
    for path in (pipe, link):
        assert "no regular file" in refused_quickly(path)
    for name in ("a\0.npz", tmp_path, 0, None):
        with pytest.raises(kp.errors.FormatError):
            kp.read(name)  # type: ignore[arg-type]


def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.npz"
    zeros = bytes(1 << 20)
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("keypoints.npy", "w") as file,
    ):
        file.write(member("(40000000,)"))
        for _ in range(300):
            file.write(zeros)
    assert bomb.stat().st_size < 2e6
    assert "256 MB" in refused_quickly(bomb)


def test_a_zip_bomb_whose_directory_lies(tmp_path: Path) -> None:
    """The zip directory understates a size as 100 bytes; no more than that is unpacked."""
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("keypoints.npy", member("(5000000,)", bytes(40_000_000)))
    data = bytearray(bomb.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    bomb.write_bytes(bytes(data))
    refused_quickly(bomb)


@pytest.mark.parametrize("shape", ["(10**12,)", "(1000000000000,)", "(1 << 62, 2)", "(-1,)", "()"])
def test_arrays_that_claim_more_than_they_hold(tmp_path: Path, shape: str) -> None:
    liar = tmp_path / "liar.npz"
    with zipfile.ZipFile(liar, "w") as archive:
        archive.writestr("keypoints.npy", member(shape))
    refused_quickly(liar)


class Late(Exception):
    """Raised by a signal handler."""


@pytest.mark.parametrize("raised", [Late("time is up"), MemoryError(), KeyboardInterrupt()])
@pytest.mark.parametrize("ending", ["npz", "parquet", "nc", "zip"])
def test_only_damage_is_told_as_damage(
    path: Path, raised: BaseException, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal or a lack of memory during reading is not reported as damage of the file."""
    package, name = {
        "npz": ("zipfile", "ZipFile"),
        "zip": ("zipfile", "ZipFile"),
        "parquet": ("pyarrow.parquet", "ParquetFile"),
        "nc": ("xarray", "open_dataset"),
    }[ending]
    module = pytest.importorskip(package)
    if ending == "zip":
        given = path.with_suffix(".zip")
        with zipfile.ZipFile(given, "w") as archive:
            archive.writestr("a.csv", "x")
    else:
        given = SQUAT[:20].save(path.with_suffix(f".{ending}"))

    def ends(*_: Any, **__: Any) -> Any:
        raise raised

    monkeypatch.setattr(module, name, ends)
    with pytest.raises(type(raised)):
        kp.read(given)
