"""Catalogue of display texts, by language and in clinical or plain wording.

The key of a text is its clinical English wording, with named parameters in braces. ``en_plain.po``
contains plain wordings of some texts. ``de.po`` contains German translations of all texts, in both
wordings. Texts missing in a language are shown in English. Results as data (`to_dict`, JSON, CSV)
are always English and clinical. See docs/decisions/0016.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kneepose.errors import UnknownNameError
from kneepose.words.messages import Forms, Messages
from kneepose.words.notes import NOTES, VALUES
from kneepose.words.safety import STOP_SIGNS

__all__ = [
    "LANGUAGES",
    "Language",
    "add_language",
    "and_list",
    "current_language",
    "is_plain",
    "mid",
    "opened",
    "speak",
    "tr",
    "tr_measured",
    "trn",
]

WordingName = Literal["clinical", "plain"]


class Language(NamedTuple):
    """One language of the catalogue.

    Attributes
    ----------
    code
        Language code for the ``lang`` attribute of a page, such as ``"de"``.
    messages
        English text → translation. Texts that depend on a number have several forms, indexed by
        `plural`; their key is the English plural form.
    decimal
        Decimal mark.
    plural
        Function from a number to the index of its plural form.
    lowers
        True if titles are lowercased inside a sentence, as in English. In languages with
        capitalized nouns, the set of first words that are lowercased.
    """

    code: str
    messages: Mapping[str, Forms]
    decimal: str = "."
    plural: Callable[[int], int] = lambda n: int(n != 1)
    lowers: bool | frozenset[str] = True


_FOLDER: Final = Path(__file__).parent
ENGLISH: Final = Language("en", {})
#: First words of German titles that are not nouns, so they are lowercased inside a sentence.
_GERMAN_SMALL: Final = frozenset({"Größte", "Größter", "Tiefste", "Zu"})
#: Languages by code. `add_language` adds one.
LANGUAGES: Final[dict[str, Language]] = {
    "en": ENGLISH,
    "de": Language("de", Messages(_FOLDER / "de.po"), decimal=",", lowers=_GERMAN_SMALL),
}

_LANGUAGE: ContextVar[Language] = ContextVar("kneepose_language", default=ENGLISH)
_IS_PLAIN: ContextVar[bool] = ContextVar("kneepose_plain", default=False)
_PLAIN: Final = Messages(_FOLDER / "en_plain.po")


def add_language(language: Language) -> None:
    """Add a language, or replace one.

    Parameters
    ----------
    language
        The language. Its messages may come from a ``.po`` file:
        ``kneepose.words.Messages(pathlib.Path("nl.po"))``; ``de.po`` in the package shows all keys.

    Examples
    --------
    >>> from kneepose import words
    >>> words.add_language(words.Language("nl", {"Found": "Gevonden"}, decimal=","))
    >>> with words.speak("nl"):
    ...     words.tr("Found"), words.tr("Next")
    ('Gevonden', 'Next')
    """
    LANGUAGES[language.code] = language


@contextlib.contextmanager
def speak(language: str | None = None, wording: WordingName | None = None) -> Iterator[None]:
    """Set language and wording of all texts created inside the `with` block.

    Parameters
    ----------
    language
        Code of a language: ``"en"``, ``"de"``, or one of `add_language`. None keeps the current
        one.
    wording
        ``"clinical"`` uses terms and statistics, ``"plain"`` everyday words. None keeps the current
        one.

    Raises
    ------
    UnknownNameError
        No such language or wording.

    Examples
    --------
    >>> import kneepose as kp
    >>> left = kp.analyze(kp.sample("squat"), "squat", side="left")
    >>> with kp.words.speak("de"):
    ...     left.summary()
    'Linkes Bein: 5 Kniebeugen, im Mittel Knie bis 82° gebeugt.'
    """
    chosen = _LANGUAGE.get() if language is None else language_of(language)
    if wording not in (None, "clinical", "plain"):
        raise UnknownNameError.of("wording", str(wording), ["clinical", "plain"])
    is_plain_now = _IS_PLAIN.get() if wording is None else wording == "plain"
    before = _LANGUAGE.set(chosen), _IS_PLAIN.set(is_plain_now)
    try:
        yield
    finally:
        _LANGUAGE.reset(before[0])
        _IS_PLAIN.reset(before[1])


def language_of(code: str) -> Language:
    """Return the language with this code.

    Raises
    ------
    UnknownNameError
        No such language.
    """
    if code not in LANGUAGES:
        raise UnknownNameError.of("language", str(code), list(LANGUAGES))
    return LANGUAGES[code]


def current_language() -> Language:
    """Return the current language."""
    return _LANGUAGE.get()


def is_plain() -> bool:
    """Return True if the plain wording is selected."""
    return _IS_PLAIN.get()


def tr(text: str, /, **parameters: object) -> str:
    """Translate a text to the current language and wording, and fill in its parameters.

    Parameters
    ----------
    text
        Clinical English wording; the key of the catalogue.
    parameters
        Values for the names in braces. They are inserted unchanged, so format numbers first.
    """
    found = _found(text)
    shown = found if isinstance(found, str) else found[-1]
    return shown.format(**parameters) if parameters else shown


def trn(one: str, many: str, n: int, /, **parameters: object) -> str:
    """Translate a text that depends on a number, which is also its parameter ``n``.

    Parameters
    ----------
    one, many
        Clinical English singular and plural; `many` is the catalogue key.
    n
        The number.
    """
    found = _found(many)
    if found == many:
        shown = one if n == 1 else many
    elif isinstance(found, str):
        shown = found
    else:
        shown = found[min(_LANGUAGE.get().plural(n), len(found) - 1)]
    return shown.format(n=n, **parameters)


def _found(text: str) -> Forms:
    plain = _PLAIN.get(text, text) if _IS_PLAIN.get() else text
    key = plain if isinstance(plain, str) else plain[-1]
    return _LANGUAGE.get().messages.get(key, plain)


def mid(text: str) -> str:
    """Return a title in the form used inside a sentence; in English its first letter is lowercased.

    Examples
    --------
    >>> mid("Knee inward"), mid("QTM file")
    ('knee inward', 'QTM file')
    """
    lowers = _LANGUAGE.get().lowers
    if not isinstance(lowers, bool):
        lowers = text.partition(" ")[0] in lowers
    is_word = lowers and not text[1:2].isupper()
    return text[:1].lower() + text[1:] if is_word else text


def opened(text: str) -> str:
    """Return a text with a capital first letter, for the start of a sentence."""
    return re.sub(r"\w", lambda letter: letter.group().upper(), text, count=1) if text else text


def and_list(texts: Sequence[str]) -> str:
    """Return texts as a list inside a sentence: ``"a, b and c"``."""
    if len(texts) < 2:
        return "".join(texts)
    return tr("{first} and {last}", first=", ".join(texts[:-1]), last=texts[-1])


_NUMBER: Final = re.compile(r"[−+-]?\d+(?:\.\d+)?")
_SENTENCE_END: Final = re.compile(r"(?<=[.?]) (?=[A-Z])")


def tr_measured(text: str) -> str:
    """Translate a sentence that contains numbers or names: a message of the core, or a note.

    Its catalogue key is an entry of `NOTES`, or the text with ``#`` for each number: ``"in # % of
    the frames"``.
    """
    for pattern, note in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return tr(note, **{name: _field(value) for name, value in found.groupdict().items()})
    key = _NUMBER.sub("#", text)
    shown = tr(key)
    return text if shown == key else _numbered(shown, text)


def _field(text: str) -> str:
    """Translate a field of a note: a word of `VALUES`, a stop sign, a list of notes, a name."""
    key = _NUMBER.sub("#", text)
    if key in VALUES:
        return _numbered(tr(key), text)
    if "; " in text or text in STOP_SIGNS:
        return "; ".join(map(tr, text.split("; ")))
    sentences = _SENTENCE_END.split(text)
    if len(sentences) > 1 or text.endswith((".", "?")):
        return " ".join(map(tr_measured, sentences))
    return _numbered(key, text) if key == "#" else text


def _numbered(shown: str, text: str) -> str:
    """Replace each ``#`` in a translated text by the corresponding number of the original text."""
    decimal = _LANGUAGE.get().decimal
    # The point in a DOI is kept, since "10.1186/…" is a name.
    numbers = iter(
        one[0] if text[one.end() : one.end() + 1] == "/" else one[0].replace(".", decimal)
        for one in _NUMBER.finditer(text)
    )
    return re.sub("#", lambda _: next(numbers, ""), shown)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return for each entry of `NOTES` the pattern of its filled-in texts."""
    found = []
    for note in NOTES:
        parts = re.split(r"\{(\w+)\}", note)
        fields = [f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
        found.append((re.compile("".join(fields)), note))
    return tuple(found)
