"""Tests of reasons for missing values: equal damage gives equal reasons, recorded and live."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.validity import Validity
from tests.support.rep_scenarios import SCENARIOS, films, listed

# one sample has only 10 fps and warns
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
HIDDEN = slice(40, 70)
SETTLED = slice(45, 65)


def reasons(
    rec: kp.Recording, points: np.ndarray, sure: np.ndarray, exercise: str, side: str
) -> tuple[set[str], set[str]]:
    """Return the reasons of the missing projection angle, recorded and live."""
    whole = kp.Recording(
        points, skeleton=rec.skeleton, times=rec.times, confidence=sure, up=rec.up,
        resolution_wh=rec.resolution_wh, view=rec.view,
    )  # fmt: skip
    angle = kp.joint_angles(whole.conditioned(), [("fppa", side)])["fppa", side]
    live = kp.Stream(
        exercise, side=side, skeleton=rec.skeleton, up=rec.up,
        resolution_wh=rec.resolution_wh, view=rec.view,
    )  # fmt: skip
    states = [
        live.push(f, t, confidence=c) for f, t, c in zip(points, rec.times, sure, strict=True)
    ]
    return (
        {str(v) for v in angle.validity[SETTLED]},
        {str(s.validity["fppa", side]) for s in states[SETTLED]},
    )


def test_low_confidence() -> None:
    rec = kp.sample("squat_video")
    sure = np.full(rec.confidence.shape, 0.95)
    sure[HIDDEN, rec.skeleton.landmarks["left_ankle"]] = 0.05
    assert reasons(rec, rec.coordinates, sure, "squat", "left") == (
        {"low_confidence"}, {"low_confidence"},
    )  # fmt: skip


def test_bottom_border_of_the_image() -> None:
    rec = kp.sample("squat_video")
    points = np.array(rec.coordinates)
    points[HIDDEN, rec.skeleton.landmarks["left_ankle"], 1] = rec.resolution_wh[1]
    sure = np.full(rec.confidence.shape, 0.95)
    assert reasons(rec, points, sure, "squat", "left") == ({"at_image_border"}, {"at_image_border"})


@pytest.mark.parametrize("longer", [0.3, 0.6, -0.4])
def test_bone_of_another_length(longer: float) -> None:
    rec = kp.sample("single_leg_squat_right")
    ankle, knee = (rec.skeleton.landmarks[f"right_{joint}"] for joint in ("ankle", "knee"))
    points = np.array(rec.coordinates)
    points[HIDDEN, ankle] += longer * (points[HIDDEN, ankle] - points[HIDDEN, knee])
    sure = np.ones(points.shape[:2])
    assert reasons(rec, points, sure, "single_leg_squat", "right") == (
        {"implausible_bone"}, {"implausible_bone"},
    )  # fmt: skip


@pytest.mark.parametrize("with_size", [False, True])
def test_clipped_ankle_is_never_measured(with_size: bool) -> None:
    """An ankle clipped to x = 0 for 3 s is never measured, with and without a known image size."""
    rec = kp.sample("squat_video")
    ankle = rec.skeleton.landmarks["left_ankle"]
    points = np.array(rec.coordinates)
    points[..., 0] -= np.nanmedian(points[:, ankle, 0]) - 3.0
    clipped = points.copy()
    clipped[HIDDEN, ankle, 0] = 0.0
    sure = np.full(points.shape[:2], 0.95)

    def live(of: np.ndarray) -> list[kp.live.StreamState]:
        stream = kp.Stream(
            "squat", side="left", skeleton=rec.skeleton, view="front",
            resolution_wh=rec.resolution_wh if with_size else None,
        )  # fmt: skip
        frames = zip(of, rec.times, sure, strict=True)
        return [stream.push(f, t, confidence=c) for f, t, c in frames][HIDDEN]

    states = live(clipped)
    assert {str(state.validity["fppa", "left"]) for state in states} == {"at_image_border"}
    assert all(np.isnan(state.angles["fppa", "left"]) for state in states)
    whole = [np.isfinite(state.angles["fppa", "left"]) for state in live(points)]
    assert np.mean(whole) > 0.5  # the true ankle comes near the border too


def test_hidden_keypoint_is_missing_first_and_a_long_gap_later() -> None:
    rec = kp.sample("squat")
    points = np.array(rec.coordinates)
    points[HIDDEN, rec.skeleton.landmarks["left_ankle"]] = np.nan
    live = kp.Stream("squat", side="left", skeleton=rec.skeleton, up=rec.up)
    states = [live.push(f, t) for f, t in zip(points, rec.times, strict=True)][HIDDEN]
    said = [str(state.validity["fppa", "left"]) for state in states]
    step = float(np.median(np.diff(rec.times)))
    short = int(0.2 / step)
    assert set(said[: short - 1]) == {"missing_keypoint"}
    assert set(said[short + 1 :]) == {"gap_too_long"}


WHOLE_LEG = ("hip", "knee", "ankle")


def hidden_leg(rec: kp.Recording, side: str, joints: tuple[str, ...], since: int) -> kp.Recording:
    """Return the recording with low confidence in a leg from frame `since` on."""
    sure = np.full(rec.confidence.shape, 0.95)
    sure[since:, [rec.skeleton.landmarks[f"{side}_{joint}"] for joint in joints]] = 0.05
    return kp.Recording(
        rec.coordinates, skeleton=rec.skeleton, times=rec.times, confidence=sure, up=rec.up,
        resolution_wh=rec.resolution_wh, view=rec.view,
    )  # fmt: skip


def followed(rec: kp.Recording, exercise: str, side: str) -> tuple[kp.Stream, list[str]]:
    """Return a stream after the recording, and the reasons of its events and of its last state."""
    live = kp.Stream(
        exercise, side=side, skeleton=rec.skeleton, up=rec.up, resolution_wh=rec.resolution_wh,
        view=rec.view,
    )  # fmt: skip
    frames = zip(rec.coordinates, rec.times, rec.confidence, strict=True)
    states = [live.push(f, t, confidence=c) for f, t, c in frames]
    events = [e for state in states for e in state.events]
    lost = [str(e.reason) for e in events if isinstance(e, kp.live.QualityLost)]
    return live, [*lost, str(states[-1].quality)]


@pytest.mark.parametrize("joints", [WHOLE_LEG, ("hip",)])
@pytest.mark.parametrize("exercise", ["single_leg_squat", "clamshell", "fire_hydrant"])
def test_a_hidden_leg_says_why_it_cannot_be_followed(
    exercise: str, joints: tuple[str, ...]
) -> None:
    hidden = hidden_leg(kp.sample("single_leg_squat_left"), "left", joints, since=40)
    assert set(followed(hidden, exercise, "left")[1]) == {"low_confidence"}


def test_a_leg_hidden_in_estimated_depth_is_hidden() -> None:
    """The clamshell angle is refused with estimated depth; the reason is the hidden leg."""
    name = next(n for n in listed() if n.startswith("clamshell"))
    film = next(films(name, 1, ("mediapipe_world",), full=False))
    made = SCENARIOS[name](1, film)
    rec = hidden_leg(made.recording, made.side, WHOLE_LEG, since=made.recording.n_frames // 2)
    assert set(followed(rec, "clamshell", made.side)[1]) == {"low_confidence"}


def test_a_leg_never_seen_has_the_same_reason_recorded_and_live() -> None:
    hidden = hidden_leg(kp.sample("single_leg_squat_left"), "left", WHOLE_LEG, since=0)
    live, said = followed(hidden, "single_leg_squat", "left")
    recorded = kp.analyze(hidden, "single_leg_squat", side="left")
    assert recorded.why_no_reps is kp.validity.Validity.LOW_CONFIDENCE
    assert said == ["low_confidence"]
    assert live.finish().why_no_reps is recorded.why_no_reps


def qualities(times: np.ndarray) -> list[str]:
    """Return the quality of each frame of the shipped squats with these time stamps."""
    rec = kp.sample("squat")
    at = np.searchsorted(rec.times, times - times[0]).clip(0, len(rec.times) - 1)
    live = kp.Stream("squat", side="left", skeleton=rec.skeleton, up=rec.up)
    return [
        str(live.push(rec.coordinates[row], t).quality) for row, t in zip(at, times, strict=True)
    ]


@pytest.mark.parametrize(
    ("rate", "is_low"), [(8.0, True), (13.0, True), (15.0, False), (16.0, False), (30.0, False)]
)
def test_a_low_frame_rate_is_said_and_measured(rate: float, is_low: bool) -> None:
    rec = kp.sample("squat")
    said = qualities(np.arange(rec.times[0], rec.times[-1], 1 / rate))
    assert set(said[25:]) == {"frame_rate_low" if is_low else "ok"}
    assert Validity.FRAME_RATE_LOW.remedy


def test_one_pause_is_no_low_rate_and_a_rate_recovers() -> None:
    steady = np.arange(0, 3, 0.04)
    paused = np.concatenate([steady, steady + 3.0 + 0.5])
    assert "frame_rate_low" not in qualities(paused)
    slow, fast = np.arange(0, 4, 0.1), np.arange(4, 7, 0.04)
    said = qualities(np.concatenate([slow, fast]))
    assert said[len(slow) - 1] == "frame_rate_low"
    assert said[-1] == "ok"


def test_a_rate_at_the_limit_does_not_flicker() -> None:
    rng = np.random.default_rng(0)
    said = qualities(np.cumsum(rng.uniform(0.9, 1.1, 150) / 14.25))
    changes = sum(a != b for a, b in pairwise(said[25:]))
    assert changes <= 4


def test_a_slow_beginning_is_taken_back() -> None:
    slow, fast = np.arange(0, 4.5, 0.25), np.arange(4.5, 6.5, 0.04)
    said = qualities(np.concatenate([slow, fast]))
    assert said[len(slow) - 1] == "frame_rate"
    assert said[-1] == "ok"


def test_times_in_milliseconds_are_never_taken_back() -> None:
    said = qualities(np.arange(0, 5000, 40.0))
    assert set(said[20:]) <= {"frame_rate", "time_far_ahead"}


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_wrong_leg_has_one_reason_recorded_and_live(side: Any) -> None:
    """Single-leg squats of the other leg are listed but not counted, with the same reason in both
    paths.
    """
    other = "right" if side == "left" else "left"
    source = kp.sample(f"single_leg_squat_{other}")  # type: ignore[arg-type]
    recorded = kp.analyze(source, "single_leg_squat", side=side)
    live = kp.Stream("single_leg_squat", side=side, skeleton=source.skeleton, up=source.up)
    live.push_all(source.coordinates, source.times)
    done = live.finish()
    assert recorded.why_no_reps is done.why_no_reps is Validity.OTHER_LEG_WORKS
    for one in (recorded, done):
        assert [str(rep.status) for rep in one.reps] == ["lost_stance"] * 7
        assert one.looks_like is not None
        assert (one.looks_like.side, one.looks_like.reps) == (other, 7)
