"""Test-retest and rater studies of the user's own set-up, and their results."""

from kneepose.comparison.study_result import ItemAgreement, StudyMeasure, StudyResult, read_study
from kneepose.study.folder import Entry, Plan
from kneepose.study.pooling import pool
from kneepose.study.study import Study

__all__ = [
    "Entry",
    "ItemAgreement",
    "Plan",
    "Study",
    "StudyMeasure",
    "StudyResult",
    "pool",
    "read_study",
]
