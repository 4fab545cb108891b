import pandas as pd
import torch
from torch import nn
from torch.utils.data import TensorDataset


def data(split):
    table = torch.tensor(pd.read_csv("patients.csv").to_numpy(), dtype=torch.float32)
    parts = split(len(table))
    table = (table - table[parts[0]].mean(0)) / table[parts[0]].std(0)
    return tuple(TensorDataset(table[rows, :-1], table[rows, -1:]) for rows in parts)


def model(config):
    return nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 1))
