"""A script that is started with --data-dir, turned into a task."""

import argparse
import os

import torch
from torch import nn
from torch.utils.data import TensorDataset


def parse_args():
    parser = argparse.ArgumentParser(description="PyTorch training")
    parser.add_argument("--data-dir", required=True, help="path to dataset")
    parser.add_argument("--arch", default="mlp")
    parser.add_argument("-b", "--batch-size", default=256, type=int)
    parser.add_argument("--epochs", default=90, type=int, metavar="N")
    parser.add_argument("--lr", default=0.1, type=float)
    return parser.parse_args()


args = parse_args()
epochs = args.epochs
space = {"lr": [args.lr, args.lr / 10], "batch_size": [args.batch_size]}


def data():
    table = torch.load(os.path.join(args.data_dir, "table.pt"))
    return TensorDataset(table[:, :-1], table[:, -1:])


def model(config):
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
