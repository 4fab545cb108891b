"""Settings in a dataclass, as in many repositories."""

from dataclasses import asdict, dataclass, fields

import torch
from torch import nn
from torch.utils.data import Dataset


@dataclass
class TrainSettings:
    epochs: int = 2
    noise: float = 0.05
    examples: int = 160


@dataclass
class NetSettings:
    hidden: int = 16
    dropout: float = 0.0


settings = TrainSettings(examples=120)
epochs, noise = settings.epochs, settings.noise
space = {name: [default, default * 2] for name, default in asdict(NetSettings()).items() if default}
space["lr"] = [0.01, 0.1]


class Spirals(Dataset):
    def __init__(self, num, noise):
        generator = torch.Generator().manual_seed(0)
        self.labels = torch.arange(num) % 2
        angle = torch.rand(num, generator=generator) * 6
        sign = self.labels * 2 - 1
        points = torch.stack([angle.cos() * sign, angle.sin() * sign], 1) * angle[:, None] / 6
        self.points = points + noise * torch.randn(num, 2, generator=generator)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.points[index], self.labels[index]


class Net(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.layers = nn.Sequential(
            nn.Linear(2, settings.hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, 2),
        )

    def forward(self, points):
        return self.layers(points)


def data():
    return Spirals(settings.examples, noise)


def model(config):
    known = {field.name for field in fields(NetSettings)}
    return Net(NetSettings(**{name: config[name] for name in config if name in known}))
