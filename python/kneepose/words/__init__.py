"""Display texts: labels and sentences by language, in clinical or plain wording."""

from kneepose.words.catalogue import Language, add_language, speak, tr, trn
from kneepose.words.messages import Messages

__all__ = ["Language", "Messages", "add_language", "speak", "tr", "trn"]
