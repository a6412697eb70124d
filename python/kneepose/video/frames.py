"""`Video`: upright frames with true times from a clip, an animated image, a folder or a camera."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, KneeposeError, UnknownNameError
from kneepose.recording.options import as_float
from kneepose.video.camera import Camera
from kneepose.video.clip import Clip
from kneepose.video.pictures import Pictures
from kneepose.writing import as_path, visible

__all__ = ["Frame", "Picture", "Source", "Video"]

#: Pixels of one frame, shape (H, W, 3).
Picture: TypeAlias = npt.NDArray[np.uint8]
#: Path of a clip or of a folder of images, or number of a camera.
Source: TypeAlias = str | os.PathLike[str] | int


class Frame(NamedTuple):
    """One frame of a video.

    Attributes
    ----------
    image
        Pixels, uint8, shape (H, W, 3), upright, in the channel order of the `Video`.
    time
        Time of the frame in seconds.
    """

    image: Picture
    time: float


class Video:
    """Frames of a clip, an animated image, a folder of images or a camera, each with its time.

    Frames are rotated upright as the file states, and have square pixels. Each iteration reads a
    clip from the beginning; a camera is read once. A clip with a damaged end gives the frames
    before the damage.

    Parameters
    ----------
    source
        Path of a clip (MP4, MOV, MKV, WebM, GIF, … of any codec of FFmpeg), path of a folder of
        images, which are read in the order of the numbers in their names, or the number of a
        camera.
    order
        Order of the channels: ``"rgb"``, or ``"bgr"`` as in OpenCV.
    start_s, end_s
        Part of the clip in seconds of its own time, both ends included. None for all.
    slow_motion
        Slow-motion factor of the clip: 8 for 240 frames per second played at 30. Times are divided
        by it.
    fps
        Frames per second of a folder of images, which has no times of its own.

    Attributes
    ----------
    resolution_wh
        (width, height) of the upright frames in pixels, from the first frame.
    fps
        Mean number of frames per second, slow motion taken into account; NaN if not known.
    duration_s
        Duration of the track in seconds as stated in the file, on the same clock as `start_s` and
        `end_s`; NaN if not stated.
    expected_frames
        Number of frames as stated in the file; 0 if not stated.
    notes
        Sentences about problems of the file: a damaged end, a high frame rate, frames without a
        time. They are complete after a full iteration.

    Raises
    ------
    FormatError
        The file is no video, or cannot be read at all.
    FileNotFoundError
        The file does not exist.
    DependencyError
        PyAV is not installed (``kneepose[video]``), or no OpenCV for a camera (``kneepose[opencv]``).
    KneeposeError
        An argument is not valid.

    Examples
    --------
    >>> import kneepose as kp
    >>> for image, t in kp.Video("squat.mp4"):      # doctest: +SKIP
    ...     print(image.shape, t)
    """

    def __init__(
        self,
        source: Source,
        *,
        order: Literal["rgb", "bgr"] = "rgb",
        start_s: float | None = None,
        end_s: float | None = None,
        slow_motion: float = 1.0,
        fps: float | None = None,
    ) -> None:
        if order not in ("rgb", "bgr"):
            raise UnknownNameError.of("order of the channels", order, ["rgb", "bgr"])
        self.order = order
        self.slow_motion = _positive("slow_motion", slow_motion)
        self.start_s = -math.inf if start_s is None else _finite("start_s", start_s)
        self.end_s = math.inf if end_s is None else _finite("end_s", end_s)
        if self.end_s <= max(self.start_s, 0):
            raise KneeposeError(
                f"end_s is {end_s} and start_s is {start_s or 0}; the end must be later than the start."
            )
        self.source = source
        self._reader = _reader(source, None if fps is None else _positive("fps", fps), order)
        self.resolution_wh: tuple[int, int] = self._reader.resolution_wh
        self.fps: float = self._reader.fps * self.slow_motion
        self.duration_s: float = self._reader.duration_s
        span = (min(self.end_s, self._reader.duration_s) - max(self.start_s, 0)) * self._reader.fps
        self.expected_frames = round(span) if math.isfinite(span) and span > 0 else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about problems found in the file so far."""
        notes = self._reader.notes
        if self.slow_motion != 1:
            notes = [note for note in notes if "slow_motion" not in note]
        return tuple(notes)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, with increasing times."""
        for image, time in self._reader:
            if time > self.end_s:
                return
            if time >= self.start_s:
                yield Frame(image, time / self.slow_motion)

    def close(self) -> None:
        """Release the file or the camera."""
        self._reader.close()

    def __enter__(self) -> Video:
        """Enter the context, which returns this video."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the file or the camera."""
        self.close()

    def __repr__(self) -> str:
        width, height = self.resolution_wh
        name = self.source if isinstance(self.source, int) else Path(self.source).name
        return f"Video {name}: {width}×{height}, {self.fps:.4g} frames/s"


def _reader(source: Source, fps: float | None, order: str) -> Any:
    if isinstance(source, int) and not isinstance(source, bool):
        return Camera(source, order)
    try:
        path = as_path(source, "source")
    except KneeposeError:
        raise FormatError(
            f"source is {visible(repr(source))[:100]}; needed the path of a clip, of a folder of "
            "pictures, or the number of a camera."
        ) from None
    if path.is_dir():
        return Pictures(path, fps, order)
    if fps is not None:
        raise KneeposeError("fps is for a folder of pictures; a clip has its own clock. Omit it.")
    return Clip(path, order)


def _finite(name: str, value: float) -> float:
    number = as_float(value)
    if not math.isfinite(number):
        raise KneeposeError(f"{name} is {value!r}; needed a number of seconds.")
    return number


def _positive(name: str, value: float) -> float:
    number = as_float(value)
    if not (0 < number < math.inf):
        raise KneeposeError(f"{name} is {value!r}; needed a number above 0.")
    return number
