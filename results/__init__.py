"""What came out: frames, ranking, diagnosis, recommendation. Costs pandas only to import."""

from results.files import write_frames
from results.ranking import ranking
from results.store import Run, load

__all__ = ["Run", "load", "ranking", "write_frames"]
