"""Comparison of two sides or two dates, and reliability of repeated sessions."""

from kneepose.comparison.comparison import AngleComparison, Comparison, compare
from kneepose.comparison.demand import RelativeDemand, relative_demand
from kneepose.comparison.measure import ComparedMeasure, Verdict
from kneepose.comparison.reliability import Reliability, reliability

__all__ = [
    "AngleComparison",
    "ComparedMeasure",
    "Comparison",
    "RelativeDemand",
    "Reliability",
    "Verdict",
    "compare",
    "relative_demand",
    "reliability",
]
