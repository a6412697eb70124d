"""Raw keypoints become keypoints that can be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._errors import KneeposeError

if TYPE_CHECKING:
    from ._recording import Recording

__all__ = ["Repairs", "condition", "core_recording"]


@dataclass(frozen=True, slots=True, repr=False)
class Repairs:
    """What conditioning did to a recording.

    Attributes
    ----------
    codes
        (T, K) uint8: place in `kinds`, for each keypoint of each frame.
    kinds
        ``("none", "gap_filled", "outlier_replaced", "missing")``.
    resampled
        True if the times were uneven and were brought onto an even grid.
    cutoff_hz
        Cut-off of the low-pass that was used (at most 0.4 of the frame rate); None without one.
    """

    codes: npt.NDArray[np.uint8]
    kinds: tuple[str, ...]
    resampled: bool
    cutoff_hz: float | None

    def share(self, kind: str) -> float:
        """Return the share (0 to 1) of keypoints × frames with this repair."""
        return float(np.mean(self.codes == self.kinds.index(kind)))

    def __repr__(self) -> str:
        parts = [f"{100 * self.share(kind):.1f} % {kind}" for kind in self.kinds[1:]]
        low_pass = "no low-pass" if self.cutoff_hz is None else f"low-pass {self.cutoff_hz:g} Hz"
        grid = ", resampled to an even rate" if self.resampled else ""
        return f"Repairs: {', '.join(parts)}; {low_pass}{grid}"


def core_recording(recording: Recording) -> tuple[Any, ...]:
    """Return a recording as the plain arrays that the core takes."""
    return (
        recording.skeleton._core,
        recording.coordinates,
        recording.confidence,
        recording.times,
        recording.up or "image",
        recording.resolution_wh,
    )


def check_raw(recording: Recording) -> None:
    """Raise `KneeposeError` for a recording that was conditioned already."""
    if recording.repairs is not None:
        raise KneeposeError(
            "this recording was conditioned already, and filtering twice smooths too much: "
            "pass the recording as it came from the estimator."
        )


def condition(
    recording: Recording, *, cutoff_hz: float | None = 6.0, max_gap_s: float = 0.2
) -> Recording:
    """Return the recording conditioned; see `Recording.conditioned`."""
    check_raw(recording)
    done = _core.condition(core_recording(recording), cutoff_hz, max_gap_s)
    return conditioned(recording, done)


def conditioned(recording: Recording, done: dict[str, Any]) -> Recording:
    """Return the recording with what the core made of it."""
    codes = done["repairs"]
    codes.flags.writeable = False
    repairs = Repairs(codes, tuple(_core.repairs()), done["resampled"], done["cutoff_hz"])
    return recording._replace(
        coordinates=done["coordinates"],
        confidence=done["confidence"],
        times=done["times"],
        repairs=repairs,
    )
