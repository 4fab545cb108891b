"""The live view's screen, as lines of text with styles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.text import Text

from record.rungs import EPOCH
from results.format import config_text, duration, endings, escaped, loss_text, metric_heading
from tuning.live.state import SearchState, WatchedTrial

BARS = "▁▂▃▄▅▆▇█"
CURVE = 12
"""Width of a running trial's curve."""

NAME = 11
"""Width of a trial's name."""

FIGURE = 8
"""Width of a metric and of its heading."""

LEADERS = 5
"""Best trials that are listed."""


def screen(title: str, state: SearchState, width: int, height: int, has_bars: bool = True) -> Text:
    """The whole screen, no wider than `width` cells and no taller than `height` lines."""
    unit = "epochs" if state.unit == EPOCH else " evals"
    heading = set_cell_size(metric_heading(state.goal), FIGURE)
    lines = [
        Text(escaped(title), style="bold"),
        Text(),
        _progress(state, width, has_bars),
        _counts(state),
        Text(),
        Text(f"  {'best so far':{NAME}}     {unit}  {heading:>8}  training", style="dim"),
        *[_leader(state, trial) for trial in state.leaders(LEADERS)],
        Text(),
        Text(f"  {'running':{NAME}}     {unit}  {heading:>8}", style="dim"),
    ]
    notes = [Text(), Text(f"  {escaped(state.note)}", style="yellow")] if state.note else []
    lines += [*_running(state, height - len(lines) - len(notes), has_bars), *notes]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join(lines[:height])


def starting(title: str, width: int) -> Text:
    """The screen before the first trial."""
    lines = [
        Text(escaped(title), style="bold"),
        Text(),
        Text("  starting the workers", style="dim"),
    ]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join(lines)


def plain_line(state: SearchState) -> str:
    """One line for where there is no screen."""
    stage = state.stage
    parts = [
        f"{stage.name}: {stage.ended} of {stage.planned} trials",
        f"{state.epochs_done} {state.unit}s",
    ]
    for best in state.leaders(1):
        parts.append(f"best {loss_text(best.metric)} ({config_text(best.config)})")
    left = state.seconds_left()
    return ", ".join(parts if left is None else [*parts, f"{duration(left)} left"])


def sparkline(losses: Sequence[float | None], width: int) -> str:
    """The curve as bars on a log scale, its last `width` cells; losses not positive are blank."""
    known = [math.log(v) if v is not None and v > 0 else math.nan for v in losses]
    if len(known) > width:
        known = [known[round(i * (len(known) - 1) / (width - 1))] for i in range(width)]
    finite = [v for v in known if not math.isnan(v)]
    if not finite:
        return ""
    low, span = min(finite), (max(finite) - min(finite)) or 1.0
    return "".join(" " if math.isnan(v) else BARS[round((v - low) / span * 7)] for v in known)


def _progress(state: SearchState, width: int, has_bars: bool) -> Text:
    """`  search  ━━━━━━────  31 of 50 trials   1 min 20 s left`."""
    stage, left = state.stage, state.seconds_left()
    after = f"  {stage.ended} of {stage.planned} trials"
    after += f"   {duration(left)} left" if left is not None else ""
    cells = max(width - len(stage.name) - len(after) - 6, 10)
    full = round(cells * min(stage.ended / stage.planned, 1.0)) if stage.planned else 0
    done, rest = ("━", "─") if has_bars else ("#", ".")
    return Text.assemble(
        f"  {stage.name}  ", (done * full, "cyan"), (rest * (cells - full), "dim"), after
    )


def _counts(state: SearchState) -> Text:
    epochs = f"{state.epochs_done} {state.unit}s done"
    if state.epochs_saved:
        epochs += f", {state.epochs_saved} saved by stopping"
    return Text("  " + "  ".join([*endings(state.counts), epochs]))


def _leader(state: SearchState, trial: WatchedTrial) -> Text:
    head = f"  {_name(trial)}  {_epochs(state, trial)}  {loss_text(trial.metric):>8}"
    style = "cyan" if trial.status == "finished" else ""
    return Text.assemble(
        (head, style), f"  {loss_text(trial.train_loss):>8}      ", config_text(trial.config)
    )


def _running(state: SearchState, most: int, has_bars: bool) -> list[Text]:
    """The running trials in at most so many lines, and how many more there are."""
    trials = list(state.running.values())
    shown = trials if len(trials) <= most else trials[: max(most - 1, 0)]
    lines = [_runner(state, trial, has_bars) for trial in shown]
    hidden = len(trials) - len(shown)
    return [*lines, Text(f"  and {hidden} more", style="dim")] if hidden else lines


def _runner(state: SearchState, trial: WatchedTrial, has_bars: bool) -> Text:
    curve = sparkline(trial.values, CURVE) if has_bars else ""
    return Text.assemble(
        f"  {_name(trial)}  {_epochs(state, trial)}  {loss_text(trial.metric):>8}  ",
        (f"{curve:{CURVE}}", "cyan"),
        f"  {config_text(trial.config)}",
    )


def _name(trial: WatchedTrial) -> str:
    return set_cell_size(escaped(trial.trial_id), NAME)


def _epochs(state: SearchState, trial: WatchedTrial) -> str:
    return f"{trial.epoch:>4} of {state.budget:>3}"
