"""An objective as Optuna's examples have it."""

import torch
from torch import nn

EPOCHS = 5


def define_model(trial):
    layers, size = [], 6
    for i in range(trial.suggest_int("n_layers", 1, 3)):
        width = trial.suggest_int(f"n_units_l{i}", 4, 32)
        layers += [nn.Linear(size, width), nn.ReLU()]
        size = width
    return nn.Sequential(*layers, nn.Linear(size, 1))


def get_data():
    x = torch.randn(120, 6)
    return x[:90], x[90:]


def objective(trial):
    model = define_model(trial)
    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    train_x, valid_x = get_data()
    for _ in range(EPOCHS):
        loss = model(train_x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model(valid_x).pow(2).mean().item()
