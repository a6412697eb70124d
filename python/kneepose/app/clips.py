"""`ClipRooms`: the rooms *Clip* and *Compare*, which make counts, stills, report and film."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.analysis.reps import RepStatus
from kneepose.app.files import Store
from kneepose.app.jobs import Jobs, Progress
from kneepose.app.recipes import SIDES, options_of
from kneepose.app.refusal import Refused
from kneepose.app.reports import page_of
from kneepose.comparison.comparison import Comparison, compare
from kneepose.errors import KneeposeError
from kneepose.recording.parse import COMFORTABLE_FPS
from kneepose.recording.recording import Recording
from kneepose.video.annotate import annotate, stills
from kneepose.video.estimate import from_video, keypoints_path
from kneepose.video.film import film
from kneepose.video.pictures import import_pillow
from kneepose.words.catalogue import tr, tr_measured
from kneepose.words.exercises import peak_words
from kneepose.words.notes import SLOW_CLIP

__all__ = ["ClipRooms"]

#: Maximum number of stills shown, and their larger side in pixels.
_MOST_STILLS: Final = 24
_STILL_PIXELS: Final = 560
#: Number of latest results that are kept, so that they can still be drawn into their clips.
_MOST_RESULTS: Final = 6


class ClipRooms:
    """Server side of the rooms *Clip* and *Compare*.

    Parameters
    ----------
    store, jobs
        Files and work of the page.
    estimator, model, skeleton
        As in `from_video`.
    """

    def __init__(self, store: Store, jobs: Jobs, estimator: Any, model: Any, skeleton: Any) -> None:
        self._store = store
        self._jobs = jobs
        self._read_by = {"estimator": estimator, "model": model, "skeleton": skeleton}
        self._done: dict[str, tuple[Path, list[Analysis]]] = {}

    def start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Start the job that a room asks for: ``kind`` is clip, annotate or compare.

        Raises
        ------
        Refused
            Unknown kind of job, unknown clip, or an invalid choice.
        """
        kinds = {"clip": self._clip, "annotate": self._annotate, "compare": self._compare}
        kind = str(given.get("kind"))
        if kind not in kinds:
            raise Refused(400, f"kind must be one of {', '.join(kinds)}.")
        return kinds[kind](given)

    def _recording(self, path: Path, asked: Mapping[str, Any], progress: Progress) -> Recording:
        return from_video(
            path, person=asked["person"], mirrored=asked["mirrored"], start_s=asked["start_s"],
            end_s=asked["end_s"], slow_motion=asked["slow_motion"], **self._read_by,
            progress=lambda now, total, name: progress(
                now, total, tr("reading {name}", name=name)
            ),
        )  # fmt: skip

    def _clip(self, given: Mapping[str, Any]) -> dict[str, Any]:
        asked, path = options_of(given), self._store.clip(given.get("clip"))
        exercise, side = asked["exercise"], asked["side"]

        def work(progress: Progress) -> dict[str, Any]:
            recording = self._recording(path, asked, progress)
            progress(0, 0, tr("measuring"))
            found = (
                [analyze(recording, exercise, side=side)]
                if side
                else list(analyze_sides(recording, exercise))
            )
            folder = self._store.folder()
            self._done[folder.name] = (path, found)
            for old in list(self._done)[:-_MOST_RESULTS]:
                del self._done[old]
            reps = self._reps(path, found, folder, progress)
            progress(0, 0, tr("writing the report"))
            page = page_of(found, folder / f"{path.stem}.html")
            return {
                "result": folder.name,
                "clip": path.name,
                "summary": [analysis.summary() for analysis in found],
                "count": found[0].reps.count,
                "sides": [analysis.side for analysis in found],
                "reps": reps,
                "why": _why(found),
                "notes": [*map(tr_measured, recording.meta["video"]["notes"] + _slow(recording))],
                "report": None if page is None else self._store.give(page),
                "keypoints": self._store.give(keypoints_path(path)),
            }

        return self._jobs.start(tr("opening {name}", name=path.name), work)

    def _reps(
        self, path: Path, found: Sequence[Analysis], folder: Path, progress: Progress
    ) -> list[dict[str, Any]]:
        """Return the repetitions, each with a still of its lowest point."""
        first = found[0]
        shown = list(first.reps)[:_MOST_STILLS]
        pictures = (
            stills(
                path, found, [rep.bottom_s for rep in shown],
                progress=lambda now, total, _: progress(
                    now, total, tr("drawing the lowest points")
                ),
            )
            if shown
            else []
        )  # fmt: skip
        rows, counted = [], 0
        for rep, picture in zip(shown, pictures, strict=True):
            is_counted = rep.status is RepStatus.FULL
            counted += is_counted
            still = None
            if picture is not None:
                place = folder / f"rep{rep.number}.jpg"
                _save(picture, place)
                still = self._store.give(place)
            rows.append(
                {
                    "number": counted if is_counted else None,
                    "at_s": round(rep.bottom_s, 2),
                    "peak": _peak(first, rep.number - 1),
                    "words": tr(rep.status.words),
                    "still": still,
                }
            )
        return rows

    def _annotate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        done = self._done.get(str(given.get("result")))
        if done is None:
            raise Refused(404, tr("this result is no longer here; count the clip again."))
        path, found = done
        out = self._store.folder() / f"{path.stem}.annotated.mp4"

        def work(progress: Progress) -> dict[str, Any]:
            annotate(
                path, found, out,
                progress=lambda now, total, _: progress(
                    now, total, tr("writing {name}", name=out.name)
                ),
            )  # fmt: skip
            return {"film": self._store.give(out)}

        return self._jobs.start(tr("writing {name}", name=out.name), work)

    def _compare(self, given: Mapping[str, Any]) -> dict[str, Any]:
        paths = [self._store.clip(given.get(key)) for key in ("first", "second")]
        sides = [given.get(key) for key in ("first_side", "second_side")]
        if any(side not in SIDES for side in sides):
            raise Refused(400, tr("choose the side of each clip, left or right."))
        asked = options_of({**given, "side": sides[0]})

        def work(progress: Progress) -> dict[str, Any]:
            found = []
            for path, side in zip(paths, sides, strict=True):
                recording = self._recording(path, asked, progress)
                found.append(analyze(recording, asked["exercise"], side=side))
            return self.compared(compare(*found), paths, progress)

        return self._jobs.start(tr("opening {name}", name=paths[0].name), work)

    def compared(
        self,
        comparison: Comparison,
        clips: Sequence[Path],
        progress: Progress,
        folder: Path | None = None,
    ) -> dict[str, Any]:
        """Write report and film of a comparison, and return what the page shows.

        Parameters
        ----------
        comparison
            The comparison.
        clips
            The clips of the first and of the second side.
        progress
            As in `from_video`.
        folder
            Folder for report and film; None for the folder of the page.
        """
        place = folder or self._store.folder()
        progress(0, 0, tr("writing the report"))
        page = page_of(comparison, place / "compare.html")
        made, no_film = None, ""
        try:
            made = film(
                comparison, list(clips), place / "film.mp4",
                progress=lambda now, total, name: progress(now, total, tr("film, {name}", name=name)),
            )  # fmt: skip
        except KneeposeError as error:
            no_film = str(error)
        sides = (comparison.first, comparison.second)
        return {
            "summary": [comparison.summary()],
            "counts": [{"side": a.side, "count": a.reps.count} for a in sides],
            "why": _why(sides),
            "report": None if page is None else self._store.give(page),
            "film": None if made is None else self._store.give(made),
            "no_film": no_film,
        }


def _peak(analysis: Analysis, index: int) -> str:
    """Return the peak of one repetition in words; empty if it was not measured."""
    measure = analysis.measures.get(analysis.definition["peak"])
    if measure is None or index >= len(measure.values):
        return ""
    value = float(measure.values[index])
    return peak_words(analysis.definition, value, measure.unit) if math.isfinite(value) else ""


def _slow(recording: Recording) -> list[str]:
    if recording.fps >= COMFORTABLE_FPS:
        return []
    return [SLOW_CLIP.format(fps=f"{recording.fps:.0f}", least=f"{COMFORTABLE_FPS:.0f}")]


def _why(found: Sequence[Analysis]) -> list[str]:
    """Return the reasons why there are no repetitions, with remedies, each once for all sides."""
    reasons = [a.why_no_reps for a in found if not a.reps.count and a.why_no_reps is not None]
    texts = [f"{tr(r.sentence)} {tr(r.remedy)}".strip() for r in dict.fromkeys(reasons)]
    # A remedy names arguments of Python, such as side=; the page shows fields instead.
    return [re.sub(r"\b([a-z_]+)=", r"the \1", text) for text in texts]


def _save(picture: Any, path: Path) -> None:
    pillow = import_pillow()
    image = pillow.Image.fromarray(np.asarray(picture))
    image.thumbnail((_STILL_PIXELS, _STILL_PIXELS))
    image.save(path, quality=85)
