"""`WithPage`: results that write an HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kneepose.words.catalogue import WordingName

__all__ = ["WithPage"]


class WithPage:
    """Base class of results that can write an HTML page."""

    __slots__ = ()

    def to_html(
        self,
        path: str | Path,
        *,
        also: Sequence[Any] = (),
        language: str | None = None,
        wording: WordingName | None = None,
    ) -> Path:
        """Write an HTML page about this result, and return its path. Requires ``kneepose[report]``.

        Parameters
        ----------
        path
            File to write.
        also
            Further analyses and comparisons on the same page, each with a first sheet of its own.
        language
            Code of a language, such as ``"de"``. None takes that in force, see `kneepose.words.speak`.
        wording
            ``"clinical"`` with terms and statistics, or ``"plain"`` for the person on the page. None
            takes that in force.

        Raises
        ------
        UnknownNameError
            No such language or wording.
        """
        from kneepose.report.page import write_report

        results: list[Any] = [self, *also]
        return write_report(results, path, language=language, wording=wording)
