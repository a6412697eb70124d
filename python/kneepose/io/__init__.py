"""Recordings from files and into files, one small file a format."""
