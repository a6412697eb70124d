"""`Mirror`: camera, estimator, streams and drawing in one loop."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.drawing.canvas import Canvas
from kneepose.drawing.overlay import draw_scene
from kneepose.errors import KneeposeError
from kneepose.estimators.person import PersonChoice, Reader
from kneepose.exercises.spec import ExerciseSpec
from kneepose.live.stream import StreamState
from kneepose.recording.options import parse_mapping
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import ExerciseName, Side, SkeletonName, View
from kneepose.video.frames import Picture, Video
from kneepose.video.session import Session

__all__ = ["Mirror", "MirrorFrame"]


@dataclass(frozen=True, slots=True)
class MirrorFrame:
    """One frame of a `Mirror`.

    Attributes
    ----------
    image
        The frame with the results drawn in, uint8, shape (H, W, 3).
    time
        Time of its capture in seconds.
    states
        State of each side; empty between two sets and in a countdown.
    fps
        Number of frames analyzed per second; NaN at the beginning.
    skipped
        Number of camera frames skipped so far, because an earlier one was still being analyzed.
    """

    image: Picture
    time: float
    states: tuple[StreamState, ...]
    fps: float
    skipped: int


class Mirror:
    """Camera, estimator, streams and drawing in one loop: iterate over it.

    A camera always gives its newest frame with the time of capture; frames that arrive while an
    earlier one is analyzed are skipped. Landmarks are drawn on the frame that they belong to. A
    clip gives every frame.

    Parameters
    ----------
    exercise, side
        As in `Stream`. An exercise on two legs without a side is followed on both.
    source
        Number of a camera, path of a clip, or an iterable of (image, time in seconds).
    estimator, model, person, skeleton
        As in `from_video`.
    order
        Order of the channels of the frames, given and returned: ``"rgb"``, or ``"bgr"`` for OpenCV.
    flip
        True mirrors the displayed image. None does so for cameras only. The analysis uses the
        unmirrored image, so that left stays left.
    newest_only
        None uses only the newest frame of cameras, and every frame of clips and iterables.
    countdown_s
        Seconds between `start_set` and the first frame of the set.
    save
        Folder for the recordings of the sets, or None.
    view, texts, font
        As in `Stream` and `draw`.

    Raises
    ------
    KneeposeError, DependencyError, FormatError
        As in `Video`, `from_video` and `Stream`.

    Examples
    --------
    >>> import kneepose as kp
    >>> with kp.Mirror("squat", source=0) as mirror:        # doctest: +SKIP
    ...     mirror.start_set()
    ...     for frame in mirror:
    ...         show(frame.image)
    """

    def __init__(
        self,
        exercise: ExerciseName | ExerciseSpec,
        *,
        side: Side | None = None,
        source: int | str | os.PathLike[str] | Iterable[tuple[Any, float]] = 0,
        estimator: str | Reader = "mediapipe",
        model: str | os.PathLike[str] | None = None,
        person: PersonChoice = "main",
        skeleton: SkeletonName | Skeleton | None = None,
        order: Literal["rgb", "bgr"] = "rgb",
        flip: bool | None = None,
        newest_only: bool | None = None,
        countdown_s: float = 3.0,
        save: str | os.PathLike[str] | None = None,
        view: View | None = None,
        texts: Mapping[str, str] | None = None,
        font: str | os.PathLike[str] | None = None,
    ) -> None:
        self._session = Session(
            exercise, side=side, estimator=estimator, model=model, person=person, skeleton=skeleton,
            countdown_s=countdown_s, save=save, view=view,
        )  # fmt: skip
        is_camera = isinstance(source, int)
        if newest_only is False and is_camera:
            raise KneeposeError("newest_only=False is for clips: a camera does not wait.")
        self._flip = is_camera if flip is None else flip
        self._order = order
        self._texts = parse_mapping(texts, "texts")
        self._font = None if font is None else os.fspath(font)
        self._video = (
            Video(source, order=order) if isinstance(source, int | str | os.PathLike) else None
        )
        frames = source if self._video is None else self._video
        self._frames: _Newest | _Each = (_Newest if is_camera or newest_only else _Each)(frames)

    @property
    def sides(self) -> tuple[Side, ...]:
        """Sides of the body that are analyzed."""
        return self._session.sides

    @property
    def sets(self) -> list[tuple[Analysis, ...]]:
        """Analyses of the finished sets, one entry per side in each."""
        return self._session.sets

    @property
    def in_set(self) -> bool:
        """True during a set or its countdown."""
        return self._session.in_set

    def start_set(self) -> None:
        """Start a set: a countdown, then counting from 0. A running set is finished first."""
        self._session.start_set()

    def stop_set(self) -> tuple[Analysis, ...]:
        """Finish the set and return its analyses, also kept in `sets`; empty if there is none."""
        return self._session.stop_set()

    def change_side(self) -> None:
        """Finish the set and switch to the other side; for one-sided exercises."""
        self._session.change_side()

    def __iter__(self) -> Iterator[MirrorFrame]:
        """Yield frames with the results drawn in until the source ends or `close` is called."""
        for image, given in self._frames:
            t = float(given)
            step = self._session.push(image if self._order == "rgb" else image[..., ::-1], t)
            shown = np.ascontiguousarray(image[:, ::-1]) if self._flip else np.array(image)
            scene = step.scene
            if self._flip:
                last = shown.shape[1] - 1
                points = {name: (last - x, y) for name, (x, y) in scene.points.items()}
                scene = replace(scene, points=points)
            draw_scene(Canvas(shown, self._order), scene, texts=self._texts, font=self._font)
            yield MirrorFrame(shown, t, step.states, step.fps, self._frames.skipped)

    def close(self) -> None:
        """Finish the set, and release the camera and the estimator."""
        self._frames.close()
        self._session.close()
        if self._video is not None:
            self._video.close()

    def __enter__(self) -> Mirror:
        """Enter the context, which returns this mirror."""
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the set, and release the camera and the estimator."""
        self.close()


class _Each:
    """Iterates over every frame of a source."""

    skipped = 0

    def __init__(self, frames: Any) -> None:
        self._frames = frames
        self._is_closed = False

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        for frame in self._frames:
            if self._is_closed:
                return
            yield frame

    def close(self) -> None:
        self._is_closed = True


class _Newest:
    """Iterates over the newest frames of a source, which a thread reads as fast as possible."""

    def __init__(self, frames: Any) -> None:
        self._change = threading.Condition()
        self._frame: Any = None
        self._error: BaseException | None = None
        self._is_over = False
        self.skipped = 0
        self._thread = threading.Thread(target=self._read, args=(frames,), daemon=True)
        self._thread.start()

    def _read(self, frames: Any) -> None:
        try:
            for frame in frames:
                with self._change:
                    if self._is_over:
                        return
                    self.skipped += self._frame is not None
                    self._frame = frame
                    self._change.notify()
        except BaseException as error:  # raised again in the thread that takes the frames
            self._error = error
        finally:
            with self._change:
                self._is_over = True
                self._change.notify()

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._frame is not None or self._is_over)
                frame, self._frame = self._frame, None
            if frame is None:
                if self._error is not None:
                    raise self._error
                return
            yield frame

    def close(self) -> None:
        with self._change:
            self._is_over = True
            self._frame = None
        self._thread.join(timeout=5)
