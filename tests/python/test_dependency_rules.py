"""Each dependency rule can fail, and this repository keeps all of them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci/check_dependencies.py"
CORE, PACKAGE = "rust/kneepose-core", "python/kneepose"
SOUND = {
    "Cargo.toml": '[workspace.dependencies]\nlibm = "0.2"\nmaths = { package = "libc" }\n',
    f"{CORE}/Cargo.toml": (
        '[package]\nname = "kneepose-core"\n[dependencies]\nlibm.workspace = true\n'
    ),
    f"{CORE}/src/lib.rs": "pub mod error;\npub mod signal;\npub mod recording;\n",
    f"{CORE}/src/error.rs": "//! See [`Recording`](crate::recording::Recording).\n",
    f"{CORE}/src/signal/mod.rs": "pub mod gap;\nuse crate::error::Error;\n",
    f"{CORE}/src/signal/gap.rs": "use super::at;\nuse crate::signal::mean;\n",
    f"{CORE}/src/recording.rs": (
        'use crate::{error::{Error, Result}, signal};\nconst S: &str = "crate::reps";\n'
    ),
    f"{PACKAGE}/__init__.py": "from ._core import version\n",
    f"{PACKAGE}/_recording.py": "import json\nimport numpy\nfrom ._errors import FormatError\n",
    f"{PACKAGE}/_angles.py": "from . import _core\n",
    f"{PACKAGE}/formats/npz.py": "from .._recording import Recording\nfrom . import columns\n",
    f"{PACKAGE}/plots.py": "def draw():\n    import matplotlib\n",
    f"{PACKAGE}/__main__.py": "from .cli import main\n",
}


def load() -> ModuleType:
    """The script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("check_dependencies", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rules = load()


def tree(root: Path, changed: dict[str, str] | None = None) -> Path:
    """A small sound repository with some files changed or added."""
    for name, text in (SOUND | (changed or {})).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def found(root: Path) -> list[tuple[str, int, str]]:
    violations, _ = rules.check(root)
    return [(path.relative_to(root).as_posix(), line, text) for path, line, text in violations]


def test_a_sound_tree_has_no_violations(tmp_path: Path) -> None:
    violations, count = rules.check(tree(tmp_path))
    assert violations == []
    assert count == len(SOUND) - 1


CARGO = '[package]\nname = "{crate}"\n{rest}\n'


@pytest.mark.parametrize(
    ("crate", "rest", "line", "message"),
    [
        ("kneepose-core", '[dependencies]\nserde = "1"', 4, "must not depend on serde"),
        ("kneepose-core", "[dependencies]\npyo3.workspace = true", 4, "must not depend on pyo3"),
        ("kneepose-core", '[dependencies.libc]\nversion = "1"', 3, "must not depend on libc"),
        ("kneepose-core", '[build-dependencies]\ncc = "1"', 4, "must not depend on cc"),
        ("kneepose-core", "[target.'cfg(unix)'.dependencies]\nlibc = \"0\"", 4, "on libc"),
        ("kneepose-core", '[dependencies]\nlibm = { package = "numpy" }', 4, "depend on numpy"),
        ("kneepose-core", "[dependencies]\nmaths = { workspace = true }", 4, "depend on libc"),
        ("kneepose-core", '[dev-dependencies]\npyo3 = "0"', 4, "pyo3, not even in tests"),
        ("kneepose-python", '[dependencies]\nlibc = "0"', 4, "must not depend on libc"),
        ("kneepose-python", '[dev-dependencies]\nkneepose-capi = "0"', 4, "not even in tests"),
        ("kneepose-capi", '[dependencies]\nkneepose-python = "0"', 4, "depend on kneepose-python"),
        ("kneepose-new", "", 1, "has no place in CRATES"),
    ],
)
def test_crates(tmp_path: Path, crate: str, rest: str, line: int, message: str) -> None:
    manifest = f"rust/{crate}/Cargo.toml"
    root = tree(tmp_path, {manifest: CARGO.format(crate=crate, rest=rest)})
    ((path, at, text),) = found(root)
    assert (path, at) == (manifest, line)
    assert message in text


def test_crates_may_have_what_is_theirs(tmp_path: Path) -> None:
    ours = '[dependencies]\nkneepose-core = "0"\nnumpy = "0"\nndarray = "0"\npyo3 = "0"'
    tested = '[dependencies]\nlibm = "0"\n[dev-dependencies]\nserde_json = "1"'
    manifests = {
        f"rust/{crate}/Cargo.toml": CARGO.format(crate=crate, rest=rest)
        for crate, rest in (("kneepose-python", ours), ("kneepose-core", tested))
    }
    assert found(tree(tmp_path, manifests)) == []


@pytest.mark.parametrize(
    ("module", "text", "line", "message"),
    [
        ("signal/gap.rs", "\nuse crate::recording::Recording;", 2, "signal lies below recording"),
        ("signal/gap.rs", "use super::super::recording::R;", 1, "signal lies below recording"),
        ("error.rs", "use super::signal;", 1, "error lies below signal"),
        ("error.rs", "fn f() {\n    crate::signal::at();\n}", 2, "error lies below signal"),
        ("error.rs", "use crate::{\n    vector::V,\n    space::Up,\n};", 2, "lies below vector"),
        ("error.rs", "/* a\n */ use crate::signal::at;", 2, "error lies below signal"),
        ("error.rs", "const Q: char = '\"';\nuse crate::signal::at;", 2, "lies below signal"),
        ("error.rs", "mod tests {\n    use super::super::signal;\n}", 2, "lies below signal"),
        ("error.rs", "mod tests {\n    use super::*;\n}\nuse super::signal;", 4, "below signal"),
        ("error.rs", "macro_rules! m { () => { $crate::signal::at() } }", 1, "below signal"),
        ("error.rs", "use crate::*;", 1, "crate::* is none of the modules"),
        ("error.rs", "use crate::clock::now;", 1, "crate::clock is none of the modules"),
        ("signal/gap.rs", "use crate::skeleton::Side;", 1, "signal takes plain series"),
        ("reps/mod.rs", "use crate::angle::Plan;", 1, "reps takes plain series"),
        ("reps/mod.rs", "mod tests { use crate::recording::R; }", 1, "reps takes plain series"),
        ("asymmetry/index.rs", "use crate::measure::M;", 1, "asymmetry takes plain series"),
        ("clock.rs", "", 1, "module clock has no place in LAYERS"),
    ],
)
def test_layers(tmp_path: Path, module: str, text: str, line: int, message: str) -> None:
    first, *_ = found(tree(tmp_path, {f"{CORE}/src/{module}": text + "\n"}))
    assert first[:2] == (f"{CORE}/src/{module}", line)
    assert message in first[2]


def test_every_path_of_a_list_is_looked_at(tmp_path: Path) -> None:
    text = "use crate::{self as k, angle::{spec, table}, error, reps::{self}, space::Up};\n"
    root = tree(tmp_path, {f"{CORE}/src/vector.rs": text})
    assert [message for _, _, message in found(root)] == [
        "crate::self is none of the modules in LAYERS",
        "vector lies below angle and must not use it",
        "vector lies below reps and must not use it",
        "vector lies below space and must not use it",
    ]


@pytest.mark.parametrize(
    ("module", "text", "line", "message"),
    [
        ("plots.py", "import matplotlib.pyplot as plt", 1, "matplotlib is optional"),
        (
            "plots.py",
            "try:\n    from cv2 import line\nexcept ImportError: ...",
            2,
            "cv2 is optional",
        ),
        ("plots.py", "class A:\n    import jinja2", 2, "jinja2 is optional"),
        ("plots.py", "import importlib\nimportlib.import_module('dask')", 2, "dask is optional"),
        ("plots.py", "if not TYPE_CHECKING:\n    import scipy", 2, "scipy is optional"),
        ("plots.py", "def f():\n    import torch", 2, "torch must never"),
        ("plots.py", "def f():\n    __import__('ultralytics')", 2, "ultralytics must never"),
        ("plots.py", "if TYPE_CHECKING:\n    import mediapipe", 2, "mediapipe must never"),
        ("plots.py", "def f():\n    import requests", 2, "requests is neither"),
        ("plots.py", "from .cli import main", 1, "only __main__ may import cli"),
        ("_angles.py", "def f():\n    from kneepose import cli", 2, "only __main__ may import cli"),
        ("plots.py", "from . import _core", 1, "plots must not import _core"),
        ("plots.py", "import kneepose._core as core", 1, "plots must not import _core"),
        ("estimators/a.py", "from .._core import x", 1, "estimators must not import _core"),
        ("estimators/a.py", "from .._analysis import analyze", 1, "must not import _analysis"),
        ("estimators/a.py", "from .. import formats", 1, "estimators must not import formats"),
        ("formats/a.py", "import kneepose", 1, "must not import the whole package"),
        ("formats/a.py", "def f():\n    from kneepose import analyze", 2, "not import analyze"),
    ],
)
def test_python(tmp_path: Path, module: str, text: str, line: int, message: str) -> None:
    ((path, at, said),) = found(tree(tmp_path, {f"{PACKAGE}/{module}": text + "\n"}))
    assert (path, at) == (f"{PACKAGE}/{module}", line)
    assert message in said


@pytest.mark.parametrize(
    "text",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import matplotlib",
        "import typing\nif typing.TYPE_CHECKING:\n    import cv2",
        "def f():\n    from jinja2 import Template",
        "from ._angles import Angle\nfrom .estimators.mediapipe import from_mediapipe",
    ],
)
def test_python_allows(tmp_path: Path, text: str) -> None:
    assert found(tree(tmp_path, {f"{PACKAGE}/plots.py": text + "\n"})) == []


@pytest.mark.parametrize(
    "text",
    ["unsafe { f() }", "fn f(p: *const u8) {}", "type P = *mut f64;", "x = unsafe{ *p }"],
)
def test_unsafe_has_its_place(tmp_path: Path, text: str) -> None:
    names = ("kneepose-capi/src/pointers.rs", "kneepose-capi/src/angles.rs")
    root = tree(tmp_path, {f"rust/{name}": f"\n{text}\n" for name in names})
    ((path, line, message),) = found(root)
    assert (path, line) == (f"rust/{names[1]}", 2)
    assert "belongs into" in message


@pytest.mark.parametrize(
    "text",
    ["#[unsafe(no_mangle)]", "#![allow(unsafe_code)]", "// unsafe *const u8", "let x = a * b;"],
)
def test_what_is_not_unsafe(tmp_path: Path, text: str) -> None:
    assert found(tree(tmp_path, {"rust/kneepose-capi/src/angles.rs": text + "\n"})) == []


@pytest.mark.parametrize("folder", [PACKAGE, "rust/x/src", "tests/python", "benches", "tools"])
def test_long_files(tmp_path: Path, folder: str) -> None:
    suffix = "rs" if folder.startswith("rust") else "py"
    name = f"{folder}/long.{suffix}"
    ((path, line, message),) = found(tree(tmp_path, {name: "\n" * 401}))
    assert (path, line) == (name, 401)
    assert message.startswith("401 lines")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (f"{PACKAGE}/exact.py", "\n" * 400),
        ("tests/golden/angles.json", "\n" * 900),
        ("tests/c/kneepose.h", "/* @generated */" + "\n" * 900),
        ("rust/target/debug/long.rs", "\n" * 900),
    ],
)
def test_files_that_may_be_so_long(tmp_path: Path, name: str, text: str) -> None:
    assert found(tree(tmp_path, {name: text})) == []


@pytest.mark.parametrize(
    "name",
    [
        f"{PACKAGE}/_utils.py",
        f"{CORE}/tests/helpers.rs",
        "tests/common/points.py",
        "tools/Manager.py",
    ],
)
def test_names_that_say_nothing(tmp_path: Path, name: str) -> None:
    ((path, _, message),) = found(tree(tmp_path, {name: "\n"}))
    assert name.startswith(path)
    assert "says nothing" in message


@pytest.mark.parametrize("gone", ["rust", "python"])
def test_an_empty_tree_is_not_in_order(tmp_path: Path, gone: str) -> None:
    tree(tmp_path / "whole")
    (tmp_path / "whole" / gone).rename(tmp_path / gone)
    messages = [message for _, _, message in found(tmp_path / "whole")]
    assert any("the check looks at nothing" in message for message in messages)


def test_as_a_command(tmp_path: Path) -> None:
    root = tree(tmp_path, {f"{PACKAGE}/plots.py": "import cv2\n"})
    script = root / ".ci/check_dependencies.py"
    script.parent.mkdir()
    script.write_bytes(SCRIPT.read_bytes())
    broken = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert broken.stdout.startswith(f"{PACKAGE}/plots.py:1: cv2 is optional")
    (root / PACKAGE / "plots.py").write_text("", encoding="utf-8")
    sound = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert sound.stdout == f"dependency rules hold: {len(SOUND)} files\n"


def test_this_repository_keeps_the_rules() -> None:
    assert found(ROOT) == []
