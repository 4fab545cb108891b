"""The VAE of PyTorch's examples: its loss is summed over the batch."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

epochs = 3
space = {"lr": [1e-3, 1e-2], "latent_dim": [2, 4], "optimizer": ["adam"]}


class VAE(nn.Module):
    def __init__(self, latent_dim=20):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, latent_dim)
        self.fc22 = nn.Linear(32, latent_dim)
        self.fc3 = nn.Linear(latent_dim, 32)
        self.fc4 = nn.Linear(32, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


# Reconstruction + KL divergence losses summed over all elements and batch
def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


def loss(outputs, targets):
    recon_batch, mu, logvar = outputs
    return loss_function(recon_batch, targets, mu, logvar)


def data():
    images = torch.rand(200, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    return TensorDataset(images, images)


def model(config):
    return VAE(config["latent_dim"])
