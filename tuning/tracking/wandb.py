"""A search in Weights & Biases: a project with a run per trial, offline where no key is set."""

from __future__ import annotations

import netrc
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from record.lines import DIVERGED, FAILED, Line
from tuning.tracking.tracker import measurements, missing

if TYPE_CHECKING:
    from wandb import Run

HOST = "https://api.wandb.ai"

QUIET_SETTINGS = {
    "silent": True,
    "console": "off",  # what the terminal shows is the search's, not a trial's
    "symlink": False,
    "disable_git": True,
    "save_code": False,
    "finish_timeout": 60.0,  # of a run whose server is away: what it misses can be synced later
    "x_disable_machine_info": True,
    "x_disable_meta": True,
    "x_disable_stats": True,  # of this process, which trains nothing
    "x_save_requirements": False,
}


class WandbTracker:
    """Runs of the project WANDB_PROJECT, by default named like the search, which is their group.

    Offline runs are in WANDB_DIR, by default in `directory`, below `wandb/`.
    """

    def __init__(self, name: str, directory: Path) -> None:
        self._is_ours = not os.environ.get("WANDB_SERVICE")
        # read as its service starts: otherwise that reports its own errors
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        try:
            import wandb
        except ModuleNotFoundError:
            raise missing("wandb", "wandb") from None
        self._wandb = wandb
        self._runs: dict[str, Run] = {}
        self._directory = Path(os.environ.get("WANDB_DIR") or directory)
        self._place: dict[str, Any] = {
            "project": os.environ.get("WANDB_PROJECT") or name,
            "group": name,
            "mode": mode(),
        }

    def update(self, lines: Iterable[Line]) -> None:
        """A run begins, grows and ends with its trial; another attempt is another run."""
        for line in lines:
            trial_id = line.get("trial_id")
            if line["kind"] == "trial":
                self._begin(line)
            elif line["kind"] == "epoch" and trial_id in self._runs:
                self._runs[trial_id].log(dict(measurements(line)), step=line["epoch"])
            elif line["kind"] == "status" and trial_id in self._runs:
                self._end(line)

    def close(self) -> None:
        """End the runs of trials without an end, and the service process behind all runs.

        That stays where the program had one before: it may have runs of its own.
        """
        for run in self._runs.values():
            run.finish(exit_code=1)
        self._runs.clear()
        if self._is_ours:
            self._wandb.teardown()

    def _begin(self, line: Line) -> None:
        attempt = line.get("attempt", 1)
        about = {name: line[name] for name in ("stage", "seed") if name in line}
        self._directory.mkdir(parents=True, exist_ok=True)  # else it takes another
        self._runs[line["trial_id"]] = self._wandb.init(
            **self._place,
            dir=str(self._directory),
            name=line["trial_id"] if attempt == 1 else f"{line['trial_id']} attempt {attempt}",
            config=line["config"],
            tags=[f"{name} {value}" for name, value in about.items()],
            reinit="create_new",  # several at a time, none of which is `wandb.run`
            settings=self._wandb.Settings(**QUIET_SETTINGS),
        )

    def _end(self, line: Line) -> None:
        run, status = self._runs.pop(line["trial_id"]), line["status"]
        run.summary["status"] = status
        if line.get("error"):
            run.summary["error"] = line["error"]
        run.finish(exit_code=int(status in (DIVERGED, FAILED)))


def mode() -> str | None:
    """Offline where nothing else is said and no key is there; None leaves it to wandb.

    Raises ValueError where wandb would ask for a key.
    """
    wanted = os.environ.get("WANDB_MODE")
    if wanted not in (None, "", "online", "shared", "run") or _has_key():
        return None
    if wanted:
        raise ValueError(
            f"--track wandb: WANDB_MODE is {wanted}, and no key is set: set WANDB_API_KEY, use "
            "wandb login, or leave WANDB_MODE out and take the runs there later with wandb sync"
        )
    return "offline"


def _has_key() -> bool:
    """Whether wandb finds a key without asking: in the environment, or where login writes it."""
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL") or HOST).netloc
    own = os.environ.get("NETRC")
    for place in [own] if own else ["~/.netrc", "~/_netrc"]:
        with suppress(OSError, netrc.NetrcParseError):
            if netrc.netrc(os.path.expanduser(place)).authenticators(host):
                return True
    return False
