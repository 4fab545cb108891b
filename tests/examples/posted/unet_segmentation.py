"""A small UNet on synthetic discs: images and masks come from NumPy, as float64."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
IMG_SIZE = 16

epochs = 2
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "batch_size": [8, 16],
    "base_channels": [4, 8],
    "dice_weight": [0.0, 0.5, 1.0],
}


class DiscDataset(Dataset):
    def __init__(self, n=60, transform=None):
        self.n = n
        self.transform = transform

    def __len__(self):
        return self.n

    def __getitem__(self, idx):
        rng = np.random.RandomState(idx)
        cx, cy = rng.uniform(4, 12, size=2)
        yy, xx = np.mgrid[:IMG_SIZE, :IMG_SIZE]
        mask = ((xx - cx) ** 2 + (yy - cy) ** 2 < 9).astype(np.float64)
        image = mask + rng.normal(0, 0.3, mask.shape)
        if self.transform is not None:
            image = self.transform(image)
        return image[None], mask[None]


class DoubleConv(nn.Module):
    """(convolution => [BN] => ReLU) * 2"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes, base=8):
        super().__init__()
        self.inc = DoubleConv(n_channels, base)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(base, 2 * base))
        self.up1 = nn.ConvTranspose2d(2 * base, base, kernel_size=2, stride=2)
        self.conv1 = DoubleConv(2 * base, base)
        self.outc = nn.Conv2d(base, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x = torch.cat([x1, self.up1(x2)], dim=1)
        return self.outc(self.conv1(x))


def dice_loss(pred, target, smooth=1.0):
    pred = torch.sigmoid(pred)
    inter = (pred * target).sum(dim=(2, 3))
    total = pred.sum(dim=(2, 3)) + target.sum(dim=(2, 3))
    return (1 - (2.0 * inter + smooth) / (total + smooth)).mean()


def data():
    return DiscDataset()


def model(config):
    return UNet(n_channels=1, n_classes=1, base=config["base_channels"])


def loss(outputs, targets, config):
    bce = F.binary_cross_entropy_with_logits(outputs, targets)
    return bce + config["dice_weight"] * dice_loss(outputs, targets)


def metrics(outputs, targets):
    pred = (torch.sigmoid(outputs) > 0.5).float()
    return {"pixel_acc": (pred == targets).float().mean().item()}
