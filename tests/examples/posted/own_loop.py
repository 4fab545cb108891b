"""A generator and a discriminator: two optimizers, a loop of one's own without a checkpoint."""

import torch
from torch import nn

epochs = 3
space = {"lr_g": [1e-3, 1e-2], "lr_d": [1e-3, 1e-2], "latent": [2, 4]}
criterion = nn.BCEWithLogitsLoss()


def real_points(num):
    angle = 6.2832 * torch.rand(num)
    return torch.stack([angle.cos(), angle.sin()], 1)


def networks(latent):
    generator = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, 2))
    discriminator = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    return generator, discriminator


def train_step(generator, discriminator, optimizers, latent):
    real, fake = real_points(32), generator(torch.randn(32, latent))
    ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
    loss_d = criterion(discriminator(real), ones) + criterion(discriminator(fake.detach()), zeros)
    optimizers[1].zero_grad()
    loss_d.backward()
    optimizers[1].step()
    loss_g = criterion(discriminator(fake), ones)
    optimizers[0].zero_grad()
    loss_g.backward()
    optimizers[0].step()
    return loss_g.item()


def train(config):
    generator, discriminator = networks(config["latent"])
    optimizers = (
        torch.optim.Adam(generator.parameters(), lr=config["lr_g"]),
        torch.optim.Adam(discriminator.parameters(), lr=config["lr_d"]),
    )
    for _ in range(config["epochs"]):
        losses = [
            train_step(generator, discriminator, optimizers, config["latent"]) for _ in range(10)
        ]
        with torch.no_grad():
            off = (generator(torch.randn(200, config["latent"])).norm(dim=1) - 1).abs().mean()
        yield {"train_loss": sum(losses) / len(losses), "val_loss": off.item()}
