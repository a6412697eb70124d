"""Writes the shipped recordings (python/kneepose/samples) from their source folders.

Usage: python -m tools.data.samples PATH_TO_SHARED_DATA
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np

import kneepose as kp
from kneepose.io import npz
from tools.rendered import clips

#: Resolution of motion-capture coordinates in meters, a sixteenth of a millimeter.
STEP = 2.0**-14
OUT = Path(__file__).parents[2] / "python" / "kneepose" / "samples"


def opensim(data: Path, name: str, title: str, simulated: bool) -> kp.Recording:
    with np.load(data / "opensim" / f"{name}.npz") as file:
        return kp.Recording(
            np.round(file["keypoints"] / STEP) * STEP,
            skeleton="halpe26",
            times=file["times"],
            up="y",
            estimator="OpenSim 4.6 forward kinematics",
            meta={"title": title, "simulated": simulated},
        )


def mediapipe(data: Path, name: str, title: str) -> kp.Recording:
    """Return the landmarks of a clip, rounded to 1/64 pixel, far below the estimator's error."""
    with np.load(data / "quickpose-gifs" / f"{name}.mediapipe_heavy.npz") as file:
        size = (int(file["width"]), int(file["height"]))
        return kp.Recording(
            np.round(file["xy"] * size * 64) / 64,
            skeleton="mediapipe33",
            fps=float(file["fps"]),
            confidence=np.round(np.nan_to_num(file["visibility"]) * 100) / 100,
            resolution_wh=size,
            estimator=str(file["model"]),
            meta={"title": title, "simulated": False},
        )


def rendered(name: str, title: str) -> kp.Recording:
    """Return the landmarks of a rendered person (tests/data/rendered), rounded to 1/4 pixel."""
    clip = clips.load(clips.FOLDER / f"{name}.npz")
    return kp.Recording(
        np.round(clip.pixels * 4) / 4,
        skeleton="mediapipe33",
        times=clip.times,
        confidence=np.round(clip.visibility * 20) / 20,
        resolution_wh=clip.size,
        estimator=clip.about["estimator"],
        meta={"title": title, "simulated": True, "rendered": True},
    )


def pack(path: Path, step: float | None = None) -> None:
    """Compress a file again with LZMA; with `step`, store keypoints as second differences in steps.

    NumPy and kneepose can read LZMA. Users' files are not written so, because other programs may
    not read it.
    """
    with np.load(path) as file:
        arrays = dict(file)
    if step is not None:
        arrays["keypoints"] = second_differences(arrays["keypoints"], step)
        arrays["header"] = np.array(json.dumps({**json.loads(str(arrays["header"])), "step": step}))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_LZMA)


def second_differences(keypoints: np.ndarray, step: float) -> np.ndarray:
    """Return second differences of the keypoints in int32 steps, contiguous over time."""
    whole = np.round(keypoints / step).astype(np.int64)
    assert np.array_equal(whole * step, keypoints), "the keypoints are not in whole steps"
    for _ in range(2):
        whole = np.diff(whole, axis=0, prepend=0)
    return np.asfortranarray(whole.astype(np.int32))


def main() -> None:
    data = Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    recordings = {
        "squat": opensim(
            data, "opencap_squat", "Five squats, a real person measured by motion capture", False
        ),
        "squat_video": mediapipe(
            data, "fitness-squat-counter", "Four squats, a real person filmed from the front"
        ),
        "single_leg_squat_left": opensim(
            data, "sls_left_deficit", "Single-leg squats, left leg, simulated", True
        ),
        "single_leg_squat_right": opensim(
            data, "sls_right_deficit", "Single-leg squats, right leg, simulated", True
        ),
        "single_leg_squat_video": rendered(
            "sls_right_deficit_f150_p0",
            "Single-leg squats filmed from the front, a rendered person",
        ),
        "clamshell": rendered("clamshell_right_f150_p0", "Clamshells, a rendered person"),
        "fire_hydrant": rendered("hydrant_left_m170_p0", "Fire hydrants, a rendered person"),
    }
    for name, recording in recordings.items():
        path = npz.write(recording, OUT / f"{name}.npz")
        pack(path, STEP if recording.space == "world" else None)
        print(f"{path.name}: {recording!r}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
