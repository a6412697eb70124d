"""Tests of the comparison of two legs: indices, detectable changes, p-values, curves, tables.

The expected numbers are computed here in NumPy from `ComparedMeasure.values`.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from xml.etree import ElementTree

import numpy as np
import poseaudit
import pytest
from poseaudit.cli import main as poseaudit_main

import kneepose as kp
from tests.support.datasets import opensim, recording

Side = Literal["left", "right"]
Values = tuple[list[float] | np.ndarray, list[float] | np.ndarray]
SIDES: tuple[Side, Side] = ("left", "right")
DEPTHS = [f"fppa_at_{depth}" for depth in (60, 55, 50, 45)]
FAR = ([0.0, 1.0, 2.0, 3.0], [20.0, 21.0, 22.0, 23.0])
ALIKE = ([0.0, 1.0, 2.0, 3.0], [0.5, 1.5, 2.5, 2.0])


@cache
def leg(side: Side, depth: float = 1.0) -> kp.analysis.Analysis:
    """Analyze a shipped single-leg squat, with all displacements from the first frame scaled by
    `depth`.
    """
    source = kp.sample(f"single_leg_squat_{side}")
    start = source.coordinates[0]
    shallow = source._replace(coordinates=start + depth * (source.coordinates - start))
    return kp.analyze(shallow, "single_leg_squat", side=side)


def real(depth: float = 1.0, **options: Any) -> kp.comparison.Comparison:
    return kp.compare(leg("left", depth), leg("right", depth), **options)


@cache
def squat() -> kp.comparison.Comparison:
    return kp.compare(*kp.analyze_sides(kp.sample("squat"), "squat"))


def saying(given: dict[str, Values], **options: Any) -> kp.comparison.Comparison:
    """Return a comparison of the two legs in which some measures have other values."""
    sides = []
    for which, side in enumerate(SIDES):
        measures = dict(leg(side).measures)
        for name, both in given.items():
            values = np.array(both[which], dtype=float)
            fine = len(values) * (kp.validity.Validity.OK,)
            everyone = np.ones(len(values), dtype=bool)
            measures[name] = replace(measures[name], values=values, validity=fine, full=everyone)
        sides.append(replace(leg(side), measures=MappingProxyType(measures)))
    return kp.compare(*sides, **options)


# --- indices -------------------------------------------------------------------------------------


def test_indices_are_for_ranges_and_times_only() -> None:
    seen = set()
    for m in (*real().measures, *squat().measures):
        ratio_scale = m.unit == "s" or m.name == "peak_knee_flexion"
        assert bool(m.indices) == ratio_scale, m.name
        if not ratio_scale:
            continue
        seen.add(m.unit)
        first, second = m.first, m.second
        trials = np.concatenate([*m.values, [0.0]])
        want = {
            "log_ratio": 100 * np.log(second / first),
            "symmetry_index": 100 * (second - first) / (0.5 * (second + first)),
            "symmetry_angle": 100 * (45 - np.degrees(np.arctan2(first, second))) / 90,
            "normalized_symmetry_index": 100 * (second - first) / np.ptp(trials),
        }
        assert dict(m.indices) == pytest.approx(want, rel=1e-9)
    assert seen == {"deg", "s"}


@pytest.mark.parametrize("involved", SIDES)
def test_lsi_is_the_involved_side_over_the_other(involved: Side) -> None:
    both = real(involved=involved)
    for m in both.measures:
        assert ("lsi" in m.indices) == bool(m.indices)
        if m.indices:
            want = 100 * (m.first / m.second) ** (1 if involved == "left" else -1)
            assert m.indices["lsi"] == pytest.approx(want, rel=1e-12)
    assert np.isfinite(both.columns()["lsi"]).sum() == sum(bool(m.indices) for m in both.measures)


def test_involved_is_one_of_two_legs() -> None:
    again = leg("left", 0.9)
    for second, involved in ((leg("right"), "middle"), (again, "left"), (again, "right")):
        with pytest.raises(
            kp.errors.KneeposeError, match=r"involved is .*one of two different sides"
        ):
            kp.compare(leg("left"), second, involved=involved)  # type: ignore[arg-type]


def test_exchanged_sides_negate_and_nothing_else_changes() -> None:
    there, back = real(), kp.compare(leg("right"), leg("left"))
    assert (there.direction, back.direction) == ("right − left", "left − right")
    for m in there.measures:
        other = back[m.name]
        assert other.difference == pytest.approx(-m.difference, abs=1e-12)
        np.testing.assert_allclose(other.ci, -np.array(m.ci)[::-1], atol=1e-12)
        assert other.indices == pytest.approx({k: -v for k, v in m.indices.items()}, abs=1e-9)
        assert (other.verdict, other.reason, other.p) == (m.verdict, m.reason, m.p)
        np.testing.assert_equal(other.p_holm, m.p_holm)


# --- the user's own detectable changes ------------------------------------------------------------


def test_own_changes_replace_the_borrowed_one_and_open_other_measures() -> None:
    plain = real()
    assert plain["fppa_at_60"].detectable == 9.0
    assert plain["fppa_at_60"].verdict == "larger_than_borrowed"
    assert plain["fppa_at_60"].basis == "borrowed"
    assert not plain["pelvic_drop_at_60"].has_verdict
    assert plain["pelvic_drop_at_60"].reason is kp.validity.Validity.NO_DETECTABLE_CHANGE
    assert plain["pelvic_drop_at_60"].remedy
    own = {"fppa_at_60": 12.0, "pelvic_drop_at_60": 2.0, "hip_adduction_at_60": np.float32(3.0)}
    both = real(mdc=own)
    for name, change in own.items():
        assert both[name].detectable == change
        assert both[name].basis == "stated"
    assert [str(both[name].verdict)[:2] for name in own] == ["no", "no", "di"]
    assert both["fppa_at_45"].detectable == 9.0
    assert np.isfinite(both["pelvic_drop_at_60"].p_holm)
    assert np.isnan(both["pelvic_drop_at_45"].p_holm)


def test_own_changes_are_positive_numbers_of_known_measures() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="pelvic_drop_at_60"):
        real(mdc={"pelvic_drop_at_6": 2.0})
    for wrong in (0, -1.0, np.nan, np.inf, "two", None, [1.0, 2.0]):
        with pytest.raises(
            kp.errors.KneeposeError, match=r"mdc\['fppa_at_60'\] is .*positive number"
        ):
            real(mdc={"fppa_at_60": wrong})


# --- choice of the depth for the primary measure --------------------------------------------------


@pytest.mark.parametrize(("depth", "lead"), [(1, 60), (0.9, 55), (0.8, 50), (0.7, 45)])
def test_the_deepest_depth_that_both_reach_leads(depth: float, lead: int) -> None:
    both = real(depth)
    assert both.primary is both.measures[0]
    assert both.primary.name == f"fppa_at_{lead}"
    assert f"at {lead}° of knee bend" in both.summary()
    shown = [m.name for m in both.shown if m.name in DEPTHS]
    known = [m.name for m in both.measures if m.name in DEPTHS]
    assert shown == [n for n in known if n in (f"fppa_at_{lead}", "fppa_at_60", "fppa_at_45")]
    hidden = {f"fppa_at_{between}" for between in (55, 50)} - {f"fppa_at_{lead}"}
    table = repr(both) + both._repr_html_()
    assert not [name for name in hidden if name in table]
    assert both.to_dict()["measures"][0]["measure"] == f"fppa_at_{lead}"
    assert {m["measure"] for m in both.to_dict()["measures"]} >= set(known)


def test_real_shallow_recordings() -> None:
    fast, right = (
        kp.analyze(recording(opensim(name), "world"), "single_leg_squat", side=side)
        for name, side in (("sls_left_fast_vfr", "left"), ("sls_right_healthy", "right"))
    )
    both = kp.compare(fast, right)
    assert both.primary is not None
    assert both.primary.name == "fppa_at_50"
    assert both["fppa_at_55"].first_n < 4
    assert both["fppa_at_55"].reason is kp.validity.Validity.DEPTH_NOT_REACHED


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("reached", range(5))
def test_four_repetitions_a_side_make_a_depth(side: int, reached: int) -> None:
    """Each side needs four repetitions at a depth; with three on a side it is not used."""
    given = {}
    for name in DEPTHS[:reached]:
        both = [[1.0, 2.0, 3.0, 4.0, 5.0], [1.5, 2.5, 3.5, 4.5]]
        both[side] = [1.0, 2.0, 3.0, np.nan, np.nan]
        given[name] = (both[0], both[1])
    both_legs = saying(given)
    for name in DEPTHS[:reached]:
        assert both_legs[name].reason is kp.validity.Validity.DEPTH_NOT_REACHED
        assert both_legs[name].verdict == "inconclusive"
    if reached < 4:
        assert both_legs.primary is not None
        assert both_legs.primary.name == DEPTHS[reached]
    else:
        assert both_legs.primary is None
        assert "fewer than four repetitions" in both_legs.summary()
        assert "reach 45 degrees" in both_legs.summary()


def test_repetitions_that_could_not_be_measured_are_not_called_shallow() -> None:
    """One of four repetitions is deep enough but has its bottom in a gap; the reason is the gap,
    not the depth.
    """
    sides = []
    for side in SIDES:
        measures = dict(leg(side).measures)
        for name in DEPTHS:
            values = np.array([1.0, 2.0, 3.0, np.nan])
            read = (*3 * [kp.validity.Validity.OK], kp.validity.Validity.GAP_TOO_LONG)
            everyone = np.ones(4, dtype=bool)
            measures[name] = replace(measures[name], values=values, validity=read, full=everyone)
        sides.append(replace(leg(side), measures=MappingProxyType(measures)))
    said = kp.compare(*sides).summary()
    assert "could be measured at 45 degrees of knee bend. The bottom of the repetition lies" in said
    assert "reach 45 degrees" not in said


def test_no_depth_at_all_and_too_few_repetitions() -> None:
    none = real(0.6)
    assert none.primary is None
    assert "reach 45 degrees of knee bend" in none.summary()
    reasons = {r.measure: r.reason for r in none.refused}
    assert {reasons[name] for name in DEPTHS} == {kp.validity.Validity.DEPTH_NOT_REACHED}
    cut = kp.sample("single_leg_squat_left")[: leg("left").reps[3].start - 5]
    three = kp.compare(kp.analyze(cut, "single_leg_squat", side="left"), leg("right"))
    assert three.primary is None
    assert "3 and 7 repetitions" in three.summary()
    assert three["fppa_at_60"].reason is kp.validity.Validity.TOO_FEW_REPS
    assert np.isfinite(three["fppa_at_60"].ci).all()


# --- intervals, p-values, verdicts -----------------------------------------------------------------


def test_measures_beside_the_primary_one_must_pass_holm() -> None:
    """With four against four repetitions p is at least 2/70, which passes alone but not after
    Holm's correction.
    """
    own = dict.fromkeys(DEPTHS, 9.0)
    primary = saying({**dict.fromkeys(DEPTHS, ALIKE), "fppa_at_60": FAR}, mdc=own)
    assert primary["fppa_at_60"].verdict == "different"
    beside = saying({**dict.fromkeys(DEPTHS, ALIKE), "fppa_at_45": FAR}, mdc=own)["fppa_at_45"]
    assert beside.difference > 2 * 9.0
    assert beside.ci[0] > 9.0
    assert beside.p == pytest.approx(2 / 70)
    assert beside.p_holm == pytest.approx(4 * 2 / 70)
    assert beside.verdict == "no_detectable_difference"
    more = tuple([*values, values[0] + 1.5] for values in FAR)
    found = saying({**dict.fromkeys(DEPTHS, ALIKE), "fppa_at_45": more}, mdc=own)["fppa_at_45"]
    assert found.p_holm == pytest.approx(4 * 2 / 252)
    assert found.verdict == "different"


def test_holm_counts_the_measures_with_a_detectable_change() -> None:
    both = real(mdc={"pelvic_drop_at_60": 2.0, "descent_s": 0.2})
    asked = [m for m in both.measures if m.detectable is not None]
    assert {m.name for m in asked} == {*DEPTHS, "pelvic_drop_at_60", "descent_s"}
    ordered = sorted(asked, key=lambda m: m.p)
    steps = [(len(ordered) - i) * m.p for i, m in enumerate(ordered)]
    for m, want in zip(ordered, np.minimum(np.maximum.accumulate(steps), 1.0), strict=True):
        assert m.p_holm == pytest.approx(want, rel=1e-9)
    assert all(np.isnan(m.p_holm) for m in both.measures if m.detectable is None)


def test_p_is_that_of_all_arrangements() -> None:
    first, second = np.array([3.0, 5.5, 4.1, 7.7, 2.2]), np.array([6.1, 4.4, 9.0, 8.2])
    m = saying({"fppa_at_60": (first, second)})["fppa_at_60"]
    every = np.concatenate([first, second])
    seen = second.mean() - first.mean()
    drawn = np.array(
        [
            every[list(chosen)].mean() - np.delete(every, chosen).mean()
            for chosen in itertools.combinations(range(9), 4)
        ]
    )
    tail = min((drawn >= seen - 1e-9).mean(), (drawn <= seen + 1e-9).mean())
    assert m.p == pytest.approx(min(1.0, 2 * tail), rel=1e-12)
    assert saying({"fppa_at_60": FAR})["fppa_at_60"].p == pytest.approx(2 / 70, rel=1e-12)


def test_an_interval_with_none_and_much_in_it_is_no_answer() -> None:
    wide = ([-30.0, 30.0, -25.0, 25.0], [-28.0, 33.0, -26.0, 24.0])
    m = saying({"fppa_at_60": wide})["fppa_at_60"]
    assert m.ci[0] < 0 < m.ci[1]
    assert (m.verdict, m.reason) == (
        kp.comparison.Verdict.INCONCLUSIVE,
        kp.validity.Validity.INTERVAL_TOO_WIDE,
    )
    assert "more repetitions" in m.remedy
    narrow = saying({"fppa_at_60": ALIKE})["fppa_at_60"]
    assert max(map(abs, narrow.ci)) < 9.0
    assert (narrow.verdict, narrow.reason) == ("no_detectable_difference", kp.validity.Validity.OK)


def test_the_method_fits_the_repetitions() -> None:
    assert {m.method for m in squat().measures} == {"paired_t"}
    assert {m.reason for m in squat().measures if m.detectable} == {kp.validity.Validity.OK}
    assert {m.method for m in real().measures} == {"welch_t"}
    twice = [[leg(side), replace(leg(side))] for side in SIDES]
    many = kp.compare(*twice)
    assert {m.method for m in many.measures} == {"bca_bootstrap"}
    for m in many.measures:
        assert (m.first_n, m.second_n) == (14, 14)
        once = real()[m.name]
        assert m.difference == pytest.approx(once.difference, abs=1e-9)
        assert np.ptp(m.ci) < np.ptp(once.ci)
        assert m.ci[0] <= m.difference <= m.ci[1]
    rng = np.random.default_rng(0)
    nine = saying({"fppa_at_60": (rng.normal(size=9), rng.normal(size=30))})["fppa_at_60"]
    ten = saying({"fppa_at_60": (rng.normal(size=10), rng.normal(size=30))})["fppa_at_60"]
    assert (nine.method, ten.method) == ("welch_t", "bca_bootstrap")


@pytest.mark.parametrize("n", [4, 12])
@pytest.mark.parametrize("shift", [0.0, 12.5])
def test_values_without_spread_are_a_point(n: int, shift: float) -> None:
    m = saying({"fppa_at_60": (n * [3.0], n * [3.0 + shift])})["fppa_at_60"]
    assert m.ci == (shift, shift)
    assert (m.first_sd, m.second_sd) == (0.0, 0.0)
    assert m.p < 0.05 if shift else m.p == 1.0
    assert m.verdict == ("larger_than_borrowed" if shift else "no_detectable_difference")
    assert np.isfinite(m.p_holm)


# --- time courses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fppa", "knee_flexion"])
@pytest.mark.parametrize("paired", [False, True])
def test_waveforms_against_numpy(name: str, paired: bool) -> None:
    both = squat() if paired else real()
    got = both.waveform(name)
    means = []
    for analysis, band in ((both.first, got.first), (both.second, got.second)):
        angle = analysis.angles[name, analysis.side].values
        curves = []
        for rep in analysis.reps.full:
            down = np.linspace(rep.start, rep.bottom, 51)
            up = np.linspace(rep.bottom, rep.end, 51)[1:]
            curves.append(np.interp(np.r_[down, up], np.arange(len(angle)), angle))
        bottoms = [angle[rep.bottom] for rep in analysis.reps.full]
        assert band.mean[50] == pytest.approx(np.mean(bottoms), abs=1e-9)
        np.testing.assert_allclose(band.mean, np.mean(curves, axis=0), rtol=0, atol=0.02)
        assert (band.low <= band.mean).all()
        assert (band.mean <= band.high).all()
        means.append(band.mean)
    difference = means[1] - means[0]
    np.testing.assert_allclose(got.difference.mean, difference, rtol=0, atol=1e-9)
    assert got.rmsd == pytest.approx(np.sqrt(np.mean(difference**2)), rel=1e-9)
    assert got.largest_at == np.abs(difference).argmax()
    assert got.largest == pytest.approx(difference[got.largest_at], rel=1e-9)
    gain, offset = np.polyfit(*means, 1)
    assert (got.gain, got.offset) == pytest.approx((gain, offset), rel=1e-6, abs=1e-6)
    np.testing.assert_array_equal(both.waveform(name, seed=0).difference.low, got.difference.low)
    with pytest.raises(kp.errors.UnknownNameError, match="fppa"):
        both.waveform("fpa")


# --- notebook, files, tables -------------------------------------------------------------------------


def test_the_notebook_page_is_well_formed_and_titles_stay_texts() -> None:
    for both in (real(), squat(), real(0.6)):
        tree = ElementTree.fromstring(f"<div>{both._repr_html_()}</div>")
        assert both.summary() in "".join(tree.itertext())
        body = tree.findall(".//tbody/tr")
        assert len(body) == len(both.shown)
        assert {len(row) for row in body} == {len(tree.findall(".//thead/tr/th"))}
    evil = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
    own = kp.ExerciseSpec(
        evil, signal="knee_flexion", min_range=20.0, posture="any", measures=("fppa",), title=evil
    )
    sides = [kp.analyze(kp.sample("squat"), own, side=side) for side in SIDES]
    page = kp.compare(*sides)._repr_html_()
    tree = ElementTree.fromstring(f"<div>{page}</div>")
    assert not {node.tag for node in tree.iter()} & {"script", "img"}
    assert "alert('x')" in "".join(tree.itertext()).lower()


@pytest.mark.parametrize("paired", [False, True])
def test_the_csv_file_is_what_was_compared_and_poseaudit_reads_it(
    paired: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = squat() if paired else real()
    path = both.to_csv(tmp_path / "pairs.csv", subject='Ann, "the left"')
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:6] == ["subject", "trial", "measure", "pred", "ref", "unit"]
    assert list(rows[0])[6:] == list(both.provenance.trace())
    assert {row["method_hash"] for row in rows} == {both.method_hash}
    assert {row["subject"] for row in rows} == {'Ann, "the left"'}
    audited = {result.measure.name: result for result in poseaudit.audit_paired(path, 5)}
    assert set(audited) == {m.name for m in both.measures}
    for m in both.measures:
        of_it = [row for row in rows if row["measure"] == m.name]
        ref, pred = (np.array([float(row[key]) for row in of_it]) for key in ("ref", "pred"))
        first, second = m.values
        known = np.isfinite(first) & np.isfinite(second)
        np.testing.assert_allclose(ref, first[known], atol=1e-6)
        np.testing.assert_allclose(pred, second[known], atol=1e-6)
        assert {row["unit"] for row in of_it} == {m.unit}
        assert [int(row["trial"]) for row in of_it] == (np.flatnonzero(known) + 1).tolist()
        assert audited[m.name].n == known.sum()
        assert audited[m.name].bias == pytest.approx(np.mean(second - first), abs=2e-6)
        assert audited[m.name].bias == pytest.approx(m.difference, abs=2e-6)
    command = ["paired", "--table", str(path), "--big-error"]
    poseaudit_main([*command, "5", "--measure", "fppa_at_60"])
    assert "fppa_at_60" in capsys.readouterr().out
    poseaudit_main([*command, "deg:5,s:0.2,shank:0.05,leg:0.03"])
    assert "knee_medial_displacement_at_60" in capsys.readouterr().out


@pytest.mark.slow
def test_tables_and_plain_data() -> None:
    for both in (real(mdc={"descent_s": 0.3}), squat(), real(0.6)):
        columns = both.columns()
        assert {len(column) for column in columns.values()} == {len(both.measures)}
        assert columns["measure"].tolist() == [m.name for m in both.measures]
        assert columns["difference"].tolist() == [m.difference for m in both.measures]
        said = [str(m.verdict) if m.has_verdict else "" for m in both.measures]
        assert columns["verdict"].tolist() == said
        text = json.dumps(both.to_dict(), allow_nan=False)
        assert not re.search(r"\bnan\b", text.lower())
        back = json.loads(text)
        assert back["summary"] == both.summary()
        assert set(back["measures"][0]) > set(columns)
        assert [m["measure"] for m in back["measures"]] == columns["measure"].tolist()
        assert back["measures"][-1]["difference"] == both.measures[-1].difference
