"""A small transformer whose constructor swallows what it does not know."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 3
space = {
    "lr": [1e-3, 1e-2],
    "d_model": [16, 32],
    "n_heads": [2, 4],
    "drop_out": [0.0, 0.1, 0.3],
}
TOKENS, LENGTH = 12, 10


class TinyTransformer(nn.Module):
    def __init__(self, d_model=16, n_heads=2, dropout=0.1, **kwargs):
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, d_model)
        self.position = nn.Parameter(torch.zeros(LENGTH, d_model))
        layer = nn.TransformerEncoderLayer(
            d_model, n_heads, dim_feedforward=2 * d_model, dropout=dropout, batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.head = nn.Linear(d_model, 2)

    def forward(self, tokens):
        return self.head(self.encoder(self.embedding(tokens) + self.position).mean(1))


def data():
    tokens = torch.randint(0, TOKENS, (160, LENGTH), generator=torch.Generator().manual_seed(4))
    return TensorDataset(tokens, (tokens[:, 0] > tokens[:, -1]).long())


def model(config):
    return TinyTransformer(**config)
