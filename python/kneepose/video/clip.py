"""Frames of a clip, decoded with PyAV."""

from __future__ import annotations

import errno
import math
import struct
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.errors import DependencyError, FormatError
from kneepose.video.bounds import check_pixels, most_pixels
from kneepose.words.notes import (
    CUT_SHORT,
    DAMAGED,
    DAMAGED_FRAMES,
    MAYBE_SLOW,
    NO_TIME,
    NOT_RISING,
    OTHER_SIZE,
    PALE,
    SLOW_MOTION,
)
from kneepose.writing import check_regular, visible

__all__ = ["Clip", "import_av"]

#: Tracks with at least this many frames per second are usually meant for slow-motion playback.
_FAST_FPS: Final = 100.0
#: A clip that ends this many seconds before its stated end counts as truncated.
_MISSING_END_S: Final = 0.5
#: Codes of the transfer functions PQ and HLG, which mark high dynamic range video.
_HDR: Final = (16, 18)
#: Containers that embed their frames. Playlists and file lists are excluded, because a foreign clip
#: must not make the program read other files.
_CONTAINERS: Final = (
    "mov,matroska,webm,avi,gif,mpegts,mpeg,mpegvideo,flv,ogg,asf,apng,webp_pipe,ivf,mxf,nut,dv,rm,"
    "h264,hevc,av1,obu,m4v,mjpeg,yuv4mpegpipe"
)


def import_av() -> Any:
    """Import PyAV.

    Raises
    ------
    DependencyError
        PyAV is not installed.
    """
    try:
        return import_module("av")
    except ImportError as error:
        raise DependencyError(
            'video files need PyAV, which is not installed: pip install "kneepose[video]".'
        ) from error


class Clip:
    """Reads the first video track of a file; each iteration starts from the beginning."""

    def __init__(self, path: Path, order: str) -> None:
        self._av = import_av()
        self._path = path
        self._order = order
        self.notes: list[str] = []
        self._open: list[Any] = []
        check_regular(path)
        container, track = self._opened()
        rate = track.average_rate or track.guessed_rate
        self.fps = float(rate) if rate else math.nan
        self.duration_s = self._stated_duration(container, track)
        self._matrix: tuple[int, ...] | None = None
        try:
            first = next(iter(self._pictures(container, track)), None)
        finally:
            container.close()
        if first is None:
            raise FormatError(f"{self._name}: no frame can be decoded; the file is damaged.")
        height, width = first[0].shape[:2]
        self.resolution_wh = (width, height)
        self._say_rates(track, container)

    @property
    def _name(self) -> str:
        return visible(self._path.name)

    def _opened(self) -> tuple[Any, Any]:
        try:
            container = self._av.open(
                f"file:{self._path}", mode="r",
                options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
            )  # fmt: skip
        except (self._av.error.FFmpegError, ValueError) as error:
            if isinstance(error, PermissionError):
                raise
            raise FormatError(
                f"{self._name} cannot be read as a video ({_reason(error)}): it is another kind "
                "of file, or its beginning or index is missing. Copy it again from the phone."
            ) from None
        self._open.append(container)
        if not container.streams.video:
            container.close()
            raise FormatError(f"{self._name} has no pictures; needed a file with a video track.")
        track = container.streams.video[0]
        decoder = track.codec_context
        try:
            if decoder is None:
                raise FormatError(f"{self._name} has pictures of a codec that is not known here.")
            check_pixels(self._path, decoder.width, decoder.height)
        except FormatError:
            container.close()
            raise
        # The stream may state another frame size than the container.
        decoder.options = {"max_pixels": str(most_pixels(self._path))}
        track.thread_type = "AUTO"
        return container, track

    @staticmethod
    def _stated_duration(container: Any, track: Any) -> float:
        if track.duration and track.time_base:
            return float(track.duration * track.time_base)
        return container.duration / 1e6 if container.duration else math.nan

    def _say_rates(self, track: Any, container: Any) -> None:
        tags = {**container.metadata, **track.metadata}
        try:
            captured = float(tags.get("com.android.capture.fps", "nan"))
        except ValueError:
            captured = math.nan
        if captured >= _FAST_FPS and self.fps < captured / 1.5:
            factor = captured / self.fps
            self._note(
                SLOW_MOTION.format(
                    captured=f"{captured:.0f}", fps=f"{self.fps:.0f}", factor=f"{factor:.3g}"
                )
            )
        elif self.fps >= _FAST_FPS:
            self._note(MAYBE_SLOW.format(fps=f"{self.fps:.0f}"))

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        container, track = self._opened()
        last, count, dropped = -math.inf, 0, 0
        start: float | None = None
        try:
            for image, stamp in self._pictures(container, track):
                if image.shape[1::-1] != self.resolution_wh:
                    width, height = image.shape[1::-1]
                    self._note(OTHER_SIZE.format(width=width, height=height, count=count))
                    return
                if stamp is None:
                    stamp = last + 1 / (self.fps if self.fps > 0 else 30.0) if count else 0.0
                    self._note(NO_TIME)
                start = stamp if start is None else start
                time = stamp - start
                if time <= last:
                    dropped += 1
                    continue
                last, count = time, count + 1
                yield image, time
            self._say_end(last, count)
        finally:
            if dropped:
                self._note(NOT_RISING.format(count=dropped))
            container.close()
            self._open = [one for one in self._open if one is not container]

    def _say_end(self, last: float, count: int) -> None:
        if self.duration_s - last > max(_MISSING_END_S, 3 / max(self.fps, 1e-9)):
            self._note(
                CUT_SHORT.format(said=f"{self.duration_s:.1f}", last=f"{last:.1f}", count=count)
            )

    def _pictures(self, container: Any, track: Any) -> Iterator[tuple[Any, float | None]]:
        damaged = 0
        frames = container.decode(track)
        while True:
            try:
                frame = next(frames, None)
            except (self._av.error.FFmpegError, ValueError) as error:
                self._note(DAMAGED.format(why=_reason(error)))
                break
            if frame is None:
                break
            if frame.is_corrupt:
                damaged += 1
                continue
            yield self._upright(frame, track), None if frame.pts is None else float(frame.time)
        if damaged:
            self._note(DAMAGED_FRAMES.format(count=damaged))

    def _upright(self, frame: Any, track: Any) -> Any:
        """Return a frame with square pixels, rotated as the display matrix requires."""
        wanted: dict[str, Any] = {"format": f"{self._order}24"}
        aspect = track.sample_aspect_ratio
        if aspect and aspect > 0 and aspect != 1:
            wide = aspect > 1
            wanted["width"] = max(1, round(frame.width * aspect)) if wide else frame.width
            wanted["height"] = frame.height if wide else max(1, round(frame.height / aspect))
            check_pixels(self._path, wanted["width"], wanted["height"])
        if getattr(frame, "color_trc", None) in _HDR:
            self._note(PALE)
        try:
            image = np.ascontiguousarray(frame.reformat(**wanted).to_ndarray())
        except self._av.error.FFmpegError as error:
            self._check_memory(error)
            raise FormatError(f"{self._name}: a frame has no colors ({_reason(error)}).") from None
        return turned(image, _display_matrix(frame))

    def _check_memory(self, error: Exception) -> None:
        """Raise MemoryError if FFmpeg failed to allocate memory or to start a thread."""
        if getattr(error, "errno", None) in (errno.EAGAIN, errno.ENOMEM):
            raise MemoryError(f"{self._name}: there is not enough memory to read a frame") from None

    def close(self) -> None:
        """Close all files that iterations left open."""
        while self._open:
            self._open.pop().close()


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    """Return the signs of (a, b, c, d) in x' = a x + c y, y' = b x + d y; None without a matrix."""
    found = frame.side_data.get("DISPLAYMATRIX")
    if found is None:
        return None
    numbers = struct.unpack("=9i", bytes(found)[:36])
    a, b, c, d = numbers[0], numbers[1], numbers[3], numbers[4]
    largest = max(map(abs, (a, b, c, d)))
    return tuple(round(value / largest) for value in (a, b, c, d)) if largest else None


def turned(image: Any, matrix: tuple[int, ...] | None) -> Any:
    """Return an image rotated and reflected by a display matrix of right angles."""
    if matrix is None:
        return image
    a, b, c, d = matrix
    # moving whole pixels is twice as fast as moving their channels
    pixels = image.view("V3")[..., 0]
    if a == d == 0:
        pixels = pixels.T
        right, down = c, b
    else:
        right, down = a, d
    pixels = np.ascontiguousarray(pixels[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1])
    return pixels.view(np.uint8).reshape(*pixels.shape, 3)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return visible(str(text).splitlines()[0] if text else type(error).__name__)[:120].lower()
