"""The training script that Syne Tune starts for each trial."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from digits import EPOCHS, read
from syne_tune import Reporter
from tensor_loop import TensorLoop


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--batch_size", type=int)
    parser.add_argument("--rows", type=Path)
    given, _ = parser.parse_known_args()  # Syne Tune adds one of its own
    torch.set_num_threads(1)
    loop, report = TensorLoop(read(given.rows), given.lr, given.batch_size, seed=0), Reporter()
    for epoch in range(1, EPOCHS + 1):
        val_loss, accuracy = loop.run_epoch()
        report(epoch=epoch, val_loss=val_loss, accuracy=accuracy)


if __name__ == "__main__":
    main()
