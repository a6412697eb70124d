"""Tests of repetitions and their measures against the NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from kneepose.analysis.reps import Reps
from tests import reference
from tests.support.datasets import opensim, recording

# --- repetitions -------------------------------------------------------------------------------


def random_series(rng: np.random.Generator) -> tuple[np.ndarray, float, np.ndarray | None]:
    """Return a random series with repetitions, pulses, rests, noise, drift, spikes and gaps."""
    fs = float(rng.choice([10.0, 15.0, 24.0, 25.0, 29.97, 30.0, 50.0]))
    pieces = [np.zeros(int(rng.uniform(0.2, 3.0) * fs))]
    level = 0.0
    for _ in range(int(rng.integers(0, 7))):
        peak = rng.choice([rng.uniform(40, 80), rng.uniform(8, 40)], p=[0.75, 0.25])
        back = rng.choice([0.0, rng.uniform(0.2, 0.8)], p=[0.7, 0.3]) * peak
        for target, seconds in (
            (peak, rng.uniform(0.4, 2.0)),
            (peak, rng.uniform(0.0, 0.8)),
            (back, rng.uniform(0.4, 2.0)),
            (back, rng.uniform(0.0, 1.5)),
        ):
            u = np.linspace(0, 1, max(int(seconds * fs), 1), endpoint=False)
            pieces.append(level + (target - level) * u**3 * (10 - 15 * u + 6 * u**2))
            level = target
    x = np.concatenate([*pieces, np.full(int(rng.uniform(0.1, 2.0) * fs), level)])
    if rng.uniform() < 0.3:
        x = x[int(rng.uniform(0, 0.5) * x.size) :]
    n = x.size
    x = x + rng.uniform(-20, 60) + rng.choice([0.0, 20.0]) * np.arange(n) / n
    x += rng.normal(0, rng.choice([0.0, 0.3, 2.0, 5.0]), n)
    x[rng.uniform(size=n) < rng.choice([0.0, 0.03])] += 40.0
    for _ in range(int(rng.integers(0, 4))):
        first = int(rng.integers(0, n))
        x[first : first + int(rng.uniform(0.03, 1.2) * fs)] = np.nan
    gate = None
    if rng.uniform() < 0.3:
        gate = np.ones(n, dtype=bool)
        first = int(rng.integers(0, n))
        gate[first : first + int(rng.uniform(0.2, 2.0) * fs)] = False
    return x, fs, gate


@pytest.mark.parametrize("seed", range(8))
def test_segmentation_is_the_twins(seed: int) -> None:
    """50 series per seed give the same samples, statuses and ranges as the NumPy reference."""
    rng = np.random.default_rng([16, seed])
    seen: set[str] = set()
    for trial in range(50):
        x, fs, gate = random_series(rng)
        min_range = float(rng.choice([10.0, 20.0, 30.0]))
        despike = bool(rng.integers(2))
        want = reference.segment_reps(x, fs, min_range, gate, despike)
        got = arrays.segment_reps(x, fs=fs, min_range=min_range, allowed=gate, despike=despike)
        moments = zip(
            *(got.start, got.bottom_start, got.bottom, got.bottom_end, got.end), strict=True
        )
        assert list(moments) == [
            (r.start, r.bottom_start, r.peak, r.bottom_end, r.end) for r in want
        ], f"trial {trial}, fs {fs}"
        assert got.status.tolist() == [r.status for r in want], f"trial {trial}"
        assert set(got.status[np.isnan(got.range)]) <= {"incomplete_return", "start_transient"}
        np.testing.assert_allclose(got.range, [r.rom for r in want], rtol=0, atol=1e-8)
        seen.update(got.status.tolist())
    assert {"full", "partial", "incomplete_return", "start_transient"} <= seen


@pytest.mark.parametrize("damage", ["missing", "barred"])
def test_a_pulse_stays_a_pulse(damage: str) -> None:
    """Of two peaks with a valley at half height, the lower one keeps its status if its only sample
    is missing or barred.
    """
    t = np.arange(0, 9, 1 / 30)

    def rise(start: float, by: float) -> np.ndarray:
        u = np.clip((t - start) / 1.2, 0, 1)
        return by * u**3 * (10 - 15 * u + 6 * u**2)

    x = rise(1.5, 60) + rise(2.8, -30) + rise(4.1, 25) + rise(5.4, -55)
    plain = arrays.segment_reps(x, fs=30)
    assert plain.status.tolist() == ["full", "incomplete_return"]
    allowed = np.ones(x.size, dtype=bool)
    if damage == "missing":
        x[plain.bottom[1]] = np.nan
    else:
        allowed[plain.bottom[1]] = False
    got = arrays.segment_reps(x, fs=30, allowed=allowed)
    assert [r.status for r in reference.segment_reps(x, 30.0, 20.0, allowed)] == [*plain.status]
    assert got.status.tolist() == plain.status.tolist()


@pytest.mark.parametrize("name", ["sls_left_healthy", "sls_right_partial", "sls_left_touch_and_go"])
def test_segmentation_of_a_sinking_hip_is_the_twins(name: str) -> None:
    """In a front view repetitions come from hip lowering, as in the NumPy reference."""
    data = opensim(name)
    done = kp.analyze(recording(data, "image"), "single_leg_squat", side=str(data["side"]))
    found, fps = done.reps, done.recording.fps
    assert found.signal_used == "knee_flexion_from_depth"
    want = reference.segment_reps(found.signal, fps, 20.0, despike=False, scale=reference.SINKING)
    assert [(r.start, r.end, str(r.status)) for r in found] == [
        (r.start, r.end, r.status) for r in want
    ]
    assert_lowest_points(done.recording, found, want)
    np.testing.assert_allclose([r.range for r in found], [r.rom for r in want], rtol=0, atol=1e-8)


def assert_lowest_points(rec: kp.Recording, found: Reps, want: list[reference.Rep]) -> None:
    """Assert that the hips are lowest at each bottom, within 1 % of body height.

    The bottom phase must contain that of the signal.
    """
    up = 1.0 if rec.space == "world" else -1.0
    sides = [rec.skeleton.landmarks[f"{side}_hip"] for side in ("left", "right")]
    hips = up * rec.coordinates[:, sides, 1].mean(axis=1)
    everything = rec.coordinates[..., 1]
    height = np.nanmedian(np.nanmax(everything, axis=1) - np.nanmin(everything, axis=1))
    for r, w in zip(found, want, strict=True):
        if r.end > r.start:
            lowest = hips[r.start : r.end + 1].min()
            assert hips[r.bottom] - lowest < 0.01 * height
            assert r.bottom_start == min(w.bottom_start, r.bottom)
            assert r.bottom_end == max(w.bottom_end, r.bottom)


# --- measures of whole analyses ----------------------------------------------------------------


def heading_before(landmarks: dict[str, np.ndarray], start: int, fps: float) -> np.ndarray:
    """Return the mean direction of the pelvis over the half second before the repetition."""
    first = max(0, start + 1 - round(0.5 * fps))
    z_p = (landmarks["right_hip"] - landmarks["left_hip"])[first : start + 1]
    ahead = np.cross([0.0, 1.0, 0.0], z_p)
    return (ahead / np.linalg.norm(ahead, axis=1)[:, None]).mean(axis=0)


@pytest.mark.parametrize("name", ["sls_right_healthy", "sls_left_healthy", "sls_right_partial"])
def test_analysis_reads_what_the_twin_reads(name: str) -> None:
    """FPPA, lean and drop of each repetition equal the NumPy reference."""
    data = opensim(name)
    side = str(data["side"])
    rec = recording(data, "world")
    found = kp.analyze(rec, "single_leg_squat", side=side)
    landmarks = {
        landmark: found.recording.coordinates[:, k]
        for landmark, k in found.recording.skeleton.landmarks.items()
    }
    knee = reference.joint_angle(landmarks, "knee_flexion", side)
    np.testing.assert_allclose(found.reps.signal, knee, rtol=0, atol=1e-9)
    reps = reference.segment_reps(knee, found.recording.fps, 20.0, despike=False)
    assert [(r.start, r.end, str(r.status)) for r in found.reps] == [
        (r.start, r.end, r.status) for r in reps
    ]
    assert_lowest_points(found.recording, found.reps, reps)
    measured = 0
    for angle in (
        "fppa",
        "trunk_lateral_lean",
        "pelvic_drop",
        "shank_inclination",
        "hip_adduction",
    ):
        for i, rep in enumerate(found.reps):
            heading = heading_before(landmarks, rep.start, found.recording.fps)
            course = reference.joint_angle(landmarks, angle, side, heading=heading)
            bottom = np.median(course[rep.bottom_start : rep.bottom_end + 1])
            values = found.measures[f"{angle}_at_bottom"].values
            assert values[i] == pytest.approx(bottom, abs=1e-9)
            for depth in (45, 60):
                value = found.measures[f"{angle}_at_{depth}"].values[i]
                down = knee[rep.start : rep.bottom + 1]
                crossing = np.flatnonzero((down[:-1] < depth) & (down[1:] >= depth))
                if not crossing.size:
                    assert np.isnan(value)
                    continue
                j = rep.start + crossing[0]
                share = (depth - knee[j]) / (knee[j + 1] - knee[j])
                want = course[j] + share * (course[j + 1] - course[j])
                assert value == pytest.approx(want, abs=1e-9)
                measured += 1
    assert measured >= 5 * 6
