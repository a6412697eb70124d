"""Tests of the catalogue: every display text comes from it, with its parameters."""

from __future__ import annotations

import ast
import re
from collections import deque
from functools import cache
from html.parser import HTMLParser
from string import Formatter

import pytest

import kneepose as kp
from kneepose.words.catalogue import LANGUAGES, Language, add_language, speak, tr, tr_measured, trn
from kneepose.words.measures import base_name
from kneepose.words.messages import Messages, read_po
from kneepose.words.notes import NOTES, OTHER_RELIABILITY, POOLED, UNLIKE, VALUES
from tests.words.keys import PACKAGE, finding_keys, note_keys, source_keys, table_keys
from tests.words.spoken import PSEUDO, RESULTS, Recorder, everything, page_of, result

GERMAN = LANGUAGES["de"].messages
PLAIN = Messages(PACKAGE / "words" / "en_plain.po")


@cache
def asked() -> frozenset[str]:
    """Return all keys requested by texts, pages and guides."""
    recorder = Recorder()
    add_language(Language("x-recorder", recorder))
    try:
        with speak("x-recorder"):
            deque(everything(), 0)
    finally:
        del LANGUAGES["x-recorder"]
    return frozenset(recorder.asked - {""})


@cache
def chosen_elsewhere() -> frozenset[str]:
    """Return all string constants of the package, because texts may be chosen in one place and
    translated in another.
    """
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return frozenset(found)


def is_number(text: str) -> bool:
    return not re.sub(r"[\d\s.,°%±−+–]|\bs\b", "", text)


def needed() -> frozenset[str]:
    own = {"Keypoints", "Knee"}
    everything_asked = asked() | source_keys() | table_keys() | finding_keys() | note_keys()
    return frozenset(key for key in everything_asked if key not in own and not is_number(key))


@pytest.mark.slow
def test_german_is_whole() -> None:
    missing = {PLAIN.get(key, key) for key in needed()} | needed()
    assert sorted(missing - set(GERMAN)) == []


@pytest.mark.slow
def test_german_has_nothing_that_nobody_says() -> None:
    known = needed() | set(PLAIN.values()) | chosen_elsewhere()
    assert sorted(key for key in set(GERMAN) - known if "the left knee" not in key) == []
    assert set(PLAIN) <= known


def fields(text: str) -> list[str]:
    return sorted(str(name) for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("messages", [GERMAN, PLAIN], ids=["German", "plain English"])
def test_parameters_are_those_of_the_key(messages: Messages) -> None:
    for key, forms in messages.items():
        for text in [forms] if isinstance(forms, str) else forms:
            assert fields(text) == fields(key), key
            assert text.count("#") == key.count("#"), key
            assert (text[:1] == " ") == (key[:1] == " "), key
            assert text.endswith(".") == key.endswith("."), key


def test_forms_of_a_number() -> None:
    pair = "{title}, {n} repetition", "{title}, {n} repetitions"
    with speak("de"):
        assert trn(*pair, 1, title="Kniebeuge") == "Kniebeuge, 1 Wiederholung"
        assert trn(*pair, 0, title="Kniebeuge") == "Kniebeuge, 0 Wiederholungen"
    assert trn(*pair, 1, title="Squat") == "Squat, 1 repetition"


def test_sentences_of_the_core_keep_their_numbers() -> None:
    with speak("de"):
        assert tr_measured("the picture is tilted by 4.5°") == "das Bild ist um 4,5° gekippt"
    assert tr_measured("the picture is tilted by 4.5°") == "the picture is tilted by 4.5°"


def test_no_such_language_or_wording() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="unknown language 'fr'"), speak("fr"):
        pass
    with (
        pytest.raises(kp.errors.UnknownNameError, match="did you mean 'plain'"),
        speak(None, "plan"),
    ):  # type: ignore[arg-type]
        pass


def test_the_language_ends_with_its_block() -> None:
    with speak("de", "plain"):
        assert tr("Found") == "Gefunden"
        with speak("en"):
            assert tr("Verdict") == "Result"
    assert tr("Verdict") == "Verdict"


def test_a_po_file_has_comments_forms_and_long_lines() -> None:
    text = '# a\nmsgid ""\nmsgstr "x"\n\nmsgid "a \\"b\\""\nmsgstr ""\n"c "\n"d"\n\n'
    text += 'msgid "{n} r"\nmsgid_plural "{n} rs"\n'
    assert read_po(text + 'msgstr[0] "one"\nmsgstr[1] "many"\n') == {
        'a "b"': "c d",
        "{n} rs": ("one", "many"),
    }


def test_data_are_english_in_any_language() -> None:
    both = result("two legs")
    plain = both.to_dict()["summary"]
    with speak("de", "plain"):
        assert both.to_dict()["summary"] == plain
        assert both.summary() != plain


def test_notes_are_made_in_english_and_shown_in_any_language() -> None:
    made = result("two dates")
    with speak("de"):
        again = kp.compare(made.first, made.second)
        assert again.notes == made.notes
        assert "Kamerawinkel geprüft" in repr(again)


@pytest.mark.parametrize("note", NOTES)
def test_a_note_keeps_its_names_and_numbers_in_any_language(note: str) -> None:
    named = [name for name in fields(note) if name]
    values = {name: f"{letter}{letter}" for name, letter in zip(named, "VWXYZ", strict=False)}
    made = note.format(**values)
    assert tr_measured(made) == made
    with speak("de"):
        said = tr_measured(made)
    assert said != made
    assert all(value in said for value in values.values())


def test_the_values_of_a_note_are_of_the_language_too() -> None:
    fps = UNLIKE["fps"].format(first="29.97 frames a second", second="30 frames a second")
    other = OTHER_RELIABILITY.format(why=f"{fps} {POOLED.format(count=2)}")
    with speak("de"):
        assert "(29,97 Bilder je Sekunde und 30 Bilder je Sekunde)" in tr_measured(fps)
        assert tr_measured(other).endswith(
            f"{tr_measured(fps)} {tr_measured(POOLED.format(count=2))}"
        )
        assert "1.2.3" in tr_measured(UNLIKE["version"].format(first="1.2.3", second="1.3"))


def test_titles_of_exercises_are_words_of_notes() -> None:
    assert {row["title"] for row in kp.tables.exercises()} <= VALUES


def test_notes_on_unlike_set_ups_are_shown_in_any_language() -> None:
    squats = kp.sample("squat")
    first, second = (kp.analyze(squats, "squat", side="left", cutoff_hz=hz) for hz in (6.0, 4.5))
    both = kp.compare(first, second)
    again = type(both).from_dict(both.to_dict())
    made = [note for note in again.notes if note.startswith("The cut-off")]
    assert made
    with speak("de"):
        assert "eine andere (6 Hz und 4,5 Hz)" in repr(both)
        assert "eine andere (6 Hz und 4,5 Hz)" in tr_measured(made[0])


@pytest.mark.parametrize("text", ["It took 1.5 s.", "2.5 of 10, doi 10.1186/s13102-020-00179-8."])
def test_a_sentence_without_a_translation_keeps_its_numbers(text: str) -> None:
    with speak("de"):
        assert tr_measured(text) == text


def test_a_doi_is_the_same_in_any_language() -> None:
    made = kp.compare(*(kp.analyze(kp.sample("squat"), "squat", side=s) for s in ("left", "right")))
    dois = re.findall(r"doi 10\.\S+", " ".join(made.notes))
    with speak("de"):
        said = repr(made)
    assert dois
    assert [doi for doi in dois if doi not in said] == []


class Shown(HTMLParser):
    """Collects the texts of a page, without styles and texts in other languages."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "meta":
            skip = tag == "style" or (tag == "p" and given.get("lang") == "en")
            self.open.append((tag, skip))
        self.texts += [str(given[name]) for name in ("aria-label", "data-label") if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(skip for _, skip in self.open):
            self.texts.append(data)


def strays(texts: list[str], own: set[str]) -> set[str]:
    """Return words outside the ⟦ ⟧ of the pseudo-language, except numbers and data."""
    found = set()
    for text in texts:
        for name in sorted(own, key=len, reverse=True):
            text = text.replace(name, " ")
        while (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
            text = inner
        found.update(re.findall(r"[^\W\d_]{2,}", text))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
def test_a_page_has_no_text_beside_the_catalogue(name: str) -> None:
    found = result(name)
    analyses = [found] if isinstance(found, kp.analysis.Analysis) else [found.first, found.second]
    own = {"kneepose", "deg"}
    for analysis in analyses:
        source = analysis.source
        own |= {str(source.meta.get("title", "")), source.estimator, source.skeleton.name}
        own |= {str(source.subject or ""), str(source.date or "")}
    add_language(PSEUDO)
    try:
        with speak(PSEUDO.code):
            page = page_of(name)
            text = repr(found)
    finally:
        del LANGUAGES[PSEUDO.code]
    # Dates have their own HTML element, so a sentence may span several texts.
    assert strays([" ".join(Shown(page).texts)], own - {""}) == set()
    measures = {name for analysis in analyses for name in analysis.measures}
    codes = measures | {base_name(name) for name in measures}
    assert strays([text], (own | codes) - {""}) == set()
