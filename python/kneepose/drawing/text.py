"""Text rendered as pixel masks, in a font that has the needed characters."""

from __future__ import annotations

import os
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose.errors import DependencyError, KneeposeError, RecordingWarning
from kneepose.writing import as_path, check_regular, visible

__all__ = ["Text", "render", "wrapped"]

U8 = npt.NDArray[np.uint8]

#: Parts of names of fonts with many characters, the best first.
_GOOD: Final = (
    "dejavusans-bold.", "dejavusans.", "notosans-bold.", "notosans-regular.", "segoeuib.", "arialbd.",
    "sfns.", "helveticaneue", "notosanscjk", "notosans", "pingfang", "msyh", "yugoth", "malgun",
    "nirmala", "wqy", "droidsans", "arialuni", "liberationsans-bold.",
)  # fmt: skip
#: A code point that no font contains, so that rendering it gives the box for missing characters.
_UNKNOWN: Final = "\U0010fffe"


class Text(NamedTuple):
    """A rendered line of text.

    Attributes
    ----------
    mask
        Coverage of each pixel, 0 to 255, shape (h, w).
    left, top
        Position of the mask's top left corner relative to the start of the baseline.
    """

    mask: U8
    left: int
    top: int


def render(text: str, size: int, font: str | None = None) -> Text:
    """Render a line of text with a font size of `size` pixels.

    Parameters
    ----------
    font
        Path of a font file; None chooses a font with all characters of the text.

    Raises
    ------
    DependencyError
        Pillow is not installed.
    KneeposeError
        The font file cannot be read.
    """
    return _render(text, max(6, size), font)


#: Cache size: room for the values of 180 degrees in two phases and both legs, and other texts. In
#: 4K frames a text takes about 20 kB.
@lru_cache(maxsize=1024)
def _render(text: str, size: int, path: str | None) -> Text:
    from PIL import Image, ImageDraw

    text = visible(text)
    font = _font_for(text, size, path)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    picture = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=font, anchor="ls")
    mask = np.array(picture)
    mask.flags.writeable = False
    return Text(mask, left, top)


def wrapped(text: str, size: int, width: float, font: str | None = None) -> list[Text]:
    """Break a text into rendered lines of at most `width` pixels; long words stay whole."""
    return list(_wrapped(text, size, width, font))


@lru_cache(maxsize=64)
def _wrapped(text: str, size: int, width: float, font: str | None) -> tuple[Text, ...]:
    lines: list[str] = []
    for word in text.split() or [text]:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and render(longer, size, font).mask.shape[1] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(render(line, size, font) for line in lines)


def _font_for(text: str, size: int, path: str | None) -> Any:
    if path is not None:
        return _font(path, size)
    letters = {letter for letter in text if not letter.isspace()}
    for found in (_usual_font(), *_fonts_of_system()):
        try:
            if all(_has(found, letter) for letter in letters):
                return _font(found, size)
        except KneeposeError:
            continue
    _warn_of("".join(sorted(letters)))
    return _font(_usual_font(), size)


@lru_cache(maxsize=256)
def _warn_of(letters: str) -> None:
    warnings.warn(
        f"no font of this system has all of the letters {letters[:40]!r}: some are drawn as boxes. Pass "
        "font=, the path of a font that has them.",
        RecordingWarning,
        stacklevel=6,
    )


@lru_cache(maxsize=64)
def _font(path: str, size: int) -> Any:
    try:
        from PIL import ImageFont
    except ImportError as error:
        raise DependencyError(
            'text on frames needs Pillow, which is not installed: pip install "kneepose[video]".'
        ) from error
    if not path:
        return ImageFont.load_default(size)  # font with Latin letters that Pillow contains
    try:
        check_regular(as_path(path, "font"))
        return ImageFont.truetype(path, size)
    except (OSError, KneeposeError):
        raise KneeposeError(
            f"font is {visible(path)!r}, which is no font file that can be read."
        ) from None


@lru_cache(maxsize=4096)
def _has(path: str, letter: str) -> bool:
    font = _font(path, 24)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_UNKNOWN))


@lru_cache(maxsize=1)
def _usual_font() -> str:
    """Return the path of DejaVu Sans from Matplotlib or the system; empty for Pillow's own font."""
    import importlib.util

    found = importlib.util.find_spec("matplotlib")  # locates the package without importing it
    places = []
    if found is not None and found.origin is not None:
        places.append(
            Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
        )
    places.append(Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"))
    return next((str(place) for place in places if place.is_file()), "")


@lru_cache(maxsize=1)
def _fonts_of_system() -> tuple[str, ...]:
    """Return the font files of the system, those with many characters first."""
    home = Path.home()
    folders = {
        "win32": [Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"],
        "darwin": [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"],
    }.get(sys.platform, [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".fonts"])
    files = [
        Path(folder) / name
        for root in folders
        for folder, _, names in os.walk(root)
        for name in sorted(names)
        if name.lower().endswith((".ttf", ".otf", ".ttc"))
    ]

    def rank(path: Path) -> int:
        name = path.name.lower()
        return next((n for n, part in enumerate(_GOOD) if part in name), len(_GOOD))

    return tuple(str(path) for path in sorted(files, key=rank))
