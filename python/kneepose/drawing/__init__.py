"""Drawing of results onto video frames."""

from kneepose.drawing.overlay import draw

__all__ = ["draw"]
