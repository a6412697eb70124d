"""The key file from pseudonyms to names: outside the history, readable by its owner only."""

from __future__ import annotations

import json
from pathlib import Path

from kneepose.errors import FormatError
from kneepose.writing import check_regular, write_whole

__all__ = ["Names"]


class Names:
    """Names of subjects in one small JSON file.

    Parameters
    ----------
    path
        Path of the file. It is created when the first name is stored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, pseudonym: str) -> str | None:
        """Return the name of a subject, or None."""
        return self._read().get(pseudonym)

    def put(self, pseudonym: str, name: str) -> None:
        """Store the name of a subject."""
        self._write(self._read() | {pseudonym: name})

    def remove(self, pseudonym: str) -> None:
        """Remove the name of a subject; the file is deleted with the last name."""
        known = self._read()
        if pseudonym not in known:
            return
        del known[pseudonym]
        if known:
            self._write(known)
        else:
            self.path.unlink()

    def _read(self) -> dict[str, str]:
        try:
            check_regular(self.path)
            found = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise FormatError(f"{self.path} is no key file ({error}); restore it.") from None
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise FormatError(f"{self.path} is no key file of pseudonyms and names; restore it.")
        return found

    def _write(self, known: dict[str, str]) -> None:
        data = json.dumps(known, indent=2, ensure_ascii=False, sort_keys=True).encode()
        write_whole(self.path, lambda file: file.write(data), private=True)
