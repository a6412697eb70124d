"""`ClipWriter`: writes H.264 clips in MP4 for browsers and phones, with exact frame times."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.errors import DependencyError, KneeposeError
from kneepose.video.clip import import_av
from kneepose.writing import as_path, check_outputs

__all__ = ["ClipWriter"]

#: Ticks per second of the written times; the frame intervals of all common rates are whole numbers
#: of ticks.
_TICKS: Final = 90_000
#: Quality (CRF) of x264, 0 to 51, lower is better; at 20, edges of drawn lines stay clean.
_QUALITY: Final = "20"


class ClipWriter:
    """Writes RGB frames with their times to an MP4 file: H.264, yuv420p, index at the front.

    The file appears under its name only when complete. Odd sizes lose their last row or column,
    which yuv420p cannot store.

    Parameters
    ----------
    path
        File to write; its name must end in ``.mp4``.
    resolution_wh
        (width, height) of the frames.
    fps
        Typical number of frames per second, for the encoder's rate control.

    Raises
    ------
    KneeposeError
        The name does not end in ``.mp4``, or cannot be written as a file.
    DependencyError
        PyAV is not installed, or has no H.264 encoder.
    """

    def __init__(
        self, path: str | os.PathLike[str], resolution_wh: tuple[int, int], fps: float
    ) -> None:
        self._av = import_av()
        self.path = as_path(path, "path")
        if self.path.suffix.lower() != ".mp4":
            raise KneeposeError(f"{self.path} must end in .mp4, the kind of file that is written.")
        check_outputs([self.path])
        self._size = (resolution_wh[0] // 2 * 2, resolution_wh[1] // 2 * 2)
        if min(self._size) < 2:
            raise KneeposeError(f"frames of {resolution_wh} pixels are too small to be written.")
        place = Path(os.path.realpath(self.path))
        self._temporary = place.with_name(f".kneepose-{secrets.token_hex(8)}.mp4")
        self._place = place
        self._container = self._av.open(
            str(self._temporary), mode="w", format="mp4",
            options={"movflags": "faststart", "video_track_timescale": str(_TICKS)},
        )  # fmt: skip
        try:
            rate = Fraction(fps if 0 < fps < 1000 else 30.0).limit_denominator(1001)
            self._track = self._container.add_stream("libx264", rate=rate)
        except (self._av.error.FFmpegError, ValueError) as error:
            self.discard()
            raise DependencyError(
                'this PyAV has no H.264 encoder; install the one of PyPI: pip install "kneepose[video]".'
            ) from error
        track = self._track
        track.width, track.height = self._size
        track.pix_fmt = "yuv420p"
        track.options = {"crf": _QUALITY, "preset": "veryfast"}
        track.codec_context.time_base = Fraction(1, _TICKS)
        self._last = -1

    def write(self, image: Any, time: float) -> None:
        """Write one RGB frame, uint8, shape (H, W, 3), with an increasing time in seconds."""
        width, height = self._size
        frame = self._av.VideoFrame.from_ndarray(
            np.ascontiguousarray(image[:height, :width]), format="rgb24"
        )
        self._last = max(round(time * _TICKS), self._last + 1)
        frame.pts = self._last
        frame.time_base = Fraction(1, _TICKS)
        try:
            self._container.mux(self._track.encode(frame))
        except (self._av.error.FFmpegError, OSError) as error:
            if getattr(error, "errno", None) in (errno.EAGAIN, errno.ENOMEM):
                raise MemoryError(f"{self.path}: not enough memory to write a frame") from None
            if not isinstance(error, self._av.error.ExternalError):
                raise
            # The encoder reports no other reason when it runs out of memory.
            raise KneeposeError(
                f"{self.path}: the encoder stopped, most likely for want of memory ({error}). Close "
                "other programs, or write smaller frames."
            ) from error

    def close(self) -> Path:
        """Finish the file, move it to its final path and return the path."""
        self._container.mux(self._track.encode())
        self._container.close()
        os.replace(self._temporary, self._place)
        return self.path

    def discard(self) -> None:
        """Close the container and remove the incomplete file."""
        with contextlib.suppress(self._av.error.FFmpegError, ValueError):
            self._container.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()

    def __enter__(self) -> ClipWriter:
        """Enter the context, which returns this writer."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Finish the file, or remove it after an exception."""
        if kind is None:
            self.close()
        else:
            self.discard()
