"""Small graphs joined into one large one per batch, as PyTorch Geometric does."""

import torch
import torch.nn as nn
import torch.nn.functional as F

epochs = 2
space = {"lr": [1e-3, 1e-2], "hidden_channels": [8, 16], "optimizer": ["adam"]}


class Data:
    def __init__(self, x, edge_index, y):
        self.x, self.edge_index, self.y = x, edge_index, y


class Batch:
    def __init__(self, graphs):
        sizes = torch.tensor([len(graph.x) for graph in graphs])
        shift = torch.cumsum(sizes, 0) - sizes
        self.x = torch.cat([graph.x for graph in graphs])
        self.edge_index = torch.cat(
            [graph.edge_index + s for graph, s in zip(graphs, shift, strict=True)], dim=1
        )
        self.batch = torch.repeat_interleave(torch.arange(len(graphs)), sizes)
        self.y = torch.tensor([graph.y for graph in graphs])
        self.num_graphs = len(graphs)


def make_graph(i):
    g = torch.Generator().manual_seed(i)
    n = int(torch.randint(4, 9, (1,), generator=g))
    ring = torch.arange(n)
    edge_index = torch.stack([ring, ring.roll(1)])
    if i % 2:
        edge_index = torch.cat([edge_index, edge_index.flip(0)], dim=1)
    return Data(torch.rand(n, 3, generator=g), edge_index, i % 2)


class GCN(nn.Module):
    def __init__(self, hidden_channels):
        super().__init__()
        self.lin1 = nn.Linear(3, hidden_channels)
        self.lin2 = nn.Linear(hidden_channels, 2)

    def forward(self, data):
        x = self.lin1(data.x)
        source, target = data.edge_index
        x = F.relu(x.index_add(0, target, x[source]))
        pooled = torch.zeros(data.num_graphs, x.size(1)).index_add(0, data.batch, x)
        return self.lin2(pooled)


def data():
    return [make_graph(i) for i in range(120)]


def collate(graphs):
    return Batch(graphs)


def model(config):
    return GCN(config["hidden_channels"])
