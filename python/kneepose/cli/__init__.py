"""The command line."""

from kneepose.cli.commands import main

__all__ = ["main"]
