"""Training programme as a table: exercise, dose, load steps, and criteria to change the load.

Texts are keys of the catalogue. Numbers in criteria come from `STEP`, which `kneepose.history` also
uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from kneepose.typing import ProgrammeRow

__all__ = [
    "FEEDBACK",
    "MOVEMENT_TRAINING",
    "PROGRAMME",
    "STEP",
    "Step",
    "dose_words",
    "programme_row",
]

#: Name of the programme row for movement training.
MOVEMENT_TRAINING: Final = "movement_training"


class Step(NamedTuple):
    """Numbers in the programme's criteria: engineering defaults, unless a source is named.

    Attributes
    ----------
    sets, reps
        Full dose: number of sets and of repetitions per set, on both sides.
    sessions
        Number of consecutive sessions with the full dose.
    pain
        Largest accepted pain during the exercise, 0 to 10. Source of this limit and the next:
        patient leaflets.
    stop_pain
        Pain, 0 to 10, above which the exercise is stopped.
    faults
        Largest accepted share of repetitions with a fault.
    variation
        Largest accepted coefficient of variation of the range of motion.
    missed_days
        Days without a recorded set after which the exercise restarts at its first dose.
    """

    sets: int
    reps: int
    sessions: int
    pain: float
    stop_pain: float
    faults: float
    variation: float
    missed_days: int


#: Values used by the programme. Source: science.md 4.3.
STEP: Final = Step(3, 15, 2, 2.0, 5.0, 0.2, 0.15, 14)

_PROGRESS: Final = (
    "Go on to the next step after 3 sets of 15 on both sides in 2 sessions in a row, with pain of at "
    "most 2 of 10 and none more the next morning."
)
_REGRESS: Final = (
    "Go back a step with pain above 5 of 10 while you do it, pain that is not back to the usual within "
    "60 minutes, or more pain the next morning."
)
_HIP_SOURCE: Final = (
    "3 days a week for 8 weeks: Khayambashi 2012 (hip abductors and external rotators); sets, "
    "repetitions and steps of load: default, no source"
)
_KNEE_BEGIN: Final = (
    "Begin when squats on two legs to 45° are possible with pain of at most 2 of 10."
)


def _row(
    exercise: str,
    title: str,
    *,
    load: Sequence[str],
    begin: str,
    source: str,
    depth_deg: Sequence[tuple[int, int]] = (),
    reps: tuple[int, int] = (10, 20),
    progress: str = _PROGRESS,
    regress: str = _REGRESS,
    stands_for: str = "",
    expect: str = "",
    note: str = "",
) -> ProgrammeRow:
    return {
        "exercise": exercise,
        "title": title,
        "days_per_week": 3,
        "sets": 3,
        "reps": list(reps),
        "tempo_s": [2, 0, 2],
        "rest_s": 60,
        "weeks": [6, 8],
        "load": list(load),
        "depth_deg": [list(band) for band in depth_deg],
        "begin": begin,
        "stands_for": stands_for,
        "progress": progress,
        "regress": regress,
        "expect": expect,
        "note": note,
        "source": source,
    }


_LESS_PAIN: Final = (
    "Less pain without a changed angle is a success, not a failure: strengthening is not shown to "
    "change the knee-inward angle."
)
_HIPS: Final = ("no load", "light band above the knees", "stronger band above the knees")

#: Exercises of the programme in the order in which they start.
PROGRAMME: Final[tuple[ProgrammeRow, ...]] = (
    _row(
        "clamshell",
        "Clamshell",
        load=_HIPS,
        begin="Begin here.",
        source=_HIP_SOURCE,
        expect=_LESS_PAIN,
    ),
    _row(
        "fire_hydrant",
        "Fire hydrant",
        load=_HIPS,
        begin="Begin here, unless weight on the knee hurts: then clamshells alone.",
        source=_HIP_SOURCE,
        expect=_LESS_PAIN,
    ),
    _row(
        "sit_to_stand",
        "Sit-to-stand",
        load=("high seat", "seat at knee height", "low seat", "weight in front of the chest"),
        begin="Begin here, from a seat that is high enough to rise with pain of at most 2 of 10.",
        source="hip and knee exercise together: Nascimento 2018, guideline JOSPT 2019; dose and seat "
        "heights: default, no source",
        note="Write down the height of the seat. Name rises sit_to_stand, never squat.",
        expect=_LESS_PAIN,
    ),
    _row(
        "single_leg_squat",
        "Single-leg squat",
        load=("hand on a support", "no load", "weight in front of the chest"),
        depth_deg=((0, 45), (0, 60)),
        reps=(5, 15),
        begin="Begin after 3 sets of 15 clamshells and 3 sets of 15 fire hydrants on both sides in 2 "
        "sessions in a row, with a fault in fewer than 20 % of the repetitions, a range that varies by "
        "less than 15 %, pain of at most 2 of 10 and none more the next morning.",
        stands_for="A camera does not see whether hips are strong enough. These recorded facts stand "
        "for it; a dynamometer measures it.",
        source="0 to 45° first: Powers 2014 (load behind the kneecap is lower there); the criteria and "
        "the dose: default, no source",
        note="First squats go from 0 to 45° of knee bend, later ones to 60°.",
        expect=_LESS_PAIN,
    ),
    _row(
        "split_squat",
        "Split squat",
        load=("hand on a support", "no load", "weight in both hands"),
        depth_deg=((0, 45), (0, 60), (0, 90)),
        begin=_KNEE_BEGIN,
        source="hip and knee exercise together: Nascimento 2018, guideline JOSPT 2019; dose and depth: "
        "default, no source",
        expect=_LESS_PAIN,
    ),
    _row(
        "step_down",
        "Step-down",
        load=("step of 10 cm", "step of 15 cm", "step of 20 cm"),
        depth_deg=((0, 45), (0, 60)),
        reps=(5, 15),
        begin="Begin after single-leg squats to 45° with pain of at most 2 of 10.",
        source="20 cm: the box from which single-leg squats are rated (Crossley 2011); lower steps "
        "first, the criteria and the dose: default, no source",
        note="Write down the height of the step.",
        expect=_LESS_PAIN,
    ),
    _row(
        MOVEMENT_TRAINING,
        "Movement training with feedback",
        load=(
            "weeks 1 and 2: mirror and cue in every repetition",
            "weeks 3 and 4: mirror and cue in every second repetition",
            "weeks 5 and 6: mirror and cue in the first set only",
            "weeks 7 and 8: no feedback, one test without a mirror",
        ),
        depth_deg=((0, 45), (0, 60)),
        reps=(8, 12),
        begin="Begin with squats on two legs; single-leg squats as soon as they begin.",
        progress="The feedback fades with the weeks, whether or not the angle has changed.",
        source="mirror and cue over 8 sessions, faded in the last 4: Willy 2012, 10 runners, hip "
        "adduction and pelvic drop fell, and in single-leg squats too; spread over 8 weeks and in "
        "squats: default, no source",
        expect="A change of how far the thigh goes inward is published for this training. Look for it "
        "at the test days, without the mirror.",
        note="kneepose live shows the mirror and one cue at a time.",
    ),
)

#: Week of training → share of the repetitions with feedback; later weeks have none.
FEEDBACK: Final[Mapping[int, float]] = {1: 1.0, 2: 1.0, 3: 0.5, 4: 0.5, 5: 1 / 3, 6: 1 / 3}


def programme_row(exercise: str) -> ProgrammeRow | None:
    """Return the programme row of an exercise; None if it is not in the programme."""
    return next((row for row in PROGRAMME if row["exercise"] == exercise), None)


def dose_words(row: ProgrammeRow) -> tuple[str, dict[str, object]]:
    """Return the catalogue key of the dose text, and its parameters."""
    least, most = row["reps"]
    up, hold, down = row["tempo_s"]
    return (
        "{days} days a week, {sets} sets of {least} repetitions, later {most}; {up} s out, {hold} s "
        "held, {down} s back; {rest} s of rest between sets; {first} to {last} weeks.",
        {
            "days": row["days_per_week"],
            "sets": row["sets"],
            "least": least,
            "most": most,
            "up": up,
            "hold": hold,
            "down": down,
            "rest": row["rest_s"],
            "first": row["weeks"][0],
            "last": row["weeks"][1],
        },
    )
