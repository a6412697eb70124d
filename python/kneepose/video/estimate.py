"""`from_video`: runs a pose estimator on a clip and stores the landmarks beside it."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kneepose.errors import CoordinateError, FormatError, KneeposeError, RecordingWarning
from kneepose.estimators.batch import About, recording_of_persons
from kneepose.estimators.person import Person, PersonChoice, Reader, parse_person
from kneepose.estimators.reader import name_of
from kneepose.io import npz
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton, find_skeleton
from kneepose.typing import SkeletonName, View
from kneepose.video.frames import Source, Video
from kneepose.video.models import hash_of
from kneepose.video.running import Running, start
from kneepose.writing import as_path, check_outputs

__all__ = ["from_video", "keypoints_path"]

#: Number of persons that MediaPipe detects if one has to be chosen by size, position or number.
#: With one person MediaPipe tracks and smooths, which is twice as fast and three times as steady.
_CANDIDATES = 3
_ONE_PERSON = ("main", "first")
Progress = Callable[[int, int, str], None]


def keypoints_path(clip: str | os.PathLike[str]) -> Path:
    """Return the landmark file of a clip: ``squat.mp4`` → ``squat.mp4.keypoints.npz``."""
    path = as_path(clip, "clip")
    return path.with_name(f"{path.name}.keypoints.npz")


def from_video(
    path: Source,
    estimator: str | Reader = "mediapipe",
    *,
    model: str | os.PathLike[str] | None = None,
    person: PersonChoice = "main",
    skeleton: SkeletonName | Skeleton | None = None,
    space: Literal["image", "world"] = "image",
    start_s: float | None = None,
    end_s: float | None = None,
    slow_motion: float = 1.0,
    fps: float | None = None,
    mirrored: bool = False,
    view: View | None = None,
    keep: bool | str | os.PathLike[str] = True,
    meta: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Run a pose estimator on a clip and return one person as a `Recording`.

    The landmarks are stored beside the clip, ``squat.mp4.keypoints.npz``. A second call with the
    same options reads them and needs no estimator. Nothing is ever downloaded.

    Parameters
    ----------
    path
        Clip, or folder of images, as in `Video`.
    estimator
        ``"mediapipe"``, ``"ultralytics"`` or ``"rtmlib"``, which must be installed, or a function from
        an RGB frame and its time in seconds to a list of `kneepose.estimators.Person`, or its name as
        ``"module:function"``.
    model
        Model file. None uses MediaPipe's model from the folder in ``$KNEEPOSE_MODELS``, from the
        user's cache, or from the wheel of MediaPipe 0.10.21. The other estimators require a model
        file.
    person
        As in `from_estimator`. For ``"main"`` and ``"first"`` MediaPipe itself chooses one person,
        whom it tracks and smooths. With several people in the image pass ``"largest"`` or a box:
        MediaPipe then detects up to three persons, without smoothing and at half the speed.
    skeleton
        Skeleton of the keypoints; required for your own function.
    space
        ``"world"`` uses the 3-D keypoints of MediaPipe.
    start_s, end_s, slow_motion, fps
        As in `Video`.
    mirrored, view, meta
        As in `Recording`.
    keep
        True stores the landmarks beside the clip, a path stores them there, False does not store
        them.
    progress
        Called with the number of processed frames, the number of all frames (0 if not known), and
        the name of the clip.

    Returns
    -------
    Recording
        `Recording.times` are those of the frames. `Recording.model_hash` is the SHA-256 of the model,
        `Recording.file_hash` that of the clip. ``meta["video"]`` has the options, versions and notes.

    Raises
    ------
    FormatError
        The file is no video, or nobody is detected in it.
    DependencyError
        The estimator, its model or PyAV is missing. The message says what to get.
    FileNotFoundError
        The clip or model does not exist.
    KneeposeError
        As in `Video` and `from_estimator`.

    Warns
    -----
    RecordingWarning
        The clip is damaged, in slow motion, or has another property that is worth a note.

    Examples
    --------
    >>> import kneepose as kp
    >>> rec = kp.from_video("squat.mp4")            # doctest: +SKIP
    >>> kp.analyze(rec, "squat", side="left")       # doctest: +SKIP
    """
    rule = parse_person(person)
    if isinstance(path, int):
        raise FormatError(
            f"from_video takes the path of a clip, not the camera {path}; a camera goes to "
            "kneepose.Stream."
        )
    clip = Path(path)
    kept = keypoints_path(clip) if keep is True else Path(keep) if keep else None
    if kept is not None and keep is not True:
        check_outputs([kept], [clip])
    asked = {
        "estimator": name_of(estimator),
        "person": list(rule) if isinstance(rule, tuple) else rule,
        "skeleton": None if skeleton is None else find_skeleton(skeleton).name,
        "space": space,
        "start_s": start_s,
        "end_s": end_s,
        "slow_motion": float(slow_motion),
        "fps": fps,
        "mirrored": bool(mirrored),
        "clip": hash_of(clip) if clip.is_file() else None,
    }
    wanted_model = None if model is None else hash_of(Path(model))
    found = None if kept is None else _kept(kept, asked, wanted_model)
    if found is None:
        found = _estimated(
            clip, estimator, asked, rule, skeleton, model, mirrored=mirrored, progress=progress
        )
        if kept is not None:
            _keep(found, kept)
    details = found.meta["video"]
    for note in details["notes"]:
        warnings.warn(f"{clip.name}: {note}", RecordingWarning, stacklevel=2)
    return found._replace(
        meta={**found.meta, **(meta or {})}, view=view or found.view, file_hash=asked["clip"]
    )


def _kept(path: Path, asked: Mapping[str, Any], model_hash: str | None) -> Recording | None:
    """Return the stored recording if made from the same clip with the same options, else None."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            found = npz.read(file, path.name)
    except (KneeposeError, OSError):
        return None
    details = found.meta.get("video")
    if not isinstance(details, dict) or details.get("asked") != json.dumps(asked):
        return None
    if not isinstance(details.get("notes"), list):
        return None
    return found if model_hash in (None, found.model_hash) else None


def _keep(recording: Recording, path: Path) -> None:
    try:
        recording.save(path)
    except OSError as error:
        warnings.warn(
            f"the landmarks were not kept in {path} ({(error.strerror or str(error)).lower()}), "
            "so the next run estimates them again.",
            RecordingWarning,
            stacklevel=4,
        )


def _estimated(
    clip: Path,
    estimator: Any,
    asked: Mapping[str, Any],
    rule: Any,
    skeleton: Any,
    model: Any,
    *,
    mirrored: bool,
    progress: Progress | None,
) -> Recording:
    with Video(
        clip,
        start_s=asked["start_s"],
        end_s=asked["end_s"],
        slow_motion=asked["slow_motion"],
        fps=asked["fps"],
    ) as video:
        running = start(
            estimator, model, video.resolution_wh, skeleton,
            persons=1 if rule in _ONE_PERSON else _CANDIDATES, world=asked["space"] == "world",
        )  # fmt: skip
        try:
            rows, times = _rows(video, running, clip.name, progress)
        finally:
            running.close()
        notes = list(video.notes)
        resolution = video.resolution_wh
    if not any(rows):
        raise FormatError(
            f"{running.name} finds nobody in {clip.name} (frames: {len(rows)}). Film the "
            "whole body, upright in the picture and in good light; the clip must not lie on its side."
        )
    details = {
        "asked": json.dumps(asked),
        "file": clip.name,
        "version": running.version,
        "model": running.model,
        "notes": notes,
    }
    about = About(
        times, person=rule, space=asked["space"], mirrored=mirrored, meta={"video": details}
    )
    found = recording_of_persons(rows, running.reader, about)
    return found._replace(
        estimator=running.name,
        model_hash=running.model_hash,
        resolution_wh=found.resolution_wh or (resolution if found.space == "image" else None),
    )


def _rows(
    video: Video, running: Running, name: str, progress: Progress | None
) -> tuple[list[list[Person]], Any]:
    """Return the persons and the time of each frame."""
    rows: list[list[Person]] = []
    times: list[float] = []
    for image, t in video:
        if progress is not None:
            progress(len(rows), max(video.expected_frames, len(rows) + 1), name)
        try:
            rows.append(running.reader(running.detect(image, t)))
        except CoordinateError as error:
            raise CoordinateError(f"{name}, at {t:.2f} s: {error}") from None
        times.append(t)
    if not rows:
        length = video.duration_s
        end = f"; it ends at {length:.2f} s" if math.isfinite(length) else ""
        raise FormatError(
            f"{name} has no frame between the start and the end that were given{end}. Give a start "
            "(start_s, --from) before the end of the clip."
        )
    return rows, np.array(times)
