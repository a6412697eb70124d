"""Figures of analyses and comparisons. Plotting requires matplotlib: install ``kneepose[report]``."""

from kneepose.plots.curves import plot_normalized_reps
from kneepose.plots.figures import plot_angle_over_time, plot_angles, plot_differences

__all__ = ["plot_angle_over_time", "plot_angles", "plot_differences", "plot_normalized_reps"]
