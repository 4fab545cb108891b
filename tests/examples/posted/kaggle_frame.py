"""A table read as in a Kaggle notebook: dummies, a scaler over all rows, text labels."""

import io

import pandas as pd
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

pd.set_option("display.max_columns", 50)

CSV = "age,deck,fare,survived\n" + "\n".join(
    f"{20 + i % 40},{'ABC'[i % 3]},{7.25 + (i * 37) % 90},{'yes' if (i * 37) % 90 > 45 else 'no'}"
    for i in range(240)
)

epochs = 2
space = {"lr": [0.01, 0.1], "hidden_units": [8, 16], "batch_size": [32, 64]}


def preprocess(df):
    df = df.copy()
    df["age"] = df["age"].fillna(df["age"].median())
    df = pd.get_dummies(df, columns=["deck"])
    numeric = ["age", "fare"]
    df[numeric] = StandardScaler().fit_transform(df[numeric])
    return df


def data():
    df = pd.read_csv(io.StringIO(CSV))
    df = preprocess(df)
    X, y = df.drop(columns="survived"), df["survived"]
    return train_test_split(X, y, test_size=0.25, random_state=42, stratify=y)


def model(config):
    return nn.Sequential(
        nn.Linear(5, config["hidden_units"]), nn.ReLU(), nn.Linear(config["hidden_units"], 2)
    )
