"""What is left of a tracker, and a script below whose loop nobody runs here."""

import os
import random

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

try:
    import wandb
except ImportError:
    wandb = None

os.environ.setdefault("WANDB_MODE", "disabled")


def seed_everything(seed=42):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    torch.backends.cudnn.deterministic = True


seed_everything()
sweep_config = {"method": "bayes", "metric": {"goal": "minimize", "name": "val_loss"}}
epochs = 2
space = {"lr": [1e-2, 1e-1], "fc_layer_size": [8, 16], "batch_size": [32]}


def data():
    x = torch.randn(180, 6)
    return TensorDataset(x, (x.sum(dim=1) > 0).float().unsqueeze(1))


def model(config):
    return nn.Sequential(
        nn.Linear(6, config["fc_layer_size"]), nn.ReLU(), nn.Linear(config["fc_layer_size"], 1)
    )


loss = nn.BCEWithLogitsLoss()


def log(values):
    if wandb is not None and wandb.run is not None:
        wandb.log(values)


if __name__ == "__main__":
    config = {"fc_layer_size": 16}
    if wandb is not None:
        wandb.init(project="my-project", config=config)
    net = model(config)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(10):
        for xb, yb in DataLoader(data(), batch_size=32, shuffle=True):
            opt.zero_grad()
            value = loss(net(xb), yb)
            value.backward()
            opt.step()
        log({"epoch": epoch, "loss": value.item()})
