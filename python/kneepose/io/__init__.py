"""Recordings from files and into files, one small file a format."""

from kneepose.io.files import read, sample

__all__ = [
    "read",
    "sample",
]
