"""The page of this computer: mirror, clip and comparison in a browser, on 127.0.0.1 only."""

from kneepose.app.server import AppServer

__all__ = ["AppServer"]
