"""A batch size at the top that only the script below it uses."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 10
BATCH_SIZE = 64
LEARNING_RATE = 1e-3
HIDDEN = 32

space = {"lr": [0.01, 0.1]}


def data():
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    return TensorDataset(x, (x.sum(1) > 0).long())


def model(config):
    return nn.Sequential(nn.Linear(4, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2))


def main():
    net = model({})
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        for x, y in torch.utils.data.DataLoader(data(), BATCH_SIZE):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()


if __name__ == "__main__":
    main()
