"""`MirrorRoom`: the room *Mirror*, which turns camera frames of the browser into counts and cues.

It offers free sets and the guided test.
"""

from __future__ import annotations

import io
import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.app.files import Store
from kneepose.app.guided import Compared, GuidedTest
from kneepose.app.jobs import Jobs, Progress
from kneepose.app.recipes import options_of
from kneepose.app.refusal import Refused
from kneepose.app.reports import page_of
from kneepose.errors import DependencyError, FormatError, KneeposeError
from kneepose.io.files import read_recording
from kneepose.video.pictures import import_pillow
from kneepose.video.session import Session, Step
from kneepose.words.catalogue import tr

__all__ = ["LARGEST_FRAME", "MOST_FRAMES_PER_S", "MirrorRoom"]

#: Limits of a frame: bytes, pixels, and frames per second.
LARGEST_FRAME: Final = 2_000_000
LARGEST_PIXELS: Final = 2_200_000
MOST_FRAMES_PER_S: Final = 60


class MirrorRoom:
    """Server side of the room *Mirror*. It processes one frame at a time.

    Parameters
    ----------
    session
        Session that gets the frames. The room does not close it.
    store, jobs
        Files and jobs of the app.
    compared
        Function that writes the report and film of a guided test.
    save
        Folder in which reports and guided tests are kept.
    """

    def __init__(
        self, session: Session, store: Store, jobs: Jobs, compared: Compared, save: Path
    ) -> None:
        self.session = session
        self.allowance = Allowance(MOST_FRAMES_PER_S)
        self._pillow = import_pillow()
        self._busy = threading.Lock()
        self._store, self._jobs, self._compared, self._save = store, jobs, compared, save
        self._guided: GuidedTest | None = None
        self._told = 0

    def frame(self, body: bytes, t: float) -> dict[str, Any]:
        """Process one JPEG frame and return the drawing data for the page.

        Raises
        ------
        Refused
            The frame is no image, is too large, or comes too soon.
        """
        if not self.allowance.takes_one():
            raise Refused(429, f"more than {MOST_FRAMES_PER_S} frames per second; send fewer.")
        if not self._busy.acquire(blocking=False):
            raise Refused(503, "an earlier frame is still analyzed; send one at a time.")
        try:
            image = self._decoded(body)
            step = self.session.push(image, t)
            shown = _plain(step)
            guided = self._guided
            if guided is not None:
                wh = (int(image.shape[1]), int(image.shape[0]))
                shown["guided"] = guided.follow(step, t, wh, body)
                shown |= self._finished(guided)
            return shown
        except (DependencyError, FormatError, FileNotFoundError) as error:
            raise Refused(501, str(error), is_final=True) from error
        except KneeposeError as error:
            raise Refused(400, str(error)) from error
        finally:
            self._busy.release()

    def act(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Perform the action of a button and return the state of the room.

        Raises
        ------
        Refused
            Unknown action, or an invalid choice.
        """
        actions: dict[str, Callable[[], object]] = {
            "state": lambda: None,
            "choose": lambda: self._choose(given),
            "start": self._start,
            "stop": self.session.stop_set,
            "side": self.session.change_side,
            "guide": self._guide,
            "skip": self._skip,
            "leave": self._leave,
        }
        action = str(given.get("action"))
        if action not in actions:
            raise Refused(400, f"action must be one of {', '.join(actions)}.")
        with self._busy:
            actions[action]()
            state = self._state()
            if self._guided is not None:
                state |= self._finished(self._guided)
            return state

    def _state(self) -> dict[str, Any]:
        """Return the state of the room, and after the end of a set the job of its report."""
        session = self.session
        state: dict[str, Any] = {
            "in_set": session.in_set,
            "exercise": session.exercise,
            "sides": list(session.sides),
            "last_set": [],
            "problem": session.problem,
            "guided": None if self._guided is None else self._guided.shown(),
        }
        if self._guided is None and len(session.sets) > self._told:
            self._told = len(session.sets)
            done, path = session.sets[-1], session.files[-1]
            state["last_set"] = [
                {"side": a.side, "count": a.reps.count, "summary": a.summary()} for a in done
            ]
            if path is not None:
                state["job"] = self._jobs.start(
                    tr("writing the report"), lambda progress: self._report(done, path, progress)
                )
        return state

    def _report(self, done: tuple[Analysis, ...], path: Path, progress: Progress) -> dict[str, Any]:
        """Write the report of a set from its saved landmarks, as `kneepose analyze` does."""
        progress(0, 0, tr("writing the report"))
        recording = read_recording(path)
        exercise, first = done[0].definition["name"], done[0].side
        found = (
            [analyze(recording, exercise, side=first)]
            if len(done) == 1
            else list(analyze_sides(recording, exercise))
        )
        page = page_of(found, path.with_suffix(".html"))
        return {
            "summary": [analysis.summary() for analysis in found],
            "count": found[0].reps.count,
            "live_count": done[0].reps.count,
            "report": None if page is None else self._store.give(page),
            "keypoints": self._store.give(path),
        }

    def _choose(self, given: Mapping[str, Any]) -> None:
        asked = options_of(given)
        self._guided = None
        self.session.choose(asked["exercise"], asked["side"])

    def _start(self) -> None:
        self._guided = None
        self.session.start_set()

    def _guide(self) -> None:
        self.session.stop_set()
        self._guided = GuidedTest(self.session, self._store.folder())

    def _skip(self) -> None:
        if self._guided is None:
            raise Refused(409, tr("no guided test goes on."))
        self._guided.skip()

    def _leave(self) -> None:
        self.session.stop_set(save=self._guided is None)
        self._guided = None
        self._told = len(self.session.sets)

    def _finished(self, guided: GuidedTest) -> dict[str, Any]:
        """Start the job for the results of a guided test that has ended; before that return {}."""
        if guided.step != "finished":
            return {}
        self._guided = None
        self._told = len(self.session.sets)
        job = self._jobs.start(
            tr("keeping the clips"),
            lambda progress: guided.results(self._compared, self._save, progress),
        )
        return {"job": job}

    def _decoded(self, body: bytes) -> Any:
        try:
            picture = self._pillow.Image.open(io.BytesIO(body), formats=["JPEG"])
            if picture.width * picture.height > LARGEST_PIXELS:
                raise Refused(
                    413, f"the frame has more than {LARGEST_PIXELS} pixels; send a smaller one."
                )
            return np.array(picture.convert("RGB"))
        except (OSError, ValueError, SyntaxError, self._pillow.Image.DecompressionBombError):
            raise Refused(400, "the frame is no JPEG picture.") from None


def _plain(step: Step) -> dict[str, Any]:
    scene = step.scene
    return {
        "points": {name: [round(x, 1), round(y, 1)] for name, (x, y) in scene.points.items()},
        "low": sorted(scene.low),
        "sides": list(scene.sides),
        "angles": [
            {"side": a.side, "joint": a.joint, "text": a.text, "is_good": a.is_good}
            for a in scene.angles
        ],
        "count": scene.count,
        "phase": scene.phase,
        "bend": scene.bend,
        "cue": scene.cue,
        "problem": scene.problem,
        "in_set": bool(step.states),
        "fps": None if math.isnan(step.fps) else round(step.fps, 1),
    }


class Allowance:
    """Rate limiter: passes `per_s` items per second, with bursts of up to as many."""

    def __init__(self, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_s = self.left = float(per_s)
        self._clock = clock
        self._last = clock()
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        """Return whether one more item may pass now."""
        with self._lock:
            now = self._clock()
            self.left = min(self.per_s, self.left + (now - self._last) * self.per_s)
            self._last = now
            if self.left < 1:
                return False
            self.left -= 1
            return True
