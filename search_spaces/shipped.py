"""The search spaces that ship, as the dicts that a user would write."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class ShippedSpace:
    """A space with a name."""

    description: str
    """One line, for the list of spaces."""
    dimensions: dict[str, Any]
    """The form that `Space.from_dict` reads."""


_LR_BATCH: dict[str, Any] = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "batch_size": {"type": "choice", "choices": [16, 32, 64, 128, 256]},
}

SHIPPED_SPACES = MappingProxyType(
    {
        "lr-batch": ShippedSpace(
            "learning rate and batch size",
            _LR_BATCH,
        ),
        "optimizer": ShippedSpace(
            "lr-batch, the optimizer, and momentum for SGD",
            _LR_BATCH
            | {
                "optimizer": ["sgd", "adam", "adamw"],
                "momentum": {
                    "type": "float",
                    "low": 0.0,
                    "high": 0.99,
                    "when": {"optimizer": "sgd"},
                },
            },
        ),
        "regularisation": ShippedSpace(
            "lr-batch, weight decay, dropout and label smoothing",
            _LR_BATCH
            | {
                "weight_decay": {"type": "float", "low": 1e-6, "high": 0.1, "log": True},
                "dropout": {"type": "float", "low": 0.0, "high": 0.6},
                "label_smoothing": {"type": "float", "low": 0.0, "high": 0.2},
            },
        ),
        "architecture": ShippedSpace(
            "lr-batch, width and number of layers, dropout",
            _LR_BATCH
            | {
                "hidden": {"type": "int", "low": 16, "high": 512, "log": True},
                "layers": {"type": "int", "low": 1, "high": 3},
                "dropout": {"type": "float", "low": 0.0, "high": 0.6},
            },
        ),
    }
)
