"""Hugging Face: a Trainer with a callback, on a tiny BERT built from a config; nothing downloaded.

    pip install transformers accelerate
    python tune_main.py --task examples/hugging_face.py --samples 20

A callback notes what the Trainer logs and stops it after each epoch; the next `train` goes on from
the Trainer's own checkpoint.
"""

import tempfile
from pathlib import Path

import torch
from torch.utils.data import Dataset
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

epochs = 4
space = {
    "lr": {"type": "float", "low": 1e-4, "high": 1e-2, "log": True},
    "batch_size": [16, 32],
}


class Majority(Dataset):
    """Sequences of ones and twos: which of the two is the more frequent?"""

    def __init__(self, size, seed):
        generator = torch.Generator().manual_seed(seed)
        self.tokens = torch.randint(1, 3, (size, 15), generator=generator)

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, row):
        tokens = self.tokens[row]
        return {"input_ids": tokens, "labels": (tokens == 2).sum().gt(7).long()}


class OneEpoch(TrainerCallback):
    """Notes what is logged, and stops the Trainer at the end of an epoch."""

    def __init__(self):
        self.logged = {}

    def on_log(self, args, state, control, logs=None, **kwargs):
        self.logged.update(logs)

    def on_epoch_end(self, args, state, control, **kwargs):
        control.should_training_stop = True


def arguments(config, directory):
    return TrainingArguments(
        output_dir=directory,
        num_train_epochs=config["epochs"],
        learning_rate=config["lr"],
        per_device_train_batch_size=config["batch_size"],
        seed=config["seed"],
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
    )


def build():
    sizes = {"vocab_size": 3, "hidden_size": 32, "intermediate_size": 64}
    layers = {"num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16}
    return BertForSequenceClassification(BertConfig(**sizes, **layers))


def train(config, checkpoint=None):
    parts = {"train_dataset": Majority(512, seed=1), "eval_dataset": Majority(128, seed=2)}
    with tempfile.TemporaryDirectory() as directory:
        first = unpack(checkpoint, directory) if checkpoint else 0
        for epoch in range(first + 1, config["epochs"] + 1):
            callback = OneEpoch()
            trainer = Trainer(build(), arguments(config, directory), callbacks=[callback], **parts)
            trainer.train(resume_from_checkpoint=epoch > 1)
            losses = {
                "train_loss": callback.logged["loss"],
                "val_loss": callback.logged["eval_loss"],
            }
            yield losses | {"checkpoint": pack(epoch, directory)}


def pack(epoch, directory):
    (last,) = Path(directory).glob("checkpoint-*")
    files = {path.name: path.read_bytes() for path in last.iterdir()}
    return {"epoch": epoch, "name": last.name, "files": files}


def unpack(checkpoint, directory):
    last = Path(directory) / checkpoint["name"]
    last.mkdir()
    for name, content in checkpoint["files"].items():
        (last / name).write_bytes(content)
    return checkpoint["epoch"]
