"""How well repetitions are found in recordings that were annotated by hand."""

from kneepose.evaluation.evaluation import Evaluation, evaluate
from kneepose.evaluation.table import EvaluationRow, RecordingOutcome

__all__ = [
    "Evaluation",
    "EvaluationRow",
    "RecordingOutcome",
    "evaluate",
]
