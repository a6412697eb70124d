"""Time as it would pass without the other programs of the machine."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["own_time"]

_WAITED = Path("/proc/thread-self/schedstat")


def own_time() -> float:
    """Seconds that passed, less those in which this thread was ready and waited for a processor.

    Where the system does not tell them (it is not Linux), all that passed.
    """
    try:
        waited = int(_WAITED.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        waited = 0.0
    return time.perf_counter() - waited
