"""Writes the stored answers again."""

import json

from tests.results.stored_runs import NAMES, STORED, answer_of

for name in NAMES:
    text = json.dumps(answer_of(name), indent=1, ensure_ascii=False)
    (STORED / f"{name}.json").write_text(text + "\n", encoding="utf-8")
