"""Tests that all errors derive from KneeposeError."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.squat_sample import SQUAT, WAVE, measure


def test_error_family() -> None:
    for error in (
        kp.errors.SkeletonError,
        kp.errors.CoordinateError,
        kp.errors.TimeError,
        kp.errors.FormatError,
    ):
        assert issubclass(error, kp.errors.KneeposeError)
    assert issubclass(kp.errors.KneeposeError, ValueError)
    assert issubclass(kp.errors.UnknownNameError, KeyError)
    assert issubclass(kp.errors.DependencyError, ImportError)
    assert str(kp.errors.UnknownNameError("it isn't there")) == "it isn't there"
    assert (
        str(kp.errors.DependencyError("pip install kneepose[video]"))
        == "pip install kneepose[video]"
    )
    again = pickle.loads(pickle.dumps(kp.errors.UnknownNameError("gone")))
    assert (type(again), str(again)) == (kp.errors.UnknownNameError, "gone")
    unknown = kp.errors.UnknownNameError.of(
        "angle", "Knee-Flexion", ["hip_flexion", "knee_flexion"]
    )
    assert "did you mean 'knee_flexion'" in str(unknown)


MY_ANGLE = ("hip", "knee", "ankle")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", MY_ANGLE, measure="bendd")]),
            id="unknown measure in a row",
        ),
        pytest.param(lambda: measure(names=[kp.AngleSpec("mine", ("hip",))]), id="too few points"),
        pytest.param(
            lambda: measure(names=[kp.AngleSpec("mine", ("hipp", "knee", "ankle"))]),
            id="unknown landmark in a row",
        ),
        pytest.param(lambda: measure(heading=[1, 2]), id="heading of two"),
        pytest.param(lambda: measure(standing=[1.0]), id="standing of one"),
        pytest.param(lambda: measure(names=[("knee_flexion", "left", 1)]), id="name of three"),
        pytest.param(lambda: measure(names=[()]), id="name of none"),
        pytest.param(lambda: kp.joint_angles(SQUAT)["a", "b", "c"], id="angles[a, b, c]"),
        pytest.param(lambda: kp.joint_angles(SQUAT, heading="abc"), id="heading of text"),
        pytest.param(
            lambda: arrays.joint_angles([[1, 2], [3]], skeleton="coco17"), id="ragged points"
        ),
        pytest.param(
            lambda: arrays.segment_reps(WAVE, fs=30, allowed=[[1], [2, 3]]), id="ragged allowed"
        ),
        pytest.param(lambda: arrays.asymmetry([[1, 2], [3]], 1.0), id="ragged left"),
        pytest.param(lambda: arrays.count_score([-1], [0]), id="negative count"),
        pytest.param(lambda: arrays.count_score([2**40], [0]), id="huge count"),
        pytest.param(lambda: arrays.count_score([np.nan], [0]), id="count NaN"),
        pytest.param(lambda: kp.Skeleton("x", ["\ud800"]), id="half a character"),
        pytest.param(lambda: kp.Skeleton("x", ["a"], min_confidence="a"), id="confidence of text"),
        pytest.param(
            lambda: kp.Recording(np.ones((9, 17, 2)), skeleton="coco17", fps=5e-324), id="no fps"
        ),
        pytest.param(lambda: kp.read(Path(__file__).parent), id="folder"),
    ],
)
def test_every_error_is_of_the_family(call: Callable[[], Any]) -> None:
    with pytest.raises(kp.errors.KneeposeError):
        call()
