"""Tests that no display text in sources, pages, scripts or help bypasses the catalogue.

Exceptions, warnings, `repr` of objects, `methods()` and results as data are for programmers and
stay English. Texts in a ``raise``, or in a call that ends with a usage error, are therefore
ignored.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kneepose as kp
from kneepose.cli.commands import _parser, leaves, main
from kneepose.history.flags import RED_FLAGS
from kneepose.words.catalogue import LANGUAGES, add_language, speak
from tests.words.keys import PACKAGE
from tests.words.spoken import PSEUDO
from tests.words.test_catalogue import GERMAN, strays

#: Modules whose strings are all display texts: commands, app, and modules of sentences.
READ = (
    "app", "cli", "history/plan.py", "history/flags.py", "comparison/likeness.py",
    "study/pooling.py", "study/protocol.py", "report",
)  # fmt: skip
#: Modules whose strings are code: commands and Python shown by the app, SVG and CSS.
CODE = {"app/recipes.py", "report/chart.py", "report/stick.py", "report/figures.py"}
#: Functions whose string arguments are error messages.
ENDS = {"usage_error", "_refuse", "import_cv2", "of"}
PROSE = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
#: Pattern of strings that are no prose: commands, HTTP headers, names of folders and data, starts
#: of errors.
NAMES = re.compile(
    "^(kneepose |attachment; |default-src |; connect-src|text/|<|Application Support$|guided test$"
    "|, left leg$|the output$)"
)


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def prose_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of all prose outside of error messages."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Raise) or called(node) in ENDS:
            continue
        if isinstance(node, ast.Call) and called(node) in ("tr", "trn"):
            # Keys that are f-strings, and singular forms, are checked in tests/words/keys.py.
            key = node.args[called(node) == "trn"]
            waiting += [*node.args[2:], *node.keywords]
            waiting += [key] if isinstance(key, ast.Constant | ast.IfExp) else []
            continue
        for inside in ast.iter_child_nodes(node):
            is_docstring = isinstance(inside, ast.Expr) and isinstance(inside.value, ast.Constant)
            if not is_docstring:
                waiting.append(inside)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if PROSE.search(text) and not NAMES.match(text):
                yield node.lineno, text


def sources() -> list[Path]:
    paths = [
        path
        for name in READ
        for path in ([PACKAGE / name] if name.endswith(".py") else (PACKAGE / name).rglob("*.py"))
    ]
    return sorted(path for path in paths if str(path.relative_to(PACKAGE)) not in CODE)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_prose_in_a_source_is_a_key_of_the_catalogue(path: Path) -> None:
    found = list(prose_in(path.read_text(encoding="utf-8")))
    assert [(line, text) for line, text in found if text not in GERMAN] == []


def test_a_stray_in_a_source_is_found() -> None:
    source = '"""Not this one."""\nsay(f"the {n} new clips")\nraise ValueError("it is not this")\n'
    found = sorted(prose_in(source + 'tr("a new text")'))
    assert found == [(2, " new clips"), (4, "a new text")]


SCRIPTS = sorted((PACKAGE / "app" / "page").glob("*.js"))
LITERAL = re.compile(r'(\bt\()?("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)')
#: Pattern of script strings that are no prose: commands, classes, fonts, headers, and states for
#: tests.
IN_CODE = re.compile(
    '^"use strict"|^"X-Kneepose|pip install|kneepose session|button plain|system-ui|^"in set"$'
)
#: Pattern of prose, or of a single capitalized word.
IN_SCRIPT = re.compile(r"[A-Za-z]{2,}[,;:.]? [a-zA-Z]{2,}|^.[A-Z][a-z]+")


def literals_beside(script: str) -> list[str]:
    bare = re.sub(r"(?m)^\s*//.*$|\s//\s.*$|/\*[^*]*\*/", "", script)
    found = [text for lookup, text in LITERAL.findall(bare) if not lookup]
    plain = [re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", " ", text) for text in found]
    return [text for text in plain if IN_SCRIPT.search(text) and not IN_CODE.search(text)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_text_beside_its_lookup(path: Path) -> None:
    assert literals_beside(path.read_text(encoding="utf-8")) == []


def test_a_stray_in_a_script_is_found() -> None:
    script = '// no text\nmake("b", {text: "Choose"}); write(t("Open it")); say(`${n} new clips`);'
    assert literals_beside(script) == ['"Choose"', "`  new clips`"]


@pytest.mark.parametrize("name", ["app.html", "rate.html"])
def test_a_page_has_no_text_beside_its_marks(name: str) -> None:
    page = (PACKAGE / "app" / "page" / name).read_text(encoding="utf-8")
    page = re.sub(r"\{\{(.*?)\}\}", r"⟦\1⟧", page, flags=re.DOTALL)
    page = re.sub(
        r"<script.*?</script>|<link[^>]*>|<meta[^>]*>|<input", "<i", page, flags=re.DOTALL
    )
    texts = [
        *re.findall(r">([^<>]+)<", page),
        *re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page),
    ]
    assert len(texts) > 10
    assert strays(texts, {"kneepose", "DOCTYPE", "html"}) == set()


def test_help_has_no_text_beside_the_catalogue() -> None:
    add_language(PSEUDO)
    try:
        with speak(PSEUDO.code):
            parser = _parser()
            helps = [
                text
                for one in (parser, *leaves(parser))
                for text in (one.description, one.epilog, *(a.help for a in one._actions))
                if text
            ]
            groups = [g.title for one in leaves(parser) for g in one._action_groups]
    finally:
        del LANGUAGES[PSEUDO.code]
    assert len(helps) > 150
    exercises = {
        name for text in helps for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|squat", text)
    }
    assert strays(helps + groups, exercises | {"clamshell", "KNEEPOSE_HISTORY"}) == set()


COMMANDS = (
    ("subject", "new", "K1", "--involved", "left"),
    ("flags",),
    ("flags", "--none"),
    ("plan", "clamshell"),
    ("log", "clamshell", "--reps", "15", "--sets", "3", "--rpe", "7"),
    ("log", "clamshell", "--not-done", "K1"),
    ("pain", "--worst", "6", "--during", "6"),
    ("score", "akps", "80"),
    ("goal", "K1"),
    ("plan",),
    ("subject", "list"),
    ("subject", "consent", "K1", "--scope", "K1"),
    ("trend",),
    ("models",),
    ("info", "squat_video"),
    ("info", "squat"),
    ("subject", "purge", "K1", "--yes"),
    ("study", "new", "s", "--exercise", "squat", "--camera", "K1"),
    ("study", "add", "s", "squat.npz", "--person", "P1", "--day", "1"),
)


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_commands_print_nothing_beside_the_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNEEPOSE_HISTORY", str(tmp_path / "weeks.sqlite"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KNEEPOSE_MODELS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("squat", "squat_video"):
        kp.sample(name).save(tmp_path / f"{name}.npz")
    own = {
        "kneepose",
        "mediapipe",
        "npz",
        str(tmp_path),
        "opensim",
        "MB",
        "goal",
        "trend",
        "report",
    }
    add_language(PSEUDO)
    try:
        for words in COMMANDS:
            given = [f"{one}.npz" if words[0] == "info" and one != "info" else one for one in words]
            assert main([*given, "--language", PSEUDO.code]) == 0
            said = capsys.readouterr().out
            names = set(re.findall(r"[\w.-]+\.task", said)) | set(RED_FLAGS)
            assert strays([said], own | set(given) | names) == set(), words
    finally:
        del LANGUAGES[PSEUDO.code]


def test_the_setting_of_a_user_is_the_language_without_an_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNEEPOSE_LANGUAGE", "de")
    assert main(["guide", "squat"]) == 0
    assert "Kniebeuge" in capsys.readouterr().out
    assert main(["guide", "squat", "--language", "en"]) == 0
    assert "Kniebeuge" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["plan", "--help"])
    assert "Aufruf: kneepose plan" in capsys.readouterr().out
    monkeypatch.setenv("KNEEPOSE_LANGUAGE", "xx")
    assert main(["guide", "squat"]) == 3
    assert "KNEEPOSE_LANGUAGE is 'xx'; it must be one of en, de" in capsys.readouterr().err
