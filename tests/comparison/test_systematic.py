"""Tests of the systematic error of the estimator in a difference: always shown, decisive where
published.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core

Z = 1.959963984540054
FIRST = np.array([4.0, 5.0, 6.0, 5.0, 5.0])
PUBLISHED = (-2.3, 6.4, True)
GUESSED = (0.0, 8.0, False)


def compared(
    change: float, errors: list[tuple[float, float, bool]] | None, same_leg: bool = False
) -> _core.ComparedValues:
    row = (FIRST, FIRST + change, "fppa", True, 9.0)
    (found,) = _core.compare([row], False, None, None, 0, [errors], None if same_leg else "right")
    return found


def test_a_published_error_is_part_of_the_detectable_change() -> None:
    limit = Z * np.sqrt(2) * 6.4
    within, beyond = (compared(change, [PUBLISHED] * 2) for change in (limit - 1, limit + 1))
    assert within["detectable"] == pytest.approx(limit)
    assert within["verdict"] == "no_detectable_difference"
    assert beyond["verdict"] == "different"


def test_a_guess_widens_what_is_shown_and_decides_nothing() -> None:
    found = compared(12.0, [GUESSED] * 2)
    assert found["verdict"] == "different"
    assert found["detectable"] == 9.0
    low, high = found["whole_ci"]
    half = found["ci"][1] - found["difference"]
    assert high - found["difference"] == pytest.approx(np.hypot(half, Z * np.sqrt(2) * 8))
    assert low < 0 < high


def test_what_both_have_in_common_cancels() -> None:
    two_legs, one_leg = (compared(12.0, [PUBLISHED] * 2, same) for same in (False, True))
    assert two_legs["systematic"] == (0.0, pytest.approx(np.sqrt(2) * 6.4), True)
    assert one_leg["systematic"] == (0.0, pytest.approx(0.5 * np.sqrt(2) * 6.4), True)
    unlike = compared(12.0, [(-2.3, 6.4, True), (0.0, 8.0, False)])
    assert unlike["systematic"] == (2.3, pytest.approx(np.hypot(6.4, 8)), False)


def test_times_have_none() -> None:
    found = compared(12.0, None)
    assert found["systematic"] is None
    assert found["whole_ci"] == found["ci"]


def legs(estimator: str) -> list[kp.analysis.Analysis]:
    made = []
    for side in ("left", "right"):
        rec = kp.sample(f"single_leg_squat_{side}")
        known = kp.Recording(
            rec.coordinates,
            skeleton=rec.skeleton,
            times=rec.times,
            confidence=rec.confidence,
            estimator=estimator,
            up=rec.up,
        )
        made.append(kp.analyze(known, "single_leg_squat", side=side))  # type: ignore[arg-type]
    return made


def test_the_words_tell_a_guess_from_a_published_error() -> None:
    own = {"fppa_at_60": 9.0}
    markers = kp.compare(*legs("opensim"), mdc=own)
    assert markers["fppa_at_60"].systematic is not None
    assert markers["fppa_at_60"].systematic.sd == 0
    assert not markers["fppa_at_60"].within_error
    assert "guessed" not in markers.summary()
    unknown = kp.compare(*legs("some network"), mdc=own)
    measure = unknown["fppa_at_60"]
    assert measure.verdict == markers["fppa_at_60"].verdict == "different"
    assert measure.within_error
    assert "which is guessed and not published" in unknown.summary()
    again = dataclasses.replace(measure)
    assert again.to_dict()["within_error"] is True
    low, high = measure.whole_ci
    assert low < measure.ci[0] < measure.ci[1] < high
