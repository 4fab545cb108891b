"""Forecast a series from windows of its past; the scaler has seen all of it."""

import numpy as np
import torch
import torch.nn as nn
from sklearn.preprocessing import MinMaxScaler

torch.manual_seed(0)
np.random.seed(0)

look_back = 12
epochs = 3
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "optimizer": ["adam"],
    "hidden_dim": [8, 16],
    "num_layers": [1, 2],
}


def create_dataset(dataset, look_back=1):
    dataX, dataY = [], []
    for i in range(len(dataset) - look_back - 1):
        a = dataset[i : (i + look_back), :]
        dataX.append(a)
        dataY.append(dataset[i + look_back, 0])
    return np.array(dataX), np.array(dataY)


class GRUModel(nn.Module):
    def __init__(self, input_dim, hidden_dim, layer_dim, output_dim):
        super(GRUModel, self).__init__()
        self.hidden_dim = hidden_dim
        self.layer_dim = layer_dim
        self.gru = nn.GRU(input_dim, hidden_dim, layer_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        h0 = torch.zeros(self.layer_dim, x.size(0), self.hidden_dim).requires_grad_()
        out, hn = self.gru(x, h0.detach())
        return self.fc(out[:, -1, :])


def data():
    t = np.arange(300)
    series = np.sin(0.2 * t) + 0.1 * np.random.randn(len(t))
    scaler = MinMaxScaler(feature_range=(-1, 1))
    series = scaler.fit_transform(series.reshape(-1, 1))
    X, y = create_dataset(series, look_back)
    n_train, n_val = int(len(X) * 0.7), int(len(X) * 0.85)
    return (X[:n_train], y[:n_train]), (X[n_train:n_val], y[n_train:n_val])


def model(config):
    return GRUModel(1, config["hidden_dim"], config["num_layers"], 1)
