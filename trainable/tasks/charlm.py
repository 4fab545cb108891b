"""Predict the next character of Python's own help texts (standard library) with a small GRU."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 9
space = "lr-batch"
LENGTH = 64
CHARACTERS = [chr(code) for code in range(32, 127)] + ["\n"]


def data():
    from pydoc_data.topics import topics

    text = "\n".join(topics[name] for name in sorted(topics))[:100_000]
    codes = {character: code for code, character in enumerate(CHARACTERS)}
    numbers = torch.tensor([codes.get(character, 0) for character in text])
    windows = numbers[: (len(numbers) - 1) // LENGTH * LENGTH + 1]
    inputs = windows[:-1].view(-1, LENGTH)
    targets = windows[1:].view(-1, LENGTH)
    train, validation = int(0.7 * len(inputs)), int(0.85 * len(inputs))
    parts = slice(0, train), slice(train, validation), slice(validation, None)
    return tuple(TensorDataset(inputs[rows], targets[rows]) for rows in parts)


class CharacterModel(nn.Module):
    def __init__(self, hidden, dropout):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARACTERS), 32)
        self.gru = nn.GRU(32, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, len(CHARACTERS))

    def forward(self, characters):
        states, _ = self.gru(self.embedding(characters))
        return self.output(self.dropout(states))


def model(config):
    return CharacterModel(config.get("hidden", 64), config.get("dropout", 0.0))


def loss(outputs, targets):
    return nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())
