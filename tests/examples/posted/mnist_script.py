"""Adapted from a script: its train() is one epoch of a loop of its own."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.fc1 = nn.Linear(64, width)
        self.fc2 = nn.Linear(width, 10)

    def forward(self, x):
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


def digits():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(300, 64, generator=generator)
    return TensorDataset(images, images[:, :10].argmax(1))


def train(args, model, device, train_loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        if batch_idx % args.log_interval == 0:
            print(f"Train Epoch: {epoch} [{batch_idx}] Loss: {loss.item():.6f}")


def test(model, device, test_loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            correct += (model(data.to(device)).argmax(1) == target.to(device)).sum().item()
    print(f"Accuracy: {correct}/{len(test_loader.dataset)}")


def data():
    return digits()


def model(config):
    return Net(config.get("width", 16))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--log-interval", type=int, default=10)
    args = parser.parse_args()
    net, loader = Net(), DataLoader(digits(), 64, shuffle=True)
    optimizer = optim.Adadelta(net.parameters())
    for epoch in range(args.epochs):
        train(args, net, "cpu", loader, optimizer, epoch)
        test(net, "cpu", loader)


if __name__ == "__main__":
    main()
