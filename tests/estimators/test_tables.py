"""Tests of DeepLabCut, SLEAP and movement: whole recordings with named keypoints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.estimator_tables import NAMES, coordinates, deeplabcut, movement, sleap

LEG = kp.Skeleton("leg", ["left_knee", "left_ankle", "left_hip"])


def objects(animals: int = 1) -> dict[str, Any]:
    values = coordinates(animals)
    return {"deeplabcut": deeplabcut(values), "sleap": sleap(values), "movement": movement(values)}


@pytest.mark.parametrize("name", ["deeplabcut", "sleap", "movement"])
def test_read_and_recognized(name: str) -> None:
    whole = objects()[name]
    want = coordinates()[:, 0]
    for estimator in (None, name):
        rec = kp.from_estimator(whole, estimator, fps=30)
        assert (rec.skeleton.keypoints, rec.estimator) == (NAMES, name)
        np.testing.assert_array_equal(rec.coordinates, want[..., :2])
        np.testing.assert_array_equal(rec.confidence, np.nan_to_num(want[..., 2]))
    chosen = kp.from_estimator(whole, fps=30, skeleton=LEG)
    np.testing.assert_array_equal(chosen.coordinates, want[:, [1, 2, 0], :2])
    assert "knee_flexion" in {key[0] for key in kp.joint_angles(chosen)}


@pytest.mark.parametrize("name", ["deeplabcut", "sleap", "movement"])
def test_several(name: str) -> None:
    whole = objects(2)[name]
    for track in (0, 1):
        rec = kp.from_estimator(whole, name, fps=30, person=track)
        np.testing.assert_array_equal(rec.coordinates, coordinates(2)[:, track, :, :2])


def test_movement_says_its_times_and_both_spellings_are_read() -> None:
    old, new = (movement(coordinates(), plural) for plural in ("s", ""))
    assert kp.from_estimator(old) == kp.from_estimator(new)
    assert kp.from_estimator(new).fps == pytest.approx(30)
    with pytest.raises(kp.errors.TimeError, match="neither times nor fps"):
        kp.from_estimator(movement(coordinates(), unit="frames"))


@pytest.mark.parametrize("name", ["deeplabcut", "sleap", "movement"])
def test_names_that_are_no_parts_of_the_body(name: str) -> None:
    absent = kp.Skeleton("other", ["left_knee", "left_toe"])
    with pytest.raises(kp.errors.SkeletonError, match=r"\['left_toe'\].*'tail'"):
        kp.from_estimator(objects()[name], fps=30, skeleton=absent)
    tails = objects()[name]
    if name == "sleap":
        tails.skeletons[0].node_names[:] = ["a", "b", "c", "d"]
        with pytest.raises(kp.errors.SkeletonError, match="named as a part of the body"):
            kp.from_estimator(tails, fps=30)


def test_sleap_without_tracks_follows_by_place() -> None:
    rec = kp.from_estimator(sleap(coordinates(2), tracked=False), fps=30, person=(600, 0, 900, 900))
    np.testing.assert_array_equal(rec.coordinates, coordinates(2)[:, 1, :, :2])


@pytest.mark.parametrize("name", ["deeplabcut", "sleap", "movement"])
def test_one_frame_is_not_a_recording(name: str) -> None:
    with pytest.raises(kp.errors.FormatError, match="whole recording"):
        kp.from_estimator([{"a": 1}], name, fps=30, skeleton=LEG)
