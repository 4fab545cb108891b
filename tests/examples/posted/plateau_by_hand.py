"""ReduceLROnPlateau and early stopping by hand; a trial may end before its last epoch."""

import math

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import ReduceLROnPlateau

epochs = 3
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1.0, "log": True},
    "factor": [0.1, 0.5],
    "weight_decay": [0.0, 1e-4],
}
PATIENCE = 2


class EarlyStopping:
    def __init__(self, patience=5, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.counter, self.min_validation_loss = 0, math.inf

    def early_stop(self, validation_loss):
        if validation_loss < self.min_validation_loss:
            self.min_validation_loss, self.counter = validation_loss, 0
        elif validation_loss > self.min_validation_loss + self.min_delta:
            self.counter += 1
        return self.counter >= self.patience


def get_lr(optimizer):
    for param_group in optimizer.param_groups:
        return param_group["lr"]


def train(config, checkpoint=None):
    g = torch.Generator().manual_seed(1)
    x = torch.rand(160, 3, generator=g)
    y = (x.prod(1, keepdim=True) * 5).cos()
    net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.SGD(net.parameters(), lr=config["lr"], weight_decay=config["weight_decay"])
    scheduler = ReduceLROnPlateau(optimizer, mode="min", factor=config["factor"], patience=1)
    stopper, start = EarlyStopping(PATIENCE), 0
    if checkpoint is not None:
        start = checkpoint["epoch"]
        net.load_state_dict(checkpoint["model_state_dict"])
        optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
        scheduler.load_state_dict(checkpoint["scheduler_state_dict"])
    for epoch in range(start, config["epochs"]):
        net.train()
        for rows in torch.randperm(120).split(20):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            val_loss = nn.functional.mse_loss(net(x[120:]), y[120:])
        scheduler.step(val_loss)
        yield {
            "train_loss": loss,
            "val_loss": val_loss,
            "current_lr": get_lr(optimizer),
            "checkpoint": {
                "epoch": epoch + 1,
                "model_state_dict": net.state_dict(),
                "optimizer_state_dict": optimizer.state_dict(),
                "scheduler_state_dict": scheduler.state_dict(),
            },
        }
        if stopper.early_stop(val_loss):
            print("early stopping")
            break
