"""Reading of recordings from files, and the sample recordings."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from kneepose.errors import FormatError, UnknownNameError
from kneepose.recording.recording import Recording
from kneepose.typing import SampleName
from kneepose.writing import visible

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
    "single_leg_squat_video": "five single-leg squats of a rendered person, MediaPipe landmarks of a "
    "front-view video, right knee falling inward",
    "clamshell": "four clamshells of a rendered person, MediaPipe landmarks of a front-view video",
    "fire_hydrant": "four fire hydrants of a rendered person, MediaPipe landmarks of a front-view "
    "video, which show three",
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
        The file is damaged, has another format, has more than 256 MB, or is no regular file.
    FileNotFoundError
        The file does not exist.
    """
    try:
        place = os.fspath(path)
        name = visible(os.path.basename(os.fsdecode(place)))
        opened = open(place, "rb", opener=_without_waiting)  # noqa: SIM115
    except TypeError:
        raise FormatError(
            f"read takes the path of a file, not an object of type {type(path).__name__}."
        ) from None
    except IsADirectoryError:
        raise FormatError(f"{name or path} is a folder; give one file.") from None
    except ValueError:
        raise FormatError(f"{visible(str(path))!r} cannot be the name of a file.") from None
    with opened as file:  # an absent file is FileNotFoundError, whatever its name ends in
        suffix = os.path.splitext(name)[1]
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FormatError(f"{name} is no regular file; give a file that Recording.save wrote.")
        if suffix.lower() != ".npz":
            raise FormatError(
                f"{name}: files ending in {suffix or 'nothing'!r} cannot be read; build a Recording "
                'from your keypoints, and write it with Recording.save("….npz").'
            )
        from kneepose.io import npz

        recording = npz.read(file, name)
        file.seek(0)
        return recording.labeled(file_hash=hashlib.file_digest(file, "sha256").hexdigest())


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe is opened without waiting for its other end."""
    if os.path.isdir(path):  # Windows reports folders as PermissionError
        raise IsADirectoryError(path)
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def sample(name: SampleName) -> Recording:
    """Return a sample recording.

    Parameters
    ----------
    name
        ``"squat"`` or ``"squat_video"`` (real persons); ``"single_leg_squat_left"`` or
        ``"single_leg_squat_right"`` (simulated joints); ``"single_leg_squat_video"``,
        ``"clamshell"`` or ``"fire_hydrant"`` (rendered: a real estimator on pictures of a body model;
        ``meta["rendered"]`` is True).

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
