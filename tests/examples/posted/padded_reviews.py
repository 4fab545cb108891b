"""Reviews as word numbers, padded to the longest of a batch, through a bidirectional LSTM."""

import random
from collections import Counter

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import Dataset

random.seed(1234)
GOOD = "great lovely superb fine charming".split()
BAD = "dull awful poor boring weak".split()
FILLER = "the a film plot cast was and very".split()
PAD, UNK = 0, 1
epochs = 2
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1e-1, "log": True},
    "optimizer": ["adam", "adamw"],
    "embedding_dim": [8, 16],
    "hidden_dim": [8],
    "dropout": [0.0, 0.5],
}


def make_reviews(n=160):
    reviews = []
    for i in range(n):
        words = random.choices(FILLER, k=random.randint(3, 12))
        words += random.choices(GOOD if i % 2 else BAD, k=2)
        random.shuffle(words)
        reviews.append((" ".join(words), "pos" if i % 2 else "neg"))
    return reviews


class Vocab:
    def __init__(self, texts, min_freq=2):
        counter = Counter(w for t in texts for w in t.split())
        self.itos = ["<pad>", "<unk>"] + [w for w, c in counter.items() if c >= min_freq]
        self.stoi = {w: i for i, w in enumerate(self.itos)}

    def __len__(self):
        return len(self.itos)

    def encode(self, text):
        return [self.stoi.get(w, UNK) for w in text.split()]


class ReviewDataset(Dataset):
    def __init__(self, reviews, vocab):
        self.reviews, self.vocab = reviews, vocab

    def __len__(self):
        return len(self.reviews)

    def __getitem__(self, i):
        text, label = self.reviews[i]
        return torch.tensor(self.vocab.encode(text)), label == "pos"


REVIEWS = make_reviews()
VOCAB = Vocab([text for text, _ in REVIEWS])


def collate(batch):
    texts, labels = zip(*batch)
    lengths = torch.tensor([len(t) for t in texts])
    return pad_sequence(texts, batch_first=True, padding_value=PAD), lengths, torch.tensor(labels)


class LSTMClassifier(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_dim, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=PAD)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * hidden_dim, 2)

    def forward(self, text, lengths):
        packed = pack_padded_sequence(
            self.embedding(text), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (hidden, _) = self.lstm(packed)
        return self.fc(self.dropout(torch.cat([hidden[-2], hidden[-1]], dim=1)))


def data():
    train, valid = REVIEWS[:120], REVIEWS[120:]
    return ReviewDataset(train, VOCAB), ReviewDataset(valid, VOCAB)


def model(config):
    return LSTMClassifier(
        len(VOCAB), config["embedding_dim"], config["hidden_dim"], config["dropout"]
    )
