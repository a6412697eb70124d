"""Keypoint files in the formats of other programs, written from coordinates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import kneepose as kp

F64 = npt.NDArray[np.float64]
FPS = 25.0


def walker(count: int = 60, keypoints: int = 25) -> tuple[F64, F64]:
    """Return keypoints of a slow person in pixels with three decimals, shape (T, K, 2), and
    confidence.
    """
    rng = np.random.default_rng(3)
    body = rng.uniform(200, 800, (keypoints, 2))
    sway = 20 * np.sin(np.arange(count) / 9)[:, None, None] * rng.uniform(0.5, 1, (keypoints, 2))
    return np.round(body + sway, 3), np.round(rng.uniform(0.5, 0.99, (count, keypoints)), 4)


def openpose_frame(people: Sequence[tuple[F64, F64]], *, full: bool = False) -> dict[str, Any]:
    persons = []
    for xy, score in people:
        one: dict[str, Any] = {
            "person_id": [-1],
            "pose_keypoints_2d": np.column_stack([xy, score]).ravel().tolist(),
        }
        for part, number in (("face", 70), ("hand_left", 21), ("hand_right", 21)):
            values = np.tile([xy[0, 0], xy[0, 1], 0.5], number).tolist() if full else []
            one |= {f"{part}_keypoints_2d": values, f"{part}_keypoints_3d": []}
        persons.append(one | {"pose_keypoints_3d": []})
    return {"version": 1.3, "people": persons}


def openpose_folder(
    folder: Path, numbers: Sequence[int], xy: F64, score: F64, *, full: bool = False
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for row, number in enumerate(numbers):
        frame = openpose_frame([(xy[row], score[row])], full=full)
        name = f"clip_{number:012d}_keypoints.json"
        (folder / name).write_text(json.dumps(frame), encoding="utf-8")
    return folder


def wide_csv(
    path: Path, names: Sequence[str], columns: dict[str, F64], lead: dict[str, Any], sep: str = ","
) -> Path:
    """Write a CSV file with one column per keypoint and axis; `columns` maps axis to (T, K)."""
    head = [*lead, *(f"{name}_{axis}" for name in names for axis in columns)]
    values = np.stack(list(columns.values()), axis=-1)
    rows = [sep.join(head)]
    for t in range(len(values)):
        cells = [
            *(str(column[t]) for column in lead.values()),
            *map(repr, values[t].ravel().tolist()),
        ]
        rows.append(sep.join(cells))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def deeplabcut_csv(
    path: Path, names: Sequence[str], table: F64, people: Sequence[str] = ()
) -> Path:
    """Write a DeepLabCut table from x, y and likelihood, shape (T, persons, K, 3)."""
    individuals = list(people) or [""]
    keys = [(p, n, c) for p in individuals for n in names for c in ("x", "y", "likelihood")]
    rows = [["scorer", *["DLC_model"] * len(keys)]]
    if people:
        rows.append(["individuals", *(key[0] for key in keys)])
    rows += [["bodyparts", *(key[1] for key in keys)], ["coords", *(key[2] for key in keys)]]
    for t, values in enumerate(table.reshape(len(table), -1)):
        rows.append([str(t), *("" if v != v else repr(v) for v in values.tolist())])
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def same_points(found: kp.Recording, xy: F64, score: F64 | None = None) -> None:
    np.testing.assert_array_equal(found.coordinates, xy)
    if score is not None:
        np.testing.assert_array_equal(found.confidence, score)
