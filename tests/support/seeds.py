"""Random input by seed: the same cases in every run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: True for the long forms of tests, which `make full` runs.
FULL = os.environ.get("KNEEPOSE_FULL") == "1"
#: In the long forms each law is tried so many times as often: those of hostile files, layouts and
#: clocks together 10⁵ times.
MORE = 26 if FULL else 1
SEEDS = st.integers(0, 2**32 - 1)


def law(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples * MORE,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
