"""All catalogue keys: from source code, tables, and the core."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache

import kneepose as kp
from kneepose import _core
from kneepose.analysis.reps import RepStatus
from kneepose.app.local import script_texts
from kneepose.exercises.programme import dose_words
from kneepose.guides.figure import PLACES
from kneepose.history.course import CONDITIONS
from kneepose.quality.quality import pair_camera
from kneepose.report.reps import REJECTION_REASONS
from kneepose.validity import Validity
from kneepose.words import safety
from kneepose.words.drawing import PHASES
from kneepose.words.exercises import WORDINGS
from kneepose.words.measures import LABELS
from kneepose.words.notes import NOTES, VALUES
from tests.support.datasets import PROJECT

PACKAGE = PROJECT / "python" / "kneepose"
SIDES = ("left", "right")
POINTS = ("lowest point", "highest point", "farthest point")
#: Expression inside an f-string key → its possible values.
PARTS = {
    "self.side.capitalize()": ("Left", "Right"),
    "self.analysis.side": SIDES,
    "self.first.side": SIDES,
    "side": SIDES,
    "more[0].side": SIDES,
    "name": SIDES,
    "name_of(told[0], comparison)": ("first", "second"),
    "of": ("shin", "thigh", "leg", "stance width"),
    "turning_point": POINTS,
    "self.turning_point": POINTS,
    "wording.turning_point": POINTS,
    "both": ("both knees point", "in both recordings the knee points"),
    "toward": ("inward", "outward"),
    "title": tuple(row["title"] for row in kp.tables.exercises()),
    "how": ("further inward", "less inward", "further outward", "less outward"),
}  # fmt: skip
ALSO = {
    "in the first recording", "in the second recording", "first", "second", "left", "right",
    "Seen: {faults}", "Borderline: {faults}",
}  # fmt: skip


def expanded(node: ast.JoinedStr) -> Iterator[str]:
    """Return all texts that an f-string can produce."""
    choices: list[tuple[str, ...]] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            choices.append((str(part.value),))
        else:
            assert isinstance(part, ast.FormattedValue)
            source = ast.unparse(part.value)
            assert source in PARTS, f"tests/words/keys.py does not know what {source} may be"
            choices.append(PARTS[source])
    return ("".join(parts) for parts in itertools.product(*choices))


def texts_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from expanded(node)
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        for value in node.value.values:
            yield from texts_of(value)


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


@cache
def source_keys() -> frozenset[str]:
    """Return the keys in calls of `tr` and `trn` in modules, of `t` in templates and scripts, and
    in pages.

    Texts chosen in one place and translated in another are found by displaying everything (`asked`
    in test_catalogue.py).
    """
    found: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or called(node) not in ("tr", "trn"):
                continue
            at = 1 if called(node) == "trn" else 0
            found.update(texts_of(node.args[at]))
    for path in sorted(PACKAGE.rglob("*.j2")):
        found.update(re.findall(r'\bt\("([^"]+)"', path.read_text(encoding="utf-8")))
    for path in sorted(PACKAGE.rglob("*.js")):
        found.update(script_texts(path.name))
    for path in sorted(PACKAGE.rglob("*.html")):
        marked = re.findall(r"\{\{(.*?)\}\}", path.read_text(encoding="utf-8"), re.DOTALL)
        found.update(" ".join(text.split()) for text in marked)
    return frozenset(found - {""})


@cache
def table_keys() -> frozenset[str]:
    """Return the keys in all table rows that texts are built from."""
    found: set[str] = set(ALSO)
    for label in LABELS.values():
        found.update(label)
    for wording in WORDINGS.values():
        names = ("leading", "curve", "more_curves", "labels")
        found.update(getattr(wording, name) for name in wording._fields if name not in names)
        for label in wording.labels.values():
            found.update(label)
        found.update(texts_around(wording.turning_point))
    for row in kp.tables.exercises():
        found.update((row["title"], f"{row['title']}s"))
        sentences = re.split(r"(?<=\.)\s+", row["set_up"])
        at = next(i for i, text in enumerate(sentences) if text.startswith("Camera"))
        for part in (sentences[:at], sentences[at : at + 1], sentences[at + 1 :]):
            found.add(" ".join(part))
        for fault in row["faults"]:
            found.update((fault["title"], fault["cue"]))
    for planned in kp.tables.programme():
        found.update(planned["load"])
        found.update(value for value in planned.values() if isinstance(value, str))
        found.discard(planned["exercise"])
        found.add(dose_words(planned)[0])
    for place in PLACES.values():
        found.update((place.where, place.height))
    for reason in Validity:
        found.update((reason.sentence, reason.remedy))
    found.update(words for _, words in _core.rep_statuses())
    found.update(REJECTION_REASONS[status] for status in RepStatus if status in REJECTION_REASONS)
    for scale in kp.history.SCALES.values():
        found.update((scale.title, scale.unit, scale.source))
    found.update(CONDITIONS)
    found.update(safety.STOP_SIGNS)
    found.update((safety.STATED_LIMITS, safety.PAIN_RULE, safety.ASK_FIRST))
    found.update(word for words in PHASES.values() for word in words.values())
    return frozenset(found - {""})


def texts_around(point: str) -> set[str]:
    return {f"at the {point}", f"from rest to the {point}", f"rest to {point}"}


@cache
def finding_keys() -> frozenset[str]:
    """Return the keys of the core's findings, with ``#`` for numbers."""
    source = (PROJECT / "rust/kneepose-core/src/quality/check_table.rs").read_text(encoding="utf-8")
    rows = re.findall(r'\(\s*"([^"]*)",\s*[\d.]+,\s*\d,\s*"([^"]*)",?\s*\)', source)
    assert len(rows) > 20
    number = re.compile(r"[−+-]?\d+(?:\.\d+)?")
    texts = {number.sub("#", f"{before}0{after}") for before, after in rows}
    return frozenset(texts | {f"{text}; repaired or left out" for text in texts})


@cache
def note_keys() -> frozenset[str]:
    """Return the keys of notes of comparisons, with ``#`` for numbers."""
    made = [
        pair_camera(yaw, guard, moved=moved, said_front=True).note
        for yaw in (float("nan"), 0.0, 5.0, 20.0)
        for guard in (None, Validity.CAMERA_TURNED)
        for moved in (False, True)
    ]
    numbered = {re.sub(r"[−+-]?\d+(?:\.\d+)?", "#", note) for note in made}
    return frozenset(numbered.union(NOTES, VALUES))
