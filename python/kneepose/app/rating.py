"""`RatingServer`: page on which a rater grades study clips, blinded and in random order."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any, ClassVar

from kneepose.app.files import Kept
from kneepose.app.local import Action, LocalServer
from kneepose.app.refusal import Refused
from kneepose.errors import KneeposeError
from kneepose.exercises.spec import built_in
from kneepose.study.folder import parse_person
from kneepose.study.raters import clips_of, items_of
from kneepose.study.study import Study
from kneepose.words.catalogue import tr

__all__ = ["RatingServer"]


class RatingServer(LocalServer):
    """Local page on 127.0.0.1 for one rater.

    The page shows neither the person nor the day, nor the results of kneepose or other raters. Each
    rating is saved before the next clip is shown; reopening the page continues at the first clip
    without a rating.

    Parameters
    ----------
    study
        The study.
    rater
        Code of the rater, such as ``"R1"``.
    port
        Port, or 0 for a free one.

    Raises
    ------
    KneeposeError
        The study has no clips, the rater code is invalid, or the port is in use.
    """

    parts: ClassVar = ("app.css", "shared.js", "rate.js")
    template: ClassVar = "rate.html"

    def __init__(self, study: Study, rater: str, *, port: int = 0) -> None:
        self.study = study
        self.rater = parse_person(rater, "rater")
        self._clips = clips_of(study.entries(), self.rater, study.plan.seed)
        if not self._clips:
            raise KneeposeError(
                f"{study.folder} has no clips to rate; add clips (kneepose study add), not only "
                "keypoints."
            )
        self._items = items_of(built_in(study.plan.exercise))
        super().__init__(port)

    def data(self) -> dict[str, Any]:
        """Return the rating form: items with their possible answers, and the number of clips."""
        return {
            "rater": self.rater,
            "clips": len(self._clips),
            "title": tr(built_in(self.study.plan.exercise)["title"]),
            "items": [
                {"name": one.name, "title": tr(one.title), "answers": list(map(tr, one.answers))}
                for one in self._items
            ],
        }

    def file(self, number: str) -> Kept:
        """Return a clip by its position in the order of this rater."""
        path = self.study.clip(self._clips[self._place(number) - 1])
        if not path.is_file():
            raise Refused(404, tr("this clip is no longer in the folder of the study."))
        kind = mimetypes.guess_type(path.name)[0] or "video/mp4"
        return Kept(path, kind, f"clip-{number}{path.suffix}")

    def actions(self) -> Mapping[str, Action]:
        """Return the handlers of the page's JSON requests."""
        return {"/state": lambda _: self._state(), "/rate": self._rate}

    def _place(self, given: Any) -> int:
        text = str(given)
        is_number = text.isascii() and text.isdigit() and len(text) <= 6
        if not is_number or not 1 <= int(text) <= len(self._clips):
            raise Refused(404, f"there is no clip {text[:20]!r}; there are {len(self._clips)}.")
        return int(text)

    def _state(self) -> dict[str, Any]:
        """Return this rater's answers by position, and the first clip without a rating."""
        own = {
            row["clip"]: row["answers"]
            for row in self.study.ratings()
            if row["rater"] == self.rater
        }
        answers = {
            str(place): own[clip.clip]
            for place, clip in enumerate(self._clips, start=1)
            if clip.clip in own
        }
        open_ = [n for n in range(1, len(self._clips) + 1) if str(n) not in answers]
        return {"answers": answers, "next": open_[0] if open_ else None, "done": len(answers)}

    def _rate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        place, answers = self._place(given.get("clip")), given.get("answers")
        if not isinstance(answers, dict):
            raise Refused(400, "answers must be an object: item and number of the answer.")
        try:
            self.study.rate(self.rater, self._clips[place - 1].clip, answers)
        except KneeposeError as error:
            raise Refused(400, str(error)) from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            text = tr("the rating was not saved ({why}); free the disk and try again.", why=why)
            raise Refused(507, text) from None
        return self._state()
