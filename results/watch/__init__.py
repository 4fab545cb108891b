"""The report of a run as it grows, served to this machine's own browsers."""

from results.watch.live_page import LivePage
from results.watch.server import LOOPBACK, WatchServer

__all__ = ["LOOPBACK", "LivePage", "WatchServer"]
