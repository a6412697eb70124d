"""Running of pose estimators on frames. Estimators are imported only here, when requested."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from kneepose.errors import DependencyError, FormatError, UnknownNameError
from kneepose.estimators.reader import FrameReader, find_estimator, name_of
from kneepose.recording.skeleton import Skeleton
from kneepose.video.frames import Picture
from kneepose.video.models import find_model, hash_of
from kneepose.writing import check_regular

__all__ = ["RUNNERS", "Running", "start"]


class Running(NamedTuple):
    """A pose estimator, ready to process frames.

    Attributes
    ----------
    name
        Name stored in the recording.
    detect
        Function from an RGB frame and its time in seconds to a result.
    reader
        Converts the results to persons.
    version
        Version of the package; empty if not known.
    model
        Name of the model file; empty if there is none.
    model_hash
        SHA-256 of the model file, or None.
    close
        Function that releases the estimator.
    """

    name: str
    detect: Callable[[Picture, float], Any]
    reader: FrameReader
    version: str = ""
    model: str = ""
    model_hash: str | None = None
    close: Callable[[], object] = lambda: None


def start(
    estimator: Any,
    model: str | os.PathLike[str] | None,
    resolution: tuple[int, int],
    skeleton: str | Skeleton | None,
    *,
    persons: int,
    world: bool = False,
) -> Running:
    """Start an estimator for the frames of one video.

    Parameters
    ----------
    estimator
        Name of an estimator that kneepose can run, or a function from an RGB frame and its time to
        a list of `kneepose.estimators.Person`, or its name as ``"module:function"``.
    model
        Model file, or None for the default.
    resolution
        (width, height) of the frames.
    persons
        Maximum number of persons to detect, for estimators with such an option.

    Raises
    ------
    DependencyError
        The estimator or its model is not installed.
    UnknownNameError
        The estimator, module or function does not exist.
    """
    if not callable(estimator) and ":" not in str(estimator):
        if estimator not in RUNNERS:
            raise UnknownNameError.of(
                "estimator to run", estimator, RUNNERS,
                hint='For another one pass a function, or "module:function"; results that you '
                "have already go to kneepose.from_estimator.",
            )  # fmt: skip
        file = None if model is None else Path(model)
        if file is not None and not file.exists():
            raise FileNotFoundError(2, "No such model file", str(file))
        reader = FrameReader(estimator, resolution, skeleton, world=world, one_video=True)
        return RUNNERS[estimator](file, reader, persons)
    function: Any = find_estimator(estimator)
    if model is not None:
        raise FormatError("model is given with your own function, which loads its own; omit model.")
    return Running(name_of(estimator), function, FrameReader(_as_given, resolution, skeleton))


def _as_given(persons: Any) -> Any:
    return persons


def _package(name: str, install: str) -> Any:
    """Import the package of an estimator.

    Raises
    ------
    DependencyError
        The package is not installed, or cannot be loaded.
    """
    try:
        return import_module(name)
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == name
        why = "is not installed" if absent else f"cannot be loaded ({error})"
        raise DependencyError(
            f"the video is read by {name}, which {why}: {install}. With keypoints from elsewhere use "
            "kneepose.from_estimator; landmarks kept beside the clip need no estimator."
        ) from error


def _mediapipe(model: Path | None, reader: FrameReader, persons: int) -> Running:
    os.environ.setdefault("GLOG_minloglevel", "2")  # hides MediaPipe's log messages from the user
    mp = _package("mediapipe", "pip install mediapipe")
    file = model or find_model(mp)
    check_regular(file)
    options = mp.tasks.vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_buffer=file.read_bytes()),
        running_mode=mp.tasks.vision.RunningMode.VIDEO,
        num_poses=persons,
    )
    try:
        landmarker = mp.tasks.vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise FormatError(
            f"{file.name} is no pose model that this mediapipe reads "
            f"({str(error).splitlines()[0][:150]}). `kneepose models` lists the official ones."
        ) from None
    last = -1

    def detect(image: Picture, t: float) -> Any:
        nonlocal last
        last = max(round(1000 * t), last + 1)  # time stamps must be increasing whole milliseconds
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
        return landmarker.detect_for_video(picture, last)

    return Running(
        "mediapipe", detect, reader, getattr(mp, "__version__", ""), file.name, hash_of(file),
        landmarker.close,
    )  # fmt: skip


def _ultralytics(model: Path | None, reader: FrameReader, persons: int) -> Running:
    if model is None:  # its default model would be downloaded silently
        raise DependencyError(
            "ultralytics needs a pose model: pass model=, such as yolo11n-pose.pt (6 MB, "
            "AGPL-3.0, from the releases of ultralytics/assets on GitHub)."
        )
    package = _package("ultralytics", "pip install ultralytics (AGPL-3.0)")
    try:
        import_module("lap")  # if it is missing, ultralytics would install it silently
    except ImportError as error:
        raise DependencyError(
            "ultralytics follows persons with the package lap, which is not installed: pip install lap."
        ) from error
    network = package.YOLO(str(model))

    def detect(image: Picture, t: float) -> Any:
        return network.track(np.ascontiguousarray(image[..., ::-1]), persist=True, verbose=False)

    version = getattr(package, "__version__", "")
    return Running("ultralytics", detect, reader, version, model.name, hash_of(model))


def _rtmlib(model: Path | None, reader: FrameReader, persons: int) -> Running:
    if model is None:  # its default model would be downloaded silently
        raise DependencyError(
            "rtmlib needs a one-stage model: pass model=, such as rtmo-s_8xb32-600e_body7-640x640.onnx "
            "(unzipped, 38 MB, Apache-2.0, from the RTMO page of MMPose). For two stages pass "
            "your own function."
        )
    package = _package("rtmlib", "pip install rtmlib onnxruntime")
    network = package.RTMO(onnx_model=str(model), model_input_size=_input_size(model))

    def detect(image: Picture, t: float) -> Any:
        return network(np.ascontiguousarray(image[..., ::-1]))

    version = getattr(package, "__version__", "")
    return Running("rtmlib", detect, reader, version, model.name, hash_of(model))


def _input_size(model: Path) -> tuple[int, int]:
    """Return (height, width) of the input of an ONNX model; 640×640 if the size is not fixed."""
    session = _package("onnxruntime", "pip install onnxruntime").InferenceSession(str(model))
    height, width = session.get_inputs()[0].shape[2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else (640, 640)


#: Name of an estimator → function that starts it.
RUNNERS: Final[dict[str, Callable[[Path | None, FrameReader, int], Running]]] = {
    "mediapipe": _mediapipe,
    "ultralytics": _ultralytics,
    "rtmlib": _rtmlib,
}
