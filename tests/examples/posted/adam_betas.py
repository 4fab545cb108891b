"""An optimizer with names of its own, some read only under a condition."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 2
space = {
    "kind": ["sgd", "adam"],
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "beta1": {"type": "float", "low": 0.8, "high": 0.99, "when": {"kind": "adam"}},
    "beta2": {"type": "float", "low": 0.9, "high": 0.999, "when": {"kind": "adam"}},
    "nesterov": {"type": "choice", "choices": [True, False], "when": {"kind": "sgd"}},
    "units_0": [8, 16],
    "units_1": [4, 8],
}


def data():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(200, 6, generator=generator)
    return TensorDataset(x, (x.prod(1) > 0).long())


def model(config):
    layers, size = [], 6
    for i in range(2):
        units = config[f"units_{i}"]
        layers += [nn.Linear(size, units), nn.ReLU()]
        size = units
    return nn.Sequential(*layers, nn.Linear(size, 2))


def parameter_groups(net):
    biases = [p for name, p in net.named_parameters() if name.endswith("bias")]
    weights = [p for name, p in net.named_parameters() if not name.endswith("bias")]
    return [{"params": weights, "weight_decay": 1e-4}, {"params": biases, "weight_decay": 0.0}]


def optimizer(model, config):
    groups = parameter_groups(model)
    match config["kind"]:
        case "adam":
            betas = tuple(config[f"beta{number}"] for number in (1, 2))
            return torch.optim.Adam(groups, lr=config["lr"], betas=betas)
        case "sgd":
            return torch.optim.SGD(
                groups, lr=config["lr"], momentum=0.9, nesterov=config["nesterov"]
            )
