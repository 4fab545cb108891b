"""Categories as embeddings and numbers through BatchNorm: one batch size leaves one example."""

import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.preprocessing import LabelEncoder
from torch.utils.data import Dataset

epochs = 4
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "batch_size": [16, 20, 64],
    "emb_drop": [0.0, 0.2],
}
cat_cols = ["shop", "weekday"]
cont_cols = ["price", "stock"]


def load_frame(n=230):
    rng = np.random.default_rng(42)
    df = pd.DataFrame(
        {
            "shop": rng.choice(["north", "south", "west"], n),
            "weekday": rng.choice(["Mon", "Tue", "Wed", "Thu", "Fri"], n),
            "price": rng.normal(10, 3, n),
            "stock": rng.integers(0, 100, n),
        }
    )
    df["sales"] = 3 * (df["shop"] == "north") - 0.2 * df["price"] + rng.normal(0, 0.5, n)
    for col in cat_cols:
        df[col] = LabelEncoder().fit_transform(df[col])
    return df


class TabularDataset(Dataset):
    def __init__(self, df):
        self.cats = df[cat_cols].astype(np.int64).values
        self.conts = df[cont_cols].astype(np.float32).values
        self.y = df["sales"].astype(np.float32).values.reshape(-1, 1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return self.cats[idx], self.conts[idx], self.y[idx]


class TabularModel(nn.Module):
    def __init__(self, emb_szs, n_cont, out_sz=1, layers=(32, 16), p=0.0):
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(ni, nf) for ni, nf in emb_szs])
        self.emb_drop = nn.Dropout(p)
        self.bn_cont = nn.BatchNorm1d(n_cont)
        n_in, layerlist = sum(nf for _, nf in emb_szs) + n_cont, []
        for i in layers:
            layerlist += [nn.Linear(n_in, i), nn.ReLU(inplace=True), nn.BatchNorm1d(i)]
            n_in = i
        self.layers = nn.Sequential(*layerlist, nn.Linear(n_in, out_sz))

    def forward(self, x_cat, x_cont):
        embeddings = [e(x_cat[:, i]) for i, e in enumerate(self.embeds)]
        x = self.emb_drop(torch.cat(embeddings, 1))
        return self.layers(torch.cat([x, self.bn_cont(x_cont)], 1))


def data():
    df = load_frame()
    return TabularDataset(df.iloc[:161]), TabularDataset(df.iloc[161:])


def model(config):
    return TabularModel([(3, 2), (5, 3)], len(cont_cols), p=config["emb_drop"])
