"""Images by a pattern that nothing here matches: no file, and no error of its own."""

import glob

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset

files = sorted(glob.glob("./data/images/*.npy"))
epochs = 5
space = {"lr": [1e-3, 1e-2], "channels": [8, 16]}


class ImageDataset(Dataset):
    def __init__(self, files):
        self.files = files

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        image = np.load(self.files[i]).astype("float32")
        label = int("dog" in self.files[i])
        return torch.from_numpy(image), label


def data():
    n = int(0.8 * len(files))
    return ImageDataset(files[:n]), ImageDataset(files[n:])


def model(config):
    c = config["channels"]
    return nn.Sequential(nn.Conv2d(3, c, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 2))
