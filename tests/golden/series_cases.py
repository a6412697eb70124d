"""Golden series: filters (case 20), outliers, gaps, and generated repetitions (case 15)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.signal import butter, filtfilt

Json = dict[str, Any]
TEN_PERCENT = 0.246637
"""Time fraction of a minimum-jerk movement at which 10 % of its range is reached; 90 % at 1 −
this.
"""
BOTTOM = 0.810745
"""Time fraction of a minimum-jerk movement at which 95 % of its range is reached."""


def filter_cases() -> Json:
    """Case 20: filter designs and gains from closed forms, complete outputs from SciPy."""
    designs, responses, sines = [], [], []
    for fs, fc in [(30.0, 6.0), (60.0, 6.0), (30.0, 3.0), (29.97, 6.0), (120.0, 4.0), (15.0, 6.0)]:
        one_pass = math.tan(math.pi * fc / fs) / (math.sqrt(2.0) - 1.0) ** 0.25
        hz = fs / math.pi * math.atan(one_pass)
        gains = [
            {"hz": f, "gain": 1.0 / (1.0 + (math.tan(math.pi * f / fs) / one_pass) ** 4)}
            for f in (1.0, 6.0)
        ]
        designs.append({"fs": fs, "fc": fc, "design_hz": hz, "gains": gains, "tolerance": 1e-9})
        sines += [
            {"fs": fs, "fc": fc, "hz": g["hz"], "n": int(20 * fs), "ignore_s": 4.0,
             "gain": g["gain"], "tolerance": 1e-7}
            for g in gains
        ]  # fmt: skip
        b, a = butter(2, hz, fs=fs)
        step = np.repeat([0.0, 1.0], 20)
        ramp = np.linspace(-1.0, 2.0, 9) ** 3
        for name, x in [("impulse", np.eye(41)[20]), ("step", step), ("short", ramp)]:
            pad = min(math.ceil(3.0 * fs / fc), x.size - 1)
            y = filtfilt(b, a, x, padtype="odd", padlen=pad)
            responses.append(
                {"fs": fs, "fc": fc, "kind": name, "input": x.tolist(), "output": y.tolist(),
                 "tolerance": 1e-10}
            )  # fmt: skip
    return {
        "note": "sines: cos(2 pi hz i/fs), i = 0..n-1; output = gain x input except ignore_s at "
        "each end. responses: zero-lag, odd padding of min(ceil(3 fs/fc), n-1).",
        "designs": designs,
        "sines": sines,
        "responses": responses,
        "hampel": hampel_cases(),
        "gaps": gap_cases(),
    }


def hampel_cases() -> list[Json]:
    """Outlier cases with window 7 and 3 sigma; the limits are computed by hand."""
    ramp = [float(i) for i in range(15)]
    beyond = [*ramp[:7], 17.0, *ramp[8:]]
    within = [*ramp[:7], 16.8, *ramp[8:]]
    inside = [0.0] * 5 + [2.2] + [0.0] * 5
    outside = [0.0] * 5 + [2.3] + [0.0] * 5
    at_end = [9.0] + [0.0] * 8
    gappy = [0.0, 0.0, None, 8.0, None, 0.0, 0.0, 0.0]
    return [
        {"note": "median 8, MAD 2, limit 8.8956", "x": beyond, "floor": 0.5, "outliers": [7]},
        {"note": "just within it", "x": within, "floor": 0.5, "outliers": []},
        {"note": "clean ramp", "x": ramp, "floor": 0.5, "outliers": []},
        {"note": "MAD 0, limit 3*1.4826*0.5 = 2.2239", "x": inside, "floor": 0.5, "outliers": []},
        {"note": "just beyond it", "x": outside, "floor": 0.5, "outliers": [5]},
        {"note": "window cut off at the end", "x": at_end, "floor": 0.5, "outliers": [0]},
        {"note": "finite samples only", "x": gappy, "floor": 0.5, "outliers": [3]},
        {"note": "all missing", "x": [None] * 5, "floor": 0.5, "outliers": []},
    ]


def gap_cases() -> list[Json]:
    """Gap lengths and monotone cubic interpolation, both computed by hand.

    Samples 0, 1, 4, 10 at 0, 1, 4, 5 s have secants 1, 1 and 6, with a gap from 1 to 4 s. The slope
    at 1 s is the weighted harmonic mean of secants with weights 2·3 + 1 and 3 + 2·1, that at 4 s
    with 2·1 + 3 and 1 + 2·3.
    """
    d1 = (7.0 + 5.0) / (7.0 / 1.0 + 5.0 / 1.0)
    d4 = (5.0 + 7.0) / (5.0 / 1.0 + 7.0 / 6.0)

    def hermite(t: float) -> float:
        u = (t - 1.0) / 3.0
        return (
            (2 * u**3 - 3 * u**2 + 1) * 1.0
            + (u**3 - 2 * u**2 + u) * 3.0 * d1
            + (-2 * u**3 + 3 * u**2) * 4.0
            + (u**3 - u**2) * 3.0 * d4
        )

    cubic = [0.0, 1.0, None, None, 4.0, 10.0]
    tenths = [i / 10 for i in range(10)]
    line = [2.0 * t for t in tenths]
    two = [v if i not in (4, 5) else None for i, v in enumerate(line)]
    ends = [v if 2 <= i <= 7 else None for i, v in enumerate(line)]
    seconds = [float(i) for i in range(6)]
    return [
        {"note": "cubic", "times": seconds, "x": cubic, "max_gap_s": 2.0,
         "filled": [0.0, 1.0, hermite(2.0), hermite(3.0), 4.0, 10.0], "tolerance": 1e-12},
        {"note": "2 s missing, 1.9 allowed", "times": seconds, "x": cubic, "max_gap_s": 1.9,
         "filled": cubic, "tolerance": 1e-12},
        {"note": "two samples of 0.1 s are 0.2 s", "times": tenths, "x": two, "max_gap_s": 0.2,
         "filled": line, "tolerance": 1e-12},
        {"note": "and more than 0.19 s", "times": tenths, "x": two, "max_gap_s": 0.19,
         "filled": two, "tolerance": 1e-12},
        {"note": "ends are never filled", "times": tenths, "x": ends, "max_gap_s": 9.0,
         "filled": ends, "tolerance": 1e-12},
    ]  # fmt: skip


OUT_S, HOLD_S, BACK_S, REST_S = 1.2, 0.4, 1.0, 1.5


def rep_phases(heights: list[float], base: float = 5.0, valleys: dict[int, float] | None = None,
               lead_s: float = 2.0) -> list[list[float]]:  # fmt: skip
    """Return phases (duration, level): rest, then out, hold, back and rest per height.

    `valleys` raises the level after the repetition with this index.
    """
    phases = [[lead_s, base]]
    for i, height in enumerate(heights):
        back_to = base + (valleys or {}).get(i, 0.0)
        phases += [[OUT_S, base + height], [HOLD_S, base + height], [BACK_S, back_to]]
        if back_to == base:
            phases += [[REST_S, base]]
    return [*phases, [1.0, base]]


def truth(heights: list[float], statuses: list[str], lead_s: float = 2.0) -> list[Json]:
    """Return the expected times at 10 % and 95 % of each movement (science.md 10, case 15)."""
    reps, t = [], lead_s
    for height, status in zip(heights, statuses, strict=True):
        t1, t2, t3 = t + OUT_S, t + OUT_S + HOLD_S, t + OUT_S + HOLD_S + BACK_S
        reps.append(
            {
                "status": status,
                "start_s": t + TEN_PERCENT * OUT_S,
                "bottom_start_s": t + BOTTOM * OUT_S,
                "bottom_end_s": t2 + (1.0 - BOTTOM) * BACK_S,
                "end_s": t3 - TEN_PERCENT * BACK_S,
                "rom": height,
            }
        )
        assert t1 < t2
        t = t3 + REST_S
    return reps


def rep_case(ident: str, note: str, phases: list[list[float]], reps: list[Json], *,
             fs: float = 30.0, min_range: float = 20.0, drift: float = 0.0,
             spikes: list[list[float]] | None = None, replaced: list[list[float]] | None = None,
             missing: list[list[int]] | None = None, not_allowed: list[list[int]] | None = None,
             tolerance_s: float | None = None, tolerance_rom: float = 1.5) -> Json:  # fmt: skip
    return {
        "id": ident,
        "note": note,
        "fs": fs,
        "n": math.floor(sum(p[0] for p in phases) * fs + 1e-6) + 1,
        "base": phases[0][1],
        "phases": phases,
        "drift": drift,
        "spikes": spikes or [],
        "replaced": replaced or [],
        "missing": missing or [],
        "not_allowed": not_allowed or [],
        "min_range": min_range,
        "full": sum(r["status"] == "full" for r in reps),
        "partial": sum(r["status"] == "partial" for r in reps),
        "reps": reps,
        "tolerance_s": 1.0 / fs + 0.03 if tolerance_s is None else tolerance_s,
        "tolerance_rom": tolerance_rom,
    }


def plain(ident: str, note: str, heights: list[float], statuses: list[str] | None = None,
          **kwargs: Any) -> Json:  # fmt: skip
    statuses = statuses or ["full"] * len(heights)
    return rep_case(ident, note, rep_phases(heights), truth(heights, statuses), **kwargs)


def onset(i: int, fs: float = 30.0) -> int:
    """Return the sample at which repetition i starts."""
    return round((2.0 + i * (OUT_S + HOLD_S + BACK_S + REST_S)) * fs)


def pulses(ident: str, note: str, heights: list[float], valley: float,
           expected: list[Json]) -> Json:  # fmt: skip
    """Return a case of two peaks with a valley between them that does not reach rest.

    A raised rest level on one side reduces the range, so the repetition appears slightly longer.
    """
    phases = rep_phases(heights, valleys={0: valley})
    return rep_case(ident, note, phases, expected, tolerance_s=1 / 30 + 0.08)


def rep_cases() -> Json:
    """Case 15: segmentation of repetitions."""
    same = [60.0] * 3
    eight = [60.0] * 8
    mixed = [60.0, 62.0, 30.0, 58.0, 61.0, 30.0, 60.0, 59.0]
    mixed_status = ["partial" if h == 30.0 else "full" for h in mixed]
    n_eight = math.floor(sum(p[0] for p in rep_phases(eight)) * 30.0) + 1
    spikes = [[i, 40.0 if i % 2 else -35.0] for i in range(20, n_eight - 20, 33)]
    full = truth(same, ["full"] * 3)
    one, untested = full[0], dict.fromkeys(full[0])
    second_t0 = 2.0 + OUT_S + HOLD_S + BACK_S
    pulse_end = second_t0 + OUT_S + HOLD_S + (1.0 - TEN_PERCENT) * BACK_S
    swaps = [[onset(1) + 40, 2, 8.0], [onset(4) + 25, 2, 8.0], [onset(6) + 60, 1, 8.0]]
    cases = [
        rep_case("flat", "nothing moves", [[20.0, 5.0]], []),
        rep_case("flat-drift", "nothing but 20 of drift", [[40.0, 5.0]], [], drift=20.0),
        rep_case("all-missing", "every sample missing", [[10.0, 5.0]], [], missing=[[0, 301]]),
        rep_case("too-short", "0.4 s finite", [[4.0, 5.0]], [], missing=[[12, 109]]),
        rep_case("below-minimum", "movements of 15 with a minimum of 20",
                 rep_phases([15.0] * 3), []),
        plain("one", "one rep", [60.0]),
        plain("three", "three reps", same),
        plain("eight", "eight reps", eight),
        *[plain(f"three-{fs:g}hz", f"three reps at {fs:g} Hz", same, fs=fs)
          for fs in (15.0, 24.0, 60.0, 120.0)],
        plain("drift", "20 of drift over eight reps", eight, drift=20.0,
              tolerance_s=1 / 30 + 0.06, tolerance_rom=3.0),
        plain("partials", "two of eight at half depth", mixed, mixed_status),
        plain("spikes", "3 % spikes", eight, spikes=spikes, tolerance_s=1 / 30 + 0.05),
        plain("gaps", "0.2 s missing out, at the bottom and back", eight,
              missing=[[onset(1) + 18, 6], [onset(3) + 39, 6], [onset(5) + 60, 6]],
              tolerance_s=1 / 30 + 0.05),
        plain("swaps", "the other leg for one or two samples", eight, replaced=swaps,
              tolerance_s=1 / 30 + 0.05),
        plain("start-bump", "a transient of 25 first: above the threshold, so a partial",
              [25.0, *[60.0] * 5], ["partial", *["full"] * 5]),
        rep_case("missing-data", "more than a fifth of the second rep missing in one gap of 1 s",
                 rep_phases(same),
                 [full[0], {**dict.fromkeys(full[1]), "status": "missing_data"}, full[2]],
                 missing=[[onset(1) + 40, 30]]),
        rep_case("bridged", "0.8 s of the second rep missing, on the way back: the ends say enough",
                 rep_phases(same), [full[0], {**full[1], "bottom_end_s": None, "end_s": None}, full[2]],
                 missing=[[onset(1) + 45, 24]]),
        plain("lost-stance", "second rep outside the gate", same,
              ["full", "lost_stance", "full"], not_allowed=[[onset(1), 70]]),
        plain("lost-stance-briefly", "a tenth of the second rep outside the gate", same,
              not_allowed=[[onset(1) + 30, 6]]),
        pulses("touch-and-go", "valley at 30 % of the way: two reps", [60.0, 58.0], 18.0,
               [{**one, "bottom_end_s": None, "end_s": None, "rom": None},
                {**untested, "status": "full", "end_s": pulse_end}]),
        pulses("pulse", "valley at 50 %: the lower peak is an incomplete return", [60.0, 55.0],
               30.0, [{**one, "end_s": pulse_end}, {**untested, "status": "incomplete_return"}]),
        pulses("pulse-first", "the same with the lower peak first", [55.0, 60.0], 30.0,
               [{**untested, "status": "incomplete_return"},
                {**untested, "status": "full", "end_s": pulse_end, "rom": 60.0}]),
        pulses("ripple", "valley at 75 %: too small to be a peak of its own, one rep, silent",
               [60.0, 58.0], 45.0, [{**untested, "status": "full", "start_s": one["start_s"],
                                     "rom": 60.0}]),
    ]  # fmt: skip
    return {
        "note": "x starts at base; each phase [seconds, level] moves from the level before to "
        "level by minimum jerk 10u^3-15u^4+6u^5; sample i is at i/fs, i = 0..n-1; then x += "
        "drift*i/(n-1); spikes [i, add]; replaced [i, count, value]; missing [i, count] = NaN; "
        "not_allowed [i, count]. Reps are in time order; null is not tested.",
        "cases": cases,
    }
