"""Validation of the arguments of a `Recording`: arrays, names and the clock.

`parse_*` functions return canonical values; `check_*` functions raise or return nothing. Space, unit
and orientation are checked in `kneepose.recording.space`.
"""

from __future__ import annotations

import numbers
import reprlib
import warnings
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import (
    CoordinateError,
    RecordingWarning,
    SkeletonError,
    TimeError,
)
from kneepose.recording.options import as_float
from kneepose.recording.skeleton import Skeleton, find_skeleton, skeleton_names_with
from kneepose.typing import View

F64 = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

VIEWS: Final[tuple[View, ...]] = ("front", "back", "left", "right")

LOWEST_FPS: Final = 9.5
COMFORTABLE_FPS: Final = 15.0
HIGHEST_FPS: Final = 2000.0
LARGEST_VALUE: Final = 1e7
LONGEST_HOLE_S: Final = 600.0
# Relative tolerance between a frame rate computed from times and the nominal one.
FPS_ROUNDING: Final = 1e-6


# Dimension names of xarray data in the order of a recording: those of old and new versions of
# movement.
_DIMENSIONS: Final = ("time", "keypoint", "keypoints", "space")


def plain_array(value: Any) -> Any:
    """Convert an array of another library to one that NumPy can read; keep anything else.

    Supported are tensors on a device or with gradients (torch), arrays with DLPack (jax, CuPy),
    tables with missing values (pandas, Polars), and labeled arrays (xarray). No library is
    imported.
    """
    if isinstance(value, np.ndarray | list | tuple | int | float):
        return value
    for step in ("detach", "cpu"):
        if hasattr(value, step):
            value = getattr(value, step)()
    dims = getattr(value, "dims", None)
    if isinstance(dims, tuple) and hasattr(value, "transpose") and len(dims) > 1:
        order = [name for name in _DIMENSIONS if name in dims]
        if len(order) == len(dims):
            value = value.transpose(*order)
    if hasattr(value, "iloc"):  # pandas stores missing values of nullable types as objects
        return value.to_numpy(dtype=np.float64, na_value=np.nan)
    if hasattr(value, "numpy") and not hasattr(value, "__array_interface__"):
        return value.numpy()
    if not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    return value


def parse_array(value: Any, argument: str, needed: str) -> F64:
    """Return a new C-ordered float64 copy of `value`, with masked entries as NaN."""
    try:
        value = plain_array(value)
        array = value if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        _refuse_object(value, argument, needed)
        raise CoordinateError(
            f"{argument} could not be read as one array ({error}); needed {needed}. "
            f"Where a frame holds nobody, fill it with NaN, so that all frames have one shape."
        ) from error
    if array.dtype.kind not in "fiu":
        _refuse_object(value, argument, needed)
        raise CoordinateError(
            f"{argument} has dtype {array.dtype}; needed {needed} of real numbers. "
            f"Where a frame or a keypoint is absent, put NaN, not None or text."
        )
    if isinstance(array, np.ma.MaskedArray):
        return np.array(np.ma.filled(array.astype(np.float64), np.nan), order="C")
    return np.array(array, dtype=np.float64, order="C", copy=True)


def _refuse_object(value: Any, argument: str, needed: str) -> None:
    """Raise `CoordinateError` if `value` is another package's object, not an array or list."""
    known = isinstance(value, np.ndarray | list | tuple | str | bytes | np.generic)
    if known or value is None or type(value).__module__ == "builtins":
        return
    raise CoordinateError(
        f"{argument} is of type {type(value).__name__}; needed {needed}. If a pose estimator made it, "
        f"pass a list with one such result per frame to kneepose.from_estimator."
    )


# Limits to detect persons passed as frames: at most this many rows, at least this many keypoints,
# and positions that differ by more than this share of the body size from row to row.
_MOST_PERSONS: Final = 8
_LEAST_KEYPOINTS: Final = 10
_LARGEST_STEP: Final = 0.5


def check_one_person(coordinates: F64) -> None:
    """Raise `CoordinateError` if the row positions differ so much that rows must be persons."""
    if not 1 < len(coordinates) <= _MOST_PERSONS or coordinates.shape[1] < _LEAST_KEYPOINTS:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        steps = np.linalg.norm(np.nanmedian(np.diff(coordinates, axis=0), axis=1), axis=1)
        sizes = (np.nanmax(coordinates, axis=1) - np.nanmin(coordinates, axis=1)).max(axis=1)
    size = np.nanmax(sizes, initial=0.0)
    if size > 0 and (steps > _LARGEST_STEP * size).all():
        raise CoordinateError(
            f"coordinates has {len(coordinates)} frames, and the body is elsewhere in each; needed one "
            f"person over time. If these are the persons of one frame, pass "
            f"coordinates[person] of every frame, or the results to kneepose.from_estimator."
        )


def parse_coordinates(coordinates: Any, skeleton: Skeleton) -> F64:
    """Return a new float64 copy of `coordinates`, shape (T, K, 2 or 3), that fits the skeleton."""
    needed = "coordinates of shape (T, K, 2) in pixels or (T, K, 3) in a world unit"
    array = parse_array(coordinates, "coordinates", needed)
    shape = array.shape
    if array.ndim != 3:
        remedy = " For one frame pass coordinates[None]." if array.ndim == 2 else ""
        raise CoordinateError(f"coordinates has shape {shape}; needed {needed}.{remedy}")
    if shape[2] not in (2, 3):
        remedy = (
            " If the last column is confidence, pass coordinates[..., :3] and"
            " confidence=coordinates[..., 3]."
            if shape[2] == 4
            else ""
        )
        raise CoordinateError(
            f"coordinates has {shape[2]} values a keypoint (shape {shape}); "
            f"needed {needed}.{remedy}"
        )
    if shape[0] == 0:
        raise CoordinateError(
            f"coordinates is empty (shape {shape}); needed at least one frame. "
            f"If the results came from a generator, it was read before."
        )
    if shape[1] != len(skeleton.keypoints):
        raise SkeletonError(_count_message(shape, skeleton))
    largest = _core.largest_beyond(array, LARGEST_VALUE)
    if largest is not None:
        raise CoordinateError(
            f"coordinates reach {largest:.3g}; needed |values| up to {LARGEST_VALUE:.0e}. "
            f"Put NaN where a keypoint is missing, not a large number."
        )
    return array


def _count_message(shape: tuple[int, ...], skeleton: Skeleton) -> str:
    needed = len(skeleton.keypoints)
    message = (
        f"skeleton {skeleton.name!r} has {needed} keypoints, "
        f"but coordinates has {shape[1]} (shape {shape})."
    )
    if shape[0] == needed:
        return f"{message} Frames come first: pass coordinates.swapaxes(0, 1)."
    return f"{message} {_fitting(shape[1])}"


def _fitting(count: int) -> str:
    names = skeleton_names_with(count)
    if not names:
        return f"No known skeleton has {count}: describe yours with kneepose.Skeleton."
    return (
        f"Skeletons with {count}: {', '.join(map(repr, names))}. "
        f"Give the one that your estimator emits."
    )


def parse_skeleton(skeleton: Any, coordinates: Any) -> Skeleton:
    """Return the skeleton. The error for None lists the skeletons with the same keypoint count."""
    if skeleton is None:
        shape: tuple[int, ...] = getattr(coordinates, "shape", ())
        hint = f" {_fitting(shape[1])}" if len(shape) == 3 else ""
        raise SkeletonError(f"skeleton is None; needed a name or a kneepose.Skeleton.{hint}")
    return find_skeleton(skeleton)


# Typical scores above this are percentages; scores of AlphaPose reach 6.
_HIGHEST_CONFIDENCE: Final = 10.0


def parse_confidence(confidence: Any, shape: tuple[int, int]) -> F64 | None:
    """Return confidence as float64, shape (T, K), finite and ≥ 0, or None.

    NaN and masked entries become 0. There is no upper bound, because the scores of SimCC (rtmlib) and
    AlphaPose (up to 6) exceed 1.
    """
    if confidence is None:
        return None
    array = parse_array(confidence, "confidence", f"shape {shape}")
    if array.shape != shape:
        raise CoordinateError(
            f"confidence has shape {array.shape}; needed {shape}, one value a frame and keypoint."
        )
    array[np.isnan(array)] = 0.0
    wrong = ~np.isfinite(array) | (array < 0)
    if wrong.any():
        frame, keypoint = np.argwhere(wrong)[0]
        raise CoordinateError(
            f"confidence is {array[frame, keypoint]:g} at frame {frame}, keypoint {keypoint}; "
            f"needed finite values ≥ 0. Use 0 where a keypoint is missing."
        )
    highest = array.max(initial=0.0)
    seen = array[array > 0] if highest > _HIGHEST_CONFIDENCE else array[:0]
    if seen.size and np.median(seen) > _HIGHEST_CONFIDENCE:
        raise CoordinateError(
            f"confidence is {np.median(seen):.3g} in the median, so none would be too low; needed "
            f"values between 0 and about 1. Divide percentages by 100."
        )
    states = (0.0, 1.0, 2.0)
    if all((array == state).any() for state in states) and np.isin(array, states).all():
        warnings.warn(
            "confidence has the values 0, 1 and 2 alone, which are states (not tracked, inferred, "
            "tracked) rather than shares; inferred keypoints count as seen. To leave them out pass "
            "1.0 * (confidence == 2).",
            RecordingWarning,
            stacklevel=3,
        )
    return array


def check_one_clock(times: Any, fps: Any) -> None:
    """Raise `TimeError` unless exactly one of `times` and `fps` was given."""
    if (times is None) == (fps is None):
        given = "neither times nor fps is" if times is None else "both times and fps are"
        raise TimeError(
            f"{given} given; needed exactly one. Pass times=, the timestamps in seconds, if you "
            f"have them (phone video has a variable frame rate), else fps=."
        )


def parse_times(times: Any, fps: Any, n_frames: int) -> tuple[F64, float | None]:
    """Return timestamps in seconds, shape (T,), and `fps` if it was given."""
    check_one_clock(times, fps)
    if times is None:
        rate = parse_fps(fps)
        if n_frames > 1:
            check_rate(rate)
        return np.arange(n_frames, dtype=np.float64) / rate, rate
    try:
        seconds = parse_array(times, "times", f"{n_frames} timestamps in seconds")
    except CoordinateError as error:
        raise TimeError(
            f"{error} Convert dates to seconds: (dates - dates[0]) / np.timedelta64(1, 's')."
        ) from error
    if seconds.shape != (n_frames,):
        raise TimeError(
            f"times has shape {seconds.shape}, but coordinates has {n_frames} frames; "
            f"needed one timestamp a frame, shape ({n_frames},). Keep the frames without a "
            f"person: as NaN coordinates, or None for an adapter."
        )
    if not np.isfinite(seconds).all():
        frame = int(np.flatnonzero(~np.isfinite(seconds))[0])
        raise TimeError(f"times is {seconds[frame]:g} at frame {frame}; needed finite seconds.")
    falling = np.flatnonzero(np.diff(seconds) <= 0)
    if falling.size:
        frame = int(falling[0]) + 1
        raise TimeError(
            f"times does not rise at frame {frame}: {float(seconds[frame])!r} s after "
            f"{float(seconds[frame - 1])!r} s; needed strictly rising seconds. "
            f"Drop the repeated frame, or sort the frames by time."
        )
    return seconds, None


def parse_fps(fps: Any) -> float:
    """Return `fps` as a float, above 0 and at most 2000."""
    if not isinstance(fps, numbers.Real) or isinstance(fps, bool | np.bool_):
        raise TimeError(f"fps is {fps!r}; needed a number, frames per second.")
    rate = as_float(fps)
    if not 0 < rate <= HIGHEST_FPS:
        raise TimeError(
            f"fps is {rate:g}; needed a rate above 0, up to {HIGHEST_FPS:g} frames per second."
        )
    return rate


def check_clock(times: F64, fps: float) -> None:
    """Raise `TimeError` if times are not in seconds, or have an invalid rate or a long gap."""
    steps = np.diff(times)
    if steps.size:
        check_seconds(float(np.median(steps)))
    check_rate(fps)
    check_longest_hole(times)


def check_longest_hole(times: F64) -> None:
    """Raise `TimeError` if two successive times are more than ten minutes apart."""
    steps = np.diff(times)
    if steps.size and steps.max() > LONGEST_HOLE_S:
        frame = int(steps.argmax()) + 1
        raise TimeError(
            f"times jumps by {steps[frame - 1]:.6g} s before frame {frame} ({times[frame - 1]:.6g} → "
            f"{times[frame]:.6g} s); needed intervals of at most {LONGEST_HOLE_S:g} s. If the clock "
            f"changed, correct the times; else make two recordings: frames 0 to {frame - 1}, and the "
            "rest."
        )


def check_seconds(step: float) -> None:
    """Raise `TimeError` if the median interval shows that times are in another unit than seconds."""
    if step == 1:
        raise TimeError(
            "times rises by 1 each frame, which looks like frame numbers; needed seconds. "
            "Pass fps= instead, or times / fps."
        )
    for unit, divisor in (("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)):
        if step > 1 and LOWEST_FPS <= divisor / step <= 1000:
            raise TimeError(
                f"times has a median interval of {step:.6g}, which looks like {unit}; needed "
                f"seconds. Pass times / {divisor:.0f}."
            )


def check_rate(fps: float) -> None:
    """Raise `TimeError` outside 9.5 to 2000 frames per second; NaN (one frame) passes."""
    if fps < LOWEST_FPS * (1 - FPS_ROUNDING):
        raise TimeError(
            f"the frame rate is {fps:.3g} fps; needed at least {LOWEST_FPS} (better 30). "
            f"At this rate the bottom of a repetition is missed. Check that times are in seconds."
        )
    if fps > HIGHEST_FPS:
        raise TimeError(
            f"times gives {fps:.4g} fps; needed at most {HIGHEST_FPS:g}. times must be in seconds."
        )


def warn_low_rate(fps: float) -> None:
    """Warn below 15 frames per second, at the line that created the `Recording`."""
    if fps < COMFORTABLE_FPS * (1 - FPS_ROUNDING):
        warnings.warn(
            f"the frame rate is {fps:.3g} fps; below {COMFORTABLE_FPS:g} the depth and timing of "
            f"a repetition are uncertain. Record at 30 fps or more.",
            RecordingWarning,
            stacklevel=3,
        )


def mask_missing(coordinates: F64, confidence: F64 | None, skeleton: Skeleton, warns: bool) -> None:
    """Set keypoints that are missing in any accepted form to NaN and their confidence to 0, in place.

    If every keypoint is missing, warn about the input data, since camera and lighting are not the
    cause.

    In world space a keypoint without a side that lies at the origin in all frames is the root of
    relative coordinates and does not count as missing.
    """
    numbers, places, keypoints, highest = _core.mask_missing(
        coordinates, confidence, skeleton._core
    )
    least = skeleton.min_confidence
    if not warns or not coordinates.size:
        return
    if not numbers:
        what, remedy = "all coordinates are NaN", "Pass the keypoints as the estimator gave them."
    elif not places:
        what, remedy = "all coordinates are 0", "Pass the keypoints as the estimator gave them."
    elif highest <= 0:
        what = "every confidence is 0 or NaN"
        remedy = "Omit confidence where the estimator gives none."
    elif highest < least:
        what = f"the highest confidence is {highest:.3g}, and one of {least:g} is needed"
        remedy = "Pass the scores of keypoints from 0 to 1, not those of boxes or heat maps."
    elif not keypoints:
        what, remedy = "every keypoint is missing", "Pass the keypoints as the estimator gave them."
    else:
        return
    warnings.warn(f"{what}, so nothing can be measured. {remedy}", RecordingWarning, stacklevel=3)


def parse_resolution(resolution_wh: Any) -> tuple[int, int] | None:
    """Check that `resolution_wh` is (width, height) in whole pixels or None, and return it."""
    if resolution_wh is None:
        return None
    try:
        values = tuple(resolution_wh)
        width, height = values
        whole = (int(width), int(height))
        good = whole == values and min(whole) > 0 and max(whole) <= LARGEST_VALUE
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good:
        raise CoordinateError(
            f"resolution_wh is {reprlib.repr(resolution_wh)}; needed (width, height) in whole pixels, "
            f"for example (1920, 1080)."
        )
    return whole


def sealed(array: F64) -> F64:
    """Make an array that nobody else holds read-only without a copy, and return a view of it.

    The view cannot be made writable again, because it does not own its data.
    """
    array.flags.writeable = False
    return array.view()


def frozen(array: npt.ArrayLike) -> F64:
    """Return a read-only C-ordered float64 view, or a copy unless `value` is `sealed`."""
    if isinstance(array, np.ndarray) and array.base is not None:
        owner = array.base
        if (
            isinstance(owner, np.ndarray)
            and not owner.flags.writeable
            and array.dtype == np.float64
            and array.flags.c_contiguous
        ):
            return array
    return sealed(np.array(array, dtype=np.float64, order="C"))


def check_frames(frames: Any, n_frames: int) -> int:
    """Check that `frames` is a forward slice with at least one frame, and return its step."""
    if not isinstance(frames, slice):
        raise TypeError(
            f"a Recording takes a slice of frames, not {frames!r}; "
            f"one frame is rec[i:i + 1], its numbers are rec.coordinates[i]"
        )
    start, stop, step = frames.indices(n_frames)
    if step < 0:
        raise TimeError(f"the slice step is {step}; needed a positive one, since time rises.")
    if start >= stop:
        raise CoordinateError(
            f"the slice {frames.start}:{frames.stop} of {n_frames} frames is empty; "
            f"needed at least one frame."
        )
    return step
