"""Files of keypoints in a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from kneepose.io.formats import FORMATS

__all__ = ["KEYPOINT_SUFFIXES", "is_folder_of_frames", "keypoint_files"]

_FRAME_FILE: Final = re.compile(r".*\d+(_keypoints)?\.json", re.IGNORECASE)
#: Extensions of files that are read from folders. Files ending in .txt, .h5 and .hdf5 are skipped,
#: as they may contain anything.
KEYPOINT_SUFFIXES: Final = tuple(
    suffix for one in FORMATS for suffix in one.suffixes if suffix not in (".txt", ".h5", ".hdf5")
)


def keypoint_files(folder: Path) -> list[str]:
    """Return the names of the files in a folder that may contain keypoints."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    return [name for name in names if os.path.splitext(name)[1].lower() in KEYPOINT_SUFFIXES]


def is_folder_of_frames(path: Path) -> bool:
    """Return True for a folder of JSON files with one frame each, which form one recording."""
    if not path.is_dir():
        return False
    names = keypoint_files(path)
    return bool(names) and all(_FRAME_FILE.fullmatch(name) for name in names)
