"""A convolutional net under a one-cycle schedule, whose peak is searched."""

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import TensorDataset

epochs = 2
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "pct_start": [0.1, 0.3],
    "batch_size": [16, 32],
    "channels": [4, 8],
}


def data():
    generator = torch.Generator().manual_seed(5)
    images = torch.rand(160, 1, 8, 8, generator=generator)
    labels = (images[:, 0, :4].mean((1, 2)) > images[:, 0, 4:].mean((1, 2))).long()
    return TensorDataset(images, labels)


def conv_block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU())


def model(config):
    c = config["channels"]
    return nn.Sequential(
        conv_block(1, c),
        nn.MaxPool2d(2),
        conv_block(c, 2 * c),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * c, 2),
    )


def optimizer(model, config):
    return optim.AdamW(model.parameters(), lr=config["lr"], weight_decay=0.01)


def scheduler(optimizer, config):
    return OneCycleLR(
        optimizer,
        max_lr=config["lr"],
        total_steps=config["total_steps"],
        pct_start=config["pct_start"],
    )
