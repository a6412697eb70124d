"""Labels and sentences for display, by language and in clinical or plain wording."""

from kneepose.words.catalogue import LANGUAGES, Language, add_language, speak, tr, trn
from kneepose.words.german import GERMAN
from kneepose.words.plain import PLAIN

__all__ = ["LANGUAGES", "Language", "add_language", "speak", "tr", "trn"]

add_language(GERMAN, plain=PLAIN)
