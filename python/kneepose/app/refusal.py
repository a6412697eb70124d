"""`Refused`: raised for an HTTP response other than 200."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):
    """A request that is not fulfilled, with the HTTP status and a sentence that says what to do.

    Attributes
    ----------
    status
        HTTP status.
    is_final
        True if the same request will fail again, so that the page stops repeating it.
    """

    def __init__(self, status: int, text: str, *, is_final: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.is_final = is_final
