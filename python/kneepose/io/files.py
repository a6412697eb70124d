"""Recordings from files, and the shipped ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kneepose.errors import FormatError, UnknownNameError
from kneepose.recording.recording import Recording
from kneepose.typing import SampleName

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SAMPLES", "read", "sample"]

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "samples")

#: Shipped recordings: name → what it is.
SAMPLES = {
    "squat": "five squats of a real person, measured with optical motion capture, as 3-D keypoints",
    "squat_video": "four squats of a real person, MediaPipe landmarks of a small front-view video",
    "single_leg_squat_left": "seven simulated single-leg squats on the left leg",
    "single_leg_squat_right": "seven simulated single-leg squats on the right leg, knee falling inward",
}


def read(path: str | Path) -> Recording:
    """Read a recording from a file. This version reads kneepose's own ``.npz``.

    Raises
    ------
    FormatError
        A file that is damaged or of another format.
    FileNotFoundError
        No such file.
    """
    name = os.path.basename(path)
    if os.path.isdir(path):
        raise FormatError(f"{name or path} is a folder; give one file.")
    with open(path, "rb"):
        pass  # an absent file is FileNotFoundError, whatever its name ends in
    suffix = os.path.splitext(name)[1]
    if suffix.lower() != ".npz":
        raise FormatError(
            f"{name}: files ending in {suffix or 'nothing'!r} are not read; write your "
            'keypoints with Recording.save("….npz").'
        )
    from kneepose.io import npz

    return npz.read(path)


def sample(name: SampleName) -> Recording:
    """Return a shipped recording: ``"squat"``, ``"squat_video"`` (both real),
    ``"single_leg_squat_left"``, ``"single_leg_squat_right"`` (simulated).

    Raises
    ------
    UnknownNameError
        No such recording.

    Examples
    --------
    >>> sample("squat").n_frames
    401
    """
    if name not in SAMPLES:
        raise UnknownNameError.of("sample", name, SAMPLES)
    return read(os.path.join(_FOLDER, f"{name}.npz"))
