"""Appointments: the weeks in which test days are due."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = ["WEEKS", "Appointment", "Week", "appointments_of"]


class Week(NamedTuple):
    """Scheduled test day: week after the baseline, and tolerance in weeks before and after."""

    number: int
    tolerance: int

    def days(self, start: datetime.date) -> tuple[datetime.date, datetime.date]:
        """Return the first and the last day of the appointment."""
        first, last = self.number - self.tolerance, self.number + self.tolerance
        return start + datetime.timedelta(weeks=first), start + datetime.timedelta(weeks=last)


#: Schedule of test days. Weeks 3 to 12 are those of trials (Khayambashi 2012: 8 weeks; Fukuda 2012:
#: 4 weeks, with follow-up after 3, 6 and 12 months); weeks 26 and 52 are for lasting change. The
#: tolerances are engineering defaults.
WEEKS: Final = (Week(3, 1), Week(6, 1), Week(8, 1), Week(12, 2), Week(26, 4), Week(52, 6))


class Appointment(NamedTuple):
    """A scheduled test day, future or past.

    Attributes
    ----------
    week
        Week after the baseline.
    first, last
        First and last day within the tolerance.
    date
        Date of the test day within the tolerance; empty if there is none.
    missed
        True if the tolerance is over without a test day.
    """

    week: int
    first: str
    last: str
    date: str
    missed: bool


def appointments_of(
    start: str, test_days: Iterable[str], on: datetime.date
) -> tuple[Appointment, ...]:
    """Return the scheduled test days after the baseline, each with the nearest actual test day.

    Parameters
    ----------
    start
        Last day of the baseline.
    test_days
        Later test days.
    on
        Day of evaluation; later test days are ignored.
    """
    began = datetime.date.fromisoformat(start)
    left = {datetime.date.fromisoformat(day) for day in test_days}
    found = []
    for week in WEEKS:
        first, last = week.days(began)
        middle = began + datetime.timedelta(weeks=week.number)
        within = [day for day in left if first <= day <= last]
        date = min(within, key=lambda day: (abs((day - middle).days), day), default=None)
        left.discard(date or middle)
        found.append(
            Appointment(
                week.number,
                first.isoformat(),
                last.isoformat(),
                "" if date is None else date.isoformat(),
                date is None and last < on,
            )
        )
    return tuple(found)
