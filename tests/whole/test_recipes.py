"""Tests that each recipe of recipes.md runs on a clip of five squats and counts them."""

import re
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.marked_clips import WH, find_coco, picture, squats, write_clip

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "recipes.md"
TEXT = PAGE.read_text(encoding="utf-8")
RECIPES = dict(
    re.findall(r"^## (.*?)\n.*?```python\n(.*?)```", TEXT, flags=re.DOTALL | re.MULTILINE)
)
#: Recipe → packages that it needs.
NEEDS = {
    "OpenCV": ["cv2"], "PyAV": [], "supervision": ["supervision"], "A notebook": ["matplotlib"],
    "Ultralytics, without holding the results": [], "Events for another program": ["websockets"],
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


class Detect:
    """Stand-in for the pose estimator in the recipes."""

    def __call__(self, image: np.ndarray) -> Any:
        return find_coco(image, 0.0)

    @staticmethod
    def reader(result: Any) -> Any:
        return result

    @staticmethod
    def persons(image: np.ndarray, t: float) -> Any:
        return find_coco(image, t)

    @staticmethod
    def xy(image: np.ndarray) -> np.ndarray:
        (person,) = find_coco(image, 0.0)
        return np.nan_to_num(person.points)[None].astype(np.float32)


class Yolo:
    """Stand-in for ultralytics, whose `track` yields results."""

    def __init__(self, model: str) -> None:
        assert model.endswith(".pt")

    def track(self, path: str, *, stream: bool, verbose: bool) -> Any:
        assert stream
        for image, t in kp.Video(path):
            (person,) = find_coco(image, t)
            data = np.column_stack((np.nan_to_num(person.points), person.confidence))[None]
            boxes = SimpleNamespace(xyxy=np.array([[0.0, 0.0, *WH]]), id=np.array([1]))
            yield SimpleNamespace(
                orig_shape=WH[::-1], keypoints=SimpleNamespace(data=data), boxes=boxes
            )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("av", reason="PyAV is not installed: pip install av")
    points, times = squats(step=3)
    images = [picture(frame) for frame in points]
    return write_clip(tmp_path_factory.mktemp("clips") / "squats.mp4", images, times)


def test_each_recipe_is_known() -> None:
    assert set(RECIPES) == set(NEEDS)


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(
    name: str, clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in NEEDS[name]:
        pytest.importorskip(package, reason=f"{package} is not installed", exc_type=ImportError)
    fake = ModuleType("ultralytics")
    fake.YOLO = Yolo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ultralytics", fake)
    monkeypatch.setenv("MPLBACKEND", "agg")
    scope: dict[str, Any] = {"CLIP": str(clip), "detect": Detect()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(RECIPES[name], name, "exec"), scope)
    said = capsys.readouterr().out
    if name == "A notebook":
        assert scope["left"].reps.count == 5
        assert scope["ax"].images
    elif name == "Events for another program":
        assert said.strip().endswith(" 5")
        events = scope["received"][:-1]
        assert {"rep_started", "rep_completed"} <= {event["kind"] for event in events}
        assert all({"kind", "schema", "version", "time"} <= set(event) for event in events)
    else:
        assert said.startswith("Left leg: 5 squats")
