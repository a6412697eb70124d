"""Two sides or two dates: differences, verdicts, and the error of measurement."""

from kneepose.comparison.comparison import Comparison, compare
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.comparison.reliability import Reliability, reliability

__all__ = [
    "ComparedMeasure",
    "Comparison",
    "Reliability",
    "Verdict",
    "compare",
    "reliability",
]
