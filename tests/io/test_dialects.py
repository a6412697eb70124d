"""Tests of file dialects of other programs: separators, decimals, units, JSON forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.recording.skeleton import find_skeleton
from tests.support.keypoint_files import FPS, walker

COCO = find_skeleton("coco17").keypoints
FRAMES = 30
XY, SCORE = walker(FRAMES, 17)
TIMES = np.round(np.arange(FRAMES) / FPS, 3)


def rows(
    title: Callable[[str, str], str] = "{}_{}".format, time: str = "time", comma: bool = False
) -> list[list[str]]:
    """Return the header and rows of a wide table."""

    def cell(value: float) -> str:
        return repr(float(value)).replace(".", "," if comma else ".")

    head = [time, *(title(name, part) for name in COCO for part in ("x", "y", "score"))]
    values = np.concatenate([XY, SCORE[..., None]], axis=2).reshape(FRAMES, -1)
    body = [[cell(t), *map(cell, row)] for t, row in zip(TIMES, values, strict=True)]
    return [head, *body]


def text(table: list[list[str]], separator: str, quote: str = "", end: str = "\n") -> str:
    return end.join(separator.join(f"{quote}{cell}{quote}" for cell in row) for row in table)


def with_units(table: list[list[str]], *units: str) -> list[list[str]]:
    return [table[0], ["s", *units * len(COCO)], *table[1:]]


DIALECTS: dict[str, str] = {
    "semicolons and decimal commas": text(rows(comma=True), ";"),
    "quoted, with a mark and carriage returns": "\ufeff" + text(rows(comma=True), ";", '"', "\r\n"),
    "tabs and decimal commas": text(rows(comma=True), "\t"),
    "commas and quoted decimal commas": text(rows(comma=True), ",", '"'),
    "bars": text(rows(), "|"),
    "Excel's first line": "sep=;\n" + text(rows(comma=True), ";"),
    "comments": "# made by hand\n# 25 fps, two cameras\n" + text(rows(), ","),
    "numpy.savetxt": "# one\n# " + text(rows(), ","),
    "a row of units": text(with_units(rows(), "px", "px", ""), ","),
    "a row of units and dashes": text(with_units(rows(), "pixel", "pixel", "-"), ";"),
    "units in titles": text(rows("{}_{} (px)".format, "Time (s)"), ","),
    "axes in brackets": text(rows("{}[{}]".format, "time [s]"), ","),
    "axes in round brackets": text(rows("{} ({})".format), "\t"),
    "units behind the axis": text(
        rows(lambda name, part: f"{name}_{part}" + "_px" * (part != "score")), ","
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_wide_tables_of_other_programs(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(DIALECTS[name].encode())
    rec = kp.read(path)
    order = [rec.skeleton.keypoints.index(one) for one in COCO]
    np.testing.assert_array_equal(rec.coordinates[:, order], XY)
    np.testing.assert_array_equal(rec.confidence[:, order], SCORE)
    np.testing.assert_array_equal(rec.times, TIMES)


def test_milliseconds_in_a_title(tmp_path: Path) -> None:
    table = rows(time="Timestamp [ms]")
    for row, t in zip(table[1:], TIMES, strict=True):
        row[0] = f"{1000 * t:.0f}"
    path = tmp_path / "a.csv"
    path.write_text(text(table, ","), encoding="utf-8")
    np.testing.assert_allclose(kp.read(path).times, TIMES, atol=1e-12)


def test_marks_between_thousands_are_not_read_as_decimals(tmp_path: Path) -> None:
    """The text "123,456" is ambiguous and refused, unless another number shows the separator."""
    table = rows()
    for row in table[1:]:
        row[1:] = ["123,456", "123,456", "1"] * len(COCO)
    path = tmp_path / "a.csv"
    path.write_text(text(table, ",", '"'), encoding="utf-8")
    with pytest.raises(kp.errors.FormatError, match="no number"):
        kp.read(path)
    table[1][1] = "150,25"
    path.write_text(text(table, ",", '"'), encoding="utf-8")
    rec = kp.read(path)
    place = rec.skeleton.keypoints.index(COCO[0])
    assert rec.coordinates[:2, place].tolist() == [[150.25, 123.456], [123.456, 123.456]]


@pytest.mark.parametrize("time", ["00:00:01.250", "2026-11-29T10:00:00"])
def test_times_of_the_day_are_named(tmp_path: Path, time: str) -> None:
    table = rows()
    table[1][0] = time
    path = tmp_path / "a.csv"
    path.write_text(text(table, ","), encoding="utf-8")
    with pytest.raises(kp.errors.FormatError, match="Times of the day are not read; write seconds"):
        kp.read(path)


def test_words_for_missing_values(tmp_path: Path) -> None:
    words = ["NA", "N/A", "#N/A", "null", "None", "nan", "-", ""]
    table = rows()
    for row, word in zip(table[1:], words, strict=False):
        row[1] = word
    path = tmp_path / "a.csv"
    path.write_text(text(table, ","), encoding="utf-8")
    rec = kp.read(path)
    gone = np.isnan(rec.coordinates[:, rec.skeleton.keypoints.index(COCO[0]), 0])
    assert gone.tolist() == [n < len(words) for n in range(FRAMES)]


@pytest.mark.parametrize("unit", ["mm", "cm", "m"])
def test_the_unit_in_a_title_counts(tmp_path: Path, unit: str) -> None:
    squat = kp.sample("squat")
    values = squat.coordinates * {"mm": 1000.0, "cm": 100.0, "m": 1.0}[unit]
    head = [f"{name} {axis} ({unit})" for name in squat.skeleton.keypoints for axis in "XYZ"]
    wide = tmp_path / "wide.csv"
    np.savetxt(wide, values.reshape(len(values), -1), delimiter=";", header=";".join(head))
    tidy = tmp_path / "tidy.csv"
    lines = [f"frame,joint,x_{unit},y_{unit},z_{unit}"]
    for t, frame in enumerate(values):
        for name, point in zip(squat.skeleton.keypoints, frame, strict=True):
            lines.append(",".join([str(t), name, *map(repr, point.tolist())]))
    tidy.write_text("\n".join(lines), encoding="utf-8")
    for path in (wide, tidy):
        rec = kp.read(path, fps=50, up="y")
        order = [rec.skeleton.keypoints.index(one) for one in squat.skeleton.keypoints]
        np.testing.assert_allclose(rec.coordinates[:, order], squat.coordinates, atol=1e-9)
        with pytest.raises(kp.KneeposeError, match=f"says unit '{unit}'"):
            kp.read(path, fps=50, up="y", unit="cm" if unit == "m" else "m")


def flat(t: int) -> list[float]:
    return [float(value) for value in np.column_stack([XY[t], SCORE[t]]).ravel()]


def test_the_two_other_forms_of_alphapose(tmp_path: Path) -> None:
    """The formats ``open`` and ``cmu`` have one entry per image, in any order and with gaps."""
    path = tmp_path / "a.json"
    kept = [t for t in (7, 3, 4, 5, 6, 9, 10) if t < FRAMES]
    points = np.concatenate([XY, SCORE[..., None]], axis=2)
    eighteen = np.concatenate([points, points[:, :1]], axis=1)
    forms: dict[str, Callable[[int], dict[str, Any]]] = {
        "open": lambda t: {"people": [{"pose_keypoints_2d": eighteen[t].ravel().tolist()}]},
        "cmu": lambda t: {"bodies": [{"joints": eighteen[t].ravel().tolist()}]},
    }
    for entry in forms.values():
        content = {f"{t}.jpg": {"version": "AlphaPose v0.3", **entry(t)} for t in kept}
        path.write_text(json.dumps(content), encoding="utf-8")
        rec = kp.read(path, fps=FPS)
        assert (rec.skeleton.name, rec.n_frames) == ("coco18", 8)
        np.testing.assert_array_equal(rec.coordinates[[4, 0, 1]], eighteen[[7, 3, 4], :, :2])
        assert np.isnan(rec.coordinates[5]).all()


@pytest.mark.parametrize("shape", ["frames", "one person"])
def test_confidences_beside_coordinates_in_an_array(tmp_path: Path, shape: str) -> None:
    values = np.concatenate([XY, SCORE[..., None]], axis=2)
    path = tmp_path / "a.npz"
    np.savez(path, keypoints=values if shape == "frames" else values[:, None])
    rec = kp.read(path, skeleton="coco17", fps=FPS)
    assert rec.space == "image"
    np.testing.assert_array_equal(rec.coordinates, XY)
    np.testing.assert_array_equal(rec.confidence, SCORE)
