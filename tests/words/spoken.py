"""Every display text about a set of results: texts, pages and guides."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp
from kneepose.comparison.measure import Verdict
from kneepose.words.catalogue import Language
from tests.comparison.test_sentences import ALL_DAYS, MEANS, SIDES, headline, measured
from tests.support.datasets import opensim, recording
from tests.support.lifts import lifted
from tests.support.weeks import all_trends


class Recorder(Mapping[str, Any]):
    """Messages of a language without any translation, which record the requested keys."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Marked(Mapping[str, Any]):
    """Messages of a pseudo-language that puts every text in ⟦ ⟧; unmarked text was not
    translated.
    """

    def __getitem__(self, key: str) -> str:
        return f"⟦{key}⟧" if key else ""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


PSEUDO = Language("x-marked", Marked(), lowers=False)


def standing() -> kp.Recording:
    source = kp.sample("squat")
    xyz = np.repeat(source.coordinates[:1], 400, axis=0)
    return kp.Recording(xyz, skeleton=source.skeleton, fps=50, up=source.up)


def one_leg(side: Any) -> kp.analysis.Analysis:
    return kp.analyze(kp.sample(f"single_leg_squat_{side}"), "single_leg_squat", side=side)


def filmed(name: str, side: Any, **labels: Any) -> kp.analysis.Analysis:
    seen = recording(opensim(name), "image").labeled(**labels)
    return kp.analyze(seen, "single_leg_squat", side=side)


RESULTS: dict[str, Callable[[], Any]] = {
    "one leg": lambda: one_leg("left"),
    "two legs": lambda: kp.compare(one_leg("left"), one_leg("right")),
    "two dates": lambda: kp.compare(
        filmed("sls_right_healthy", "right", date="2026-03-01", subject="P07"),
        filmed("sls_right_deficit", "right", date="2026-04-12", subject="P07"),
    ),
    "partial": lambda: filmed("sls_right_partial", "right"),
    "no repetition": lambda: kp.compare(*kp.analyze_sides(standing(), "squat")),
    "clamshell": lambda: kp.compare(
        lifted("clamshell", "left", space="image"),
        lifted("clamshell", "right", space="image", fault=16.0),
    ),
    "clamshell, 3-D": lambda: kp.compare(
        lifted("clamshell", "left"), lifted("clamshell", "right", fault=16.0)
    ),
    "fire hydrant": lambda: kp.compare(
        lifted("fire_hydrant", "left", fault=14.0), lifted("fire_hydrant", "right")
    ),
    "squat, video": lambda: kp.compare(*kp.analyze_sides(kp.sample("squat_video"), "squat")),
    "single-leg squat, video": lambda: kp.compare(
        *kp.analyze_sides(kp.sample("single_leg_squat_video"), "single_leg_squat")
    ),
}  # fmt: skip


@cache
def result(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RESULTS[name]()


def page_of(name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return result(name).to_html(Path(folder) / "p.html").read_text(encoding="utf-8")  # type: ignore[no-any-return]


def everything() -> Iterator[str]:
    """Yield every display text in the current language."""
    for name in RESULTS:
        found = result(name)
        yield repr(found)
        yield found._repr_html_()
        yield page_of(name)
    for row in kp.tables.exercises():
        yield repr(kp.guide(row["name"]))
    for trend in all_trends():
        yield repr(trend)
    few = MEANS[::2]
    for sides, days in product(SIDES, ALL_DAYS):
        for first, second, verdict in product(few, few, Verdict):
            yield headline(sides, days, measured("fppa_at_60", first, second, verdict))
        for first, second in product((60.0, 75.0), repeat=2):
            m = measured("peak_knee_flexion", first, second, Verdict.DIFFERENT)
            yield headline(sides, days, m)
