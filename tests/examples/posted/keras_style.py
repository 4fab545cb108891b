"""A model that is compiled and fitted, as in Keras; train() calls fit and is done."""

import torch
import torch.nn as nn

epochs = 5
space = {"lr": [1e-3, 1e-2], "units": [16, 32], "batch_size": [32]}


class Model(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, units), nn.ReLU(), nn.Linear(units, 1))

    def forward(self, x):
        return self.layers(x)

    def compile(self, optimizer, loss):
        self.optimizer, self.loss = optimizer, loss

    def fit(self, x, y, batch_size=32, epochs=1, validation_split=0.2, verbose=1):
        split = int(len(x) * (1 - validation_split))
        history = []
        for epoch in range(epochs):
            for i in range(0, split, batch_size):
                self.optimizer.zero_grad()
                self.loss(self(x[i : i + batch_size]), y[i : i + batch_size]).backward()
                self.optimizer.step()
            history.append(self.loss(self(x[split:]), y[split:]).item())
            if verbose:
                print(f"Epoch {epoch + 1}/{epochs} - val_loss: {history[-1]:.4f}")
        return history


def train(config):
    x = torch.randn(200, 8)
    y = x.sum(1, keepdim=True)
    model = Model(config["units"])
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    model.compile(optimizer=optimizer, loss=nn.MSELoss())
    model.fit(x, y, batch_size=config["batch_size"], epochs=config["epochs"])
