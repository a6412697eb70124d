"""Text rendered as pixel masks, in a font that has the needed characters."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

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
#: Digits are drawn one by one, because nearly each frame has another number, and a text between them
#: as a whole. Beyond the last letter of the scripts that run from left to right in the order of their
#: characters, a text is left to Pillow.
_PARTS: Final = re.compile(r"[0-9]|[^0-9]+")
_LAST_TO_RIGHT: Final = "\u058f"


@dataclass(frozen=True, eq=False)
class Text:
    """A rendered line of text.

    Attributes
    ----------
    mask
        Coverage of each pixel, 0 to 255, shape (h, w).
    left, top
        Position of the mask's top left corner relative to the start of the baseline.
    advance
        Distance from the start of this text to the start of a text after it, in pixels.
    """

    mask: U8
    left: int
    top: int
    advance: float

    def light(self, color: tuple[int, int, int]) -> U8:
        """Return the text in a color on black, shape (h, w, 3)."""
        return _light(self, color)


@lru_cache(maxsize=256)
def _light(text: Text, color: tuple[int, int, int]) -> U8:
    cover = text.mask[..., np.newaxis].astype(np.uint16)
    return (cover * np.array(color, np.uint16) // 255).astype(np.uint8)


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
    text = visible(text)
    path = _font_for(text, size, path)
    parts = _PARTS.findall(text)
    if len(parts) < 2 or max(text) > _LAST_TO_RIGHT:
        return _drawn(text, size, path)
    return _joined([_drawn(part, size, path) for part in parts])


@lru_cache(maxsize=1024)
def _drawn(text: str, size: int, path: str) -> Text:
    from PIL import Image, ImageDraw

    font = _font(path, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    picture = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=font, anchor="ls")
    mask = np.array(picture)
    mask.flags.writeable = False
    return Text(mask, left, top, font.getlength(text))


def _joined(parts: Sequence[Text]) -> Text:
    """Return texts one after the other."""
    starts = np.cumsum([0.0, *(part.advance for part in parts)])
    places = [
        (round(start) + part.left, part.top, *part.mask.shape[::-1], part.mask)
        for start, part in zip(starts, parts, strict=False)
    ]
    left, top = min(x for x, *_ in places), min(y for _, y, *_ in places)
    right, bottom = max(x + w for x, _, w, *_ in places), max(y + h for _, y, _, h, _ in places)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for x, y, width, height, of_part in places:
        target = mask[y - top : y - top + height, x - left : x - left + width]
        np.maximum(target, of_part, out=target)
    mask.flags.writeable = False
    return Text(mask, left, top, float(starts[-1]))


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


def _font_for(text: str, size: int, path: str | None) -> str:
    """Return the path of the given font, or of one that has the letters of a text."""
    if path is not None:
        _font(path, size)
        return path
    letters = {letter for letter in text if not letter.isspace()}
    for found in (_usual_font(), *_fonts_of_system()):
        try:
            if all(_has(found, letter) for letter in letters):
                return found
        except KneeposeError:
            continue
    _warn_of("".join(sorted(letters)))
    return _usual_font()


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
