"""Time as it would pass without the other programs of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

__all__ = ["Signaler", "own_time"]


def own_time(thread: int | None = None) -> float:
    """Seconds that passed, less those in which a thread was ready and waited for a processor.

    The thread is this one, or the main one of another process by its number. Where the system does not
    tell the waiting (it is not Linux), all seconds that passed.
    """
    place = Path("/proc", str(thread or threading.get_native_id()), "schedstat")
    try:
        waited = int(place.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        waited = 0.0
    return time.perf_counter() - waited


class Signaler:
    """A process that sends SIGALRM to this one's main thread, whatever that does meanwhile."""

    def __init__(self, wait: float) -> None:
        command = [sys.executable, "-m", __name__, str(os.getpid()), str(wait)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._said = self._process.stdout
        assert self._said.readline() == "ready\n"

    def sent_at(self) -> float:
        """Own time of the main thread when the signal was sent."""
        return float(self._said.readline())

    def end(self) -> None:
        """Send no signal any more."""
        self._process.kill()
        self._process.wait()
        self._said.close()


def _send(process: int, wait: float) -> None:
    import signal

    print("ready", flush=True)
    time.sleep(wait)
    print(own_time(process), flush=True)
    os.kill(process, signal.SIGALRM)


if __name__ == "__main__":
    _send(int(sys.argv[1]), float(sys.argv[2]))
