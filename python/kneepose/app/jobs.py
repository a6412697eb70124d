"""`Jobs`: long-running work in a thread, one job at a time, with progress and cancellation."""

from __future__ import annotations

import contextvars
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from kneepose.app.refusal import Refused
from kneepose.errors import KneeposeError, RecordingWarning
from kneepose.words.catalogue import tr

__all__ = ["Jobs", "Progress"]

Progress = Callable[[int, int, str], None]
#: Maximum number of waiting jobs and of finished jobs that are kept.
_MOST_WAITING: Final = 4
_MOST_REMEMBERED: Final = 32


class _Cancelled(BaseException):
    """Raised in the progress callback of a job to cancel it.

    It derives from BaseException, so that no `except Exception` in the job catches it.
    """


class _Job:
    def __init__(self, number: str, what: str) -> None:
        self.number = number
        self.what = what
        self.state: Literal["waiting", "running", "done", "failed", "cancelled"] = "waiting"
        self.done = self.total = 0
        self.result: Any = None
        self.error = ""
        self.cancel = threading.Event()

    def progress(self, done: int, total: int, what: str) -> None:
        if self.cancel.is_set():
            raise _Cancelled
        self.done, self.total, self.what = done, total, what

    def to_dict(self) -> dict[str, Any]:
        names = ("number", "state", "done", "total", "what", "result", "error")
        return {name: getattr(self, name) for name in names}


class Jobs:
    """Queue of long-running jobs of the app: one runs, a few wait."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._number = 0

    def start(self, what: str, work: Callable[[Progress], Any]) -> dict[str, Any]:
        """Start a job and return its state; the job gets a function that reports progress.

        Parameters
        ----------
        what
            Display name of the first step.
        work
            Function to run; its return value is the result.

        Raises
        ------
        Refused
            Too many jobs are waiting.
        """
        with self._lock:
            if (
                sum(job.state in ("waiting", "running") for job in self._jobs.values())
                > _MOST_WAITING
            ):
                raise Refused(503, tr("other clips are still read; wait for them or cancel one."))
            self._number += 1
            job = _Job(str(self._number), what)
            self._jobs[job.number] = job
            ended = [n for n, one in self._jobs.items() if one.state not in ("waiting", "running")]
            for number in ended[:-_MOST_REMEMBERED]:
                del self._jobs[number]
        # The job runs in the language of the request that started it.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._run, job, work), daemon=True).start()
        return job.to_dict()

    def _run(self, job: _Job, work: Callable[[Progress], Any]) -> None:
        with self._turn:
            try:
                job.state = "running"
                job.progress(0, 0, job.what)
                with warnings.catch_warnings():
                    # Warnings about a recording are also part of its results.
                    warnings.simplefilter("ignore", RecordingWarning)
                    job.result = work(job.progress)
                job.state = "done"
            except _Cancelled:
                job.state = "cancelled"
            except (KneeposeError, Refused) as error:
                job.error, job.state = str(error), "failed"
            except OSError as error:
                file = f": {Path(error.filename).name}" if error.filename else ""
                job.error = f"{(error.strerror or str(error)).lower()}{file}"
                job.state = "failed"
            except Exception as error:  # any error of an estimator is reported to the user
                job.error = tr(
                    "this failed for a reason that kneepose does not know: {error}",
                    error=repr(error),
                )
                job.state = "failed"

    def state(self, number: Any) -> dict[str, Any]:
        """Return the state of a job: number, state, done, total, what, result and error.

        Raises
        ------
        Refused
            No job has this number.
        """
        return self._job(number).to_dict()

    def cancel(self, number: Any) -> dict[str, Any]:
        """Cancel a job at its next progress report, and return its state."""
        job = self._job(number)
        job.cancel.set()
        return job.to_dict()

    def _job(self, number: Any) -> _Job:
        job = self._jobs.get(str(number))
        if job is None:
            raise Refused(404, tr("this work is not known any more; begin it again."))
        return job

    def close(self) -> None:
        """Cancel all jobs and wait for the running one to end."""
        for job in list(self._jobs.values()):
            job.cancel.set()
        if self._turn.acquire(timeout=20):
            self._turn.release()
