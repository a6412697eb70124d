"""Checks who may depend on whom (the rules stand in ARCHITECTURE.md); exits with 1 and a list where
they are broken. Standard library only. A new module, crate or optional package is not let through
silently: it gets its place in a table here.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CRATES = {
    "kneepose-core": frozenset({"libm", "ndarray", "thiserror"}),
    "kneepose-python": frozenset({"kneepose-core", "ndarray", "numpy", "pyo3"}),
    "kneepose-capi": frozenset({"kneepose-core", "ndarray"}),
}
"""What each crate is built from."""
NOT_EVEN_IN_TESTS = {
    "kneepose-core": frozenset({"kneepose-python", "kneepose-capi", "pyo3", "numpy", "libc"}),
    "kneepose-python": frozenset({"kneepose-capi"}),
    "kneepose-capi": frozenset({"kneepose-python", "pyo3", "numpy"}),
}

LAYERS = (
    "error",
    "arctangent",
    "dispatch",
    "vector",
    "validity",
    "space",
    "skeleton",
    "signal",
    "trail",
    "recording",
    "conditioning",
    "angle",
    "quality",
    "measure",
    "calibration",
    "reps",
    "exercise",
    "posture",
    "asymmetry",
    "analysis",
    "stream",
    "comparison",
)
"""Modules of the core, lowest first: each may use those before it."""
PLAIN_SERIES = frozenset({"signal", "reps", "asymmetry"})
"""Modules that know series only, and ..."""
KNOWN_TO_PLAIN_SERIES = frozenset({"dispatch", "error", "vector", "validity", "signal", "trail"})
"""... what they may use: nothing that knows a recording, a skeleton or an angle."""

OPTIONAL = frozenset(
    {"cv2", "matplotlib", "jinja2", "markupsafe", "pyarrow", "dask", "ezc3d", "scipy", "pandas"}
)
"""Imported inside the function that needs them; markupsafe is a part of jinja2."""
NEVER = frozenset({"mediapipe", "ultralytics", "torch"})
"""Their results are read by the attributes that they have."""
ALWAYS = frozenset({"numpy"}) | sys.stdlib_module_names
"""Importable anywhere."""
WRAP_THE_CORE = frozenset(
    {
        "",
        "_analysis",
        "_angles",
        "_calibration",
        "_comparison",
        "_conditioning",
        "_curves",
        "_exercises",
        "_faults",
        "_quality",
        "_reps",
        "_skeletons",
        "_stream",
        "_validity",
        "arrays._angles",
        "arrays._asymmetry",
        "arrays._cardan",
        "arrays._inference",
        "arrays._rep_scores",
        "arrays._reps",
        "arrays._series",
    }
)
"""The only Python modules that import `_core`; "" is the package, for its version."""
EDGES = ("estimators", "formats")
KNOWN_TO_EDGES = frozenset({"_errors", "_recording", "_recording_checks", "_skeletons"})

UNSAFE = frozenset(
    f"rust/kneepose-{file}.rs"
    for file in ("core/src/dispatch", "core/tests/no_allocation", "capi/src/pointers")
)
"""The only files with `unsafe` code or raw pointers."""
UNSAFE_WORDS = re.compile(r"(?<!#\[)\bunsafe\b|\*\s*(?:const|mut)\s+\w")

TREES = ("python/kneepose", "rust", "tests", "benches", "tools", ".ci")
CODE = frozenset({".py", ".pyi", ".rs", ".c", ".h", ".j2", ".sh"})
LONGEST_FILE = 400
GENERATED = re.compile(r"@generated|DO NOT EDIT")
"""In the first lines of a file that no one writes by hand."""
EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "manager", "managers"})
SKIPPED = frozenset({"target", "__pycache__", "node_modules"})


class Violation(NamedTuple):
    """Where a rule is broken."""

    path: Path
    line: int
    message: str


class Import(NamedTuple):
    """One imported name of a Python module, in full."""

    name: str
    line: int
    runs_at_import: bool
    """Not inside a function, nor only for type checkers."""


def check(root: Path) -> tuple[list[Violation], int]:
    """All violations below `root`, in order of path and line, and the number of files read."""
    manifests = sorted(root.glob("rust/*/Cargo.toml"))
    core = sorted((root / "rust/kneepose-core/src").rglob("*.rs"))
    package = sorted((root / "python/kneepose").rglob("*.py"))
    sources = list(files(root))
    found: list[Violation] = []
    for what, some in (("Cargo.toml", manifests), ("Rust core", core), ("Python", package)):
        if not some:
            found.append(Violation(root, 1, f"no {what} file found: the check looks at nothing"))
    for manifest in manifests:
        found += check_crate(manifest, root)
    for source in core:
        found += check_core_module(source, root / "rust/kneepose-core/src")
    for source in package:
        found += check_python_module(source, root / "python")
    for source in sources:
        found += check_length(source)
        found += check_unsafe(source, root)
    found += check_names(root)
    return sorted(set(found)), len({*manifests, *core, *package, *sources})


def files(root: Path) -> Iterator[Path]:
    """Source files of all trees."""
    for tree in TREES:
        for path in sorted((root / tree).rglob("*")):
            if path.suffix in CODE and path.is_file() and not SKIPPED & {*path.parts}:
                yield path


def check_crate(manifest: Path, root: Path) -> Iterator[Violation]:
    """Dependencies of one crate, those of its build script and of single platforms included."""
    text = manifest.read_text(encoding="utf-8")
    data = tomllib.loads(text)
    crate = str(data.get("package", {}).get("name", manifest.parent.name))
    if crate not in CRATES:
        yield Violation(manifest, 1, f"crate {crate} has no place in CRATES: say what it may use")
        return
    shared = workspace_dependencies(root)
    for part in (data, *data.get("target", {}).values()):
        for table in ("dependencies", "build-dependencies", "dev-dependencies"):
            for key, given in part.get(table, {}).items():
                name = package_of(key, given, shared)
                line = line_of_key(text, key)
                if table != "dev-dependencies" and name not in CRATES[crate]:
                    allowed = ", ".join(sorted(CRATES[crate]))
                    yield Violation(
                        manifest, line, f"{crate} must not depend on {name}; only on {allowed}"
                    )
                elif name in NOT_EVEN_IN_TESTS[crate]:
                    yield Violation(
                        manifest, line, f"{crate} must not depend on {name}, not even in tests"
                    )


def workspace_dependencies(root: Path) -> dict[str, Any]:
    """`[workspace.dependencies]` of the root."""
    manifest = root / "Cargo.toml"
    if not manifest.is_file():
        return {}
    data = tomllib.loads(manifest.read_text(encoding="utf-8"))
    shared = data.get("workspace", {}).get("dependencies", {})
    return dict(shared)


def package_of(key: str, given: Any, shared: dict[str, Any]) -> str:
    """The crate behind a key, which `package = "…"` may rename here or in the workspace."""
    if isinstance(given, dict) and given.get("workspace"):
        given = shared.get(key, given)
    return str(given.get("package", key)) if isinstance(given, dict) else key


def line_of_key(text: str, key: str) -> int:
    """Where a dependency is written."""
    wanted = re.compile(rf'^\s*(\[.*dependencies\.)?"?{re.escape(key)}"?\s*[.=\]]')
    lines = text.splitlines()
    return next((i for i, line in enumerate(lines, 1) if wanted.match(line)), 1)


RUST_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^']+|\\'|[^'\\])'""",
    re.DOTALL,
)
RUST_TOKEN = re.compile(r"[A-Za-z_]\w*|::|[{},*;]|\n")


def check_core_module(source: Path, src: Path) -> Iterator[Violation]:
    """Every path from the crate's root that this file mentions, in tests and in macros too."""
    inside = source.relative_to(src).with_suffix("").parts
    path = [part for part in inside if part != "mod"]
    if path == ["lib"]:
        return
    module = path[0]
    if module not in LAYERS:
        yield Violation(source, 1, f"module {module} has no place in LAYERS: say which it is")
        return
    for name, line in names_at_root(source.read_text(encoding="utf-8"), path):
        if name == module:
            continue
        if name not in LAYERS:
            yield Violation(source, line, f"crate::{name} is none of the modules in LAYERS")
        elif LAYERS.index(name) > LAYERS.index(module):
            yield Violation(source, line, f"{module} lies below {name} and must not use it")
        elif module in PLAIN_SERIES and name not in KNOWN_TO_PLAIN_SERIES:
            yield Violation(source, line, f"{module} takes plain series and must not use {name}")


def names_at_root(text: str, path: list[str]) -> Iterator[tuple[str, int]]:
    """Names directly below the crate's root that a module at `path` reaches, with their lines."""
    quiet = RUST_NOISE.sub(lambda noise: "\n" * noise.group().count("\n") + " ", text)
    line, tokens = 1, []
    for match in RUST_TOKEN.finditer(quiet):
        if match.group() == "\n":
            line += 1
        else:
            tokens.append((match.group(), line))
    words = [token for token, _ in tokens] + [""] * 3
    modules: list[tuple[str, int]] = []
    depth = 0
    for i, (token, _) in enumerate(tokens):
        if token == "{":
            depth += 1
            if i >= 2 and words[i - 2] == "mod":
                modules.append((words[i - 1], depth))
        elif token == "}":
            if modules and modules[-1][1] == depth:
                modules.pop()
            depth -= 1
        elif token in ("crate", "super") and words[i + 1] == "::" and words[i - 1] != "::":
            here = [*path, *(name for name, _ in modules)]
            at, base = i, [] if token == "crate" else here[:-1]
            while words[at + 2] == "super" and words[at + 3] == "::":
                at, base = at + 2, base[:-1]
            if not base:
                yield from listed(tokens, at + 2)


def listed(tokens: list[tuple[str, int]], at: int) -> Iterator[tuple[str, int]]:
    """The name at this place, or the first name of each path of a `{…}` list."""
    if at >= len(tokens) or tokens[at][0] != "{":
        yield from tokens[at : at + 1]
        return
    depth, first = 0, False
    for token, line in tokens[at:]:
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0:
            return
        if first and token not in ("}", ","):
            yield token, line
        first = depth == 1 and token in ("{", ",")


def check_python_module(source: Path, python: Path) -> Iterator[Violation]:
    """Imports of one module of the package."""
    parts = list(source.relative_to(python).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    module = ".".join(parts[1:])
    top = parts[1] if len(parts) > 1 else ""
    tree = ast.parse(source.read_text(encoding="utf-8"), str(source))
    for name, line, runs_at_import in imports(tree, parts if is_package else parts[:-1]):
        package, _, rest = name.partition(".")
        if package in ("kneepose", ""):
            message = internal(top, module, rest.split(".")[0])
        else:
            message = foreign(package, runs_at_import)
        if message:
            yield Violation(source, line, message)


def foreign(package: str, runs_at_import: bool) -> str:
    """What is wrong with importing somebody else's package; empty where nothing is."""
    if package in NEVER:
        return f"{package} must never be imported"
    if package in ALWAYS:
        return ""
    if package not in OPTIONAL:
        return f"{package} is neither the standard library nor NumPy, and has no place in OPTIONAL"
    if runs_at_import:
        return f"{package} is optional: import it inside the function that needs it"
    return ""


def internal(top: str, module: str, target: str) -> str:
    """What is wrong with importing a module of the package; empty where nothing is."""
    if target == "cli" and top not in ("__main__", "cli"):
        return "only __main__ may import cli"
    if top in EDGES and target != top and target not in KNOWN_TO_EDGES:
        allowed = ", ".join(sorted(KNOWN_TO_EDGES))
        return f"{top} must not import {target or 'the whole package'}; only {allowed}"
    if target == "_core" and module not in WRAP_THE_CORE:
        return f"{module} must not import _core: go through a module that wraps it"
    return ""


def imports(tree: ast.Module, package: list[str]) -> Iterator[Import]:
    """All imports of a module, those by `importlib` with a plain name included."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, True)]
    while waiting:
        node, runs = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, runs) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                from_package = origin == "kneepose"
                name = f"{origin}.{alias.name}" if from_package else origin
                yield Import(name, node.lineno, runs)
        elif isinstance(node, ast.Call) and imported_by_name(node):
            yield Import(imported_by_name(node), node.lineno, runs)
        if isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING":
            waiting += [(child, False) for child in node.body]
            waiting += [(child, runs) for child in node.orelse]
            continue
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        waiting += [(child, runs and not inner) for child in ast.iter_child_nodes(node)]


def imported_by_name(call: ast.Call) -> str:
    """The module that `import_module("…")` or `__import__("…")` names; else empty."""
    called = ast.unparse(call.func).split(".")[-1]
    first = call.args[0] if call.args else None
    if called not in ("import_module", "__import__") or not isinstance(first, ast.Constant):
        return ""
    return str(first.value)


def check_unsafe(source: Path, root: Path) -> Iterator[Violation]:
    """`unsafe` and raw pointers stay in the files for them; `#[unsafe(no_mangle)]` is neither."""
    if source.suffix != ".rs" or source.relative_to(root).as_posix() in UNSAFE:
        return
    text = source.read_text(encoding="utf-8")
    quiet = RUST_NOISE.sub(lambda noise: "\n" * noise.group().count("\n") + " ", text)
    for i, line in enumerate(quiet.splitlines(), 1):
        if found := UNSAFE_WORDS.search(line):
            place = " or ".join(sorted(UNSAFE))
            yield Violation(source, i, f"{found.group()!r} belongs into {place}")


def check_length(source: Path) -> Iterator[Violation]:
    """Small files."""
    lines = source.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST_FILE and not GENERATED.search("\n".join(lines[:5])):
        message = f"{len(lines)} lines; at most {LONGEST_FILE}: split it by what it is about"
        yield Violation(source, LONGEST_FILE + 1, message)


def check_names(root: Path) -> Iterator[Violation]:
    """Files and folders are named for what they are about."""
    for tree in TREES:
        for path in sorted((root / tree).rglob("*")):
            stem = path.name.split(".")[0].strip("_").lower()
            if stem in EMPTY_NAMES and not SKIPPED & {*path.parts}:
                message = f"{path.name} says nothing: name it for what it is about"
                yield Violation(path, 1, message)


def main() -> int:
    """Check the repository that this script lies in."""
    root = Path(__file__).resolve().parents[1]
    violations, count = check(root)
    for path, line, message in violations:
        print(f"{path.relative_to(root)}:{line}: {message}")
    if not violations:
        print(f"dependency rules hold: {count} files")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
