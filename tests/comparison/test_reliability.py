"""Tests of test-retest reliability of analyses, and of its use by `compare`.

The same movement is repeated with new noise on its keypoints, so that only noise differs between
sessions. The expected analysis of variance is computed here in NumPy.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import numpy as np
import pytest
from scipy import stats

import kneepose as kp
from tests.reference import studies as twin
from tests.support.datasets import opensim, recording

Side = Literal["left", "right"]
NOISE_M = 0.005
LEGS: tuple[tuple[str, Side], ...] = (
    ("sample", "left"),
    ("sample", "right"),
    ("sls_left_healthy", "left"),
    ("sls_right_healthy", "right"),
)
Z = 1.959963984540054


@cache
def again(name: str, side: Side, seed: int) -> kp.analysis.Analysis:
    """Analyze a recording with white noise of 5 mm on every coordinate."""
    if name == "sample":
        source = kp.sample(f"single_leg_squat_{side}")
    else:
        source = recording(opensim(name), "world")
    rng = np.random.default_rng([seed, *name.encode(), *side.encode()])
    points = source.coordinates + rng.normal(0.0, NOISE_M, source.coordinates.shape)
    # All legs of a session get the same estimator name.
    noisy = source._replace(coordinates=points, estimator="noise")
    return kp.analyze(noisy, "single_leg_squat", side=side)


@cache
def sessions(n: int, legs: int = 4) -> tuple[tuple[kp.analysis.Analysis, ...], ...]:
    return tuple(tuple(again(*leg, seed) for leg in LEGS[:legs]) for seed in range(n))


def means(table: tuple[tuple[kp.analysis.Analysis, ...], ...], name: str) -> np.ndarray:
    """Return means over full repetitions, shape (people, 2, sessions), NaN for no leg.

    `LEGS` lists the left and right leg of one person after the other.
    """
    values = np.full((-(-len(table[0]) // 2), 2, len(table)), np.nan)
    for j, session in enumerate(table):
        for i, leg in enumerate(session):
            if name in leg.measures:
                m = leg.measures[name]
                known = m.values[m.full & np.isfinite(m.values)]
                values[i // 2, i % 2, j] = known.mean() if len(known) else np.nan
    return values


def error_of(values: np.ndarray) -> tuple[float, float]:
    """Return the root mean square error and its degrees of freedom; for one person from the spread
    of sessions.
    """
    if len(values) > 1:
        return twin.day_error_of_some(values)
    legs = values[0][np.isfinite(values[0]).all(axis=1)]
    spread = np.atleast_2d(np.cov(legs))
    of_box = np.trace(spread) ** 2 / np.trace(spread @ spread) if spread.any() else len(legs)
    return float(np.sqrt(np.trace(spread) / len(legs))), (legs.shape[1] - 1) * float(of_box)


# --- estimate of the error ------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "legs"), [(2, 4), (3, 4), (6, 1), (6, 2), (4, 3)])
def test_it_is_the_analysis_of_variance_of_session_means(n: int, legs: int) -> None:
    table = sessions(n, legs)
    found = kp.reliability(table)
    assert set(found) == set(again(*LEGS[0], 0).measures)
    for name, one in found.items():
        values = means(table, name)
        sem, freedom = error_of(values)
        whole = values[np.isfinite(values).all(axis=2)]
        assert (one.subjects, one.sessions, one.people) == (*whole.shape, len(values))
        assert one.freedom == pytest.approx(freedom, rel=1e-6)
        assert one.sem == pytest.approx(sem, rel=1e-6, abs=1e-12), name
        edges = sem * np.sqrt(freedom / stats.chi2.ppf([0.975, 0.025], freedom))
        assert one.sem_ci == pytest.approx(tuple(edges), rel=1e-6, abs=1e-12)
        change = whole[:, -1] - whole[:, 0]
        assert one.bias == pytest.approx(change.mean(), abs=1e-9)
        if freedom >= 5 - 1e-9:
            assert one.mdc == pytest.approx(Z * np.sqrt(2) * sem, rel=1e-6, abs=1e-12)
        else:
            assert np.isnan(one.mdc)
        if len(values) > 1:
            # The limits of agreement use the spread of changes around the mean change of each leg.
            by_leg = [leg[np.isfinite(leg)] for leg in (values[..., -1] - values[..., 0]).T]
            squares = sum(((leg - leg.mean()) ** 2).sum() for leg in by_leg)
            reach = Z * np.sqrt(squares / (len(change) - 2))
            assert one.limits == pytest.approx(
                (change.mean() - reach, change.mean() + reach), abs=1e-6
            )
        else:
            assert np.isnan([one.icc, *one.limits]).all()


def test_the_legs_of_a_person_are_found_by_name_or_place() -> None:
    """The legs of a person are paired by name or by position.

    A daily shift common to both legs of a person then counts correctly; treating legs as strangers
    hides it.
    """
    shifts = np.array([[0, 4, -3, 2, -4, 1], [3, -2, 4, -1, -4, 0]], float)
    table = [
        [moved(leg, one) for leg, one in zip(session, shift.repeat(2), strict=True)]
        for session, shift in zip(sessions(6), shifts.T, strict=True)
    ]
    named = [[labeled(leg, f"P{n // 2}") for n, leg in enumerate(legs)][::-1] for legs in table]
    strangers = [[labeled(leg, f"P{n}") for n, leg in enumerate(legs)] for legs in table]
    by_place, by_name, apart = (
        kp.reliability(one)["fppa_at_60"] for one in (table, named, strangers)
    )
    assert (by_place.people, by_name.people, apart.people) == (2, 2, 4)
    assert by_name.sem == pytest.approx(by_place.sem, rel=1e-9)
    assert by_name.freedom == pytest.approx(by_place.freedom, rel=1e-9)
    # Two people on six days whose legs are fully correlated have about 5 degrees of freedom, not
    # 15.
    assert 5.0 <= by_name.freedom < 6.0
    # With one person, a shift shared by both legs counts as error.
    alone = kp.reliability([legs[:2] for legs in table])["fppa_at_60"]
    assert alone.people == 1
    assert alone.sem == pytest.approx(shifts[0].std(ddof=1), abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0.0, 0.95])
def test_500_simulated_studies_contain_the_true_error(shared: float) -> None:
    """At least 93 % of the intervals contain the true error: 10 people, two legs, two days."""
    rng, true, inside = np.random.default_rng(8), 3.0, 0
    mix = np.linalg.cholesky(np.array([[1.0, shared], [shared, 1.0]])).T
    pair = [again(*LEGS[0], 0), again(*LEGS[1], 0)]
    for _ in range(500):
        person = 6.0 * rng.normal(size=(10, 2))
        days = []
        for _ in range(2):
            error = true * rng.normal(size=(10, 2)) @ mix
            days.append(
                [
                    only(pair[leg], person[n, leg] + error[n, leg])
                    for n in range(10)
                    for leg in (0, 1)
                ]
            )
        low, high = kp.reliability(days)["fppa_at_60"].sem_ci
        inside += low <= true <= high
    assert inside >= 0.93 * 500


def moved(leg: kp.analysis.Analysis, shift: float) -> kp.analysis.Analysis:
    m = leg.measures["fppa_at_60"]
    return replace(
        leg, measures={**leg.measures, "fppa_at_60": replace(m, values=m.values + shift)}
    )


def only(leg: kp.analysis.Analysis, value: float) -> kp.analysis.Analysis:
    """Return the analysis with a single measure that has this value in every repetition."""
    m = leg.measures["fppa_at_60"]
    return replace(leg, measures={m.name: replace(m, values=np.full_like(m.values, value))})


def labeled(leg: kp.analysis.Analysis, subject: str) -> kp.analysis.Analysis:
    return replace(leg, source=leg.source.labeled(subject=subject))


def test_noise_of_five_millimetres_costs_under_a_degree() -> None:
    """Noise of 5 mm causes an error below 1° after filtering and averaging over six or more
    repetitions.

    The 9° of science.md 2.3 include differences between days of real people.
    """
    found = kp.reliability(sessions(6))
    assert 0.02 < found["fppa_at_60"].sem < 1.0
    assert found["fppa_at_60"].mdc < 9.0
    assert found["fppa_at_60"].icc > 0.9
    assert 0.0 < found["peak_knee_flexion"].sem < 1.0


def test_a_shift_between_the_sessions_is_bias_and_no_error() -> None:
    plain = sessions(3)
    later = [
        [moved(leg, shift) for leg in session]
        for shift, session in zip((0.0, 3.0, 7.0), plain, strict=True)
    ]
    one, other = kp.reliability(plain)["fppa_at_60"], kp.reliability(later)["fppa_at_60"]
    assert other.sem == pytest.approx(one.sem, rel=1e-9)
    assert other.bias == pytest.approx(one.bias + 7.0, abs=1e-9)
    assert other.icc < one.icc


def test_a_leg_that_lacks_a_measure_is_left_out_of_it() -> None:
    table = [list(session) for session in sessions(6)]
    lacking = dict(table[1][2].measures)
    del lacking["fppa_at_60"]
    table[1][2] = replace(table[1][2], measures=lacking)
    found = kp.reliability(table)
    assert found["fppa_at_60"].subjects == len(LEGS) - 1
    assert found["fppa_at_45"].subjects == len(LEGS)
    want, _ = error_of(means(tuple(map(tuple, table)), "fppa_at_60"))
    assert found["fppa_at_60"].sem == pytest.approx(want, rel=1e-6)


def test_one_leg_needs_no_list() -> None:
    alone = [again(*LEGS[0], seed) for seed in range(6)]
    listed = kp.reliability([[one] for one in alone])
    np.testing.assert_equal(
        {name: one._asdict() for name, one in kp.reliability(alone).items()},
        {name: one._asdict() for name, one in listed.items()},
    )
    assert kp.reliability(alone)["fppa_at_60"].freedom == 5


# --- use of the estimate by compare ---------------------------------------------------------------


def test_it_is_the_detectable_change_of_a_comparison() -> None:
    found = kp.reliability(sessions(6, 2), between="session")
    pair = (again(*LEGS[0], 90), again(*LEGS[1], 90))
    borrowed, own = kp.compare(*pair), kp.compare(*pair, mdc=found)
    assert {m.basis for m in own.measures} == {"own"}
    assert borrowed["fppa_at_60"].detectable == 9.0
    assert {m.detectable is None for m in own.measures} == {False}
    for m in own.measures:
        assert m.detectable == pytest.approx(found[m.name].mdc)
        assert m.reason is not kp.validity.Validity.NO_DETECTABLE_CHANGE
        before = borrowed[m.name]
        assert (m.difference, m.ci, m.p) == (before.difference, before.ci, before.p)
    assert own["fppa_at_60"].verdict == "different"
    assert own["hip_internal_rotation_at_60"].verdict == "different"
    stated = kp.compare(*pair, mdc=found.mdc)
    assert {m.basis for m in stated.measures} == {"stated"}
    assert [m.verdict for m in stated.measures] == [m.verdict for m in own.measures]
    # The planted deficit of 4° at 45° is below the published 9° and above this own error.
    assert borrowed["fppa_at_45"].verdict == "no_detectable_difference"
    assert own["fppa_at_45"].verdict == "different"


def test_too_little_of_it_leaves_the_borrowed_one() -> None:
    few = kp.reliability(sessions(2))
    assert 1 <= few["fppa_at_60"].freedom <= 2
    assert few.mdc == {}
    both = kp.compare(again(*LEGS[0], 90), again(*LEGS[1], 90), mdc=few)
    assert both["fppa_at_60"].detectable == 9.0
    assert both["pelvic_drop_at_60"].reason is kp.validity.Validity.NO_DETECTABLE_CHANGE


@pytest.mark.parametrize(
    ("legs", "n", "known"),
    [(1, 5, False), (1, 6, True), (2, 3, False), (2, 6, True), (4, 2, False), (4, 6, True)],
)
def test_five_degrees_of_freedom(legs: int, n: int, known: bool) -> None:
    found = kp.reliability(sessions(n, legs))
    assert bool(found.mdc) == known
    assert np.isfinite([one.sem for one in found.values()]).all()
    assert ("too few for a detectable change" in repr(found)) == (not known)


def test_equal_legs_stay_equal_and_it_may_know_more_than_the_sides_have() -> None:
    found = kp.reliability(sessions(4))
    shallow = {
        name: m for name, m in again(*LEGS[0], 90).measures.items() if name != "pelvic_drop_at_60"
    }
    pair = (replace(again(*LEGS[0], 90), measures=shallow), again(*LEGS[0], 91))
    both = kp.compare(*pair, mdc=found)
    assert "pelvic_drop_at_60" not in [m.name for m in both.measures]
    assert both["fppa_at_60"].verdict != "different"


# --- the result as a table ------------------------------------------------------------------------


def test_it_reads_like_a_note() -> None:
    found = kp.reliability(sessions(6))
    lines = repr(found).splitlines()
    assert lines[0] == f"{len(found)} measures, up to 4 legs of 2 people, 6 sessions"
    assert [word for word in ("SEM", "95 % interval", "ICC", "MDC 95", "bias") if word in lines[1]]
    assert [line.split()[0] for line in lines[2:]] == list(found)
    sem = found["fppa_at_60"].sem
    row = next(line for line in lines if line.split()[0] == "fppa_at_60")
    assert f"{sem:.1f}°" in row
    assert f"{found['fppa_at_60'].mdc:.1f}°" in row
    assert f"{found['fppa_at_60'].icc:.2f}" in row
    assert " s " in next(line for line in lines if line.split()[0] == "descent_s")
    assert not [line for line in lines if "nan" in line.lower() or "<" in line]
    assert max(map(len, lines)) <= 100
    assert len({len(line) for line in lines[2:]}) == 1


def test_columns_and_names() -> None:
    found = kp.reliability(sessions(6))
    columns = found.columns()
    assert list(columns) == ["measure", "unit", "people", "subjects", "sessions", "sem", "sem_low",
                             "sem_high", "icc", "mdc", "bias", "limit_low", "limit_high"]  # fmt: skip
    assert {len(column) for column in columns.values()} == {len(found)}
    assert columns["measure"].tolist() == list(found)
    assert columns["mdc"].tolist() == [one.mdc for one in found.values()]
    units = {name: again(*LEGS[0], 0).measures[name].unit for name in found}
    assert dict(zip(columns["measure"], columns["unit"], strict=True)) == units
    assert (columns["sem_low"] <= columns["sem"]).all()
    assert (columns["sem"] <= columns["sem_high"]).all()
    with pytest.raises(kp.errors.UnknownNameError, match="fppa_at_60"):
        found["fppa_at_6"]


# --- refused input --------------------------------------------------------------------------------


def test_sessions_that_do_not_belong_together() -> None:
    left, right = again(*LEGS[0], 0), again(*LEGS[1], 0)
    later, other = again(*LEGS[0], 1), again(*LEGS[1], 1)
    squat = kp.analyze(kp.sample("squat"), "squat", side="left")
    cases: tuple[tuple[Any, str], ...] = (
        ([], r"hold \[\] analyses; give two or more sessions"),
        ([left], r"hold \[1\] analyses; give two or more sessions"),
        ([[left, right]], r"hold \[2\] analyses; give two or more sessions"),
        ([[], []], r"session 1 is an empty list; give an Analysis"),
        ([[left, right], [later]], r"hold \[2, 1\] analyses.*same legs in the same order"),
        ([left, [later, other]], r"hold \[1, 2\] analyses"),
        ([[left, right], [other, later]], r"the side differs: 'left' and 'right'"),
        ([left, other], r"the side differs"),
        ([left, squat], r"the exercise differs"),
        (
            [[labeled(left, "P1")], [labeled(later, "P2")]],
            r"leg 1 of the sessions is of \['P1', 'P2'\]",
        ),
        (
            [[labeled(one, "P1") for one in (left, later)] for _ in range(2)],
            r"the left leg of P1 is there twice",
        ),
        ([[left, squat], [later, squat]], r"the exercise differs"),
    )
    for given, words in cases:
        with pytest.raises(kp.errors.KneeposeError, match=words):
            kp.reliability(given)


def test_what_is_no_analysis_is_refused_in_words() -> None:
    left = again(*LEGS[0], 0)
    for given in (left, None, 3, [left, 3], [[left], [3]], [left, kp.sample("squat")]):
        with pytest.raises(kp.errors.KneeposeError, match="analy"):
            kp.reliability(given)  # type: ignore[arg-type]


def test_a_bare_number_is_no_detectable_change() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="mdc"):
        kp.compare(again(*LEGS[0], 0), again(*LEGS[1], 0), mdc=9.0)  # type: ignore[arg-type]


def test_one_recording_is_one_session() -> None:
    """Identical sessions are refused, because an SEM of 0 makes any difference significant."""
    with pytest.raises(kp.errors.KneeposeError, match="same analysis"):
        kp.reliability(list(itertools.repeat(again(*LEGS[0], 0), 6)))
