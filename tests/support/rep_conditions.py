"""Named conditions of series for testing segmentation.

Each seed draws another frame rate, number of repetitions, depth, tempo, rests, and position of the
damage.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from tests.support.rep_series import (
    HIP_RANGE,
    RATES,
    Damage,
    Plan,
    Planted,
    both,
    bump,
    drift,
    gaps,
    slow_noise,
    spikes,
    swaps,
    tremor,
    untouched,
    white,
)


@dataclass(frozen=True)
class Condition:
    """Plan of a series, its damage, and its description on the page."""

    words: str
    plan: Plan = field(default_factory=Plan)
    damage: Damage = untouched

    def draw(self, *seed: int) -> Planted:
        """Return the series for a seed."""
        rng = np.random.default_rng(seed)
        return self.damage(self.plan.draw(rng), rng)


SLIGHT = white(0.5)
VARYING = Plan(depth=(0.7, 1.1), tempo=(0.5, 1.5), rest_s=(0.3, 6.0))
SHALLOW = Plan(usual=(19.0, 21.0), depth=(0.8, 1.19), min_range=HIP_RANGE)
TOUCH = Plan(depth=(0.95, 1.05), hold_s=(0.0, 0.3), rest_s=(0.0, 0.2), return_share=(0.20, 0.35))
"""Repetitions without rest that return to at most 39 % of the smaller neighbor."""

CONDITIONS = {
    "clean": Condition("nothing added"),
    "noise": Condition("white noise, 3°", damage=white(3.0)),
    "drift": Condition("20° of drift", damage=both(drift, SLIGHT)),
    "varying": Condition("depth ±22 %, tempo ±50 %, rests of 0.3 to 6 s", VARYING, SLIGHT),
    "shallow": Condition("15° to 25° deep, 1.5° of noise, least range 12°", SHALLOW, white(1.5)),
    "tremor": Condition("4 to 6 Hz, 2° to 4°", damage=both(tremor, SLIGHT)),
    "spikes": Condition("3 % of the samples off by 30° to 60°", damage=both(spikes, SLIGHT)),
    "gaps": Condition("0.2 s missing in every 2 s", damage=both(gaps, SLIGHT)),
    "swaps": Condition("3 frames of the other leg in every 5 s", damage=both(swaps, SLIGHT)),
    "touch_and_go": Condition("returns to 20 to 35 % only, no rest", TOUCH, SLIGHT),
    "start_bump": Condition("begins bent by 25°", Plan(lead_s=(2.0, 4.0)), both(bump, SLIGHT)),
    "partials": Condition("two of 40 to 50 % of the depth", Plan(partials=2), SLIGHT),
}
"""Regression conditions. Defaults: 3 to 10 repetitions, 15 to 120 Hz, 0.5° of noise."""

SAMPLING = {
    f"{rate:g} Hz": Condition("1.5° of noise", Plan(rates=(rate,)), white(1.5)) for rate in RATES
} | {
    f"{n} repetition{'s' if n != 1 else ''}": Condition(
        "1.5° of noise", Plan(reps=(n,), lead_s=(1.0, 4.0) if n else (5.0, 30.0)), white(1.5)
    )
    for n in (0, 1, 3, 8)
}

LIMITS = {
    "touch_and_go_50": Condition(
        "returns to 50 % only", replace(TOUCH, return_share=(0.5, 0.5)), SLIGHT
    ),
    "touch_and_go_70": Condition(
        "returns to 70 % only", replace(TOUCH, return_share=(0.7, 0.7)), SLIGHT
    ),
    "hold": Condition("12 s held at the bottom", Plan(reps=(3, 4, 5), hold_s=(12.0, 12.0)), SLIGHT),
    "long_standing": Condition(
        "ten minutes of standing first", Plan(rates=(15.0, 30.0), lead_s=(600.0, 600.0)), SLIGHT
    ),
    "shallow_noise": Condition("15° to 25° deep, 3° of noise", SHALLOW, white(3.0)),
}


@dataclass(frozen=True)
class Quiet:
    """A minute without repetitions: slowly varying and white noise in degrees."""

    words: str
    slow_sd: float
    white_sd: float

    def draw(self, *seed: int) -> Planted:
        """Return the series for a seed."""
        rng = np.random.default_rng(seed)
        series = Plan(reps=(0,), lead_s=(60.0, 60.0)).draw(rng)
        noise = slow_noise(rng, len(series.x), series.fs, self.slow_sd)
        return series.added(noise + rng.normal(0.0, self.white_sd, noise.shape))


QUIET = {
    "rest": Quiet("standing: sway of 1°, white noise of 1°", 1.0, 1.0),
    "coloured_noise": Quiet("6° of noise, half of the variance slow, half white", 4.243, 4.243),
    "slow_noise": Quiet("6° of noise, all of it slow", 6.0, 0.0),
}
"""Conditions without repetitions. Slow noise is of first order with a time constant of 0.2 to 1
s.
"""
