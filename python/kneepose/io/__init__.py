"""Reading and writing of recordings, with one module per file format."""

from kneepose.io.files import read, read_recording, sample

__all__ = [
    "read",
    "read_recording",
    "sample",
]
