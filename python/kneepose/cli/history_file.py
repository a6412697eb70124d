"""Location of the user's history file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

__all__ = ["FILE_VARIABLE", "history_path"]

#: Environment variable with the path of the history file.
FILE_VARIABLE: Final = "KNEEPOSE_HISTORY"


def history_path() -> Path:
    """Return the history file: that in `FILE_VARIABLE`, else the default in the data folder."""
    given = os.environ.get(FILE_VARIABLE)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Application Support"
    else:
        root = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folder = root / "kneepose"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "weeks.sqlite"
