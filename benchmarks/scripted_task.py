"""Epochs of a millisecond whose losses follow a formula: what is left is the search's own cost."""

import math
import time

epochs = 27
space = "lr-batch"


def train(config, checkpoint=None):
    distance = abs(math.log10(config["lr"]) + 1.5) + abs(math.log2(config["batch_size"]) - 6) / 20
    for epoch in range(1, config["epochs"] + 1):
        time.sleep(0.001)
        loss = 0.1 + distance / 5 + math.exp(-epoch / 8)
        yield {"train_loss": loss, "val_loss": loss}
