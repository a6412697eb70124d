"""Writes the recordings that are always available to tests (tests/data) from their source folders.

Usage: python -m tools.data.test_data PATH_TO_SHARED_DATA

Single precision is lossless here: positions lie on a grid of 2^-18 m, pixels on one of 2^-8 px and
angles on one of 2^-12 degrees, all within 24 bits.
"""

import shutil
import sys
from pathlib import Path

import numpy as np

from tests.support import vicon as trials

OUT = Path(__file__).parents[2] / "tests" / "data"
OPENSIM = (
    "opencap_squat",
    "sls_right_partial",
    "sls_left_fast_vfr",
    "sls_right_noise10",
    "sls_left_touch_and_go",
    "sls_right_healthy",
    "sls_left_healthy",
)
QUICKPOSE = ("fitness-squat-counter", "fitness-squats")
QUICKPOSE_NOTICE = """\
MediaPipe 0.10.21 landmarks of two clips of github.com/quickpose/quickpose-ios-sdk (docs folder,
commit 1be84c04), Apache License, Version 2.0: see LICENSE. The pictures themselves are not here.
"""
VICON_FRAMES = 40
VICON_NOTICES = {
    "vicon-pig-pycgm": """\
Frames of two Vicon Plug-in Gait trials of github.com/cadop/pyCGM (SampleData/Test_Files, commit
1750a62c), MIT licence: see LICENSE. Only joint centres, segment axes and Vicon's own hip, knee and
pelvis angles are here. "stairs" is Movement_trial.c3d, "standing" is Static_trial.c3d.
""",
    "ktk-walk": """\
Frames of the walking trial walk.c3d of Kinetics Toolkit (github.com/felixchenier/kineticstoolkit,
data folder), Apache License, Version 2.0: see LICENSE-APACHE-2.0.txt. Only joint centres, segment
axes and Vicon's own hip, knee and pelvis angles are here.
""",
}
NEEDED = (
    "keypoints",
    "keypoints_2d",
    "confidence",
    "exercise",
    "side",
    "skeleton",
    "keypoint_names",
    "faults",
    "pair",
    "noise",
    "seed",
    "cameras",
)
EXACT = ("times", "fps", "rep_")
MEASURED = ("truth_", "derived_")


def opensim(data: Path, name: str) -> dict[str, np.ndarray]:
    """Return the arrays needed by the tests; times and repetitions stay in double precision."""
    kept = {}
    with np.load(data / "opensim" / f"{name}.npz") as file:
        for key in file.files:
            if not (key in NEEDED or key.startswith(EXACT + MEASURED)) or key == "rep_signal":
                continue
            value = file[key]
            if value.dtype == np.float64 and not key.startswith(EXACT):
                single = value.astype(np.float32)
                assert np.array_equal(single, value, equal_nan=True) or key in ("confidence",), key
                value = single
            kept[key] = value
    return kept


def quickpose(data: Path, name: str) -> dict[str, np.ndarray]:
    """Return the image landmarks of MediaPipe."""
    with np.load(data / "quickpose-gifs" / f"{name}.mediapipe_heavy.npz") as file:
        return {key: file[key] for key in ("xy", "visibility", "fps", "width", "height", "model")}


def vicon(data: Path, name: str) -> dict[str, np.ndarray]:
    """Return evenly spaced frames of the needed points; C3D files store single precision."""
    points = trials.read_c3d(data / trials.FILES[name])
    picked = np.linspace(0, len(points["PELO"]) - 1, VICON_FRAMES).round().astype(int)
    kept = {key: points[key][picked] for key in trials.POINTS}
    return {key: value.astype(np.float32) for key, value in kept.items()}


def main() -> None:
    """Write the arrays, and the required notices."""
    data = Path(sys.argv[1])
    for folder, names, read in (
        ("opensim", OPENSIM, opensim),
        ("quickpose-gifs", QUICKPOSE, quickpose),
        ("vicon-pig-pycgm", ("stairs", "standing"), vicon),
        ("ktk-walk", ("walk",), vicon),
    ):
        out = OUT / folder
        out.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = out / f"{name}.npz"
            np.savez_compressed(path, **read(data, name))
            print(f"{path.relative_to(OUT)}: {path.stat().st_size / 1000:.0f} kB")
    for notice in ("NOTICE", "LICENSE-APACHE-2.0.txt"):
        shutil.copyfile(data / "opensim" / notice, OUT / "opensim" / notice)
    shutil.copyfile(data / "quickpose-gifs" / "LICENSE", OUT / "quickpose-gifs" / "LICENSE")
    shutil.copyfile(data / "vicon-pig-pycgm" / "LICENSE", OUT / "vicon-pig-pycgm" / "LICENSE")
    apache = "LICENSE-APACHE-2.0.txt"
    shutil.copyfile(data / "opensim" / apache, OUT / "ktk-walk" / apache)
    for folder, notice in VICON_NOTICES.items():
        (OUT / folder / "NOTICE").write_text(notice, encoding="ascii")
    (OUT / "quickpose-gifs" / "NOTICE").write_text(QUICKPOSE_NOTICE, encoding="ascii")


if __name__ == "__main__":
    main()
