"""Notes that contain names: created in English as data, and displayed in any language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["NOTES", "UNLIKE", "VALUES", "VIEWS"]

#: Set-up entry → note for two set-ups that differ in it, with the reason why it matters.
UNLIKE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "estimator": "The pose estimator differs ({first} and {second}): estimators place joints up to "
        "50 mm apart.",
        "model_hash": "The model file differs ({first} and {second}): another model places joints "
        "elsewhere.",
        "skeleton": "The skeleton differs ({first} and {second}): its joints are not the same points.",
        "space": "The space differs ({first} and {second}): an image and space do not show the same "
        "angle.",
        "view": "The camera view differs ({first} and {second}): a camera elsewhere sees another "
        "projection.",
        "exercise": "The exercise differs ({first} and {second}): its measures are not the same "
        "movement.",
        "signal": "The angle that drives the repetitions differs ({first} and {second}): depths are not "
        "read alike.",
        "cutoff_hz": "The cut-off of the low-pass differs ({first} and {second}): it changes peaks and "
        "speeds.",
        "max_gap_s": "The longest gap that is filled differs ({first} and {second}): it changes which "
        "frames have values.",
        "fps": "The frame rate differs ({first} and {second}): a slow camera misses the lowest point.",
        "causal": "The filter differs ({first} and {second}): that of a stream knows past frames only.",
        "version": "The version of kneepose differs ({first} and {second}): rules may have changed.",
        # Used for studies and histories only, because a recording does not state its camera set-up.
        "camera": "The camera set-up differs ({first} and {second}): distance and height change what an "
        "image shows.",
    }
)

TWO_PERSONS: Final = (
    "The recordings name two persons ({first} and {second}): the difference is one between people."
)
LONGER: Final = (
    "The bodies differ: {part} {percent} % longer in the second recording. Is this another person, or "
    "another camera set-up?"
)
SHORTER: Final = (
    "The bodies differ: {part} {percent} % shorter in the second recording. Is this another person, or "
    "another camera set-up?"
)

OTHER_RELIABILITY: Final = (
    "The reliability that was given is not used, because it is of another set-up or question. {why}"
)
ASKED: Final = "This comparison needs {needed}; it has {has}."
STATED_CHANGES: Final = (
    "The detectable changes were given as numbers, and nobody checked where they come from."
)
ANGLES_OF_A_FILE: Final = (
    "The angles are those of the files: their error is not known, and neither is the camera. Intervals "
    "hold the spread of the repetitions alone."
)

OTHER_STUDY: Final = "The study is not used, because it is of another set-up. {why}"
STUDY_OF: Final = "The study is not used, because it is of another exercise: {exercise}."

POOLED: Final = "Pooled from {count} studies by random effects."
CAMERAS_IN_WORDS: Final = (
    "Their cameras are described in different words, so that nobody compares these."
)
FEW_STUDIES: Final = "With few studies, the spread between places is hardly known."

TOO_FEW: Final = (
    "Too few people: {people}. The error has {freedom} degrees of freedom; a detectable change needs "
    "five; {enough} people on two days are planned for it."
)
FEW: Final = (
    "Few people: {people}. The true error may be {low} to {high} times the one found; {enough} people "
    "or more are better."
)
NO_VALUE: Final = (
    "{without} of {people} people have no value of the leading measure on each day: it needs {least} "
    "full repetitions of a recording."
)
NO_LEAD: Final = "No measure that leads this exercise has an error: see what is refused."
LEFT_OUT: Final = "People left out, because a day or a leg is missing: {people}."
SHORT: Final = "Recordings of a leg with fewer than {least} repetitions: {recordings}."
OTHER_BODY: Final = (
    "People whose body has other proportions on another day: {people}. Is it the same person?"
)

NEVER_ANSWERED: Final = "they were never answered"
HAD_A_YES: Final = "the last answers, of {day}, had a yes: {signs}"
PAIN_ROSE: Final = "pain rose from {low} ({before}) to {high} ({day})"
PAIN_DURING: Final = "pain during exercise was {value} of 10 ({day})"

SLOW_MOTION: Final = (
    "the clip was recorded at {captured} frames/s and plays at {fps}: it is in slow motion. Pass "
    "slow_motion={factor} so that times are those of life."
)
MAYBE_SLOW: Final = (
    "the track has {fps} frames/s. If it plays slower than life, pass slow_motion=; the times are taken "
    "as those of life."
)
OTHER_SIZE: Final = (
    "the frames change to {width}×{height} after {count} frames; the rest was left out."
)
NO_TIME: Final = "frames without a time were given one from the frame rate."
NOT_RISING: Final = "{count} frames whose time does not rise were left out."
CUT_SHORT: Final = (
    "the clip says that it takes {said} s, and its pictures end at {last} s: the rest is missing or "
    "damaged. The {count} frames before it were read."
)
DAMAGED: Final = "the file is damaged ({why}); what comes after that was not read."
DAMAGED_FRAMES: Final = "{count} damaged frames were left out."
PALE: Final = "the colors have a high dynamic range and look pale: they are not toned down."
SLOW_CLIP: Final = (
    "the clip has {fps} frames per second; below {least} depth and times of a repetition are uncertain. "
    "Film with 30 or more."
)

#: All notes, as catalogue keys.
NOTES: Final[tuple[str, ...]] = (
    *UNLIKE.values(), TWO_PERSONS, LONGER, SHORTER, OTHER_RELIABILITY, ASKED, STATED_CHANGES,
    ANGLES_OF_A_FILE, OTHER_STUDY, STUDY_OF, POOLED, CAMERAS_IN_WORDS, FEW_STUDIES, TOO_FEW, FEW,
    NO_VALUE, NO_LEAD, LEFT_OUT, SHORT, OTHER_BODY, NEVER_ANSWERED, HAD_A_YES, PAIN_ROSE, PAIN_DURING,
    SLOW_MOTION, MAYBE_SLOW, OTHER_SIZE, NO_TIME, NOT_RISING, CUT_SHORT, DAMAGED, DAMAGED_FRAMES, PALE,
    SLOW_CLIP,
)  # fmt: skip

#: Camera view → display words.
VIEWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "front": "from the front", "back": "from the back",
        "left": "from the left", "right": "from the right",
    }
)  # fmt: skip
WITHIN_SESSION: Final = 'the error within a session (between="session")'
BETWEEN_DAYS: Final = 'the error between days (between="day")'
NEITHER: Final = "repeats that say neither day nor session"
BODY_PARTS: Final = ("thigh", "shin", "trunk", "trunk against the leg")
#: Titles of the built-in exercises.
TITLES: Final = (
    "Squat", "Single-leg squat", "Clamshell", "Fire hydrant", "Sit-to-stand", "Split squat", "Step-down",
)  # fmt: skip
#: Words that can fill a field of a note, with ``#`` for a number; other values are names.
VALUES: Final[frozenset[str]] = frozenset(
    {
        "none", "not stated", "several", "live", "recorded", "# Hz", "# frames a second", "# s",
        "image", "world", *VIEWS.values(),
        WITHIN_SESSION, BETWEEN_DAYS, NEITHER, *BODY_PARTS, *TITLES,
    }
)  # fmt: skip
