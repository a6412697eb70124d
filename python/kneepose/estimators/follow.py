"""Person tracking: detections are joined to tracks, and one track is chosen.

A recording chooses over all frames. A stream chooses over the first second, and again when the person is
lost. All limits are engineering defaults, in body sizes and seconds, so that they depend neither on the
image size nor on the frame rate.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from kneepose import _core
from kneepose.errors import CoordinateError, RecordingWarning, UnknownNameError
from kneepose.estimators.person import F64, I64, People, Person, parse_person

__all__ = [
    "Follower",
    "Track",
    "Tracker",
    "choose_track",
    "rows_of_one",
    "steady_track",
    "warn_of_doubts",
]

# Largest distance between the detections of one person: a constant for jitter, in body sizes, plus
# a running speed, in body sizes per second.
_JITTER: Final = 0.3
_SPEED: Final = 2.0
# Largest ratio of the body sizes of one person in two frames.
_SIZE_RATIO: Final = 3.0
# Largest ratio of body sizes for which `steady_track` accepts a single person without full
# tracking.
_STEADY_SIZE: Final = 2.0
# Minimum number of keypoints from which a body size is computed.
_LEAST_KEYPOINTS: Final = 3
# A detection with fewer keypoints than this share of the typical number does not update the typical
# size.
_LEAST_SEEN: Final = 0.5
# Weight of a new frame in the running means of body size and velocity.
_NEW: Final = 0.1
# Maximum time over which a velocity is measured, and maximum time over which it predicts a
# position, in seconds.
_STEP: Final = 0.2
_HORIZON: Final = 0.7
# Two detections closer than this, in body sizes, are duplicates of one person.
_TWICE: Final = 0.1
# After an absence longer than this, in seconds, another person may have taken the person's place.
_LONG_ABSENCE: Final = 1.0
# Two assignments of persons to tracks whose costs differ by less than this, in body sizes, are
# ambiguous.
_ALIKE: Final = 0.1
# A stream chooses a person within the first of these times, in seconds, and chooses again after an
# absence of that length. A person who was visible together with the lost one is accepted only after
# the second, longer time.
_DECISION: Final = 1.0
_LOST_FOR_GOOD: Final = 5.0
# The chosen person is replaced by another visible one only if that score is this many times higher.
_CLEARLY: Final = 1.5
# Detections shorter than this, in seconds, count as false detections.
_LASTING: Final = 0.5
# Another person with at least this share of the main person's score makes the choice doubtful.
_RIVAL: Final = 0.85
# Maximum number of tracks that a stream keeps.
_MOST_TRACKS: Final = 64


@dataclass(eq=False)
class Track:
    """One person over time.

    Attributes
    ----------
    rows
        Frame number → index of the person in that frame.
    ids
        Track ids of the estimator, in order of appearance.
    doubts
        Numbers of the frames from which the track may be of another person.
    """

    points: F64
    size: float
    last: float
    seen: float
    id: int | None
    velocity: list[float]
    first_frame: int
    start: float
    rows: dict[int, int] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    doubts: list[int] = field(default_factory=list)
    doubted: float = -np.inf
    presence: float = 0.0
    area: float = 0.0
    inside: int = 0
    count: int = 0

    def set_back(self, time: float) -> None:
        """Limit the times of the track to `time`, after a clock was reset."""
        self.last, self.start, self.doubted = (
            min(moment, time) for moment in (self.last, self.start, self.doubted)
        )


@dataclass
class _Seen:
    """Position and size of one person in one frame."""

    points: F64
    number: int
    size: float
    center: list[float]
    area: float
    person: Person

    @property
    def visible(self) -> Any:
        """True for keypoints with finite coordinates, shape (K,)."""
        return np.isfinite(self.points).all(axis=1)


class Tracker:
    """Joins the persons of successive frames to tracks.

    The estimator's track id has priority. A person without an id, or with a new one, continues the
    nearest track if size and speed are plausible.

    Parameters
    ----------
    resolution
        (width, height) of the image, or None. Persons near its center get a higher score.
    box
        Box for which the frames with each track inside are counted, or None.
    """

    def __init__(
        self, resolution: tuple[int, int] | None = None, box: tuple[float, ...] | None = None
    ) -> None:
        self.resolution = resolution
        self.tracks: list[Track] = []
        self._box = box
        self._frame = -1
        self._time = 0.0

    def update(self, persons: Sequence[Person], time: float) -> list[Track | None]:
        """Return each person's track in the next frame; None without visible keypoints.

        A time that decreases means that the clock was reset; the absences of all tracks then count
        as zero.
        """
        self._frame += 1
        if np.isfinite(time):
            for track in self.tracks if time < self._time else ():
                track.set_back(time)
            self._time = time
        if not persons:
            return []
        return self._joined([_seen(person) for person in persons])

    def _joined(self, seen: list[_Seen | None]) -> list[Track | None]:
        found: list[Track | None] = [None] * len(seen)
        self._by_id(seen, found)
        self._by_place(seen, found)
        for i, one in enumerate(seen):
            if one is None:
                continue
            track = found[i]
            if track is None:
                if self._is_twice(i, seen, found):
                    continue
                track = found[i] = self._new(one)
            self._continue(track, one, i)
        if len(self.tracks) > _MOST_TRACKS:
            self.tracks.sort(key=lambda track: (track.last, track.presence))
            del self.tracks[: len(self.tracks) - _MOST_TRACKS]
        return found

    def _by_id(self, seen: list[_Seen | None], found: list[Track | None]) -> None:
        by_id = {track.id: track for track in self.tracks if track.id is not None}
        for i, one in enumerate(seen):
            if one is None or one.person.track is None:
                continue
            track = by_id.get(one.person.track)
            if track is not None and track not in found:
                found[i] = track
                if _distance(track, one, self._time) > self._reach(track):
                    self._doubt(track)

    def _by_place(self, seen: list[_Seen | None], found: list[Track | None]) -> None:
        costs: dict[tuple[int, int], float] = {}
        here = {one.person.track for one in seen if one is not None}
        for i, one in enumerate(seen):
            if one is None or found[i] is not None:
                continue
            for j, track in enumerate(self.tracks):
                if track in found or (track.id is not None and track.id in here):
                    continue
                distance = _distance(track, one, self._time)
                if distance <= self._reach(track) and _same_size(track, one):
                    size = max(track.size, one.size)
                    # The size is zero if all keypoints lie on one point.
                    costs[i, j] = distance / size if size else 0.0
        pairs: list[tuple[int, int]] = []
        for i, j in sorted(costs, key=costs.__getitem__):
            if found[i] is None and self.tracks[j] not in found:
                found[i] = self.tracks[j]
                pairs.append((i, j))
        for i, j in pairs:
            track, cost = self.tracks[j], costs[i, j]
            away = self._time - track.last
            if away > _LONG_ABSENCE or self._is_ambiguous(i, j, cost, pairs, costs):
                self._doubt(track)

    def _is_ambiguous(
        self,
        i: int,
        j: int,
        cost: float,
        pairs: list[tuple[int, int]],
        costs: dict[tuple[int, int], float],
    ) -> bool:
        """Return whether person `i` could belong to another track than `j` with similar cost."""
        partner = {track: person for person, track in pairs}
        for (person, other), rival in costs.items():
            if person != i or other == j or self.tracks[other].count < 3:
                continue
            if other not in partner:  # nobody is assigned to that track in this frame
                absent = self._time - self.tracks[other].last
                if rival < 2 * cost + _ALIKE and absent < _LONG_ABSENCE:
                    return True
            elif (partner[other], j) in costs:
                straight = cost + costs[partner[other], other]
                if rival + costs[partner[other], j] - straight < _ALIKE:
                    return True
        return False

    def _is_twice(self, i: int, seen: list[_Seen | None], found: list[Track | None]) -> bool:
        one = seen[i]
        assert one is not None
        for k, other in enumerate(seen):
            if k == i or other is None or found[k] is None:
                continue
            both = one.visible & other.visible
            if one.person.track is None and both.sum() >= min(one.number, other.number):
                with np.errstate(over="ignore"):
                    gap = np.linalg.norm(one.points[both] - other.points[both], axis=1)
                if np.median(gap) < _TWICE * other.size:
                    return True
        return False

    def _new(self, one: _Seen) -> Track:
        track = Track(
            points=one.points.copy(),
            size=one.size,
            last=self._time,
            seen=float(one.number),
            id=None,
            velocity=[0.0] * one.points.shape[1],
            first_frame=self._frame,
            start=self._time,
        )
        self.tracks.append(track)
        return track

    def _continue(self, track: Track, one: _Seen, row: int) -> None:
        elapsed = self._time - track.last
        whole = one.number >= _LEAST_SEEN * track.seen
        if whole and one.number >= _LEAST_KEYPOINTS and track.count:
            moved = _core.typical_move(one.points, track.points)
            if 0 < elapsed <= _STEP and moved is not None:
                track.velocity = [
                    old + 3 * _NEW * (way / elapsed - old)
                    for old, way in zip(track.velocity, moved, strict=True)
                ]
            elif elapsed > _STEP:
                track.velocity = [0.0] * len(track.velocity)
        if whole:
            track.size = (
                max(track.size, one.size)
                if track.seen < _LEAST_KEYPOINTS
                else track.size + _NEW * (one.size - track.size)
            )
            track.seen = max(float(one.number), (1 - _NEW) * track.seen)
        if whole and elapsed > _STEP:
            track.points[:] = np.nan
        if one.number == len(one.points):
            track.points[:] = one.points
        else:
            track.points[one.visible] = one.points[one.visible]
        track.last = self._time
        if one.person.track is not None:
            track.id = one.person.track
            if track.id not in track.ids:
                track.ids.append(track.id)
        track.rows[self._frame] = row
        track.count += 1
        track.presence += one.size * self._centered(one.center)
        track.area += one.area
        if self._box is not None:
            x0, y0, x1, y1 = self._box
            track.inside += bool(x0 <= one.center[0] <= x1 and y0 <= one.center[1] <= y1)

    def _doubt(self, track: Track) -> None:
        if self._time - track.doubted > _LONG_ABSENCE:
            track.doubts.append(self._frame)
        track.doubted = self._time

    def _reach(self, track: Track) -> float:
        return track.size * (_JITTER + _SPEED * max(self._time - track.last, 0.0))

    def _centered(self, center: Sequence[float]) -> float:
        """Return a weight for the horizontal position: 1 at the image center, 0.5 at borders."""
        if self.resolution is None:
            return 1.0
        half = 0.5 * self.resolution[0]
        return 1.0 - 0.5 * min(abs(center[0] - half) / half, 1.0)


def steady_track(people: People, seconds: F64) -> Track | None:
    """Return the track of the only person if nobody else appears and no doubt arises, else None.

    This fast path gives the result of a `Tracker` for all frames at once. It applies if there is
    only one person, no absence is long, the body size is steady, and the motion between frames is
    within jitter. None means that a `Tracker` is needed.
    """
    frames, points = people.frames, people.points
    if not len(frames) or not np.diff(frames).all() or people.boxes is not None:
        return None
    if len(set(people.tracks)) > 1:
        return None
    # Frames on the last axis make sums over keypoints fast.
    planes = np.ascontiguousarray(points.transpose(2, 1, 0))
    numbers = np.isfinite(planes).all(axis=0).sum(axis=0)
    if numbers.min() < max(_LEAST_KEYPOINTS, _LEAST_SEEN * numbers.max()):
        return None
    absences = np.diff(seconds[frames])
    if len(absences) and absences.max() > _LONG_ABSENCE:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = (np.fmax.reduce(planes, axis=1) - np.fmin.reduce(planes, axis=1)).max(axis=0)
        least = sizes.min()
        squares = (np.diff(planes, axis=2) ** 2).sum(axis=0)
        both = np.isfinite(squares).sum(axis=0)
        near = (squares <= (_JITTER * least) ** 2).sum(axis=0)
    # If more than half of the squared distances are small, their median is small too.
    if len(both) and (both.min() < _LEAST_KEYPOINTS or (near <= both // 2).any()):
        return None
    if not sizes.max() / _STEADY_SIZE <= least:
        return None
    id = people.tracks[0]
    return Track(
        points=points[-1],
        size=float(sizes[-1]),
        last=float(seconds[frames[-1]]),
        seen=float(numbers[-1]),
        id=id,
        velocity=[0.0] * points.shape[2],
        first_frame=int(frames[0]),
        start=float(seconds[frames[0]]),
        rows=dict.fromkeys(frames.tolist(), 0),
        ids=[] if id is None else [id],
        count=len(frames),
    )


def _seen(person: Person) -> _Seen | None:
    points = person.points
    number, low, high, center = _core.extent(points)
    if not number:
        return None
    if person.box is not None and points.shape[1] == 2:
        low, high = list(person.box[:2]), list(person.box[2:])
        center = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    spans = sorted((b - a for a, b in zip(low, high, strict=True)), reverse=True)
    largest, second = spans[:2]
    return _Seen(points, number, largest, center, largest * second, person)


def _distance(track: Track, one: _Seen, time: float) -> float:
    """Return the typical distance of the keypoints from the position predicted by the track."""
    for_s = min(max(time - track.last, 0.0), _HORIZON)
    square = min(
        _core.typical_square(one.points, track.points, [share * speed for speed in track.velocity])
        for share in (0.0, for_s)
    )
    if math.isfinite(square):
        return math.sqrt(square)
    known = track.points[np.isfinite(track.points).all(axis=1)]
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(np.median(known, axis=0) - one.center))


def _same_size(track: Track, one: _Seen) -> bool:
    if one.number < _LEAST_KEYPOINTS or track.seen < _LEAST_KEYPOINTS:
        return True
    if one.number < _LEAST_SEEN * track.seen:
        return one.size <= _SIZE_RATIO * track.size
    return track.size <= _SIZE_RATIO * one.size and one.size <= _SIZE_RATIO * track.size


def _score(track: Track, person: str | int | tuple[float, ...]) -> float:
    if person == "largest":
        return track.area
    if person == "first":
        return float(track.count)
    if isinstance(person, tuple):
        return float(track.inside)
    if isinstance(person, int):
        return float(track.count) if person in track.ids else 0.0
    return track.presence


def choose_track(
    tracks: Sequence[Track], person: str | int | tuple[float, ...], times: F64
) -> Track | None:
    """Return the track to keep for a whole recording, or None if there is no person.

    Raises
    ------
    UnknownNameError
        The track id never appears.
    CoordinateError
        Nobody is in the box.
    """
    if isinstance(person, int):
        known = sorted({i for track in tracks for i in track.ids})
        if person not in known:
            hint = (
                ""
                if known
                else "The results hold no track ids, which come from a tracker "
                '(Ultralytics: model.track). Or pass "main", "largest", "first" or a box.'
            )
            raise UnknownNameError.of("track id", person, known, hint=hint)
    if not tracks:
        return None
    if person == "first":
        steps = np.diff(times)
        lasting = _LASTING / float(np.median(steps)) if steps.size else 1.0
        longest = max(track.count for track in tracks)
        real = [track for track in tracks if track.count >= min(lasting, longest / 2)]
        return min(real, key=lambda track: (track.first_frame, track.rows[track.first_frame]))
    best = max(tracks, key=lambda track: _score(track, person))
    if person == "main":
        best_score = _score(best, person)
        if any(_score(t, person) > _RIVAL * best_score for t in tracks if t is not best):
            best.doubts.insert(0, best.first_frame)
    if isinstance(person, tuple) and not best.inside:
        raise CoordinateError(
            f"person={person!r} is a box in which nobody is seen; needed (x0, y0, x1, y1) in pixels "
            "around the person, y down."
        )
    return best


def rows_of_one(
    found: People,
    person: str | int | tuple[float, ...],
    resolution: tuple[int, int] | None,
    seconds: F64,
) -> tuple[I64, list[float]]:
    """Return the chosen person's row in each frame, and the times when identity becomes doubtful.

    Parameters
    ----------
    person
        Choice of the person, as `parse_person` returns it.
    seconds
        Time of each frame.

    Raises
    ------
    UnknownNameError, CoordinateError
        As in `choose_track`.
    """
    if found.single and isinstance(person, str):
        return np.arange(len(found.frames)), []
    track = steady_track(found, seconds) if isinstance(person, str) else None
    if track is None and found.n_frames:
        tracker = Tracker(resolution, person if isinstance(person, tuple) else None)
        for persons, time in zip(found.persons(), seconds.tolist(), strict=True):
            tracker.update(persons, time)
        track = choose_track(tracker.tracks, person, seconds)
    if track is None:
        return np.zeros(0, dtype=np.int64), []
    first = np.searchsorted(found.frames, list(track.rows))
    rows = np.asarray(first + list(track.rows.values()), dtype=np.int64)
    return rows, [float(seconds[number]) for number in sorted(set(track.doubts))]


def warn_of_doubts(doubts: Sequence[float], stacklevel: int) -> None:
    """Warn that another person may have been followed; `doubts` are times in seconds."""
    if doubts:
        more = f" and {len(doubts) - 1} more times" if len(doubts) > 1 else ""
        warnings.warn(
            f"somebody else may have taken the person's place at {doubts[0]:.2f} s{more}: look at the "
            "video there, or cut the recording.",
            RecordingWarning,
            stacklevel=stacklevel,
        )


class Follower:
    """Chooses one person frame by frame: in the first second, and when the person is lost.

    Attributes
    ----------
    changes
        Times in seconds at which another person may have been chosen.
    restarted
        True if the last frame changed a choice that was not yet final.
    """

    def __init__(self, person: Any = "main", resolution: tuple[int, int] | None = None) -> None:
        self._person = parse_person(person)
        self._options = (resolution, self._person if isinstance(self._person, tuple) else None)
        self.reset()

    def reset(self) -> None:
        """Forget all tracks and the choice."""
        self._tracker = Tracker(*self._options)
        self._track: Track | None = None
        self._home: Track | None = None
        self._decided = False
        self._start = 0.0
        self._doubts = 0
        self.changes: list[float] = []
        self.restarted = False

    def choose(self, persons: Sequence[Person], time: Any) -> int | None:
        """Return the index of the chosen person in this frame, or None if not visible."""
        try:
            seconds = float(time)
        except (TypeError, ValueError, OverflowError):
            seconds = float("nan")
        found = self._tracker.update(persons, seconds)
        self.restarted = False
        here = [track for track in found if track is not None]
        for track in here:  # a stream has no end, so frame numbers are not kept
            track.rows.clear()
        now = self._tracker._time
        self._start = min(self._start, now)
        self._decide(here, now)
        if self._track is None or self._track not in here:
            return None
        if len(self._track.doubts) > self._doubts:
            self._doubts = len(self._track.doubts)
            self.changes.append(now)
        return found.index(self._track)

    def _decide(self, here: list[Track], now: float) -> None:
        candidates = [track for track in here if self._score(track) > 0]
        current = self._track
        if not candidates:
            return
        if current is None:
            self._start = now
            self._home = self._track = max(candidates, key=self._score)
        elif not self._decided:
            self._decided = now - self._start >= _DECISION
            self._decide_first(current, candidates)
        elif current not in here or current is not self._home:
            self._decide_again(current, candidates, now)

    def _decide_first(self, current: Track, candidates: list[Track]) -> None:
        best = max(candidates, key=self._score)
        if best is current or (self._person == "first" and current in candidates):
            return
        clearly = _CLEARLY if current in candidates and not self._decided else 1.0
        if self._score(best) > clearly * self._score(current):
            self._home = self._track = best
            self._doubts = len(best.doubts)
            self.restarted = True

    def _decide_again(self, current: Track, candidates: list[Track], now: float) -> None:
        if self._home in candidates:
            candidates = [self._home]
        elif now - current.last <= _DECISION:
            return
        elif now - current.last <= _LOST_FOR_GOOD:
            candidates = [track for track in candidates if track.start > current.last]
        if candidates:
            self._track = max(candidates, key=self._score)
            self._doubts = len(self._track.doubts)
            self.changes.append(now)

    def _score(self, track: Track) -> float:
        return _score(track, self._person)
