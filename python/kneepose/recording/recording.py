"""`Recording`: one person's keypoints over time, and what they mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import CoordinateError, KneeposeError
from kneepose.recording.options import parse_choice
from kneepose.recording.parse import (
    F64,
    VIEWS,
    check_clock,
    check_frames,
    check_rate,
    frozen,
    missing_keypoints,
    parse_confidence,
    parse_coordinates,
    parse_resolution,
    parse_skeleton,
    parse_times,
    warn_low_rate,
)
from kneepose.recording.repairs import Repairs, repairs_of
from kneepose.recording.skeleton import Skeleton
from kneepose.recording.space import reflect, to_metres, to_pixels
from kneepose.typing import SkeletonName, Unit, Up, View

if TYPE_CHECKING:
    from pathlib import Path

    from kneepose._core import Conditioned

__all__ = ["Recording", "check_raw", "check_recording", "conditioned", "core_recording"]
Cutoff = float | Literal["auto"] | None

_FIELDS: Final = (
    "coordinates", "confidence", "times", "fps", "skeleton", "up", "resolution_wh", "mirrored",
    "view", "estimator", "meta", "repairs", "reflection",
)  # fmt: skip


class Recording:
    """Keypoints of one person over time, with a skeleton and a clock. It never changes.

    The input is copied once, as f64; it is never mutated. The arrays handed out are read-only.
    T is the number of frames, K the number of keypoints of the skeleton.

    Parameters
    ----------
    coordinates
        (T, K, 2): image space, pixels, x right, y down. (T, K, 3): world space, in `unit`,
        with the vertical axis named by `up`. Any real dtype, memory order and stride; masked
        entries are missing.
    skeleton
        Name of the skeleton (``"coco17"``, …) or a `Skeleton`. The number of keypoints does not
        identify it, so it is never guessed.
    times
        (T,) timestamps in seconds, strictly rising. Best for phone video, whose frame rate varies.
    fps
        Frames per second, where there are no timestamps; the first frame is at 0 s. Give exactly
        one of `times` and `fps`.
    confidence
        (T, K), finite and ≥ 0. It may exceed 1: not all estimators hand out probabilities.
    up
        World space only, and required there: the axis that points up, one of
        ``"x"``, ``"y"``, ``"z"``, ``"-x"``, ``"-y"``, ``"-z"``.
    unit
        World space only: ``"m"`` (default), ``"cm"`` or ``"mm"``. Stored in metres.
    normalized
        Image space only: x and y are divided by image width and height. Needs `resolution_wh`;
        stored in pixels.
    resolution_wh
        (width, height) of the image in pixels.
    mirrored
        Image space only: the frames were mirrored (selfie) before the estimator saw them. They
        are un-mirrored here: x is reflected about the image, x → width − x (x → −x
        without a resolution), and left and right keypoints change places.
    view
        Where the camera stands, the user's word: ``"front"``, ``"back"``, ``"left"``,
        ``"right"`` of the person; None if not known.
    estimator
        Free text: what made the keypoints, with its version.
    meta
        Anything else worth keeping; shallow-copied.

    Raises
    ------
    CoordinateError, SkeletonError, TimeError, UnknownNameError
        The input is malformed, or looks like something else than it is said to be.

    Warns
    -----
    RecordingWarning
        The frame rate is below 15 fps (below 9.5 fps is refused).

    Notes
    -----
    Missing has one form inside: every coordinate NaN and confidence 0. These all become it: a
    non-finite coordinate, confidence 0 or NaN, and in image space without `confidence` a keypoint
    at exactly (0, 0), which is how estimators spell it.

    Two recordings are equal only if they are the same object: compare the arrays.

    Examples
    --------
    >>> import numpy as np
    >>> xy = np.random.default_rng(0).uniform(100, 900, (60, 17, 2))
    >>> rec = Recording(xy, skeleton="coco17", fps=30, resolution_wh=(1920, 1080))
    >>> rec
    Recording: 60 frames over 1.97 s (30 fps), coco17, image space 1920×1080
    >>> rec[10:50].n_frames
    40
    """

    __slots__ = (*(f"_{name}" for name in _FIELDS), "__weakref__")

    _coordinates: F64
    _confidence: F64
    _times: F64
    _fps: float | None
    _skeleton: Skeleton
    _up: Up | None
    _resolution_wh: tuple[int, int] | None
    _mirrored: bool
    _view: View | None
    _estimator: str
    _meta: Mapping[str, Any]
    _repairs: Repairs | None
    _reflection: F64 | None

    def __init__(
        self,
        coordinates: npt.ArrayLike,
        *,
        skeleton: SkeletonName | Skeleton,
        times: npt.ArrayLike | None = None,
        fps: float | None = None,
        confidence: npt.ArrayLike | None = None,
        up: Up | None = None,
        unit: Unit | None = None,
        normalized: bool = False,
        resolution_wh: tuple[int, int] | None = None,
        mirrored: bool = False,
        view: View | None = None,
        estimator: str = "",
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        known_skeleton = parse_skeleton(skeleton, coordinates)
        points = parse_coordinates(coordinates, known_skeleton)
        n_frames, n_keypoints, n_axes = points.shape
        scores = parse_confidence(confidence, (n_frames, n_keypoints))
        seconds, nominal_fps = parse_times(times, fps, n_frames)
        resolution = parse_resolution(resolution_wh)
        known_view = parse_choice(view, "view", VIEWS)

        missing = missing_keypoints(points, scores)
        points[missing] = np.nan
        if scores is None:
            scores = np.ones((n_frames, n_keypoints))
        scores[missing] = 0.0

        if n_axes == 2:
            to_pixels(points, up, unit, normalized, resolution)
        else:
            to_metres(points, known_skeleton, up, unit, normalized, mirrored)

        self._set(
            coordinates=points,
            confidence=scores,
            times=seconds,
            fps=nominal_fps,
            skeleton=known_skeleton,
            up=up,
            resolution_wh=resolution,
            mirrored=False,
            view=known_view,
            estimator=str(estimator),
            meta={} if meta is None else meta,
            repairs=None,
            reflection=None,
        )
        check_clock(self._times, self.fps)
        warn_low_rate(self.fps)
        if mirrored:
            image = self.mirror()
            self._set(**image._fields() | {"view": known_view})

    def _set(self, **fields: Any) -> None:
        for name in ("coordinates", "confidence", "times", "reflection"):
            if fields[name] is not None:
                fields[name] = frozen(fields[name])
        fields["meta"] = MappingProxyType(dict(fields["meta"]))
        for name in _FIELDS:
            object.__setattr__(self, f"_{name}", fields[name])

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, f"_{name}") for name in _FIELDS}

    def _replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, for kneepose's own use.

        Takes any field in canonical form (pixels or metres, un-mirrored). Arrays are copied and
        frozen, their shapes must agree, nothing else is checked. New `times` forget a nominal `fps`.
        """
        unknown = changes.keys() - set(_FIELDS)
        if unknown:
            raise TypeError(f"a Recording has no field {sorted(unknown)}")
        if "coordinates" in changes:
            changes.setdefault("reflection", None)
        if "times" in changes:
            changes.setdefault("fps", None)
        fields = self._fields() | changes
        shape = np.shape(fields["coordinates"])
        n_keypoints = len(fields["skeleton"].keypoints)
        if (
            len(shape) != 3
            or shape[1] != n_keypoints
            or np.shape(fields["confidence"]) != shape[:2]
            or np.shape(fields["times"]) != shape[:1]
        ):
            raise CoordinateError(
                f"coordinates {shape}, confidence {np.shape(fields['confidence'])} and times "
                f"{np.shape(fields['times'])} do not fit together with {n_keypoints} keypoints."
            )
        copy = object.__new__(type(self))
        copy._set(**fields)
        return copy

    @property
    def coordinates(self) -> F64:
        """(T, K, D) read-only f64: pixels (image, y down) or metres (world); NaN = missing."""
        return self._coordinates

    @property
    def confidence(self) -> F64:
        """(T, K) read-only f64, ≥ 0: 1 where not given, 0 where the keypoint is missing."""
        return self._confidence

    @property
    def times(self) -> F64:
        """(T,) read-only f64 timestamps in seconds, strictly rising."""
        return self._times

    @property
    def fps(self) -> float:
        """Frames per second: as given, else 1 / median interval; NaN for one frame with a time."""
        if self._fps is not None:
            return self._fps
        return float(1 / np.median(np.diff(self._times))) if self.n_frames > 1 else float("nan")

    @property
    def skeleton(self) -> Skeleton:
        """The ordered keypoints, and which body landmark each one is."""
        return self._skeleton

    @property
    def space(self) -> Literal["image", "world"]:
        """``"image"`` (D = 2, pixels, y down) or ``"world"`` (D = 3, metres, `up` is vertical)."""
        return "image" if self._coordinates.shape[2] == 2 else "world"

    @property
    def up(self) -> Up | None:
        """The axis that points up in world space (``"y"``, ``"-z"``, …); None in image space."""
        return self._up

    @property
    def resolution_wh(self) -> tuple[int, int] | None:
        """(width, height) of the image in pixels, if known."""
        return self._resolution_wh

    @property
    def mirrored(self) -> bool:
        """True if `coordinates` are the mirror image of what was given (see `mirror`)."""
        return self._mirrored

    @property
    def view(self) -> View | None:
        """Where the camera stands, as the user said: front, back, left, right, or None."""
        return self._view

    @property
    def estimator(self) -> str:
        """What made the keypoints, as the user or the adapter said."""
        return self._estimator

    @property
    def meta(self) -> Mapping[str, Any]:
        """Everything else that was kept, as a read-only mapping."""
        return self._meta

    @property
    def repairs(self) -> Repairs | None:
        """What `conditioned` did; None on a raw recording."""
        return self._repairs

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return int(self._coordinates.shape[0])

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last; 0 for one frame."""
        return float(self._times[-1] - self._times[0])

    def save(self, path: str | Path) -> Path:
        """Write kneepose's own ``.npz``, which `kneepose.read` reads. Returns the path."""
        from kneepose.io import npz

        return npz.write(self, path)

    def mirror(self) -> Self:
        """Return the mirror image: x reflected, left and right keypoints exchanged.

        Image space: x → width − x, or −x without a resolution; the views ``"left"`` and
        ``"right"`` change places. World space: the first axis that is not vertical changes sign.
        Angles of a leg keep their value and change their side. Mirroring twice gives the same bits back:
        each image remembers what it is the image of, because width − x rounds.
        """
        swap = self._skeleton.swap
        reflected = self._reflection
        if reflected is None:
            reflected = reflect(self._coordinates[:, swap], self._up, self._resolution_wh)
        return self._replace(
            coordinates=reflected,
            reflection=self._coordinates,
            confidence=self._confidence[:, swap],
            mirrored=not self._mirrored,
            repairs=self._repairs and self._repairs._part(slice(None), swap),
            view={"left": "right", "right": "left"}.get(self._view or "", self._view),
        )

    def leveled(self, roll_deg: float | None = None) -> Self:
        """Return the picture turned level: rotated by −`roll_deg` about its middle (or the origin).

        `roll_deg` is + where a level line rises to the right; None takes what `kneepose.check` sees.
        Raises `CoordinateError` in world space, and where no tilt is given and none can be seen.
        """
        from kneepose.quality.quality import level

        return level(self, roll_deg)

    def conditioned(self, *, cutoff_hz: Cutoff = 6.0, max_gap_s: float = 0.2) -> Recording:
        """Return a new recording with swaps, outliers, gaps, uneven times and noise repaired.

        Parameters
        ----------
        cutoff_hz
            Of the zero-phase low-pass, Hz; at most 0.4 of the frame rate is used. None leaves it out;
            ``"auto"`` asks the recording (see `arrays.residual_cutoff`).
        max_gap_s
            Longest gap, in seconds, that is filled; longer ones stay NaN.

        Returns
        -------
        Recording
            Its `repairs` says what was done. Coordinates are filtered, never angles.
        """
        check_raw(self)
        return conditioned(self, _core.condition(core_recording(self), cutoff_hz, max_gap_s))

    def __len__(self) -> int:
        return self.n_frames

    def __getitem__(self, frames: slice) -> Self:
        """Return some of the frames, in order, with their own timestamps: ``rec[10:50]``."""
        step = check_frames(frames, self.n_frames)
        part = self._replace(
            coordinates=self._coordinates[frames],
            confidence=self._confidence[frames],
            times=self._times[frames],
            repairs=self._repairs and self._repairs._part(frames),
            fps=None if self._fps is None else self._fps / step,
            reflection=None if self._reflection is None else self._reflection[frames],
        )
        if step > 1:
            check_rate(part.fps)
        return part

    def __repr__(self) -> str:
        # One frame with a timestamp has no rate.
        rate = "" if np.isnan(self.fps) else f" ({self.fps:.4g} fps)"
        frames = "1 frame" if self.n_frames == 1 else f"{self.n_frames} frames"
        text = f"Recording: {frames} over {self.duration_s:.2f} s{rate}, {self.skeleton.name}, "
        if self.space == "world":
            text += f"world space in m, {self.up} up"
        else:
            text += "image space"
            if self.resolution_wh is not None:
                text += f" {self.resolution_wh[0]}×{self.resolution_wh[1]}"
        if self.view:
            text += f", {self.view} view"
        if self.mirrored:
            text += ", reflected"
        if self.estimator:
            text += f", from {self.estimator}"
        missing = float(np.isnan(self.coordinates[..., 0]).mean())
        if missing:
            text += f", {missing:.1%} of the keypoints missing"
        return text if self.repairs is None else f"{text}, conditioned"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Recording never changes; {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Recording never changes; {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._fields() | {"meta": dict(self._meta)})


def _restored(cls: type[Recording], fields: dict[str, Any]) -> Recording:
    recording = object.__new__(cls)
    recording._set(**fields)
    return recording


def check_recording(given: object, call: str) -> None:
    """Raise `KneeposeError`, with what to write instead, for anything but a `Recording`.

    Parameters
    ----------
    given
        The first argument of a function.
    call
        Name of that function.
    """
    if isinstance(given, Recording):
        return
    if isinstance(given, os.PathLike) or (isinstance(given, str) and os.path.splitext(given)[1]):
        path = os.fspath(given)
        what, remedy = f"the path {path!r}", f"Write kp.{call}(kp.read({path!r}), …)."
    elif isinstance(given, str):
        what, remedy = f"the text {given!r}", f"Write kp.{call}(recording, …): the recording first."
    elif isinstance(given, np.ndarray):
        what = f"an array of shape {given.shape}"
        remedy = (
            f'Write kp.{call}(kp.Recording(array, skeleton="coco17", fps=30), …) with the skeleton of '
            "your estimator."
        )
    else:
        what = f"an object of type {type(given).__name__}"
        remedy = (
            "Make one: from a file with kp.read, from arrays with kp.Recording, from estimator results "
            "with kp.from_mediapipe or kp.from_ultralytics."
        )
    raise KneeposeError(f"{call} takes a Recording, not {what}. {remedy}")


def core_recording(recording: Recording) -> tuple[Any, ...]:
    """Return a recording as the plain arrays that the core takes."""
    return (
        recording.skeleton._core,
        recording.coordinates,
        recording.confidence,
        recording.times,
        recording.up or "image",
        recording.resolution_wh,
        None if recording.repairs is None else recording.repairs.codes,
    )


def check_raw(recording: Recording) -> None:
    """Raise `KneeposeError` for a recording that was conditioned already."""
    if recording.repairs is not None:
        raise KneeposeError(
            "this recording was conditioned already, and filtering twice smooths too much: "
            "pass the recording as it came from the estimator."
        )


def conditioned(recording: Recording, done: Conditioned) -> Recording:
    """Return the recording with what the core made of it."""
    return recording._replace(
        coordinates=done["coordinates"],
        confidence=done["confidence"],
        times=done["times"],
        repairs=repairs_of(done),
    )
