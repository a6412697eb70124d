"""Commands for the history: subjects, sessions, sets, pain, scores, and ``kneepose trend``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kneepose import tables
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.cli.history_file import FILE_VARIABLE, history_path
from kneepose.cli.outcome import outcome, print_json
from kneepose.cli.output import OK, say
from kneepose.cli.progress import progress, progress_end
from kneepose.cli.sources import add_video_options, add_wording_options, recording_at
from kneepose.errors import KneeposeError
from kneepose.exercises.programme import programme_row
from kneepose.exercises.spec import built_in
from kneepose.history.flags import RED_FLAGS
from kneepose.history.history import History
from kneepose.history.outcomes import SCALES
from kneepose.history.plan import Next, first_dose
from kneepose.history.text import exercise_words, outcome_sentence, side_words, value_words
from kneepose.words.catalogue import opened, speak, tr, tr_measured, trn
from kneepose.words.exercises import wording_of
from kneepose.words.safety import PAIN_RULE
from kneepose.words.units import number
from kneepose.writing import check_outputs, write_text

__all__ = ["add_weeks_commands"]

_EXERCISES: Final = tuple(row["name"] for row in tables.exercises())
_SIDES: Final = ("left", "right", "both")


def add_weeks_commands(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """Add the parsers of the history commands, and return them."""
    added = (
        _subject(commands),
        _session(commands),
        _log(commands),
        _pain(commands),
        _score(commands),
        _strength(commands),
        _plan(commands),
        _goal(commands),
        _flags(commands),
        _reliability(commands),
        _trend(commands),
    )
    for parser in added:
        parser.add_argument(
            "--history", type=Path, metavar="FILE",
            help=tr(
                "the history file (default: ${variable}, else one among your data)",
                variable=FILE_VARIABLE,
            ),
        )  # fmt: skip
        if parser.prog.split()[-1] != "subject":
            parser.add_argument(
                "--subject",
                metavar="NAME",
                help=tr("pseudonym; not needed if there is one subject"),
            )
            parser.add_argument("--date", metavar="DAY", help=tr("as 2026-03-01 (default: today)"))
    return added


def _parser(
    commands: Any, name: str, help: str, run: Callable[[argparse.Namespace, History], int]
) -> argparse.ArgumentParser:
    def opened(options: argparse.Namespace) -> int:
        with History(options.history or history_path()) as history:
            if hasattr(options, "subject"):
                options.subject = options.subject or _only_subject(history)
            return run(options, history)

    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(run=opened, usage_error=parser.error)
    return parser


def _only_subject(history: History) -> str:
    """Return the pseudonym of the only subject.

    Raises
    ------
    KneeposeError
        The history has no subject, or more than one.
    """
    names = [row["pseudonym"] for row in history.subjects()]
    if len(names) == 1:
        return str(names[0])
    if not names:
        raise KneeposeError(
            "the history has no subject yet. Add one first: kneepose subject new K1 --involved left"
        )
    raise KneeposeError(
        f"the history has {len(names)} subjects; add --subject, one of {', '.join(names)}."
    )


def _done(options: argparse.Namespace, found: str, then: str = "") -> int:
    """Print the recorded entry and the next step; return the exit code."""
    if options.json:
        print_json({"recorded": found, "next": then})
    else:
        say(f"{found}\n{then}".rstrip())
    return OK


# --- subjects -----------------------------------------------------------------------------------


def _subject(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "subject", tr("add a subject, list them, export or remove one"), _run_subject
    )
    parser.add_argument("action", choices=("new", "list", "consent", "export", "purge"))
    parser.add_argument("name", nargs="?", metavar="PSEUDONYM", help=tr("such as K1; not a name"))
    parser.add_argument("--involved", choices=(*_SIDES, "none"), default="none")
    parser.add_argument("--dominance", choices=("left", "right"))
    parser.add_argument("--symptoms-since", metavar="DAY")
    parser.add_argument(
        "--real-name", metavar="NAME", help=tr("kept in a file of its own, beside the history")
    )
    parser.add_argument(
        "--scope", metavar="TEXT", help=tr("consent: what the data may be used for")
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=tr("export: a new folder"))
    parser.add_argument("--yes", action="store_true", help=tr("purge: do not ask"))
    parser.add_argument("--date", metavar="DAY", help=tr("as 2026-03-01 (default: today)"))
    return parser


def _run_subject(options: argparse.Namespace, history: History) -> int:
    name = options.name
    if options.action == "list":
        rows = history.subjects()
        if options.json:
            print_json(rows)
        else:
            say(
                "\n".join(f"{r['pseudonym']}: {side_words(r['involved'])}" for r in rows)
                or tr("No subject.")
            )
        return OK
    if not name:
        options.usage_error(f"subject {options.action} needs a pseudonym, such as K1")
    if options.action == "new":
        history.add_subject(
            name, involved=options.involved, dominance=options.dominance,
            symptoms_since=options.symptoms_since, name=options.real_name, date=options.date,
        )  # fmt: skip
        then = tr("Next: kneepose flags, then two test days within ten days (kneepose session).")
        return _done(options, tr("{subject} is a subject now.", subject=name), then)
    if options.action == "consent":
        if not options.scope:
            options.usage_error("consent needs --scope: what the data may be used for")
        history.consent(name, options.scope, date=options.date)
        return _done(
            options,
            tr("The consent of {subject} is recorded: {scope}.", subject=name, scope=options.scope),
        )
    if options.action == "export":
        if options.out is None:
            options.usage_error("export needs --out, a new folder")
        files = history.export(name, options.out)
        return _done(
            options,
            trn(
                "{n} file about {subject} is in {folder}.",
                "{n} files about {subject} are in {folder}.",
                len(files),
                subject=name,
                folder=options.out,
            ),
        )
    if not options.yes:
        options.usage_error(f"purge removes everything about {name} for good; add --yes")
    history.purge(name)
    then = tr("Clips, keypoints beside clips and copies elsewhere are yours to remove.")
    done = tr("Everything that was recorded about this subject is removed.")
    return _done(options, done, then)


# --- sessions -----------------------------------------------------------------------------------


def _session(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "session", tr("analyze a clip or recording and store the result"), _run_session
    )
    parser.add_argument("path", type=Path, help=tr("clip or file of keypoints"))
    parser.add_argument("--exercise", required=True, choices=_EXERCISES)
    parser.add_argument("--side", choices=("left", "right"), help=tr("not needed for a squat"))
    parser.add_argument(
        "--training", action="store_true", help=tr("no test day: not compared with others")
    )
    parser.add_argument(
        "--camera", required=True, metavar="TEXT",
        help=tr('set-up, in the same words whenever it is the same: "phone, front, 3 m, 50 cm"'),
    )  # fmt: skip
    parser.add_argument(
        "--height-cm", type=float,
        help=tr("height of the seat or the step: needed for sit_to_stand and step_down"),
    )  # fmt: skip
    parser.add_argument("--shoes", default="", metavar="TEXT")
    parser.add_argument("--tape", default="", metavar="TEXT")
    parser.add_argument(
        "--keep-keypoints", action="store_true", help=tr("keep the keypoints too, without the face")
    )
    parser.add_argument(
        "--same-person",
        action="store_true",
        help=tr("it is the same one, whatever the proportions"),
    )
    add_video_options(parser)
    return parser


def _run_session(options: argparse.Namespace, history: History) -> int:
    if options.exercise in _HEIGHT_OF and options.height_cm is None:
        thing = _HEIGHT_OF[options.exercise]
        options.usage_error(
            f"give --height-cm, the height of the {thing}: another one is compared apart"
        )
    row = built_in(options.exercise)
    if not options.side and not row["two_legs"]:
        options.usage_error(
            f"{row['name']} is analyzed for one side: add --side left or --side right, the "
            f"{wording_of(row).leg}"
        )
    camera = _with_height(options.camera, options)
    try:
        recording = recording_at(options.path, options, progress)
    finally:
        progress_end()
    if options.side:
        found = [analyze(recording, options.exercise, side=options.side)]
    else:
        found = list(analyze_sides(recording, options.exercise))
    code = outcome(*found)
    if code != OK:
        say("\n".join(analysis.summary() for analysis in found) + f"\n{tr('Nothing was stored.')}")
        return code
    kind: Any = "training" if options.training else "test_day"
    with history.all_or_none():
        session = history.session_on(
            options.subject, kind=kind, camera=camera, date=options.date or recording.date,
            shoes=options.shoes, tape=options.tape,
        )  # fmt: skip
        for analysis in found:
            history.add_analysis(
                session, analysis, keypoints=options.keep_keypoints, same_person=options.same_person
            )
    then = tr(
        "Next: kneepose trend."
        if kind == "test_day"
        else "Training is not compared with test days."
    )
    return _done(options, "\n".join(f"{tr('Stored.')} {a.summary()}" for a in found), then)


# --- reports of the person ----------------------------------------------------------------------


def _log(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "log", tr("record sets of an exercise that were done, or not"), _run_log
    )
    parser.add_argument("exercise", metavar="EXERCISE", help=tr("such as clamshell"))
    parser.add_argument("--side", choices=_SIDES, default="both")
    parser.add_argument("--reps", type=int, help=tr("repetitions of a set"))
    parser.add_argument("--sets", type=int, default=1)
    parser.add_argument("--load", default="", metavar="TEXT", help=tr('such as band or "4 kg"'))
    parser.add_argument("--height-cm", type=float, help=tr("height of the seat or the step"))
    parser.add_argument("--rpe", type=float, help=tr("perceived exertion, 0 to 10"))
    parser.add_argument("--not-done", metavar="REASON", help=tr("it was not done, and why"))
    parser.add_argument("--note", default="")
    return parser


#: Exercise → object whose height is recorded.
_HEIGHT_OF = {"sit_to_stand": "seat", "step_down": "step"}
#: Smallest accepted height in cm; lower numbers are probably in meters. An engineering default.
_LOWEST_CM = 2


def _with_height(text: str, options: argparse.Namespace) -> str:
    """Append the height of the seat or step to a description, as it is part of the set-up."""
    if options.height_cm is None:
        return text
    thing = _HEIGHT_OF.get(options.exercise)
    if thing is None:
        options.usage_error("--height-cm is for " + " and ".join(_HEIGHT_OF))
    if not _LOWEST_CM <= options.height_cm <= 100:
        options.usage_error(
            f"--height-cm is {options.height_cm:g}; it must be from {_LOWEST_CM} to 100 centimeters"
        )
    return ", ".join(filter(None, [text, f"{thing} {options.height_cm:g} cm"]))


def _run_log(options: argparse.Namespace, history: History) -> int:
    name, day = options.subject, options.date
    if options.not_done is not None:
        history.log_adherence(name, options.exercise, "not_done", reason=options.not_done, date=day)
        said = tr("{exercise} is recorded as not done.", exercise=_title(options.exercise))
        return _done(options, f"{name}: {said}", tr("Go on next time."))
    if options.reps is None:
        options.usage_error("give --reps, or --not-done with the reason")
    number = history.log_set(
        name, options.exercise, side=options.side, reps=options.reps, sets=options.sets,
        load=_with_height(options.load, options), rpe=options.rpe, date=day, note=options.note,
    )  # fmt: skip
    row = next(row for row in history.rows("logged_set", name) if row["id"] == number)
    rpe = row["rpe"]
    words = [
        _title(row["exercise"]), tr(_SIDE_WORDS[row["side"]]), f"{row['sets']} × {row['reps']}",
        row["load"],
        "" if rpe is None else tr("exertion {value} of 10", value=value_words(rpe)),
    ]  # fmt: skip
    found = tr(
        "{subject}, {day}: {words} is recorded.",
        subject=name, day=row["date"], words=", ".join(filter(None, words)),
    )  # fmt: skip
    known = [
        one
        for one in history.trend(name, on=row["date"]).adherence
        if one.exercise == row["exercise"]
    ]
    if known:
        so_far = "So far {done} of {prescribed} prescribed days."
        found += " " + tr(so_far, done=known[-1].done, prescribed=known[-1].prescribed)
    return _done(options, found, tr("Next: record the pain 24 h later (kneepose pain --after)."))


#: Side of an entry → its display text.
_SIDE_WORDS: Final = {"left": "left", "right": "right", "both": "both sides"}


def _pain(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "pain", tr("record pain, 0 (none) to 10 (worst imaginable)"), _run_pain
    )
    parser.add_argument("--worst", type=float, help=tr("worst of the past week"))
    parser.add_argument("--usual", type=float, help=tr("usual of the past week"))
    parser.add_argument("--during", type=float, help=tr("during the exercises"))
    parser.add_argument("--after", type=float, help=tr("24 hours after them"))
    parser.add_argument("--side", choices=_SIDES)
    parser.add_argument("--note", default="")
    return parser


def _run_pain(options: argparse.Namespace, history: History) -> int:
    name = options.subject
    number = history.log_pain(
        name, worst=options.worst, usual=options.usual, during=options.during,
        after_24h=options.after, side=options.side, date=options.date, note=options.note,
    )  # fmt: skip
    day = next(row["date"] for row in history.rows("pain", name) if row["id"] == number)
    trend = history.trend(name, on=day)
    given = {
        scale
        for scale, value in zip(
            ("worst", "usual", "during", "after_24h"),
            (options.worst, options.usual, options.during, options.after),
            strict=True,
        )
        if value is not None
    }
    found = [outcome_sentence(one) for one in trend.outcomes if one.scale in given]
    return _done(options, "\n".join(found), _after_pain(trend.red_flags))


def _after_pain(red_flags: str) -> str:
    if red_flags:
        ask = "Next: answer the questions about signs that need care (kneepose flags): {why}."
        return tr(ask, why=tr_measured(red_flags))
    return f"{tr('Next')}: {tr(PAIN_RULE)}"


def _score(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(commands, "score", tr("record the total of a questionnaire"), _run_score)
    parser.add_argument(
        "scale", choices=("akps", "koos_pf", "vas_worst", "vas_usual", "global_change")
    )
    parser.add_argument("total", type=float)
    return parser


def _run_score(options: argparse.Namespace, history: History) -> int:
    name, scale = options.subject, options.scale
    number = history.log_score(name, scale, options.total, date=options.date)
    day = next(row["date"] for row in history.rows("score", name) if row["id"] == number)
    found = [o for o in history.trend(name, on=day).outcomes if o.scale == scale]
    return _done(
        options, outcome_sentence(found[0]), f"{tr('Source')}: {tr(SCALES[scale].source)}."
    )


def _strength(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(commands, "strength", tr("record a strength by dynamometer"), _run_strength)
    parser.add_argument("movement", help=tr('such as "hip abduction"'))
    parser.add_argument("value", type=float)
    parser.add_argument("unit", choices=("N", "Nm", "kg", "N/kg", "Nm/kg", "percent_bw"))
    parser.add_argument("--side", choices=("left", "right"), required=True)
    return parser


def _run_strength(options: argparse.Namespace, history: History) -> int:
    history.log_strength(
        options.subject, options.movement, options.value, options.unit, side=options.side,
        date=options.date,
    )  # fmt: skip
    said = tr(
        "{movement}, {side}: {value} {unit} is recorded.",
        movement=options.movement, side=tr(options.side), value=value_words(options.value),
        unit=options.unit,
    )  # fmt: skip
    return _done(options, said)


def _plan(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands,
        "plan",
        tr("record what is prescribed, or print what the programme says next"),
        _run_plan,
    )
    parser.add_argument(
        "exercise",
        metavar="EXERCISE",
        nargs="?",
        help=tr("without it: the next step of each exercise"),
    )
    parser.add_argument("--side", choices=_SIDES, help=tr("default: both"))
    first = tr("default: the first dose of the programme")
    parser.add_argument("--sets", type=int, help=first)
    parser.add_argument("--reps", type=int, help=first)
    parser.add_argument("--per-week", type=int, help=tr("days a week; {usual}", usual=first))
    parser.add_argument("--load", default="", metavar="TEXT")
    parser.add_argument("--until", metavar="DAY")
    parser.add_argument("--source", default="", metavar="TEXT", help=tr("origin of the dose"))
    return parser


def _next_steps(options: argparse.Namespace, history: History) -> int:
    if options.json:
        with speak("en", "clinical"):
            print_json([s._asdict() for s in history.plan(options.subject, on=options.date)])
        return OK
    lines = [
        tr(
            "{exercise}: {next}. {why}. Dose: {dose}. Source: {source}.",
            exercise=_title(step.exercise), next=tr(_NEXT[step.what]), why=opened(step.why),
            dose=step.dose, source=step.source,
        )
        for step in history.plan(options.subject, on=options.date)
    ]  # fmt: skip
    say("\n".join([*lines, tr(PAIN_RULE)]))
    return OK


#: Next step of the programme → its display text.
_NEXT: Final = {
    Next.BEGIN: "begin", Next.WAIT: "wait", Next.HOLD: "stay at this dose",
    Next.PROGRESS: "go on to the next step", Next.REGRESS: "go back a step",
    Next.RESTART: "begin lower",
}  # fmt: skip


def _title(name: str) -> str:
    """Return the display name of an exercise, from the programme or from the built-in exercises."""
    row = programme_row(name)
    return exercise_words(name) if row is None else tr(row["title"])


def _run_plan(options: argparse.Namespace, history: History) -> int:
    if options.exercise is None:
        _check_nothing_prescribed(options)
        return _next_steps(options, history)
    known = first_dose(options.exercise)
    if known is not None:
        sets, reps, per_week, source = known
        given = (options.sets, options.reps, options.per_week)
        options.sets = sets if options.sets is None else options.sets
        options.reps = reps if options.reps is None else options.reps
        options.per_week = per_week if options.per_week is None else options.per_week
        if given == (None, None, None):
            options.source = options.source or source
    if None in (options.sets, options.reps, options.per_week):
        options.usage_error(
            f"{options.exercise} is not in the programme; give --sets, --reps and --per-week"
        )
    history.prescribe(
        options.subject, options.exercise, side=options.side or "both", sets=options.sets,
        reps=options.reps, per_week=options.per_week, load=options.load, until=options.until,
        source=options.source, date=options.date,
    )  # fmt: skip
    said = tr(
        "{subject}: {exercise}, {sets} × {reps}, {days} days a week, is prescribed.",
        subject=options.subject, exercise=_title(options.exercise), sets=options.sets,
        reps=options.reps, days=options.per_week,
    )  # fmt: skip
    then = f"kneepose log {options.exercise} --reps {options.reps}"
    return _done(options, said, tr("Next: {command}.", command=then))


def _check_nothing_prescribed(options: argparse.Namespace) -> None:
    """Exit with a usage error if a dose is given without an exercise."""
    of_a_dose = ("side", "sets", "reps", "per_week", "load", "until", "source")
    given = [
        f"--{name.replace('_', '-')}"
        for name in of_a_dose
        if getattr(options, name) not in (None, "")
    ]
    if given:
        options.usage_error(f"{', '.join(given)} is given without an exercise; name the exercise")


def _goal(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "goal", tr("record the goal of the person in their own words"), _run_goal
    )
    parser.add_argument(
        "words", help=tr('such as "climb two flights of stairs without holding on"')
    )
    return parser


def _run_goal(options: argparse.Namespace, history: History) -> int:
    history.set_goal(options.subject, options.words, date=options.date)
    then = tr("Next: kneepose trend --report page.html shows it on the page for the patient.")
    said = tr(
        "The goal of {subject} is recorded: {words}", subject=options.subject, words=options.words
    )
    return _done(options, said, then)


def _flags(commands: Any) -> argparse.ArgumentParser:
    listed = "; ".join(f"{key}: {tr(text)}" for key, text in RED_FLAGS.items())
    parser = _parser(
        commands, "flags", tr("answer the questions about signs that need care"), _run_flags
    )
    parser.epilog = tr("Questions: {listed}.", listed=listed)
    parser.add_argument(
        "--yes",
        nargs="*",
        metavar="QUESTION",
        choices=tuple(RED_FLAGS),
        help=tr("signs that are there"),
    )
    parser.add_argument("--none", action="store_true", help=tr("none of all the signs is there"))
    return parser


def _run_flags(options: argparse.Namespace, history: History) -> int:
    if not options.yes and not options.none:
        why = history.red_flags_due(options.subject, on=options.date)
        asked = "\n".join(f"  {key}: {tr(text)}" for key, text in RED_FLAGS.items())
        due = tr("They are due: {why}.", why=tr_measured(why)) if why else tr("They are not due.")
        then = tr("Next: {command}.", command="kneepose flags --none | --yes …")
        return _done(options, f"{due}\n{asked}", then)
    yes = set(options.yes or ())
    if yes and options.none:
        options.usage_error("give --yes with signs, or --none")
    history.answer_red_flags(
        options.subject, {key: key in yes for key in RED_FLAGS}, date=options.date
    )
    if not yes:
        return _done(options, tr("None of the signs is there."), tr("Next: go on."))
    signs = "; ".join(tr(RED_FLAGS[key]) for key in RED_FLAGS if key in yes)
    then = tr("Next: do not exercise, and seek medical care.")
    return _done(options, tr("Recorded: {signs}.", signs=signs), then)


def _reliability(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands, "reliability",
        tr("measure the own error from test days without a change between them"), _run_reliability,
    )  # fmt: skip
    parser.add_argument("exercise", choices=_EXERCISES, metavar="EXERCISE")
    parser.add_argument("--since", metavar="DAY")
    parser.add_argument("--until", metavar="DAY")
    return parser


def _run_reliability(options: argparse.Namespace, history: History) -> int:
    found = history.measure_reliability(
        options.subject, options.exercise, since=options.since, until=options.until
    )
    leads = [name for name in built_in(options.exercise)["lead"] if name in found]
    if options.json:
        print_json({name: one._asdict() for name, one in found.items()})
        return OK
    for name in leads[:1]:
        one = found[name]
        sem, low, high = (number(end, "", digits=2) for end in (one.sem, *one.sem_ci))
        say(
            tr(
                "{measure}: standard error of measurement {sem} (95 % interval {low} to {high}), "
                "{freedom} degrees of freedom.",
                measure=name, sem=sem, low=low, high=high,
                freedom=number(one.freedom, "", digits=1),
            )
        )  # fmt: skip
    say(
        trn(
            "The error of {n} measure is recorded. Next: kneepose trend.",
            "The errors of {n} measures are recorded. Next: kneepose trend.",
            len(found),
        )
    )
    return OK


# --- trend --------------------------------------------------------------------------------------


def _trend(commands: Any) -> argparse.ArgumentParser:
    parser = _parser(
        commands,
        "trend",
        tr("say what changed in movement, pain and function over weeks"),
        _run_trend,
    )
    parser.add_argument("--exercise", metavar="EXERCISE", help=tr("one exercise (default: all)"))
    parser.add_argument(
        "--mdc", type=Path, metavar="STUDY.json",
        help=tr("error of your own set-up: the file of `kneepose study report`"),
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE.txt", help=tr("also write the text"))
    parser.add_argument(
        "--report", type=Path, metavar="PAGE.html",
        help=tr("also write the page for the clinician, and PAGE.patient.html for the patient"),
    )  # fmt: skip
    parser.add_argument(
        "--audience",
        choices=("clinician", "patient"),
        help=tr("write only this page, as PAGE.html"),
    )
    add_wording_options(parser)
    return parser


def _run_trend(options: argparse.Namespace, history: History) -> int:
    if options.audience and options.report is None:
        options.usage_error("--audience needs --report, the name of the page")
    pages = _pages(options)
    check_outputs([options.out, *pages.values()], [history.path])
    found = history.trend(
        options.subject, exercise=options.exercise, on=options.date, mdc=options.mdc
    )
    text = str(found)
    if options.out is not None:
        write_text(options.out, f"{text}\n", private=True)
        history.remember_page(options.subject, options.out)
    for audience, path in pages.items():
        history.to_html(
            options.subject, path, audience=audience, exercise=options.exercise, on=options.date,
            mdc=options.mdc,
        )  # fmt: skip
    if options.json:
        print_json(found.to_dict())
    else:
        say(text)
        for path in pages.values():
            say(tr("Page: {path}", path=path))
    return OK


def _pages(options: argparse.Namespace) -> dict[Any, Path]:
    """Return the output path of the page for each audience."""
    if options.report is None:
        return {}
    if options.audience:
        return {options.audience: options.report}
    check_outputs([options.report])
    patient = options.report.with_suffix(f".patient{options.report.suffix}")
    return {"clinician": options.report, "patient": patient}
