"""Tests that every headline agrees with its numbers: sign, size, leg, day and verdict."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

import kneepose as kp
from kneepose.comparison import Comparison
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.records import ReadOnlyMapping
from kneepose.validity import Validity
from kneepose.words.catalogue import LANGUAGES, WordingName, speak, tr

DAYS = ("2026-03-01", "2026-03-08")
MEANS = (-12.0, -3.0, -0.04, 0.0, 0.04, 2.0, 9.0)
NUMBER = r"([−+]?[\d.]+)"


@cache
def legs() -> dict[str, kp.analysis.Analysis]:
    name = "single_leg_squat"
    return {
        side: kp.analyze(kp.sample(f"{name}_{side}"), name, side=side)  # type: ignore[arg-type]
        for side in ("left", "right")
    }


@cache
def base() -> Comparison:
    return kp.compare(legs()["left"], legs()["right"])


def dated(analysis: kp.analysis.Analysis, day: str | None) -> kp.analysis.Analysis:
    return replace(analysis, source=analysis.source.labeled(date=day))


def measured(name: str, first: float, second: float, verdict: Verdict) -> ComparedMeasure:
    difference = second - first
    reason = Validity.TOO_FEW_REPS if verdict is Verdict.INCONCLUSIVE else Validity.OK
    interval = (difference - 1.0, difference + 2.5)
    return replace(
        base()[name], first=first, second=second, difference=difference, ci=interval,
        whole_ci=interval, verdict=verdict, reason=reason, detectable=1.0,
    )  # fmt: skip


def headline(
    sides: tuple[str, str], days: tuple[str | None, str | None], m: ComparedMeasure
) -> str:
    first, second = (dated(legs()[side], day) for side, day in zip(sides, days, strict=True))
    return replace(base(), first=first, second=second, primary=m).summary()


def as_number(text: str) -> float:
    return float(text.replace("−", "-"))


SIDES = tuple(product(("left", "right"), repeat=2))
ALL_DAYS = ((None, None), DAYS, DAYS[::-1], (DAYS[0], DAYS[0]), (DAYS[0], None))


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("days", ALL_DAYS)
def test_knee_inward_is_told_as_it_is(
    sides: tuple[str, str], days: tuple[str | None, str | None]
) -> None:
    by_day = sides[0] == sides[1] and None not in days and days[0] != days[1]
    for first, second, verdict in product(MEANS, MEANS, Verdict):
        m = measured("fppa_at_60", first, second, verdict)
        said = headline(sides, days, m)
        low, high, more, less = re.search(  # type: ignore[union-attr]
            rf"interval {NUMBER} to {NUMBER}°, (\S+) − (\S+)\)", said
        ).groups()
        size = abs(second - first)
        assert as_number(low) <= size + 0.06
        assert as_number(high) >= size - 0.06
        named = dict(zip(labels(sides, days, by_day), (first, second), strict=True))
        assert named[more] >= named[less]
        assert ("no verdict" in said) == (verdict is Verdict.INCONCLUSIVE)
        assert ("no detectable difference" in said) == (verdict is Verdict.NO_DETECTABLE_DIFFERENCE)
        assert ("more than the detectable change" in said) == (verdict is Verdict.DIFFERENT)
        borrowed = "larger than hand-measured error (1°); not shown for this camera."
        assert said.endswith(borrowed) == (verdict is Verdict.LARGER_THAN_BORROWED)
        if size < 0.05:
            assert ("equally far outward" in said) == (max(first, second) <= 0)
            continue
        told = re.search(rf"the (left|right) knee points {NUMBER}° (\w+ \w+)(.*?) \(95", said)
        assert told is not None
        leg, number, how, where = told.groups()
        assert abs(as_number(number) - size) <= 0.051
        if sides[0] != sides[1]:
            mine, other = (first, second) if leg == sides[0] else (second, first)
            assert where == ""
        elif by_day:
            assert where == f" on {DAYS[1]} than on {DAYS[0]}"
            mine, other = named[DAYS[1]], named[DAYS[0]]
        else:
            assert where == " in the second recording"
            mine, other = second, first
        assert is_true(how, mine, other), (said, first, second)


def labels(
    sides: tuple[str, str], days: tuple[str | None, str | None], by_day: bool
) -> tuple[str, str]:
    if by_day:
        return str(days[0]), str(days[1])
    return sides if sides[0] != sides[1] else ("first", "second")


def is_true(how: str, mine: float, other: float) -> bool:
    """Return True if `how` compares a knee `mine` degrees inward with one of `other` correctly."""
    word, toward = how.split()
    if toward == "outward":
        return max(mine, other) <= 0 and (mine < other) == (word == "further")
    return max(mine, other) > 0 and (mine > other) == (word == "further")


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("days", ALL_DAYS)
def test_the_deeper_squat_is_told_as_it_is(
    sides: tuple[str, str], days: tuple[str | None, str | None]
) -> None:
    by_day = sides[0] == sides[1] and None not in days and days[0] != days[1]
    for first, second in product((60.0, 60.02, 75.0), repeat=2):
        m = measured("peak_knee_flexion", first, second, Verdict.DIFFERENT)
        said = headline(sides, days, m)
        if abs(second - first) < 0.05:
            assert "equally far" in said
            continue
        more, less = (
            labels(sides, days, by_day) if first > second else labels(sides, days, by_day)[::-1]
        )
        assert f"{more} − {less}" in said
        if by_day:
            assert f"further on {more} than on {less}" in said
        elif sides[0] == sides[1]:
            assert f"further in the {more} recording" in said
        else:
            assert f"on the {more} the knee bends" in said


def test_one_leg_of_a_two_leg_squat_at_two_dates_can_have_changed() -> None:
    squat = kp.sample("squat")
    left = kp.analyze(squat, "squat", side="left")
    later = kp.analyze(squat[5:], "squat", side="left")
    same = kp.compare(left, later)["fppa_at_60"]
    assert (same.verdict, same.reason) == (Verdict.NO_DETECTABLE_DIFFERENCE, Validity.OK)
    lower = {"fppa_at_60": replace(left.measures["fppa_at_60"], values=np.full(5, -40.0))}
    moved = replace(later, measures=ReadOnlyMapping({**later.measures, **lower}))
    changed = kp.compare(dated(left, DAYS[0]), dated(moved, DAYS[1]), mdc={"fppa_at_60": 5.0})
    assert changed["fppa_at_60"].verdict is Verdict.DIFFERENT
    assert "further outward on 2026-03-08" in changed.summary()


SPOKEN = tuple(product(LANGUAGES, ("clinical", "plain")))
HOWS = ("further inward", "less inward", "further outward", "less outward")
VERDICTS = {
    Verdict.DIFFERENT: "more than the detectable change of {limit}.",
    Verdict.NO_DETECTABLE_DIFFERENCE: "no detectable difference (against {method} error, {limit}).",
    Verdict.LARGER_THAN_BORROWED: "larger than {method} error ({limit}); not shown for this camera.",
    Verdict.INCONCLUSIVE: "no verdict: {reason}",
}


def pattern(text: str, **known: str) -> re.Pattern[str]:
    """Return a regex for a translated text, with a group for each parameter."""
    parts = re.split(r"\{(\w+)\}", tr(text))
    anything = {
        "where": "(?P<where>.*?)",
        "moment": ".*?",
        "reason": ".+",
        "limit": ".+?",
        "method": ".+?",
    }
    written = [
        re.escape(part)
        if n % 2 == 0
        else known.get(part) or anything.get(part) or f"(?P<{part}>.+?)"
        for n, part in enumerate(parts)
    ]
    return re.compile("".join(written))


def number_in(text: str) -> float:
    return as_number(text.removesuffix("°").replace(",", "."))


@pytest.mark.slow
@pytest.mark.parametrize(("language", "wording"), SPOKEN)
@pytest.mark.parametrize("sides", SIDES)
def test_in_every_language_and_wording_number_interval_and_words_agree(
    sides: tuple[str, str], language: str, wording: WordingName
) -> None:
    with speak(language, wording):
        knees = {
            (leg, how): pattern(f"{{moment}} the {leg} knee points {{size}} {how}{{where}}")
            for leg, how in product(("left", "right"), HOWS)
        }
        ends = {v: pattern(text) for v, text in VERDICTS.items()}
        text = "95 % interval {low} to {high}"
        between = pattern(text, low=f"(?P<low>{SIGNED})", high=f"(?P<high>{SIGNED})")
    for days, verdict in product(ALL_DAYS, Verdict):
        for first, second in product(MEANS[::2], repeat=2):
            with speak(language, wording):
                m = measured("fppa_at_60", first, second, verdict)
                said = headline(sides, days, m)
            interval = between.search(said)
            assert interval is not None
            size = abs(second - first)
            assert number_in(interval["low"]) <= size + 0.06
            assert number_in(interval["high"]) >= size - 0.06
            for one, end in ends.items():
                assert (end.search(said) is not None) == (one is verdict), said
            told = [(*key, found) for key, one in knees.items() if (found := one.search(said))]
            assert len(told) == (size >= 0.05)
            for leg, how, found in told:
                assert abs(number_in(found["size"]) - size) <= 0.051
                mine, other = told_values(sides, days, leg, first, second)
                assert is_true(how, mine, other), (said, first, second)


SIGNED = r"[−+]?[\d.,]+"


def told_values(
    sides: tuple[str, str],
    days: tuple[str | None, str | None],
    leg: str,
    first: float,
    second: float,
) -> tuple[float, float]:
    """Return the values of the leg or day that the sentence names, and of the other one."""
    if sides[0] != sides[1]:
        return (first, second) if leg == sides[0] else (second, first)
    if None not in days and str(days[0]) > str(days[1]):
        return first, second
    return second, first


def test_german_says_the_direction_that_its_key_says() -> None:
    words = {
        "inward": "innen", "outward": "außen", "further": "weiter", "less": "weniger",
        "left knee": "linke Knie", "right knee": "rechte Knie",
    }  # fmt: skip
    keys = [key for key in LANGUAGES["de"].messages if "knee points" in key and "{size}" in key]
    assert len(keys) == 14
    for key in keys:
        german = str(LANGUAGES["de"].messages[key])
        for word, other in words.items():
            assert (word in key) == (other in german), key
