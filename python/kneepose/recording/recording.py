"""`Recording`: keypoints of one person over time, with skeleton, space and times."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self, TypeVar, Unpack

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import CoordinateError, KneeposeError, UnknownNameError
from kneepose.recording.details import DETAILS, Details, check_text, parse_details
from kneepose.recording.options import parse_choice, parse_mapping, parse_real
from kneepose.recording.parse import (
    F64,
    VIEWS,
    check_clock,
    check_frames,
    check_longest_hole,
    check_one_person,
    check_rate,
    frozen,
    mask_missing,
    parse_confidence,
    parse_coordinates,
    parse_fps,
    parse_resolution,
    parse_skeleton,
    parse_times,
    sealed,
    warn_low_rate,
)
from kneepose.recording.repairs import Repairs, repairs_of
from kneepose.recording.skeleton import Skeleton
from kneepose.recording.space import UPS, parse_depth, reflect, to_metres, to_pixels
from kneepose.records import ReadOnlyMapping, Record
from kneepose.typing import Depth, SkeletonName, Unit, Up, View

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from kneepose._core import Conditioned

__all__ = ["Recording", "check_raw", "check_recording", "conditioned", "core_recording"]
RecordingT = TypeVar("RecordingT", bound="Recording")
Cutoff = float | Literal["auto"] | None

_OTHER_SIDE: Final = {"left": "right", "right": "left"}
_FIELDS: Final = (
    "coordinates", "confidence", "times", "fps", "skeleton", "up", "resolution_wh", "mirrored",
    "view", "estimator", "meta", "repairs", "reflection", "depth",
    *DETAILS,
)  # fmt: skip


class Recording(Record):
    """Keypoints of one person over time, with skeleton, space and clock. Immutable.

    The input is copied once to float64 and never changed. All arrays of a recording are read-only.
    T is the number of frames, K the number of keypoints of the skeleton.

    Parameters
    ----------
    coordinates
        Shape (T, K, 2): image space in pixels, x right, y down. Shape (T, K, 3): world space in
        `unit`, with the vertical axis `up`. Any real dtype, memory order and stride; NaN and masked
        entries are missing.
    skeleton
        Name of the skeleton (``"coco17"``, …) or a `Skeleton`. It is required, because several
        skeletons have the same number of keypoints.
    times
        Timestamps in seconds, strictly increasing, shape (T,). Prefer them for phone video, whose
        frame rate varies.
    fps
        Frames per second, if there are no timestamps. The first frame is at 0 s. Give exactly one of
        `times` and `fps`.
    confidence
        Confidence of each keypoint, finite and ≥ 0, shape (T, K). It may exceed 1, because not all
        estimators give probabilities.
    up
        Axis that points up: ``"x"``, ``"y"``, ``"z"``, ``"-x"``, ``"-y"`` or ``"-z"``. Required in world
        space, not allowed in image space.
    unit
        Unit of world coordinates: ``"m"`` (default), ``"cm"`` or ``"mm"``. They are stored in meters.
    depth
        Origin of the third dimension; world space only. ``"measured"``: several cameras, a depth
        sensor, markers or a simulation. ``"estimated"``: a model that saw one camera. With estimated
        depth, measures outside of the sagittal plane are refused (`Validity.DEPTH_ESTIMATED`). None
        means estimated for ``"mediapipe33"``, ``"h36m17"`` and ``"smpl24"``, measured for the others.
    normalized
        True for image coordinates that are divided by the image width and height. Requires
        `resolution_wh`; they are stored in pixels.
    resolution_wh
        (width, height) of the image in pixels.
    mirrored
        True if the frames were mirrored (selfie camera) before pose estimation; image space only. The
        recording undoes this: x becomes width − x (−x without a resolution), and left and right
        keypoints are exchanged.
    view
        Position of the camera relative to the person: ``"front"``, ``"back"``, ``"left"``,
        ``"right"``, or None if not known.
    estimator
        Name and version of the pose estimator, as free text.
    meta
        Further metadata. The mapping is copied, its values are not.
    subject, session
        Who was recorded, and on which occasion: any text.
    date
        Day of the recording: `datetime.date`, or ISO text such as ``"2026-03-01"``.
    side, exercise
        Exercise and side. `analyze` uses them as defaults.
    model_hash, file_hash
        Hash of the estimator's weights, and hash of the file that the keypoints came from.
        `kneepose.read` sets `file_hash` to the SHA-256 of the file that it read.

    Raises
    ------
    CoordinateError
        Coordinates or confidence are malformed, or do not match the stated space, unit or resolution.
    SkeletonError
        The number of keypoints does not fit the skeleton.
    TimeError
        Times do not increase, or times or the frame rate are not plausible.
    UnknownNameError
        `skeleton`, `up`, `unit`, `depth` or `view` is not known.

    Warns
    -----
    RecordingWarning
        The frame rate is below 15 fps. Below 9.5 fps a `TimeError` is raised. Or all keypoints are
        missing in all frames: NaN, zero, or of too low confidence.

    Notes
    -----
    A missing keypoint has NaN coordinates and confidence 0. These inputs count as missing: a coordinate
    that is not finite, a confidence of 0 or NaN, and, in image space without `confidence`, a keypoint at
    exactly (0, 0), which estimators write for missing keypoints. In world space a keypoint at exactly
    (0, 0, 0) is missing, except a root: one without a side that lies there in all frames.

    Two recordings are equal if all their data are equal; missing keypoints count as equal.

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

    kind = "recording"
    # Mirroring a recording twice restores all its data except this field.
    _uncompared = ("_reflection",)

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
    _subject: str | None
    _session: str | None
    _date: str | None
    _side: Literal["left", "right"] | None
    _exercise: str | None
    _model_hash: str | None
    _file_hash: str | None
    _depth: Depth | None

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
        depth: Depth | None = None,
        normalized: bool = False,
        resolution_wh: tuple[int, int] | None = None,
        mirrored: bool = False,
        view: View | None = None,
        estimator: str = "",
        meta: Mapping[str, Any] | None = None,
        subject: str | None = None,
        session: str | None = None,
        date: str | datetime.date | None = None,
        side: Literal["left", "right"] | None = None,
        exercise: str | None = None,
        model_hash: str | None = None,
        file_hash: str | None = None,
    ) -> None:
        known_skeleton = parse_skeleton(skeleton, coordinates)
        points = parse_coordinates(coordinates, known_skeleton)
        n_frames, n_keypoints, n_axes = points.shape
        scores = parse_confidence(confidence, (n_frames, n_keypoints))
        seconds, nominal_fps = parse_times(times, fps, n_frames)
        resolution = parse_resolution(resolution_wh)
        known_view = parse_choice(view, "view", VIEWS)
        details = parse_details(
            subject=subject,
            session=session,
            date=date,
            side=side,
            exercise=exercise,
            model_hash=model_hash,
            file_hash=file_hash,
        )

        # An estimator may legitimately find nobody, so its results cause no warning.
        mask_missing(points, scores, known_skeleton, warns=not estimator)
        check_one_person(points)
        if scores is None:
            scores = np.isfinite(points[..., 0]).astype(np.float64)

        if n_axes == 2:
            to_pixels(points, up, unit, normalized, resolution, depth)
        else:
            to_metres(points, known_skeleton, up, unit, normalized, mirrored)

        self._set(
            coordinates=sealed(points),
            confidence=sealed(scores),
            times=sealed(seconds),
            fps=nominal_fps,
            skeleton=known_skeleton,
            up=up,
            resolution_wh=resolution,
            mirrored=False,
            view=known_view,
            estimator=check_text("estimator", str(estimator)),
            meta=parse_mapping(meta, "meta"),
            repairs=None,
            reflection=None,
            depth=parse_depth(depth, known_skeleton) if n_axes == 3 else None,
            **details,
        )
        if nominal_fps is None:
            check_clock(self._times, self.fps)
        else:
            check_rate(nominal_fps)
        warn_low_rate(self.fps)
        if mirrored:
            image = self.mirror()
            self._set(**image._fields() | {"view": known_view, "side": details["side"]})

    def _set(self, **fields: Any) -> None:
        for name in ("coordinates", "confidence", "times", "reflection"):
            if fields[name] is not None:
                fields[name] = frozen(fields[name])
        fields = dict.fromkeys(("depth", *DETAILS)) | fields
        fields["meta"] = ReadOnlyMapping(dict(fields["meta"]))
        for name in _FIELDS:
            object.__setattr__(self, f"_{name}", fields[name])

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, f"_{name}") for name in _FIELDS}

    def _replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, for internal use.

        Fields are in canonical form (pixels or meters, not mirrored). Arrays are copied and made
        read-only. Only the shapes are checked. New `times` reset a nominal `fps`.
        """
        unknown = changes.keys() - set(_FIELDS)
        if unknown:
            raise TypeError(f"a Recording has no field {sorted(unknown)}")
        if "coordinates" in changes:
            changes.setdefault("reflection", None)
        if "times" in changes:
            changes.setdefault("fps", None)
        fields = self._fields() | changes
        check_shapes(fields)
        copy = object.__new__(type(self))
        copy._set(**fields)
        return copy

    @property
    def coordinates(self) -> F64:
        """Read-only float64, shape (T, K, D), in pixels (y down) or meters; NaN where missing."""
        return self._coordinates

    @property
    def confidence(self) -> F64:
        """Read-only float64 ≥ 0, shape (T, K); 1 if not given, 0 where the keypoint is missing."""
        return self._confidence

    @property
    def times(self) -> F64:
        """Read-only float64 timestamps in seconds, strictly increasing, shape (T,)."""
        return self._times

    @property
    def fps(self) -> float:
        """Frames per second: as given, else 1 / median interval; NaN for a single timed frame."""
        if self._fps is not None:
            return self._fps
        return float(1 / np.median(np.diff(self._times))) if self.n_frames > 1 else float("nan")

    @property
    def skeleton(self) -> Skeleton:
        """Skeleton: the ordered keypoints and their body landmarks."""
        return self._skeleton

    @property
    def space(self) -> Literal["image", "world"]:
        """``"image"`` (D = 2, pixels, y down) or ``"world"`` (D = 3, meters, `up` is vertical)."""
        return "image" if self._coordinates.shape[2] == 2 else "world"

    @property
    def up(self) -> Up | None:
        """Axis that points up in world space (``"y"``, ``"-z"``, …); None in image space."""
        return self._up

    @property
    def depth(self) -> Depth | None:
        """Origin of the third dimension, ``"measured"`` or ``"estimated"``; None in image space."""
        return self._depth

    @property
    def resolution_wh(self) -> tuple[int, int] | None:
        """(width, height) of the image in pixels, or None if not known."""
        return self._resolution_wh

    @property
    def mirrored(self) -> bool:
        """True if `coordinates` are the mirror image of the given coordinates (see `mirror`)."""
        return self._mirrored

    @property
    def view(self) -> View | None:
        """Camera position as stated by the user: front, back, left, right, or None."""
        return self._view

    @property
    def estimator(self) -> str:
        """Name and version of the pose estimator, as stated by the user or the adapter."""
        return self._estimator

    @property
    def meta(self) -> Mapping[str, Any]:
        """Further metadata, as a read-only mapping."""
        return self._meta

    @property
    def subject(self) -> str | None:
        """Subject who was recorded, or None."""
        return self._subject

    @property
    def session(self) -> str | None:
        """Name of the session in which the recording was made, or None."""
        return self._session

    @property
    def date(self) -> str | None:
        """Day of the recording in ISO form, such as ``"2026-03-01"``, or None."""
        return self._date

    @property
    def side(self) -> Literal["left", "right"] | None:
        """Analyzed leg, or None."""
        return self._side

    @property
    def exercise(self) -> str | None:
        """Name of the exercise, or None."""
        return self._exercise

    @property
    def model_hash(self) -> str | None:
        """Hash of the estimator's weights, or None."""
        return self._model_hash

    @property
    def file_hash(self) -> str | None:
        """Hash of the file that the keypoints came from, or None; SHA-256 if `kneepose.read` read it."""
        return self._file_hash

    def labeled(self, **details: Unpack[Details]) -> Self:
        """Return a copy with another subject, session, date, side, exercise or hash.

        Raises
        ------
        KneeposeError, UnknownNameError
            As in the constructor.

        Examples
        --------
        >>> import kneepose as kp
        >>> kp.sample("squat").labeled(subject="P07", date="2026-03-01").subject
        'P07'
        """
        unknown = [name for name in details if name not in DETAILS]
        if unknown:
            raise UnknownNameError.of("detail", unknown[0], DETAILS)
        return self._replace(**parse_details(**details))

    @property
    def repairs(self) -> Repairs | None:
        """Repairs that `conditioned` made; None for an unconditioned recording."""
        return self._repairs

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return int(self._coordinates.shape[0])

    @property
    def duration_s(self) -> float:
        """Time from the first to the last frame in seconds; 0 for one frame."""
        return float(self._times[-1] - self._times[0])

    def save(self, path: str | Path) -> Path:
        """Write the recording to a file that `kneepose.read` reads, and return the path.

        The file extension determines the format. ``.npz`` and ``.parquet`` store everything,
        including a user-defined skeleton, repairs and metadata. ``.csv`` is a tidy table:
        keypoints, times, confidence, skeleton, axis and image size. ``.trc`` (with y up) and
        ``.c3d`` (single precision, even times) store 3-D keypoints and times only. ``.nc`` stores
        the content of a movement dataset. An existing file is replaced only when the new one is
        complete; a failed or interrupted write leaves it unchanged.

        Raises
        ------
        KneeposeError
            The extension is not supported, the path cannot be written as a file, or the format
            cannot store the recording: pixels in TRC and C3D, uneven times in C3D, `meta` with
            NumPy scalars or objects, more than 256 MB. The message names a format that can.
        DependencyError
            Parquet and netCDF need ``kneepose[files]``.
        OSError
            The system refuses to write the file, for example because the disk is full.
        """
        from kneepose.io.files import save

        return save(self, path)

    def to_xarray(self) -> Any:
        """Return the keypoints as a dataset of movement. Requires ``kneepose[files]``.

        `position` has the dimensions (time, space, keypoint, individual), and `confidence` has the
        same without space.

        Raises
        ------
        DependencyError
            xarray is not installed.
        """
        return self._as_object("xarray")

    def to_supervision(self) -> list[Any]:
        """Return one ``supervision.KeyPoints`` per frame; missing points are (0, 0), confidence 0.

        Requires ``kneepose[supervision]``.

        Raises
        ------
        KneeposeError
            The recording is in world space.
        DependencyError
            supervision is not installed.
        """
        return list(self._as_object("supervision"))

    def _as_object(self, package: Literal["xarray", "supervision"]) -> Any:
        from kneepose.io.objects import object_of

        return object_of(self, package)

    def mirror(self) -> Self:
        """Return the mirror image: x is reflected, left and right keypoints are exchanged.

        In image space x becomes width − x, or −x without a resolution, and the views ``"left"`` and
        ``"right"`` are exchanged. In world space the first axis that is not vertical changes its
        sign. Leg angles keep their values and change sides. Mirroring twice restores identical
        bits: the mirror image stores the original coordinates, because width − x is rounded.
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
            view=_OTHER_SIDE.get(self._view or "", self._view),
            side=_OTHER_SIDE.get(self._side or "", self._side),
        )

    def leveled(self, roll_deg: float | None = None) -> Self:
        """Return a copy rotated by −`roll_deg` about the image center (or the origin).

        Parameters
        ----------
        roll_deg
            Roll of the camera in degrees, positive if a level line rises to the right in the image.
            None uses the estimate of `kneepose.check`.

        Raises
        ------
        CoordinateError
            The recording is in world space, `roll_deg` is not finite, or it is None and the keypoints
            do not show the roll.
        """
        from kneepose.quality.quality import level

        return level(self, roll_deg)

    def conditioned(self, *, cutoff_hz: Cutoff = 6.0, max_gap_s: float = 0.2) -> Recording:
        """Return a copy with swaps, outliers, gaps, uneven times and noise repaired.

        Parameters
        ----------
        cutoff_hz
            Cut-off frequency of the zero-phase low-pass filter of the coordinates, in Hz, limited to 0.4
            of the frame rate. None omits the filter. ``"auto"`` estimates it from the recording (see
            `kneepose.arrays.residual_cutoff`).
        max_gap_s
            Longest gap that is filled, in seconds. Longer gaps stay NaN.

        Returns
        -------
        Recording
            A new recording whose `repairs` lists the changes.

        Raises
        ------
        KneeposeError
            The recording is already conditioned, or an option is out of range.

        Examples
        --------
        >>> import kneepose as kp
        >>> kp.sample("squat").conditioned(cutoff_hz=4).repairs.resampled
        False
        """
        check_raw(self)
        if not (cutoff_hz is None or isinstance(cutoff_hz, str)):
            cutoff_hz = parse_real(cutoff_hz, "cutoff_hz")
        longest = parse_real(max_gap_s, "max_gap_s")
        return conditioned(self, _core.condition(core_recording(self), cutoff_hz, longest))

    def __len__(self) -> int:
        return self.n_frames

    def __getitem__(self, frames: slice) -> Self:
        """Return a slice of the frames with their timestamps, such as ``rec[10:50]``."""
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
        # A single frame with a time stamp has no frame rate.
        rate = "" if np.isnan(self.fps) else f" ({self.fps:.4g} fps)"
        frames = "1 frame" if self.n_frames == 1 else f"{self.n_frames} frames"
        text = f"Recording: {frames} over {self.duration_s:.2f} s{rate}, {self.skeleton.name}, "
        if self.space == "world":
            text += f"world space in m, {self.up} up"
            text += ", estimated depth" * (self.depth == "estimated")
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
        did = " ".join(filter(None, (self.side, self.exercise))).replace("_", " ")
        for part in (self.subject, self.session, self.date, did):
            text += f", {part}" if part else ""
        missing = float(np.isnan(self.coordinates[..., 0]).mean())
        if missing:
            text += f", {missing:.1%} of the keypoints missing"
        return text if self.repairs is None else f"{text}, conditioned"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Recording never changes; {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Recording never changes; {name!r} cannot be deleted")

    @classmethod
    def _rebuilt(cls, fields: dict[str, Any]) -> Self:
        return _restored(cls, {name.removeprefix("_"): value for name, value in fields.items()})

    @classmethod
    def _from_plain(cls, data: Any) -> Self:
        # The fields are validated as in the constructor, except that live recordings may have any
        # frame rate. Data of older versions lack `depth`.
        given = {"depth": None, **data} if isinstance(data, Mapping) else data
        return super()._from_plain(given)._checked()

    @classmethod
    def _stored(cls, coordinates: Any, **fields: Any) -> Self:
        """Build a recording from the fields stored in a file, and validate it."""
        return _restored(cls, {"coordinates": coordinates, **fields})._checked()

    def _checked(self) -> Self:
        """Validate the fields as the constructor, for any frame rate, and return the recording."""
        points = parse_coordinates(self._coordinates, self._skeleton)
        points[~np.isfinite(points).all(axis=2)] = np.nan
        n_frames, n_keypoints, n_axes = points.shape
        times, _ = parse_times(self._times, None, n_frames)
        check_longest_hole(times)
        if n_axes == 3 and self._up is None:
            raise CoordinateError(
                'up is None; coordinates of shape (T, K, 3) need it, such as "y".'
            )
        if self._reflection is not None and self._reflection.shape != points.shape:
            raise CoordinateError("reflection and coordinates have different shapes.")
        repairs = self._repairs
        if repairs is not None and (
            repairs.codes.shape != points.shape[:2]
            or repairs.swapped_frames.shape != (n_frames,)
            or repairs.codes.max(initial=0) >= len(repairs.kinds)
            or not np.isfinite([repairs.cutoff_hz or 0.0, *sum(repairs.long_swaps, ())]).all()
        ):
            raise CoordinateError("repairs do not fit the coordinates.")
        return self._replace(
            coordinates=points,
            reflection=self._reflection,
            confidence=parse_confidence(self._confidence, (n_frames, n_keypoints)),
            times=times,
            fps=None if self._fps is None else parse_fps(self._fps),
            up=parse_choice(self._up, "up", UPS if n_axes == 3 else ()),
            depth=parse_depth(self._depth, self._skeleton) if n_axes == 3 else None,
            resolution_wh=parse_resolution(self._resolution_wh),
            mirrored=bool(self._mirrored),
            estimator=check_text("estimator", self._estimator),
            view=parse_choice(self._view, "view", VIEWS),
            **parse_details(**{name: getattr(self, name) for name in DETAILS}),
        )

    def _derived(self) -> dict[str, Any]:
        repairs = self._repairs
        return {"settings": {} if repairs is None else {"cutoff_hz": repairs.cutoff_hz}}


def check_shapes(fields: Mapping[str, Any]) -> None:
    """Raise `CoordinateError` if array shapes do not match each other and the skeleton."""
    shape, n_keypoints = np.shape(fields["coordinates"]), len(fields["skeleton"].keypoints)
    confidence, times = np.shape(fields["confidence"]), np.shape(fields["times"])
    if (
        len(shape) != 3
        or shape[0] < 1
        or shape[1:] not in ((n_keypoints, 2), (n_keypoints, 3))
        or confidence != shape[:2]
        or times != shape[:1]
    ):
        raise CoordinateError(
            f"coordinates {shape}, confidence {confidence} and times {times} do not fit together "
            f"with {n_keypoints} keypoints."
        )


def _restored(cls: type[RecordingT], fields: dict[str, Any]) -> RecordingT:
    check_shapes(fields)
    recording = object.__new__(cls)
    recording._set(**fields)
    return recording


def check_recording(given: object, call: str) -> None:
    """Raise `KneeposeError` with the correct call for anything but a `Recording`.

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
            "with kp.from_estimator."
        )
    raise KneeposeError(f"{call} takes a Recording, not {what}. {remedy}")


def core_recording(recording: Recording) -> tuple[Any, ...]:
    """Return a recording as the tuple of arrays and values that the Rust core takes."""
    return (
        recording.skeleton._core,
        recording.coordinates,
        recording.confidence,
        recording.times,
        recording.up or "image",
        recording.resolution_wh,
        (recording.depth, recording.estimator),
        None if recording.repairs is None else recording.repairs.codes,
    )


def check_raw(recording: Recording) -> None:
    """Raise `KneeposeError` if the recording is already conditioned."""
    if recording.repairs is not None:
        raise KneeposeError(
            "this recording was conditioned already, and filtering twice smooths too much; "
            "pass the recording as it came from the estimator."
        )


def conditioned(recording: Recording, done: Conditioned) -> Recording:
    """Return a copy of the recording with the conditioned arrays and repairs from the core."""
    return recording._replace(
        coordinates=sealed(done["coordinates"]),
        confidence=sealed(done["confidence"]),
        times=sealed(done["times"]),
        repairs=repairs_of(done),
    )
