"""`Store`: numbered files, both uploaded clips and results offered for download."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from kneepose.app.refusal import Refused
from kneepose.words.catalogue import tr
from kneepose.words.units import number

__all__ = ["LARGEST_CLIP", "Kept", "Store"]

#: Largest accepted size of one clip, bytes.
LARGEST_CLIP: Final = 2_000_000_000
#: Disk space that must stay free after an upload, bytes.
_SPARE_BYTES: Final = 200_000_000
#: Number of clips kept; a further one replaces the oldest.
_MOST_CLIPS: Final = 6
_PIECE: Final = 1 << 20
#: File extension → content type; files of other types are never served.
_KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".npz": "application/octet-stream",
}


class Kept(NamedTuple):
    """A file that the page offers for download.

    Attributes
    ----------
    path
        Path of the file.
    kind
        Content type.
    name
        Name under which a browser saves it.
    """

    path: Path
    kind: str
    name: str


class Store:
    """Files of one run of the app, in a folder that is removed at the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kneepose-")
        self.root = Path(self._folder.name)
        self._lock = threading.Lock()
        self._number = 0
        self._files: dict[str, Kept] = {}
        self._clips: dict[str, Path] = {}

    def _next(self) -> str:
        with self._lock:
            self._number += 1
            return str(self._number)

    def folder(self) -> Path:
        """Return a new empty folder."""
        place = self.root / self._next()
        place.mkdir()
        return place

    def take(self, name: str, size: int, read: Callable[[int], bytes]) -> dict[str, Any]:
        """Store an uploaded clip, read in pieces, and return its number and name.

        Raises
        ------
        Refused
            The clip is too large or incomplete, or the disk is full.
        """
        if size > LARGEST_CLIP:
            raise Refused(
                413,
                tr(
                    "the clip has {size} GB; at most {most} GB are taken. Cut it to the exercise.",
                    size=number(size / 1e9, "", digits=1),
                    most=f"{LARGEST_CLIP / 1e9:.0f}",
                ),
            )
        if not size:
            raise Refused(400, tr("the clip is empty."))
        if shutil.disk_usage(self.root).free < size + _SPARE_BYTES:
            raise Refused(
                507, tr("the disk has no room for a clip of {size} MB.", size=f"{size / 1e6:.0f}")
            )
        folder = self.folder()
        path = folder / _plain_name(name)
        left = size
        try:
            with path.open("wb") as file:
                while left:
                    piece = read(min(left, _PIECE))
                    if not piece:
                        raise Refused(400, tr("the clip ended early; send it again."))
                    file.write(piece)
                    left -= len(piece)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._lock:
            self._clips[folder.name] = path
            old = list(self._clips)[:-_MOST_CLIPS]
            gone = [self._clips.pop(number) for number in old]
        for clip in gone:
            shutil.rmtree(clip.parent, ignore_errors=True)
        return {"clip": folder.name, "name": path.name}

    def clip(self, number: Any) -> Path:
        """Return the path of the clip with this number.

        Raises
        ------
        Refused
            No clip has this number.
        """
        path = self._clips.get(str(number))
        if path is None:
            raise Refused(404, tr("this clip is no longer here; choose it again."))
        return path

    def give(self, path: Path, name: str | None = None) -> str:
        """Register a file for download and return its number."""
        number = self._next()
        self._files[number] = Kept(path, _KINDS[path.suffix], name or path.name)
        return number

    def given(self, number: str) -> Kept:
        """Return the registered file with this number.

        Raises
        ------
        Refused
            No file has this number.
        """
        found = self._files.get(number)
        if found is None or not found.path.is_file():
            raise Refused(404, tr("this file is no longer here; make it again."))
        return found

    def close(self) -> None:
        """Remove the folder and its contents."""
        self._folder.cleanup()


def _plain_name(name: str) -> str:
    """Return a file name reduced to letters, digits and a few safe characters."""
    plain = re.sub(r"[^\w.() -]", "_", Path(name.replace("\\", "/")).name).strip(". ")[-80:]
    return plain or "clip"
