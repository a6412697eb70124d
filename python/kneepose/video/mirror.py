"""`Mirror`: camera, estimator, streams and drawing in one loop."""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.drawing.canvas import Canvas
from kneepose.drawing.overlay import draw_scene
from kneepose.drawing.scene import Scene, scene_of
from kneepose.errors import KneeposeError
from kneepose.estimators.person import PersonChoice, Reader
from kneepose.exercises.spec import ExerciseSpec, exercise_row
from kneepose.live.stream import Stream, StreamState
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import ExerciseName, Side, SkeletonName, View
from kneepose.video.frames import Picture, Video
from kneepose.video.running import start

__all__ = ["Mirror", "MirrorFrame"]

#: Below this rate the depth and the times of repetitions are uncertain, as in a recording.
_LOW_FPS: Final = 15.0
#: Frames over which the rate is measured.
_RATE_FRAMES: Final = 20
_TOO_SLOW: Final = (
    "Only {fps:.0f} frames per second are analyzed: close other programs, or use the lite model."
)


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
        Frames that are analyzed per second; NaN in the beginning.
    skipped
        Frames of the camera so far that came while an earlier one was analyzed.
    """

    image: Picture
    time: float
    states: tuple[StreamState, ...]
    fps: float
    skipped: int


class Mirror:
    """Camera, estimator, streams and drawing in one loop: iterate over it.

    Of a camera always the newest frame is taken, stamped when it was captured; frames that come while
    an earlier one is analyzed are skipped. Landmarks are drawn on the frame that they belong to. Of a
    clip every frame is taken.

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
        True shows the picture as a mirror does. None does so for cameras. The analysis is of the picture
        as it is, so that left stays left.
    newest_only
        None takes the newest frame only of cameras, and every frame of clips and iterables.
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
        row = exercise_row(exercise)
        if side is None and not row["two_legs"]:
            raise KneeposeError(
                f'{row["name"]} is done on one side: pass side="left" or side="right".'
            )
        self._exercise, self._row = exercise, row
        self.sides: tuple[Side, ...] = ("left", "right") if side is None else (side,)
        self._save = None if save is None else Path(save)
        if self._save is not None:
            self._save.mkdir(parents=True, exist_ok=True)
        is_camera = isinstance(source, int)
        self._flip = is_camera if flip is None else flip
        self._countdown_s = float(countdown_s)
        self._order = order
        self._texts = dict(texts or {})
        self._font = None if font is None else os.fspath(font)
        self._view, self._person = view, person
        self._video = (
            Video(source, order=order) if isinstance(source, int | str | os.PathLike) else None
        )
        frames = source if self._video is None else self._video
        self._frames = (
            _Newest(frames)
            if (is_camera if newest_only is None else newest_only)
            else _Each(frames)
        )
        self._running: Any = None
        self._start = (estimator, model, skeleton)
        self._streams: list[Stream] = []
        # Between the sets: shows the skeleton and counts nothing.
        self._preview: Any = None
        self._begin_s = math.nan
        self._phase: Literal["waiting", "countdown", "set"] = "waiting"
        self._stamps: deque[float] = deque(maxlen=_RATE_FRAMES)
        #: Analyses of the finished sets, one entry per side in each.
        self.sets: list[tuple[Analysis, ...]] = []

    @property
    def in_set(self) -> bool:
        """True in a set, or in the countdown to one."""
        return self._phase != "waiting"

    def start_set(self) -> None:
        """Start a set: a countdown, then counting from 0. A set that goes on is finished first."""
        self.stop_set()
        self._phase, self._begin_s = "countdown", math.nan

    def stop_set(self) -> tuple[Analysis, ...]:
        """Finish the set and return its analyses, also kept in `sets`; empty if there is none."""
        is_set, self._phase = self._phase == "set", "waiting"
        if not (is_set and self._streams):
            return ()
        streams, self._streams = self._streams, []
        try:
            done = tuple(stream.finish() for stream in streams)
        except KneeposeError:  # too few frames to be a recording
            return ()
        self.sets.append(done)
        if self._save is not None:
            number = len(self.sets)
            sides = "both" if len(done) > 1 else done[0].side
            name = f"{self._row['name']}-set{number}-{sides}"
            free = (name if n == 1 else f"{name}-{n}" for n in range(1, 10_000))
            path = next(p for one in free if not (p := self._save / f"{one}.npz").exists())
            details: dict[str, Any] = {"exercise": self._row["name"], "session": f"set {number}"}
            if len(done) == 1:
                details["side"] = done[0].side
            done[0].source.labeled(**details).save(path)
        return done

    def change_side(self) -> None:
        """Finish the set and take the other side; for exercises of one side."""
        self.stop_set()
        if len(self.sides) == 1:
            self.sides = ("right",) if self.sides == ("left",) else ("left",)
            self._preview = None

    def __iter__(self) -> Iterator[MirrorFrame]:
        """Return the frames with the results drawn in, until the source ends or `close` is called."""
        for image, t in self._frames:
            if self._running is None:
                estimator, model, skeleton = self._start
                wh = (int(image.shape[1]), int(image.shape[0]))
                persons = 1 if self._person in ("main", "first") else 3
                self._running = start(estimator, model, wh, skeleton, persons=persons)
            yield self._frame(image, float(t))

    def _frame(self, image: Any, t: float) -> MirrorFrame:
        rgb = image if self._order == "rgb" else image[..., ::-1]
        result = self._running.detect(rgb, t)
        self._stamps.append(t)
        took = self._stamps[-1] - self._stamps[0]
        fps = (len(self._stamps) - 1) / took if took > 0 else math.nan
        if self._phase == "countdown":
            self._begin_s = t + self._countdown_s if math.isnan(self._begin_s) else self._begin_s
            if t >= self._begin_s:
                self._phase = "set"
                self._streams = [self._stream(side, image) for side in self.sides]
        if self._phase != "set" and self._preview is None:
            self._preview = self._stream(self.sides[0], image)
        streams = self._streams if self._phase == "set" else [self._preview]
        states = tuple(stream.push(result, t) for stream in streams)
        scene = self._scene(states, t, fps)
        shown = np.ascontiguousarray(image[:, ::-1]) if self._flip else np.array(image)
        if self._flip:
            width = shown.shape[1] - 1
            points = {name: (width - x, y) for name, (x, y) in scene.points.items()}
            scene = replace(scene, points=points)
        draw_scene(Canvas(shown, self._order), scene, texts=self._texts, font=self._font)
        in_set = states if self._phase == "set" else ()
        return MirrorFrame(shown, t, in_set, fps, self._frames.skipped)

    def _stream(self, side: Side, image: Any) -> Stream:
        reader = self._running.reader
        adapter = reader.adapter
        return Stream(
            self._exercise,
            side=side,
            estimator=_as_given if adapter is None else adapter.name,
            person=self._person,
            skeleton=reader.needed_skeleton(),
            resolution_wh=(int(image.shape[1]), int(image.shape[0])),
            view=self._view,
        )

    def _scene(self, states: Sequence[StreamState], t: float, fps: float) -> Scene:
        scenes = [scene_of(state, None) for state in states]
        scene = replace(
            scenes[0],
            sides=tuple(side for one in scenes for side in one.sides),
            angles=tuple(angle for one in scenes for angle in one.angles),
            cue=next((one.cue for one in scenes if one.cue), ""),
        )
        if self._phase == "countdown":
            left = max(1, math.ceil(self._begin_s - t))
            return replace(scene, count=left, phase="get ready", bend="", cue="", problem="")
        if self._phase == "waiting":
            count = None if not self.sets else self.sets[-1][0].reps.count
            return replace(scene, count=count, phase="pause", bend="", cue="", problem="")
        if fps < _LOW_FPS and len(self._stamps) == _RATE_FRAMES and not scene.cue:
            return replace(scene, problem=_TOO_SLOW.format(fps=fps))
        return scene

    def close(self) -> None:
        """Finish the set, let go of the camera and the estimator."""
        self.stop_set()
        self._frames.close()
        if self._running is not None:
            self._running.close()
            self._running = None
        if self._video is not None:
            self._video.close()

    def __enter__(self) -> Mirror:
        """Return the mirror."""
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the set, let go of the camera and the estimator."""
        self.close()


def _as_given(persons: Any) -> Any:
    return persons


class _Each:
    """Every frame of a source."""

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
    """The newest frame of a source, which a thread reads as fast as it gives frames."""

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
        except BaseException as error:  # told where the frames are taken
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
