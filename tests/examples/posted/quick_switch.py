"""A switch at the top for quick runs, and a space that is put together."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

QUICK = True
SEED = 7

epochs = 30
space = {"lr": {"type": "float", "low": 1e-3, "high": 1.0, "log": True}}
if QUICK:
    epochs = 3
else:
    space["depth"] = [1, 2, 3, 4]
space |= {"hidden": [4, 8]}
space.setdefault("batch_size", [16, 32])


def data():
    torch.manual_seed(SEED)
    x = torch.linspace(-3, 3, 200).unsqueeze(1)
    y = torch.sin(x) + 0.1 * torch.randn_like(x)
    return TensorDataset(x, y)


class MLP(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        h = cfg["hidden"]
        layers = [nn.Linear(1, h), nn.Tanh()]
        for _ in range(cfg.get("depth", 1) - 1):
            layers += [nn.Linear(h, h), nn.Tanh()]
        self.net = nn.Sequential(*layers, nn.Linear(h, 1))

    def forward(self, x):
        return self.net(x)


def model(cfg):
    return MLP(cfg)
