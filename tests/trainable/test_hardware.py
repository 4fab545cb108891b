"""Where a trial computes; what a GPU does is tested on one, what decides about it here."""

import pytest
import torch
from torch import nn

from trainable.batches import TensorBatches
from trainable.data import InMemory
from trainable.hardware import CPU, Hardware, choose_device, is_out_of_memory
from trainable.trial import make_trial


def test_a_trial_without_a_gpu_computes_on_the_cpu_or_on_mps():
    assert choose_device(gpu_given=False).type in ("cpu", "mps")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this torch can use a GPU")
def test_a_gpu_that_torch_cannot_use_is_refused():
    with pytest.raises(ValueError, match="cannot use the GPU that the trial was given: install"):
        choose_device(gpu_given=True)


def test_batches_for_another_device_are_moved_in_any_form():
    packed = nn.utils.rnn.pack_sequence([torch.ones(3), torch.ones(2)])
    given = [({"a": torch.ones(2)}, (torch.ones(2), "kept")), (packed, torch.ones(2))]

    moved = list(Hardware(torch.device("meta")).place(given))

    assert moved[0][0]["a"].is_meta
    assert moved[0][1][0].is_meta
    assert moved[0][1][1] == "kept"
    assert moved[1][0].data.is_meta


def test_on_the_cpu_batches_stay_what_they_are():
    batches = TensorBatches(InMemory(torch.ones(2), torch.ones(2)), 1)

    assert Hardware(CPU).place(batches) is batches


def test_out_of_memory_is_told_from_other_errors():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="can't allocate memory") as error:
        torch.empty(2**58, dtype=torch.uint8)
    assert is_out_of_memory(error.value)


def test_bfloat16_computes_in_it_and_keeps_weights_in_float32(task_file):
    task = task_file("""
import torch
from torch import nn
from torch.utils.data import TensorDataset
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)
    def forward(self, inputs):
        self.kind = self.layer(inputs).dtype
        return self.layer(inputs)
def data():
    return TensorDataset(torch.randn(60, 3), torch.randn(60, 1))
def model(config):
    return Model()
""").load()
    data = task.load_data(0)
    half, full = (
        make_trial(task, data, {"precision": name}, seed=0, epochs=2) for name in ("bf16", "fp32")
    )

    losses = [trial.run_epoch().val_loss for trial in (half, full)]

    assert (half.model.kind, full.model.kind) == (torch.bfloat16, torch.float32)
    assert half.model.layer.weight.dtype == torch.float32
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] != losses[1]
