"""Five folds within a loop of one's own, each of as many epochs as a trial has."""

import torch
import torch.nn as nn
from sklearn.model_selection import KFold

k_folds = 5
epochs = 3
space = {"lr": [1e-3, 1e-2], "batch_size": [16, 32], "hidden": [8]}
torch.manual_seed(42)
X = torch.randn(100, 6)
Y = (X @ torch.ones(6, 1)).sin()


def reset_weights(m):
    for layer in m.children():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()


def train(config):
    kfold = KFold(n_splits=k_folds, shuffle=True, random_state=0)
    results = {}
    for fold, (train_ids, test_ids) in enumerate(kfold.split(X)):
        print(f"FOLD {fold}")
        network = nn.Sequential(
            nn.Linear(6, config["hidden"]), nn.ReLU(), nn.Linear(config["hidden"], 1)
        )
        network.apply(reset_weights)
        optimizer = torch.optim.Adam(network.parameters(), lr=config["lr"])
        for epoch in range(config["epochs"]):
            total = 0.0
            for rows in torch.as_tensor(train_ids).split(config["batch_size"]):
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(network(X[rows]), Y[rows])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(rows)
            with torch.no_grad():
                results[fold] = nn.functional.mse_loss(network(X[test_ids]), Y[test_ids]).item()
            yield {"train_loss": total / len(train_ids), "val_loss": results[fold], "fold": fold}
    print(f"Average: {sum(results.values()) / len(results)}")
