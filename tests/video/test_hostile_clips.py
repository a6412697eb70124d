"""Tests that damaged clips and images quickly give frames or a FormatError."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.io.test_hostile_formats import damaged
from tests.support.file_reads import reads
from tests.support.marked_clips import write_clip

av = pytest.importorskip("av")
Image = pytest.importorskip("PIL.Image")

ROUNDS = 25
SECONDS, MEGABYTES = 1.0, 256.0
NOISE = np.random.default_rng(0).integers(0, 255, (12, 48, 64, 3)).astype(np.uint8)


def clip(path: Path, codec: str = "libx264", images: Any = NOISE, pixels: str = "yuv420p") -> Path:
    with av.open(str(path), "w") as out:
        track = out.add_stream(codec, rate=30)
        track.height, track.width = images[0].shape[:2]
        track.pix_fmt = pixels
        for image in images:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            out.mux(track.encode(frame.reformat(format=pixels)))
        out.mux(track.encode())
    return path


def picture(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(NOISE[0]).save(path)
    return path


PICTURES = ("png", "jpg", "bmp", "tif", "webp")
MAKERS: dict[str, Callable[[Path], Path]] = {
    "mp4": lambda folder: clip(folder / "a.mp4"),
    "mkv": lambda folder: clip(folder / "a.mkv"),
    "ts": lambda folder: clip(folder / "a.ts"),
    "avi": lambda folder: clip(folder / "a.avi", "mpeg4"),
    "mov": lambda folder: clip(folder / "a.mov", "mjpeg", pixels="yuvj420p"),
    "gif": lambda folder: clip(folder / "a.gif", "gif", pixels="rgb8"),
    **{
        ending: lambda folder, ending=ending: picture(folder / "one" / f"1.{ending}")  # type: ignore[misc]
        for ending in PICTURES
    },
}


@pytest.mark.slow
def test_damage_gives_frames_or_a_reason(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    sources = []
    for name, make in MAKERS.items():
        whole = make(tmp_path).read_bytes()
        for number in range(ROUNDS):
            copy = tmp_path / name / str(number) / f"1.{name}"
            copy.parent.mkdir(parents=True)
            copy.write_bytes(damaged(whole, rng))
            sources.append(copy.parent if name in PICTURES else copy)
    told = reads("clips", sources)
    assert {said.partition(":")[0] for *_, said in told} == {"result", "FormatError"}, told
    assert max(seconds for seconds, *_ in told) < SECONDS
    assert max(megabytes for _, megabytes, _ in told) < MEGABYTES


def text(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        clip(folder / "other.mp4")
        (folder / name).write_text(content)
        return folder / name

    return make


def pipe(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).parent.mkdir(exist_ok=True)
        os.mkfifo(folder / name)
        return folder / name.partition("/")[0]

    return make


def endless(folder: Path) -> Path:
    (folder / "a.mp4").symlink_to("/dev/zero")
    return folder / "a.mp4"


def large_gif(folder: Path) -> Path:
    """Write a GIF with few pixels on a canvas of 100 megapixels."""
    data = bytearray(clip(folder / "a.gif", "gif", pixels="rgb8").read_bytes())
    struct.pack_into("<HH", data, 6, 9999, 9999)
    (folder / "a.gif").write_bytes(data)
    return folder / "a.gif"


def large_clip(folder: Path) -> Path:
    return clip(folder / "a.mp4", images=[np.zeros((4320, 7680, 3), np.uint8)])


def wide_pixels(folder: Path) -> Path:
    """Write a clip whose pixel aspect ratio is given as 60 000 : 1."""
    path = write_clip(folder / "a.mp4", NOISE, np.arange(12) / 30, aspect=Fraction(4, 3))
    data = bytearray(path.read_bytes())
    struct.pack_into(">II", data, data.index(b"pasp") + 4, 60_000, 1)
    path.write_bytes(data)
    return path


def sparse(name: str, head: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.write(head)
            file.truncate(2 << 30)
        return folder / name

    return make


def png_bomb(folder: Path) -> Path:
    side = 8000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(bytes(1 + 3 * side)) for _ in range(side)) + rows.flush()
    (folder / "bomb").mkdir()
    (folder / "bomb" / "1.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )  # fmt: skip
    return folder / "bomb"


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
HOSTILE: dict[str, Callable[[Path], Path]] = {
    "nothing": text("a.mp4", ""),
    "a page": text("a.mp4", "<html>" * 1000),
    "a playlist": text("a.m3u8", PLAYLIST.format("other.mp4")),
    "a playlist of the net": text("a.m3u8", PLAYLIST.format("http://127.0.0.1:9/a.ts")),
    "a playlist under another name": text("a.mp4", PLAYLIST.format("other.mp4")),
    "a list of files": text("a.mp4", "ffconcat version 1.0\nfile other.mp4\n"),
    "a session of the net": text(
        "a.sdp", "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    ),
    "a pipe": pipe("a.mp4"),
    "a pipe among pictures": pipe("folder/1.png"),
    "a device": endless,
    "a large gif": large_gif,
    "a large clip of a few bytes": large_clip,
    "wide pixels": wide_pixels,
    "a sparse mpg": sparse("a.mpg", b"\0\0\1\xba"),
    "a sparse ts": sparse("a.ts", b"G"),
    "a sparse mkv": sparse("a.mkv", b"\x1aE\xdf\xa3"),
    "a png bomb": png_bomb,
}


def test_hostile_clips_are_refused(tmp_path: Path) -> None:
    paths = []
    for number, make in enumerate(HOSTILE.values()):
        (tmp_path / str(number)).mkdir()
        paths.append(make(tmp_path / str(number)))
    told = dict(zip(HOSTILE, reads("clips", paths), strict=True))
    wrong = {
        name: one
        for name, one in told.items()
        if one[0] > SECONDS or one[1] > MEGABYTES or not one[2].startswith("FormatError")
    }
    assert wrong == {}


def test_names_mean_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that FFmpeg takes for addresses, and non-ASCII digits, are plain file names."""
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.mp4", "pipe:0", "data:a.mp4", "http:a.mp4", "-i.mp4", "100%.mp4"):
        os.replace(clip(tmp_path / "made.mp4"), name)
        assert sum(1 for _ in kp.Video(name)) == len(NOISE)
    for name in ("\u00b2.png", "1\u00b23.png", "\u0663.png"):
        picture(tmp_path / "digits" / name)
    assert sum(1 for _ in kp.Video(tmp_path / "digits", fps=30)) == 3


@pytest.mark.parametrize(
    "asked",
    [5, None, "{", "[]", {"asked": 5}, {"asked": "[]"}, {"asked": "{}"}, {"asked": "9" * 9999}],
)
def test_a_recording_that_lies_about_its_clip(tmp_path: Path, asked: Any) -> None:
    path = clip(tmp_path / "a.mp4")
    rec = kp.Recording(
        np.full((12, 17, 2), 20.0), skeleton="coco17", fps=30, resolution_wh=(64, 48),
        meta={"video": asked},
    )  # fmt: skip
    kp.annotate(path, kp.analyze(rec, "squat", side="left"), tmp_path / "b.mp4")
    assert sum(1 for _ in kp.Video(tmp_path / "b.mp4")) == 12


def test_a_model_that_is_a_pipe(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4")
    os.mkfifo(tmp_path / "model.task")
    with pytest.raises(kp.errors.FormatError, match="no regular file"):
        kp.from_video(path, model=tmp_path / "model.task")
