"""Mixed precision, a scaler and clipping in a loop of one's own, on a machine without a GPU."""

import copy
import time

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

try:
    from tqdm import tqdm
except ImportError:

    def tqdm(iterable, **kwargs):
        return iterable


device = "cuda" if torch.cuda.is_available() else "cpu"
use_amp = device == "cuda"

epochs = 2
space = {
    "lr": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "batch_size": [16, 32],
    "max_norm": [0.5, 1.0, None],
    "width": [8, 16],
}


def get_loaders(batch_size):
    g = torch.Generator().manual_seed(0)
    x = torch.randn(200, 8, generator=g)
    dataset = TensorDataset(x, (x[:, 0] * x[:, 1] > 0).long())
    train_ds, val_ds = random_split(dataset, [160, 40], generator=g)
    return (
        DataLoader(train_ds, batch_size=batch_size, shuffle=True, drop_last=True),
        DataLoader(val_ds, batch_size=batch_size),
    )


def evaluate(model, loader, criterion):
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            outputs = model(inputs)
            total += criterion(outputs, labels).item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
            n += len(labels)
    return total / n, correct / n


def train(config):
    since = time.time()
    train_loader, val_loader = get_loaders(config["batch_size"])
    model = nn.Sequential(nn.Linear(8, config["width"]), nn.ReLU(), nn.Linear(config["width"], 2))
    model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    scaler = torch.amp.GradScaler(device, enabled=use_amp)
    best_model_wts, best_acc = copy.deepcopy(model.state_dict()), 0.0

    for epoch in range(config["epochs"]):
        model.train()
        running_loss, seen = 0.0, 0
        for inputs, labels in tqdm(train_loader, desc=f"Epoch {epoch}"):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device_type=device, enabled=use_amp):
                loss = criterion(model(inputs.to(device)), labels.to(device))
            scaler.scale(loss).backward()
            if config["max_norm"] is not None:
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_(model.parameters(), config["max_norm"])
            scaler.step(optimizer)
            scaler.update()
            running_loss += loss.detach() * len(labels)
            seen += len(labels)
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        if val_acc > best_acc:
            best_acc, best_model_wts = val_acc, copy.deepcopy(model.state_dict())
        yield {"train_loss": running_loss / seen, "val_loss": val_loss, "val_acc": val_acc}

    model.load_state_dict(best_model_wts)
    print(f"Training complete in {time.time() - since:.0f}s, best val acc {best_acc:.4f}")
