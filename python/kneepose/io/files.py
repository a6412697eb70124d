"""Reading and writing of files of any known format, and the sample recordings."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

from kneepose.angles.angles import Angles
from kneepose.errors import FormatError, UnknownNameError
from kneepose.estimators.person import PersonChoice
from kneepose.io import keypoint_json
from kneepose.io.damage import damage_is_told
from kneepose.io.formats import HEAD_BYTES, format_of, writer_of
from kneepose.io.options import Options, parse_options
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import SampleName, SkeletonName, Unit, Up, View
from kneepose.writing import as_path, visible

__all__ = ["SAMPLES", "load", "persons_in", "read", "read_recording", "sample", "save"]

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "samples")

#: Sample recording → its description.
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


def read(
    path: str | Path,
    *,
    skeleton: SkeletonName | Skeleton | None = None,
    names: str | Mapping[str, str] | None = None,
    fps: float | None = None,
    person: PersonChoice = "main",
    space: Literal["image", "world"] | None = None,
    resolution_wh: tuple[int, int] | None = None,
    up: Up | None = None,
    unit: Unit | None = None,
    time_unit: Literal["s", "ms", "us", "ns"] | None = None,
    highest_confidence: float | None = None,
    array: str | None = None,
    mirrored: bool = False,
    view: View | None = None,
) -> Recording | Any:
    """Read keypoints or angles from a file, or keypoints from a folder of JSON files.

    The format is recognized from the content, not from the file extension: ``.npz`` of kneepose and
    of other programs, JSON of OpenPose (a folder with one file per frame), AlphaPose, MMPose, COCO
    and depth sensors, TRC, C3D, tables (CSV, TSV, Parquet; wide, tidy, DeepLabCut, FreeMoCap,
    Kinect), HDF5 of DeepLabCut and SLEAP, and netCDF of movement give a `Recording`; MOT and STO of
    OpenSim give `kneepose.angles.Angles`. A ``.zip`` may hold one such file. Parquet and HDF5 need
    ``kneepose[files]``.

    Options give information that the file lacks. Where the file has it too, both must agree, except
    for a unit with which the body would not have the size of a person.

    Parameters
    ----------
    path
        Path of the file or folder.
    skeleton
        Skeleton of keypoints without names, or the one whose keypoints are chosen by name.
    names
        Names in the file → landmarks, such as ``{"LKJC": "left_knee"}``. Several names for one
        landmark give their midpoint. Or a marker set: ``"plug_in_gait"``, ``"opencap"``,
        ``"theia"``, ``"kinect"``, ``"ui_prmd"``. None recognizes landmarks and these sets.
    fps
        Frames per second, if the file has no times. Missing frame numbers become gaps.
    person
        As in `from_estimator`. In a tidy table: the person with most rows, or the person with the
        given number.
    space
        ``"image"`` drops the third coordinate; ``"world"`` takes 3-D keypoints where a file has both.
    resolution_wh
        (width, height) of the video in pixels, needed for coordinates normalized by it.
    up, unit
        Vertical axis and unit of 3-D keypoints. Without them, the unit is chosen so that the body
        has the size of a person, and the axis is the usual one of the format (TRC y, C3D z) if the
        body stands along it.
    time_unit
        Unit of the times, if the column name does not give it.
    highest_confidence
        Confidence that means certain, such as 100 for percentages.
    array
        Name of the array with the keypoints, in an ``.npz`` file with several arrays.
    mirrored, view
        As in `Recording`.

    Returns
    -------
    Recording or Angles
        The `file_hash` of a recording is the SHA-256 of the file; None for a folder.

    Raises
    ------
    FormatError
        The file is damaged, has another format, is too large (256 MB, as text 64 MB), or is no regular
        file.
    SkeletonError, CoordinateError, TimeError
        The content does not fit together, or required information is neither in the file nor in an
        option. The message names the option.
    DependencyError
        The package for this format is not installed.
    FileNotFoundError
        The file does not exist.
    """
    options = parse_options(
        skeleton=skeleton, names=names, fps=fps, person=person, space=space, up=up, unit=unit,
        resolution_wh=resolution_wh, time_unit=time_unit, highest_confidence=highest_confidence,
        array=array, mirrored=mirrored, view=view,
    )  # fmt: skip
    return load(path, options)[1]


def read_recording(path: str | Path, options: Options | None = None) -> Recording:
    """Read a file that must contain keypoints.

    Raises
    ------
    FormatError
        The file contains angles, or as in `read`.
    """
    found = load(path, options or Options())[1]
    if not isinstance(found, Recording):
        raise FormatError(f"{os.path.basename(path)} holds angles; needed keypoints.")
    return found


def load(path: str | Path, options: Options) -> tuple[str, Recording | Angles]:
    """Return the name of the file's format, and its content."""
    try:
        place = os.fspath(path)
        name = visible(os.path.basename(os.fsdecode(place)))
        opened = open(place, "rb", opener=_without_waiting)  # noqa: SIM115
    except TypeError:
        raise FormatError(
            f"read takes the path of a file, not an object of type {type(path).__name__}."
        ) from None
    except IsADirectoryError:
        folder = os.fsdecode(place)
        name = visible(os.path.basename(os.path.abspath(folder)))
        return "folder of JSON files", keypoint_json.read_folder(folder, name, options)
    except ValueError:
        raise FormatError(f"{visible(str(path))!r} cannot be the name of a file.") from None
    with opened as file:  # a missing file raises FileNotFoundError, whatever its extension
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FormatError(f"{name} is no regular file; give a file of keypoints or angles.")
        kind, found = _content(file, name, options)
        if isinstance(found, Recording):
            file.seek(0)
            found = found.labeled(file_hash=hashlib.file_digest(file, "sha256").hexdigest())
        return kind, found


def _content(file: BinaryIO, name: str, options: Options) -> tuple[str, Recording | Angles]:
    head = file.read(HEAD_BYTES)
    suffix = os.path.splitext(name)[1]
    if suffix.lower() == ".zip" and head.startswith(b"PK\x03\x04"):
        file, name, head, suffix = _unpacked(file, name)
    kind = format_of(head, suffix, name)
    size = file.seek(0, os.SEEK_END)
    if size > kind.largest:
        raise FormatError(
            f"{name} has {size / 1e6:.0f} MB; at most {kind.largest / 1e6:.0f} MB are read. Cut it into "
            "parts."
        )
    file.seek(0)
    return kind.name, kind.read(file, name, options)


_LARGEST_UNPACKED = 64_000_000


def _unpacked(file: BinaryIO, name: str) -> tuple[BinaryIO, str, bytes, str]:
    """Return the only file in a zip archive, its name, its first bytes and its extension."""
    with damage_is_told(name, "zip"), zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) != 1 or entries[0].file_size > _LARGEST_UNPACKED:
            raise FormatError(
                f"{name} holds {len(entries)} files; needed one, of at most "
                f"{_LARGEST_UNPACKED / 1e6:.0f} MB. Unpack it, and read one file."
            )
        with archive.open(entries[0]) as stream:
            data = stream.read(_LARGEST_UNPACKED + 1)
    inside = visible(os.path.basename(entries[0].filename))
    return io.BytesIO(data), inside, data[:HEAD_BYTES], os.path.splitext(inside)[1]


def persons_in(path: str | Path, options: Options) -> int:
    """Return the largest number of persons in a frame of JSON files; 1 for formats of one person."""
    if os.path.isdir(path):
        name = os.path.basename(os.path.abspath(path))
        return keypoint_json.persons_at_once(
            keypoint_json.frames_of_folder(str(path), name), options
        )
    with open(path, "rb", opener=_without_waiting) as file:
        name = os.path.basename(path)
        head = file.read(HEAD_BYTES)
        if format_of(head, os.path.splitext(name)[1], name).read is not keypoint_json.read_file:
            return 1
        file.seek(0)
        return keypoint_json.persons_at_once(keypoint_json.parsed(file.read(), name), options)


def save(recording: Recording, path: str | Path) -> Path:
    """Write a recording in the format given by the file extension, and return the path."""
    path = as_path(path, "path")
    return writer_of(path)(recording, path)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file without blocking, so that a named pipe does not wait for a writer."""
    if os.path.isdir(path):  # Windows raises PermissionError for folders
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
    return read_recording(os.path.join(_FOLDER, f"{name}.npz"))
