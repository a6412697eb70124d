"""`annotate`: writes a clip with the results of its analysis drawn in."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from kneepose.analysis.analysis import Analysis
from kneepose.drawing.canvas import Canvas
from kneepose.drawing.overlay import draw_scene
from kneepose.drawing.scene import Scene, scene_of
from kneepose.errors import KneeposeError
from kneepose.recording.options import parse_mapping
from kneepose.video.frames import Picture, Source, Video
from kneepose.video.pictures import import_pillow
from kneepose.video.write import ClipWriter
from kneepose.writing import as_path, check_outputs

__all__ = ["annotate", "stills", "video_of"]

#: Clips whose shorter side has fewer pixels are enlarged by an integer factor, so that text is
#: legible.
_LEAST_PIXELS: Final = 480
#: Margin around the person in a still, as a share of the person's larger extent.
_ROOM: Final = 0.15
#: Factor for the size of lines and angles in stills, which are displayed small.
_ON_STILLS: Final = 1.6


def annotate(
    clip: Source,
    analysis: Analysis | Sequence[Analysis],
    path: str | os.PathLike[str],
    *,
    texts: Mapping[str, str] | None = None,
    font: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Write a clip with skeleton, angles, count, phase and cues drawn in, and return its path.

    The file is H.264 in MP4 and plays in browsers and on phones. Each frame keeps its time; sound
    is dropped. A clip of low resolution is enlarged by an integer factor.

    Parameters
    ----------
    clip
        Clip that the landmarks come from.
    analysis
        Analysis of its landmarks, or both analyses from `analyze_sides`.
    path
        File to write, ending in ``.mp4``. It appears only when complete.
    texts, font
        As in `draw`.
    progress
        As in `from_video`.

    Raises
    ------
    KneeposeError
        The analysis belongs to another clip (different size) or has no pixels (3-D keypoints), or
        `path` cannot be written as a file.
    FormatError, FileNotFoundError, DependencyError
        As in `Video`.

    Examples
    --------
    >>> import kneepose as kp
    >>> rec = kp.from_video("squat.mp4")                                    # doctest: +SKIP
    >>> kp.annotate("squat.mp4", kp.analyze_sides(rec, "squat"), "out.mp4") # doctest: +SKIP
    """
    analyses = [analysis] if isinstance(analysis, Analysis) else list(analysis)
    if not analyses or not all(isinstance(one, Analysis) for one in analyses):
        raise KneeposeError(
            "analysis is no Analysis; give what kp.analyze or kp.analyze_sides returned."
        )
    if not isinstance(clip, int):
        check_outputs([as_path(path, "path")], [as_path(clip, "clip")])
    words = parse_mapping(texts, "texts")
    import_pillow()
    name = str(clip) if isinstance(clip, int) else Path(clip).name
    with video_of(clip, analyses[0]) as video:
        width, height = video.resolution_wh
        scale = max(1, math.ceil(_LEAST_PIXELS / min(width, height)))
        size = (width * scale, height * scale)
        with ClipWriter(path, size, video.fps) as out:
            for number, (image, t) in enumerate(video):
                if progress is not None:
                    progress(number, max(video.expected_frames, number + 1), name)
                frame = _enlarged(image, scale)
                scene = _scaled(scene_of(analyses, t), scale)
                draw_scene(
                    Canvas(frame, "rgb"), scene, texts=words,
                    font=None if font is None else os.fspath(font),
                )  # fmt: skip
                out.write(frame, t * video.slow_motion)
    return Path(path)


def stills(
    clip: Source, analyses: Sequence[Analysis], times: Sequence[float], *, progress: Any = None
) -> list[Picture | None]:
    """Return the frames nearest to the given times, with skeleton and angles drawn in.

    Parameters
    ----------
    clip, progress
        As in `annotate`.
    analyses
        One analysis, or both analyses from `analyze_sides`.
    times
        Times in seconds.

    Returns
    -------
    list
        For each time an RGB image, uint8, shape (H, W, 3), cropped to the person; None if the clip
        has no frame there.
    """
    source = analyses[0].source
    stamps = source.times
    frames = [int(np.argmin(np.abs(stamps - t))) for t in times]
    found: dict[int, Picture] = {}
    with video_of(clip, analyses[0]) as video:
        scale = max(1, math.ceil(_LEAST_PIXELS / min(video.resolution_wh)))
        last = max((float(stamps[number]) for number in frames), default=-math.inf)
        for count, (image, t) in enumerate(video):
            if t > last + 1e-6:
                break
            if progress is not None:
                progress(count, max(video.expected_frames, count + 1), Path(str(clip)).name)
            number = int(np.argmin(np.abs(stamps - t)))
            if number not in frames or abs(float(stamps[number]) - t) > 1e-6:
                continue
            frame = _enlarged(image, scale)
            scene = _scaled(scene_of(analyses, t), scale)
            left, top, right, bottom = _around(scene, frame.shape[1], frame.shape[0])
            part = np.ascontiguousarray(frame[top:bottom, left:right])
            moved = {name: (x - left, y - top) for name, (x, y) in scene.points.items()}
            scene = replace(scene, points=moved)
            draw_scene(
                Canvas(part, "rgb"), scene, panel=False, texts={}, font=None, enlarged=_ON_STILLS
            )  # fmt: skip
            found[number] = part
    return [found.get(number) for number in frames]


def _around(scene: Scene, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the person with a margin, or of the whole image."""
    if not scene.points:
        return 0, 0, width, height
    xy = np.array(list(scene.points.values()))
    low, high = xy.min(0), xy.max(0)
    room = _ROOM * float((high - low).max())
    left, top = (max(0, int(value - room)) for value in low)
    right, bottom = (
        min(most, int(value + room) + 1) for value, most in zip(high, (width, height), strict=True)
    )
    if right - left < 2 or bottom - top < 2:
        return 0, 0, width, height
    return left, top, right, bottom


def video_of(clip: Source, analysis: Analysis) -> Video:
    """Open the part of a clip that was analyzed.

    Raises
    ------
    KneeposeError
        The analysis belongs to another clip.
    """
    source = analysis.source
    if source.space != "image":
        raise KneeposeError(
            "the analysis is of 3-D keypoints, which have no place in the picture; analyze the "
            "landmarks in image space."
        )
    asked = _options(source.meta.get("video"))
    video = Video(clip, **asked)
    if source.resolution_wh not in (None, video.resolution_wh):
        width, height = source.resolution_wh or (0, 0)
        video.close()
        raise KneeposeError(
            f"the keypoints are of pictures {width}×{height}, the clip has {video.resolution_wh[0]}×"
            f"{video.resolution_wh[1]} (width × height); give the clip that they come from."
        )
    return video


def _options(details: Any) -> dict[str, Any]:
    """Return the options with which `from_video` read the clip."""
    try:
        asked = json.loads(details["asked"])
        return {name: asked[name] for name in ("start_s", "end_s", "slow_motion", "fps")}
    except (TypeError, KeyError, ValueError):  # these metadata were not written by from_video
        return {}


def _enlarged(image: Any, scale: int) -> Any:
    """Return a copy of an image, enlarged by an integer factor."""
    if scale == 1:
        return np.array(image)
    pillow = import_pillow()
    height, width = image.shape[:2]
    larger = pillow.Image.fromarray(image).resize(
        (width * scale, height * scale), pillow.Image.Resampling.BICUBIC
    )
    return np.array(larger)


def _scaled(scene: Scene, scale: int) -> Scene:
    if scale == 1:
        return scene
    # The center of a pixel maps to the center of the block that replaces it.
    points = {
        name: ((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5)
        for name, (x, y) in scene.points.items()
    }
    return replace(scene, points=points)
