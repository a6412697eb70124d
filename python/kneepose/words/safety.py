"""Limits of the measurements, stop signs and pain rules, as shown to the user."""

from __future__ import annotations

__all__ = ["ASK_FIRST", "PAIN_RULE", "STATED_LIMITS", "STOP_SIGNS"]

STATED_LIMITS = (
    "kneepose measures movement from video. It is a screening and training aid, not a medical device "
    "or a diagnosis, and cannot tell why a knee hurts. Numbers have errors of several degrees; only "
    "repeated, same-set-up changes larger than the stated detectable change mean anything."
)

#: Signs that forbid exercise and require medical care. Source: NHS pages and care pathways.
STOP_SIGNS = (
    "a recent injury, or a leg that cannot bear weight or a knee that cannot be moved",
    "a hot, red or swollen joint, or fever, or feeling ill with it",
    "a knee that is locked, very swollen, gives way or slips out of place",
    "a tendon that may be torn",
    "pain that is constant or comes at night, unexplained loss of weight, or cancer now or earlier",
    "a swollen calf, breathlessness or pain in the chest",
    "numbness, loss of strength, or a cold leg",
    "a child or an adolescent with knee pain who limps or whose hip hurts when it is turned",
    "anything that gets worse quickly",
)

PAIN_RULE = (
    "Stop if pain rises above 5 of 10 while you do it. If it is worse the next morning, do less or "
    "something easier."
)

ASK_FIRST = (
    "Under 16 years, in pregnancy, after recent surgery or with poor balance: ask a clinician first. "
    "Stand near a support for anything on one leg."
)
