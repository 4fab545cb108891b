"""A trainable as Ray Tune's tutorial has it."""

import torch
from ray import tune
from torch import nn

config = {"l1": tune.choice([8, 16]), "lr": tune.loguniform(1e-4, 1e-1)}


class Net(nn.Module):
    def __init__(self, l1=16):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, l1), nn.ReLU(), nn.Linear(l1, 1))

    def forward(self, x):
        return self.layers(x)


def load_data():
    x = torch.randn(200, 10)
    return x, x.sum(1, keepdim=True)


def train_net(config):
    net = Net(config["l1"])
    optimizer = torch.optim.SGD(net.parameters(), lr=config["lr"], momentum=0.9)
    x, y = load_data()
    for _ in range(10):
        loss = nn.functional.mse_loss(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        tune.report({"loss": loss.item()})
