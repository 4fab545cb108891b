"""What came out: frames, ranking, diagnosis, recommendation, report.

Costs pandas only to import, neither Ray nor torch.
"""

from results.files import write_frames
from results.importing import from_dataframe, from_result_grid
from results.load import load
from results.ranking import ranking
from results.run import Run

__all__ = ["Run", "from_dataframe", "from_result_grid", "load", "ranking", "write_frames"]
