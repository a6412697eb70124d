"""`film`: two legs, or one leg at two dates, side by side at equal knee flexion."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.reps import Rep
from kneepose.comparison.comparison import Comparison
from kneepose.comparison.headline import name_of
from kneepose.drawing.canvas import Canvas
from kneepose.drawing.overlay import draw_scene
from kneepose.drawing.scene import Drawn, Scene, scene_of
from kneepose.drawing.text import render, wrapped
from kneepose.errors import KneeposeError
from kneepose.recording.options import parse_mapping
from kneepose.video.annotate import video_of
from kneepose.video.frames import Source
from kneepose.video.pictures import import_pillow
from kneepose.video.write import ClipWriter
from kneepose.words.catalogue import tr
from kneepose.words.drawing import short_angle
from kneepose.words.exercises import wording_of
from kneepose.words.measures import moment_of
from kneepose.words.safety import STATED_LIMITS
from kneepose.writing import as_path, check_outputs

__all__ = ["film"]

F64 = npt.NDArray[np.float64]

_WIDTH, _HEIGHT, _HEAD, _FOOT = 540, 800, 170, 110
_FPS: Final = 25.0
#: Duration in seconds of each part of the film.
_STAND_S, _DOWN_S, _HALT_S, _BOTTOM_S, _UP_S = 1.0, 4.0, 3.0, 1.0, 2.5
#: Knee flexion in degrees at which the film pauses if the comparison has no depth.
_HALT_DEG: Final = 60.0
#: Length of the leg and height of the ankle in a panel, as shares of the panel.
_LEG, _ANKLE = 0.42, 0.91
_WHITE, _PALE, _DARK = (255, 255, 255), (214, 219, 224), (20, 24, 30)


def film(
    comparison: Comparison,
    clips: Sequence[Source],
    path: str | os.PathLike[str],
    *,
    texts: Mapping[str, str] | None = None,
    font: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Write a slow film of both sides of a comparison, side by side, and return its path.

    Each panel shows the repetition whose primary measure is nearest to the median of its side. The
    panels are synchronized by knee flexion, not by time: in each frame of descent and ascent both
    knees are flexed equally. If the sides differ, the first one is mirrored onto the second. The
    film pauses at the knee flexion of the primary measure, usually 60°, with the angle drawn.

    Parameters
    ----------
    comparison
        Comparison of two analyses of one clip each, with landmarks in pixels.
    clips
        Clips of the first and the second side; the same one twice if it shows both.
    path
        File to write, ending in ``.mp4``.
    texts, font
        As in `draw`.
    progress
        As in `from_video`.

    Raises
    ------
    KneeposeError
        A side has no full repetition or no pixels, the number of clips is not two, or `path` cannot
        be written as a file.
    FormatError, FileNotFoundError, DependencyError
        As in `Video`.
    """
    if not isinstance(comparison, Comparison):
        raise KneeposeError("comparison is no Comparison; give what kp.compare returned.")
    if len(clips) != 2:
        raise KneeposeError(
            f"clips has {len(clips)} entries; needed that of the first and of the second side."
        )
    given = [as_path(clip, "clip") for clip in clips if not isinstance(clip, int)]
    check_outputs([as_path(path, "path")], given)
    import_pillow()
    sides = (comparison.first, comparison.second)
    for analysis in sides:
        if not any(rep.start >= 0 for rep in analysis.reps.full):
            raise KneeposeError(
                f"the {name_of(analysis, comparison)} side has no full repetition, so there is "
                "nothing to film."
            )
    reps = _chosen_reps(comparison)
    is_two_sides = comparison.first.side != comparison.second.side
    tracks = [_Track.of(a, rep) for a, rep in zip(sides, reps, strict=True)]
    halt = _halt_at(comparison)
    steps = _steps(tracks, halt)
    panels = [
        _Panel.of(analysis, rep, mirrored=is_two_sides and n == 0)
        for n, (analysis, rep) in enumerate(zip(sides, reps, strict=True))
    ]
    font_path = None if font is None else os.fspath(font)
    shots = []
    for n, (analysis, clip, track, panel) in enumerate(
        zip(sides, clips, tracks, panels, strict=True)
    ):
        times = np.unique([track.time(step.share, is_down=step.is_down) for step in steps])
        shots.append(_shots(analysis, clip, times, panel, n, progress))
    words = parse_mapping(texts, "texts")
    with ClipWriter(path, (2 * _WIDTH, _HEAD + _HEIGHT + _FOOT), _FPS) as out:
        for number, step in enumerate(steps):
            frame = np.full((_HEAD + _HEIGHT + _FOOT, 2 * _WIDTH, 3), _DARK, np.uint8)
            for n, (analysis, track, panel) in enumerate(zip(sides, tracks, panels, strict=True)):
                t = track.time(step.share, is_down=step.is_down)
                view = frame[_HEAD : _HEAD + _HEIGHT, n * _WIDTH : (n + 1) * _WIDTH]
                view[...] = shots[n].nearest(t)
                scene = scene_of(analysis, shots[n].time_of(t))  # keypoints of the displayed frame
                angles = _locked(scene_of(analysis, t).angles, analysis, step)
                scene = panel.placed(replace(scene, angles=angles))
                draw_scene(Canvas(view, "rgb"), scene, panel=False, texts=words, font=font_path)
            _write_words(frame, comparison, reps, step, words, font_path)
            out.write(frame, number / _FPS)
    return Path(path)


@dataclass(frozen=True)
class _Step:
    """One frame of the film: its knee flexion in the unit of the tracks."""

    share: float
    is_down: bool
    is_halt: bool
    text: str


@dataclass(frozen=True)
class _Track:
    """The signal of one repetition as two monotonic functions of time: descent and ascent."""

    down_s: F64
    down: F64
    up_s: F64
    up: F64

    @classmethod
    def of(cls, analysis: Analysis, rep: Rep) -> _Track:
        times, signal = analysis.recording.times, np.asarray(analysis.reps.signal)
        if analysis.reps.unit != "deg":
            signal = 100 * signal / max(abs(signal[rep.bottom]), 1e-9)
        down = np.maximum.accumulate(_filled(signal[rep.start : rep.bottom + 1]))
        up = np.maximum.accumulate(_filled(signal[rep.bottom : rep.end + 1])[::-1])
        return cls(
            times[rep.start : rep.bottom + 1], down, times[rep.bottom : rep.end + 1][::-1], up
        )

    @property
    def least(self) -> float:
        return float(max(self.down[0], self.up[0]))

    @property
    def most(self) -> float:
        return float(min(self.down[-1], self.up[-1]))

    def time(self, bend: float, *, is_down: bool) -> float:
        """Return the time when the signal first reaches a value, from the standing position on."""
        values, times = (self.down, self.down_s) if is_down else (self.up, self.up_s)
        after = int(np.searchsorted(values, bend))
        if after == 0:
            return float(times[0])
        if after == len(values):
            return float(times[-1])
        share = (bend - values[after - 1]) / (values[after] - values[after - 1])
        return float(times[after - 1] + share * (times[after] - times[after - 1]))


def _filled(values: F64) -> F64:
    known = np.isfinite(values)
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known]) if known.any() else np.zeros(len(values))


def _chosen_reps(comparison: Comparison) -> list[Rep]:
    """Return for each side the repetition whose primary measure is nearest to the median."""
    sides = (comparison.first, comparison.second)
    name = None if comparison.primary is None else comparison.primary.name
    scores = []
    for analysis in sides:
        values = (
            np.array([rep.range for rep in analysis.reps])
            if name is None
            else np.asarray(analysis.measures[name].values)
        )
        numbers = [rep.number - 1 for rep in analysis.reps.full]
        away = np.abs(values[numbers] - np.nanmedian(values[numbers]))
        scores.append(np.where(np.isfinite(away), away, np.inf))
    if comparison.paired and len(scores[0]) == len(scores[1]):
        scores = [scores[0] + scores[1]] * 2
    return [a.reps.full[int(np.argmin(score))] for a, score in zip(sides, scores, strict=True)]


def _halt_at(comparison: Comparison) -> float:
    if comparison.first.reps.unit != "deg":
        return math.inf
    moment = "" if comparison.primary is None else moment_of(comparison.primary.name)
    depth = moment.removeprefix("at_")
    return float(depth) if depth.isdigit() else _HALT_DEG


def _steps(tracks: Sequence[_Track], halt: float) -> list[_Step]:
    least, most = max(track.least for track in tracks), min(track.most for track in tracks)
    least = min(least, most)
    sign = "°" if math.isfinite(halt) else " %"

    def step(bend: float, *, is_down: bool, is_halt: bool = False) -> _Step:
        return _Step(bend, is_down, is_halt, f"{bend:.0f}{sign}")

    def frames(seconds: float) -> int:
        return max(1, round(seconds * _FPS))

    down: list[_Step] = [step(least, is_down=True)] * frames(_STAND_S)
    bends = np.linspace(least, most, frames(_DOWN_S))
    for before, bend in zip([least - 1, *bends[:-1]], bends, strict=True):
        if before < halt <= bend:
            down += [step(halt, is_down=True, is_halt=True)] * frames(_HALT_S)
        down.append(step(float(bend), is_down=True))
    down += [step(most, is_down=True)] * frames(_BOTTOM_S)
    up = [step(float(bend), is_down=False) for bend in np.linspace(most, least, frames(_UP_S))]
    return [*down, *up, *[up[-1]] * frames(_STAND_S)]


def _locked(angles: tuple[Drawn, ...], analysis: Analysis, step: _Step) -> tuple[Drawn, ...]:
    """Return angles with the bend that both panels are locked at, where it is one of them.

    At the joint it would otherwise be read off before the smoothing, and differ by a degree or two.
    """
    reps = analysis.reps
    if reps.unit != "deg":
        return angles
    return tuple(
        replace(angle, value=step.share, text=short_angle(angle.name, step.share))
        if angle.name == reps.signal_used
        else angle
        for angle in angles
    )


@dataclass(frozen=True)
class _Panel:
    """Position and scale of a clip in its panel, so both legs have equal length and position."""

    ankle: tuple[float, float]
    scale: float
    is_mirrored: bool

    @classmethod
    def of(cls, analysis: Analysis, rep: Rep, *, mirrored: bool) -> _Panel:
        times = analysis.recording.times[rep.start : rep.end + 1]
        scenes = [scene_of(analysis, float(t)).points for t in times]
        side = analysis.side

        def middle(name: str, axis: int) -> float:
            values = [points[name][axis] for points in scenes if name in points]
            return float(np.median(values)) if values else math.nan

        standing = next((p for p in scenes if f"{side}_hip" in p and f"{side}_ankle" in p), None)
        if standing is None:
            raise KneeposeError(
                f"hip and ankle of the {side} leg are not seen, so it cannot be filmed."
            )
        leg = math.dist(standing[f"{side}_hip"], standing[f"{side}_ankle"])
        x, y = middle(f"{side}_ankle", 0), middle(f"{side}_ankle", 1)
        if analysis.definition["two_legs"]:
            x = (standing["left_hip"][0] + standing["right_hip"][0]) / 2 if {
                "left_hip", "right_hip"
            } <= standing.keys() else x  # fmt: skip
        return cls((x, y), _LEG * _HEIGHT / max(leg, 1.0), mirrored)

    def picture(self, image: Any) -> Any:
        """Return the panel cut from an image; parts outside of the image are black."""
        pillow = import_pillow()
        step = 1 / self.scale
        across = -step if self.is_mirrored else step
        left = self.ankle[0] - across * _WIDTH / 2
        top = self.ankle[1] - step * _ANKLE * _HEIGHT
        return np.asarray(
            pillow.Image.fromarray(image).transform(
                (_WIDTH, _HEIGHT),
                pillow.Image.Transform.AFFINE,
                (across, 0, left, 0, step, top),
                resample=pillow.Image.Resampling.BICUBIC,
                fillcolor=_DARK,
            )
        )

    def placed(self, scene: Scene) -> Scene:
        """Convert a scene to the pixel coordinates of the panel."""
        sign = -self.scale if self.is_mirrored else self.scale
        points = {
            name: (
                _WIDTH / 2 + sign * (x - self.ankle[0]),
                _ANKLE * _HEIGHT + self.scale * (y - self.ankle[1]),
            )
            for name, (x, y) in scene.points.items()
        }
        return replace(scene, points=points, count=None, cue="", problem="")


@dataclass(frozen=True)
class _Shots:
    times: F64
    pictures: list[Any]

    def _index(self, t: float) -> int:
        return int(np.argmin(np.abs(self.times - t)))

    def nearest(self, t: float) -> Any:
        return self.pictures[self._index(t)]

    def time_of(self, t: float) -> float:
        return float(self.times[self._index(t)])


def _shots(
    analysis: Analysis, clip: Source, wanted: F64, panel: _Panel, number: int, progress: Any
) -> _Shots:
    """Return the panels of the frames nearest to the wanted times."""
    times: list[float] = []
    pictures: list[Any] = []
    with video_of(clip, analysis) as video:
        stamps = analysis.source.times
        needed = {float(stamps[int(np.argmin(np.abs(stamps - t)))]) for t in wanted}
        last = max(needed)
        name = tr("clip {number} of 2", number=number + 1)
        for count, (image, t) in enumerate(video):
            if progress is not None:
                progress(count, max(video.expected_frames, count + 1), name)
            if any(abs(t - one) < 1e-6 for one in needed):
                times.append(t)
                pictures.append(panel.picture(image))
            if t > last:
                break
    if not times:
        raise KneeposeError(
            f"clip {number + 1} of 2 has no frame at the times of the repetition; give the clip "
            "that the landmarks come from."
        )
    return _Shots(np.array(times), pictures)


def _write_words(
    frame: Any,
    comparison: Comparison,
    reps: Sequence[Rep],
    step: _Step,
    texts: Mapping[str, str],
    font: str | None,
) -> None:
    canvas = Canvas(frame, "rgb")
    said = comparison.summary()
    y = 18.0
    size = 30 if len(said) < 160 else 24
    for line in wrapped(texts.get(said, said), size, 2 * _WIDTH - 40, font)[:5]:
        canvas.stamp(line, 20, y, _WHITE)
        y += size * 1.22
    for n, (analysis, rep) in enumerate(
        zip((comparison.first, comparison.second), reps, strict=True)
    ):
        left = n * _WIDTH
        name = tr(name_of(analysis, comparison))
        date = f", {analysis.source.date}" if analysis.source.date else ""
        title = f"{texts.get(name, name)}{date}"
        if n == 0 and comparison.first.side != comparison.second.side:
            title = tr("{side}, mirrored", side=title)
        order = [one.number for one in analysis.reps.full].index(rep.number) + 1
        small = tr("repetition {number} of {count}", number=order, count=analysis.reps.count)
        for text, height, down in ((title, 30, 12), (small, 20, 54)):
            line = render(text, height, font)
            canvas.shade(left, _HEAD + down - 8, line.mask.shape[1] + 32, height + 14)
            canvas.stamp(line, left + 16, _HEAD + down, _WHITE)
    bend = render(step.text, 64 if step.is_halt else 46, font)
    height, width = bend.mask.shape
    x = _WIDTH - width / 2
    depth = tr(wording_of(comparison.first.definition).depth)
    below = render(texts.get(depth, depth), 22, font)
    wide = max(width, below.mask.shape[1]) + 40
    canvas.shade(_WIDTH - wide / 2, _HEAD + _HEIGHT - height - 66, wide, height + 66)
    canvas.stamp(bend, x, _HEAD + _HEIGHT - height - 46, _WHITE)
    canvas.stamp(below, _WIDTH - below.mask.shape[1] / 2, _HEAD + _HEIGHT - 32, _PALE)
    foot = f"{tr('Both panels at equal knee bend, slowed down.')} {tr(STATED_LIMITS)}"
    y = _HEAD + _HEIGHT + 10.0
    for line in wrapped(foot, 18, 2 * _WIDTH - 40, font)[:4]:
        canvas.stamp(line, 20, y, _PALE)
        y += 23
