"""The command-line interface."""

from kneepose.cli.commands import main

__all__ = ["main"]
