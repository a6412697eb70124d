"""Reading of recordings from files, and the sample recordings."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from kneepose.errors import FormatError, UnknownNameError
from kneepose.recording.recording import Recording
from kneepose.typing import SampleName

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SAMPLES", "read", "sample"]

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "samples")

#: Name of a sample recording → its description.
SAMPLES = {
    "squat": "five squats of a real person, measured with optical motion capture, as 3-D keypoints",
    "squat_video": "four squats of a real person, MediaPipe landmarks of a small front-view video",
    "single_leg_squat_left": "seven simulated single-leg squats on the left leg",
    "single_leg_squat_right": "seven simulated single-leg squats on the right leg, knee falling inward",
}


def read(path: str | Path) -> Recording:
    """Read a recording from a ``.npz`` file written by `Recording.save`.

    Parameters
    ----------
    path
        Path of the file.

    Its `file_hash` is the SHA-256 of the file.

    Raises
    ------
    FormatError
        The file is damaged or has another format.
    FileNotFoundError
        The file does not exist.
    """
    name = os.path.basename(path)
    if os.path.isdir(path):
        raise FormatError(f"{name or path} is a folder; give one file.")
    with open(path, "rb") as file:  # an absent file is FileNotFoundError, whatever its name ends in
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    suffix = os.path.splitext(name)[1]
    if suffix.lower() != ".npz":
        raise FormatError(
            f"{name}: files ending in {suffix or 'nothing'!r} cannot be read; build a Recording from "
            'your keypoints, and write it with Recording.save("….npz").'
        )
    from kneepose.io import npz

    return npz.read(path).labeled(file_hash=digest)


def sample(name: SampleName) -> Recording:
    """Return a sample recording.

    Parameters
    ----------
    name
        ``"squat"`` or ``"squat_video"`` (real persons), ``"single_leg_squat_left"`` or
        ``"single_leg_squat_right"`` (simulated).

    Raises
    ------
    UnknownNameError
        The name is not known.

    Examples
    --------
    >>> sample("squat").n_frames
    401
    """
    if name not in SAMPLES:
        raise UnknownNameError.of("sample", name, SAMPLES)
    return read(os.path.join(_FOLDER, f"{name}.npz"))
