"""One body and two heads: a class and a number, targets and outputs in dicts."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

epochs = 2
space = {"lr": [1e-3, 1e-2], "optimizer": ["adam"], "alpha": [0.1, 0.5, 0.9], "width": [16]}


class FacesDataset(Dataset):
    def __init__(self, num=180):
        g = torch.Generator().manual_seed(11)
        self.pixels = torch.rand(num, 1, 6, 6, generator=g)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, i):
        image = self.pixels[i]
        gender = int(image[0, :3].mean() > image[0, 3:].mean())
        return {"image": image}, {"gender": gender, "age": image.mean()}


class MultiTaskNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(36, width), nn.ReLU())
        self.gender_head = nn.Linear(width, 2)
        self.age_head = nn.Linear(width, 1)

    def forward(self, image):
        h = self.body(image)
        return {"gender": self.gender_head(h), "age": self.age_head(h).squeeze(-1)}


def data():
    return FacesDataset()


def model(config):
    return MultiTaskNet(config["width"])


def loss(outputs, targets, config):
    gender = F.cross_entropy(outputs["gender"], targets["gender"])
    age = F.mse_loss(outputs["age"], targets["age"].float())
    return config["alpha"] * gender + (1 - config["alpha"]) * age


def metrics(outputs, targets):
    correct = outputs["gender"].argmax(1) == targets["gender"]
    return {
        "gender_acc": correct.float().mean().item(),
        "age_mae": (outputs["age"] - targets["age"]).abs().mean().item(),
    }
