"""A rare class drawn more often: loaders of one's own, made for each batch size."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset, TensorDataset, WeightedRandomSampler

NUM_WORKERS = 0
epochs = 2
space = {"lr": [0.01, 0.1], "batch_size": [16, 32], "n_hidden": [8, 16]}


def make_dataset(n=300):
    rng = np.random.RandomState(7)
    X = rng.randn(n, 5).astype("float32")
    y = (X[:, 0] + X[:, 1] > 1.6).astype("int64")
    return TensorDataset(torch.from_numpy(X), torch.from_numpy(y))


def make_sampler(labels):
    class_count = np.bincount(labels)
    class_weights = 1.0 / class_count
    sample_weights = torch.from_numpy(class_weights[labels])
    return WeightedRandomSampler(sample_weights, len(sample_weights), replacement=True)


def data():
    dataset = make_dataset()
    train_idx, valid_idx = list(range(220)), list(range(220, 300))
    train_set, valid_set = Subset(dataset, train_idx), Subset(dataset, valid_idx)
    labels = dataset.tensors[1][train_idx].numpy()

    def train_loader(batch_size):
        sampler = make_sampler(labels)
        return DataLoader(
            train_set,
            batch_size=batch_size,
            sampler=sampler,
            num_workers=NUM_WORKERS,
            pin_memory=torch.cuda.is_available(),
        )

    def valid_loader(batch_size):
        return DataLoader(valid_set, batch_size=batch_size, shuffle=False)

    return train_loader, valid_loader


def model(config):
    n = config["n_hidden"]
    return nn.Sequential(nn.Linear(5, n), nn.BatchNorm1d(n), nn.ReLU(), nn.Linear(n, 2))


class_weights = torch.tensor([1.0, 2.0])


def loss(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets, weight=class_weights)
