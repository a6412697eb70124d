"""Built-in exercises, and specifications of user-defined exercises and faults."""

from kneepose.exercises.spec import Criterion, ExerciseSpec, FaultSpec

__all__ = [
    "Criterion",
    "ExerciseSpec",
    "FaultSpec",
]
