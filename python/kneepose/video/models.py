"""Model files of MediaPipe Pose: location, selection, and the model in an old wheel."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from kneepose.errors import DependencyError, FormatError
from kneepose.writing import check_regular, write_whole

__all__ = ["FOLDER_VARIABLE", "MODELS", "Model", "find_model", "hash_of", "model_rows", "places"]

#: Environment variable with the path of a model file, or of a folder of model files.
FOLDER_VARIABLE: Final = "KNEEPOSE_MODELS"
_PAGE: Final = "https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker#models"
_LICENSE: Final = "Apache-2.0"
#: File name for the model assembled from the wheel of MediaPipe up to 0.10.21.
_FROM_WHEEL: Final = "pose_landmarker_full_from_wheel.task"
#: Name inside the model file → (tflite file in the wheel, mean and scale of its input, number of
#: outputs).
_PARTS: Final = {
    "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5, 2),
    "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0.0, 255.0, 5),
}


class Model(NamedTuple):
    """One official model of MediaPipe Pose.

    Attributes
    ----------
    name
        Name of its file.
    megabytes
        Size of the file.
    words
        Description of its use.
    """

    name: str
    megabytes: int
    words: str


#: MediaPipe's models in order of preference.
MODELS: Final = (
    Model("pose_landmarker_full.task", 9, "the usual one"),
    Model("pose_landmarker_heavy.task", 31, "slower, somewhat more exact"),
    Model("pose_landmarker_lite.task", 6, "faster, less exact"),
)


def places() -> list[Path]:
    """Return the folders (or the file) that are searched for models, in order."""
    given = os.environ.get(FOLDER_VARIABLE)
    return [*([Path(given).expanduser()] if given else []), cache_folder()]


def cache_folder() -> Path:
    """Return the user's cache folder for models."""
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "kneepose" / "models"


def find_model(mediapipe: Any = None) -> Path:
    """Return the path of a MediaPipe model: the first existing one, else that in the wheel.

    Parameters
    ----------
    mediapipe
        The package, whose wheel may contain a model; None if it is not installed.

    Raises
    ------
    DependencyError
        No model is found. The message says which file to download, and where to store it.
    """
    for place in places():
        if place.is_file():
            return place
        for model in MODELS:
            if (place / model.name).is_file():
                return place / model.name
    made = _from_wheel(mediapipe)
    if made is not None:
        return made
    wanted = MODELS[0]
    raise DependencyError(
        f"no model of MediaPipe Pose was found. Get {wanted.name} ({wanted.megabytes} MB, "
        f"{_LICENSE}) from {_PAGE} and put it into {cache_folder()}, or name its folder in "
        f"{FOLDER_VARIABLE}. kneepose downloads nothing. `kneepose models` lists all models."
    )


def _from_wheel(mediapipe: Any) -> Path | None:
    """Return the model in an old wheel as one file in the cache; None if there is none."""
    if mediapipe is None or getattr(mediapipe, "__file__", None) is None:
        return None
    modules = Path(mediapipe.__file__).parent / "modules"
    if not all((modules / part[0]).is_file() for part in _PARTS.values()):
        return None
    path = cache_folder() / _FROM_WHEEL
    if not path.is_file():
        try:
            data = _task(modules)
        except ImportError:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: file.write(data))
    return path


def _task(modules: Path) -> bytes:
    """Return both networks and the metadata needed by the Tasks interface, as one file."""
    writers = import_module("mediapipe.tasks.python.metadata.metadata_writers.metadata_writer")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as task:
        for entry, (name, mean, scale, outputs) in _PARTS.items():
            writer = writers.MetadataWriter.create(bytearray((modules / name).read_bytes()))
            writer.add_general_info("pose", "").add_image_input([mean], [scale])
            for number in range(outputs):
                writer.add_feature_output(f"output {number}", "")
            # A fixed date makes the file and its hash reproducible.
            task.writestr(zipfile.ZipInfo(entry), bytes(writer.populate()[0]))
    return file.getvalue()


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    FormatError
        The path is not a regular file.
    """
    if path.is_dir():
        raise FormatError(f"{path} is a folder; give one file.")
    check_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_rows() -> list[dict[str, Any]]:
    """Return the models as rows: name, size, license, page, description, path if installed."""
    rows = []
    for model in MODELS:
        found = next(
            (place / model.name for place in places() if (place / model.name).is_file()), None
        )
        rows.append(_row(model, found))
    made = cache_folder() / _FROM_WHEEL
    if made.is_file():
        words = "put together from the wheel of mediapipe 0.10.21, which carries the full model"
        rows.append(_row(Model(_FROM_WHEEL, 9, words), made))
    return rows


def _row(model: Model, found: Path | None) -> dict[str, Any]:
    return {
        "name": model.name,
        "words": model.words,
        "megabytes": model.megabytes,
        "license": _LICENSE,
        "page": _PAGE,
        "file": None if found is None else str(found),
        "sha256": None if found is None else hash_of(found),
        "belongs_in": str(cache_folder()),
    }
