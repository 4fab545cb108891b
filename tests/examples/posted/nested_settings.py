"""Settings as a YAML file would give them; the optimizer reads its rate there, not in config."""

import torch
import torch.nn as nn
from torch.utils.data import TensorDataset


class AttrDict(dict):
    """Poor man's OmegaConf."""

    def __getattr__(self, name):
        value = self[name]
        return AttrDict(value) if isinstance(value, dict) else value


cfg = AttrDict(
    {
        "seed": 42,
        "data": {"n_samples": 200, "n_features": 5},
        "net": {"hidden": 16, "dropout": 0.1},
        "optim": {"lr": 1e-3, "weight_decay": 1e-2},
        "trainer": {"max_epochs": 3},
    }
)

epochs = cfg.trainer.max_epochs
space = {"lr": [1e-3, 1e-2], "weight_decay": [0.0, 1e-2], "hidden": [8, 16]}


def data():
    g = torch.Generator().manual_seed(cfg.seed)
    x = torch.randn(cfg.data.n_samples, cfg.data.n_features, generator=g)
    return TensorDataset(x, x.abs().sum(1, keepdim=True))


def model(config):
    hidden = config.get("hidden", cfg.net.hidden)
    return nn.Sequential(
        nn.Linear(cfg.data.n_features, hidden),
        nn.ReLU(),
        nn.Dropout(cfg.net.dropout),
        nn.Linear(hidden, 1),
    )


def optimizer(model, config):
    return torch.optim.AdamW(
        model.parameters(), lr=cfg.optim.lr, weight_decay=cfg.optim.weight_decay
    )
