"""Options of a command line at the top, which the search has none of."""

import argparse

import torch
from torch import nn
from torch.utils.data import TensorDataset

parser = argparse.ArgumentParser(description="Train a small regression")
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--widths", type=int, nargs="+", default=[4, 8])
parser.add_argument("--num-examples", type=int, default=150)
args = parser.parse_args()

epochs = args.epochs
space = {"lr": [0.01, 0.1], "width": args.widths}


def data():
    x = torch.rand(args.num_examples, 3, generator=torch.Generator().manual_seed(0))
    return TensorDataset(x, x.square().sum(1, keepdim=True))


def model(config):
    width = config["width"]
    return nn.Sequential(nn.Linear(3, width), nn.Sigmoid(), nn.Linear(width, 1))
