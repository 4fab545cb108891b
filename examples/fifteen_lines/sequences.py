import torch
from torch import nn


def data():
    walks = [torch.randn(length, 1) for length in torch.randint(3, 30, (600,))]
    return [(walk, (walk.sum() > 0).long()) for walk in walks]


def collate(examples):
    walks, labels = zip(*examples, strict=True)
    return nn.utils.rnn.pack_sequence(walks, enforce_sorted=False), torch.stack(labels)


class LastState(nn.GRU):
    def forward(self, walks):
        return super().forward(walks)[1][0]


def model(config):
    return nn.Sequential(LastState(1, 16), nn.Linear(16, 2))
