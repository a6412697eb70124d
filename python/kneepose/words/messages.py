"""`Messages`: translations from a ``.po`` file, read at first use."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

__all__ = ["Messages", "read_po"]

Forms = str | tuple[str, ...]


class Messages(Mapping[str, Forms]):
    """The messages of a ``.po`` file, the format of gettext, as a mapping.

    Parameters
    ----------
    path
        The file, in UTF-8. It is read when the first text is looked up.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _found(self) -> dict[str, Forms]:
        return read_po(self.path.read_text(encoding="utf-8"))

    def __getitem__(self, key: str) -> Forms:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def read_po(text: str) -> dict[str, Forms]:
    """Return the translations of a ``.po`` file by key, with all plural forms.

    The key of a text with plural forms is its ``msgid_plural``. Comments and the header are
    skipped.

    Examples
    --------
    >>> read_po('msgid "Found"\\nmsgstr "Gefunden"')
    {'Found': 'Gefunden'}
    """
    found: dict[str, Forms] = {}
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if not line.startswith('"'):
                name, _, line = line.partition(" ")
            fields[name] = fields.get(name, "") + str(ast.literal_eval(line))
        key = fields.get("msgid_plural") or fields.get("msgid", "")
        forms = tuple(fields[name] for name in fields if name.startswith("msgstr"))
        if key and forms and all(forms):
            found[key] = forms[0] if len(forms) == 1 else forms
    return found
