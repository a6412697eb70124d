"""Evaluation of repetition counting against annotated recordings."""

from kneepose.evaluation.evaluation import Evaluation, evaluate
from kneepose.evaluation.table import EvaluationRow, RecordingOutcome

__all__ = [
    "Evaluation",
    "EvaluationRow",
    "RecordingOutcome",
    "evaluate",
]
