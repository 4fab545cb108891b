"""A loop that prints its progress and returns a history at its end."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

epochs = 4
space = {"lr": [1e-3, 1e-2], "batch_size": [16, 32]}


def make_loader(n, batch_size, shuffle):
    x = torch.randn(n, 4, generator=torch.Generator().manual_seed(n))
    return DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size, shuffle=shuffle)


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    losses = []
    for x, y in loader:
        loss = criterion(model(x), y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def train(config):
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    criterion = nn.MSELoss()
    train_loader = make_loader(160, config["batch_size"], shuffle=True)
    val_loader = make_loader(40, config["batch_size"], shuffle=False)
    history = {"train_loss": [], "val_loss": []}
    for epoch in range(config["epochs"]):
        history["train_loss"].append(run_epoch(model, train_loader, criterion, optimizer))
        history["val_loss"].append(run_epoch(model, val_loader, criterion))
        print(f"Epoch {epoch + 1}: {history['train_loss'][-1]:.4f} {history['val_loss'][-1]:.4f}")
    return history
