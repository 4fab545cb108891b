"""What came out: frames, ranking, diagnosis, recommendation. Costs pandas only to import."""

from results.frames import write_frames
from results.ranking import ranking
from results.store import Run, load
from results.table import summary

__all__ = ["Run", "load", "ranking", "summary", "write_frames"]
