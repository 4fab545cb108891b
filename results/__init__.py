"""What came out: frames, ranking, diagnosis, recommendation. Costs pandas only to import."""

from results.files import write_frames
from results.load import load
from results.ranking import ranking
from results.run import Run

__all__ = ["Run", "load", "ranking", "write_frames"]
