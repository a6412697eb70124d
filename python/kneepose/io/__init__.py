"""Reading and writing of recordings, with one module per file format."""

from kneepose.io.files import read, sample

__all__ = [
    "read",
    "sample",
]
