"""A module as Lightning wants it, handed to a loop that calls forward alone."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 3
space = {"hidden": [8, 16], "alpha": [0.1, 0.5]}


class LitAutoencoder(nn.Module):
    def __init__(self, hidden, alpha):
        super().__init__()
        self.alpha = alpha
        self.encoder = nn.Sequential(nn.Linear(12, hidden), nn.ReLU())
        self.decoder = nn.Linear(hidden, 12)

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        x, _ = batch
        code = self.encoder(x)
        return nn.functional.mse_loss(self.decoder(code), x) + self.alpha * code.abs().mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def data():
    x = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) @ torch.ones(3, 12)
    return TensorDataset(x, x)


def model(config):
    return LitAutoencoder(config["hidden"], config["alpha"])
