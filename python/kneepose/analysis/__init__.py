"""Analysis of one exercise on one side in a recording: repetitions, measures and faults."""

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.analysis.faults import Fault
from kneepose.analysis.measures import Measure, Refusal
from kneepose.analysis.of_angles import AngleAnalysis
from kneepose.analysis.reps import Rep, Reps, RepStatus
from kneepose.analysis.segmentation import segment_reps

__all__ = [
    "Analysis",
    "AngleAnalysis",
    "Fault",
    "Measure",
    "Refusal",
    "Rep",
    "RepStatus",
    "Reps",
    "analyze",
    "analyze_sides",
    "segment_reps",
]
