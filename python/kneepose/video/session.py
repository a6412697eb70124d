"""`Session`: sets of an exercise from live frames: estimator, streams of sides, countdown."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from kneepose.analysis.analysis import Analysis
from kneepose.drawing.scene import Scene, scene_of
from kneepose.errors import KneeposeError
from kneepose.estimators.person import PersonChoice, Reader
from kneepose.exercises.spec import ExerciseSpec, exercise_row
from kneepose.live.stream import Stream, StreamState
from kneepose.recording.options import parse_number
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import ExerciseName, Side, SkeletonName, View
from kneepose.video.running import start
from kneepose.words.catalogue import tr
from kneepose.writing import as_path

__all__ = ["Session", "Step"]

#: Number of frames over which the frame rate is measured.
_RATE_FRAMES: Final = 20
#: Seconds after the start of a set in which problems are not displayed yet.
_SETTLING_S: Final = 1.5


class Step(NamedTuple):
    """Outcome of one frame.

    Attributes
    ----------
    scene
        Everything to draw on the frame.
    states
        State of each side; empty between two sets and in a countdown.
    fps
        Number of frames analyzed per second; NaN at the beginning.
    seen
        State of the first side, also between two sets; it holds the keypoints of this frame.
    """

    scene: Scene
    states: tuple[StreamState, ...]
    fps: float
    seen: StreamState


class Session:
    """Sets of one exercise from live frames. The parameters are those of `Mirror`."""

    def __init__(
        self,
        exercise: ExerciseName | ExerciseSpec,
        *,
        side: Side | None,
        estimator: str | Reader,
        model: str | os.PathLike[str] | None,
        person: PersonChoice,
        skeleton: SkeletonName | Skeleton | None,
        countdown_s: float,
        save: str | os.PathLike[str] | None,
        view: View | None,
    ) -> None:
        self._exercise, self._row, self.sides = _task(exercise, side)
        self._save = None if save is None else as_path(save, "save")
        if self._save is not None:
            self._save.mkdir(parents=True, exist_ok=True)
        self._countdown_s = self._wait_s = parse_number(countdown_s, "countdown_s")
        self._view, self._person = view, person
        self._running: Any = None
        self._wh: tuple[int, int] | None = None
        self._start = (estimator, model, skeleton)
        self._streams: list[Stream] = []
        # Stream used between the sets to show the skeleton; it counts nothing.
        self._preview: Any = None
        self._begin_s = math.nan
        self._phase: Literal["waiting", "countdown", "set"] = "waiting"
        self._stamps: deque[float] = deque(maxlen=_RATE_FRAMES)
        #: Analyses of the finished sets, one entry per side in each.
        self.sets: list[tuple[Analysis, ...]] = []
        #: Reason why the last set has no analysis, such as too few frames; empty if it has one.
        self.problem = ""
        #: Path of the saved file of each set, or None.
        self.files: list[Path | None] = []

    @property
    def exercise(self) -> str:
        """Name of the exercise."""
        return str(self._row["name"])

    @property
    def in_set(self) -> bool:
        """True during a set or its countdown."""
        return self._phase != "waiting"

    def choose(self, exercise: ExerciseName | ExerciseSpec, side: Side | None) -> None:
        """Finish the set and switch to another exercise or side."""
        task = _task(exercise, side)
        self.stop_set()
        self._exercise, self._row, self.sides = task
        self._preview = None

    def start_set(self, countdown_s: float | None = None) -> None:
        """Start a set: a countdown, then counting from 0. A running set is finished first."""
        self.stop_set()
        self._phase, self._begin_s = "countdown", math.nan
        self._wait_s = self._countdown_s if countdown_s is None else countdown_s

    def stop_set(self, *, save: bool = True) -> tuple[Analysis, ...]:
        """Finish the set and return its analyses, also kept in `sets`; empty if there is none.

        `problem` gives the reason if a set has no analysis.
        """
        is_set, self._phase = self._phase == "set", "waiting"
        if not (is_set and self._streams):
            return ()
        streams, self._streams = self._streams, []
        self.problem = ""
        try:
            done = tuple(stream.finish() for stream in streams)
        except KneeposeError as error:  # too few frames for a recording
            self.problem = str(error)
            return ()
        self.sets.append(done)
        self.files.append(self._saved(done) if save else None)
        return done

    def _saved(self, done: tuple[Analysis, ...]) -> Path | None:
        """Save the keypoints of a set to a new file and return its path; None if saving is off."""
        if self._save is None:
            return None
        number = len(self.sets)
        sides = "both" if len(done) > 1 else done[0].side
        name = f"{self.exercise}-set{number}-{sides}"
        free = (name if n == 1 else f"{name}-{n}" for n in range(1, 10_000))
        path = next(p for one in free if not (p := self._save / f"{one}.npz").exists())
        details: dict[str, Any] = {"exercise": self.exercise, "session": f"set {number}"}
        if len(done) == 1:
            details["side"] = done[0].side
        return done[0].source.labeled(**details).save(path)

    def change_side(self) -> None:
        """Finish the set and switch to the other side; for one-sided exercises."""
        if len(self.sides) == 1:
            self.choose(self._exercise, "right" if self.sides == ("left",) else "left")
        else:
            self.stop_set()

    def push(self, rgb: Any, t: float) -> Step:
        """Process one RGB frame, uint8, shape (H, W, 3), with its time in seconds."""
        wh = (int(rgb.shape[1]), int(rgb.shape[0]))
        if wh != self._wh:  # the image size changes with the camera
            self.close()
            self._preview, self._wh = None, wh
        if self._running is None:
            estimator, model, skeleton = self._start
            persons = 1 if self._person in ("main", "first") else 3
            self._running = start(estimator, model, wh, skeleton, persons=persons)
        result = self._running.detect(rgb, t)
        self._stamps.append(t)
        took = self._stamps[-1] - self._stamps[0]
        fps = (len(self._stamps) - 1) / took if took > 0 else math.nan
        if self._phase == "countdown":
            self._begin_s = t + self._wait_s if math.isnan(self._begin_s) else self._begin_s
            if t >= self._begin_s:
                self._phase = "set"
                self._streams = [self._stream(side, wh) for side in self.sides]
        if self._phase != "set" and self._preview is None:
            self._preview = self._stream(self.sides[0], wh)
        streams = self._streams if self._phase == "set" else [self._preview]
        states = tuple(stream.push(result, t) for stream in streams)
        scene = self._scene(states, t)
        return Step(scene, states if self._phase == "set" else (), fps, states[0])

    def _stream(self, side: Side, wh: tuple[int, int]) -> Stream:
        reader = self._running.reader
        adapter = reader.adapter
        return Stream(
            self._exercise,
            side=side,
            estimator=_as_given if adapter is None else adapter.name,
            person=self._person,
            skeleton=reader.needed_skeleton(),
            resolution_wh=wh,
            view=self._view,
        )

    def _scene(self, states: Sequence[StreamState], t: float) -> Scene:
        scenes = [scene_of(state, None) for state in states]
        scene = replace(
            scenes[0],
            sides=tuple(side for one in scenes for side in one.sides),
            angles=tuple(angle for one in scenes for angle in one.angles),
            cue=next((one.cue for one in scenes if one.cue), ""),
        )
        if self._phase == "countdown":
            left = max(1, math.ceil(self._begin_s - t - 1e-6))
            return replace(scene, count=left, phase=tr("get ready"), bend="", cue="", problem="")
        if self._phase == "waiting":
            count = None if not self.sets else self.sets[-1][0].reps.count
            return replace(scene, count=count, phase=tr("pause"), bend="", cue="", problem="")
        if t - self._begin_s < _SETTLING_S:  # the stream does not know the view yet
            return replace(scene, problem="")
        return scene

    def close(self) -> None:
        """Finish the set and release the estimator; the next frame starts it again."""
        if self._phase == "set":
            self.stop_set()
        if self._running is not None:
            self._running.close()
            self._running = None


def _task(
    exercise: ExerciseName | ExerciseSpec, side: Side | None
) -> tuple[ExerciseName | ExerciseSpec, Any, tuple[Side, ...]]:
    """Return an exercise, its row and the sides to analyze.

    Raises
    ------
    KneeposeError
        The side of a one-sided exercise is missing.
    """
    row = exercise_row(exercise)
    if side is None and not row["two_legs"]:
        raise KneeposeError(f'{row["name"]} is done on one side: pass side="left" or side="right".')
    return exercise, row, ("left", "right") if side is None else (side,)


def _as_given(persons: Any) -> Any:
    return persons
