"""PyTorch Lightning: its own Trainer, stopped after each epoch to report and to be taken up again.

pip install "pytorch-lightning>=2.6,<2.7"
python tune_main.py --task examples/lightning_module.py --samples 20
"""

import logging
import tempfile
import warnings
from pathlib import Path

import pytorch_lightning as pl
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

epochs = 9
space = "lr-batch"
QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class Digits(pl.LightningModule):
    def __init__(self, lr):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

    def training_step(self, batch, batch_idx):
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        outputs = self.net(batch[0])
        self.log("val_loss", nn.functional.cross_entropy(outputs, batch[1]))
        self.log("accuracy", (outputs.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


def loaders(batch_size):
    images, labels = load_digits(return_X_y=True)
    whole = TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels))
    train, val = random_split(whole, [0.8, 0.2], torch.Generator().manual_seed(0))
    return DataLoader(train, batch_size, shuffle=True), DataLoader(val, 512)


def train(config, checkpoint=None):
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    module, (train_loader, val_loader) = Digits(config["lr"]), loaders(config["batch_size"])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "last.ckpt"
        if checkpoint:
            path.write_bytes(checkpoint["file"])
        first = checkpoint["epoch"] if checkpoint else 0
        for epoch in range(first + 1, config["epochs"] + 1):
            torch.manual_seed(config["seed"] + epoch)  # the same batches whether resumed or not
            trainer = pl.Trainer(max_epochs=epoch, **QUIET)
            last = {"ckpt_path": path, "weights_only": False} if epoch > 1 else {}
            trainer.fit(module, train_loader, val_loader, **last)
            trainer.save_checkpoint(path)
            losses = {name: value.item() for name, value in trainer.callback_metrics.items()}
            yield losses | {"checkpoint": {"epoch": epoch, "file": path.read_bytes()}}
