"""Writes docs/evidence/asymmetry.md: error rates of the comparison of two legs.

Usage: python -m tools.pages.asymmetry       (needs the recordings: ../shared/data or KNEEPOSE_DATA)
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.pages import asymmetry_trials as trials
from tools.pages.asymmetry_trials import (
    CORRELATIONS,
    COUNTS,
    DIFFERENCES,
    ESTIMATE_SDS,
    FAMILY_COUNTS,
    HELD_SD,
    LEAST_COUNTS,
    METHOD_COUNTS,
    METHOD_SPREADS,
    NORMAL,
    NULL_COUNTS,
    NULL_NAMES,
    PAIRED,
    SLOPE,
    SPREADS,
    STEEP,
    TOES,
    Job,
    Results,
    cells,
    covered,
    false_alarms,
    found_at_12,
    gate_at,
    gate_jobs,
    jobs,
    pooled,
    run,
    shifted,
    turned_at,
    worst_turned,
)

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "asymmetry.md"
TITLE = """\
<!-- Written by tools/pages/asymmetry.py (make asymmetry). Do not edit. -->

# Error rates of a comparison of two legs

"""
HOW = """\

Every number on this page is simulated: repetitions are drawn whose truth is known, compared as
`kneepose.compare` compares them, and what it says is counted. Seed {seed}. A share from {runs} draws is
uncertain by up to 0.7 percentage points where it is near 5 or 95 %. The bootstrap inside a comparison
always begins with the same random numbers, so that a comparison that is repeated says the same; draws
of the same n therefore share their resamples, as users do. *Skewed*: a gamma distribution of shape 4
(skewness 1) of the same deviation; *alike*: both legs the same way; *apart*: one to either side. The
limits that were asked of this page are said with each table, with what became of them.
"""
COVERAGE = """\

## 1. The 95 % interval

Share of the intervals that hold the planted difference, in %, by repetitions a side and by how the
repetitions vary; {runs} draws a cell, of planted differences of 0 to 15°. Below 10 a side, and for pairs
at every n, the interval is Student's t (Welch's for two groups); from 10 a side it is a BCa bootstrap
with tails expanded for small samples. *Paired*: both legs in the same repetition, SD 3°, correlation
0.5.

"""
SHIFTED = """\

The same by planted difference, repetitions normal, all four deviations together; {runs} draws a cell.
The interval moves with the difference, so a row varies by chance only.

"""
METHODS = """\

Why not a plain bootstrap: coverage of four intervals of the same {runs} draws. The percentile bootstrap
and plain BCa (10 000 resamples) are too narrow at 5 a side and still at 10.

"""
VERDICTS = """\

## 2. Verdicts

The primary measure, `fppa_at_60`, with the 9° of the literature as a detectable change of one's own
(a borrowed one gives `larger_than_borrowed` in place of `different`, in as many draws). A cell:
share of `different` / of `no_detectable_difference` / of `inconclusive`, in %; {runs} draws a cell,
{slow} at 10 a side. A planted difference of 9° lies on the limit: half of the draws exceed it.

"""
SESSIONS = """\

### The same with an error of the session

This is what happens in life. On another day, in another stance, the same leg gives another mean: its
standard error of measurement is up to 3.0° (Munro 2012). Here each leg's mean is off by an error of
its own with that deviation, on top of the repetitions (of whose own share in those 3.0° the paper's
abstract says nothing: it may count twice here). The interval knows nothing of it: it tells what these
repetitions support, not what the next session will show. The detectable change is there for that, and
it is one of 95 %: legs that do not differ are called `different` in up to {wrong} %, and a difference
of 12° is missed in up to {missed} % even where SD ≤ 3° and n ≥ 5. {runs} draws a cell, {slow} at 10 a
side.

"""
YAW = """\

## 3. A turned camera

No true difference; camera turned by 0 to 10°, evenly spread. Each leg's value is off by {slope}° a
degree of turn, the two legs in opposite ways, so a difference of {both}° a degree is feigned. SD 3°,
{n} a side, {runs} draws a row. The turn is estimated from the feet of both recordings, and what it
feigns is taken off; beyond 10° no verdict is given, and below the detectable change grows by 1.2° a
degree beyond the first; a difference must also be there as it is seen (decision 0017). *Steep*:
`different` where each leg is off by {steep}° a degree, as at the bottom of a squat. Shares in %.

"""
GATE = """\

This page does not choose the uncertainty of the turn. The rows of the gate take what
[the quality gate](guards.md) made of {pairs} pairs of re-projected recordings (so few that a share is
uncertain by 3 percentage points or so): {slope:.2f} of the true turn, with a deviation about that line
of {even:.1f}° where feet point outward by 2 to 10°, evenly spread, and of {normal:.1f}° where they do so
by 6 ± 4°. **These two rows are the ones to expect.** Feet that point outward by different amounts look
like a turned camera, or hide one. The limit of 2 % is {verdict} there: {shares} %.

By the true turn, estimated with SD {sd}°; the last two columns: `different` as the gate estimates it,
toes evenly spread, and toes normal. A turn of up to 2° does little harm however it is estimated; from
3° on the gate's estimate, which is too small and varies, lets some through.

"""
FAMILY = """\

## 4. Several measures

Four measures, each with a detectable change, none of which differs; SD 3°, correlated by r. Shares of
draws in which any is significant, in %, {runs} draws a row: plain p ≤ 0.05, Holm's p ≤ 0.05; and in
which any is called `different`, with a detectable change of 9°, of 1°, and of 1° with one measure named
as primary. The named one is not corrected for the others, so that two ways to err remain; with a
detectable change of 9° and no error of the session neither matters.

"""
P_VALUES = """\

## 5. The permutation test

Share of p-values of at most 0.05 where nothing differs, in %, {runs} draws a cell. *Attainable*: the
largest p of at most 0.05 that two groups of n can give; a share above it is too many false alarms. To
exchange values between legs assumes that their spread and shape are alike, too: where they are not,
there are some too many. A verdict on the primary measure asks the interval, not this p.

"""
LEAST = """\

The least p that legs can give which do not overlap at all:

"""
PAIRS_NOTE = """\

With three a side chance alone gives 0.1, which is why a verdict asks for four. Up to five pairs cannot
reach 0.05 at all: a measure of pairs that is not named as primary is then never called `different`.
"""
NOT_SHOWN = """\

## Limits of these figures

- **Real repetitions.** Simulated ones are independent and nearly normal. Real ones tire, drift, and
  resemble the one before; five of them then tell less than five, and the interval is too narrow.
- **The error between days.** 3.0° is borrowed from one paper, on other people and another camera.
  Against it no verdict is `different` until sessions of one's own are given to `kneepose.reliability()`.
- **Errors that both days share.** An estimator that puts a hip 30 mm off does so each time, perhaps not
  alike on both sides.
- **The camera beyond its turn.** Distance, height, a person beside the optical axis and lenses are not
  simulated here; feet are taken to point the same way in both recordings of a leg.
- **Depth.** Both legs are read at the same knee flexion. A leg that does not get there has no value.
- **Meaning.** `different` says that the recordings differ by more than their error. It does not say
  that the difference is harmful, or why it is there.
"""


def percent(share: float) -> str:
    """Format a share in %; it shows 0 or 100 only if exact."""
    if 0 < share <= 0.0005:
        return "<0.1"
    if 0.9995 <= share < 1:
        return ">99.9"
    return f"{100 * share:.1f}"


def row(first: str, cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {first} | {' | '.join(cells)} |"


def table(first: str, heads: Iterable[str], lines: Iterable[str]) -> str:
    """Return a Markdown table with a header row and these lines."""
    heads = list(heads)
    return "\n".join([row(first, heads), "|--:|" + "--:|" * len(heads), *lines]) + "\n"


def coverage_line(n: int, results: Results) -> str:
    """Return the row with the interval coverage by spread of the repetitions."""
    return row(str(n), (percent(pooled(n, name, results)) for name in (*SPREADS, PAIRED)))


def shifted_line(n: int, results: Results) -> str:
    """Return the row with the interval coverage by planted difference."""
    return row(str(n), map(percent, shifted(n, results)))


def method_line(n: int, name: str, results: Results) -> str:
    """Return the row with the coverage of other interval methods."""
    return row(f"{n} | {name}", map(percent, results[trials.methods, n, name]))


def verdict_line(sd: float, n: int, session: bool, results: Results) -> str:
    """Return the row with the verdicts by planted difference."""
    asked = ((trials.verdicts, n, sd, difference, session) for difference in DIFFERENCES)
    cells = (" / ".join(map(percent, results[job])) for job in asked)
    return row(f"{sd:g}° | {n}", cells)


def yaw_line(words: str, level: Job, steep: Job, results: Results) -> str:
    """Return the row with the verdicts for turned cameras."""
    return row(words, map(percent, (*results[level], results[steep][0])))


def any_yaw_line(sd: float, results: Results) -> str:
    """Return the row with the verdicts for an uncertainty of the camera yaw."""
    level, steep = ((trials.any_yaw, sd, slope) for slope in (SLOPE, STEEP))
    return yaw_line(f"SD {sd:.1f}°", level, steep, results)


def gate_yaw_line(toes: str, results: Results) -> str:
    """Return the row with the verdicts if the quality check estimates the camera yaw."""
    level, steep = ((trials.gate_yaw, toes, slope) for slope in (SLOPE, STEEP))
    return yaw_line(f"the gate, toes {TOES[toes]}", level, steep, results)


def one_yaw_line(yaw: int, results: Results) -> str:
    """Return the row with the verdicts for one true camera yaw."""
    level, steep = ((trials.one_yaw, yaw, HELD_SD, slope) for slope in (SLOPE, STEEP))
    line = yaw_line(f"{yaw}° | {2 * SLOPE * yaw:.1f}°", level, steep, results)
    gate = (results[trials.gate_one_yaw, yaw, toes, SLOPE][0] for toes in TOES)
    return f"{line} {' | '.join(map(percent, gate))} |"


def family_line(n: int, correlation: float, results: Results) -> str:
    """Return the row with the verdicts on several measures together."""
    return row(f"{n} | {correlation:g}", map(percent, results[trials.families, n, correlation]))


def null_line(n: int, results: Results) -> str:
    """Return the row with the shares of small p-values for equal legs."""
    cells = [results[trials.null_p, n, name][0] for name in NULL_NAMES]
    return row(str(n), map(percent, (trials.attainable(n, 0.05), *cells)))


def least_line(n: int, results: Results) -> str:
    """Return the row with the smallest possible p-values."""
    return row(str(n), (f"{p:.2g}" for p in results[trials.least_p, n]))


def outcome(asked: str, held: bool, measured: str) -> str:
    """Return the sentence with the requirement on a table and its result."""
    return f"\nAsked: {asked}. {'Held' if held else '**Missed**'}: {measured}.\n"


def span(shares: tuple[float, float]) -> str:
    """Format the lowest and the highest share."""
    return f"{percent(shares[0])}–{percent(shares[1])} %"


def headline(results: Results) -> str:
    """Return a summary of the results as one paragraph."""
    normal, paired = covered(NORMAL, results), covered([PAIRED], results)
    skewed = covered([name for name in SPREADS if name not in NORMAL], results)
    alarms = [max(false_alarms(session, results).values()) for session in (False, True)]
    text = (
        f"The 95 % interval holds the true difference in {span(normal)} of draws of normal "
        f"repetitions, 5 to 20 a side ({span(paired)} of pairs, {span(skewed)} of skewed ones). Legs "
        f"that do not differ are called `different` in at most {percent(alarms[0])} % of "
        f"draws; legs that differ by 12° in at least {percent(found_at_12(False, results))} %, where "
        "repetitions vary by SD 3° or less and there are 5 a side. With an error of 3° of each leg's "
        f"session on top, the two are {percent(alarms[1])} and "
        f"{percent(found_at_12(True, results))} %. By a camera turned by up to 10°, legs that do not "
        f"differ are called `different` in {percent(worst_turned(results))} % where the turn "
        f"is known to SD 0.7° or better, in {percent(turned_at(2.0, results))} % at SD 2°, and in "
        f"{percent(gate_at('uniform', results))} to {percent(gate_at('normal', results))} % as the "
        "quality gate knows it (toes evenly spread, or normal)."
    )
    return textwrap.fill(text, 104, break_on_hyphens=False) + "\n"


def coverage_section(results: Results) -> str:
    """Return the section on intervals."""
    text = COVERAGE.format(runs=trials.RUNS_A_DIFFERENCE * len(DIFFERENCES))
    text += table("n", (*SPREADS, PAIRED), (coverage_line(n, results) for n in COUNTS))
    low, high = covered((*NORMAL, PAIRED), results)
    held = low >= 0.94 and high <= 0.96
    text += outcome("94–96 % for normal repetitions and for pairs", held, span((low, high)))
    text += SHIFTED.format(runs=trials.RUNS_A_DIFFERENCE * len(NORMAL))
    heads = [f"{difference}°" for difference in DIFFERENCES]
    text += table("n", heads, (shifted_line(n, results) for n in COUNTS))
    text += METHODS.format(runs=trials.METHOD_RUNS)
    lines = [method_line(n, name, results) for n in METHOD_COUNTS for name in METHOD_SPREADS]
    return text + table("n", ("repetitions", "percentile", "BCa", "Welch's t", "`compare`"), lines)


def verdict_table(session: bool, results: Results) -> str:
    """Return the table of verdicts, with or without an error of the session."""
    heads = ("n", *(f"{difference}°" for difference in DIFFERENCES))
    return table("SD", heads, (verdict_line(sd, n, session, results) for sd, n in cells()))


def verdict_section(results: Results) -> str:
    """Return the section on verdicts."""
    text = VERDICTS.format(runs=trials.RUNS, slow=trials.SLOW_RUNS) + verdict_table(False, results)
    alarms, right = false_alarms(False, results), found_at_12(False, results)
    over = {cell: share for cell, share in alarms.items() if share > 0.005}
    where = ", ".join(f"{percent(over[sd, n])} % at SD {sd:g}° and n = {n}" for sd, n in over)
    rest = max(share for cell, share in alarms.items() if cell not in over)
    text += outcome(
        "`different` in at most 0.5 % at 0°, and in at least 90 % at 12° where SD ≤ 3° and n ≥ 5",
        not over and right >= 0.9,
        (f"{where}; everywhere else " if over else "")
        + f"at most {percent(rest)} % at 0°; at least {percent(right)} % at 12°",
    )
    lived = false_alarms(True, results), found_at_12(True, results)
    words = percent(max(lived[0].values())), percent(1 - lived[1])
    draws = {"runs": trials.RUNS, "slow": trials.SLOW_SESSIONS}
    text += SESSIONS.format(wrong=words[0], missed=words[1], **draws)
    return text + verdict_table(True, results)


def yaw_section(results: Results) -> str:
    """Return the section on turned cameras."""
    heads = ("different", "no detectable difference", "inconclusive", "different, steep")
    words = {"slope": SLOPE, "both": 2 * SLOPE, "n": trials.YAW_COUNT, "runs": 2 * trials.RUNS}
    lines = [any_yaw_line(sd, results) for sd in ESTIMATE_SDS]
    lines += [gate_yaw_line(toes, results) for toes in TOES]
    text = YAW.format(steep=STEEP, **words) + table("turn known by", heads, lines)
    worst = worst_turned(results)
    asked = "`different` in at most 2 % where the turn is known to SD 0.7° or better"
    text += outcome(asked, worst <= 0.02, f"at most {percent(worst)} %")
    even, normal = (results[trials.gate_error, toes] for toes in TOES)
    seen = [gate_at(toes, results) for toes in TOES]
    text += GATE.format(
        pairs=trials.GATE_PAIRS,
        slope=(even[0] + normal[0]) / 2,
        even=even[2],
        normal=normal[2],
        verdict="held" if max(seen) <= 0.02 else "missed",
        shares=" and ".join(map(percent, seen)),
        sd=HELD_SD,
    )
    by_turn = ("feigned", *heads, "gate, even", "gate, normal")
    return text + table("turn", by_turn, (one_yaw_line(yaw, results) for yaw in range(11)))


def several_section(results: Results) -> str:
    """Return the section on several measures and p-values."""
    heads = ("r", "p", "Holm", "different, 9°", "different, 1°", "different, 1°, one named")
    lines = [family_line(n, r, results) for n in FAMILY_COUNTS for r in CORRELATIONS]
    text = FAMILY.format(runs=trials.RUNS) + table("n", heads, lines)
    text += P_VALUES.format(runs=4 * trials.RUNS)
    lines = [null_line(n, results) for n in NULL_COUNTS]
    text += table("n", ("attainable", *NULL_NAMES), lines)
    lines = [least_line(n, results) for n in LEAST_COUNTS]
    return text + LEAST + table("n", ("two groups", "pairs"), lines) + PAIRS_NOTE


def page(results: Results) -> str:
    """Return the whole page."""
    text = TITLE + headline(results) + HOW.format(seed=trials.SEED, runs=trials.RUNS)
    for section in (coverage_section, verdict_section, yaw_section, several_section):
        text += section(results)
    return text + NOT_SHOWN


def main() -> None:
    """Run the simulations and write the page."""
    started = time.perf_counter()
    asked = [*jobs(), *gate_jobs()]
    with ProcessPoolExecutor() as pool:
        results = dict(zip(asked, pool.map(run, asked), strict=True))
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"wrote {PAGE} in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
