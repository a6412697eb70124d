"""Shell commands and Python code that reproduce the work of a room of the app."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final

from kneepose.app.refusal import Refused
from kneepose.exercises.spec import built_in
from kneepose.tables import exercises
from kneepose.typing import Side

__all__ = ["ROOMS", "SIDES", "options_of", "recipe"]

#: Rooms of the page: the live mirror, one clip, two clips, and the history of weeks.
ROOMS: Final = ("mirror", "clip", "compare", "weeks")

SIDES: Final[tuple[Side, Side]] = ("left", "right")
_NUMBERS: Final = {"slow_motion": 1.0, "start_s": None, "end_s": None}


def options_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validated choices of a room: exercise, side, and the options of `from_video`.

    Raises
    ------
    Refused
        A choice is invalid.
    """
    names = [row["name"] for row in exercises()]
    exercise = given.get("exercise", "squat")
    if exercise not in names:
        raise Refused(400, f"the exercise must be one of {', '.join(names)}.")
    side = given.get("side") or None
    if built_in(exercise)["two_legs"]:
        side = None
    elif side not in SIDES:
        raise Refused(400, "choose the side, left or right: this exercise is done on one side.")
    person = given.get("person") or "main"
    if person not in ("main", "largest"):
        raise Refused(400, "the person must be main or largest.")
    found: dict[str, Any] = {
        "exercise": exercise, "side": side, "person": person, "mirrored": bool(given.get("mirrored")),
    }  # fmt: skip
    for name, usual in _NUMBERS.items():
        text = str(given.get(name) if given.get(name) is not None else "").strip()
        try:
            value = float(text) if text else usual
        except ValueError:
            raise Refused(400, f"{text!r} is no number.") from None
        found[name] = value
    return found


def recipe(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the shell command and the Python code that reproduce a room with its choices.

    Parameters
    ----------
    given
        ``room`` (mirror, guided, clip, compare or weeks), the choices, and the names of the clips.

    Raises
    ------
    Refused
        Unknown room, or an invalid choice.
    """
    room = _RECIPES.get(str(given.get("room")))
    if room is None:
        raise Refused(400, f"the room must be one of {', '.join(_RECIPES)}.")
    command, lines = room(given)
    return {"command": "\n".join(command), "python": "\n".join(lines)}


Lines = tuple[list[str], list[str]]


def _mirror(given: Mapping[str, Any]) -> Lines:
    asked = options_of(given)
    side = _words(f"--side {asked['side']}" if asked["side"] else "")
    of_side = f', side="{asked["side"]}"' if asked["side"] else ""
    return [f"kneepose live --exercise {asked['exercise']}{side} --web --save sets"], [
        "import kneepose as kp",
        f'with kp.Mirror("{asked["exercise"]}"{of_side}, source=0, save="sets") as mirror:',
        "    mirror.start_set()",
        "    for frame in mirror:",
        "        print(frame.states[0].rep_count if frame.states else 0)  # frame.image is the picture",
    ]


def _guided(given: Mapping[str, Any]) -> Lines:
    asked = given.get("order")
    order = (
        [side for side in SIDES if side == asked[0]] if isinstance(asked, list) and asked else []
    )
    order += [side for side in SIDES if side not in order]
    live = [
        f"kneepose live --exercise single_leg_squat --side {s} --web --save sets" for s in order
    ]
    sets = "{}/single_leg_squat-set1-{}.npz"
    left, right = (sets.format("sets", side) for side in SIDES)
    return [
        *live,
        f"kneepose compare {left} {right} --exercise single_leg_squat --report page.html",
    ], [
        "import kneepose as kp",
        'name = "single_leg_squat"',
        f'left = kp.analyze(kp.read("{left}"), name, side="left")',
        f'right = kp.analyze(kp.read("{right}"), name, side="right")',
        'kp.compare(left, right).to_html("page.html")',
    ]


def _clip(given: Mapping[str, Any]) -> Lines:
    asked = options_of(given)
    clip = _name(given, "clip", "clip.mp4")
    stem = PurePath(clip).stem
    side = f" --side {asked['side']}" if asked["side"] else ""
    outputs = f" --report {_shell(stem + '.html')} --annotate {_shell(stem + '.annotated.mp4')}"
    lines = ["import kneepose as kp", f"rec = kp.from_video({_quoted(clip)}{_arguments(asked)})"]
    if asked["side"]:
        lines += [
            f'a = kp.analyze(rec, "{asked["exercise"]}", side="{asked["side"]}")',
            f"a.to_html({_quoted(stem + '.html')})",
            f"kp.annotate({_quoted(clip)}, a, {_quoted(stem + '.annotated.mp4')})",
        ]
    else:
        lines += [
            f'both = kp.analyze_sides(rec, "{asked["exercise"]}")',
            f"kp.compare(*both).to_html({_quoted(stem + '.html')})",
            f"kp.annotate({_quoted(clip)}, both, {_quoted(stem + '.annotated.mp4')})",
        ]
    command = f"kneepose analyze {_shell(clip)} --exercise {asked['exercise']}{side}"
    return [command + _flags(asked) + outputs], lines


def _compare(given: Mapping[str, Any]) -> Lines:
    sides = [side if (side := given.get(key)) in SIDES else usual
             for key, usual in (("first_side", "left"), ("second_side", "right"))]  # fmt: skip
    asked = options_of({**given, "side": sides[0]})
    clips = [
        _name(given, key, f"{usual}.mp4") for key, usual in (("first", "left"), ("second", "right"))
    ]
    name = asked["exercise"]
    chosen = "" if sides == list(SIDES) else f" --sides {' '.join(sides)}"
    command = (
        f"kneepose compare {_shell(clips[0])} {_shell(clips[1])} --exercise {name}{chosen}"
        f"{_flags(asked)} --report compare.html --film film.mp4"
    )
    of = [
        f'{var} = kp.analyze(kp.from_video({_quoted(clip)}{_arguments(asked)}), "{name}", side="{side}")'
        for var, clip, side in zip(("first", "second"), clips, sides, strict=True)
    ]
    return [command], [
        "import kneepose as kp",
        *of,
        'both = kp.compare(first, second); both.to_html("compare.html")',
        f'kp.video.film(both, ({_quoted(clips[0])}, {_quoted(clips[1])}), "film.mp4")',
    ]


def _weeks(given: Mapping[str, Any]) -> Lines:
    subject, file = str(given.get("subject") or "K1"), str(given.get("file") or "weeks.sqlite")
    exercise = str(given.get("exercise") or "clamshell")
    of = f" --subject {_shell(subject)}"
    name = _quoted(subject)
    return [
        f"kneepose log {_shell(exercise)} --reps 15 --sets 3{of}",
        f"kneepose pain --worst 5 --usual 3{of}",
        f"kneepose trend --report weeks.html{of}",
    ], [
        "import kneepose as kp",
        f"with kp.History({_quoted(file)}) as history:",
        f'    history.log_set({name}, {_quoted(exercise)}, side="both", reps=15, sets=3)',
        f"    history.log_pain({name}, worst=5, usual=3)",
        f"    print(history.trend({name}))",
        f'    history.to_html({name}, "weeks.html")',
    ]


_RECIPES: Final[dict[str, Callable[[Mapping[str, Any]], Lines]]] = {
    "mirror": _mirror,
    "guided": _guided,
    "clip": _clip,
    "compare": _compare,
    "weeks": _weeks,
}


def _name(given: Mapping[str, Any], key: str, usual: str) -> str:
    return PurePath(str(given.get(key) or usual).replace("\\", "/")).name or usual


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _shell(name: str) -> str:
    # A name that begins with a dash would be read as an option.
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _words(text: str) -> str:
    return f" {text}" if text else ""


def _flags(asked: Mapping[str, Any]) -> str:
    flags = {"start_s": "--from", "end_s": "--to", "slow_motion": "--slow-motion"}
    text = "".join(
        f" {flag} {asked[name]:g}" for name, flag in flags.items() if asked[name] != _NUMBERS[name]
    )
    text += " --person largest" if asked["person"] == "largest" else ""
    return text + (" --mirrored" if asked["mirrored"] else "")


def _arguments(asked: Mapping[str, Any]) -> str:
    text = "".join(
        f", {name}={asked[name]:g}" for name, usual in _NUMBERS.items() if asked[name] != usual
    )
    text += ', person="largest"' if asked["person"] == "largest" else ""
    return text + (", mirrored=True" if asked["mirrored"] else "")
