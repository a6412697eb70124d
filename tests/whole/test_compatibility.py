"""Tests of compatibility.md: a public name is removed only after a version with a warning."""

import warnings

import pytest

import kneepose as kp
from kneepose.retired import RETIRED, Retired, warn_retired
from tools.public_names import PAGE, gone_too_early, overdue, page, public_names


@pytest.fixture
def retired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retire two names: one of the package, and one parameter."""
    monkeypatch.setitem(RETIRED, "analyse", Retired("analyze", "0.3.0"))
    monkeypatch.setitem(RETIRED, "compare(mdc)", Retired("compare(detectable)", "0.10.0"))


@pytest.mark.usefixtures("retired")
def test_an_old_name_works_and_warns_where_it_is_used() -> None:
    with pytest.warns(
        DeprecationWarning, match=r"analyse will be removed in kneepose 0\.3\.0: use ana"
    ) as seen:
        found = kp.analyse
    assert found is kp.analyze
    assert seen[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="use analyze"):
        kp.analyse  # noqa: B018 every use warns, not the first only
    with pytest.warns(DeprecationWarning, match=r"use compare\(detectable\)"):
        warn_retired("compare(mdc)")


def test_a_name_that_stays_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in kp.__all__:
            getattr(kp, name)
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        kp.analyse  # noqa: B018


def test_names_are_found_with_parameters_members_and_options() -> None:
    assert {
        "analyze",
        "analyze(side)",
        "Recording(fps)",
        "recording.Recording.conditioned",
        "analysis.Fault.amount",
        "comparison.Comparison.to_html(path)",
        "$ kneepose analyze",
        "$ kneepose compare --report",
    } <= public_names()


@pytest.mark.usefixtures("retired")
def test_a_name_goes_only_after_its_version_of_warning() -> None:
    names = {"analyse", "analyze", "compare(mdc)", "check"}
    released = page(names)
    assert "analyse  until 0.3.0\n" in released
    left = {"analyze"}
    assert gone_too_early(released, names, "0.2.0") == []
    assert gone_too_early(released, left, "0.2.9") == ["analyse", "check", "compare(mdc)"]
    assert gone_too_early(released, left, "0.3.0") == ["check", "compare(mdc)"]
    assert gone_too_early(released, left, "0.10.0") == ["check"]
    assert overdue("0.2.0") == []
    assert overdue("0.3.0") == ["analyse"]


def test_this_version_keeps_its_promises() -> None:
    assert overdue(kp.__version__) == []
    if not PAGE.exists():
        pytest.skip("nothing is released yet: RELEASE.md writes the page of names")
    assert gone_too_early(PAGE.read_text("utf-8"), public_names(), kp.__version__) == []
