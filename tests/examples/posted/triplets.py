"""Triplets (anchor, positive, negative) for a network that embeds one of them at a time."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

epochs = 5
space = {"lr": [1e-3, 1e-2], "margin": [0.2, 1.0], "dim": [4, 8]}


class TripletDataset(Dataset):
    def __init__(self, n=150):
        g = torch.Generator().manual_seed(0)
        self.labels = torch.arange(n) % 3
        self.points = torch.randn(n, 6, generator=g) + self.labels[:, None]

    def __len__(self):
        return len(self.points)

    def __getitem__(self, i):
        same = (self.labels == self.labels[i]).nonzero().flatten()
        other = (self.labels != self.labels[i]).nonzero().flatten()
        positive = same[torch.randint(len(same), (1,))].item()
        negative = other[torch.randint(len(other), (1,))].item()
        return self.points[i], self.points[positive], self.points[negative]


class EmbeddingNet(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 16), nn.PReLU(), nn.Linear(16, dim))

    def forward(self, x):
        return self.net(x)


def data():
    return TripletDataset()


def model(config):
    return EmbeddingNet(config["dim"])


def loss(outputs, targets, config):
    anchor, positive, negative = outputs
    return nn.TripletMarginLoss(margin=config["margin"])(anchor, positive, negative)
