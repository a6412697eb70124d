"""`forked`: runs a call in a separate process, which the call may crash or fill."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["forked"]


def forked(call: Callable[[], str]) -> str:
    """Return the text that a call returns in a separate process, or WRONG with the way the process
    ended.
    """
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sender, call().encode(errors="replace")[:400])
        os._exit(0)
    os.close(sender)
    with open(receiver, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return said if status == 0 else f"WRONG end of the process with status {status}"
