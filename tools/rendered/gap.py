"""Measure the domain gap: one real recording with markers against the same movement rendered.

Usage: python -m tools.rendered.gap [--pictures FOLDER]

Three bodies perform the five sit-to-stands of `opencap-sts` by their marker angles. The camera has
the position of the real phone. All errors are relative to the marker angles, so both use the same
definitions. Only error statistics are stored. Neither the recording nor the rendered landmarks are
part of the project, because the license of the recording is unknown.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import mediapipe
import numpy as np
import numpy.typing as npt

import kneepose as kp
from tests.support.datasets import FULL
from tests.support.sit_to_stand import TRUTHS, filmed
from tools.rendered import clips, make, picture
from tools.rendered.bodies import Body, body
from tools.rendered.design import FPS
from tools.rendered.movement import (
    FULL as SIDES,
)  # fmt: skip
from tools.rendered.movement import (
    Motion,
    arm,
    hip_of,
    knee_of,
    leg,
    lengths,
    play,
    rx,
    ry,
    rz,
)

F64 = npt.NDArray[np.float64]
FILE = clips.FOLDER / "domain_gap.json"
BODIES = ("f168", "m176", "m187")
CAMERA = {"yaw_deg": -29.0, "height_m": 1.7, "distance_m": 3.3, "width_px": 720, "height_px": 1280}
SEAT_M = 0.47
JITTER, LEAN = "jitter", "trunk_lean_from_vertical"


def truth() -> dict[str, F64]:
    """Return the marker angles over time, with the trunk lean relative to standing.

    The marker angle is 16° while the person stands upright in the video, because the marker trunk
    is defined by other landmarks.
    """
    folder = FULL / "opencap-sts"
    angles = {**np.load(folder / "angles_truth.npz"), **np.load(folder / "frontal_truth.npz")}
    angles[LEAN] = angles[LEAN] - angles[LEAN][np.argmin(angles["knee_flexion_3pt_r"])]
    return angles


def sit_to_stand(figure: Body, angles: dict[str, F64]) -> Motion:
    """Return the movement of the markers, with the feet planted as in the first standing frame."""
    times = np.arange(int(angles["time"][-1] * FPS)) / FPS
    at = {name: np.interp(times, angles["time"], series) for name, series in angles.items()}
    a, b = lengths(figure)
    height = figure.joint("right_ankle")[1]
    poses, hips, forward = [], {s: [] for s in "rl"}, {s: [] for s in "rl"}
    down: dict[str, list[F64]] = {s: [] for s in "rl"}
    for i in range(len(times)):
        pelvis = rz(at["pelvis_tilt"][i]) @ rx(at["pelvis_list"][i]) @ ry(at["pelvis_rotation"][i])
        poses.append({"pelvis": pelvis, "torso": leaning(figure, pelvis, at[LEAN][i])})
        poses[-1]["head"] = poses[-1]["torso"] @ rz(0.5 * at[LEAN][i])
        for side, full in SIDES.items():
            sign = 1 if side == "r" else -1
            thigh = (
                pelvis @ rz(at[f"hip_flexion_{side}"][i]) @ rx(sign * at[f"hip_adduction_{side}"][i])
                @ ry(sign * at[f"hip_rotation_{side}"][i])
            )  # fmt: skip
            shank = thigh @ rz(-at[f"knee_angle_{side}"][i])
            hips[side].append(hip_of(figure, full, pelvis))
            down[side].append(hips[side][-1] - a * thigh[:, 1] - b * shank[:, 1])
            forward[side].append(thigh[:, 0])
    stand = int(np.argmin(at["knee_flexion_3pt_r"]))
    middle = [(r + left) / 2 for r, left in zip(down["r"], down["l"], strict=True)]
    pins = []
    for i, pose in enumerate(poses):
        root = height * np.array([0, 1.0, 0]) - middle[i]
        for side in "rl":
            ankle = (down[side][stand] - middle[stand]) * [1, 0, 1] + height * np.array([0, 1.0, 0])
            hip = root + hips[side][i]
            knee = knee_of(hip, ankle, a, b, forward[side][i])
            pose[f"thigh_{side}"], pose[f"shank_{side}"] = leg(hip, knee, ankle)
            pose[f"foot_{side}"] = ry(-10 if side == "r" else 10)
            inward = -0.25 if side == "r" else 0.25
            # The hands are folded in front, as in the real video.
            pose |= arm(
                side, pose["torso"] @ [0.25, -1, -inward * 0.8], pose["torso"] @ [0.9, 0.15, inward]
            )
        pins.append(("root", root))
    return Motion("sit_to_stand", "both", times, poses, pins, np.zeros((0, 3)))


def leaning(figure: Body, pelvis: F64, lean: float) -> F64:
    """Return the torso rotation for which the line from mid-hip to mid-shoulder leans by `lean`."""
    torso, turn = rz(-lean), lean
    names = [
        figure.bones.index(f"{bone}.{side}")
        for bone in ("upperleg01", "upperarm01")
        for side in "LR"
    ]
    for _ in range(4):
        at = figure.place({"pelvis": pelvis, "torso": torso, "head": torso})[1][names]
        line = at[2:].mean(0) - at[:2].mean(0)
        turn += lean - np.degrees(np.arctan2(np.hypot(line[0], line[2]), line[1]))
        torso = rz(-turn)
    return torso


def chair(floor_x: float) -> tuple[F64, Any, F64]:
    """Return the geometry of a stool."""
    return picture.block(
        np.array([floor_x - 0.42, 0, -0.24]), np.array([floor_x - 0.06, SEAT_M, 0.24])
    )


def filmed_body(name: str, pictures: Path | None) -> dict[str, kp.Recording]:
    """Return recordings of a rendered body: true joints ("exact"), image and world landmarks."""
    figure = body(name)
    given = sit_to_stand(figure, truth())
    first = play(figure, given, 0, 0.0)[1]
    high = max(
        float(play(figure, given, i, 0.0)[1]["nose"][1]) for i in range(0, len(given.times), 10)
    )
    seat = min(play(figure, given, i, 0.0)[1]["left_hip"][0] for i in range(0, len(given.times), 5))
    camera = picture.Camera(**CAMERA, aim=(float(first["left_ankle"][0]), high * 0.72, 0.0))
    studio = picture.Studio(camera, picture.Room(seed=5), np.zeros(3))
    stool = chair(seat + 0.18)
    true, found = [], []
    with mediapipe.solutions.pose.Pose(static_image_mode=False, model_complexity=1) as pose:
        for i in range(len(given.times)):
            vertices, points = play(figure, given, i, 0.0)
            shot = studio.linear(vertices, figure.triangles, figure.colors, stool)
            image = studio.develop(shot, [make.SEED, 99, i])
            true.append([points[key] for key in clips.TRUE_POINTS])
            found.append(make.read(pose.process(image)))
            if pictures and i % 40 == 10:
                drawn = make.overlay(image, found[-1], camera.project(np.array(true[-1])))
                cv2.imwrite(str(pictures / f"sit_to_stand_{name}_{i:03d}.png"), drawn[..., ::-1])
    about = {
        "estimator": "mediapipe", "body": name, "exercise": "sit_to_stand", "side": "both", "fps": FPS,
        "camera": {
            "position_m": camera.position.tolist(), "axes": camera.axes.tolist(),
            "focal_px": camera.focal_px, "width_px": camera.width_px, "height_px": camera.height_px,
        },
    }  # fmt: skip
    arrays = clips.packed(about, given.reps, np.array(true), np.array(found))
    arrays.pop("about")
    clip = clips.Filmed(name, {**about, "frames": len(given.times)}, arrays)
    return {"exact": clip.exact("world"), **{s: clip.estimated(s) for s in ("image", "world")}}


def angles_of(recording: kp.Recording) -> dict[tuple[str, str | None], F64]:
    """Return the angles over time, with NaN for refused values."""
    angles = kp.joint_angles(recording.conditioned(), list(TRUTHS))
    return {key: np.where(angles[key].codes == 0, angles[key].values, np.nan) for key in TRUTHS}


def jitter(recording: kp.Recording) -> float:
    """Return the median second difference of hips, knees and ankles at 15 Hz, in % of the shank."""
    step = max(1, round(1 / (FPS * np.median(np.diff(recording.times)))))
    xy = recording.coordinates[::step]
    legs = xy[:, 23:29]
    shank = np.nanmedian(np.linalg.norm(xy[:, 25] - xy[:, 27], axis=-1))
    return float(100 * np.nanmedian(np.linalg.norm(np.diff(legs, n=2, axis=0), axis=-1)) / shank)


def statistics(real: F64, made: list[F64]) -> dict[str, float]:
    """Return bias and spread of the real and the rendered errors, and the correlation over time."""
    joined = np.concatenate(made)
    mean = np.nanmean(made, axis=0)
    both = np.isfinite(real) & np.isfinite(mean)
    alike = float(np.corrcoef(real[both], mean[both])[0, 1]) if both.sum() > 10 else float("nan")
    return {
        "real_bias": float(np.nanmean(real)), "real_sd": float(np.nanstd(real)),
        "rendered_bias": float(np.nanmean(joined)), "rendered_sd": float(np.nanstd(joined)),
        "bias_of_bodies": [float(np.nanmean(m)) for m in made], "correlation": alike,
        "frames": int(both.sum()),
    }  # type: ignore[dict-item]  # fmt: skip


def main() -> None:
    """Measure, and write the statistics."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path)
    pictures = parser.parse_args().pictures
    markers = truth()
    films = {name: filmed_body(name, pictures) for name in BODIES}
    result: dict[str, Any] = {"bodies": list(BODIES), "camera": CAMERA, "angles": {}, JITTER: {}}
    for space in ("image", "world"):
        real = filmed(space)
        result[JITTER][space] = {
            "real": jitter(real), "rendered": [jitter(f[space]) for f in films.values()],
        }  # fmt: skip
        seen = angles_of(real)
        made = {name: (angles_of(f[space]), angles_of(f["exact"])) for name, f in films.items()}
        times = films[BODIES[0]]["exact"].times
        clock = filmed(space).times
        for key, column in TRUTHS.items():
            error = seen[key] - np.interp(clock, markers["time"], markers[column])
            here = np.interp(times, clock, np.nan_to_num(error, nan=1e9))
            here[abs(here) > 400] = np.nan
            true = np.interp(times, markers["time"], markers[column])
            errors = [estimated[key] - true for estimated, _ in made.values()]
            moved = [float(np.nanmean(exact[key] - true)) for _, exact in made.values()]
            if np.isfinite(here).sum() > 20 and all(np.isfinite(e).sum() > 20 for e in errors):
                name = " ".join(filter(None, (key[1], key[0])))
                result["angles"][f"{space}: {name}"] = {**statistics(here, errors), "set": moved}
    FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FILE}")


if __name__ == "__main__":
    main()
