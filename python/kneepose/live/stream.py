"""`Stream`: live analysis of one person, with repetitions, faults and cues from single frames."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.analysis.analysis import Analysis, analysis_of
from kneepose.analysis.reps import RepStatus
from kneepose.errors import CoordinateError, KneeposeError, TimeError, UnknownNameError
from kneepose.estimators.follow import Follower
from kneepose.estimators.person import Person, PersonChoice, Reader
from kneepose.estimators.reader import FrameReader
from kneepose.estimators.sides import check_sides
from kneepose.exercises.spec import ExerciseSpec, core_exercise, exercise_row, needed_side
from kneepose.live.events import Cue, Event, Phase, event_of
from kneepose.recording.options import parse_choice, parse_flag
from kneepose.recording.parse import (
    VIEWS,
    parse_array,
    parse_resolution,
    parse_skeleton,
)
from kneepose.recording.recording import Recording, _restored, conditioned
from kneepose.recording.skeleton import Skeleton
from kneepose.recording.space import METRES_PER_UNIT, parse_depth
from kneepose.records import Provenance, ReadOnlyMapping, Result, method_hash_of
from kneepose.typing import Depth, EstimatorName, ExerciseName, Side, SkeletonName, Up, View
from kneepose.validity import Validity, of_code
from kneepose.words.catalogue import tr

if TYPE_CHECKING:
    from kneepose._core import AnalysisValues

__all__ = ["Stream", "StreamState"]

_DOUBLE = np.dtype(np.float64)
# Number of frames collected before checking that image width and height are not exchanged.
_FIRST_PERSONS = 30
# Minimum number of latest repetitions that a stream keeps.
_KEPT_REPS = 1000
_STATUSES = list(RepStatus)
_PHASES = {str(phase): phase for phase in Phase}


def _texts(cues: Mapping[str, str] | None, faults: list[str]) -> dict[str, str]:
    if cues is None:
        return {}
    if not isinstance(cues, Mapping):
        raise KneeposeError(f"cues is of type {type(cues).__name__}; needed code → text.")
    for code, text in cues.items():
        if code not in faults:
            raise UnknownNameError.of("cue", code, faults)
        if not isinstance(text, str):
            raise KneeposeError(f"the text of cue {code!r} is {text!r}; needed a str.")
    return dict(cues)


def _check_exercise_first(given: object) -> None:
    """Raise if a recording, an array or a path is passed as exercise, and show the correct call."""
    if isinstance(given, ExerciseSpec) or (
        isinstance(given, str) and not os.path.splitext(given)[1]
    ):
        return
    what = f"the path {str(given)!r}"
    if not isinstance(given, str | os.PathLike):
        what = f"an object of type {type(given).__name__}"
    raise KneeposeError(
        f'Stream takes the exercise first, not {what}. Write stream = kp.Stream("squat", side="left", '
        'skeleton="coco17") and push each frame with stream.push(frame, t). A whole recording goes to '
        "kp.analyze."
    )


class StreamState(Result):
    """State of a stream after one frame. Immutable.

    Attributes
    ----------
    time
        Time of the frame in seconds on the clock of the stream: the given time plus the shift of
        the last `ClockSet`.
    rep_count, partial_count
        Numbers of full repetitions so far, and of repetitions below 0.6 of the typical range.
    phase
        `Phase`: rest, out (descent or lift), hold, back.
    depth
        Distance from rest as a share of the typical range; NaN where not measurable.
    quality
        `Validity.OK` if the movement can be measured, else the reason. `Validity.FRAME_RATE_LOW` if
        it is measured from fewer than 15 frames per second.
    cue
        Current instruction to the person, or None. It stays for at least 1.5 s, and until its fault is
        no longer present.
    angles
        (name, side) → value in this frame, in the unit of the angle; NaN where not measured, see
        `validity`.
    validity
        (name, side) → validity of the angle in this frame.
    events
        Events of this frame: `RepStarted`, `RepCompleted`, `RepCorrected`, `RepDropped`, `FaultSeen`,
        `QualityLost`, `QualityBack`, `ClockSet`.
    """

    __slots__ = ("_confidence", "_points", "_raw", "_stream")

    kind = "stream_state"

    def __init__(
        self, raw: _core.StreamState, stream: Stream, points: Any = None, confidence: Any = None
    ) -> None:
        # States are decoded lazily, because most are read only in part. A state restored from a
        # file has no stream and holds decoded values.
        self._raw: Any = raw
        self._stream: Stream | None = stream
        self._points: Any = points
        self._confidence: Any = confidence

    @classmethod
    def _field_types(cls) -> dict[str, Any]:
        return _STATE_TYPES

    @classmethod
    def _rebuilt(cls, fields: dict[str, Any]) -> Self:
        state = object.__new__(cls)
        state._raw = SimpleNamespace(**fields)
        state._stream = None
        state._points = state._confidence = None
        return state

    @property
    def keypoints(self) -> npt.NDArray[np.float64] | None:
        """Keypoints of this frame in pixels, as pushed, shape (K, 2); None without a person or pixels.

        They are for drawing. `to_dict`, copies and pickles omit them.
        """
        points = self._points
        return None if points is None or points.shape[1] != 2 else points

    @property
    def time(self) -> float:
        return self._raw.time  # type: ignore[no-any-return]

    @property
    def rep_count(self) -> int:
        return int(self._raw.rep_count if self._stream is None else self._raw.counts[0])

    @property
    def partial_count(self) -> int:
        return int(self._raw.partial_count if self._stream is None else self._raw.counts[1])

    @property
    def phase(self) -> Phase:
        return _PHASES[self._raw.phase]

    @property
    def depth(self) -> float:
        return self._raw.depth  # type: ignore[no-any-return]

    @property
    def quality(self) -> Validity:
        return self._raw.quality if self._stream is None else of_code(self._raw.quality)

    @property
    def cue(self) -> Cue | None:
        if self._stream is None:
            return self._raw.cue  # type: ignore[no-any-return]
        number = self._raw.cue
        return None if number is None else self._stream._cues[number]

    @property
    def angles(self) -> dict[tuple[str, str | None], float]:
        if self._stream is None:
            return dict(self._raw.angles)
        return dict(zip(self._raw.names, self._raw.values, strict=False))

    @property
    def validity(self) -> dict[tuple[str, str | None], Validity]:
        if self._stream is None:
            return dict(self._raw.validity)
        return dict(zip(self._raw.names, map(of_code, self._raw.codes), strict=False))

    @property
    def events(self) -> tuple[Event, ...]:
        if self._stream is None:
            return self._raw.events  # type: ignore[no-any-return]
        if not self._raw.has_events:
            return ()
        return tuple(event_of(plain, self._stream._faults) for plain in self._raw.events)

    @property
    def provenance(self) -> Provenance:  # type: ignore[override]
        """Version, estimator, skeleton and settings; also attributes of their own."""
        if self._stream is None:
            return self._raw.provenance  # type: ignore[no-any-return]
        return self._stream._provenance()

    def __repr__(self) -> str:
        said = f', "{self.cue.text}"' if self.cue else ""
        state = "" if self.quality is Validity.OK else f", {self.quality.sentence}"
        return f"{self.time:.2f} s: {self.rep_count} repetitions, {self.phase}{said}{state}"


_STATE_TYPES: dict[str, Any] = {
    "time": float,
    "rep_count": int,
    "partial_count": int,
    "phase": Phase,
    "depth": float,
    "quality": Validity,
    "cue": Cue | None,
    "angles": dict[tuple[str, str | None], float],
    "validity": dict[tuple[str, str | None], Validity],
    "events": tuple[Event, ...],
    "provenance": Provenance,
}


class Stream:
    """Causal analysis of one person and one exercise, frame by frame.

    Bad data never raises. A frame without a person counts as empty; a frame whose timestamp does not
    increase is dropped, and `StreamState.quality` gives the reason. Wrong shapes and unknown names do
    raise. The memory of a stream is bounded.

    Parameters
    ----------
    exercise
        Name from `kneepose.tables.exercises`, or an `ExerciseSpec`.
    side
        As in `analyze`; it must be given.
    estimator
        Name of the estimator whose results `push` receives, or a function from such a result to a list
        of `kneepose.estimators.Person`, or its name as ``"module:function"``. None if `push` receives
        arrays.
    person
        As in `from_estimator`, for results with several persons. It is decided over the first second,
        and again if the person is lost for a second.
    skeleton
        Name of a skeleton, or a `Skeleton`. Required for arrays, your own function, and estimators with
        several models.
    resolution_wh
        (width, height) of the frames in pixels. Required if the estimator normalizes by it
        (MediaPipe).
    up
        Axis that points up, for arrays of shape (K, 3) in meters. None for pixels, shape (K, 2).
        With MediaPipe, ``"-y"`` uses its world landmarks.
    depth
        As in `Recording`: origin of the third dimension of 3-D frames.
    view
        Position of the camera relative to the person. None detects it from the first second of
        keypoints; until then nothing is measured.
    mirrored
        True if the frames were mirrored (selfie camera) before pose estimation.
    cues
        Name of a fault → text of its cue. Other faults use the cues of `kneepose.tables.exercises`,
        in the language in force when the stream is created (`kneepose.words.speak`).

    Raises
    ------
    UnknownNameError
        A name is not known.
    SkeletonError, CoordinateError, KneeposeError
        A required argument is missing, or arguments contradict each other.

    Examples
    --------
    >>> import kneepose as kp
    >>> rec = kp.sample("squat")
    >>> live = kp.Stream("squat", side="left", skeleton=rec.skeleton, up=rec.up)
    >>> for frame, t in zip(rec.coordinates, rec.times):
    ...     state = live.push(frame, t)
    >>> live.finish().reps.count
    5
    """

    def __init__(
        self,
        exercise: ExerciseName | ExerciseSpec,
        *,
        side: Side | None = None,
        estimator: EstimatorName | str | Reader | None = None,
        person: PersonChoice = "main",
        skeleton: SkeletonName | Skeleton | None = None,
        resolution_wh: tuple[int, int] | None = None,
        up: Up | None = None,
        depth: Depth | None = None,
        view: View | None = None,
        mirrored: bool = False,
        cues: Mapping[str, str] | None = None,
    ) -> None:
        _check_exercise_first(exercise)
        resolution = parse_resolution(resolution_wh)
        self._reader: FrameReader | None = None
        if estimator is not None:
            self._reader = FrameReader(estimator, resolution, skeleton, world=up is not None)
            skeleton = self._reader.needed_skeleton()
        elif skeleton is None:
            raise KneeposeError(
                "neither estimator nor skeleton is given; pass one of them, such as "
                'estimator="mediapipe", or skeleton="coco17" for arrays.'
            )
        self._follower = Follower(person, resolution)
        self._begin()
        self._skeleton = parse_skeleton(skeleton, None)
        if self._reader is not None:
            self._reader.skeleton = self._skeleton
            adapter = self._reader.adapter
            if adapter is not None and adapter.up is not None and not adapter.divided_by_size:
                up, depth = up or adapter.up, depth or adapter.depth
        self._row = exercise_row(exercise)
        self._method_hash: str | None = None
        self._estimator = "" if self._reader is None else self._reader.name
        self._side = needed_side(side, self._row, "Stream")
        self._resolution = resolution
        self._up = up
        self._view = parse_choice(view, "view", VIEWS)
        self._mirrored = bool(mirrored)
        if parse_flag(mirrored, "mirrored") and up is not None:
            raise CoordinateError(
                f"mirrored=True is for image space, but up={up!r} is for 3-D frames; omit one of them."
            )
        if depth is not None and up is None:
            raise CoordinateError(
                f"depth={depth!r} is for 3-D frames, but up is not given, so the frames are pixels; "
                "omit depth, or pass up=."
            )
        self._depth = None if up is None else parse_depth(depth, self._skeleton)
        self._core = _core.Stream(
            core_exercise(exercise),
            self._side,
            self._skeleton._core,
            "image" if up is None else up,
            self._view,
            None if resolution is None else [float(n) for n in resolution],
            bool(mirrored),
            self._depth,
            self._estimator,
        )
        self._push = self._core.push
        self._shape = (len(self._skeleton.keypoints), 2 if up is None else 3)
        rows = self._core.faults()
        self._faults = [name for name, _, _ in rows]
        texts = {name: tr(cue) for name, _, cue in rows} | _texts(cues, self._faults)
        self._cues = [Cue(name, texts[name]) for name in self._faults]

    def push(
        self, result: Any, t: float, *, confidence: npt.ArrayLike | None = None
    ) -> StreamState:
        """Process one frame.

        Parameters
        ----------
        result
            A result of the estimator, or an array in pixels, shape (K, 2), or meters, shape (K, 3), NaN
            where missing. None for a frame without a person.
        t
            Time of the frame in seconds. A frame that is not later than the one before is dropped,
            and `StreamState.quality` becomes ``time_not_rising``. After four such frames in a row
            that increase among themselves and lie more than 2 s earlier, the clock counts as set
            back (`ClockSet`).
        confidence
            Confidence of the keypoints, shape (K,); for arrays only.

        Returns
        -------
        StreamState
            State after this frame.

        Raises
        ------
        CoordinateError
            The shape of the array does not fit the skeleton, or `resolution_wh` is (height, width).
        TimeError
            `t` is not a number.
        FormatError
            The result is not from the estimator.
        """
        if type(result) is np.ndarray and confidence is None:
            try:
                return StreamState(self._push(result, t), self, result)
            except (TypeError, OverflowError, CoordinateError):
                pass  # the slower path below accepts other types and raises precise errors
        is_array = isinstance(result, np.ndarray) and result.ndim == 2
        if self._reader is not None and not is_array:
            return self._push_person(self._choose(self._reader(result), t), t)
        if result is not None:
            result = self._array(result)
        if confidence is not None:
            confidence = self._sure(confidence)
        return self._pushed(result, t, confidence)

    def _begin(self) -> None:
        self._first_persons: list[Person | None] | None = []

    def _check_sides(self, person: Person | None) -> None:
        """Collect the first persons; raise `CoordinateError` if width and height are exchanged."""
        if self._first_persons is None or self._up is not None or self._resolution is None:
            return
        self._first_persons.append(person)
        if len(self._first_persons) >= _FIRST_PERSONS:
            persons, self._first_persons = self._first_persons, None
            pairs = [(p.points, p.world) for p in persons if p is not None and p.world is not None]
            if pairs:
                image, world = (np.array(points) for points in zip(*pairs, strict=True))
                check_sides(image, world, self._skeleton, self._resolution)

    def _pushed(self, points: Any, t: Any, confidence: Any, seen: Any = None) -> StreamState:
        try:
            raw = self._push(points, t, confidence)
            return StreamState(raw, self, points if seen is None else seen, confidence)
        except (TypeError, OverflowError) as error:
            raise TimeError(f"t is {t!r}; needed the time of the frame in seconds.") from error

    def _choose(self, persons: list[Person], t: Any) -> Person | None:
        with contextlib.suppress(TypeError, OverflowError):
            t = self._core.place(t)
        chosen = self._follower.choose(persons, t)
        if self._follower.restarted:  # the earlier frames showed another person
            self._core.reset()
        return None if chosen is None else persons[chosen]

    def _push_person(self, person: Person | None, t: Any) -> StreamState:
        """Process one frame of the followed person, in the space of the stream."""
        self._check_sides(person)
        if person is None:
            return self._pushed(None, t, None)
        points: Any = person.points
        if self._up is not None and person.world is not None:
            points = person.world
        elif self._reader is not None and self._reader.adapter is not None:
            unit = self._reader.adapter.unit
            points = points * METRES_PER_UNIT[unit] if unit is not None else points
        if points.shape != self._shape:
            return self._pushed(None, t, None) if self._up is not None else self._refuse(points)
        confidence = None if person.confidence is None else np.ascontiguousarray(person.confidence)
        seen = person.points if self._resolution is not None or self._up is None else None
        return self._pushed(np.ascontiguousarray(points), t, confidence, seen)

    def _refuse(self, points: Any) -> StreamState:
        raise CoordinateError(
            f"the estimator gives keypoints of shape {points.shape}; needed {self._shape}. Pass up= for "
            "3-D keypoints."
        )

    def _array(self, points: Any) -> npt.NDArray[np.float64] | None:
        if type(points) is not np.ndarray or points.dtype != _DOUBLE or not points.flags.aligned:
            needed = f"{self._shape}, or None, or estimator= for its results; an array"
            points = parse_array(points, f"a frame ({type(points).__name__})", needed)
        if points.shape != self._shape:
            if not points.size:
                return None
            raise CoordinateError(
                f"a frame is of shape {points.shape}; needed {self._shape}: the keypoints of "
                f"{self._skeleton.name} in {'pixels' if self._up is None else 'metres'}. "
                "Pass confidence with confidence=, and several frames at once to push_all."
            )
        return points  # type: ignore[no-any-return]

    def _sure(self, confidence: npt.ArrayLike) -> npt.NDArray[np.float64]:
        sure = confidence
        if type(sure) is not np.ndarray or sure.dtype != _DOUBLE or not sure.flags.aligned:
            sure = parse_array(sure, "confidence", f"an array {self._shape[:1]}")
        if sure.shape != self._shape[:1]:
            raise CoordinateError(
                f"confidence is of shape {sure.shape}; needed {self._shape[:1]}, one per keypoint."
            )
        return sure

    def push_all(
        self,
        coordinates: npt.ArrayLike,
        times: npt.ArrayLike,
        *,
        confidence: npt.ArrayLike | None = None,
    ) -> StreamState:
        """Process several frames, with the same result as one `push` per frame.

        Other threads can run meanwhile. An exception from a signal handler, such as
        KeyboardInterrupt, is raised between two frames; the earlier frames have then been
        processed.

        Parameters
        ----------
        coordinates
            Pixels, shape (T, K, 2), or meters, shape (T, K, 3); NaN where missing.
        times
            Times of the frames in seconds, shape (T,).
        confidence
            Confidence of the keypoints, shape (T, K).

        Returns
        -------
        StreamState
            State after the last frame.

        Raises
        ------
        CoordinateError
            The shape of `coordinates` or `confidence` does not fit the skeleton.
        TimeError
            `times` is not numeric, or differs in length from `coordinates`.
        """
        points = parse_array(coordinates, "coordinates", f"an array (T, *{self._shape})")
        try:
            seconds = parse_array(times, "times", "an array (T,)")
        except CoordinateError as error:
            raise TimeError(str(error)) from error
        sure = (
            None if confidence is None else parse_array(confidence, "confidence", "an array (T, K)")
        )
        if points.ndim != 3 or points.shape[1:] != self._shape:
            raise CoordinateError(
                f"coordinates are {points.shape}; needed (T, *{self._shape}): frames of "
                f"{self._skeleton.name}."
            )
        if seconds.shape != points.shape[:1]:
            raise TimeError(
                f"times has shape {seconds.shape}; needed {points.shape[:1]}, one per frame."
            )
        if sure is not None and sure.shape != points.shape[:2]:
            raise CoordinateError(
                f"confidence is {sure.shape}; frames of shape {points.shape} need {points.shape[:2]}."
            )
        return StreamState(self._core.push_all(points, seconds, sure), self)

    def finish(self) -> Analysis:
        """Return the analysis of the frames so far, with `Analysis.causal` True.

        An unfinished repetition is counted if it has returned below 40 % of its range. The stream
        keeps the frames of the last two minutes (at 30 frames per second) and the last 1000
        repetitions at least; ``source.meta["earlier_reps"]`` is the number of counted repetitions
        before these.

        Raises
        ------
        KneeposeError
            There are fewer than two frames, or the camera view is not detected yet.
        """
        done = self._core.finish()
        if done is None:
            raise KneeposeError(
                "not enough data: at least two frames are needed, and hips and shoulders must be "
                "visible for one second to detect the camera view. Push more frames or pass view=."
            )
        return self._analysis(done)

    def _earlier(self, done: AnalysisValues) -> int:
        """Return the number of counted repetitions that the stream no longer keeps."""
        if len(done["reps"]) < _KEPT_REPS:
            return 0
        kept = sum(_STATUSES[row[-1]] is RepStatus.FULL for row in done["reps"])
        return max(int(self._core.state().counts[0]) - kept, 0)

    def _analysis(self, done: AnalysisValues) -> Analysis:
        earlier = self._earlier(done)
        # The constructor of Recording would refuse uneven times, which live data may have.
        source = _restored(
            Recording,
            {
                "coordinates": done["coordinates"],
                "confidence": done["confidence"],
                "times": done["times"],
                "fps": None,
                "skeleton": self._skeleton,
                "up": self._up,
                "depth": self._depth,
                "resolution_wh": self._resolution,
                "mirrored": False,
                "view": self._view,
                "estimator": self._estimator,
                "meta": {"live": True}
                | ({"earlier_reps": earlier} if earlier else {})
                | ({"person_doubts": self._follower.changes} if self._follower.changes else {}),
                "repairs": None,
                "reflection": None,
            },
        )
        return analysis_of(
            self.definition, self._side, source, conditioned(source, done), done, causal=True
        )

    def reset(self) -> None:
        """Return to the state before the first frame."""
        self._core.reset()
        self._follower.reset()
        self._begin()

    def _provenance(self) -> Provenance:
        settings = {"exercise": self._row["name"], "side": self._side, "view": self._view}
        if self._method_hash is None:
            self._method_hash = method_hash_of(
                self._skeleton.name,
                "image" if self._up is None else "world",
                settings | {"causal": True},
                self._row,
            )
        return Provenance(
            estimator=self._estimator,
            skeleton=self._skeleton.name,
            settings=ReadOnlyMapping(settings),
            method_hash=self._method_hash,
        )

    @property
    def definition(self) -> Mapping[str, Any]:
        """Definition of the exercise, as `Analysis.definition`."""
        return ReadOnlyMapping(self._row)

    def __repr__(self) -> str:
        return f"Stream: {self._row['title'].lower()}, {self._side} leg, {self._skeleton.name}"
