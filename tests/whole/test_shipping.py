"""Tests of package metadata: one version everywhere, no relative links in the README."""

import os
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from tools.build_speed import WHEEL_FLAGS
from tools.check_wheel import MOST_BYTES, main
from tools.site.pages import ADDRESS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKSPACE = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["workspace"]
CRATES = ("kneepose-core", "kneepose-capi")


def test_one_version_everywhere() -> None:
    version = WORKSPACE["package"]["version"]
    assert WORKSPACE["dependencies"]["kneepose-core"]["version"] == version
    for path in ("CITATION.cff", "tools/conda-forge/recipe.yaml"):
        found = re.search(
            r"^ *version: \"?([\w.]+)", (ROOT / path).read_text("utf-8"), re.MULTILINE
        )
        assert found, path
        assert found[1] == version, path
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_long_description_links_to_addresses() -> None:
    """The package index shows the README without other files, so links are absolute."""
    text = (ROOT / PROJECT["readme"]).read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_the_long_description_begins_with_both_commands() -> None:
    text = (ROOT / PROJECT["readme"]).read_text("utf-8")
    first = re.search(r"```bash\n(.*?)```", text, re.DOTALL)
    assert first
    assert re.findall(r"^make (\w+) ", first[1], re.MULTILINE) == ["demo", "test"]
    assert first.start() < 1500
    assert len(text.split()) < 900  # at most a screen and a half


def test_urls_are_those_of_the_repository() -> None:
    home = WORKSPACE["package"]["repository"]
    assert PROJECT["urls"]["Homepage"] == home
    own = (home, ADDRESS)
    assert all(url.startswith(own) for url in PROJECT["urls"].values())
    assert PROJECT["urls"]["Documentation"] == ADDRESS


@pytest.mark.parametrize("crate", CRATES)
def test_a_crate_carries_its_licences(crate: str) -> None:
    for name in PROJECT["license-files"]:
        assert (ROOT / "rust" / crate / name).read_bytes() == (ROOT / name).read_bytes()


def test_every_stated_python_is_tested() -> None:
    """The oldest stated Python is `requires-python`, and each version runs in the workflow of every
    push.
    """
    named = re.findall(r":: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">={named[0]}"
    workflow = (ROOT / ".github/workflows/test.yml").read_text("utf-8")
    assert set(named) <= set(re.findall(r'"(3\.\d+)"', workflow))


def test_wheels_are_built_with_the_flags_that_are_measured() -> None:
    for path in (".github/workflows/wheels.yml", "RELEASE.md"):
        assert WHEEL_FLAGS in (ROOT / path).read_text("utf-8"), path


IN_A_WHEEL = (
    "kneepose/_core.abi3.so",
    "kneepose/_core.pyi",
    "kneepose/py.typed",
    "kneepose/samples/NOTICE",
    "kneepose-1.0.dist-info/licenses/LICENSE-APACHE",
    "kneepose-1.0.dist-info/licenses/LICENSE-MIT",
    "kneepose-1.0.dist-info/RECORD",
)


@pytest.mark.parametrize(
    ("names", "filler", "said"),
    [
        (IN_A_WHEEL, 0, ""),
        (IN_A_WHEEL, MOST_BYTES, "fewer than 2,000,000 are allowed"),
        (IN_A_WHEEL[1:], 0, r"lacks kneepose/_core\\."),
        (IN_A_WHEEL[:4], 0, "LICENSE-MIT"),
        ((*IN_A_WHEEL, "tests/test_a.py"), 0, "outside of the package"),
        ((*IN_A_WHEEL, "kneepose/__pycache__/a.pyc"), 0, "which nobody needs"),
    ],
)
def test_a_wheel_that_must_not_ship_is_found(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    names: tuple[str, ...],
    filler: int,
    said: str,
) -> None:
    wheel = tmp_path / "kneepose-1.0-cp311-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            archive.writestr(name, bytes(filler) if name.endswith(".so") else b"")
    assert main([str(wheel)]) == bool(said)
    assert re.search(said, capsys.readouterr().out)


def test_a_wheel_is_packed_anew_with_the_same_content(tmp_path: Path) -> None:
    pytest.importorskip("zopfli")
    from tools.repack_wheel import main as repack

    wheel = tmp_path / "kneepose-1.0-cp311-abi3-linux_x86_64.whl"
    contents = {
        "kneepose/ä.py": Path(__file__).read_bytes() * 3,
        "kneepose/_core.abi3.so": os.urandom(1000),
        "kneepose/py.typed": b"",
    }
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, (2026, 2, 3, 4, 5, 6))
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, content)
    with zipfile.ZipFile(wheel) as archive:
        before = archive.infolist()
    size = wheel.stat().st_size
    assert repack([str(wheel)]) == 0
    assert wheel.stat().st_size < size
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        for old, new in zip(before, archive.infolist(), strict=True):
            assert (old.date_time, old.external_attr) == (new.date_time, new.external_attr)
