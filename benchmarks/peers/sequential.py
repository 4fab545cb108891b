"""Plain PyTorch: one configuration after another, each for the full budget, in one process."""

from __future__ import annotations

import math
import random

import torch
from digits import BATCH_SIZES, EPOCHS, HIGHEST_LR, LOWEST_LR, options, read, show
from tensor_loop import TensorLoop


def main() -> None:
    given = options()
    torch.set_num_threads(1)
    arrays, draw = read(given.rows), random.Random(given.seed)
    losses = []
    for trial in range(given.samples):
        lr = math.exp(draw.uniform(math.log(LOWEST_LR), math.log(HIGHEST_LR)))
        loop = TensorLoop(arrays, lr, draw.choice(BATCH_SIZES), seed=trial)
        losses += [loop.run_epoch()[0] for _ in range(EPOCHS)]
    show(len(losses), min(loss for loss in losses if math.isfinite(loss)))


if __name__ == "__main__":
    main()
