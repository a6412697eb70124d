"""Random test input by seed, identical in every run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: True for the long versions of tests, run by `make full`.
FULL = os.environ.get("KNEEPOSE_FULL") == "1"
#: Factor on the number of examples of each property test in the long versions. Those on hostile
#: files, layouts and clocks then run 10⁵ examples in total.
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
