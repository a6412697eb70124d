"""Drawing of results on frames."""

from kneepose.drawing.overlay import draw

__all__ = ["draw"]
