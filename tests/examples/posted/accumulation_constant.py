"""Gradients gathered over several batches by a constant that no loop here uses."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

epochs = 3
space = {"lr": [0.01, 0.1], "batch_size": [8, 16]}
GRADIENT_ACCUMULATION_STEPS = 4
MAX_GRAD_NORM = 1.0


def data():
    x = torch.randn(200, 6, generator=torch.Generator().manual_seed(0))
    return TensorDataset(x, (x.mean(1) > 0).long())


def model(config):
    return nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))


def fit(net, optimizer):
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(data(), batch_size=8, shuffle=True)
    for _ in range(epochs):
        for i, (inputs, labels) in enumerate(loader):
            loss = criterion(net(inputs), labels) / GRADIENT_ACCUMULATION_STEPS
            loss.backward()
            if (i + 1) % GRADIENT_ACCUMULATION_STEPS == 0:
                nn.utils.clip_grad_norm_(net.parameters(), MAX_GRAD_NORM)
                optimizer.step()
                optimizer.zero_grad()


if __name__ == "__main__":
    net = model({})
    fit(net, torch.optim.SGD(net.parameters(), lr=0.1))
