"""News topics with an EmbeddingBag: the collate function puts the labels first."""

import torch
from torch import nn

TRAIN = [
    (1, "stocks fell as oil prices rose again"),
    (2, "the team won the final match"),
    (1, "bank profits beat forecasts this quarter"),
    (2, "coach praised young players after the game"),
] * 30

epochs = 2
space = {"lr": [0.1, 1.0], "batch_size": [8, 16], "emsize": [8, 16]}


def tokenizer(text):
    return text.lower().split()


vocab = {word: i for i, word in enumerate(sorted({w for _, t in TRAIN for w in tokenizer(t)}))}


def text_pipeline(x):
    return [vocab[token] for token in tokenizer(x)]


def label_pipeline(x):
    return int(x) - 1


def collate(batch):
    label_list, text_list, offsets = [], [], [0]
    for _label, _text in batch:
        label_list.append(label_pipeline(_label))
        processed_text = torch.tensor(text_pipeline(_text), dtype=torch.int64)
        text_list.append(processed_text)
        offsets.append(processed_text.size(0))
    label_list = torch.tensor(label_list, dtype=torch.int64)
    offsets = torch.tensor(offsets[:-1]).cumsum(dim=0)
    text_list = torch.cat(text_list)
    return label_list, text_list, offsets


class TextClassificationModel(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim, sparse=False)
        self.fc = nn.Linear(embed_dim, num_class)
        self.init_weights()

    def init_weights(self):
        initrange = 0.5
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.fc.weight.data.uniform_(-initrange, initrange)
        self.fc.bias.data.zero_()

    def forward(self, text, offsets):
        embedded = self.embedding(text, offsets)
        return self.fc(embedded)


def data():
    return TRAIN


def model(config):
    return TextClassificationModel(len(vocab), config["emsize"], 2)
