"""Tests that random headers, entries and layouts are refused or give correct results."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kneepose as kp
from kneepose import arrays
from tests.support.quick_folder import quick_folder
from tests.support.seeds import SEEDS, law
from tests.support.wild_input import must_speak, read_or_reason

LONG = "x" * 2000
VALUES: list[Any] = [
    None, True, 0, -1, 1, 3, 10**30, 1.5, float("nan"), float("inf"), 1e300, "", "y", "-z", "left",
    "coco17", LONG, [], [1], [1, 2], [10**400, 1], ["a", "a"], {}, {"a": 1}, {"$float": "x"},
    {"$array": [1], "dtype": "O", "shape": [1]}, {"$array": [1, 2], "dtype": "U99999999", "shape": [2]},
    {"a": {"$array": [1, 2], "dtype": "U999999999", "shape": [2]}}, {"a": {"$tuple": 5}}, [[[[]]]],
    "2026-03-01", "\ud800",
]  # fmt: skip
DTYPES = ["f8", "f4", "f2", "i8", "u1", "?", "c16", "U3", ">f8", "M8[s]", "O"]


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[dict[str, Any], Path]]:
    with quick_folder() as folder:
        path = kp.sample("squat")[:10].conditioned().save(folder / "a.npz")
        with np.load(path) as file:
            content = {name: file[name] for name in file.files}
        yield content, path


def changed_header(rng: np.random.Generator, header: dict[str, Any]) -> dict[str, Any]:
    for key in [*header, "more"]:
        if rng.uniform() < 0.08:
            header[key] = VALUES[int(rng.integers(len(VALUES)))]
        elif rng.uniform() < 0.02:
            header.pop(key, None)
        elif isinstance(header.get(key), dict):
            header[key] = changed_header(rng, dict(header[key]))
    return header


def changed_array(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    kind = int(rng.integers(5))
    if kind == 0:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return array.astype(DTYPES[int(rng.integers(len(DTYPES)))])
            except (TypeError, ValueError):
                return array
    if kind == 1:
        return array[: int(rng.integers(0, len(array)))]
    if kind == 2:
        return np.moveaxis(array, 0, -1)
    if kind == 3 and array.dtype.kind == "f":
        array = array.copy()
        places = rng.integers(0, array.size, 3)
        array.flat[places] = [np.nan, np.inf, -1e300][int(rng.integers(3))]
        return array
    return np.asfortranarray(array) * np.ones((), dtype=array.dtype)


@pytest.mark.slow
@law(2000)
@given(SEEDS)
def test_any_file_is_a_recording_that_can_be_saved_or_a_reason(
    whole: tuple[dict[str, Any], Path], seed: int
) -> None:
    content, path = whole
    rng = np.random.default_rng(seed)
    header = changed_header(rng, json.loads(str(content["header"])))
    made = {
        name: changed_array(rng, array) if rng.uniform() < 0.08 and array.ndim else array
        for name, array in content.items()
    }
    np.savez(path, **made | {"header": np.array(json.dumps(header))})
    recording = read_or_reason(path)
    if recording is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        try:
            again = kp.read(recording.save(path))._replace(file_hash=recording.file_hash)
        except kp.KneeposeError as error:
            assert "meta" in str(error)  # noqa: PT017
        else:
            assert again == recording
        for call in (kp.check, kp.joint_angles, repr):
            try:
                call(recording)
            except kp.KneeposeError as error:
                must_speak(error)


TURNS = st.tuples(*[st.sampled_from((1, 2, 3, -1, -2))] * 3)


@law(300)
@given(
    st.permutations((0, 1, 2)), st.sampled_from("CF"), TURNS, st.integers(1, 5), st.integers(1, 5)
)
def test_a_result_in_any_layout_is_refused_or_right(
    axes: list[int], order: Any, steps: tuple[int, ...], first: int, second: int
) -> None:
    """Frames with two leading dimensions are used, which allow many layouts of one shape."""
    points = np.random.default_rng(1).normal(500, 100, (first, second, 17, 2))
    want = arrays.joint_angles(points, skeleton="coco17")
    shape = [want.shape[axis] * abs(step) for axis, step in zip(axes, steps, strict=True)]
    out = np.zeros(shape, order=order)[tuple(slice(None, None, step) for step in steps)]
    out = out.transpose(np.argsort(axes))
    assert out.shape == want.shape
    try:
        got = arrays.joint_angles(points, skeleton="coco17", out=out)
    except kp.errors.CoordinateError as error:
        assert "C-contiguous" in str(error)  # noqa: PT017
        assert not out.flags.c_contiguous
        assert not out.any()
    else:
        assert got is out
        np.testing.assert_array_equal(out, want)
