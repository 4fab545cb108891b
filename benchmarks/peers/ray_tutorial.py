"""Ray Tune as its PyTorch tutorial shows it: a function, DataLoaders, `tune.report`, ASHA."""

from __future__ import annotations

from typing import Any

import torch
from digits import (
    BATCH_SIZES,
    EPOCHS,
    FACTOR,
    GRACE,
    HIGHEST_LR,
    LOWEST_LR,
    MOMENTUM,
    model,
    options,
    read,
    show,
)
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(config: dict[str, Any]) -> None:
    """One trial."""
    inputs, targets, val_inputs, val_targets = read(config["rows"])
    batch_size = config["batch_size"]
    train_loader = DataLoader(TensorDataset(inputs, targets), batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(TensorDataset(val_inputs, val_targets), batch_size=batch_size)
    network = model()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=config["lr"], momentum=MOMENTUM)

    for _ in range(EPOCHS):
        network.train()
        for batch, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(network(batch), labels)
            loss.backward()
            optimizer.step()

        network.eval()
        val_loss, val_steps, correct = 0.0, 0, 0
        with torch.no_grad():
            for batch, labels in val_loader:
                outputs = network(batch)
                correct += (outputs.argmax(1) == labels).sum().item()
                val_loss += criterion(outputs, labels).item()
                val_steps += 1
        tune.report({"loss": val_loss / val_steps, "accuracy": correct / len(val_targets)})


def main() -> None:
    given = options()
    tuner = tune.Tuner(
        train,
        param_space={
            "lr": tune.loguniform(LOWEST_LR, HIGHEST_LR),
            "batch_size": tune.choice(BATCH_SIZES),
            "rows": str(given.rows),
        },
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            num_samples=given.samples,
            scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=GRACE, reduction_factor=FACTOR),
        ),
        run_config=tune.RunConfig(storage_path=str(given.directory)),
    )
    results = tuner.fit()
    frames = [result.metrics_dataframe for result in results]
    show(sum(map(len, frames)), min(frame["loss"].min() for frame in frames))


if __name__ == "__main__":
    main()
