"""Augmentations from a library that is not installed here."""

import albumentations_of_mine as A
import torch
from torch import nn
from torch.utils.data import Dataset

epochs = 3
space = {"lr": [0.01, 0.1], "p_flip": [0.0, 0.5]}

train_transform = A.Compose([A.HorizontalFlip(p=0.5), A.RandomBrightnessContrast(p=0.2)])


class ImageDataset(Dataset):
    def __init__(self, images, labels, transform=None):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = self.images[i]
        if self.transform:
            image = self.transform(image=image)["image"]
        return image, self.labels[i]


def data():
    return ImageDataset(torch.rand(100, 3, 8, 8), torch.arange(100) % 2, train_transform)


def model(config):
    return nn.Sequential(nn.Flatten(), nn.Dropout(config["p_flip"]), nn.Linear(192, 2))
