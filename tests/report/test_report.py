"""Tests of report and figures: self-contained, escaped, reproducible bytes, never a crash."""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape
from matplotlib.figure import Figure

import kneepose as kp
from kneepose import plots
from kneepose.comparison.curves import rep_curves
from kneepose.report.page import write_report
from kneepose.report.sheet import sheet
from kneepose.report.subject import subject_of
from kneepose.words.measures import base_name, long_label, moment_words
from tests.support.lifts import lifted

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects the tags, attributes and texts of a page that the tests check."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def having(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]


def two_legs(name: str) -> kp.comparison.Comparison:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        return kp.compare(*kp.analyze_sides(kp.sample(name), "squat"))


def one_leg(side: str, recording: kp.Recording | None = None) -> kp.analysis.Analysis:
    recording = recording or kp.sample(f"single_leg_squat_{side}")
    return kp.analyze(recording, "single_leg_squat", side=side)


def standing(sample: str, **given: object) -> kp.Recording:
    """Return a recording of somebody standing still: the first frame repeated with a little
    noise.
    """
    source = kp.sample(sample)
    xyz = np.repeat(source.coordinates[:1], 400, axis=0)
    xyz = xyz + np.random.default_rng(0).normal(0.0, 0.0005, xyz.shape)
    options = {"skeleton": source.skeleton, "fps": 50, "up": source.up}
    return kp.Recording(xyz, **(options | {"estimator": source.estimator} | given))


def own_squat() -> kp.ExerciseSpec:
    return kp.ExerciseSpec(
        "dip",
        signal="knee_flexion",
        min_range=20.0,
        posture="any",
        measures=("fppa", "hip_flexion"),
        set_up="Camera straight in front.",
        faults=(kp.FaultSpec("bends", (kp.Criterion("hip_flexion", 20.0, "change"),)),),
    )


CASES = {
    "two legs, 3-D": lambda: two_legs("squat"),
    "two legs, one camera": lambda: two_legs("squat_video"),
    "one leg at a time": lambda: kp.compare(one_leg("left"), one_leg("right")),
    "one leg twice": lambda: kp.compare(
        one_leg("left", kp.sample("single_leg_squat_left")[:800]),
        one_leg("left", kp.sample("single_leg_squat_left")[500:]),
    ),
    "few repetitions": lambda: kp.compare(
        one_leg("left", kp.sample("single_leg_squat_left")[:420]), one_leg("right")
    ),
    "clamshells, 3-D": lambda: kp.compare(
        lifted("clamshell", "left"), lifted("clamshell", "right", fault=16.0)
    ),
    "clamshells, one camera": lambda: kp.compare(
        lifted("clamshell", "left", space="image"), lifted("clamshell", "right", space="image")
    ),
    "fire hydrants, 3-D": lambda: kp.compare(
        lifted("fire_hydrant", "left", fault=14.0), lifted("fire_hydrant", "right")
    ),
    "fire hydrants, one camera": lambda: kp.compare(
        lifted("fire_hydrant", "left", space="image", fault=14.0),
        lifted("fire_hydrant", "right", space="image"),
    ),
    "an exercise of one's own": lambda: kp.compare(
        *(kp.analyze(kp.sample("squat"), own_squat(), side=side) for side in ("left", "right"))
    ),
    "no repetitions": lambda: kp.compare(*kp.analyze_sides(standing("squat"), "squat")),
    "no repetitions on one side": lambda: kp.compare(
        one_leg("left"), one_leg("right", standing("single_leg_squat_left"))
    ),
}


QUICK = (
    "two legs, 3-D",
    "two legs, one camera",
    "one leg at a time",
    "clamshells, one camera",
    "no repetitions",
    "no repetitions on one side",
)
"""Cases that `make quick` checks: a fast one of each kind of page."""


@cache
def comparison_of(name: str) -> kp.comparison.Comparison:
    return CASES[name]()


@cache
def page_of(name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        assert write_report([comparison_of(name)], path) == path
        return path.read_text(encoding="utf-8")


@pytest.fixture(
    params=[pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in CASES]
)
def case_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def case(case_name: str) -> kp.comparison.Comparison:
    return comparison_of(case_name)


@pytest.fixture
def written(case_name: str) -> str:
    return page_of(case_name)


def test_it_says_what_was_found_and_what_that_is_worth(
    case: kp.comparison.Comparison, written: str
) -> None:
    text = Page(written).text
    blocks = sheet(subject_of(case))["blocks"]
    assert {"found", "sure", "next"} <= {block["name"] for block in blocks}
    for block in blocks:
        for line in block["lines"]:
            assert re.sub(r"\s+", " ", line) in text
    assert "not a medical device or a diagnosis" in text
    assert "How to set up the camera" in text
    assert case.first.methods() in text
    for word in ("abnormal", "injury risk", "weak hip", "healthy"):
        assert word not in text.lower()
    assert not re.search(r"\bnan\b", text.lower())


def test_it_loads_nothing(written: str) -> None:
    page = Page(written)
    assert "http://" not in written
    assert "https://" not in written
    assert not page.having("src")
    assert all(target.startswith("#") for target in page.having("href"))
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
    }
    assert "@import" not in written
    assert set(re.findall(r"url\((.)", written)) <= {"#"}


def test_it_is_well_formed_and_its_ids_are_unique(written: str) -> None:
    page = Page(written)
    assert page.open == []
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    for target in page.having("href") + page.having("aria-labelledby"):
        assert target.removeprefix("#") in ids
    assert set(re.findall(r"url\(#([^)]+)\)", written)) <= set(ids)


def test_it_can_be_read_without_seeing_it(written: str) -> None:
    page = Page(written)
    tags = dict(page.tags)
    assert tags["html"]["lang"] == "en"
    assert "title" in tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")
    figures = [attrs for _, attrs in page.tags if attrs.get("role") == "img"]
    assert figures
    assert all(len(str(attrs["aria-label"])) > 40 for attrs in figures)


def test_the_same_comparison_gives_the_same_bytes(tmp_path: Path) -> None:
    again = write_report([two_legs("squat")], tmp_path / "again.html")
    assert again.read_text(encoding="utf-8") == page_of("two legs, 3-D")


def test_texts_of_a_recording_stay_texts(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
    source = kp.sample("squat")
    skeleton = kp.Skeleton("halpe</p><script>", source.skeleton.keypoints)
    hostile = kp.Recording(
        source.coordinates,
        skeleton=skeleton,
        times=source.times,
        up=source.up,
        estimator=evil,
        meta={"title": evil, "simulated": "<b>no</b>"},
    )
    comparison = kp.compare(*kp.analyze_sides(hostile, "squat"))
    page = write_report([comparison], tmp_path / "r.html", title=evil).read_text(encoding="utf-8")
    assert str(escape(evil)) in page
    parsed = Page(page)
    assert not {tag for tag, _ in parsed.tags} & {"script", "img", "b"}
    assert not parsed.having("onerror")
    assert "Not stated whether real or simulated" in parsed.text


def test_real_and_simulated_recordings_are_told_apart() -> None:
    real = Page(page_of("two legs, 3-D"))
    assert "Real recording" in real.text
    assert "Simulated" not in real.text
    page = Page(page_of("one leg at a time"))
    assert page.text.count("Simulated, not a person") == 1
    assert "Real recording" not in page.text


@pytest.mark.slow
def test_several_comparisons_share_a_page(tmp_path: Path) -> None:
    both = [two_legs("squat"), two_legs("squat_video")]
    page = Page(write_report(both, tmp_path / "r.html", title="Monday").read_text(encoding="utf-8"))
    assert "Monday" in page.text
    for comparison in both:
        assert sheet(subject_of(comparison))["blocks"][0]["lines"][0] in page.text
    assert {"#c1", "#c2"} <= set(page.having("href"))
    assert len(page.having("id")) == len(set(page.having("id")))


def test_a_measure_without_a_verdict_has_its_reason() -> None:
    comparison = comparison_of("two legs, one camera")
    text = Page(page_of("two legs, one camera")).text
    without = {m.reason for m in comparison.measures if m.reason is not kp.validity.Validity.OK}
    for reason in without | {r.reason for r in comparison.refused}:
        assert reason.sentence in text
        assert reason.remedy in text
    assert "Knee inward at 60° of knee bend" in text
    assert "Knee inward (frontal-plane projection angle)" in text
    assert "Only 10 frames per second" in text


def test_no_repetition_says_so_and_what_to_do() -> None:
    text = Page(page_of("no repetitions on one side")).text
    assert "No repetition was found on the right side" in text
    assert kp.validity.Validity.NO_REPS.remedy in text
    assert "All measures (right only)" in text


def test_too_few_repetitions_say_so_and_what_to_do() -> None:
    blocks = sheet(subject_of(comparison_of("few repetitions")))["blocks"]
    lines = {block["name"]: block["lines"] for block in blocks}
    reason = kp.validity.Validity.TOO_FEW_REPS
    assert lines["found"][0].startswith("They cannot be compared")
    assert lines["sure"] == [reason.sentence]
    assert lines["next"][0] == reason.remedy
    assert lines["unknown"][0].startswith("Left: knee inward, trunk leans sideways")
    assert any(line.startswith("Right: ") for line in lines["clear"])


def test_to_html_writes_it(tmp_path: Path) -> None:
    path = comparison_of("no repetitions").to_html(tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == page_of("no repetitions")


def test_nothing_to_report_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="at least one"):
        write_report([], tmp_path / "r.html")


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = two_legs("squat")
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(kp.errors.DependencyError, match=r'pip install "kneepose\[report\]"'):
        write_report([comparison], tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(kp.errors.DependencyError, match=r'pip install "kneepose\[report\]"'):
        plots.plot_differences(comparison)


def test_a_page_needs_no_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert write_report([two_legs("squat")], tmp_path / "r.html").stat().st_size > 10_000


def test_a_page_is_small(written: str) -> None:
    assert len(written.encode()) < 400_000


@pytest.mark.alone
def test_a_further_page_costs_a_third_of_drawing_its_figures_with_matplotlib(
    tmp_path: Path,
) -> None:
    """A page takes at most a third of the processor time of drawing three figures with matplotlib.

    Earlier versions drew these figures. The best of five runs counts.
    """
    comparison = two_legs("squat")

    def page() -> None:
        comparison.to_html(tmp_path / "page.html")

    def figures() -> None:
        signal = comparison.first.reps.signal_used
        for n, figure in enumerate(
            (
                plots.plot_angle_over_time(comparison),
                plots.plot_normalized_reps(comparison, signal),
                plots.plot_differences(comparison),
            )
        ):
            figure.savefig(tmp_path / f"{n}.svg")

    def cost(make: Callable[[], None]) -> float:
        times = []
        for _ in range(6):
            start = time.process_time()
            make()
            times.append(time.process_time() - start)
        return min(times[1:])

    assert cost(page) * 3 <= cost(figures)


def colors(figure: Figure, label: str) -> set[str]:
    lines = [line for ax in figure.axes for line in ax.get_lines()]
    return {line.get_color() for line in lines if str(line.get_label()).startswith(label)}


def test_figures_are_drawn_for_every_case(case: kp.comparison.Comparison) -> None:
    for figure in (
        plots.plot_angle_over_time(case),
        plots.plot_normalized_reps(case, case.first.reps.signal_used),
        plots.plot_differences(case, width_in=3.0),
    ):
        assert isinstance(figure, Figure)
        figure.canvas.draw()


def test_left_and_right_have_their_colors_and_more_than_colors() -> None:
    comparison = two_legs("squat")
    for figure in (
        plots.plot_angle_over_time(comparison),
        plots.plot_normalized_reps(comparison, "fppa"),
    ):
        assert colors(figure, "left") == {"#0072B2"}
        assert colors(figure, "right") == {"#D55E00"}
    drawn = plots.plot_angle_over_time(comparison).axes[0].get_lines()
    lines = [line for line in drawn if line.get_label() in ("left", "right")]
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 2


def test_one_leg_twice_keeps_the_color_of_its_side() -> None:
    figure = plots.plot_normalized_reps(comparison_of("one leg twice"), "fppa")
    assert colors(figure, "second") == {"#0072B2"}
    assert colors(figure, "first") == {"#69abd3"}


def test_figures_go_into_the_axes_that_are_given() -> None:
    comparison = comparison_of("one leg at a time")
    analysis = comparison.first
    figure = Figure()
    axes = figure.subplots(2, 3).ravel()
    assert plots.plot_angle_over_time(comparison, ax=axes[:2]) is figure
    assert plots.plot_normalized_reps(comparison, "fppa", ax=axes[2]) is figure
    assert plots.plot_differences(comparison, ax=axes[3]) is figure
    assert analysis.plot("knee_flexion", ax=axes[4]) is figure
    assert analysis.angles.plot(["fppa"], ax=axes[5]) is figure
    assert all(ax.get_lines() for ax in axes)
    assert len(figure.axes) == 6
    figure.canvas.draw()
    with pytest.raises(kp.errors.KneeposeError, match="one for each"):
        plots.plot_angle_over_time(comparison, ax=axes[0])
    with pytest.raises(kp.errors.KneeposeError, match="one for each"):
        analysis.angles.plot(["fppa"], ax=axes[:2])


def test_angles_and_an_analysis_draw_themselves() -> None:
    analysis = one_leg("left")
    assert len(analysis.plot().axes) == 1
    assert len(analysis.angles.plot().axes) == 6
    with pytest.raises(kp.errors.UnknownNameError, match="fppa"):
        analysis.angles.plot(["fpa"])
    assert analysis.summary() in analysis._repr_html_()
    assert "Knee bend (knee flexion)" in analysis.angles._repr_html_()


def test_analyses_can_be_drawn_without_a_comparison() -> None:
    left, right = kp.analyze_sides(kp.sample("squat"), "squat")
    assert len(plots.plot_angle_over_time(left).axes) == 1
    assert len(plots.plot_angle_over_time([left, right]).axes) == 1
    assert len(plots.plot_angle_over_time([left, one_leg("right")]).axes) == 2
    with pytest.raises(kp.errors.KneeposeError, match="at least one"):
        plots.plot_angle_over_time([])


def test_repetitions_that_do_not_count_are_hatched_and_named() -> None:
    source = kp.sample("single_leg_squat_left")
    # The second repetition turns back before half its depth, using the person's real poses. Poses
    # interpolated toward standing would have other bone lengths.
    xyz = source.coordinates.copy()
    whole = one_leg("left")
    second, bend = whole.reps[1], whole.angles["knee_flexion", "left"].values
    frames = np.arange(second.start, second.end + 1)
    kept = frames[bend[frames] <= bend[second.bottom] - 0.6 * second.range]
    xyz[frames] = xyz[kept[np.arange(frames.size) * kept.size // frames.size]]
    shallow = kp.Recording(
        xyz, skeleton=source.skeleton, times=source.times, up=source.up, estimator=source.estimator
    )
    analysis = one_leg("left", shallow)
    assert [str(rep.status) for rep in analysis.reps][1] == "partial"
    (ax,) = plots.plot_angle_over_time(analysis).axes
    assert kp.analysis.RepStatus.PARTIAL.words in [text.get_text() for text in ax.texts]
    assert sum(bool(patch.get_hatch()) for patch in ax.patches) == 1


def test_an_unknown_angle_lists_the_near_ones() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="fppa"):
        plots.plot_normalized_reps(two_legs("squat"), "fpa")


def test_rep_curves_put_the_lowest_point_in_the_middle() -> None:
    comparison = kp.compare(one_leg("left"), one_leg("right"))
    first, second = (
        rep_curves(one, "knee_flexion") for one in (comparison.first, comparison.second)
    )
    assert first.shape == (comparison.first.reps.count, 101)
    assert second.shape == (comparison.second.reps.count, 101)
    bend = comparison.first.angles["knee_flexion", "left"].values
    bottoms = [bend[rep.bottom] for rep in comparison.first.reps.full]
    np.testing.assert_allclose(first[:, 50], bottoms, atol=1e-9)


def test_a_mean_needs_half_of_the_repetitions() -> None:
    curves = np.full((4, 101), np.nan)
    curves[:2, :] = [[1.0], [3.0]]
    curves[1, 100] = np.nan
    mean = kp.arrays.compare_curves(curves, curves + 1.0).first.mean
    assert mean[0] == 2.0
    assert np.isnan(mean[100])
    empty = np.empty((0, 101))
    assert np.isnan(kp.arrays.compare_curves(empty, curves).first.mean).all()


def test_moments_have_words() -> None:
    assert moment_words("fppa_at_45") == "at 45° of knee bend"
    assert moment_words("fppa_at_bottom") == "at the lowest point"
    assert moment_words("fppa_at_bottom", "highest point") == "at the highest point"
    assert moment_words("fppa_change") == "from rest to the lowest point"
    assert base_name("pelvis_roll_change") == "pelvis_roll"
    assert base_name("descent_s") == "descent_s"
    assert long_label("something_else_at_60") == "Something else at 60° of knee bend"
