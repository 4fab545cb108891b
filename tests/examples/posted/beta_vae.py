"""A beta-VAE whose loss is a mean, and whose data has no targets but the images."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

epochs = 2
space = {"lr": [1e-3, 1e-2], "beta": [0.1, 1.0, 4.0], "z_dim": [2, 3], "optimizer": ["adam"]}


class Blobs(Dataset):
    def __init__(self, n=150):
        g = torch.Generator().manual_seed(3)
        self.images = torch.rand(n, 36, generator=g).round()

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], self.images[i]


class BetaVAE(nn.Module):
    def __init__(self, z_dim):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(36, 24), nn.ReLU(), nn.Linear(24, 2 * z_dim))
        self.decoder = nn.Sequential(nn.Linear(z_dim, 24), nn.ReLU(), nn.Linear(24, 36))

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        z = mu
        if self.training:
            z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return {"recon": self.decoder(z), "mu": mu, "logvar": logvar}


def kl(mu, logvar):
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)


def loss(outputs, targets, config):
    recon = F.binary_cross_entropy_with_logits(outputs["recon"], targets, reduction="none").sum(1)
    return (recon + config["beta"] * kl(outputs["mu"], outputs["logvar"])).mean()


def metrics(outputs, targets):
    return {
        "kl": kl(outputs["mu"], outputs["logvar"]).mean().item(),
        "mse": F.mse_loss(torch.sigmoid(outputs["recon"]), targets).item(),
    }


def data():
    return Blobs()


def model(config):
    return BetaVAE(config["z_dim"])
