"""Are two curves of one kind? A Siamese network with a contrastive loss."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, random_split

epochs = 2
space = {"lr": [1e-3, 1e-2], "margin": [0.5, 1.0, 2.0], "embedding_size": [4, 8]}


class PairDataset(Dataset):
    """img1, img2, label: 0 where they are of one class, 1 where they are not"""

    def __init__(self, num=200):
        rng = np.random.RandomState(0)
        self.kind = rng.randint(0, 2, size=(num, 2))
        phase = rng.uniform(0, 6, size=(num, 2, 1))
        t = np.linspace(0, 6, 20)
        self.curves = np.sin((1 + 2 * self.kind[..., None]) * t + phase).astype(np.float32)

    def __getitem__(self, index):
        first, second = self.curves[index]
        should_differ = int(self.kind[index, 0] != self.kind[index, 1])
        return first, second, torch.from_numpy(np.array([should_differ], dtype=np.float32))

    def __len__(self):
        return len(self.curves)


class SiameseNetwork(nn.Module):
    def __init__(self, embedding_size):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, embedding_size))

    def forward_once(self, x):
        return self.fc(x)

    def forward(self, input1, input2):
        return self.forward_once(input1), self.forward_once(input2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super().__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        distance = F.pairwise_distance(output1, output2, keepdim=True)
        return torch.mean(
            (1 - label) * torch.pow(distance, 2)
            + label * torch.pow(torch.clamp(self.margin - distance, min=0.0), 2)
        )


def data():
    dataset = PairDataset()
    n = int(0.8 * len(dataset))
    return random_split(dataset, [n, len(dataset) - n])


def model(config):
    return SiameseNetwork(config["embedding_size"])


def loss(outputs, targets, config):
    output1, output2 = outputs
    return ContrastiveLoss(config["margin"])(output1, output2, targets)
