"""`Repairs`: changes that conditioning made in a recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import UnknownNameError
from kneepose.records import Record

if TYPE_CHECKING:
    from kneepose._core import Conditioned

__all__ = ["Repairs", "repairs_of"]


_WORDS = {
    "gap_filled": "filled across a short gap",
    "outlier_replaced": "replaced because they jumped",
    "missing": "not seen",
    "low_confidence": "left out because the estimator was not sure",
    "gap_too_long": "missing in a gap too long to fill",
    "implausible_bone": "left out because a bone changed its length",
    "at_image_border": "left out at the edge of the image",
    "swapped": "exchanged between left and right",
    "outlier": "left out because they jumped",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Repairs(Record):
    """Changes that conditioning made in a recording.

    Attributes
    ----------
    codes
        Index into `kinds` for each frame and keypoint, uint8, shape (T, K).
    kinds
        Kinds of repair. With ``none``, ``gap_filled``, ``outlier_replaced`` and ``swapped`` the keypoint
        has coordinates. ``missing`` (not detected), ``low_confidence``, ``gap_too_long``,
        ``implausible_bone``, ``at_image_border`` and ``outlier`` are the reasons for a NaN keypoint.
    resampled
        True if the recording was resampled because its times were uneven.
    cutoff_hz
        Cut-off frequency of the low-pass filter in Hz, at most 0.4 of the frame rate. None without a
        filter.
    swapped_frames
        Bool, shape (T,): True where left and right leg were exchanged; conditioning corrected this.
    long_swaps
        (start, end) in seconds of intervals longer than half a second in which the legs seem
        exchanged. These are not corrected, because the keypoints do not show which labels are
        right.
    """

    kind = "repairs"

    codes: npt.NDArray[np.uint8]
    kinds: tuple[str, ...]
    resampled: bool
    cutoff_hz: float | None
    swapped_frames: npt.NDArray[np.bool_]
    long_swaps: tuple[tuple[float, float], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of keypoints in all frames with each kind of repair, in the order of `kinds`."""
        numbers = np.bincount(self.codes.ravel(), minlength=len(self.kinds))
        return dict(zip(self.kinds, map(int, numbers), strict=True))

    def share(self, kind: str) -> float:
        """Return the share (0 to 1) of keypoints in all frames with this kind of repair.

        Raises
        ------
        UnknownNameError
            `kind` is not one of `kinds`.
        """
        if kind not in self.kinds:
            raise UnknownNameError.of("repair", kind, self.kinds)
        return float(np.mean(self.codes == self.kinds.index(kind)))

    def _part(self, frames: slice, keypoints: Any = slice(None)) -> Repairs:
        """Return the repairs of a slice of frames, with the keypoints selected by `keypoints`."""
        return replace(
            self, codes=self.codes[frames][:, keypoints], swapped_frames=self.swapped_frames[frames]
        )

    def __repr__(self) -> str:
        done = [
            f"{100 * self.share(kind):.1f} % of keypoints {_WORDS[kind]}"
            for kind, count in self.counts.items()
            if count and kind != "none"
        ]
        done += [
            f"legs seem exchanged from {first:.2f} to {last:.2f} s, left as they are"
            for first, last in self.long_swaps
        ]
        done.append(
            "no low-pass" if self.cutoff_hz is None else f"low-pass {self.cutoff_hz:.3g} Hz"
        )
        done += ["resampled to an even rate"] if self.resampled else []
        return f"Repairs: {'; '.join(done)}"


def repairs_of(done: Conditioned) -> Repairs:
    """Convert the repairs of the Rust core, with read-only arrays."""
    codes, swapped = done["repairs"], done["swapped_frames"]
    for array in (codes, swapped):
        array.flags.writeable = False
    return Repairs(
        codes=codes,
        kinds=tuple(_core.repairs()),
        resampled=done["resampled"],
        cutoff_hz=done["cutoff_hz"],
        swapped_frames=swapped,
        long_swaps=tuple(done["long_swaps"]),
    )
