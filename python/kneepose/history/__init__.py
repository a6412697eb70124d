"""History of a treatment over weeks: sessions, pain, function, and changes beyond error."""

from kneepose.history.appointments import WEEKS, Appointment, Week
from kneepose.history.course import Change, Course, LeftOut, OwnError, Visit
from kneepose.history.flags import RED_FLAGS
from kneepose.history.history import History
from kneepose.history.outcomes import SCALES, Scale
from kneepose.history.reported import Adherence, Important, Outcome
from kneepose.history.trend import Trend

__all__ = [
    "RED_FLAGS",
    "SCALES",
    "WEEKS",
    "Adherence",
    "Appointment",
    "Change",
    "Course",
    "History",
    "Important",
    "LeftOut",
    "Outcome",
    "OwnError",
    "Scale",
    "Trend",
    "Visit",
    "Week",
]
