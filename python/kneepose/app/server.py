"""`AppServer`: local server of the app, for ``kneepose app`` and ``kneepose live --web``.

The browser records and draws; frames and clips go to 127.0.0.1 only. Requests need the token from
the page's address. Requests from other origins are refused. The size, number and rate of requests
are limited.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from kneepose import tables
from kneepose.app.clips import ClipRooms
from kneepose.app.files import Kept, Store
from kneepose.app.jobs import Jobs
from kneepose.app.local import Action, LocalServer, Sent
from kneepose.app.mirror import LARGEST_FRAME, MirrorRoom
from kneepose.app.recipes import ROOMS, recipe
from kneepose.app.refusal import Refused
from kneepose.app.weeks import WeeksRoom
from kneepose.drawing.overlay import bones_of
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.estimators.person import Reader
from kneepose.exercises.spec import built_in
from kneepose.plots.style import SIDES
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import ExerciseName, Side, SkeletonName, View
from kneepose.video.session import Session
from kneepose.words.catalogue import tr
from kneepose.words.exercises import set_up_parts, wording_of
from kneepose.words.safety import ASK_FIRST, PAIN_RULE, STATED_LIMITS, STOP_SIGNS

__all__ = ["AppServer"]


class AppServer(LocalServer):
    """Local page on 127.0.0.1 with the rooms *Mirror*, *Clip*, *Compare* and *Weeks*.

    Parameters
    ----------
    exercise, side
        Exercise and side with which the mirror begins.
    estimator, model, skeleton
        As in `from_video`.
    countdown_s, save, view
        As in `Mirror`. Without `save` the files of the page are removed at the end.
    history
        History file of the room *Weeks*; without one the room is not shown.
    rooms
        Rooms that are shown, of ``mirror``, ``clip``, ``compare`` and ``weeks``.
    port
        Port, or 0 for a free one.

    Attributes
    ----------
    url
        Address of the page, with its token.

    Raises
    ------
    DependencyError
        Pillow is not installed (``kneepose[video]``).
    KneeposeError
        As in `Mirror`; or the port is in use.
    """

    parts: ClassVar = ("app.css", "shared.js", "app.js", "mirror.js", "clips.js", "weeks.js")
    template: ClassVar = "app.html"

    def __init__(
        self,
        *,
        exercise: ExerciseName = "squat",
        side: Side | None = None,
        estimator: str | Reader = "mediapipe",
        model: str | os.PathLike[str] | None = None,
        skeleton: SkeletonName | Skeleton | None = None,
        countdown_s: float = 3.0,
        save: str | os.PathLike[str] | None = None,
        view: View | None = None,
        history: str | os.PathLike[str] | None = None,
        rooms: Sequence[str] = ROOMS,
        port: int = 0,
    ) -> None:
        unknown = [room for room in rooms if room not in ROOMS]
        if unknown or not rooms:
            raise UnknownNameError.of("room", unknown[0] if unknown else "", ROOMS)
        self.rooms = tuple(room for room in rooms if room != "weeks" or history is not None)
        self.store = Store()
        self.jobs = Jobs()
        place = Path(save) if save is not None else self.store.folder()
        self.session = Session(
            exercise, side=side, estimator=estimator, model=model, person="main", skeleton=skeleton,
            countdown_s=countdown_s, save=place, view=view,
        )  # fmt: skip
        self.clips = ClipRooms(self.store, self.jobs, estimator, model, skeleton)
        self.mirror = MirrorRoom(self.session, self.store, self.jobs, self.clips.compared, place)
        self.weeks = None if history is None else WeeksRoom(history, self.store)
        try:
            super().__init__(port)
        except KneeposeError:
            self.store.close()
            raise

    def close(self) -> None:
        """Finish and save the running set, end all jobs, and remove temporary files."""
        super().close()
        self.session.close()
        self.jobs.close()
        self.store.close()

    def file(self, number: str) -> Kept:
        """Return the file of the store with this number."""
        return self.store.given(number)

    def actions(self) -> Mapping[str, Action]:
        """Return the handlers of the rooms' JSON requests."""
        return {
            "/mirror": self.mirror.act,
            "/work": self.clips.start,
            "/work/state": lambda given: self.jobs.state(given.get("work")),
            "/work/cancel": lambda given: self.jobs.cancel(given.get("work")),
            "/recipe": recipe,
            **({} if self.weeks is None else {"/weeks": self.weeks.act}),
        }

    def receivers(self) -> Mapping[str, Callable[[Sent], Any]]:
        """Return the handlers that receive clips and frames."""
        return {
            "/clip": lambda sent: self.store.take(
                sent.asked.get("name", ""), sent.length, sent.read
            ),
            "/frame": self._frame,
        }

    def _frame(self, sent: Sent) -> Any:
        body = sent.whole(LARGEST_FRAME)
        try:
            t = float(sent.asked.get("t", "nan"))
        except ValueError:
            t = math.nan
        if not math.isfinite(t):
            raise Refused(400, "t must be the time of the frame in seconds.")
        return self.mirror.frame(body, t)

    def data(self) -> dict[str, Any]:
        """Return exercises, colors and texts for the page."""
        return {
            "rooms": self.rooms,
            "colors": {side: style.color for side, style in SIDES.items()},
            "bones": bones_of(),
            "exercises": [
                {
                    "name": row["name"],
                    "title": tr(row["title"]),
                    "two_legs": row["two_legs"],
                    "leg": tr(wording_of(built_in(row["name"])).leg),
                    "set_up": " ".join(filter(None, set_up_parts(row["set_up"]))),
                }
                for row in tables.exercises()
            ],
            "exercise": self.session.exercise,
            "sides": self.session.sides,
            "limits": tr(STATED_LIMITS),
            "stop_signs": list(map(tr, STOP_SIGNS)),
            "ask_first": f"{tr(PAIN_RULE)} {tr(ASK_FIRST)}",
        }
