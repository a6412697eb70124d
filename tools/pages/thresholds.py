"""Write docs/reference/thresholds.md: every constant of the core that affects a decision.

The constants are read from the Rust sources, so a new constant appears without a change here. The
doc comment of a constant gives its meaning. The comment may end with two sentences, in this order,
which are not part of the meaning:

    /// Longest gap that is filled.
    /// Unit: s. Source: science.md 8.
    const MAX_GAP: f64 = 0.2;

Without ``Unit:`` the unit comes from the name (``_S``, ``_HZ``, ``_DEG``, …) or from the words of
the comment. Every constant needs a source of a kind that `problem` accepts. It stands after
``Source:``; a publication may also stand in the meaning. The page is not written if a source is
missing. A constant without a comment shares the comment of the constant above it. The limits of
exercises, faults, angles and recording checks are rows of tables in the core, and are read from
these tables.

Usage: python -m tools.pages.thresholds
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kneepose import _core

ROOT = Path(__file__).parents[2]
CORE = ROOT / "rust" / "kneepose-core" / "src"
PAGE = ROOT / "docs" / "reference" / "thresholds.md"

SECTIONS = {
    "signal": "Filters, gaps and outliers of plain series",
    "conditioning": "Conditioning of keypoints",
    "angle": "Angles",
    "recording_angles": "Angles of a recording",
    "calibration": "Calibration from a standing recording",
    "quality": "Checks of a recording",
    "reps": "Repetitions",
    "posture": "Is the movement the exercise",
    "analysis": "Analysis of one leg",
    "stats": "Statistics",
    "comparison": "Comparison of two legs",
    "live": "Live frames",
}
"""Module of the core → heading. Modules without an entry come last, with their name as heading."""

WITHOUT_THRESHOLDS = (
    "math/",
    "angle/pack.rs",
    "angle/evaluate.rs",
    "signal/passes.rs",
    "signal/savitzky_golay.rs",
    "stats/bootstrap.rs",
    "stats/inverse.rs",
    "stats/normal.rs",
    "stats/student.rs",
    "error.rs",
)
"""Files whose constants only control cache use, thread use or convergence, not a decision."""

NO_THRESHOLDS = {
    "BEYOND_CACHE",
    "STRIP",
    "BLOCKS_AHEAD",
    "SIDE_BY_SIDE",
    "LANES",
    "EXPONENT",
    "SEED",
    "NEVER",
}
"""Constants of the same purpose in files that also contain thresholds."""

NUMERIC = re.compile(
    r"(f64|f32|usize|u64|u32|\(f64, f64\)|FlexionGate"
    r"|(std::ops::)?RangeInclusive<f64>|&\[\(&str, f64\)\])$"
)
CONST = re.compile(
    r"(?P<doc>(?:^[ \t]*///.*\n)*)"
    r"^[ \t]*(?:pub(?:\([a-z]+\))? )?const (?P<name>[A-Z][A-Z0-9_]*): "
    r"(?P<type>[^=;]+?) =\s*(?P<value>[^;]+);",
    flags=re.MULTILINE,
)
PUBLISHED = re.compile(r"\b(19|20)\d\d\b|docs/evidence")
DECIDED = re.compile(r"\bdecision (\d{4})\b")
DESCRIBED = re.compile(r"\bscience\.md (\d[\d.]*\d|\d)")
FILE = re.compile(r"\b(?:tests|rust|docs)/[\w/-]+\.\w+")
CHOSEN = re.compile(
    r"chosen: .+; (held by test (tests|rust)/\S+|measured by docs/evidence/\S+|no test shows its effect)"
)
SUFFIX_UNITS = {
    "_PER_S": "1/s",
    "_S": "s",
    "_HZ": "Hz",
    "_DEG": "°",
    "_PX": "px",
    "_M": "m",
    "_SECONDS": "s",
    "_SHARE": "share",
    "_FRACTION": "share",
    "_SDS": "standard deviations",
    "_RATIO": "ratio",
    "_QUANTILE": "quantile",
    "_SINE": "sine",
    "_COSINE": "cosine",
}
WORD_UNITS = {
    r"\bper second\b": "1/s",
    r", (in )?seconds\b|this many seconds": "s",
    r", (in )?Hz\b": "Hz",
    r", (in )?degrees\b": "°",
    r", (in )?pixels\b": "px",
    r"^Metres\b": "m",
    r"\bthis quantile\b|\bthese quantiles\b": "quantile",
    r"\b[Ss]hare\b|\b[Ff]raction\b": "share",
}

HEAD = """\
<!-- Written by tools/pages/thresholds.py (make thresholds). Do not edit. -->

# Thresholds

Every limit that decides whether a value is measured, a repetition counts, a fault is seen or a
difference is believed. The meaning is the comment at the constant in the Rust core; change it there and
run `make thresholds`.

*Source*: a publication, a section of [science.md](../explanation/science.md), a decision or a page of
evidence that gives the value. *Derived*: it follows from arithmetic, statistics or geometry. *Chosen*:
an engineering default. No published value is known, and nobody has shown that this one is best; the
reason is given, and a test that fails where the value changes much, or the page that measures what comes
of it, or that no test shows its effect.
*Unit*: `share` is a fraction of what the meaning names; a dash is a pure number.

"""

ABOUT_EXERCISES = """\
The angle that is counted, and the least range that makes a repetition. All but the cut-off
([science.md 8](../explanation/science.md)) are engineering defaults;
[repetitions.md](../evidence/repetitions.md) and [real-people.md](../evidence/real-people.md) measure
what is counted with them.

"""

ABOUT_FAULTS = """\
A fault is judged on the middle of the full repetitions. An engineering default is a limit without a
published value; [form.md](../evidence/form.md) measures what is seen, and what is invented, with these.

"""


@dataclass(frozen=True)
class Constant:
    """One named numeric constant of the core."""

    path: str
    """File below `rust/kneepose-core/src`."""
    name: str
    value: str
    unit: str
    meaning: str
    source: str


def module_of(path: str) -> str:
    return re.split(r"[/.]", path)[0]


def _sentences(doc: str) -> str:
    lines = (line.strip().removeprefix("///").strip() for line in doc.splitlines())
    return re.sub(r"\[(`[^`]+`)\]", r"\1", " ".join(line for line in lines if line))


def _unit(name: str, kind: str, meaning: str) -> str:
    for ending, unit in SUFFIX_UNITS.items():
        if name.endswith(ending):
            return unit
    if kind.startswith("u"):
        return "count"
    words = (unit for pattern, unit in WORD_UNITS.items() if re.search(pattern, meaning))
    return next(words, "–")


def _meaning_of_function(text: str) -> str:
    """Return a meaning for a constant without a comment: the function that contains it."""
    names = re.findall(r"\bfn (\w+)", text)
    return f"Inside `{names[-1]}`." if names else ""


def _value(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    gate = re.fullmatch(r"FlexionGate \{ (.*?),? \}", text)
    if gate:
        return gate[1]
    return text.replace("_", "") if re.fullmatch(r"[\d_.]+", text) else text


def parse(text: str, path: str) -> Iterator[Constant]:
    """Yield the constants of one source file in order, without those of its tests."""
    text = text.split("#[cfg(test)]")[0]
    above, source_above, end_above = "", "", 0
    for found in CONST.finditer(text):
        kind = re.sub(r"\s+", " ", found["type"]).strip()
        if not NUMERIC.match(kind):
            continue
        meaning = _sentences(found["doc"])
        meaning, _, source = meaning.partition("Source:")
        meaning, _, unit = meaning.partition("Unit:")
        meaning, unit, source = meaning.strip(), unit.strip().rstrip("."), source.strip()
        name = found["name"]
        unit = unit or _unit(name, kind, meaning)
        if not source and PUBLISHED.search(meaning):
            source = "see meaning"
        if meaning:
            above, source_above = name, source
        elif above and not text[end_above : found.start()].strip():
            meaning, source = f"See `{above}`.", source_above
        else:
            meaning = _meaning_of_function(text[: found.start()])
        end_above = found.end()
        if name not in NO_THRESHOLDS:
            yield Constant(path, name, _value(found["value"]), unit, meaning, source)


def problem(source: str) -> str:
    """Return the defect of a source in words, or an empty text.

    The source must be of a known kind, and each decision and file that it names must exist.
    `test_docs` checks that the sections of science.md exist.
    """
    if not source:
        return "no source"
    if source.startswith("chosen:"):
        if not CHOSEN.fullmatch(source.rstrip(".")):
            return (
                "needed: chosen: <reason>; held by test <path>, or measured by docs/evidence/<page>, or "
                "no test shows its effect"
            )
    elif not source.startswith(("derived: ", "see meaning")) and not any(
        kind.search(source) for kind in (PUBLISHED, DECIDED, DESCRIBED)
    ):
        return (
            "neither chosen, derived, a publication, a decision, science.md nor a page of evidence"
        )
    absent = [path for path in FILE.findall(source) if not (ROOT / path).is_file()]
    absent += [f"decision {n}" for n in DECIDED.findall(source) if not _decision(n)]
    return f"{', '.join(absent)} is not there" if absent else ""


def problems() -> list[str]:
    """Return one line for each constant whose source is missing or wrong."""
    found = ((one, problem(one.source)) for one in constants())
    return [f"{one.path}: {one.name}: {wrong}" for one, wrong in found if wrong]


def _decision(number: str) -> str:
    """Return the file name of a decision, or an empty text if there is none."""
    pages = (ROOT / "docs" / "decisions").glob(f"{number}-*.md")
    return next((page.name for page in pages), "")


def linked(source: str) -> str:
    """Return a source with links to the sections, decisions and files that it names."""
    source = DECIDED.sub(
        lambda found: f"[decision {found[1]}](../decisions/{_decision(found[1])})", source
    )
    source = DESCRIBED.sub(r"[science.md \1](../explanation/science.md)", source)
    return FILE.sub(
        lambda found: (
            f"[{Path(found[0]).name}](../{found[0].removeprefix('docs/')})"
            if found[0].startswith("docs/")
            else f"[{Path(found[0]).name}](../../{found[0]})"
        ),
        source,
    )


def constants() -> list[Constant]:
    """Return all constants that affect a decision, by file."""
    paths = sorted(path.relative_to(CORE).as_posix() for path in CORE.rglob("*.rs"))
    return [
        one
        for path in paths
        if not path.startswith(WITHOUT_THRESHOLDS) and not path.startswith("exercise/table")
        for one in parse((CORE / path).read_text("utf-8"), path)
    ]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def _exercises() -> str:
    units = {row["name"]: row["unit"] for row in _core.angle_table()}
    units["duration_s"] = "s"
    text = "## Exercises\n\n" + ABOUT_EXERCISES
    rows: list[tuple[str, ...]] = []
    for row in _core.exercise_table():
        for prefix, view in (
            ("", "3-D"),
            ("side_", "from the side"),
            ("frontal_", "from the front"),
        ):
            signal = row[f"{prefix}signal"]
            least = f"{row[f'{prefix}signal_min_range']:g}"
            rows.append((f"`{row['name']}`", view, f"`{signal}`", least, units[signal]))
        low, high = row["target"]
        rows.append(
            (f"`{row['name']}`", "target", f"`{row['signal']}`", f"{low:g} to {high:g}", "deg")
        )
        rows.append(
            (f"`{row['name']}`", "low-pass of keypoints", "cut-off", f"{row['cutoff_hz']:g}", "Hz")
        )
    text += _table(("exercise", "where", "what", "value", "unit"), rows)
    text += "\n## Faults\n\n" + ABOUT_FAULTS
    faults: dict[tuple[str, ...], list[str]] = {}
    for row in _core.exercise_table():
        for fault in row["faults"]:
            for criterion in fault["criteria"]:
                moment = criterion["moment"] or "whole repetition"
                limit = f"{criterion['way']} {criterion['threshold']:g}"
                if criterion["in_image"] is not None:
                    limit += f", in an image {criterion['in_image']:g}"
                measure = criterion["measure"]
                key = (
                    f"`{fault['name']}`",
                    f"`{measure}`",
                    moment,
                    limit,
                    units[measure],
                    fault["source"],
                )
                faults.setdefault(key, []).append(row["name"])
    cells = [(*key[:5], ", ".join(names), key[5]) for key, names in faults.items()]
    return text + _table(
        ("fault", "measure", "when", "limit", "unit", "exercises", "source"), cells
    )


def _gates() -> str:
    rows = [
        (
            f"`{row['name']}`",
            f"{row['refused_below_flexion']:g}",
            f"{row['low_below_flexion']:g}",
            row["source"],
        )
        for row in _core.angle_table()
        if row["refused_below_flexion"] is not None
    ]
    text = "\nAngles that need a bent knee, in degrees of knee flexion (`ROTATION_GATE`):\n\n"
    return text + _table(("angle", "refused below", "low confidence below", "definition"), rows)


def _checks() -> str:
    """Return the table of the recording checks; their limits are arguments in the source."""
    text = (CORE / "quality" / "check_table.rs").read_text("utf-8")
    pattern = re.compile(
        r'(?:row|CheckRow::new)\(\s*"(?P<name>\w+)",(?P<how>.*?)(?:V|Validity)::(?P<reason>\w+),'
        r'\s*(?P<warn>[\w.:]+),\s*(?P<refuse>[\w.:]+),(?:\s*//[^\n]*)?\s*\(\s*"(?P<before>[^"]*)",\s*'
        r'(?P<factor>[\d.]+),\s*\d,\s*"(?P<after>[^"]*)"',
        flags=re.DOTALL,
    )
    rows = []
    for found in pattern.finditer(text):
        factor = float(found["factor"])

        def limit(word: str, factor: float = factor) -> str:
            return (
                "–"
                if word in ("NEVER", "f64::INFINITY")
                else f"{float(word) * factor:g}"
                if word[0].isdigit()
                else f"`{word}`"
            )

        words = re.sub(r"\s+", " ", found["before"] + "…" + found["after"]).strip()
        rows.append((f"`{found['name']}`", limit(found["warn"]), limit(found["refuse"]), words))
    assert len(rows) == len(re.findall(r'(?:row|CheckRow::new)\(\s*"', text)), (
        "a check has an unknown form"
    )
    head = (
        "\nThe checks themselves; their error rates are in [guards.md](../evidence/guards.md).\n\n"
    )
    return head + _table(("check", "warns from", "refuses from", "what the value says"), rows)


EXTRAS: dict[str, Any] = {"angle": _gates, "quality": _checks}


def render() -> str:
    """Return the text of the page."""
    found = constants()
    modules = [*SECTIONS, *sorted({module_of(one.path) for one in found} - set(SECTIONS))]
    text = HEAD + _exercises()
    for module in modules:
        rows = [
            (
                f"`{one.name}`",
                one.value,
                one.unit,
                one.meaning,
                linked(one.source),
                f"`{one.path}`",
            )
            for one in found
            if module_of(one.path) == module
        ]
        if rows:
            text += f"\n## {SECTIONS.get(module, module)}\n\n"
            text += _table(("constant", "value", "unit", "meaning", "source", "file"), rows)
        if module in EXTRAS:
            text += EXTRAS[module]()
    return text


if __name__ == "__main__":
    if wrong := problems():
        raise SystemExit("constants without a source that holds:\n" + "\n".join(wrong))
    PAGE.write_text(render(), encoding="utf-8")
    print(f"{PAGE}: {len(constants())} constants")
