"""Records of real searches and the answers they gave: a change of structure must not move them.

Each `NAME.zip` holds `run.toml` and `epochs.jsonl` of a search on a shipped task; `NAME.json` is
its answer. Where an answer is meant to change, write all of them again and read the difference:

    python -m tests.results.stored_runs
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from flatbasin import load

STORED = Path(__file__).parent
NAMES = sorted(path.stem for path in STORED.glob("*.zip"))


def answer_of(name: str) -> dict[str, Any]:
    """Ranking, verdicts and recommendation of a stored record, as JSON's own types."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.unpack_archive(STORED / f"{name}.zip", directory)
        run = load(directory)
        ranking = run.ranking()[["trial_id", "status", "seeds", "val_loss", "best_epoch"]]
        recommendation = run.recommendation().to_dict()
    for warning in recommendation["warnings"]:
        warning["next"] = warning["next"].replace(directory, "RUN")
    return {
        "ranking": json.loads(ranking.to_json(orient="values", double_precision=15)),
        "verdicts": run.trials["verdict"].tolist(),
        "recommendation": json.loads(json.dumps(recommendation)),
    }


def stored_answer(name: str) -> dict[str, Any]:
    """The answer that the stored record is to give."""
    return json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
