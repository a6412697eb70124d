"""Recordings given on the command line: keypoint files, clips, and folders of both."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from kneepose import tables
from kneepose.errors import FormatError
from kneepose.io.files import read_recording
from kneepose.io.folders import KEYPOINT_SUFFIXES, is_folder_of_frames
from kneepose.recording.recording import Recording
from kneepose.video.estimate import from_video, keypoints_path
from kneepose.video.pictures import is_picture
from kneepose.words.catalogue import LANGUAGES, tr

__all__ = [
    "ANNOTATED",
    "LANGUAGE_VARIABLE",
    "add_video_options",
    "add_wording_options",
    "clip_of",
    "read_by_command",
    "recording_at",
    "recordings_of",
]

#: File extensions of clips; other files are read as keypoints.
_CLIPS: Final = frozenset(
    [
        ".mp4",
        ".mov",
        ".m4v",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".3gp",
        ".mts",
        ".m2ts",
        ".ts",
        ".wmv",
        ".gif",
    ]
)
#: Environment variable with the user's language.
LANGUAGE_VARIABLE: Final = "KNEEPOSE_LANGUAGE"
#: File name ending of the clips that `analyze --annotate` writes into a folder.
ANNOTATED: Final = ".annotated.mp4"
_KEYPOINTS: Final = ".keypoints.npz"


def add_wording_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for language and wording to a command."""
    parser.add_argument(
        "--language",
        choices=tuple(LANGUAGES),
        help=tr("of texts and pages; default: ${variable}, else en", variable=LANGUAGE_VARIABLE),
    )
    parser.add_argument(
        "--plain", action="store_true", help=tr("everyday words instead of clinical terms")
    )


def add_video_options(parser: argparse.ArgumentParser, *, whom: str = "--person") -> None:
    """Add the options for clips to a command; `whom` names the option that selects the person."""
    group = parser.add_argument_group(tr("clips"), tr("for videos and folders of pictures"))
    group.add_argument(
        "--estimator", default="mediapipe", metavar="NAME",
        help=tr("mediapipe (default), ultralytics, rtmlib, or module:function"),
    )  # fmt: skip
    group.add_argument(
        "--model", type=Path, metavar="FILE",
        help=tr("model file of the estimator; see `kneepose models`"),
    )  # fmt: skip
    group.add_argument(
        whom, dest="person", type=_person, default="main", metavar="WHO",
        help=tr("main (default), largest, first, a track id, or a box x0,y0,x1,y1 in pixels"),
    )  # fmt: skip
    group.add_argument("--from", type=float, dest="start_s", metavar="S", help=tr("first second"))
    group.add_argument("--to", type=float, dest="end_s", metavar="S", help=tr("last second"))
    group.add_argument(
        "--slow-motion", type=float, default=1.0, metavar="N",
        help=tr("how many times slower than life the clip plays"),
    )  # fmt: skip
    group.add_argument("--fps", type=float, help=tr("frames per second of a folder of pictures"))
    group.add_argument(
        "--skeleton", choices=[row["name"] for row in tables.skeletons()], metavar="NAME",
        help=tr("skeleton of the keypoints of module:function"),
    )  # fmt: skip
    group.add_argument("--mirrored", action="store_true", help=tr("the clip is a mirrored selfie"))
    group.add_argument(
        "--view", choices=("front", "back", "left", "right"), help=tr("where the camera stands")
    )


def _person(text: str) -> Any:
    if text.isdigit():
        return int(text)
    if text.count(",") == 3:
        try:
            return tuple(float(part) for part in text.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no box x0,y0,x1,y1") from None
    if text in ("main", "largest", "first"):
        return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is not main, largest, first, a track id or a box x0,y0,x1,y1"
    )


def recordings_of(path: Path, options: argparse.Namespace) -> list[Path]:
    """Return the recordings at a path: the path, or the clips and keypoint files in a folder.

    A folder of images is one clip, and a folder of JSON frames is one recording. Annotated clips
    and tables written by kneepose are omitted, and so are keypoint files stored beside their clip.

    Raises
    ------
    FormatError
        The folder contains no recording.
    """
    if not path.is_dir() or is_folder_of_frames(path):
        return [path]
    outputs = {getattr(options, name, None) for name in ("table", "csv")}
    files = sorted(entry for entry in path.iterdir() if entry.is_file())
    found = [
        file
        for file in files
        if not file.name.startswith(".")
        and not file.name.endswith(ANNOTATED)
        and file not in outputs
        and (_is_clip(file) or file.suffix.lower() in KEYPOINT_SUFFIXES)
        and clip_of(file) in (None, file)
    ]
    if found:
        return found
    if any(map(is_picture, files)):
        return [path]
    raise FormatError(
        f"{path} is a folder without recordings; it must hold files of keypoints such as .npz or .csv, "
        "clips such as .mp4, or numbered pictures."
    )


def clip_of(path: Path) -> Path | None:
    """Return the clip of a recording: the file itself, the clip beside a keypoint file, or None."""
    if _is_clip(path):
        return path
    clip = path.with_name(path.name.removesuffix(_KEYPOINTS))
    return clip if clip != path and clip.exists() else None


def recording_at(
    path: Path,
    options: argparse.Namespace,
    progress: Callable[[int, int, str], None] | None = None,
    keep: Path | None = None,
) -> Recording:
    """Return the recording of a keypoint file, or run the chosen estimator on a clip."""
    if not _is_clip(path):
        recording = read_recording(path)
        return recording._replace(view=options.view) if options.view else recording
    return from_video(
        path, options.estimator, model=options.model, person=options.person, skeleton=options.skeleton,
        start_s=options.start_s, end_s=options.end_s, slow_motion=options.slow_motion, fps=options.fps,
        mirrored=options.mirrored, view=options.view, progress=progress, keep=keep or True,
    )  # fmt: skip


def read_by_command(paths: Sequence[Path]) -> list[Path]:
    """Return the files read or written with these recordings, which outputs must not overwrite."""
    return [*paths, *(keypoints_path(path) for path in paths if _is_clip(path))]


def _is_clip(path: Path) -> bool:
    return path.suffix.lower() in _CLIPS or (path.is_dir() and not is_folder_of_frames(path))
