"""`StreamGroup`: live analysis of several persons in front of one camera."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, SupportsFloat

import numpy as np

from kneepose import _core
from kneepose.analysis.analysis import Analysis
from kneepose.errors import FormatError, KneeposeError, TimeError, UnknownNameError
from kneepose.estimators.follow import Tracker
from kneepose.estimators.person import Person
from kneepose.exercises.spec import ExerciseSpec
from kneepose.live.stream import Stream, StreamState
from kneepose.recording.options import as_float
from kneepose.typing import ExerciseName, Side

__all__ = ["StreamGroup"]


def _track(track: Any) -> int:
    try:
        return operator.index(track)
    except TypeError as error:
        raise FormatError(f"track id is {track!r}; it must be a whole number.") from error


def _pair(points: Any) -> tuple[Any, Any]:
    if not isinstance(points, tuple):
        return points, None
    if len(points) != 2:
        raise FormatError(f"a person is a tuple of {len(points)}; needed (array, confidence).")
    return points


class StreamGroup:
    """One `Stream` per person, by the track id of the estimator's tracker.

    Persons whose ids are missing in some frames, or change, are followed by position and keep their
    first id.

    Parameters
    ----------
    exercise, side
        As in `Stream`, the same for all persons.
    most
        Largest number of persons. A new person replaces the one who has been absent longest.
    options
        Further arguments of `Stream`.

    Raises
    ------
    KneeposeError
        `most` is not a positive integer, or as in `Stream`.

    Examples
    --------
    >>> import numpy as np
    >>> import kneepose as kp
    >>> gym = kp.StreamGroup("squat", side="left", skeleton="coco17", most=2)
    >>> sorted(gym.push({7: np.full((17, 2), np.nan), 9: None}, 0.0))
    [7, 9]
    """

    def __init__(
        self,
        exercise: ExerciseName | ExerciseSpec,
        *,
        side: Side | None = None,
        most: int = 8,
        **options: Any,
    ) -> None:
        if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 1:
            raise KneeposeError(f"most is {most!r}; needed a whole number of persons, 1 or more.")

        def new() -> Stream:
            return Stream(exercise, side=side, **options)

        # Creating a stream here raises errors about the options immediately, not with the first
        # person.
        self._reader = new()._reader
        self._new = new
        self._begin()
        self._most = int(most)
        self._streams: dict[int, Stream] = {}
        self._seen: dict[int, int] = {}
        self._frame = 0

    def push(self, persons: Any, t: float) -> dict[int, StreamState]:
        """Process one frame of all persons.

        Parameters
        ----------
        persons
            A result of the estimator with track ids, or a mapping from track id to an array of
            shape (K, 2) or (K, 3), to (array, confidence), or to None. An absent person gets an
            empty frame.
        t
            Time of the frame in seconds.

        Returns
        -------
        dict
            Track id → `StreamState`, for all current persons.

        Raises
        ------
        FormatError
            `persons` has no track ids.
        TimeError
            `t` is not a number.
        """
        if isinstance(t, bool | str) or not isinstance(t, SupportsFloat):
            raise TimeError(f"t is {t!r}; needed the time of the frame in seconds.")
        frames = self._frames(persons, as_float(t))
        # Absence is measured in frames, because time stamps may be wrong.
        self._frame += 1
        for track in frames:
            if track not in self._streams:
                self._make_room(frames)
                self._streams[track] = self._new()
            self._seen[track] = self._frame
        states = {}
        for track, stream in self._streams.items():
            given = frames.get(track, (None, None))
            if isinstance(given, Person):
                states[track] = stream._push_person(given, t)
            else:
                states[track] = stream.push(given[0], t, confidence=given[1])
        return states

    def _make_room(self, frames: Mapping[int, Any]) -> None:
        if len(self._streams) < self._most:
            return
        # A person in the current frame is removed only if all tracked persons are in it.
        longest = min(self._streams, key=lambda track: (track in frames, self._seen[track]))
        del self._streams[longest], self._seen[longest]

    def _frames(self, persons: Any, t: float) -> dict[int, Any]:
        """Return track id → `Person`, or (array, confidence)."""
        if persons is None and self._reader is None:
            return {}
        if isinstance(persons, Mapping):
            return {_track(track): _pair(points) for track, points in persons.items()}
        if self._reader is None:
            raise FormatError(
                f"persons is of type {type(persons).__name__}; needed track id → array, or estimator= "
                "for its results."
            )
        found = self._reader(persons)
        tracks = self._tracker.update(found, self._clock.follow(t))
        named = {
            track.ids[0]: person
            for track, person in zip(tracks, found, strict=True)
            if track is not None and track.ids
        }
        for track in self._tracker.tracks:  # a stream has no end, so frame numbers are not kept
            track.rows.clear()
        if found and not any(track.ids for track in self._tracker.tracks):
            raise FormatError(
                "this result has no track ids, so persons cannot be told apart; use the tracker "
                "(model.track(frame, persist=True)), or Stream for one person."
            )
        return named

    @property
    def tracks(self) -> tuple[int, ...]:
        """Track ids of all current persons."""
        return tuple(self._streams)

    def __getitem__(self, track: int) -> Stream:
        if track not in self._streams:
            raise UnknownNameError.of("track id", track, self._streams)
        return self._streams[track]

    def __len__(self) -> int:
        return len(self._streams)

    def finish(self) -> dict[int, Analysis]:
        """Return the analyses by track id. Persons with too little data are omitted."""
        done = {}
        for track, stream in self._streams.items():
            try:
                done[track] = stream.finish()
            except KneeposeError:
                continue
        return done

    def reset(self) -> None:
        """Remove all persons and their streams."""
        self._streams.clear()
        self._seen.clear()
        self._begin()

    def _begin(self) -> None:
        self._tracker = Tracker()
        # The tracker uses the same clock logic as the streams, so that a wrong time stamp makes
        # nobody absent.
        self._clock = _core.Clock()
