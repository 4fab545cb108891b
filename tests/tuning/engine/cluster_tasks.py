"""Tasks that say with each epoch which node it ran on."""

TASK = '''
"""A generator with a module of its own beside it."""
import os
import time
import torch
from settings import SECONDS

epochs = 6
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    loss = 1.0
    for epoch in range(config["epochs"]):
        time.sleep(SECONDS)
        loss = loss * (1 - config["lr"]) + 0.01 * torch.rand(()).item()
        node = float(os.environ["NODE"])
        yield {"train_loss": loss, "val_loss": loss + 0.1, "node": node}
'''
RESUMABLE = """
import os
import time
epochs = 12
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    epoch, loss = checkpoint or (0, 1.0)
    while epoch < config["epochs"]:
        time.sleep(0.0 if os.path.exists("HURRY") else 0.5)
        epoch, loss = epoch + 1, loss * (1 - config["lr"])
        node = float(os.environ.get("NODE", "nan"))
        yield {"train_loss": loss, "val_loss": loss, "node": node, "checkpoint": (epoch, loss)}
"""
OF_FUNCTIONS = """
import os
import sys
import time
from flatbasin import search
from settings import SECONDS

SCALE = SECONDS
HERE = os.path.dirname(os.path.abspath(__file__))

def train(config):
    open(f"{HERE}/{os.getpid()}.begun", "w").close()
    while sum(name.endswith(".begun") for name in os.listdir(HERE)) < 3:
        time.sleep(0.1)
    for _ in range(config["epochs"]):
        yield {"train_loss": SCALE, "val_loss": config["lr"], "node": float(os.environ["NODE"])}

if __name__ == "__main__":
    os.chdir(os.path.dirname(__file__))
    names = [name.strip("-").replace("-", "_") for name in sys.argv[1::2]]
    search(train=train, epochs=3, samples=4, space={"lr": [0.1, 0.2]}, quiet=True, confirm=False,
           cpus_per_trial=0.5, concurrent=3, **dict(zip(names, sys.argv[2::2])))
"""
