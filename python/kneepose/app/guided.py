"""`GuidedTest`: two-minute test in front of the camera.

The steps are set-up, five repetitions on one leg, rest, and five on the other.
"""

from __future__ import annotations

import json
import math
import random
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze
from kneepose.app.jobs import Progress
from kneepose.app.recipes import SIDES
from kneepose.comparison.comparison import Comparison, compare
from kneepose.errors import FormatError, KneeposeError, RecordingWarning
from kneepose.exercises.spec import built_in
from kneepose.io.files import read_recording
from kneepose.quality.quality import check
from kneepose.recording.parse import COMFORTABLE_FPS, LOWEST_FPS
from kneepose.recording.recording import Recording
from kneepose.typing import Side
from kneepose.validity import Validity
from kneepose.video.estimate import keypoints_path
from kneepose.video.pictures import import_pillow
from kneepose.video.session import Session, Step
from kneepose.video.write import ClipWriter
from kneepose.words.catalogue import and_list, tr

__all__ = ["Check", "Compared", "GuidedTest", "set_up_checks"]

#: Function that writes the report and the film of a comparison: `ClipRooms.compared`.
Compared = Callable[[Comparison, Sequence[Path], Progress, Path | None], dict[str, Any]]

_EXERCISE: Final = "single_leg_squat"
_REPS: Final = 5
_COUNTDOWN_S: Final = 5.0
#: Rest between the legs in seconds, as in the set-up instructions of the exercise.
_REST_S: Final = 60.0
#: Seconds after the last repetition until a set ends, and the longest duration of a set.
_AFTER_S, _LONGEST_S = 1.0, 90.0
#: Set-up check: seconds of keypoints it uses, interval between checks, and seconds it must stay
#: passed.
_LOOK_S, _EVERY_S, _WELL_S = 2.0, 0.5, 2.0
#: Accepted height of the body as a share of the image height: minimum, maximum.
_FILLED: Final = (0.33, 0.88)
#: Accepted height of the lens as a share of body height: minimum (shin), maximum (hip).
_LENS: Final = (0.12, 0.58)
#: Largest accepted turn of the feet away from the lens, degrees; a comparison gives no verdict
#: beyond 6°.
_TURN_DEG: Final = 6.0
#: Heights of the nose and the ankles above the ground as shares of body height (Winter 2009, table
#: 4.1).
_NOSE, _ANKLE = 0.93, 0.04
_CLOCK_HZ: Final = 90_000

_Name = Literal["set_up", "first", "rest", "second", "finished"]


class Check(NamedTuple):
    """One check of the set-up.

    Attributes
    ----------
    name
        Name of the check: body, distance, height, foot, or rate.
    is_good
        Outcome; None if it cannot be determined.
    text
        Finding and, if it is not good, the remedy.
    """

    name: str
    is_good: bool | None
    text: str


def set_up_checks(recording: Recording) -> list[Check]:
    """Check the position of a person in front of the camera, from seconds of quiet standing.

    The height of the lens is taken as the height on the body at the middle of the image. This
    assumes a level camera, and the text says so.

    Parameters
    ----------
    recording
        Keypoints in pixels, with the resolution.

    Returns
    -------
    list
        Four checks: body, distance, height, foot.
    """
    width, height = recording.resolution_wh or (0, 0)
    marks = recording.skeleton.landmarks
    middle: dict[str, tuple[float, float]] = {}
    sure = np.nan_to_num(recording.confidence) >= recording.skeleton.min_confidence
    for name, index in marks.items():
        points = np.where(sure[:, index, None], recording.coordinates[:, index], np.nan)
        if np.isfinite(points[:, 0]).mean() >= 0.5:
            x, y = np.nanmedian(points, axis=0)
            middle[name] = (float(x), float(y))
    inside = {n for n, (x, y) in middle.items() if 0 <= x < width and 0 <= y < 0.995 * height}
    head = [n for n in ("nose", "left_eye", "right_eye", "left_ear", "right_ear") if n in marks]
    feet = [n for n in ("left_ankle", "right_ankle") if n in marks]
    parts = {
        tr("your head"): any(name in inside for name in head) if head else True,
        tr("your hips"): {"left_hip", "right_hip"} <= inside,
        tr("your knees"): {"left_knee", "right_knee"} <= inside,
        tr("your feet"): all(name in inside for name in feet),
    }
    missing = [part for part, is_seen in parts.items() if not is_seen]
    if not inside:
        nobody = tr("Nobody is seen. Stand in front of the camera, in good light.")
        return [
            Check("body", False, nobody),
            Check("distance", None, tr("Distance: needs your whole body in the picture.")),
            Check(
                "height", None, tr("Height of the camera: needs your whole body in the picture.")
            ),
            Check("foot", None, tr("Feet: needs your whole body in the picture.")),
        ]
    body = Check("body", True, tr("Your whole body is in the picture."))
    if missing:
        text = "Not seen: {parts}. Step back, or turn the camera there."
        body = Check("body", False, tr(text, parts=and_list(missing)))
    return [body, *_place(middle, inside, head, feet, height), _feet(recording)]


def _place(
    middle: Mapping[str, tuple[float, float]],
    inside: set[str],
    head: Sequence[str],
    feet: Sequence[str],
    height: int,
) -> list[Check]:
    tops = [middle[name][1] for name in head if name in inside]
    grounds = [middle[name][1] for name in feet if name in inside]
    if not tops or not grounds:
        return [
            Check("distance", None, tr("Distance: needs your head and your feet in the picture.")),
            Check("height", None, tr("Height of the camera: needs your head and your feet.")),
        ]
    ankle = max(grounds)
    tall = (ankle - float(np.median(tops))) / (_NOSE - _ANKLE)
    filled = tall / height
    share = tr("You fill {percent} % of the height of the picture.", percent=f"{100 * filled:.0f}")
    if filled > _FILLED[1]:
        back = tr("Step back, so that there is room to move.")
        distance = Check("distance", False, f"{share} {back}")
    elif filled < _FILLED[0]:
        closer = tr("Come closer, or turn the camera upright.")
        distance = Check("distance", False, f"{share} {closer}")
    else:
        distance = Check("distance", True, share)
    lens = _ANKLE + (ankle - height / 2) / tall
    said = tr("The lens is {where}, if the camera is level.", where=tr(_part_of(lens)))
    if lens > _LENS[1]:
        said += " " + tr("Lower it to your knees, and hold it level.")
    elif lens < _LENS[0]:
        said += " " + tr("Raise it to your knees, and hold it level.")
    return [distance, Check("height", _LENS[0] <= lens <= _LENS[1], said)]


def _part_of(share: float) -> str:
    """Return a height, given as a share of body height, in words."""
    words = (
        (0.02, "on the floor"), (0.20, "at the height of your shins"),
        (0.38, "at the height of your knees"), (0.50, "at the height of your thighs"),
        (0.60, "at the height of your hips"), (0.75, "at the height of your belly"),
        (0.88, "at the height of your chest"), (1.02, "at the height of your head"),
    )  # fmt: skip
    return next((text for limit, text in words if share < limit), "above your head")


def _feet(recording: Recording) -> Check:
    try:
        quality = check(recording)
    except KneeposeError as error:
        return Check("foot", None, tr("Feet: {why}", why=error))
    if quality.view not in (None, "front"):
        return Check("foot", False, tr("Face the camera."))
    turns = [quality.foot_to_lens_deg.get(side, math.nan) for side in SIDES]
    if not np.isfinite(turns).all():
        return Check(
            "foot", None, tr("Your feet are not seen well enough to tell where they point. Let them "
            "point at the lens.")
        )  # fmt: skip
    # Feet turned out equally cancel in the mean; what remains is the turn of the body or the
    # camera.
    turn = float(np.mean(turns))
    if abs(turn) <= _TURN_DEG:
        return Check("foot", True, tr("Your feet point at the lens."))
    # In a front view the right of the image is the left of the person.
    way = (
        "Your feet point past the lens by {turn}°. Turn a little to your right."
        if turn > 0
        else "Your feet point past the lens by {turn}°. Turn a little to your left."
    )
    return Check("foot", False, tr(way, turn=f"{abs(turn):.0f}"))


class GuidedTest:
    """State machine of the guided test; the frames of a session advance it.

    Parameters
    ----------
    session
        The session; the test sets its exercise and side.
    folder
        Folder for the images of the running test.
    order
        Order of the two sides; None takes a random order.
    """

    def __init__(
        self, session: Session, folder: Path, order: tuple[Side, Side] | None = None
    ) -> None:
        self._session = session
        self._folder = folder
        sides: list[Side] = ["left", "right"]
        random.shuffle(sides)
        self.order: tuple[Side, Side] = order or (sides[0], sides[1])
        self.step: _Name = "set_up"
        self._seen: deque[tuple[float, Any, Any]] = deque()
        self._skeleton: Any = None
        self._wh = (0, 0)
        self._checks: list[Check] = []
        self._looked_s = self._well_s = self._rest_s = self._begun_s = self._reached_s = math.nan
        self._pictures: dict[Side, list[tuple[float, Path]]] = {}
        self.analyses: dict[Side, Analysis] = {}
        session.choose(_EXERCISE, self.order[0])

    @property
    def side(self) -> Side:
        """Leg of the current set; during set-up and rest that of the next set."""
        return self.order[0 if self.step in ("set_up", "first") else 1]

    def follow(self, step: Step, t: float, wh: tuple[int, int], picture: bytes) -> dict[str, Any]:
        """Advance the test by one processed frame and return its state for the page."""
        self._wh = wh
        if self.step == "set_up":
            self._look(step, t)
        elif self.step == "rest":
            self._rest_s = t if math.isnan(self._rest_s) else self._rest_s
            if t - self._rest_s >= _REST_S:
                self._begin("second")
        elif self.step in ("first", "second"):
            self._follow_set(step, t, picture)
        return self.shown(t)

    def skip(self) -> None:
        """Skip to the next step."""
        if self.step == "set_up":
            self._begin("first")
        elif self.step == "rest":
            self._begin("second")
        elif self.step in ("first", "second"):
            self._end_set()

    def shown(self, t: float = math.nan) -> dict[str, Any]:
        """Return the state for the page: step, sides, checks and the instruction as text."""
        left = math.nan if self.step != "rest" else _REST_S - (t - self._rest_s)
        return {
            "step": self.step,
            "order": list(self.order),
            "side": self.side,
            "of": _REPS,
            "checks": [one._asdict() for one in self._checks],
            "rest_s": max(0, math.ceil(left)) if math.isfinite(left) else None,
            "say": tr(_WORDS[self.step][self.side], reps=_REPS),
        }

    def _look(self, step: Step, t: float) -> None:
        state = step.seen
        points = state.keypoints
        if points is not None and state._stream is not None:
            self._skeleton = state._stream._skeleton
            self._seen.append((t, np.array(points), state._confidence))
        while self._seen and t - self._seen[0][0] > _LOOK_S:
            self._seen.popleft()
        if t - self._looked_s < _EVERY_S:
            return
        self._looked_s = t
        self._checks = self._judged()
        if self._checks and all(one.is_good is not False for one in self._checks) and (
            self._checks[0].is_good
        ):  # fmt: skip
            self._well_s = t if math.isnan(self._well_s) else self._well_s
            if t - self._well_s >= _WELL_S:
                self._begin("first")
        else:
            self._well_s = math.nan

    def _judged(self) -> list[Check]:
        if len(self._seen) < 8 or self._seen[-1][0] - self._seen[0][0] < _LOOK_S / 2:
            waits = tr("Stand on both feet in front of the camera, as you will exercise.")
            return [Check("body", None if self._seen else False, waits)]
        times, points, sure = zip(*self._seen, strict=True)
        rate = (len(times) - 1) / (times[-1] - times[0])
        low = Validity.FRAME_RATE_LOW
        slow = Check(
            "rate", None if rate >= LOWEST_FPS else False,
            tr(
                "Only {rate} pictures per second are analyzed; 15 are needed for exact depth and times.",
                rate=f"{rate:.0f}",
            )
            + f" {tr(low.remedy)}",
        )  # fmt: skip
        if rate < LOWEST_FPS:
            return [slow]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            try:
                recording = Recording(
                    np.array(points), skeleton=self._skeleton, times=np.array(times),
                    confidence=None if sure[0] is None else np.array(sure),
                    resolution_wh=self._wh,
                )  # fmt: skip
            except KneeposeError as error:
                return [Check("body", False, str(error))]
            found = set_up_checks(recording)
        return found if rate >= COMFORTABLE_FPS else [*found, slow]

    def _begin(self, step: Literal["first", "second"]) -> None:
        self.step = step
        self._begun_s = self._reached_s = math.nan
        if self._session.sides != (self.side,):
            self._session.choose(_EXERCISE, self.side)
        self._session.start_set(_COUNTDOWN_S)

    def _follow_set(self, step: Step, t: float, picture: bytes) -> None:
        if not step.states:
            return
        self._begun_s = t if math.isnan(self._begun_s) else self._begun_s
        kept = self._pictures.setdefault(self.side, [])
        path = self._folder / f"{self.side}-{len(kept):06}.jpg"
        path.write_bytes(picture)
        kept.append((t, path))
        if step.states[0].rep_count >= _REPS and math.isnan(self._reached_s):
            self._reached_s = t
        if t - self._reached_s >= _AFTER_S or t - self._begun_s >= _LONGEST_S:
            self._end_set()

    def _end_set(self) -> None:
        done = self._session.stop_set(save=False)
        if done:
            self.analyses[self.side] = done[0]
        self.step = "rest" if self.step == "first" else "finished"
        self._rest_s = math.nan

    def results(self, compared: Compared, folder: Path, progress: Progress) -> dict[str, Any]:
        """Write clips, landmarks, report and film of both legs; return the results for the page.

        The report is computed from the landmark files as they are read back.

        Raises
        ------
        FormatError
            A leg has too few frames.
        """
        for side in SIDES:
            if side not in self.analyses or len(self._pictures.get(side, ())) < 2:
                raise FormatError(
                    tr("too little was seen of the left leg; begin the test again.")
                    if side == "left"
                    else tr("too little was seen of the right leg; begin the test again.")
                )
        place = _free(folder, "guided")
        place.mkdir(parents=True)
        clips, found = [], []
        for side in SIDES:
            clip = place / f"{side}.mp4"
            written = self._write(side, clip, progress)
            clips.append(clip)
            found.append(analyze(read_recording(written), _EXERCISE, side=side))
        return {
            **compared(compare(*found), clips, progress, place),
            "order": list(self.order),
            "folder": str(place),
        }

    def _write(self, side: Side, clip: Path, progress: Progress) -> Path:
        """Write the images of a set as a clip, and its landmarks to a file with the same times."""
        pillow = import_pillow()
        source = self.analyses[side].source
        taken, files = zip(*self._pictures[side], strict=True)
        near = [int(np.argmin(np.abs(np.array(taken) - t))) for t in source.times]
        ticks = np.round((source.times - source.times[0]) * _CLOCK_HZ)
        times = np.maximum.accumulate(ticks + np.arange(len(ticks)) * 1e-9) / _CLOCK_HZ
        with ClipWriter(clip, source.resolution_wh or self._wh, source.fps) as out:
            for count, (number, t) in enumerate(zip(near, times, strict=True)):
                progress(count, len(near), tr(_KEEPING[side]))
                with pillow.Image.open(files[number]) as picture:
                    out.write(np.array(picture.convert("RGB")), float(t))
        details = {"asked": json.dumps(_OPTIONS), "file": clip.name, "notes": []}
        row = built_in(_EXERCISE)
        recording = source._replace(
            times=np.round(times * _CLOCK_HZ) / _CLOCK_HZ, meta={**source.meta, "video": details}
        ).labeled(exercise=row["name"], side=side, session="guided test")
        return recording.save(keypoints_path(clip))


#: Options of `from_video` under which it gives the frame times of a guided test.
_OPTIONS: Final = {"start_s": None, "end_s": None, "slow_motion": 1.0, "fps": None}

_KEEPING: Final = {"left": "keeping the left leg", "right": "keeping the right leg"}
_SET_UP: Final = (
    "Stand on both feet, facing the camera, three meters away. Let your feet point at the lens. Keep a "
    "support within reach."
)
_DONE: Final = "Done. The report and the film are made now."
#: Step → leg → instruction to the person.
_WORDS: Final[dict[str, dict[str, str]]] = {
    "set_up": dict.fromkeys(SIDES, _SET_UP),
    "first": {
        "left": "Stand still on your left leg for two seconds. Then {reps} slow squats, as deep as is "
        "comfortable.",
        "right": "Stand still on your right leg for two seconds. Then {reps} slow squats, as deep as is "
        "comfortable.",
    },
    "rest": {
        "left": "Rest for a minute. Leave the camera where it is. Next is your left leg.",
        "right": "Rest for a minute. Leave the camera where it is. Next is your right leg.",
    },
    "second": {
        "left": "Now stand still on your left leg for two seconds. Then {reps} slow squats, as deep as "
        "is comfortable.",
        "right": "Now stand still on your right leg for two seconds. Then {reps} slow squats, as deep "
        "as is comfortable.",
    },
    "finished": dict.fromkeys(SIDES, _DONE),
}


def _free(folder: Path, name: str) -> Path:
    names = (name if n == 1 else f"{name}-{n}" for n in range(1, 10_000))
    return next(path for one in names if not (path := folder / one).exists())
