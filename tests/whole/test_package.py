"""Tests of the installed package: exports, loaded modules, size, and import time."""

import ast
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import kneepose as kp

PACKAGE = Path(kp.__file__).parent
OPTIONAL = ("jinja2", "matplotlib", "cv2", "av", "PIL", "scipy", "pandas")


def stub() -> tuple[set[str], set[str]]:
    """Return the functions and classes, and the modules, that `__init__.pyi` declares."""
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.parse((PACKAGE / "__init__.pyi").read_text()).body:
        if isinstance(node, ast.ImportFrom):
            assert all(alias.asname == alias.name for alias in node.names)
            (modules if node.module == "kneepose" else names).update(a.name for a in node.names)
    return names, modules


def test_every_public_name_exists_and_nothing_else_is_public() -> None:
    assert all(hasattr(kp, name) for name in kp.__all__)
    assert kp.__all__ == sorted(set(kp.__all__))
    assert len(kp.__all__) <= 40
    public = {name for name in dir(kp) if not name.startswith("_")}
    assert public - set(kp._PACKAGES) - {
        "app",
        "cli",
        "columns",
        "records",
        "report",
        "retired",
        "words",
        "writing",
    } == set(kp.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kp.nothing  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    names, modules = stub()
    assert names == set(kp.__all__) - set(kp._MODULES)
    assert modules == {*kp._MODULES, *kp._PACKAGES}
    for place, exported in kp._NAMES.items():
        module = importlib.import_module(f"kneepose.{place}")
        assert set(exported) <= set(module.__all__), place
        assert all(getattr(kp, name) is getattr(module, name) for name in exported)


def test_a_name_means_one_thing() -> None:
    """Public names are unique, except for functions on arrays and archives named like those on
    recordings.
    """
    found: dict[str, set[object]] = {}
    shared = {
        "arrays": {"joint_angles", "reliability", "segment_reps"},
        "archive": {"analyze", "read", "reliability"},
    }
    for package in {*kp._MODULES, *kp._PACKAGES} - {"tables", "typing"}:
        module = importlib.import_module(f"kneepose.{package}")
        for name in module.__all__:
            if name not in shared.get(package, ()):
                found.setdefault(name, set()).add(getattr(module, name))
    assert {name for name, things in found.items() if len(things) > 1} == set()
    for package, names in shared.items():
        assert names <= set(getattr(kp, package).__all__) & set(kp.__all__)


@pytest.mark.parametrize(
    "name",
    [
        "analysis.Analysis", "analysis.RepStatus", "angles.Angles", "comparison.Comparison",
        "comparison.Reliability", "comparison.Verdict", "drawing.draw", "errors.KneeposeError",
        "evaluation.Evaluation", "live.FaultSeen", "live.StreamState", "quality.Quality",
        "recording.Repairs", "tables.exercises", "validity.Validity", "video.Frame",
    ],
)  # fmt: skip
def test_result_classes_are_in_their_packages(name: str) -> None:
    """Result classes are reachable without importing their package, as in an editor."""
    assert run(f"import kneepose as kp; print(kp.{name}.__name__)").strip() == name.split(".")[1]


def test_numpy_is_the_only_dependency() -> None:
    required = importlib.metadata.requires("kneepose") or []
    always = [row for row in required if "extra ==" not in row]
    assert [re.split(r"[<>=~! ]", row)[0] for row in always] == ["numpy"]


def test_what_is_downloaded_is_small() -> None:
    """The package with its recordings fits the size limit; development builds are larger."""
    files = [p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert any(path.suffix in (".so", ".pyd") for path in files)
    assert sum(len(zlib.compress(path.read_bytes(), 6)) for path in files) < 2.4e6


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_pulls_in_nothing_optional() -> None:
    code = "import sys, kneepose as kp; [getattr(kp, name) for name in kp.__all__]; print(*sys.modules)"
    loaded = run(code).split()
    assert not {name.partition(".")[0] for name in loaded} & set(OPTIONAL)


def test_importing_loads_nothing_before_it_is_used() -> None:
    """Importing kneepose does not load NumPy, so programs start without delay."""
    code = (
        "import sys; before = set(sys.modules); import kneepose; print(*set(sys.modules) - before)"
    )
    loaded = {name.partition(".")[0] for name in run(code).split()}
    assert loaded <= {"kneepose", *sys.stdlib_module_names}
    code = "import sys, kneepose; print(*(name for name in sys.modules if 'kneepose' in name))"
    assert run(code).split() == ["kneepose"]


def test_findings_print_without_the_report_extra() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = sys.modules['jinja2'] = None\n"
        "import kneepose as kp\n"
        "print(kp.compare(*kp.analyze_sides(kp.sample('squat'), 'squat')))"
    )
    text = run(code)
    assert text.startswith("Squat, 5 repetitions")
    assert "not a medical device" in text


def test_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "_core.pyi").exists()
    assert "dict[str, Any]" not in (PACKAGE / "_core.pyi").read_text()


def test_version_is_that_of_the_distribution() -> None:
    assert kp.__version__ == importlib.metadata.version("kneepose")
    assert os.path.exists(PACKAGE / "samples" / "NOTICE")


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "kneepose", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"kneepose {kp.__version__}"
